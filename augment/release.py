"""Which samples may be passed on, and why the others may not, with the parents that forbid it.

>>> refusals(sample, parents, load_rights())
['parent s01: nothing says that it may be released']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from augment.rights import Rights
from augment.schema import Document, Record


class Refused(Record):
    """A sample that stays: its id, its parents, and each reason."""

    id: str
    parents: tuple[str, ...]
    reasons: tuple[str, ...]


class Parents(NamedTuple):
    """The documents that samples were made from: by id, and what is known of each one's corpus."""

    documents: Mapping[str, Document]
    released: Mapping[str, bool | None]


def gather(corpora: Sequence[tuple[str, Sequence[Document]]], table: Rights) -> Parents:
    """Parents of several corpora, each with the digest of its file; what one forbids is forbidden.

    A document's own rights go before what the table says of its corpus.
    """
    documents: dict[str, Document] = {}
    released: dict[str, bool | None] = {}
    for digest, found in corpora:
        terms = table.corpora.get(digest)
        for document in found:
            said = document.meta.rights.get("release", terms.release if terms else None)
            if document.id in documents and released[document.id] is False:
                continue
            if document.id in documents and released[document.id] is None:
                said = False if said is False else None
            documents[document.id] = document
            released[document.id] = said if isinstance(said, bool) else None
    return Parents(documents, released)


def refusals(sample: Document, parents: Parents, table: Rights) -> list[str]:
    """Why a sample may not be passed on; empty if it may. What nothing allows is refused."""
    return list(dict.fromkeys(_reasons(sample, parents, table)))


def _reasons(sample: Document, parents: Parents, table: Rights) -> Iterator[str]:
    own = sample.meta.rights.get("release")
    generator = sample.meta.rights.get("generator")
    if own is False:
        yield "its rights forbid it"
    for parent in _ancestors(sample, parents):
        said = parents.released.get(parent)
        if said is False:
            yield f"parent {parent}: its rights forbid it"
        elif said is None and own is not True:
            known = parent in parents.documents
            why = "nothing says that it may be released" if known else "not among the parents given"
            yield f"parent {parent}: {why}"
    if generator is not None:
        yield from _of_generator(generator, table)
    elif not sample.meta.parents and own is not True:
        yield "nothing says that it may be released"
    if generator is None and sample.meta.origin != "gold" and not sample.meta.parents:
        yield "nothing says what it was made from"


def _ancestors(sample: Document, parents: Parents) -> list[str]:
    """Parents, and their parents as far as they are known; each once."""
    found: dict[str, None] = {}
    todo = list(sample.meta.parents)
    while todo:
        parent = todo.pop(0)
        if parent not in found:
            found[parent] = None
            if parent in parents.documents:
                todo += parents.documents[parent].meta.parents
    return list(found)


def _of_generator(generator: Any, table: Rights) -> Iterator[str]:
    """What the sample says of its generator; the table where that is nothing."""
    said = generator if isinstance(generator, dict) else {}
    model = str(said.get("model", ""))
    release = said.get("release")
    if release is None and (terms := table.generator(model)) is not None:
        release = terms.release
    if release is False:
        yield f"generator {model}: its terms forbid it"
    elif release is not True:
        yield f"generator {model or '?'}: its output terms are not known"
