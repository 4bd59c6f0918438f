"""spaCy's DocBin: mentions as the spans of ``doc.spans["sc"]``, the whole record in ``user_data``.

>>> doc.text, [(span.text, span.label_, span.id_) for span in doc.spans["sc"]]
('Kiev résiste.', [('Kiev', 'PLACE', '0')])

``sc`` is where spaCy's span categoriser looks; its recogniser looks in ``doc.ents``, which has the
:func:`flat` ones of these spans. A DocBin from elsewhere gives an entity for each span id, or each
span without one, of its span groups or else of ``doc.ents``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.tokens import DocBin as Bin
from spacy.util import filter_spans

from augment.errors import RecordError
from augment.read.base import Row, attempt, dropped
from augment.reasons import Reason
from augment.schema import Document

KEY = "augment"
"""Where ``doc.user_data`` has the whole record, as JSON."""


class DocBin:
    """One Doc a document, in the tokens of spaCy's blank French, cut at the mentions' borders."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document a Doc."""
        try:
            docs = list(Bin().from_disk(path).get_docs(_french().vocab))
        except (ValueError, KeyError, TypeError, zlib.error) as error:
            drop = dropped(path.name, Reason.BROKEN_FILE, f"not a DocBin: {error}")
            yield Row(path.name, drop)
            return
        for number, doc in enumerate(docs, 1):
            id = f"{path.stem}:{number}"
            place = f"{path.name}:{number}"
            yield attempt(place, id, doc.text, partial(_parse, id, doc))

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """All documents, as spaCy holds them: in memory."""
        Bin(docs=(_doc(document) for document in documents), store_user_data=True).to_disk(path)

    def losses(self, document: Document) -> list[str]:
        """Nothing."""
        return []


@cache
def _french() -> Language:
    return spacy.blank("fr")


def _doc(document: Document) -> Doc:
    nlp = _french()
    text = document.text
    starts = {m.start for _, m in document.mentions()}
    ends = {m.end for _, m in document.mentions()}
    tokens = {i for t in nlp.make_doc(text) for i in (t.idx, t.idx + len(t))}
    borders = sorted(starts | ends | tokens | {0, len(text)})
    words: list[str] = []
    spaces: list[bool] = []
    for start, end in pairwise(borders):
        trailing = text[start:end] == " " and start not in starts and end not in ends
        if trailing and spaces and not spaces[-1]:
            spaces[-1] = True
        else:
            words.append(text[start:end])
            spaces.append(False)
    doc = Doc(nlp.vocab, words=words, spaces=spaces)
    doc.user_data[KEY] = document.model_dump_json()
    doc.spans["sc"] = SpanGroup(doc, spans=aligned(doc, document))
    if document.entities or document.labelled != "none":
        doc.ents = flat(doc.spans["sc"])
    return doc


def aligned(doc: Doc, document: Document) -> list[Span]:
    """The mentions that begin and end where tokens do, in the order of the record.

    The label is the type, the id that of the entity, as a string.
    """
    spans = (
        doc.char_span(m.start, m.end, label=entity.type, span_id=str(entity.id))
        for entity, m in document.mentions()
    )
    return [span for span in spans if span is not None]


def flat(spans: Iterable[Span]) -> list[Span]:
    """What ``doc.ents`` can hold: of spans that overlap the longest one, then the first.

    Spans that begin or end with a token of white space are left out: spaCy cannot learn them.
    """
    return list(filter_spans(s for s in spans if not (s[0].is_space or s[-1].is_space)))


def entities(spans: Iterable[Span]) -> list[dict[str, Any]]:
    """Fields of an entity for each span id, or each span without one, which gets its number.

    Raises RecordError if an id has two labels.
    """
    found: dict[Any, dict[str, Any]] = {}
    for number, span in enumerate(spans):
        key = span.id_ or number
        entity = found.setdefault(key, {"id": key, "type": span.label_, "mentions": []})
        if span.label_ != entity["type"]:
            kinds = f"{entity['type']}, {span.label_}"
            raise RecordError(Reason.TYPE_CONFLICT, f"spans with the id {key!r}: {kinds}")
        mention = {"start": span.start_char, "end": span.end_char, "value": span.text}
        entity["mentions"].append(mention)
    return list(found.values())


def _parse(id: str, doc: Doc, text: str) -> Document:
    if KEY in doc.user_data:
        return Document.model_validate_json(doc.user_data[KEY])
    spans = [span for group in doc.spans.values() for span in group] or doc.ents
    fields = {"id": id, "text": text, "labelled": "none"}
    return Document.model_validate({**fields, "entities": entities(spans)})
