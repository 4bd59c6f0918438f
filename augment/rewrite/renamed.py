"""Other names for the persons, places and organisations of a document, which no corpus has.

>>> renamer(documents, frozenset({"LASTNAME"}), frozenset({"PLACE"}))(document).text
'Selon Bruno Lebrun, maire de Clairval, le calme revient.'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from augment.rewrite.french import FORMS, before
from augment.rewrite.noise import changed
from augment.rewrite.variants import TITLES
from augment.rewrite.words import PLURAL
from augment.schema import Document, Mention, Meta
from augment.spans import Edit
from augment.surrogates.choose import choose
from augment.surrogates.fold import fold
from augment.surrogates.known import Hit, find, known

_WORD = re.compile(r"[^\W\d_]+")
_PROPER = re.compile(r"[A-ZÀ-Ý][^\W\d_]+(?:-[^\W\d_]+)*")
_TITLES = {fold(word.rstrip(".")).text for word in TITLES.replace("|", " ").split()}
_BUILT_IN = {form for forms in FORMS.values() for form in forms} | PLURAL | {"en"}


def renamer(
    documents: Sequence[Document], persons: frozenset[str], others: frozenset[str]
) -> Callable[[Document], Document]:
    """A function that gives a document other names; no word of ``documents`` is among them.

    ``persons``: entity types of personal names; ``others``: those of places and organisations.
    One name stays one name through the whole document. First names keep their gender, all names
    their elision (*d'Igor*, *d'Alain*). Of places and organisations, names of one word are
    replaced, and only where none of their mentions has an article or *en* before it: with that,
    another name may be wrong (*en France*, *au Mali*).
    """
    everyday = frozenset(w for d in documents for w in _WORD.findall(d.text) if w.islower())
    seen = {fold(w).text for d in documents for w in _WORD.findall(d.text)}
    names = known([_only(d, others, everyday) for d in documents], persons, others)
    avoided = names._replace(words={**dict.fromkeys(sorted(seen), "last"), **names.words})

    def rename(document: Document) -> Document:
        own = _only(document, others, everyday)
        hits = _loose(find(own, names), own.text)
        table = choose(own, hits, avoided)
        edits = (Edit(h.start, h.end, table[own.text[h.start : h.end]]) for h in hits)
        return changed(document, edits)

    return rename


def _only(document: Document, others: frozenset[str], everyday: frozenset[str]) -> Document:
    """The document without mentions of places and organisations that are no name of one word."""

    def name(mention: Mention) -> bool:
        return bool(_PROPER.fullmatch(mention.value)) and mention.value.lower() not in everyday

    entities = []
    for entity in document.entities:
        mentions = tuple(m for m in entity.mentions if entity.type not in others or name(m))
        if mentions:
            entities.append(entity.model_copy(update={"mentions": mentions}))
    return document.model_copy(update={"entities": tuple(entities), "meta": Meta()})


def _loose(hits: Sequence[Hit], text: str) -> list[Hit]:
    """Without titles, and places and organisations that have an article somewhere in the text."""
    bound = _TITLES | {
        h.key for h in hits if h.kind == "other" and before(text, h.start).word in _BUILT_IN
    }
    return [h for h in hits if h.key not in bound]
