"""Tasks into a project, each once: what is there already stays, and all is read back and compared.

>>> push(server, project, tasks)
Arrived(tasks=40, new=25, known=15, differing=())

A task is known by its ``augment_id`` and the SHA-256 of its text. A push that broke off is done
again: it goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from augment.errors import ReviewError
from augment.review.server import Json, Project, Server
from augment.schema import Record

BATCH = 100
"""Tasks of one request."""
Key = tuple[str, str]


class Arrived(Record):
    """How many tasks were asked for, were new, and were there before.

    ``differing``: ids of documents whose text is in the project with other annotations, weight or
    reason to look; the project's are left as they are.
    """

    tasks: int
    new: int
    known: int
    differing: tuple[str, ...]


def push(
    server: Server,
    project: Project,
    tasks: Sequence[Json],
    *,
    batch: int = BATCH,
    done: Callable[[int], Any] = lambda _: None,
) -> Arrived:
    """Import what is missing, ``batch`` at a time, then compare all with what the server holds.

    ``done`` is told the size of each batch. Raises ReviewError if a task is missing afterwards or
    one of the new ones came back changed.
    """
    wanted = {key(task): task for task in tasks}
    before = {key(task): task for task in server.tasks(project.id)}
    missing = [task for name, task in wanted.items() if name not in before]
    for start in range(0, len(missing), batch):
        part = missing[start : start + batch]
        server.import_tasks(project.id, part)
        done(len(part))
    held = _held(server, project) if missing else before
    lost = [name for name in wanted if name not in held]
    changed = [name for name, task in wanted.items() if name in held and _other(task, held[name])]
    broken = [name for name in changed if name not in before]
    if lost or broken:
        raise ReviewError(
            f"{server.url}: project {project.id}: {len(lost)} of {len(missing)} tasks did not "
            f"arrive and {len(broken)} came back changed, the first: {(lost + broken)[0][0]}",
            hint="push again: what arrived is not sent twice",
        )
    differing = tuple(name for name, _ in changed)
    known = len(wanted) - len(missing)
    return Arrived(tasks=len(wanted), new=len(missing), known=known, differing=differing)


def key(task: Json) -> Key:
    """What a task is known by; of a task from elsewhere its number."""
    data = task["data"]
    return str(data.get("augment_id", task.get("id"))), str(data.get("sha256", ""))


def _held(server: Server, project: Project) -> dict[Key, Json]:
    """The project's tasks by key; of two with the same, one that nobody worked on is taken away.

    There are two if a push was killed while the server still worked on what it had sent.
    """
    held: dict[Key, Json] = {}
    tasks = sorted(server.tasks(project.id), key=lambda task: (-task["annotations"], task["id"]))
    again = [task for task in tasks if held.setdefault(key(task), task) is not task]
    server.delete(task["id"] for task in again if not task["annotations"])
    return held


def _other(sent: Json, held: Json) -> bool:
    """True if data or predictions are not those that were sent."""
    return sent["data"] != held["data"] or _made(sent) != _made(held)


def _made(task: Json) -> list[Any]:
    fields = ("model_version", "score", "result")
    return [[prediction.get(name) for name in fields] for prediction in task["predictions"]]
