"""What a batch API does, whichever vendor's: five calls, and what a job's state means.

>>> api = connect("openai", Connection(base_url="http://127.0.0.1:8000/v1"))
>>> api.state("batch_1")
State(status='completed', finished=True, total=200, done=198, failed=2, files={'output': 'file-2'})
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from augment.errors import BackendError, ConfigError, ModelNotFound
from augment.generate import mistral, openai
from augment.generate.connect import Connection
from augment.policy import Level
from augment.registry import resolve

T = TypeVar("T")
TAG = "augment"
"""The key of our tag in a job's metadata."""
ATTEMPTS = 4
PAUSE = 1.0
LONGEST_WAIT = 60.0
"""Tries of one call; seconds after the first failure, doubled each time, and at most."""


class State(NamedTuple):
    """Where a job is. ``status``: the vendor's word; ``files``: ids by kind (output, error).

    ``finished``: nothing more will come. ``said``: why it failed, if it says.
    """

    status: str
    finished: bool
    total: int
    done: int
    failed: int
    files: dict[str, str]
    said: str = ""


class BatchApi(Protocol):
    """A vendor's batch API. Every call raises a BackendError; none is retried here."""

    def upload(self, path: Path) -> str:
        """Id of the file, uploaded."""

    def create(self, file: str, model: str, tag: str) -> str:
        """Id of a new job, marked with our tag."""

    def tags(self) -> dict[str, str]:
        """All our jobs on the server: tag → id."""

    def state(self, job: str) -> State:
        """Where a job is."""

    def download(self, file: str) -> Iterator[bytes]:
        """The bytes of a file."""

    def close(self) -> None:
        """Close the connections."""


def connect(name: str, connection: Connection) -> BatchApi:
    """The batch API of that name. Raises UnknownName, ConfigError."""
    api: BatchApi = resolve("batch", name)(connection)
    return api


def check_content(name: str, connection: Connection) -> None:
    """Raise ConfigError unless texts of any corpus may go to that server.

    A run's prompts may hold texts; for which address they were written is not known here.
    """
    url = connection.base_url or {"openai": openai.ADDRESS, "mistral": mistral.ADDRESS}[name]
    if connection.policy.level(url, guide="*", corpus="*") is not Level.EXAMPLES:
        raise ConfigError(
            f"{url}: the policy does not let the texts of all corpora go there",
            hint="requests may quote any: a rule for guide '*', corpus '*', level examples",
        )


@contextmanager
def translated(table: Any) -> Iterator[None]:
    """Turn a vendor's exceptions into ours."""
    from augment.generate.transport import translate

    try:
        yield
    except tuple(table) as error:
        found = translate(error, table)
        if isinstance(found, ModelNotFound):
            found.hint = "check --base-url, and whether this server has a batch API"
        raise found from None


def patiently(
    call: Callable[[], T],
    *,
    recover: Callable[[], T | None] = lambda: None,
) -> T:
    """The call's result, tried again after failures that may pass.

    ``recover`` is asked first then: a call that seemed to fail may have been carried out.
    Raises the last BackendError.
    """
    attempt = 0
    while True:
        try:
            return call()
        except BackendError as error:
            seconds = max(PAUSE * 2.0**attempt, error.retry_after or 0.0)
            attempt += 1
            if not error.retryable or attempt == ATTEMPTS or seconds > LONGEST_WAIT:
                raise
        time.sleep(seconds)
        found = recover()
        if found is not None:
            return found
