"""What `augment run` says at its end.

accepted: 42 of 50 requests, 1 unanswered; tokens 81200, cost 0.4213
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from augment.cli.common import out, warn


def show_estimate(estimate: dict[str, Any], place: Path | None = None) -> None:
    """What the requests of a dry run would take at most."""
    cost = estimate["cost"]
    out.print(f"{estimate['requests']} requests, {estimate['in_ledger']} of them in the ledger")
    out.print(
        f"at most {estimate['prompt_tokens']} tokens of prompts and "
        f"{estimate['completion_tokens']} of replies, cost "
        + ("not known" if cost is None else f"{cost:.4f}")
    )
    where = f"prompts: {place / '03_prompt'}; " if place else ""
    out.print(f"{where}nothing was sent", markup=False, soft_wrap=True)


def show(manifest: dict[str, Any], demonstration: bool) -> None:
    """Yield by stage, what was accepted, what was gained."""
    from rich.table import Table

    table = Table("stage", "kept", "dropped", "reasons")
    for name, stage in manifest["stages"].items():
        reasons = ", ".join(f"{reason} {n}" for reason, n in stage["dropped"].items())
        table.add_row(name, str(stage["kept"]), str(sum(stage["dropped"].values())), reasons)
    out.print(table)
    made = manifest["rewrite"]
    if manifest["requests"]:
        cost = manifest["cost"]
        tokens = "not known" if manifest["tokens"] is None else manifest["tokens"]
        out.print(
            f"accepted: {manifest['accepted']} of {manifest['requests']} requests, "
            f"{manifest['unanswered']} unanswered; tokens {tokens}, "
            f"cost {'not known' if cost is None else format(cost, '.4f')}"
        )
    if made["candidates"] or not manifest["requests"]:
        samples = f"{made['candidates']} samples made without an LLM"
        out.print(f"accepted: {made['accepted']} of {samples}")
    if demonstration:
        out.print("DEMONSTRATION: small sample, not evidence", style="bold")
    for line in manifest["gains"]:
        out.print(line, markup=False, soft_wrap=True)
    if manifest["advice"]:
        out.print(f"→ {manifest['advice']}", markup=False, soft_wrap=True)
    for row in manifest["dirty"]:
        warn(f"dirty: {row['id']} ({row['arm']}) gives {row['test_id']} away: {row['reason']}")
