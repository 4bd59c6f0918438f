"""What a bundle, a result of it and several results merged hold, and the hashes that name them.

bundle.json   {"format": 1, "id": "3f2a…", "settings": {"students": ["linear"], …}, "parts": […]}
result.json   {"format": 1, "bundle": "3f2a…", "students": […], "result": {"arms": …},
               "machine": {"cores": 16, …}, "date": "2026-11-22T09:30:00+00:00", "sha256": "…"}
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Literal

from augment.measure.records import Result
from augment.schema import Document, Record

FORMAT = 1
"""Of bundles and results; another one is refused."""


class Version(Record):
    """An augment: its version, and the SHA-256 of its source files."""

    version: str
    sha256: str

    def __str__(self) -> str:
        return f"augment {self.version} (sources {self.sha256[:8]})"


class Part(Record):
    """A corpus or one batch of an addition, by the hash of its documents.

    ``inside``: the documents are in the bundle; otherwise who runs it has to have them.
    """

    role: Literal["train", "test", "addition"]
    name: str = ""
    batch: int = 0
    sha256: str
    documents: int
    inside: bool

    @property
    def file(self) -> str:
        """Its place in the bundle."""
        if self.role == "addition":
            return f"additions/{self.name}-{self.batch}.jsonl"
        return f"corpora/{self.role}.jsonl"

    def __str__(self) -> str:
        return f"addition {self.name}" if self.role == "addition" else self.role


class Bundle(Record):
    """An experiment, frozen. ``id`` is the hash of all of it but where its documents are.

    ``settings`` are those of :class:`augment.pipeline.experiment.Settings` without ``jobs``;
    ``guide`` is the SHA-256 of its `guide.yaml`.
    """

    format: Literal[1] = 1
    id: str = ""
    augment: Version
    python: str
    requirements: tuple[str, ...]
    settings: dict[str, Any]
    guide: str | None
    parts: tuple[Part, ...]

    def identity(self) -> str:
        """What ``id`` has to be."""
        fields = self.model_dump(mode="json", exclude={"id", "parts"})
        parts = [part.model_dump(mode="json", exclude={"inside"}) for part in self.parts]
        return hashed({**fields, "parts": parts})


class Machine(Record):
    """Where a bundle ran: nothing that names a person, a place or the machine itself."""

    cores: int
    cpu: str
    gpus: tuple[str, ...]
    memory_gb: float | None
    system: str

    def __str__(self) -> str:
        """``1 × NVIDIA H200, 16 cores``, or the CPU where there is no GPU."""
        gpus = ", ".join(f"{number} × {name}" for name, number in Counter(self.gpus).items())
        return f"{gpus or self.cpu}, {self.cores} cores"


class Encoder(Record):
    """The weights of a student: last part of their folder's name, and SHA-256 of their files."""

    name: str
    sha256: str


class Ran(Record):
    """A student that was measured; ``asked``: the bundle names it."""

    name: str
    asked: bool
    encoder: Encoder | None


class Replicated(Record):
    """What comes back from a machine.

    ``result`` is what `augment measure` gives for these students. ``machine``, ``date`` (UTC) and
    ``seconds`` (of the last start only where ``resumed``) differ from run to run. ``sha256`` is of
    everything else, so that a change is seen.
    """

    format: Literal[1] = 1
    bundle: str
    augment: Version
    python: str
    packages: dict[str, str]
    students: tuple[Ran, ...]
    result: Result
    machine: Machine
    date: str
    seconds: float
    resumed: bool
    sha256: str = ""

    def of(self, student: Ran) -> Result:
        """The figures of one of its students."""
        return self.result.others.get(student.name, self.result)

    def identity(self) -> str:
        """What ``sha256`` has to be."""
        return hashed(self.model_dump(mode="json", exclude={"sha256"}))


class Merged(Record):
    """The results of one bundle, each of them as it came."""

    format: Literal[1] = 1
    bundle: Bundle
    results: tuple[Replicated, ...]


def sealed(found: Replicated) -> Replicated:
    """The result as it reads back from a file, with its hash."""
    read = Replicated.model_validate_json(json.dumps(found.model_dump(mode="json")))
    return read.model_copy(update={"sha256": read.identity()})


def documents_hash(documents: Iterable[Document]) -> str:
    """SHA-256 of documents in their order, whatever file they were read from.

    Rights do not count: they decide no figure, and who has a corpus states them in their own way.
    """
    total = sha256()
    for document in documents:
        line = document.model_dump(mode="json", exclude={"meta": {"rights"}})
        total.update(_canonical(line) + b"\n")
    return total.hexdigest()


def hashed(value: Any) -> str:
    """SHA-256 of plain data, the order of its keys aside."""
    return sha256(_canonical(value)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
