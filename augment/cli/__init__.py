"""The command line: thin commands over the library; heavy imports are inside the commands.

>>> main(["--version"])  # prints the version, exit code 0
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import cast

import typer

from augment import __version__
from augment.cli import (
    arrivals,
    batch,
    blind,
    compare,
    convert,
    egress,
    guide,
    learn,
    measure,
    plan,
    policy,
    predict,
    release,
    replicate,
    review,
    reviewed,
    run,
    show,
    skim,
    stats,
    train,
    validate,
)
from augment.cli.common import fail, hush, note_interrupts, open_streams, out
from augment.errors import AugmentError

INTERRUPTED = 130
UsageFault = cast(type[typer.BadParameter], typer.BadParameter.__mro__[1])
"""What a wrong command line raises: an option that is missing, unknown or has a wrong value."""

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
app.add_typer(show.app, name="show")
app.command("plan")(plan.plan)
app.command("measure")(measure.measure)
app.command("compare")(compare.compare)
app.command("train")(train.train)
app.command("predict")(predict.predict)
app.command("policy")(policy.policy)
app.command("egress")(egress.egress)
app.command("release")(release.release)
app.add_typer(guide.app, name="guide")
app.add_typer(batch.app, name="batch")
app.add_typer(replicate.app, name="replicate")
app.add_typer(review.app, name="review")
review.app.command("html")(skim.html)
review.app.command("pull")(arrivals.pull)
review.app.command("watch")(arrivals.watch)
review.app.command("accept")(reviewed.accept)
review.app.command("agree")(reviewed.agree)
review.app.command("order")(reviewed.order)
review.app.command("feedback")(learn.feedback)
review.app.command("apply")(learn.apply)
review.app.command("hide")(blind.hide)
review.app.command("unhide")(blind.unhide)
review.app.command("noise")(blind.noise)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 finished, 1 no usable result, 2 usage, 130 interrupted."""
    open_streams()
    interrupts = note_interrupts()
    try:
        sys.exit(_run(arguments))
    except Exception:  # what a library, or Python loading one, may make of an interrupt
        if not interrupts:
            raise
        sys.exit(_interrupted())


def _run(arguments: Sequence[str] | None) -> int:
    """The exit code of a command; whatever can go wrong is said here, in one line."""
    try:
        code = app(args=arguments, prog_name="augment", standalone_mode=False) or 0
        sys.stdout.flush()
    except AugmentError as error:
        fail(str(error), error.hint)
        return error.exit_code
    except UsageFault as error:
        if error.format_message():  # without one it has printed the help already
            command = error.ctx.command_path if error.ctx else "augment"
            fail(error.format_message().rstrip("."), f"see `{command} --help`")
        return 2
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        hush()
        return 1
    except OSError as error:
        fail(f"{error.filename or 'output'}: {error.strerror or error}", "check place and rights")
        hush()
        return 2 if error.filename else 1
    return _interrupted() if code == INTERRUPTED else int(code)


def _interrupted() -> int:
    fail("interrupted", "started again, `run`, `measure` and `watch` go on where they were")
    return INTERRUPTED
