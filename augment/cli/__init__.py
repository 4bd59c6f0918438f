"""The command line: thin commands over the library; heavy imports are inside the commands.

>>> main(["--version"])  # prints the version, exit code 0
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from augment import __version__
from augment.cli import convert, guide, measure, plan, predict, run, show, stats, train, validate
from augment.cli.common import err, out
from augment.errors import AugmentError

app = typer.Typer(
    name="augment",
    help="Augment annotated French text for information extraction, and measure what it is worth.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    """Augment annotated French text for information extraction, and measure what it is worth."""
    if version:
        out.print(__version__)
        raise typer.Exit


app.command("run")(run.run)
app.command("stats")(stats.stats)
app.command("validate")(validate.validate)
app.command("convert")(convert.convert)
app.command("show")(show.show)
app.command("plan")(plan.plan)
app.command("measure")(measure.measure)
app.command("train")(train.train)
app.command("predict")(predict.predict)
app.add_typer(guide.app, name="guide")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 finished, 1 no usable result, 2 usage, 130 interrupted."""
    try:
        app(args=arguments)
    except AugmentError as error:
        err.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        if error.hint:
            err.print(f"  → {error.hint}", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("interrupted")
        sys.exit(130)
