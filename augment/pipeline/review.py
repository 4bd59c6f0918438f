"""Documents to a Label Studio and back: the wiring of the `review` stage.

>>> sending = Sending(corpus=path, guide="sample", url="http://127.0.0.1:8080")
>>> push(documents, sending).arrived      # the token is in LABEL_STUDIO_API_KEY
Arrived(tasks=40, new=40, known=0, differing=())
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from augment.errors import ConfigError, NoResult, PathError, UnknownName, UsageError
from augment.guide.model import Guide, folder, load
from augment.labelstudio import config
from augment.labelstudio import task as one_task
from augment.labelstudio.config import offered
from augment.pipeline.picked import Picked, Picking, picked
from augment.policy import Level, Policy, is_local, load_policy, of_document
from augment.reasons import Reason
from augment.review.disputes import Dispute, in_french
from augment.review.pull import Pulled
from augment.review.pull import pull as read_all
from augment.review.push import Arrived
from augment.review.push import push as send
from augment.review.server import Json, Project, Server
from augment.schema import Document, Drop, Record
from augment.store import digest, read_lines

TOKEN = "LABEL_STUDIO_API_KEY"
TITLE = range(3, 51)
"""How long a title may be, in characters."""
Task = Literal["correct", "triage"]


class Sending(Picking):
    """What is pushed, and where to.

    ``corpus``: the file that the documents are from. ``project``: number or title, by default the
    file's name and the task. ``decide``: a list of disputes; only their documents are pushed, each
    with its own as the reason to look.
    """

    corpus: Path
    guide: str
    url: str
    policy: Path | None = None
    project: str | None = None
    task: Task = "correct"
    decide: Path | None = None


class Sent(Record):
    """The project, what arrived there, and the documents whose rights keep them here."""

    project: int
    title: str
    arrived: Arrived
    kept_back: tuple[Drop, ...]


def push(
    documents: Sequence[Document], sending: Sending, done: Callable[[int], Any] = lambda _: None
) -> Sent:
    """Push documents as tasks; those that are there already stay as they are.

    ``done`` is told how many tasks went with each request. Raises GuideError, ConfigError,
    UsageError, NoResult if nothing may be pushed, ReviewError.
    """
    guide, policy = load(sending.guide), load_policy(sending.policy)
    disputes = disputed(sending.decide) if sending.decide else None
    if disputes is not None:
        documents = [document for document in documents if document.id in disputes]
    kept, drops = allowed(documents, sending, policy)
    if not kept:
        why = drops[0].detail if drops else "it has none"
        raise NoResult(f"{sending.corpus}: no document to push: {why}", hint="see meta.rights")
    with closing(connect(sending.url, policy)) as server:
        chosen = picked(kept, sending, guide)
        if disputes is not None:
            chosen = [one.model_copy(update={"why": disputes[one.document.id]}) for one in chosen]
        tasks = [as_task(one, guide, sending.task) for one in chosen]
        project = open_project(server, kept, sending, guide)
        arrived = send(server, project, tasks, done=done)
    return Sent(project=project.id, title=project.title, arrived=arrived, kept_back=tuple(drops))


def disputed(path: Path) -> dict[str, str]:
    """Document id → what is to be decided in it, in French. Raises PathError."""
    found: dict[str, list[Dispute]] = {}
    try:
        for one in read_lines(path, Dispute):
            found.setdefault(one.document, []).append(one)
    except OSError as error:
        raise PathError(f"{path}: cannot read: {error.strerror or error}") from error
    except ValueError as error:
        hint = "the file that `augment review agree --out` wrote"
        raise PathError(f"{path}: not a list of what is to be decided", hint=hint) from error
    return {id: in_french(own) for id, own in found.items()}


def pull(url: str, name: str, *, guide: str | None = None, policy: Path | None = None) -> Pulled:
    """All annotations of a project, by number or title.

    With a guide, an annotation with types of another one is a drop. Raises as :func:`push`.
    """
    known = load(guide) if guide else None
    with closing(connect(url, load_policy(policy))) as server:
        project = server.find(name)
        if project is None:
            listed = ", ".join(f"{p.id} ({p.title})" for p in server.projects()) or "none"
            raise UnknownName(f"no project {name!r} at {url}; there are: {listed}")
        tasks, people = server.annotations(project.id), server.people()
    return read_all(tasks, people, guide=known, each=project.each)


def connect(url: str, policy: Policy) -> Server:
    """The server at that address, with the token from the environment.

    Raises ConfigError without a token, and what :class:`augment.review.server.Server` raises.
    """
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        hint = f"set {TOKEN} to a token from Account & Settings"
        raise ConfigError(f"{url}: Label Studio needs a token", hint=hint)
    return Server(url, token, policy=policy)


def allowed(
    documents: Sequence[Document], sending: Sending, policy: Policy
) -> tuple[list[Document], list[Drop]]:
    """Documents that may go to the address, and those whose rights keep them here.

    To this machine all may go. To another one the policy has to allow whole texts of that guide
    and corpus (level `examples`), else ConfigError.
    """
    policy.check(sending.url)
    if is_local(sending.url):
        return list(documents), []
    guide = digest(folder(sending.guide) / "guide.yaml")
    level = policy.level(sending.url, guide=guide, corpus=digest(sending.corpus))
    if level is not Level.EXAMPLES:
        raise ConfigError(
            f"{sending.url}: the policy does not let texts of {sending.corpus} go there",
            hint="`augment policy --policy FILE --guide GUIDE --corpus FILE` says what may leave",
        )
    kept: list[Document] = []
    drops: list[Drop] = []
    for document in documents:
        if of_document(document, level) is Level.EXAMPLES:
            kept.append(document)
        else:
            drops.append(_kept_back(document))
    return kept, drops


def _kept_back(document: Document) -> Drop:
    why = "its rights forbid showing its text on another machine"
    id, reason = document.id, Reason.NOT_ALLOWED
    return Drop(id=id, stage="review", reason=reason, detail=why, raw=document.model_dump_json())


def open_project(
    server: Server, documents: Sequence[Document], sending: Sending, guide: Guide
) -> Project:
    """The project of that number or title; a new one if there is none of that title.

    Raises UsageError for a title that is too long or short, and for a project where something
    else can be said than this guide and task ask for; its words and looks may be others.
    """
    default = f"{sending.corpus.stem}, {sending.task}"[: TITLE.stop - 1]
    name = sending.project or default
    wanted = config(guide, task=sending.task, types=claimed(documents, guide))
    project = server.find(name)
    if project is None:
        if len(name) not in TITLE:
            raise UsageError(f"--project {name}: a title has {TITLE[0]} to {TITLE[-1]} characters")
        return server.create(name, wanted)
    if offered(project.config) != offered(wanted):
        raise UsageError(
            f"project {project.id} ({project.title}) has another guide, task or types",
            hint="give --project with a new title",
        )
    return project


def claimed(documents: Iterable[Document], guide: Guide) -> list[str] | None:
    """Relation types that at least one document claims, None for all."""
    documents = list(documents)
    if any(document.labelled == "full" for document in documents):
        return None
    return [name for name in guide.relations if any(d.claims(name) for d in documents)]


def as_task(one: Picked, guide: Guide, task: Task) -> Json:
    """One import task, with what made it, its score, why to look, and the weight of the sample."""
    made = one_task(
        one.document,
        guide=guide,
        task=task,
        model_version=one.version,
        score=one.score,
        why=one.why,
    )
    return made | {"data": made["data"] | {"weight": one.weight}}
