"""OpenAI's batch API, through its own package; servers that speak like it too.

>>> OpenAIBatches(Connection(base_url="http://127.0.0.1:8000/v1")).tags()
{'1a2b3c4d-9f2c…-0': 'batch_1'}
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from augment.errors import BadReply
from augment.generate import openai
from augment.generate.batch.files import ENDPOINT
from augment.generate.batch.vendor import TAG, State, translated
from augment.generate.connect import Connection

_FINISHED = frozenset({"completed", "failed", "expired", "cancelled"})
_LIST = 100


class OpenAIBatches:
    """Files and batches of the openai package, its retries off; the key from OPENAI_API_KEY."""

    def __init__(self, connection: Connection) -> None:
        made, self._http = openai.client(connection)
        self._files, self._batches = made.files, made.batches
        self._table = openai.table()

    def upload(self, path: Path) -> str:
        """Id of the file, uploaded."""
        with translated(self._table), path.open("rb") as file:
            return str(self._files.create(file=(path.name, file), purpose="batch").id)

    def create(self, file: str, model: str, tag: str) -> str:
        """Id of a new job; the model is in the file's lines."""
        with translated(self._table):
            made = self._batches.create(
                input_file_id=file,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={TAG: tag},
            )
            return str(made.id)

    def tags(self) -> dict[str, str]:
        """All our jobs on the server: tag → id; of two with one tag the older.

        Raises BadReply if it lists one again and again, as a server that has no batches may.
        """
        found, seen = {}, set()
        with translated(self._table):
            for job in self._batches.list(limit=_LIST):
                if job.id in seen:
                    raise BadReply(f"its list of batches has no end ({job.id} comes again)")
                seen.add(job.id)
                if TAG in (job.metadata or {}):
                    found[job.metadata[TAG]] = job.id
        return found

    def state(self, job: str) -> State:
        """Where a job is. Completed, with replies to come, but no file yet: not finished."""
        with translated(self._table):
            found = self._batches.retrieve(job)
        counts = found.request_counts
        done, failed = (counts.completed, counts.failed) if counts else (0, 0)
        pairs = {"output": found.output_file_id, "error": found.error_file_id}
        files = {kind: file for kind, file in pairs.items() if file}
        waiting = found.status == "completed" and done > 0 and "output" not in files
        return State(
            status=found.status,
            finished=found.status in _FINISHED and not waiting,
            total=counts.total if counts else 0,
            done=done,
            failed=failed,
            files=files,
            said=_said(found.errors),
        )

    def download(self, file: str) -> Iterator[bytes]:
        """The bytes of a file."""
        with (
            translated(self._table),
            self._files.with_streaming_response.content(file) as answer,
        ):
            yield from answer.iter_bytes()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _said(errors: Any) -> str:
    found = (errors.data or []) if errors else []
    return "; ".join(f"line {e.line}: {e.message}" if e.line else str(e.message) for e in found[:3])
