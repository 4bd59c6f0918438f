"""A backend that says what a script says, for tests and dry runs.

>>> Fake(script=lambda request, attempt: "oui" if attempt else RateLimited("429"))
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from augment.errors import BackendError
from augment.generate.connect import Connection
from augment.schema import Request, Response

Script = Callable[[Request, int], str | BackendError]


def echo(request: Request, attempt: int) -> str:
    """The last message, as it is."""
    return request.messages[-1].content


class Fake:
    """Answers by a function of the request and of how often it was asked before (0, 1, …)."""

    name = "fake"

    def __init__(self, connection: Connection | None = None, script: Script = echo) -> None:
        self.script = script
        self.asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def complete(self, request: Request) -> Response:
        """The script's text, its words counted as tokens. Raises the script's error."""
        with self._lock:
            attempt = self.asked[request.key]
            self.asked[request.key] += 1
        said = self.script(request, attempt)
        if isinstance(said, BackendError):
            raise said
        return Response(
            id=request.id,
            key=request.key,
            text=said,
            prompt_tokens=sum(len(m.content.split()) for m in request.messages),
            completion_tokens=len(said.split()),
        )

    def close(self) -> None:
        """Nothing to close."""
