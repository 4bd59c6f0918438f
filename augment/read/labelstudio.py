"""Label Studio's JSON: reads an export, writes an import file; see :mod:`augment.labelstudio`.

    [{"id": 12, "annotations": [{"result": […]}], "data": {"text": "Kiev résiste.", …}}]

Every annotation that was not cancelled is a document; where a task has none its first prediction
is, or else what it was made from. Of a task that several people annotated, the first annotation is
kept and the others are drops (``duplicate_id``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from augment.errors import RecordError
from augment.labelstudio import read as heard
from augment.labelstudio import task
from augment.labelstudio.pushed import Pushed
from augment.read.base import Row, attempt, dropped
from augment.reasons import Reason
from augment.schema import Document


class LabelStudio:
    """A list of tasks, or one task."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document an annotation, in the order of the file."""
        try:
            tasks = from_json(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        except ValueError as error:
            yield Row(path.name, dropped(path.name, Reason.BROKEN_JSON, str(error)))
            return
        for number, given in enumerate(tasks if isinstance(tasks, list) else [tasks], 1):
            place = f"{path.name}:{number}"
            cells = given if isinstance(given, dict) else {"task": given}
            for annotation in _annotations(cells):
                yield attempt(place, _id(cells), cells, partial(_parse, annotation))

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """One task a document, with all of it as a prediction, one on each line."""
        with path.open("w", encoding="utf-8", newline="") as file:
            opening = "["
            for document in documents:
                made = task(document, score=document.meta.agreement)
                file.write(f"{opening}\n{json.dumps(made, ensure_ascii=False)}")
                opening = ","
            file.write("[]\n" if opening == "[" else "\n]\n")

    def losses(self, document: Document) -> list[str]:
        """Nothing."""
        return []


def _annotations(given: dict[str, Any]) -> list[Any]:
    """What was said of a task: its annotations, else its first prediction, else None."""
    made = given.get("annotations") or given.get("completions") or []
    kept = [a for a in made if not (isinstance(a, dict) and a.get("was_cancelled"))]
    return kept or (given.get("predictions") or [])[:1] or [None]


def _id(given: dict[str, Any]) -> str:
    data = given.get("data")
    found = data.get("augment_id") if isinstance(data, dict) else None
    return str(found or given.get("id") or "")


def _parse(annotation: Any, given: dict[str, Any]) -> Document:
    if annotation is None:
        return Pushed.of(given).document
    if not isinstance(annotation, dict):
        raise RecordError(Reason.MISSING_FIELD, "an annotation is not an object")
    return heard(given, annotation)
