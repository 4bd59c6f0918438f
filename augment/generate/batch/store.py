"""A run's batches on disk: what is to be asked, what was sent, and the jobs by their ids.

    RUN/batch/jobs.json      [{"tag": "1a2b3c4d…", "vendor": "openai", "id": "batch_1", …}]
    RUN/batch/<tag>.jsonl, <tag>-requests.jsonl, <tag>-output.jsonl, <tag>-error.jsonl

A job without an id was about to be created when the process died: the server is asked for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from augment.errors import PathError, StoreError
from augment.hold import hold
from augment.run_folder import RunFolder
from augment.schema import Record, Request
from augment.store import read_lines, write_json

STAGE = "03_prompt"


class Job(Record):
    """A batch: the server, the model, and the file that is uploaded, ``<tag>.jsonl``.

    ``id`` is None until the server has said it. ``status`` is the server's word when last asked,
    ``collected`` whether its replies are in the ledger. ``without``: parts that were left out.
    """

    tag: str
    vendor: str
    base_url: str | None
    model: str
    requests: int
    without: tuple[str, ...] = ()
    id: str | None = None
    status: str = "submitting"
    collected: bool = False


_JOBS = TypeAdapter(list[Job])


class JobStore:
    """The batches of a run folder."""

    def __init__(self, run: Path) -> None:
        self.folder = run / "batch"
        self._path = self.folder / "jobs.json"

    def lock(self) -> AbstractContextManager[None]:
        """Keep other processes from changing the jobs. Raises InUse, PathError."""
        return hold(self.folder)

    def jobs(self) -> list[Job]:
        """All jobs, oldest first. Raises StoreError if the file is damaged."""
        if not self._path.is_file():
            return []
        try:
            return _JOBS.validate_json(self._path.read_bytes())
        except ValidationError as error:
            raise StoreError(
                f"{self._path}: damaged", hint="restore it: it says what was paid for"
            ) from error

    def save(self, job: Job) -> None:
        """Add a job, or replace the one with its tag; on disk on return."""
        jobs = {known.tag: known for known in self.jobs()} | {job.tag: job}
        write_json(self._path, [job.model_dump(mode="json") for job in jobs.values()])

    def forget(self, job: Job) -> None:
        """Take a job off the list: nothing was sent."""
        left = [known for known in self.jobs() if known.tag != job.tag]
        write_json(self._path, [known.model_dump(mode="json") for known in left])

    def file(self, job: Job, kind: str = "") -> Path:
        """The file that is uploaded; or of ``requests``, or of ``output`` or ``error`` lines."""
        return self.folder / f"{job.tag}{f'-{kind}' if kind else ''}.jsonl"

    def requests(self, job: Job) -> list[Request]:
        """A job's requests, whatever the run asks by now. Raises StoreError if they are gone."""
        path = self.file(job, "requests")
        try:
            return list(read_lines(path, Request))
        except (OSError, ValidationError) as error:
            raise StoreError(f"{path}: missing or damaged", hint="restore it") from error

    def under_way(self) -> set[str]:
        """Keys of requests in jobs that are not collected: asked, and perhaps paid, already."""
        open_jobs = [job for job in self.jobs() if not job.collected]
        return {request.key for job in open_jobs for request in self.requests(job)}


def requests_of(run: Path) -> list[Request]:
    """The requests of a run folder. Raises PathError if it has none, StoreError if damaged."""
    hint = "make them with `augment run … --llm NAME:MODEL --dry-run`"
    if not run.is_dir():
        raise PathError(f"{run}: no such run folder", hint=hint)
    folder = RunFolder(run)
    if folder.manifest(STAGE) is None:
        raise PathError(f"{run}: has no finished stage {STAGE}", hint=hint)
    try:
        found: Sequence[Request] = list(folder.read(STAGE, Request))
    except (ValidationError, OSError) as error:
        raise StoreError(f"{run / STAGE}: damaged", hint="delete it and run again") from error
    if not found:
        raise PathError(f"{run}: its stage {STAGE} holds no request", hint=hint)
    return list(found)


def fingerprint(run: Path) -> str:
    """What tells this run's batches from others on the server: the start of its fingerprint."""
    path = run / "run.json"
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
        return str(made["fingerprint"])[:16]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PathError(f"{run}: not a run folder ({path.name} is missing or damaged)") from error
