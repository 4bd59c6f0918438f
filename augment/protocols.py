"""The shapes that plug in: students of three tasks, a backend answers, an arm adds training data.

>>> isinstance(object(), Student)
False
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from augment.schema import Document, Entity, Request, Response, Triple

P = TypeVar("P")
R = TypeVar("R")


class Spread(Protocol):
    """Has work done, in this process or elsewhere: see :mod:`augment.pipeline.spread`."""

    def __call__(self, function: Callable[[P], R], parts: Iterable[P], /) -> Iterator[R]:
        """The results of a pure function, in the order of the parts; few parts are under way."""


@runtime_checkable
class Student(Protocol):
    """A relation extractor: gold entities in, triples out."""

    name: str

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from documents, honouring ``labelled`` and ``masked``; one weight a document."""

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        """Triples of each document, given text and entities; its relations are not looked at."""

    def save(self, path: Path) -> None:
        """Write the model to a folder, without pickle."""

    @classmethod
    def load(cls, path: Path) -> Student:
        """Read a model written by :meth:`save`."""


class Scoring(Student, Protocol):
    """A student that says how sure it is."""

    def margins(self, documents: Sequence[Document]) -> list[dict[Triple, float]]:
        """Log-odds of each candidate triple above the threshold at which it is found.

        One dict a document; what is below 0 is not found, what is not there is no candidate.
        """


@runtime_checkable
class Continuing(Student, Protocol):
    """A student that can learn in two steps."""

    def go_on(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from these documents, starting from what :meth:`fit` has learnt from others."""


@runtime_checkable
class Recogniser(Protocol):
    """Finds mentions: text in, entities of one mention each out; nested spans are allowed."""

    name: str

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from documents and their entities; one weight a document."""

    def predict(self, documents: Sequence[Document]) -> list[tuple[Entity, ...]]:
        """The mentions found in each text; the entities of the documents are not looked at."""

    def save(self, path: Path) -> None:
        """Write the model to a folder, without pickle."""

    @classmethod
    def load(cls, path: Path) -> Recogniser:
        """Read a model written by :meth:`save`."""


@runtime_checkable
class Linker(Protocol):
    """Clusters mentions: typed mentions in, entities out."""

    name: str

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from documents and their entities; one weight a document."""

    def predict(self, documents: Sequence[Document]) -> list[tuple[Entity, ...]]:
        """The mentions of each document in clusters, whatever entities they are in now."""

    def save(self, path: Path) -> None:
        """Write the model to a folder, without pickle."""

    @classmethod
    def load(cls, path: Path) -> Linker:
        """Read a model written by :meth:`save`."""


class View(NamedTuple):
    """What an arm may see: the training subset of one fold and size, and what is left over.

    ``pool`` holds training documents of the fold that are not in ``train`` (for the arms that add
    gold); dev and test are not reachable.
    """

    train: Sequence[Document]
    pool: Sequence[Document]
    seed: int


class Addition(NamedTuple):
    """What an arm gives: documents to add, or new weights for ``view.train`` (or both)."""

    documents: Sequence[Document] = ()
    weights: Sequence[float] | None = None


class Arm(Protocol):
    """One way to get more out of the same gold."""

    def __call__(self, view: View) -> Addition | None:
        """Make the addition for one training subset; same view, same answer.

        None where there is nothing to give (no gold left in the pool).
        """


@runtime_checkable
class Backend(Protocol):
    """An LLM server, or what stands for one; called from several threads at once."""

    name: str

    def complete(self, request: Request) -> Response:
        """One reply, asked for once: no retries here. Raises a BackendError, never a vendor's."""

    def close(self) -> None:
        """Close connections and files; the backend is not used after that."""
