"""What the commands share: two consoles, JSON output, progress on anything slow.

Results go to standard output; progress, warnings and errors to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from rich.console import Console

T = TypeVar("T")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def emit(value: Any) -> None:
    """Write one JSON value to standard output, for machines."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def track(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Pass items on with a progress bar on standard error, on a terminal only."""
    from rich.progress import track as rich_track

    yield from rich_track(
        items, what, total=total, console=err, disable=not err.is_terminal, transient=True
    )
