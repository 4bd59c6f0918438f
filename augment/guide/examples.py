"""Examples cut from a corpus: short sentences that hold a type and agree with the guide.

>>> find([document], guide)["IS_LOCATED_IN"]
(Example(text="[[e1:PLACE|Kiev]] est en [[e2:PLACE|Ukraine]].", relations=(...)),)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from augment.codec import relation_rows, tag
from augment.errors import CodecError
from augment.guide.check import violations
from augment.guide.context import Span, cut, nearest, sentences, spanning
from augment.guide.model import Example, Guide
from augment.schema import Document

EACH = 3
LONGEST = 400
GOOD = 120


def find(documents: Iterable[Document], guide: Guide) -> dict[str, tuple[Example, ...]]:
    """Up to three examples by entity and relation type, each from another document.

    Examples of about 120 characters come first. One that the guide contradicts, that is longer
    than 400 characters or that holds crossing spans is not taken.
    """
    places: dict[str, list[tuple[int, int, Span]]] = defaultdict(list)
    kept = list(documents)
    for i, document in enumerate(kept):
        for kind, span in _places(document, guide):
            if span[1] - span[0] <= LONGEST:
                places[kind].append((abs(span[1] - span[0] - GOOD), i, span))
    found = {}
    for kind in [*guide.entities, *guide.relations]:
        examples: dict[int, Example] = {}
        for _, i, span in sorted(places[kind]):
            if len(examples) == EACH:
                break
            example = None if i in examples else _example(cut(kept[i], span), guide)
            if example:
                examples[i] = example
        found[kind] = tuple(examples.values())
    return found


def _places(document: Document, guide: Guide) -> Iterator[tuple[str, Span]]:
    spans = sentences(document)
    by_id = document.by_id
    for entity in document.entities:
        for mention in entity.mentions:
            for span in spanning(spans, [mention]):
                yield guide.canonical(entity.type), span
    for relation in document.relations:
        for span in spanning(spans, nearest(by_id[relation.head], by_id[relation.tail])):
            yield relation.type, span


def _example(document: Document, guide: Guide) -> Example | None:
    """The whole of a (cut) document as an example, None if it cannot be one."""
    if any(violations(document, guide)):
        return None
    try:
        text = tag(document)
    except CodecError:
        return None
    rows = tuple(tuple(row) for row in relation_rows(document.relations))
    return Example(text=text, relations=rows)
