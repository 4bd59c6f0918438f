"""`augment batch export|import|submit|status|collect`: a run's requests through batch files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.batch_shown import rows, say_imported, say_left, table
from augment.cli.common import check_target, counted, emit, out, warn

if TYPE_CHECKING:
    from augment.generate.batch import Job
    from augment.generate.batch.vendor import BatchApi
    from augment.generate.prices import Price
    from augment.ledger import Ledger
    from augment.schema import Request

app = typer.Typer(
    help="Ask a run's requests in batches: by files, or by a vendor's batch API.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

LEDGER = Path("data/ledger.sqlite")
Run = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder with prompts (03_prompt).")]
LedgerFile = Annotated[Path, typer.Option("--ledger", help="Where replies are kept.")]
Prices = Annotated[Path | None, typer.Option(help="File of prices; batch discounts are not known.")]
Without = Annotated[
    list[str] | None,
    typer.Option(help="Part of the requests that the model does not take, as max_tokens; repeat."),
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="What may leave, beside the machine's policy.")
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.command()
def export(
    run: Run,
    format: Annotated[str, typer.Option(help="openai or mistral: whose files to write.")],
    path: Annotated[Path, typer.Option("--out", help="File to write; if it takes several, -1 …")],
    ledger: LedgerFile = LEDGER,
    without: Without = None,
    json: Json = False,
) -> None:
    """Write the requests that have no reply yet as batch files, to be answered anywhere."""
    from augment.generate import batch

    requests = batch.requests_of(run)
    check_target(path, ledger, *run.glob("*/*.jsonl"))
    under_way = batch.JobStore(run).under_way()
    known = _known(ledger)
    made = batch.export(
        requests,
        format,
        path=path,
        ledger=known,
        under_way=under_way,
        without=tuple(without or ()),
    )
    if json:
        files = [file._asdict() | {"path": str(file.path)} for file in made.files]
        emit(made._asdict() | {"files": files})
        return
    if made.files:
        cells = [[str(f.path), f.model, str(f.requests), f"{f.bytes:,}"] for f in made.files]
        table(["file", "model", "requests", "bytes"], cells)
    say_left(sum(file.requests for file in made.files), made.known, made.under_way, made.equal)


@app.command("import")
def import_(
    run: Run,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Output and error files.")],
    ledger: LedgerFile = LEDGER,
    prices: Prices = None,
    without: Without = None,
    json: Json = False,
) -> None:
    """Store the replies of batch output files; `augment run` then finds them.

    Any order, part or repetition is fine. Lines without a reply are counted and told.
    """
    from augment.errors import NoResult
    from augment.generate import batch
    from augment.ledger import Ledger

    requests = batch.requests_of(run)
    known = _prices(requests, prices)
    with Ledger(ledger) as opened:
        found = batch.import_(
            files, requests, opened, backend="batch", without=tuple(without or ()), prices=known
        )
    if json:
        emit(found.model_dump(mode="json"))
    else:
        say_imported(found)
    if not found.stored and not found.known:
        raise NoResult(
            f"{files[0]}: no reply to a request of {run}",
            hint="is it the output of this run's batch?",
        )


@app.command()
def submit(
    run: Run,
    llm: Annotated[str, typer.Option(help="NAME:MODEL, as openai:gpt-x or mistral:mistral-x.")],
    base_url: Annotated[str | None, typer.Option(help="Address, if not the vendor's.")] = None,
    ledger: LedgerFile = LEDGER,
    prices: Prices = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="Send nothing if it could cost more.")
    ] = None,
    without: Without = None,
    policy: PolicyFile = None,
    json: Json = False,
) -> None:
    """Upload the requests that have no reply yet and create batch jobs; ids are kept in RUN/batch.

    Started again after any interruption, it finds its jobs on the server: nothing is paid twice.
    """
    from contextlib import closing

    from augment.errors import ConfigError
    from augment.generate import Connection, batch, price
    from augment.policy import load_policy

    vendor, _, model = llm.partition(":")
    if not vendor or not model:
        raise ConfigError(f"--llm {llm}: no NAME:MODEL", hint="as openai:gpt-x")
    settings = batch.SubmitSettings(
        vendor=vendor,
        model=model,
        base_url=base_url,
        without=tuple(without or ()),
        max_cost=max_cost,
        price=price(model, prices),
    )
    batch.requests_of(run)
    connection = Connection(base_url=base_url, policy=load_policy(policy))
    with closing(batch.connect(vendor, connection)) as api:
        batch.check_content(vendor, connection)
        made = batch.submit(run, api, ledger=_known(ledger), settings=settings)
    if json:
        jobs = [job.model_dump(mode="json") for job in made.jobs]
        emit(made._asdict() | {"jobs": jobs, "estimate": made.estimate._asdict()})
        return
    if made.jobs:
        table(*rows(made.jobs, [None] * len(made.jobs)))
    sent = made.estimate.requests
    cost = "" if made.estimate.cost is None else f", at most {made.estimate.cost:.2f}"
    say_left(sent, made.known, made.under_way, made.equal, cost)


@app.command()
def status(run: Run, policy: PolicyFile = None, json: Json = False) -> None:
    """Show where the batch jobs of a run are."""
    from augment.generate import batch

    batch.requests_of(run)
    found = list(batch.status(run, _open(policy)))
    jobs, states = [job for job, _ in found], [state for _, state in found]
    if json:
        emit(
            [
                job.model_dump(mode="json") | (state._asdict() if state else {})
                for job, state in found
            ]
        )
    elif found:
        table(*rows(jobs, states))
    else:
        out.print("no batch was submitted")


@app.command()
def collect(
    run: Run,
    ledger: LedgerFile = LEDGER,
    prices: Prices = None,
    policy: PolicyFile = None,
    json: Json = False,
) -> None:
    """Fetch the results of finished batch jobs and store their replies."""
    from augment.errors import PathError
    from augment.generate import batch
    from augment.ledger import Ledger

    requests = batch.requests_of(run)
    if not batch.JobStore(run).jobs():
        raise PathError(
            f"{run}: no batch was submitted", hint=f"augment batch submit {run} --llm …"
        )
    with Ledger(ledger) as opened:
        made = batch.collect(run, _open(policy), opened, prices=_prices(requests, prices))
    if json:
        done = [
            job.model_dump(mode="json") | state._asdict() | {"imported": imported.model_dump()}
            for job, state, imported in made.done
        ]
        emit({"done": done, "waiting": [job.model_dump(mode="json") for job, _ in made.waiting]})
    else:
        for job, state, imported in made.done:
            out.print(f"{job.id}: {state.status}", markup=False, soft_wrap=True)
            if state.said:
                warn(f"{job.id}: {state.said}")
            say_imported(imported)
        out.print(f"{counted(len(made.waiting), 'batch job')} to wait for")
    replies = sum(imported.stored + imported.known for _, _, imported in made.done)
    if made.done and not made.waiting and not replies:
        raise typer.Exit(1)


def _known(path: Path) -> Ledger | None:
    """The ledger to look replies up in, None if there is none yet."""
    from augment.ledger import Ledger

    return Ledger(path, read_only=True) if path.is_file() else None


def _open(policy: Path | None) -> Callable[[Job], BatchApi]:
    """What opens the batch API of a job's server."""
    from augment.generate import Connection, batch
    from augment.policy import load_policy

    rules = load_policy(policy)
    return lambda job: batch.connect(job.vendor, Connection(base_url=job.base_url, policy=rules))


def _prices(requests: Sequence[Request], path: Path | None) -> dict[str, Price]:
    from augment.generate import price

    models = dict.fromkeys(request.model for request in requests)
    return {model: found for model in models if (found := price(model, path)) is not None}
