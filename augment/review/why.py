"""How sure one can be of a document, and why a person should look at it.

>>> score(document), why(document, guide)
(0.67, 'accord avec une annotation à l’aveugle : 0,67')
"""

from __future__ import annotations

from collections.abc import Iterable

from augment.guide.model import Guide
from augment.schema import Document, Finding

SHOWN = 3
"""How many doubts of one kind are named."""
FRENCH = {
    "empty_text": "texte vide",
    "duplicate_id": "deux entités de même identifiant",
    "empty_entity": "entité sans mention",
    "offset_mismatch": "empan qui ne correspond pas au texte",
    "unknown_entity": "relation d’une entité absente",
    "unknown_type": "type d’entité inconnu du guide",
    "crossing_spans": "empans qui se croisent",
    "unknown_relation": "type de relation inconnu du guide",
    "self_relation": "relation d’une entité avec elle-même, ou son contraire, contre le guide",
    "wrong_signature": "types d’entités que le guide n’admet pas pour cette relation",
    "duplicate_relation": "relation en double",
    "bad_attribute": "attribut inconnu du guide",
    "missing_partner": "relation symétrique dans un seul sens",
    "missing_closure": "relation qui découle de deux autres et manque",
}
"""Code of a finding → what a reviewer reads."""


def score(document: Document, doubt: float | None = None) -> float | None:
    """How sure one can be of the annotation, 0 to 1; None where nothing is known.

    With a student's ``doubt`` (0–1) one minus that; otherwise F1 of what an LLM wrote with blind
    annotations of its text, where there were some.
    """
    return document.meta.agreement if doubt is None else round(1 - doubt, 4)


def why(document: Document, guide: Guide) -> str:
    """What speaks against an LLM's sample, in French; empty if nothing is known.

    How far blind annotations agree with it, and the relations that were taken out as doubtful.
    """
    meta, parts = document.meta, []
    if meta.agreement is not None and meta.agreement < 1:
        parts.append(f"accord avec une annotation à l’aveugle\u00a0: {decimal(meta.agreement)}")
    out = doubted(document, guide) if "generator" in meta.rights else []
    if out:
        more = f" et {len(out) - SHOWN} autres" if len(out) > SHOWN + 1 else ""
        named = out[:SHOWN] if more else out
        parts.append(f"écarté dans le doute\u00a0: {', '.join(named)}{more}")
    return together(parts)


def doubted(document: Document, guide: Guide) -> list[str]:
    """Relations whose pairs are masked and that the document does not state, as a person reads."""
    names = {entity.id: entity.mentions[0].value for entity in document.entities}
    stated = {relation.triple for relation in document.relations}
    rows = []
    for head, kind, tail in document.masked:
        known = kind in guide.relations and head in names and tail in names
        if kind is not None and known and (head, kind, tail) not in stated:
            end = "" if head == tail else f" {names[tail]}"
            rows.append(f"«\u00a0{names[head]} {guide.relations[kind].label or kind}{end}\u00a0»")
    return list(dict.fromkeys(rows))


def reported(findings: Iterable[Finding]) -> str:
    """What the rules found, each thing once; empty if it is nothing."""
    said = dict.fromkeys(FRENCH.get(finding.code, finding.code) for finding in findings)
    return f"signalé\u00a0: {', '.join([*said][:SHOWN])}" if said else ""


def together(parts: Iterable[str]) -> str:
    """Several reasons as one line; equal ones once."""
    return "\u00a0; ".join(dict.fromkeys(part for part in parts if part))


def decimal(share: float) -> str:
    """A share with two decimals, as French writes it."""
    return f"{share:.2f}".replace(".", ",")
