"""Corpora, additions, settings → a bundle: what decides the figures, by value or by hash.

>>> sources = [Source("train", documents, digest(path)), Source("addition", made, name="compose")]
>>> make(sources, Settings(folds=5), guide=folder("textmine"), path=Path("bundle.zip"))
Bundle(id='3f2a…', parts=(Part(role='train', documents=400, inside=False, …), …), …)
"""

from __future__ import annotations

import json
import platform
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from augment.errors import NoResult, UsageError
from augment.guide import Guide, load
from augment.measure.wall import check
from augment.pipeline.experiment import Settings, splits_of
from augment.pipeline.names import canonical, person_names
from augment.pipeline.replicate.machine import packages, sources
from augment.pipeline.replicate.page import readme
from augment.pipeline.replicate.records import Bundle, Part, documents_hash
from augment.pipeline.replicate.zipped import GUIDE, HEAD, TEXTS, write
from augment.release import gather, refusals
from augment.rights import Rights
from augment.schema import Document
from augment.store import digest

_NAME = re.compile(r"\w[\w.-]*")


class Source(NamedTuple):
    """Documents that go into a bundle, as they are or by their hash alone.

    ``digest``: of a corpus's file, by which a table of rights may name it.
    """

    role: Literal["train", "test", "addition"]
    documents: Sequence[Document]
    digest: str = ""
    name: str = ""
    inside: bool = False


def make(
    given: Sequence[Source], settings: Settings, *, guide: Path | None, rights: Rights, path: Path
) -> Bundle:
    """Write the bundle of an experiment; the same input gives the same bytes.

    ``guide`` is its folder, of which `guide.yaml` goes in. Raises UsageError if a part may not be
    passed on or a name will not do, NoResult if an addition gives test texts away, PathError.
    """
    _names(given, settings)
    _rights(given, rights)
    _clean(given, settings, load(str(guide)) if guide else None)
    parts = tuple(_parts(given))
    rules = guide / "guide.yaml" if guide else None
    bundle = Bundle(
        augment=sources(),
        python=platform.python_version(),
        requirements=tuple(f"{name}=={version}" for name, version in packages().items()),
        settings=settings.model_dump(mode="json", exclude={"jobs"}),
        guide=digest(rules) if rules else None,
        parts=parts,
    )
    bundle = bundle.model_copy(update={"id": bundle.identity()})
    texts = (readme(bundle), "".join(f"{line}\n" for line in bundle.requirements))
    files = {name: text.encode() for name, text in zip(TEXTS, texts, strict=True)}
    files[HEAD] = _json(bundle)
    if rules:
        files[GUIDE] = rules.read_bytes()
    for part, source in zip(parts, given, strict=True):
        if part.inside:
            lines = (document.model_dump_json() + "\n" for document in source.documents)
            files[part.file] = "".join(lines).encode()
    write(files, path)
    return bundle


def _json(bundle: Bundle) -> bytes:
    return (
        json.dumps(bundle.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"
    ).encode()


def _names(given: Sequence[Source], settings: Settings) -> None:
    names = {source.name for source in given if source.role == "addition"}
    for name in sorted(names):
        if not _NAME.fullmatch(name):
            raise UsageError(f"addition {name!r}: not a name for a file", hint="letters, digits, -")
    for name in sorted({*settings.masks, *settings.costs} - names):
        raise UsageError(
            f"mask or cost for {name}, which is no addition", hint="name it as in --add"
        )
    for student in settings.students:
        model = student.partition(":")[2]
        if Path(model).is_absolute() or (model and Path(model).exists()):
            raise UsageError(
                f"--student {student}: a folder of this machine",
                hint="give the encoder's name; who runs the bundle may give a folder of theirs",
            )


def _rights(given: Sequence[Source], table: Rights) -> None:
    """Raise UsageError for the first part inside with a document that may not be passed on."""
    corpora = [(source.digest, source.documents) for source in given if source.role != "addition"]
    parents = gather(corpora, table)
    for source in given:
        kept = []
        for document in source.documents if source.inside else ():
            said = parents.released.get(document.id)
            if source.role != "addition" and said is not None:
                rights = {**document.meta.rights, "release": said}
                meta = document.meta.model_copy(update={"rights": rights})
                document = document.model_copy(update={"meta": meta})
            if why := refusals(document, parents, table):
                kept.append(f"{document.id}: {why[0]}")
        if kept:
            way = f"--by-hash {source.name}" if source.name else "leave out --with-corpora"
            raise UsageError(
                f"{source.name or source.role}: {len(kept)} of {len(source.documents)} documents "
                f"may not be passed on, the first: {kept[0]}",
                hint=f"{way}, or state its rights with --rights: see docs/privacy.md",
            )


def _clean(given: Sequence[Source], settings: Settings, guide: Guide | None) -> None:
    """Raise NoResult where the experiment would give no figure."""
    train, test = (
        [d for s in given if s.role == role for d in canonical(s.documents, guide)]
        for role in ("train", "test")
    )
    additions: dict[str, list[list[Document]]] = {}
    for source in given:
        if source.role == "addition":
            batches = additions.setdefault(source.name, [])
            batches.append(canonical(source.documents, guide))
    people = person_names(guide, [*train, *(test or train)])
    dirty, _ = check(splits_of(train, test, settings), additions, people)
    if dirty:
        first, more = dirty[0], f" (and {len(dirty) - 1} more)" if dirty[1:] else ""
        raise NoResult(
            f"{first.arm}: {first.id} gives test text {first.test_id} away: {first.reason}{more}",
            hint="`augment measure` lists all: take them out",
        )


def _parts(given: Sequence[Source]) -> Iterator[Part]:
    batches: Counter[tuple[str, str]] = Counter()
    for source in given:
        yield Part(
            role=source.role,
            name=source.name,
            batch=batches[source.role, source.name],
            sha256=documents_hash(source.documents),
            documents=len(source.documents),
            inside=source.inside,
        )
        batches[source.role, source.name] += 1
