"""The line that shows how the calls to LLMs go: on standard error, on a terminal only.

40/200 · sound 31 · truncated 2 · 81 200 tokens · 0.42 · 3 at once · 1 min 20 s left
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from augment.cli.common import err

if TYPE_CHECKING:
    from augment.generate import Progress
    from augment.pipeline.ask import Watch


@contextmanager
def live() -> Iterator[Watch | None]:
    """Something to call with each progress; None where nobody looks."""
    if not err.is_terminal:
        yield None
        return
    from rich.live import Live

    shown = Live(console=err, transient=True, refresh_per_second=4)

    def watch(progress: Progress, seen: Mapping[str, int]) -> None:
        if not shown.is_started:
            shown.start()
        shown.update(line(progress, seen))
        if progress.done == progress.total:
            shown.stop()

    try:
        yield watch
    finally:
        shown.stop()


def line(progress: Progress, seen: Mapping[str, int]) -> str:
    """What a person wants to know, in one line."""
    parts = [f"{progress.done}/{progress.total}"]
    parts += [f"{name} {n}" for name, n in sorted((dict(seen) | progress.unanswered).items())]
    parts.append(f"{progress.tokens} tokens")
    if progress.cost is not None:
        parts.append(f"cost {progress.cost:.4f}")
    parts.append(f"{progress.under_way} under way")
    if progress.eta is not None:
        minutes, seconds = divmod(round(progress.eta), 60)
        parts.append(f"{minutes} min {seconds:02} s left" if minutes else f"{seconds} s left")
    return " · ".join(parts)
