"""Documents chosen one by one for the relation types they hold.

>>> cover([{"LEFT": 2}, {"LEFT": 1, "RESIDES_IN": 1}], 2, lambda kind, held: held**0.5)
[1, 0]
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence


def cover(
    held: Sequence[Mapping[str, int]], number: int, value: Callable[[str, int], float]
) -> list[int]:
    """Positions of ``number`` documents, in the order they are taken.

    ``held``: triples of each document by type. ``value(kind, n)``: what n triples of a type are
    worth; the document that adds most is taken next, of equals the first. With values that grow
    ever more slowly, this greedy choice is within 1 − 1/e of the best (Nemhauser, Wolsey & Fisher
    1978, "An analysis of approximations for maximizing submodular set functions").
    """
    have: Counter[str] = Counter()
    left = dict(enumerate(held))
    taken = []

    def worth(i: int) -> float:
        more = (value(k, have[k] + n) - value(k, have[k]) for k, n in left[i].items())
        return round(math.fsum(more), 9)

    for _ in range(min(number, len(held))):
        best = max(left, key=lambda i: (worth(i), -i))
        have.update(left.pop(best))
        taken.append(best)
    return taken
