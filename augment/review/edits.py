"""The file of proposals: edits of a guide to read, mend and take.

- {take: false, count: 7, at: relations.IS_LOCATED_IN.negative, example: {text: …, absent: …}}
- {take: false, count: 3, at: relations.IS_LOCATED_IN.lookalikes, add: OPERATES_IN}
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from augment.errors import GuideError, PathError
from augment.guide.feedback import Source
from augment.guide.model import Example, yaml_fault
from augment.guide.write import lay_out
from augment.schema import Record
from augment.store import writing

HEAD = """\
# Proposals for the guide, from what reviewers corrected. Read each one, mend it, and set
# « take: true » where it is to be taken: nothing else is applied. An example goes before those
# there are, as prompts show the first one only; « replace: 0 » puts it in the place of the first.
"""
Side = Literal["positive", "negative", "lookalikes", "rule"]


class Proposal(Record):
    """One edit of ``at`` (``relations.TYPE.side``); ``count`` corrections speak for it.

    ``example`` goes to ``positive`` or ``negative``, before those there are, or in the place of
    number ``replace`` (from 0). ``add`` is a type for ``lookalikes``, or sentences for ``rule``.
    """

    take: bool = False
    count: int = 0
    at: str = Field(pattern=r"^relations\.[^.]+\.(positive|negative|lookalikes|rule)$")
    add: str | None = None
    example: Example | None = None
    replace: int | None = Field(default=None, ge=0)

    @property
    def type(self) -> str:
        """The relation type it is about."""
        return self.at.split(".")[1]

    @property
    def side(self) -> str:
        """The field of the type."""
        return self.at.split(".")[2]


class Proposals(Record):
    """What is proposed for one version of a guide, from these reviewed files."""

    guide: str
    version: int
    reviewed: tuple[Source, ...] = ()
    proposals: tuple[Proposal, ...]


def save(proposals: Proposals, path: Path) -> None:
    """Write the file to edit. Raises PathError if it cannot."""
    data = proposals.model_dump(mode="json", exclude_defaults=True)
    for row in data["proposals"]:
        row["take"] = False
    order = ("take", "count", "at", "add", "example", "replace")
    data["proposals"] = [{k: row[k] for k in order if k in row} for row in data["proposals"]]
    with writing(path) as file:
        file.write(HEAD + lay_out(data))


def read(path: Path) -> Proposals:
    """Read the file back. Raises PathError without one, GuideError: what is wrong and where."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Proposals.model_validate(raw)
    except OSError as error:
        raise PathError(f"{path}: cannot read: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise GuideError(f"{path}: not YAML: {yaml_fault(error)}", hint="mend it") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise GuideError(f"{path}: {where}: {first['msg']}", hint="mend it") from error
