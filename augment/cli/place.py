"""The door by which URLs come in: an option that is read takes a path, or what fsspec can fetch.

corpus: Annotated[Path, typer.Argument(parser=path_or_url, help="File or folder.")]

Behind it there are paths only: of a URL that of its copy, which is fetched anew when it changed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

Policy = Annotated[Path | None, typer.Option("--policy", help="What may leave this machine.")]


def path_or_url(written: str) -> Path:
    """The path, or that of the copy. Raises PathError, StoreError, MissingExtra."""
    from augment.files import local

    return local(written)


def publisher(url: str | None, policy: Path | None) -> Callable[[Path], None]:
    """Sends a folder to a URL, if there is one; whether it may is checked now, before any work."""
    from augment.cli.common import counted, warn
    from augment.files import check, publish
    from augment.policy import load_policy

    if url is None:
        return lambda folder: None
    target, allowed = url, load_policy(policy)
    check(target, allowed)

    def send(folder: Path) -> None:
        sent = publish(folder, target, policy=allowed)
        warn(f"{counted(sent.sent, 'file')} sent to {target}, {sent.same} there already")

    return send
