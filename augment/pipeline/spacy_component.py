"""The spaCy component ``augment``: a chain, or a part of one, in a pipeline of spaCy.

>>> nlp = spacy.blank("fr")
>>> component = nlp.add_pipe("augment", config={"model": "chain"})  # as `augment train` wrote it
>>> doc = nlp("Paul est né à Lyon.")
>>> doc.spans["sc"], doc._.relations
([Paul, Lyon], [('0', 'IS_BORN_IN', '1')])

A model that finds no mentions takes those that the doc has: a span id is an entity. What is found:

- ``doc.spans["sc"]``: mentions, nested ones too; the label is the type, the id that of the entity;
- ``doc.ents``, if it was empty: those of them that do not overlap, the longest first;
- ``doc._.clusters``: entity id → its spans;
- ``doc._.relations``: (entity id, type, entity id); ``doc._.relation_spans``: the same with spans;
- ``doc._.augment``: the whole record, exact whatever the tokens are. No token is changed, so that a
  mention which begins or ends inside one is only here and, as (start, end, type, entity id), in
  ``doc._.unaligned``; a warning says so.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import sha256
from itertools import count, islice
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from augment.errors import PathError
from augment.read.spacy import KEY, aligned, entities, flat
from augment.schema import Document
from augment.spans import check
from augment.train.chain import Chain, load

FOLDER = "model"


class Component:
    """What ``nlp.add_pipe("augment")`` makes; the model is read when it is first needed."""

    def __init__(self, model: Path, spans_key: str, ents: bool) -> None:
        self.model = model.absolute()
        self.spans_key = spans_key
        self.ents = ents

    @cached_property
    def chain(self) -> Chain:
        """Raises PathError if there is no model, ConfigError if it is damaged."""
        try:
            return load(self.model)
        except PathError as error:
            hint = 'config={"model": FOLDER}: a folder that `augment train` wrote'
            raise PathError(f"spaCy component augment: {error} ({hint})", hint=hint) from error

    def __call__(self, doc: Doc) -> Doc:
        """The same doc with what the model finds in it."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """The same docs, this many predicted at once.

        Raises RecordError if the spans of a doc cannot be entities (one id, two labels).
        """
        docs_left = iter(stream)
        while docs := list(islice(docs_left, batch_size)):
            answers = self.chain.answer([self._given(doc) for doc in docs])
            for doc, answer in zip(docs, answers, strict=True):
                self._write(doc, answer)
                yield doc

    def _given(self, doc: Doc) -> Document:
        """The record that an earlier component or a DocBin left, unless its spans were changed."""
        earlier = record(doc)
        known = doc.spans.get(self.spans_key)
        if earlier and (known is None or _keys(known) == _keys(aligned(doc, earlier))):
            return earlier
        id = sha256(doc.text.encode()).hexdigest()[:16]
        if self.chain.ner:
            return Document(id=id, text=doc.text)
        spans = _named(doc, known or doc.ents)
        found = {"id": id, "text": doc.text, "entities": entities(spans)}
        document = Document.model_validate(found)
        check(document)
        return document

    def _write(self, doc: Doc, answer: Document) -> None:
        doc.user_data[KEY] = answer.model_dump_json()
        spans, known = aligned(doc, answer), doc.spans.get(self.spans_key)
        if known is None or _keys(known) != _keys(spans):
            doc.spans[self.spans_key] = SpanGroup(doc, name=self.spans_key, spans=spans)
        if self.ents and not doc.ents:
            doc.ents = flat(spans)
        if len(spans) < sum(len(entity.mentions) for entity in answer.entities):
            said = "mentions that begin or end inside a token are not spans: see doc._.unaligned"
            warnings.warn(said, stacklevel=2)

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Copy the model into a folder, in place of an earlier one."""
        target = Path(path).absolute() / FOLDER
        if target.resolve() == self.model.resolve():
            return
        _ = self.chain  # raises if there is no model
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.model, target)

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> Component:
        """Read what :meth:`to_disk` wrote. Raises as :attr:`chain` does."""
        self.__dict__.pop("chain", None)
        self.model = Path(path).absolute() / FOLDER
        _ = self.chain
        return self


def make(nlp: Language, name: str, model: str, spans_key: str, ents: bool) -> Component:
    """The factory: ``model`` is a folder of `augment train`; ``ents``: set ``doc.ents`` too."""
    return Component(Path(model), spans_key, ents)


def record(doc: Doc) -> Document | None:
    """The whole record, None if there is none."""
    written = doc.user_data.get(KEY)
    return Document.model_validate_json(written) if written else None


def clusters(doc: Doc) -> dict[str, list[Span]]:
    """Entity id → its spans; an entity of which no mention fits the tokens has none."""
    found = record(doc)
    by_id: dict[str, list[Span]] = {str(e.id): [] for e in found.entities} if found else {}
    for span in aligned(doc, found) if found else ():
        by_id[span.id_].append(span)
    return by_id


def relations(doc: Doc) -> list[tuple[str, str, str]]:
    """(entity id, type, entity id), with the ids that spans have."""
    found = record(doc)
    return [(str(r.head), r.type, str(r.tail)) for r in found.relations] if found else []


def relation_spans(doc: Doc) -> list[tuple[list[Span], str, list[Span]]]:
    """(spans of the head, type, spans of the tail)."""
    by_id = clusters(doc)
    return [(by_id[head], kind, by_id[tail]) for head, kind, tail in relations(doc)]


def unaligned(doc: Doc) -> list[tuple[int, int, str, str]]:
    """Mentions that no span can hold: (start, end, type, entity id), in characters."""
    found = record(doc)
    return sorted(_mentions(found) - _keys(aligned(doc, found))) if found else []


def _mentions(document: Document) -> set[tuple[int, int, str, str]]:
    return {(m.start, m.end, e.type, str(e.id)) for e, m in document.mentions()}


def _keys(spans: Iterable[Span]) -> set[tuple[int, int, str, str]]:
    return {(s.start_char, s.end_char, s.label_, s.id_) for s in spans}


def _named(doc: Doc, spans: Iterable[Span]) -> list[Span]:
    """The spans, those without an id with one that no other has."""
    spans = list(spans)
    taken = {span.id_ for span in spans}
    free = (str(n) for n in count() if str(n) not in taken)
    return [
        span if span.id_ else Span(doc, span.start, span.end, label=span.label_, span_id=next(free))
        for span in spans
    ]


_EXTENSIONS = {
    "augment": record,
    "clusters": clusters,
    "relations": relations,
    "relation_spans": relation_spans,
    "unaligned": unaligned,
}
for _name, _getter in _EXTENSIONS.items():
    Doc.set_extension(_name, getter=_getter)
Language.factory(
    "augment",
    default_config={"spans_key": "sc", "ents": True},
    assigns=["doc.spans", "doc.ents", *(f"doc._.{_name}" for _name in _EXTENSIONS)],
    func=make,
)
