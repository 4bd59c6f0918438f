"""Mistral's batch API, through its own package.

>>> MistralBatches(Connection(base_url="http://127.0.0.1:8000")).tags()
{'1a2b3c4d-9f2c…-0': 'b1a5…'}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from augment.generate import mistral
from augment.generate.batch.files import ENDPOINT
from augment.generate.batch.vendor import TAG, State, translated
from augment.generate.connect import Connection

_FINISHED = frozenset({"SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLED"})
_LIST = 100


class MistralBatches:
    """Files and batch jobs of the mistralai package, its retries off; MISTRAL_API_KEY."""

    def __init__(self, connection: Connection) -> None:
        self._client, self._http = mistral.client(connection)
        self._jobs = self._client.batch.jobs
        self._table = mistral.table()

    def upload(self, path: Path) -> str:
        """Id of the file, uploaded."""
        with translated(self._table), path.open("rb") as file:
            sent = {"file_name": path.name, "content": file}
            return str(self._client.files.upload(file=sent, purpose="batch", retries=None).id)

    def create(self, file: str, model: str, tag: str) -> str:
        """Id of a new job."""
        with translated(self._table):
            made = self._jobs.create(
                input_files=[file],
                endpoint=ENDPOINT,
                model=model,
                metadata={TAG: tag},
                retries=None,
            )
            return str(made.id)

    def tags(self) -> dict[str, str]:
        """All our jobs on the server: tag → id; of two with one tag the older."""
        found = {}
        for page in count():
            with translated(self._table):
                jobs = self._jobs.list(page=page, page_size=_LIST, retries=None).data or []
            for job in jobs:
                if TAG in (job.metadata or {}):
                    found[str(job.metadata[TAG])] = str(job.id)
            if len(jobs) < _LIST:
                return found
        raise AssertionError

    def state(self, job: str) -> State:
        """Where a job is. A success, with replies to come, but no file yet: not finished."""
        with translated(self._table):
            found = self._jobs.get(job_id=job, retries=None)
        pairs = {"output": found.output_file, "error": found.error_file}
        files = {kind: file for kind, file in pairs.items() if file}
        waiting = (
            found.status == "SUCCESS" and found.succeeded_requests > 0 and "output" not in files
        )
        return State(
            status=found.status,
            finished=found.status in _FINISHED and not waiting,
            total=found.total_requests,
            done=found.succeeded_requests,
            failed=found.failed_requests,
            files=files,
            said="; ".join(error.message for error in found.errors[:3]),
        )

    def download(self, file: str) -> Iterator[bytes]:
        """The bytes of a file."""
        with translated(self._table):
            answer = self._client.files.download(file_id=file, retries=None)
            try:
                yield from answer.iter_bytes()
            finally:
                answer.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
