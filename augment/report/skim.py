"""Samples on one page that opens offline: to skim them before, or instead of, a Label Studio.

>>> page([Sample(document, "compose/v1/mistral-small", 0.67, "…")], guide, title="accepted")[:15]
'<!doctype html>'

For reviewers, so in the guide's words and in French.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from augment.guide.model import Guide
from augment.labelstudio.names import REASONS, VERDICTS
from augment.labelstudio.pages import paragraphs
from augment.report.page import environment
from augment.report.samples import Families, boxed
from augment.schema import Change, Document, Entity, EntityId, Relation, Review, Triple

UNSEEN, NEXT = "non relu", "\u00a0; "
_SAID = {code: word for word, code in VERDICTS.items()}
_REASONS = {code: words for words, code in REASONS.items()}
_ACTIONS = {
    ("mention", "added"): "mention ajoutée",
    ("mention", "removed"): "mention retirée",
    ("mention", "retyped"): "type d’entité changé",
    ("cluster", "added"): "mention rattachée",
    ("cluster", "removed"): "mention détachée",
    ("relation", "added"): "relation ajoutée",
    ("relation", "removed"): "relation retirée",
    ("relation", "retyped"): "type de relation changé",
}
ORIGINS = {"gold": "référence", "synthetic": "synthétique", "reviewed": "relu"}


class Sample(NamedTuple):
    """A document, what made it, how sure one can be of it (0–1), and why to look at it."""

    document: Document
    version: str
    score: float | None
    why: str


class End(NamedTuple):
    """An entity in a sentence; ``mark`` is ⟷ where the relation holds in both directions."""

    name: str
    id: EntityId
    mark: str = ""


class Said(NamedTuple):
    """What is said of one head: rows of type, its label, the other ends, their attributes."""

    head: End
    rows: list[tuple[str, str, list[End], str]]


class Shown(NamedTuple):
    """A sample ready for the page; ``types`` are numbers of the page's list of types."""

    sample: Sample
    text: Markup
    said: list[Said]
    entities: list[tuple[Entity, str]]
    types: list[int]
    verdict: str
    reasons: list[str]
    changes: list[str]

    @property
    def synthetic(self) -> bool:
        """True if a machine wrote or changed the text, even if a person looked at it since."""
        meta = self.sample.document.meta
        return meta.origin == "synthetic" or (meta.origin == "reviewed" and bool(meta.strategy))


def page(samples: Sequence[Sample], guide: Guide, *, title: str, kept_back: int = 0) -> str:
    """The HTML; ``kept_back`` documents were left out because of their rights."""
    documents = [sample.document for sample in samples]
    entities = dict.fromkeys(e.type for document in documents for e in document.entities)
    relations = dict.fromkeys(r.type for document in documents for r in document.relations)
    numbers = {kind: i for i, kind in enumerate((*sorted(relations), *sorted(entities)))}
    looks = {name: {"label": f.label, "colour": f.colour} for name, f in guide.families.items()}
    families = Families(looks, {kind: guide.family(kind) or "" for kind in entities})
    shown = [_shown(sample, guide, families, numbers) for sample in samples]
    return environment().get_template("skim.html.jinja").render(
        title=title,
        shown=shown,
        synthetic=sum(one.synthetic for one in shown),
        kept_back=kept_back,
        guide=guide,
        families=families,
        legend=families.seen(documents),
        kinds={"Relations": sorted(relations), "Entités": sorted(entities)},
        numbers=numbers,
        versions=sorted({sample.version for sample in samples}),
        verdicts=[word for word in (*VERDICTS, UNSEEN) if word in {s.verdict for s in shown}],
        origins=ORIGINS,
        paragraphs=Markup(paragraphs(guide, list(guide.relations))),  # what is in it is escaped
    )  # fmt: skip


def _shown(sample: Sample, guide: Guide, families: Families, numbers: dict[str, int]) -> Shown:
    document, review = sample.document, sample.document.meta.review
    kinds = {e.type for e in document.entities} | {r.type for r in document.relations}
    return Shown(
        sample=sample,
        text=boxed(document, families),
        said=list(read_aloud(document, guide)),
        entities=[(entity, families.css(entity.type)) for entity in document.entities],
        types=sorted(numbers[kind] for kind in kinds),
        verdict=_SAID[review.verdict] if review else UNSEEN,
        reasons=[_REASONS.get(reason, reason) for reason in review.reasons] if review else [],
        changes=_changes(review, guide) if review else [],
    )


def read_aloud(document: Document, guide: Guide) -> Iterator[Said]:
    """Relations as sentences in the guide's words, by head, in the order of the record.

    Both directions of a symmetric relation are said once, with an arrow that has two heads.
    """
    by_id = document.by_id
    stated = {relation.triple for relation in document.relations}
    done: set[Triple] = set()
    found: dict[EntityId, dict[tuple[str, str], list[End]]] = {}
    for relation in document.relations:
        head, kind, tail = relation.triple
        back = (tail, kind, head)
        both = head != tail and kind in guide.relations and guide.relations[kind].symmetric
        if both and back in done:
            continue
        done.add(relation.triple)
        ends = found.setdefault(head, {}).setdefault((kind, _held(relation, guide, by_id)), [])
        if head != tail:
            ends.append(_end(by_id[tail], "⟷" if both and back in stated else ""))
    for head, rows in found.items():
        told = [(kind, label(guide, kind), ends, held) for (kind, held), ends in rows.items()]
        yield Said(_end(by_id[head]), told)


def _end(entity: Entity, mark: str = "") -> End:
    return End(entity.mentions[0].value, entity.id, mark)


def _held(relation: Relation, guide: Guide, by_id: dict[EntityId, Entity]) -> str:
    """Attributes: « factualité : denied ; source : Anna »."""
    held = []
    for name, value in relation.attributes.items():
        declared = guide.attributes.get(name)
        entity = by_id.get(value) if declared and declared.entity else None
        title = (declared.label if declared else "") or name
        held.append(f"{title.lower()}\u00a0: {entity.mentions[0].value if entity else value}")
    return NEXT.join(held)


def label(guide: Guide, kind: str) -> str:
    """A relation type in the guide's words; its name where there are none."""
    known = guide.relations.get(kind)
    return (known.label if known else "") or kind


def _changes(review: Review, guide: Guide) -> list[str]:
    return [_change(change, guide) for change in review.changes]


def _change(change: Change, guide: Guide) -> str:
    done = _ACTIONS[change.kind, change.action]
    if change.kind == "relation":
        head, _, tail = change.what
        said = f"{head} {label(guide, change.type)}{'' if head == tail else f' {tail}'}"
    elif change.kind == "cluster":
        said = f"{change.what[0]}, {change.what[1]}"
    else:
        said = f"{change.what[0]} [{change.type}]"
    was = f" (avant\u00a0: {change.was})" if change.was else ""
    return f"{done}\u00a0: {said}{was}"
