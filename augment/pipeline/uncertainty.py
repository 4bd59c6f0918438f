"""How unsure the student is of raw items: entities guessed from the training texts, pairs scored.

>>> uncertainty([item], train=train, guide=guide, student=student)
{'raw-17': 0.31}

Raw items have no entities, and the student needs them. So mention strings of the training subset
stand in: names, and nouns that are mentions more often than not. That finds places, organisations,
functions and events by the words for them, and hardly a person who is new; it is a proxy.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from augment.guide import Guide
from augment.guide.context import folded
from augment.protocols import Student
from augment.schema import Document, Entity, Mention
from augment.text_figures import PRONOUNS

LONGEST = 5
"""Words of a mention string, at most."""
CLEAR = 0.8
"""Share of a string's mentions that have one type, for it to be the string's."""
OFTEN = 0.5
"""Share of a string's occurrences that are mentions."""
SEEN = 2
"""Times that a string without a capital must have been a mention."""
_WORD = re.compile(r"\w+")


@runtime_checkable
class Unsure(Student, Protocol):
    """A student that can say how unsure it is."""

    def doubts(self, documents: Sequence[Document]) -> list[float]:
        """How unsure it is of the relations of each document, 0–1."""


def uncertainty(
    raw: Sequence[Document], *, train: Sequence[Document], guide: Guide, student: Student
) -> dict[str, float]:
    """Item id → how unsure the student is once fitted on ``train``, 0–1; empty if it cannot say.

    Of the linear student: the mean entropy of its decisions on the pairs that it is least sure of
    (uncertainty sampling: Lewis & Gale 1994, "A sequential algorithm for training text
    classifiers"; entropy as its measure: Settles 2009, "Active learning literature survey").
    """
    if not isinstance(student, Unsure):
        return {}
    student.fit(train)
    types = mention_types(train, guide)
    items = [projected(item, types) for item in raw]
    return dict(zip((item.id for item in raw), student.doubts(items), strict=True))


def mention_types(train: Sequence[Document], guide: Guide) -> dict[str, str]:
    """Strings that are mentions wherever they occur, or nearly, with their entity type.

    Names (with a capital, as they are spelled) and nouns (folded); of the guide the words for
    entity types that have one type only, where the training texts say nothing of them.
    """
    types: dict[str, Counter[str]] = defaultdict(Counter)
    for document in train:
        for entity, mention in document.mentions():
            if folded(mention.value) not in PRONOUNS:
                types[_key(mention.value)][entity.type] += 1
    known = {key for key in types if len(_WORD.findall(key)) <= LONGEST}
    seen: Counter[str] = Counter()
    for document in train:
        seen.update(key for _, _, key in _strings(document.text) if key in known)
    found = {}
    for key in known:
        ((kind, number),) = types[key].most_common(1)
        total = types[key].total()
        enough = total >= SEEN or not key.islower()
        if enough and number >= CLEAR * total and total >= OFTEN * seen[key]:
            found[key] = kind
    return _cues(guide, types) | found


def _cues(guide: Guide, known: Mapping[str, object]) -> dict[str, str]:
    kinds: dict[str, set[str]] = defaultdict(set)
    for kind, entity in guide.entities.items():
        for cue in entity.cues:
            kinds[folded(cue)].add(kind)
    return {
        cue: next(iter(of))
        for cue, of in kinds.items()
        if len(of) == 1 and cue not in known and cue not in PRONOUNS
    }


def projected(item: Document, types: Mapping[str, str]) -> Document:
    """The item with an entity for each known string in it, the longest first; none overlap."""
    taken = 0
    mentions: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    for start, end, key in _longest(item.text, types):
        if start >= taken:
            value = item.text[start:end]
            mentions[types[key], key].append(Mention(start=start, end=end, value=value))
            taken = end
    entities = [
        Entity(id=f"e{i}", type=kind, mentions=tuple(found))
        for i, ((kind, _), found) in enumerate(mentions.items(), 1)
    ]
    return Document(id=item.id, text=item.text, entities=tuple(entities))


def _longest(text: str, types: Mapping[str, str]) -> Iterable[tuple[int, int, str]]:
    found = [string for string in _strings(text) if string[2] in types]
    return sorted(found, key=lambda string: (string[0], -string[1]))


def _strings(text: str) -> Iterable[tuple[int, int, str]]:
    """All stretches of a few words, with the key they are looked up by."""
    words = [(m.start(), m.end()) for m in _WORD.finditer(text)]
    for i, (start, _) in enumerate(words):
        for _, end in words[i : i + LONGEST]:
            yield start, end, _key(text[start:end])


def _key(value: str) -> str:
    """A name as it is spelled; other strings folded."""
    return value if value[:1].isupper() else folded(value)
