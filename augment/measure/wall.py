"""The wall around the test texts: which gold and added documents give one of them away.

{"id": "A1", "arm": "compose", "test_id": "41189", "reason": "leak_ngrams"}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from augment.measure.records import Dirty
from augment.measure.splits import Split
from augment.overlap import Leak, Leaks
from augment.reasons import Reason
from augment.schema import Document

Additions = Mapping[str, Sequence[Sequence[Document]]]
"""Name → generation batches."""


def check(
    splits: Sequence[Split], additions: Additions, person_names: frozenset[str]
) -> tuple[list[Dirty], dict[str, list[str]]]:
    """Documents that leak (see :class:`augment.overlap.Leaks`), and those to set aside by addition.

    A gold training text leaks if it copies a test text; names are no copy there, they recur. An
    addition leaks by any rule against a test set of its own. In cross-validation every gold text
    is a test text once, so that two names that happen to stand together are no sign of copying:
    such a document is only set aside, in the folds concerned.
    """
    crossed = any(split.fold for split in splits)
    seen: set[tuple[Sequence[str], ...]] = set()
    dirty: dict[Dirty, None] = {}
    aside: dict[str, set[str]] = {}
    for split in splits:
        ids = tuple(sorted(d.id for d in split.test)), tuple(sorted(d.id for d in split.train))
        if ids in seen:
            continue
        seen.add(ids)
        leaks = Leaks(split.train, split.test, person_names)
        for document in split.train:
            leak = leaks.find(document, exclude=document.id)
            if leak and leak.reason != Reason.LEAK_NAMES:
                dirty[_row(document, "base", leak)] = None
        for name, document, leak in _leaking(additions, leaks):
            if crossed and leak.reason == Reason.LEAK_NAMES:
                aside.setdefault(name, set()).add(document.id)
            else:
                dirty[_row(document, name, leak)] = None
    return list(dirty), {name: sorted(ids) for name, ids in aside.items()}


def apart(
    documents: Sequence[Document], train: Sequence[Document], held_out: Sequence[Document]
) -> list[Document]:
    """The documents that were not made from a held-out one, and copy none.

    For choices within a training subset, whose parts are held out in turn: samples of it are made
    from the very documents that are scored.
    """
    ids = {document.id for document in held_out}
    leaks = Leaks(train, held_out)
    return [d for d in documents if ids.isdisjoint(d.meta.parents) and not leaks.find(d)]


def _leaking(additions: Additions, leaks: Leaks) -> Iterable[tuple[str, Document, Leak]]:
    for name, batches in additions.items():
        for document in (document for batch in batches for document in batch):
            leak = leaks.find(document)
            if leak:
                yield name, document, leak


def _row(document: Document, arm: str, leak: Leak) -> Dirty:
    return Dirty(id=document.id, arm=arm, test_id=leak.held_out_id, reason=str(leak.reason.value))
