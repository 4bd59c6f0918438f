"""One process at a time in a folder.

>>> with hold(Path("data/nightly")):
...     work()
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from augment.errors import InUse, PathError


@contextmanager
def hold(folder: Path, hint: str | None = None) -> Iterator[None]:
    """Keep others out until the end, which is also the end of this process, however it comes.

    Raises InUse if another process is there, PathError (with the hint) if the folder cannot be
    made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        message = f"{folder}: cannot be made or written: {error.strerror}"
        raise PathError(message, hint=hint) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InUse(f"{folder}: in use by another process") from error
        yield
