"""Which samples may be passed on, and why the others may not, with the parents that forbid it.

>>> refusals(sample, parents, load_rights())
['parent s01: nothing says that it may be released']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from augment.rights import EXAMPLES, Rights
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
    generated = "generator" in sample.meta.rights
    if own is False:
        yield "its rights forbid it"
    lineage = _lineage(sample, parents)
    for id, role in lineage.items():
        said = parents.released.get(id)
        if said is False:
            yield f"{role} {id}: its rights forbid it"
        elif said is None and own is not True:
            known = id in parents.documents
            why = "nothing says that it may be released" if known else "not among the parents given"
            yield f"{role} {id}: {why}"
    for document in [sample, *(parents.documents[id] for id in lineage if id in parents.documents)]:
        if "generator" in document.meta.rights:
            yield from _of_generator(document.meta.rights["generator"], table)
    if not lineage and not generated:
        if sample.meta.origin != "gold":
            yield "nothing says what it was made from"
        elif own is not True:
            yield "nothing says that it may be released"


def _lineage(sample: Document, parents: Parents) -> dict[str, str]:
    """What it was made from, as far back as is known: id → ``parent`` or ``example``."""
    found: dict[str, str] = {}
    todo = [sample]
    while todo:
        document = todo.pop(0)
        examples = document.meta.rights.get(EXAMPLES)
        shown = examples if isinstance(examples, list) else []
        for role, ids in (("parent", document.meta.parents), ("example", shown)):
            for id in ids:
                if id not in found:
                    found[id] = role
                    todo += [parents.documents[id]] if id in parents.documents else []
    return found


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
