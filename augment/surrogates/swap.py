"""A document with surrogate names, and what comes back for it with the real ones.

>>> hidden = pseudonymise(document, names, vault)
>>> hidden.text, restore(hidden, document.id, vault) == document
('Selon Bruno Lebrun, le front tient.', True)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from augment.policy import Level, of_document
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Entity, EntityId, Relation
from augment.spans import OffsetMap, edit, move
from augment.surrogates.choose import choose
from augment.surrogates.known import PLAIN_ID, Names, elsewhere, find, glued
from augment.surrogates.vault import Vault

STAGE = "prompt"
_ESCAPED = r"(?<=\\[nrt])|(?<=\\u[0-9a-fA-F]{4})"


def shown(document: Document, level: Level, names: Names, vault: Vault) -> Document | Drop:
    """A document as it may be shown at that level: itself, with surrogate names, or not at all.

    Its own rights can only lower the level. Raises StoreError if the vault cannot keep the names.
    """
    allowed = of_document(document, level)
    if allowed is Level.EXAMPLES:
        return document
    if allowed is Level.PSEUDONYMISED:
        return pseudonymise(document, names, vault)
    why = "its rights forbid" if allowed is not level else "the policy does not allow"
    return _refused(document, Reason.NOT_ALLOWED, f"{why} showing its text to another machine")


def pseudonymise(document: Document, names: Names, vault: Vault) -> Document | Drop:
    """The document with surrogates for its names and contacts, all offsets exact.

    Names are found through annotation: a text without any is a Drop (``not_allowed``), and one
    where a mention's border lies inside a name, or a name inside a word, too (``unsafe_rewrite``).
    Raises StoreError if the vault cannot keep the names.
    """
    if not document.entities or not names.types:
        why = "its names are not annotated, so they cannot be replaced"
        return _refused(document, Reason.NOT_ALLOWED, why)
    hits = find(document, names)
    if glued(document, names, hits):
        return _refused(document, Reason.UNSAFE_REWRITE, "a name is only a part of a word")
    table = choose(document, hits, names)
    edits = [(h.start, h.end, table[document.text[h.start : h.end]]) for h in hits]
    others = elsewhere(document, names)

    def swapped(text: str) -> str:
        spots = others.get(text, [])
        return edit(text, [(h.start, h.end, table[text[h.start : h.end]]) for h in spots])[0]

    text, offsets = edit(document.text, edits)
    hidden = _moved(document, text, offsets, swapped)
    if hidden is None:
        why = "a mention begins or ends inside a name"
        return _refused(document, Reason.UNSAFE_REWRITE, why)
    vault.put(document.id, document.text, table)
    return hidden


def restore(document: Document, source: str, vault: Vault) -> Document | Drop:
    """The real names in a text made from ``source`` (the id of a document that was hidden).

    A mention whose border lies inside a surrogate makes it a Drop (``unsafe_rewrite``). Raises
    StoreError if the source is not in the vault.
    """
    real = _real(vault.names(source))
    edits = _spots(document.text, real, "")
    text, offsets = edit(document.text, edits)

    def swapped(other: str) -> str:
        return edit(other, _spots(other, real, ""))[0]

    found = _moved(document, text, offsets, swapped)
    if found is None:
        why = "a mention begins or ends inside a surrogate name"
        return _refused(document, Reason.UNSAFE_REWRITE, why)
    return found


def restore_text(text: str, source: str, vault: Vault) -> str:
    """The real names in a reply as it came, inside its tags or JSON strings too."""
    return edit(text, _spots(text, _real(vault.names(source)), _ESCAPED))[0]


def back(candidate: Candidate, source: str | None, vault: Vault | None) -> Candidate | Drop:
    """A candidate with real names, if its source was shown with surrogates; else as it is."""
    if vault is None or source is None or source not in vault:
        return candidate
    found = restore(candidate.document, source, vault)
    if isinstance(found, Drop):
        return candidate.drop("align", found.reason, found.detail)
    return candidate.model_copy(update={"document": found})


def _refused(document: Document, reason: Reason, why: str) -> Drop:
    raw = document.model_dump_json()
    return Drop(id=document.id, stage=STAGE, reason=reason, detail=why, raw=raw)


def _real(names: Mapping[str, str]) -> dict[str, str]:
    return {surrogate: name for name, surrogate in names.items()}


def _spots(text: str, real: Mapping[str, str], after: str) -> list[tuple[int, int, str]]:
    """Where surrogates stand as whole words, with the real name in the case found."""
    if not real:
        return []
    any_case = {surrogate.lower(): name for surrogate, name in real.items()}
    found = []
    for match in _pattern(tuple(sorted(real)), after).finditer(text):
        name = real.get(match[0]) or _cased(match[0], any_case[match[0].lower()])
        if name is not None:
            found.append((match.start(), match.end(), name))
    return found


@lru_cache(maxsize=64)
def _pattern(surrogates: tuple[str, ...], after: str) -> re.Pattern[str]:
    listed = "|".join(re.escape(s) for s in sorted(surrogates, key=len, reverse=True))
    edge = "|".join(filter(None, (r"(?<![^\W_])", after)))
    return re.compile(rf"(?:{edge})(?:{listed})(?![^\W_])", re.IGNORECASE)


def _cased(found: str, name: str) -> str | None:
    """A name in another case than the vault has it; in small letters it is some other word."""
    if found.islower():
        return None
    return name.upper() if found.isupper() else name.title()


def _moved(
    document: Document, text: str, offsets: OffsetMap, swapped: Callable[[str], str]
) -> Document | None:
    """The document with its new text; names in its title, source and ids replaced as well."""
    entities = move(document.entities, offsets, text)
    before = sum(len(entity.mentions) for entity in document.entities)
    if sum(len(entity.mentions) for entity in entities) < before:
        return None
    ids: dict[EntityId, EntityId] = {e.id: _id(e.id, swapped) for e in entities}
    meta = {
        name: swapped(value)
        for name in ("title", "source")
        if (value := getattr(document.meta, name)) is not None
    }
    return document.model_copy(
        update={
            "text": text,
            "entities": tuple(_renamed(entity, ids) for entity in entities),
            "relations": tuple(_relation(r, ids) for r in document.relations),
            "masked": tuple((ids[h], kind, ids[t]) for h, kind, t in document.masked),
            "meta": document.meta.model_copy(update=meta),
        }
    )


def _id(id: EntityId, swapped: Callable[[str], str]) -> EntityId:
    return id if isinstance(id, int) or PLAIN_ID.fullmatch(id) else swapped(id)


def _renamed(entity: Entity, ids: Mapping[EntityId, EntityId]) -> Entity:
    return entity.model_copy(update={"id": ids[entity.id]})


def _relation(relation: Relation, ids: Mapping[EntityId, EntityId]) -> Relation:
    attributes: dict[str, Any] = {
        name: ids.get(value, value) if isinstance(value, int | str) else value
        for name, value in relation.attributes.items()
    }
    ends = {"head": ids[relation.head], "tail": ids[relation.tail], "attributes": attributes}
    return relation.model_copy(update=ends)
