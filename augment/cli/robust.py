"""What `augment measure --robustness` says at its end.

test texts  changed  arm    macro  change             gain over base     micro  change  …
clean       0        base   65.2                                         68.5
typos       400      base   61.0   -4.2 [-5.1, -3.3]                     66.1   …
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augment.cli.common import out
from augment.cli.measured import WIDTH, points

if TYPE_CHECKING:
    from augment.measure.records import Noisy, Robustness


def show_robustness(found: Robustness) -> None:
    """One row a version and arm, then what was left out."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "test texts", "changed", "gold", "arm",
        "macro", "change", "over base", "micro", "change", "over base",
    )  # fmt: skip
    for name, version in found.versions.items():
        head = [name, f"{version.changed}/{version.documents}", version.gold]
        for arm, entry in version.arms.items():
            table.add_row(*(head if arm == "base" else [""] * 3), arm, *_row(entry))
        table.add_section()
    wide = out if out.is_terminal else Console(width=WIDTH + 40)
    wide.print(table)
    for name, why in found.left_out.items():
        out.print(f"{name}: not measured, {why}", markup=False)


def _row(entry: Noisy) -> list[str]:
    change, gain = entry.change, entry.gain
    return [
        f"{100 * entry.macro_f1:.1f}",
        points(change.macro_f1 if change else None),
        points(gain.macro_f1 if gain else None),
        f"{100 * entry.micro_f1:.1f}",
        points(change.micro_f1 if change else None),
        points(gain.micro_f1 if gain else None),
    ]
