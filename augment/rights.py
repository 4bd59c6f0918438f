"""Whose a sample is: what it inherits from its parents, and what its generator's terms say.

>>> rights_of("mistralai/Mistral-Small-24B-Instruct-2501", "vllm", load_rights())
{'model': 'mistralai/Mistral-Small-24B-…', 'backend': 'vllm', 'licence': 'Apache-2.0', …}
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from augment.errors import ConfigError, PathError
from augment.policy import REMOTE
from augment.schema import Document, Record

FLAGS = (*REMOTE, "release")
"""May it be shown to a remote LLM; may it be passed on."""
EXAMPLES = "examples"
"""Where ``rights`` name the documents that were shown to a sample's generator."""


class Terms(Record):
    """What somebody found out about one generator or corpus, where and when; None: not known."""

    licence: str | None = None
    holder: str | None = None
    release: bool | None = None
    terms: str | None = None
    source: str
    date: datetime.date


class Rights(Record):
    """Terms of generators by the beginning of their names, of corpora by digest."""

    generators: dict[str, Terms] = Field(default_factory=dict)
    corpora: dict[str, Terms] = Field(default_factory=dict)

    def generator(self, model: str) -> Terms | None:
        """The terms of the longest name that the model's begins with; None if there is none."""
        fitting = [name for name in self.generators if model.lower().startswith(name.lower())]
        return self.generators[max(fitting, key=len)] if fitting else None


def load_rights(own: Path | None = None) -> Rights:
    """The table that ships, the user's own file before it. Raises PathError, ConfigError."""
    shipped = _read(Path(str(files("augment") / "rights.yaml")))
    if own is None:
        return shipped
    mine = _read(own)
    names = {name.lower() for name in mine.generators}
    kept = {
        name: terms
        for name, terms in shipped.generators.items()
        if not any(name.lower().startswith(mine_) for mine_ in names)
    }
    return Rights(generators=kept | mine.generators, corpora=shipped.corpora | mine.corpora)


def _read(path: Path) -> Rights:
    try:
        return Rights.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise PathError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {where}: {first['msg']}", hint="see docs/privacy.md") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {error}", hint="see docs/privacy.md") from error


def rights_of(model: str, backend: str, table: Rights) -> dict[str, Any]:
    """What a sample's ``rights["generator"]`` says; values are None where nothing is known."""
    terms = table.generator(model)
    known = terms.model_dump(mode="json", exclude={"holder"}) if terms else {}
    empty = dict.fromkeys(("licence", "release", "terms", "source", "date"))
    return {"model": model, "backend": backend, **empty, **known}


def inherited(parents: Iterable[Document]) -> dict[str, Any]:
    """Rights of what is made from these documents.

    What one forbids is forbidden; what only some allow is not said. Other statements that differ
    are joined.
    """
    all_ = [parent.meta.rights for parent in parents]
    rights: dict[str, Any] = {}
    for key in dict.fromkeys(key for said in all_ for key in said if key != EXAMPLES):
        values = [said.get(key) for said in all_]
        if key in FLAGS:
            if (flag := _least(values)) is not None:
                rights[key] = flag
        else:
            known = list(dict.fromkeys(str(v) for v in values if v is not None))
            same = all(v == values[0] for v in values if v is not None)
            rights[key] = values[0] if same and values[0] is not None else "; ".join(known)
    return rights


def _least(values: list[Any]) -> Any:
    """False if one is, True if all are, else None; a level's name goes before True."""
    if any(value is False for value in values):
        return False
    if all(value == values[0] for value in values):
        return values[0]
    limited = [v for v in values if isinstance(v, str)]
    return None if not limited else limited[0] if len(set(limited)) == 1 else False


def stamp(
    document: Document,
    parents: Sequence[Document],
    generator: dict[str, Any] | None,
    examples: Sequence[Document] = (),
) -> Document:
    """The document with what it inherits, and with its generator's terms.

    ``examples`` were shown to the generator: rights are inherited from them as from parents, and
    their ids are kept.
    """
    rights = inherited([*parents, *examples])
    if examples:
        rights[EXAMPLES] = [example.id for example in examples]
    if generator is not None:
        rights["generator"] = generator
    meta = document.meta.model_copy(update={"rights": rights})
    return document.model_copy(update={"meta": meta})
