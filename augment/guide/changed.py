"""What differs between two versions of a guide, and which texts a guide quotes.

>>> places(before, after)
['relations.RESIDES_IN.negative', 'relations.RESIDES_IN.rule']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from augment.errors import CodecError, UsageError
from augment.guide.feedback import Feedback
from augment.guide.model import Example, Guide
from augment.overlap import fold, words
from augment.schema import Document

PARTS = ("families", "entities", "relations", "attributes", "rules")
SHORTEST = 6
"""Words of an example below which it is not told whether a text is its source."""


def places(before: Guide, after: Guide) -> list[str]:
    """The fields that differ, ``relations.RESIDES_IN.rule``; a type alone if one lacks it."""
    return [place for part in PARTS for place in _places(part, before, after)]


def _places(part: str, before: Guide, after: Guide) -> Iterator[str]:
    old, new = getattr(before, part), getattr(after, part)
    for key in dict.fromkeys([*old, *new]):
        if key not in old or key not in new:
            yield f"{part}.{key}"
            continue
        for field in type(old[key]).model_fields:
            if getattr(old[key], field) != getattr(new[key], field):
                yield f"{part}.{key}.{field}"


def taken(before: Guide, after: Guide) -> list[Feedback]:
    """What the later guide took from reviews and the earlier one had not."""
    return [feedback for feedback in after.feedback if feedback not in before.feedback]


def check_same_types(before: Guide, after: Guide) -> None:
    """Raise UsageError if they do not have the same types: figures could not be compared."""
    for part in ("entities", "relations"):
        apart = sorted({*getattr(before, part)} ^ {*getattr(after, part)})
        if apart:
            raise UsageError(
                f"guides {before.written} and {after.written}: {apart[0]} is in one of them only",
                hint="compare versions of one guide",
            )


def quoted(documents: Sequence[Document], guides: Iterable[Guide]) -> set[str]:
    """Ids of the documents that an example of a guide is a sentence of."""
    told = {text for guide in guides for text in map(_folded, _examples(guide)) if text}
    texts = {document.id: fold(document.text) for document in documents}
    return {id for id, text in texts.items() if any(sentence in text for sentence in told)}


def _examples(guide: Guide) -> Iterator[Example]:
    for described in (*guide.entities.values(), *guide.relations.values()):
        yield from (*described.positive, *described.negative, *described.hard_cases)
    for rule in guide.rules.values():
        yield from (rule.positive, rule.negative)


def _folded(example: Example) -> str:
    try:
        text = example.document().text
    except CodecError:
        return ""
    return fold(text) if len(words(text)) >= SHORTEST else ""
