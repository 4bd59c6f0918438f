"""Several LLMs as one backend: each request goes to the one that has its model.

>>> Several({"mistral-small": mistral, "qwen3": local}).complete(request)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from augment.generate.addresses import Addresses
from augment.protocols import Backend
from augment.schema import Request, Response


class Several:
    """Backends by the name of the model that they answer for."""

    def __init__(self, backends: Mapping[str, Backend]) -> None:
        self.backends = dict(backends)
        self.name = "+".join(dict.fromkeys(backend.name for backend in backends.values()))

    def complete(self, request: Request) -> Response:
        """The reply of the backend with this model. Raises a BackendError."""
        return self.backends[request.model].complete(request)

    def served(self) -> Mapping[str, Mapping[str, int]]:
        """Replies and failures of each address that was given."""
        found: dict[str, Counter[str]] = {}
        for backend in self.backends.values():
            if isinstance(backend, Addresses):
                for url, figures in backend.served().items():
                    found.setdefault(url, Counter()).update(figures)
        return found

    def close(self) -> None:
        """Close them all."""
        for backend in self.backends.values():
            backend.close()
