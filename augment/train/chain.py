"""Raw text → mentions → clusters → relations: the parts of a chain that a folder holds.

>>> chain = load(Path("model"))  # with ner/, coref/ and relations/, or the model of one task
>>> chain.answer([Document(id="d", text="Paul est né à Lyon.")])[0].relations
(Relation(head=0, type='IS_BORN_IN', tail=1),)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from augment.errors import PathError, UsageError
from augment.guide.model import Guide
from augment.protocols import Linker, Recogniser, Student
from augment.registry import names, resolve
from augment.schema import Document, Relation, Triple
from augment.train import files, make

Part = Student | Recogniser | Linker
PARTS = {"ner": "recogniser", "coref": "linker", "relations": "student"}
"""Task, which is its folder in a chain, → kind of plug."""


class Chain(NamedTuple):
    """What finds mentions, what clusters them, what relates the clusters; None: taken as given."""

    ner: Recogniser | None = None
    coref: Linker | None = None
    relations: Student | None = None

    def answer(self, documents: Sequence[Document]) -> list[Document]:
        """Documents with what the parts found in place of what they had.

        Without a part for relations new entities have none, and none are labelled.
        """
        for part in (self.ner, self.coref):
            if part:
                found = part.predict(documents)
                documents = [
                    d.model_copy(
                        update={
                            "entities": entities,
                            "relations": (),
                            "labelled": "none",
                            "masked": (),
                        }
                    )
                    for d, entities in zip(documents, found, strict=True)
                ]
        if self.relations is None:
            return list(documents)
        triples = self.relations.predict(documents)
        return [_related(d, t) for d, t in zip(documents, triples, strict=True)]


def _related(document: Document, triples: frozenset[Triple]) -> Document:
    relations = tuple(
        Relation(head=head, type=kind, tail=tail) for head, kind, tail in sorted(triples, key=str)
    )
    return document.model_copy(update={"relations": relations, "labelled": "full", "masked": ()})


def load(path: Path) -> Chain:
    """The parts of a folder, or the model of one task that it is.

    Raises PathError if there is none, ConfigError if one is damaged or of another version.
    """
    folders = [path] if (path / "model.json").exists() else [path / task for task in PARTS]
    chain = Chain()
    for folder in folders:
        if folder == path or folder.is_dir():
            task, name = task_of(str(files.head(folder)["student"]))
            chain = chain._replace(**{task: resolve(PARTS[task], name).load(folder)})
    if chain == Chain():
        raise PathError(
            f"{path}: no model there (no model.json, no folder {', '.join(PARTS)})",
            hint="augment train --train CORPUS --out MODEL",
        )
    return chain


def untrained(
    task: str, name: str, guide: Guide | None, seed: int, settings: Mapping[str, Any]
) -> dict[str, Part]:
    """What is to be trained, by task: of a task the plug with this name, of "all" every part.

    In a whole chain the parts that have no plug of this name are linear, and the settings are for
    the others. Raises UsageError for an unknown task, and what :func:`augment.train.make` raises.
    """
    if task not in PARTS and task != "all":
        raise UsageError(f"--task {task}: no such task", hint=f"one of {', '.join(PARTS)}, all")
    chain = {}
    for part in PARTS if task == "all" else [task]:
        kind = PARTS[part]
        if task == "all" and part != "relations" and name.partition(":")[0] not in names(kind):
            chain[part] = make("linear", guide, seed, {}, kind)
        else:
            chain[part] = make(name, guide, seed, settings, kind)
    return chain


def folders(path: Path, tasks: Collection[str]) -> dict[str, Path]:
    """Where the model of each task goes: the folder itself, or folders in it if there are several.

    Raises PathError if what is in the folder is no such model.
    """
    several = len(tasks) > 1
    places = {task: path / task if several else path for task in tasks}
    there = {place.name for place in path.iterdir()} if path.is_dir() else set()
    if there and (not there <= set(tasks) if several else "model.json" not in there):
        raise PathError(f"{path}: a folder with other files", hint="choose another --out")
    return places


def task_of(student: str) -> tuple[str, str]:
    """``"ner/linear"``, as a model names its student, → task and name of the plug."""
    task, named, name = student.partition("/")
    return (task, name) if named and task in PARTS else ("relations", student)
