"""Where a backend sends its requests, and whether it may.

>>> connect("openai", Connection(base_url="http://127.0.0.1:8000/v1"))
<augment.generate.openai.OpenAI object at 0x…>
"""

from __future__ import annotations

import os
from pathlib import Path

from augment.errors import ConfigError
from augment.policy import Policy
from augment.policy import is_local as is_local
from augment.protocols import Backend
from augment.registry import missing, resolve
from augment.schema import Record

NO_KEY = "no-key-for-a-local-server"


class Connection(Record):
    """What a backend is made from.

    ``base_url``: the server, None for the vendor's own. ``timeout``: seconds without a byte.
    ``policy``: which other machines may be sent to. ``log``: where every request is logged, those
    to this machine too; None logs what goes to another machine, in the policy's log.
    ``replies``: the file that `replay` reads.
    """

    base_url: str | None = None
    timeout: float = 120.0
    policy: Policy = Policy()
    log: Path | None = None
    replies: Path | None = None


def connect(name: str, connection: Connection) -> Backend:
    """The backend of that name.

    Raises UnknownName, MissingExtra, ConfigError, PathError, StoreError.
    """
    try:
        backend: Backend = resolve("backend", name)(connection)
    except ModuleNotFoundError as error:
        raise missing("backend", name, error) from error
    return backend


def check_address(url: str, connection: Connection) -> None:
    """Raise ConfigError unless requests may be sent to that address."""
    connection.policy.check(url)


def log_of(url: str, connection: Connection) -> Path | None:
    """Where requests to that address are logged; None for those that stay on this machine."""
    return connection.log or (None if is_local(url) else connection.policy.log)


def api_key(variable: str, url: str) -> str:
    """The key from the environment; a stand-in for a local server that needs none.

    Raises ConfigError if a remote server would be asked without one.
    """
    key = os.environ.get(variable, "").strip()
    if not key and not is_local(url):
        raise ConfigError(f"{url} needs a key", hint=f"set {variable} in the environment")
    return key or NO_KEY
