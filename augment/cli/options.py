"""Options of several commands: which LLMs are asked and how, and what an experiment is.

def run(llm: Llm = None, base_url: BaseUrl = None, …): load(path, asking(llm=llm, …))
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from augment.cli.common import fields_set
from augment.cli.place import path_or_url

PANEL = "Asking LLMs"

Llm = Annotated[
    list[str] | None,
    typer.Option(help="NAME:MODEL, as openai:mistral-small; repeat.", rich_help_panel=PANEL),
]
BaseUrl = Annotated[
    list[str] | None,
    typer.Option(
        help="Address of the server, as http://127.0.0.1:8000/v1; several of one LLM are used "
        "evenly; of several LLMs one for all, or one each.",
        rich_help_panel=PANEL,
    ),
]
Raw = Annotated[
    Path | None,
    typer.Option(
        parser=path_or_url, help="Items without annotation, for `annotate`.", rich_help_panel=PANEL
    ),
]
Replies = Annotated[
    Path | None,
    typer.Option(
        parser=path_or_url,
        help="Ledger or file that replay:MODEL answers from.",
        rich_help_panel=PANEL,
    ),
]
Policy = Annotated[
    Path | None, typer.Option(help="What may leave this machine.", rich_help_panel=PANEL)
]
Concurrency = Annotated[
    int | None, typer.Option(help="Requests at once.", min=1, rich_help_panel=PANEL)
]
MaxCost = Annotated[
    float | None,
    typer.Option(help="Spend no more, in the prices' currency.", min=0, rich_help_panel=PANEL),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(help="Use no more, prompts and replies.", min=0, rich_help_panel=PANEL),
]
Prices = Annotated[Path | None, typer.Option(help="Prices of models, YAML.", rich_help_panel=PANEL)]
LedgerFile = Annotated[
    Path | None,
    typer.Option(
        "--ledger", help="Where replies are kept, else data/ledger.sqlite.", rich_help_panel=PANEL
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Render, count and price; send nothing.", rich_help_panel=PANEL),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Any other field (`augment show fields`), as write.examples=5.",
        rich_help_panel=PANEL,
    ),
]

PLACES = {"llm": "write", "raw": "write", "replies": "write", "policy": "write"}

Test = Annotated[
    Path | None, typer.Option(parser=path_or_url, help="Gold test documents; without them, folds.")
]
Folds = Annotated[
    int | None, typer.Option(min=2, help="Folds of the training documents; 5 without --test.")
]
Add = Annotated[
    list[str] | None,
    typer.Option(help="An addition, PATH or NAME=PATH; a NAME again is one more batch of it."),
]
GoldSizes = Annotated[
    str, typer.Option(help="Sizes of the training subsets; one too large counts as all.")
]
SIZES = "25,50,100,200,all"
"""What is measured if nothing is said."""
Seeds = Annotated[int, typer.Option(min=1, help="Training subsets of each size.")]
Mask = Annotated[
    list[str] | None,
    typer.Option(
        help="Types an addition does not teach. auto (default): those it annotates too thinly; "
        "gate: also those it makes worse on the training side; none. NAME=gate: of one."
    ),
]
Choose = Annotated[
    list[str] | None,
    typer.Option(
        help="One more arm an addition: RULE:SHARE,weight=W,order=O (deficit:50%,weight=auto)."
    ),
]
GoldCost = Annotated[float | None, typer.Option(help="What a gold document costs to annotate.")]
Cost = Annotated[
    list[str] | None,
    typer.Option(help="NAME=AMOUNT: what an addition cost, in the same currency."),
]


def asking(fields: list[str] | None, **options: Any) -> dict[str, Any]:
    """The options as fields of `write` and `call`, then those of ``--set``."""
    given = {
        f"{PLACES.get(name, 'call')}.{name}": tuple(value) if isinstance(value, list) else value
        for name, value in options.items()
    }
    return given | fields_set(fields or [])
