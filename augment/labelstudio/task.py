"""A document as one import task of Label Studio: its data and one prediction.

    {"data": {"augment_id": "7", "text": "Kiev résiste.", "sha256": "…", "why": "", "record": "…"},
     "predictions": [{"model_version": "gold", "result": [
         {"id": "e0-m0", "from_name": "label", "to_name": "text", "type": "labels",
          "value": {"start": 0, "end": 4, "text": "Kiev", "labels": ["PLACE"]}}]}]}

Offsets are code points, the unit of the editor. A relation between entities is an arrow
between their first mentions; each later mention has an arrow ``même_entité`` to the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from augment.guide.model import Guide
from augment.labelstudio import arrows
from augment.labelstudio.names import LABEL, SAME, SELF, TEXT
from augment.labelstudio.pushed import Json, Pushed, digest, pushed, region_id
from augment.schema import Document, Entity, EntityId, Triple


def task(
    document: Document,
    *,
    guide: Guide | None = None,
    task: Literal["correct", "triage"] = "correct",
    types: Sequence[str] | None = None,
    model_version: str | None = None,
    score: float | None = None,
    why: str = "",
) -> Json:
    """One import task with one prediction; its data hold the whole record.

    ``types``: ask for these relation types only. ``model_version`` is what made the document, by
    default its :func:`version`; ``score`` is 0 to 1; ``why`` says why a person should look.
    """
    what = pushed(document, guide, task, types)
    made = model_version or version(document)
    data: Json = {
        "augment_id": document.id,
        "text": document.text,
        "sha256": digest(document.text),
        "why": why,
        "model_version": made,
        "record": what.model_dump_json(),
    }
    if task == "triage":
        data["triples"] = [{"value": line} for line in lines(what, guide)]
    prediction: Json = {"model_version": made, "result": list(results(what))}
    if score is not None:
        prediction["score"] = score
    return {"data": data, "predictions": [prediction]}


def version(document: Document) -> str:
    """What made a document: strategy, versions of prompt and guide, LLM, as far as they are known.

    ``compose/v3+textmine.v2/mistral-small``, of an annotation in two steps
    ``annotate/v1+v2+textmine.v2/…``; without strategy or LLM the document's origin.
    """
    meta = document.meta
    generator = meta.rights.get("generator")
    model = generator.get("model") if isinstance(generator, dict) else None
    asked = (meta.prompt or "").split("+")
    prompt = "+".join(name.rpartition(".")[2] if "/" in name else name for name in asked)
    return "/".join(part for part in (meta.strategy, prompt, model) if part) or meta.origin


def results(what: Pushed) -> Iterator[Json]:
    """What is drawn: regions, then choices of regions, then arrows; in `triage` regions only."""
    seen = [(n, what.document.entities[n]) for n in what.drawn.values()]
    first = {entity.id: region_id(n, 0) for n, entity in seen}
    for number, entity in seen:
        yield from _regions(number, entity, what)
    if what.task == "triage":
        return
    yield from _loops(what)
    for number, entity in seen:
        for m in range(1, len(entity.mentions)):
            yield _arrow(region_id(number, m), first[entity.id], (SAME,), "right")
    for head, tail, labels, direction in arrows.draw(what.arrows, what.symmetric):
        yield _arrow(first[head], first[tail], labels, direction)


def _regions(number: int, entity: Entity, what: Pushed) -> Iterator[Json]:
    for m, mention in enumerate(entity.mentions):
        value = {"start": mention.start, "end": mention.end, "text": mention.value}
        region = {
            "id": region_id(number, m),
            "from_name": LABEL,
            "to_name": TEXT,
            "type": "labels",
            "value": {**value, "labels": [what.labels[entity.type]]},
        }
        yield region | ({"readonly": True} if what.task == "triage" else {})


def _loops(what: Pushed) -> Iterator[Json]:
    kinds: dict[EntityId, list[str]] = {}
    for head, kind, _ in what.loops:
        kinds.setdefault(head, []).append(kind)
    for id, choices in kinds.items():
        m = what.document.entities[what.drawn[id]].mentions[0]
        value = {"start": m.start, "end": m.end, "text": m.value, "choices": choices}
        names = {"from_name": SELF, "to_name": TEXT, "type": "choices"}
        yield {"id": region_id(what.drawn[id], 0), **names, "value": value}


def _arrow(start: str, end: str, labels: Sequence[str], direction: str) -> Json:
    arrow = {"type": "relation", "from_id": start, "to_id": end, "direction": direction}
    return {**arrow, "labels": list(labels)}


def listed(what: Pushed) -> list[list[Triple]]:
    """What each line of a triage stands for: one triple, or both directions of a symmetric one."""
    lines: dict[Triple, list[Triple]] = {}
    for head, kind, tail in what.arrows + what.loops:
        back = (tail, kind, head)
        if kind in what.symmetric and head != tail and back in lines:
            lines[back].append((head, kind, tail))
        else:
            lines[head, kind, tail] = [(head, kind, tail)]
    return list(lines.values())


def lines(what: Pushed, guide: Guide | None) -> list[str]:
    """The lines of a triage, numbered: ``"1. Paul Dy → est situé à (IS_LOCATED_IN) → Lyon"``."""
    names = {entity.id: entity.mentions[0].value for entity in what.document.entities}
    written = []
    for number, triples in enumerate(listed(what), 1):
        head, kind, tail = triples[0]
        label = guide.relations[kind].label if guide else ""
        said = f"{label} ({kind})" if label else kind
        mark = "↔" if len(triples) > 1 else "→"
        end = "" if head == tail else f" {mark} {names[tail]}"
        written.append(f"{number}. {names[head]} {mark} {said}{end}")
    return written
