"""What the Prefect UI shows of a run: yield, gain, cost, and links.

>>> yields(manifest)
[{'stage': '04_rewrite', 'kept': 38, 'dropped': 2, 'reasons': 'near_duplicate 2'}, …]
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from augment.pipeline.quarantine import Refused

Row = dict[str, Any]
UNKNOWN = "not known"


def show(flow: str, manifest: Row, folder: Path, link: str) -> None:
    """All that there is to show of a finished run; the same keys again are a history."""
    create_table_artifact(
        yields(manifest), key=f"{flow}-yield", description="Kept and dropped, stage by stage."
    )
    create_table_artifact(
        costs(manifest), key=f"{flow}-cost", description="What the requests to LLMs took."
    )
    measured = folder / "measure.json"
    if measured.is_file():
        result = json.loads(measured.read_text(encoding="utf-8"))
        create_table_artifact(
            gains(result, manifest["config"]["add"] or ["samples"]),
            key=f"{flow}-gain",
            description="Gain over the gold alone, in points of macro-F1, with its interval.",
        )
    create_markdown_artifact(
        summary(manifest, folder), key=f"{flow}-summary", description="The run in a few lines."
    )
    create_link_artifact(
        link,
        key=f"{flow}-report",
        link_text="Report of the run",
        description="The page of the run: samples, reasons, figures.",
    )


def yields(manifest: Row) -> list[Row]:
    """A row a stage, drops by reason."""
    return [
        {
            "stage": name,
            "kept": stage["kept"],
            "dropped": sum(stage["dropped"].values()),
            "reasons": ", ".join(f"{reason} {n}" for reason, n in stage["dropped"].items()),
        }
        for name, stage in manifest["stages"].items()
    ]


def costs(manifest: Row) -> list[Row]:
    """What the manifest knows of requests, tokens, money and energy, a row each."""
    cost = manifest["costs"]
    found = {
        "requests": manifest["requests"],
        "replies": manifest["replies"],
        "tokens": manifest["tokens"],
        "cost": manifest["cost"],
        "currency": cost["currency"],
        "cost of an accepted sample": cost["per_accepted"],
    }
    found |= {name: value for name, value in cost.items() if name.startswith("energy")}
    return [
        {"what": name, "value": UNKNOWN if value is None else value}
        for name, value in found.items()
    ]


def gains(result: Row, arms: list[str]) -> list[Row]:
    """A row an arm and number of gold documents."""
    return [
        {
            "arm": name,
            "gold documents": size,
            "gain": round(100 * entry["gain"]["macro_f1"]["mean"], 1),
            "low": round(100 * entry["gain"]["macro_f1"]["low"], 1),
            "high": round(100 * entry["gain"]["macro_f1"]["high"], 1),
            "verdict": entry["verdict"],
        }
        for name in arms
        for size, entry in result["arms"].get(name, {}).items()
        if "verdict" in entry
    ]


def summary(manifest: Row, folder: Path) -> str:
    """The run in a few lines of Markdown."""
    made = manifest["rewrite"]
    lines = [
        f"- folder: `{folder}`",
        f"- accepted: {manifest['accepted']} of {manifest['requests']} requests to LLMs, "
        f"{made['accepted']} of {made['candidates']} samples made without one",
        *(f"- {line}" for line in manifest["gains"]),
    ]
    if manifest["trained_on"]:
        lines.append(f"- the model learnt from: {', '.join(manifest['trained_on'])}")
    if manifest["advice"]:
        lines.append(f"- **{manifest['advice']}**")
    return "\n".join(lines)


def show_project(flow: str, url: str, project: int, title: str) -> None:
    """A link to a project of Label Studio."""
    address = f"{url.rstrip('/')}/projects/{project}"
    text = f"Label Studio: {re.sub(r'[][]', ' ', title)}"
    about = "What waits for review."
    create_link_artifact(address, key=f"{flow}-label-studio", link_text=text, description=about)


def show_incoming(
    flow: str, waiting: Sequence[str], refused: Sequence[Refused], dropped: Mapping[str, int]
) -> None:
    """Files that were not taken, and by reason how many records of the others were not."""
    why = "still being written, or not to be opened"
    rows = [{"file": name, "state": "waits", "why": why} for name in waiting]
    rows += [{"file": file.name, "state": "quarantine", "why": file.reason} for file in refused]
    rows += [
        {"file": "dropped.jsonl of the batch", "state": f"{number} records left out", "why": reason}
        for reason, number in dropped.items()
    ]
    if rows:
        about = "Files and records that were not taken."
        create_table_artifact(rows, key=f"{flow}-files", description=about)


def show_reviews(flow: str, rows: list[Row]) -> None:
    """How far each project is that people review."""
    create_table_artifact(rows, key=f"{flow}-reviews", description="What came back of reviews.")
