"""brat's standoff: a folder of ``.txt`` and ``.ann`` pairs, to open and edit in brat.

    T1	PLACE 0 4	Kiev
    T2	PLACE 10 20	la capitale
    *	Equiv T1 T2
    R1	IS_LOCATED_IN Arg1:T1 Arg2:T1
    #1	Record R1	{"attributes": {"factuality": "attributed"}}
    #2	Record DOC	{"id": "7", "ids": {"T1": 0}}

Each mention is a T; an ``Equiv`` makes them one entity; relations hold between first mentions.
``Record`` notes carry what brat has no line for. Other notes are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from augment.errors import RecordError
from augment.read.base import Row, attempt, dropped
from augment.reasons import Reason
from augment.schema import Document, Entity, Mention, Relation

_LINE_END = re.compile(r"[\r\n]")
_ON_A_LINE = re.compile(r"[^\r\n]+")
_WORD = re.compile(r"\S+")
_MENTION = re.compile(r"T\S+\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)", re.DOTALL)
_RELATION = re.compile(r"R\S+\t(\S+) Arg1:(\S+) Arg2:(\S+)\s*")
_EQUIV = re.compile(r"\*\t\S+ (\S+(?: \S+)*)\s*")
_NOTE = re.compile(r"#\S*\tRecord (\S+)\t(.*)", re.DOTALL)
_OBJECT = TypeAdapter(dict[str, Any])


class Brat:
    """One pair of files a document."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """The document of one ``.ann`` and the ``.txt`` beside it."""
        beside = path.with_suffix(".txt")
        annotations = path.read_bytes().decode("utf-8", "surrogateescape")
        if not beside.is_file():
            drop = dropped(path.name, Reason.MISSING_FIELD, f"no {beside.name}", raw=annotations)
            yield Row(path.name, drop)
            return
        text = beside.read_bytes().decode("utf-8", "surrogateescape")
        raw = {"text": text, "annotations": annotations}
        yield attempt(path.name, path.stem, raw, partial(_parse, path.stem))

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """A folder; the names of the files begin with their number, so that order is kept."""
        path.mkdir()
        entities: dict[str, None] = {}
        relations: dict[str, None] = {}
        for number, document in enumerate(documents):
            stem = f"{number:06d}-" + re.sub(r"[^\w.-]", "_", document.id, flags=re.ASCII)[:60]
            (path / f"{stem}.txt").write_bytes(document.text.encode())
            (path / f"{stem}.ann").write_bytes("".join(_lines(document, stem)).encode())
            entities |= dict.fromkeys(_written(e.type) for e in document.entities)
            relations |= dict.fromkeys(_written(r.type) for r in document.relations)
        configuration = _configuration(sorted(entities), sorted(relations))
        (path / "annotation.conf").write_text(configuration, encoding="utf-8")

    def losses(self, document: Document) -> list[str]:
        """Nothing."""
        return []


def _configuration(entities: list[str], relations: list[str]) -> str:
    ends = "Arg1:<ENTITY>, Arg2:<ENTITY>"
    kinds = [f"{name}\t{ends}" for name in relations]
    equiv = f"Equiv\t{ends}, <REL-TYPE>:symmetric-transitive"
    overlap = "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>"
    sections = ["[entities]", *entities, "[relations]", equiv, *kinds, overlap]
    return "\n".join([*sections, "[events]", "[attributes]", ""])


def _written(kind: str) -> str:
    """A type as brat can hold it."""
    return kind if _WORD.fullmatch(kind) else "OTHER"


def _lines(document: Document, stem: str) -> Iterator[str]:
    """All lines of an ``.ann``, each with its line feed."""
    firsts: dict[Any, str] = {}
    notes: list[tuple[str, dict[str, Any]]] = []
    number = 0
    for entity in document.entities:
        names = [f"T{number + i}" for i in range(1, len(entity.mentions) + 1)]
        number += len(names)
        firsts[entity.id] = names[0]
        for name, mention in zip(names, entity.mentions, strict=True):
            yield f"{name}\t{_written(entity.type)} {_stretches(mention)}\n"
        if len(names) > 1:
            yield f"*\tEquiv {' '.join(names)}\n"
        if _written(entity.type) != entity.type:
            notes.append((names[0], {"type": entity.type}))
    for i, r in enumerate(document.relations, 1):
        yield f"R{i}\t{_written(r.type)} Arg1:{firsts[r.head]} Arg2:{firsts[r.tail]}\n"
        note: dict[str, Any] = {"attributes": r.attributes} if r.attributes else {}
        note |= {"type": r.type} if _written(r.type) != r.type else {}
        notes += [(f"R{i}", note)] if note else []
    known = {"labelled", "masked", "meta"}
    fields = document.model_dump(mode="json", include=known, exclude_defaults=True)
    ids = {name: id for id, name in firsts.items()}
    notes.append(("DOC", {"id": document.id, **({"ids": ids} if ids else {}), **fields}))
    for i, (target, note) in enumerate(notes, 1):
        yield f"#{i}\tRecord {target}\t{json.dumps(note, ensure_ascii=False)}\n"


def _stretches(mention: Mention) -> str:
    """Offsets and text; brat wants a mention over several lines in as many stretches."""
    value, at = mention.value, mention.start
    stretches = [(at + found.start(), found[0]) for found in _ON_A_LINE.finditer(value)]
    if value != value.strip("\r\n"):  # brat has no way to say it; we read it back all the same
        stretches = [(at, _LINE_END.sub(" ", value))]
    offsets = ";".join(f"{at} {at + len(part)}" for at, part in stretches)
    return f"{offsets}\t{' '.join(part for _, part in stretches)}"


class _Annotations:
    """The lines of an ``.ann``, sorted by what they are."""

    def __init__(self, written: str, text: str) -> None:
        self.mentions: dict[str, tuple[str, Mention]] = {}
        self.relations: dict[str, tuple[str, str, str]] = {}
        self.clusters: dict[str, list[str]] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        for number, line in enumerate(written.split("\n"), 1):
            line = line.rstrip("\r")
            if line and not self._take(line.partition("\t")[0], line, text):
                raise RecordError(Reason.UNSUPPORTED, f"line {number}: {line[:80]!r}")

    def _take(self, name: str, line: str, text: str) -> bool:
        """Keep a line; False if it is nothing that a document can hold."""
        if name in self.mentions or name in self.relations:
            raise RecordError(Reason.DUPLICATE_ID, f"{name} occurs twice")
        if found := _MENTION.fullmatch(line):
            mention = _mention(found[2], found[3], text)
            if mention:
                self.mentions[name] = (found[1], mention)
            return mention is not None
        if found := _RELATION.fullmatch(line):
            self.relations[name] = (found[2], found[1], found[3])
        elif found := _EQUIV.fullmatch(line):
            self._join(found[1].split(" "))
        elif found := _NOTE.fullmatch(line):
            self.notes[found[1]] = _OBJECT.validate_json(found[2])
        return found is not None or line.startswith("#")

    def _join(self, names: list[str]) -> None:
        """Make one cluster of these mentions and of those already joined to them."""
        cluster: dict[str, None] = {}
        for name in names:
            cluster |= dict.fromkeys(self.clusters.get(name, [name]))
        joined = list(cluster)
        for name in joined:
            self.clusters[name] = joined


def _mention(offsets: str, written: str, text: str) -> Mention | None:
    """One mention of its stretches, None if other text than white space is between them."""
    pairs = [tuple(map(int, pair.split(" "))) for pair in offsets.split(";")]
    start, end = pairs[0][0], pairs[-1][1]
    for (_, before), (after, _) in pairwise(pairs):
        if before > after or text[before:after].strip():
            return None
    slice = text[start:end]
    same = _LINE_END.sub(" ", " ".join(text[s:e] for s, e in pairs)) == written
    return Mention(start=start, end=end, value=slice if same else written)


def _parse(stem: str, raw: Mapping[str, str]) -> Document:
    text = raw["text"]
    found = _Annotations(raw["annotations"], text)
    fields = found.notes.get("DOC", {})
    ids = _OBJECT.validate_python(fields.pop("ids", {}))
    owner: dict[str, Any] = {}
    entities = []
    for name, (kind, _) in found.mentions.items():
        if name in owner:
            continue
        cluster = found.clusters.get(name, [name])
        if not found.mentions.keys() >= set(cluster):
            raise RecordError(Reason.UNKNOWN_ENTITY, f"the Equiv of {name} joins what is not there")
        members = [found.mentions[n] for n in cluster]
        if len({kind for kind, _ in members}) > 1:
            raise RecordError(Reason.TYPE_CONFLICT, f"the Equiv of {name} joins several types")
        owner |= dict.fromkeys(cluster, ids.get(name, name))
        kind = found.notes.get(name, {}).get("type", kind)
        entities.append(Entity(id=owner[name], type=kind, mentions=tuple(m for _, m in members)))
    relations = []
    for name, (head, kind, tail) in found.relations.items():
        note = {"type": kind, **found.notes.get(name, {})}
        ends = {"head": owner.get(head, head), "tail": owner.get(tail, tail)}
        relations.append(Relation.model_validate({**ends, **note}))
    known = {"id": stem, **fields, "text": text, "entities": entities, "relations": relations}
    return Document.model_validate(known)
