"""Where a backend sends its requests, and whether it may.

>>> connect("openai", Connection(base_url="http://127.0.0.1:8000/v1"))
<augment.generate.openai.OpenAI object at 0x…>
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path

from augment.errors import ConfigError
from augment.protocols import Backend
from augment.registry import resolve
from augment.schema import Record

_URL = re.compile(r"(https?)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(/[\w./~%-]*)?")
NO_KEY = "no-key-for-a-local-server"


class Connection(Record):
    """What a backend is made from.

    ``base_url``: the server, None for the vendor's own. ``timeout``: seconds without a byte.
    ``allow_remote``: may anything leave this machine? ``replies``: the file that `replay` reads.
    """

    base_url: str | None = None
    timeout: float = 120.0
    allow_remote: bool = False
    replies: Path | None = None


def connect(name: str, connection: Connection) -> Backend:
    """The backend of that name. Raises UnknownName, ConfigError, PathError, StoreError."""
    backend: Backend = resolve("backend", name)(connection)
    return backend


def is_local(url: str) -> bool:
    """True for an address of this machine's loopback, written plainly (no user, no tricks)."""
    found = _URL.fullmatch(url)
    if found is None:
        return False
    host = found[2].strip("[]").lower()
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(url: str, connection: Connection) -> None:
    """Raise ConfigError unless requests may be sent to that address."""
    if _URL.fullmatch(url) is None:
        raise ConfigError(
            f"{url!r} is not a plain http(s) address", hint="like http://127.0.0.1:8000/v1"
        )
    if is_local(url):
        return
    if not connection.allow_remote:
        raise ConfigError(
            f"{url}: sending to another machine is not allowed",
            hint="only 127.0.0.1 and localhost are, unless a policy allows more",
        )
    if not url.startswith("https://"):
        raise ConfigError(f"{url}: to another machine only https", hint="use the https address")


def api_key(variable: str, url: str) -> str:
    """The key from the environment; a stand-in for a local server that needs none.

    Raises ConfigError if a remote server would be asked without one.
    """
    key = os.environ.get(variable, "").strip()
    if not key and not is_local(url):
        raise ConfigError(f"{url} needs a key", hint=f"set {variable} in the environment")
    return key or NO_KEY
