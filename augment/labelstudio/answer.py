"""What a person said, as a document: an annotation of Label Studio read back.

>>> given = task(doc("[[1:PLACE|Kiev]] résiste."), guide=guide)
>>> answer(given, given["predictions"][0]) == doc("[[1:PLACE|Kiev]] résiste.")
True

What was not drawn, and attributes, masks and order of what stands, come from the record in the
task's data. A relation whose arrow vanished only because the mention it began or ended at was
deleted stands as long as both entities do; the other mentions of that entity stay together.
"""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

from augment.errors import RecordError
from augment.guide.model import Guide
from augment.labelstudio.arrows import Arrow
from augment.labelstudio.clusters import cluster
from augment.labelstudio.names import SAME, SELF, WRONG
from augment.labelstudio.pushed import Json, Pushed
from augment.labelstudio.regions import Region, regions
from augment.labelstudio.relations import relations
from augment.labelstudio.task import listed
from augment.reasons import Reason
from augment.schema import Document, Drop
from augment.spans import check


def answer(task: Json, annotation: Json, *, guide: Guide | None = None) -> Document | Drop:
    """The document as annotated, or a drop that says what cannot be read in the annotation."""
    try:
        return read(task, annotation, guide=guide)
    except RecordError as error:
        data = task.get("data")
        id = data.get("augment_id") if isinstance(data, dict) else None
        raw = json.dumps(annotation, ensure_ascii=False, default=str)
        name = str(id or task.get("id", ""))
        return Drop(id=name, stage="review", reason=Reason(error.code), detail=str(error), raw=raw)


def read(task: Json, annotation: Json, *, guide: Guide | None = None) -> Document:
    """The document as annotated; with a guide, labels have to be its types. Raises RecordError."""
    what = Pushed.of(task)
    results = annotation.get("result")
    if not isinstance(results, list) or not all(map(_shaped, results)):
        raise RecordError(Reason.MISSING_FIELD, "the annotation is no list of results")
    triage = what.task == "triage"
    document = _ticked(what, results) if triage else _corrected(what, results, guide)
    if "record" in task["data"]:
        _typed(results)
    elif document.relations:
        document = document.model_copy(update={"labelled": "full"})
    check(document)
    return document


def _shaped(result: Any) -> bool:
    """True if all that is looked at in a result is of the kind that Label Studio writes."""
    value = (result.get("value") or {}) if isinstance(result, dict) else None
    if not isinstance(value, dict):
        return False
    lists = (result.get("labels") or [], value.get("labels") or [], value.get("choices", []))
    ids = (result.get(name) for name in ("id", "from_id", "to_id"))
    return (
        all(isinstance(found, list) for found in lists)
        and all(id is None or isinstance(id, (str, int)) for id in ids)
        and isinstance(value.get("globalOffsets") or {}, dict)
    )


def _typed(results: list[Json]) -> None:
    """Raise RecordError if an arrow was drawn and no type chosen."""
    said = {r.get("id"): (r.get("value") or {}).get("text") for r in results if "id" in r}
    for arrow in results:
        if arrow.get("type") == "relation" and not arrow.get("labels"):
            ends = (said.get(arrow.get(end)) for end in ("from_id", "to_id"))
            raise RecordError(
                Reason.UNKNOWN_TYPE, "the arrow {!r} → {!r} has no type".format(*ends)
            )


def _ticked(what: Pushed, results: list[Json]) -> Document:
    """The document of the record without the relations that were ticked as wrong."""
    lines = listed(what)
    wrong = set()
    for result in results:
        if result.get("from_name") == WRONG:
            for line in (result.get("value") or {}).get("choices", []):
                number, point, _ = str(line).partition(".")
                if not point or not number.isdecimal() or not 1 <= int(number) <= len(lines):
                    raise RecordError(Reason.UNSUPPORTED, f"no such line in the task: {line!r}")
                wrong.update(lines[int(number) - 1])
    kept = tuple(r for r in what.document.relations if r.triple not in wrong)
    return what.document.model_copy(update={"relations": kept})


def _corrected(what: Pushed, results: list[Json], guide: Guide | None) -> Document:
    found = regions(what, results)
    drawn = [_arrow(r, found) for r in results if r.get("type") == "relation"]
    loops = [
        (str(r.get("id")), str(kind))
        for r in results
        if r.get("from_name") == SELF and str(r.get("id")) in found
        for kind in (r.get("value") or {}).get("choices", [])
    ]
    if guide:
        kinds = [label for *_, labels, _ in drawn for label in labels if label != SAME]
        _known(what, guide, found, kinds + [kind for _, kind in loops])
    _uncrossed(what, list(found.values()))
    clusters = cluster(what, found, [(a, b) for a, b, labels, _ in drawn if SAME in labels])
    of = clusters.of
    arrows = (
        Arrow(of[a], of[b], tuple(label for label in labels if label != SAME), direction)
        for a, b, labels, direction in drawn
    )
    return relations(what, clusters, arrows, ((of[id], kind) for id, kind in loops))


def _arrow(result: Json, found: dict[str, Region]) -> tuple[str, str, list[str], str]:
    start, end = str(result.get("from_id")), str(result.get("to_id"))
    for id in (start, end):
        if id not in found:
            raise RecordError(Reason.UNKNOWN_ENTITY, f"an arrow names unknown region {id!r}")
    direction = str(result.get("direction") or "right")
    if direction == "left":
        start, end, direction = end, start, "right"
    return start, end, [str(label) for label in result.get("labels") or []], direction


def _known(what: Pushed, guide: Guide, found: dict[str, Region], kinds: list[str]) -> None:
    """Raise RecordError if a label is neither in the guide nor in the record."""
    unknown = {r.label for r in found.values()} - guide.aliases.keys() - set(what.labels.values())
    unknown |= set(kinds) - guide.relations.keys() - set(what.types)
    if unknown:
        labels = ", ".join(sorted(unknown))
        raise RecordError(Reason.UNKNOWN_TYPE, f"not in the guide {guide.name}: {labels}")


def _uncrossed(what: Pushed, found: list[Region]) -> None:
    """Raise RecordError if a region that is new or was moved crosses another."""
    for a, b in combinations(sorted(found, key=lambda r: (r.start, -r.end)), 2):
        if a.start < b.start < a.end < b.end and not (_as_pushed(what, a) and _as_pushed(what, b)):
            where = f"{a.start}:{a.end} and {b.start}:{b.end}"
            raise RecordError(Reason.CROSSING_SPANS, f"regions {where} overlap without nesting")


def _as_pushed(what: Pushed, region: Region) -> bool:
    if region.known is None:
        return False
    number, m = region.known
    mention = what.document.entities[number].mentions[m]
    return (mention.start, mention.end) == (region.start, region.end)
