"""Words that announce a type: over-represented near its pairs, or in and before its mentions.

>>> relation_cues(documents, guide)["IS_BORN_IN"]
('née', 'naissance', 'originaire')
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import product

from augment.guide.context import near, nearest
from augment.guide.model import Guide
from augment.schema import Document

MOST = 12
PRIOR = 20.0
Contexts = dict[str, list[set[str]]]
"""Document id → the words near each pair (or in each entity)."""


def relation_cues(documents: Iterable[Document], guide: Guide) -> dict[str, tuple[str, ...]]:
    """Cues by relation type: words near its pairs against words near other admitted pairs."""
    positive: dict[str, Contexts] = defaultdict(lambda: defaultdict(list))
    negative: dict[str, Contexts] = defaultdict(lambda: defaultdict(list))
    for document in documents:
        related = {r.triple for r in document.relations}
        for head, tail in product(document.entities, repeat=2):
            kinds = guide.candidates(head.type, tail.type, same=head.id == tail.id)
            words = near(document.text, *nearest(head, tail)) if kinds else set()
            for kind in kinds:
                side = positive if (head.id, kind, tail.id) in related else negative
                side[kind][document.id].append(words)
    general = _total(map(_weights, positive.values()))
    return {
        kind: _cues(positive[kind], _weights(negative[kind]) + (general - _weights(positive[kind])))
        for kind in guide.relations
    }


def entity_cues(documents: Iterable[Document], guide: Guide) -> dict[str, tuple[str, ...]]:
    """Cues by entity type: words in and just before its mentions against those of other types."""
    found: dict[str, Contexts] = defaultdict(lambda: defaultdict(list))
    for document in documents:
        for entity in document.entities:
            words = [near(document.text, m, m, around=15) for m in entity.mentions]
            found[guide.canonical(entity.type)][document.id].append(set().union(*words))
    everywhere = _total(map(_weights, found.values()))
    return {kind: _cues(found[kind], everywhere - _weights(found[kind])) for kind in guide.entities}


def _weights(contexts: Contexts) -> Counter[str]:
    """Sum over documents of the share of contexts that have the word: a document counts once."""
    return _total(
        Counter({word: n / len(own) for word, n in Counter(w for c in own for w in c).items()})
        for own in contexts.values()
    )


def _total(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


def _cues(positive: Contexts, background: Counter[str]) -> tuple[str, ...]:
    """At most twelve words with z > 2, the surest first, seen in two documents or more.

    None if there is nothing to compare with.

    z is the log-odds ratio with an informative Dirichlet prior over its standard deviation
    (Monroe, Colaresi & Quinn 2008, Fightin' Words).
    """
    counts = _weights(positive)
    spread = Counter(w for contexts in positive.values() for w in set().union(*contexts))
    own_size, other_size = counts.total(), background.total()
    if not other_size:
        return ()
    scored = []
    for word, own in counts.items():
        other = background[word]
        prior = PRIOR * (own + other) / (own_size + other_size)
        odds = math.log((own + prior) / (own_size + PRIOR - own - prior))
        odds -= math.log((other + prior) / (other_size + PRIOR - other - prior))
        z = odds / math.sqrt(1 / (own + prior) + 1 / (other + prior))
        if z > 2 and spread[word] > 1:
            scored.append((-z, word))
    return tuple(word for _, word in sorted(scored)[:MOST])
