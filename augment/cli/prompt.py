"""`augment show prompt STRATEGY`: the prompt of an order, for nothing: no server is asked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import emit, out, read_documents

ORDERS = "one order a line, as data/sample/orders.jsonl"
if TYPE_CHECKING:
    from augment.guide import Guide
    from augment.schema import Document, Order


class Form(StrEnum):
    """What replies look like."""

    inline = "inline"
    json = "json"


def prompt(
    strategy: Annotated[
        str, typer.Argument(help="Such as compose, compose.v1, annotate/relations, judge.")
    ],
    guide: Annotated[str, typer.Option("--guide", "-g", help="Name or folder.")] = "ukraine_live",
    corpus: Annotated[
        Path | None, typer.Option(help="Documents for examples and sources; the sample if none.")
    ] = None,
    types: Annotated[str, typer.Option(help="Relation types to order: A,B.")] = "",
    form: Annotated[Form, typer.Option(help="Form of the reply.")] = Form.inline,
    version: Annotated[int | None, typer.Option(help="Version; the newest if none.")] = None,
    prompts: Annotated[Path | None, typer.Option(help="A folder of your own templates.")] = None,
    examples: Annotated[int, typer.Option(min=0, help="Number of examples.")] = 3,
    budget: Annotated[int, typer.Option(min=1, help="Tokens at most.")] = 8000,
    exhaustive: Annotated[bool, typer.Option("--exhaustive", help="All relation types.")] = False,
    orders: Annotated[Path | None, typer.Option(help="Orders (JSONL) instead of one made.")] = None,
    id: Annotated[str | None, typer.Option(help="Which of the orders; the first if none.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The request as JSON.")] = False,
) -> None:
    """Print the prompt of an order; nothing is sent."""
    from augment.errors import NoResult
    from augment.guide import load
    from augment.guide.model import shipped_folder
    from augment.plan import sources
    from augment.prompt import Examples, PromptSettings, template, tokens
    from augment.prompt import prompt as make
    from augment.schema import Drop

    asked = template(strategy + (f".v{version}" if version else ""), prompts)
    rules = load(guide)
    documents = read_documents(corpus or shipped_folder("data/sample") / "train.txt")
    kinds = _kinds(types, rules)
    order = _given(orders, id) if orders else _made(asked.strategy, documents, rules, kinds)
    source = sources([order], documents).get(order.source or "")
    settings = PromptSettings(
        model="any", form=form.value, budget=budget, exhaustive=exhaustive, max_tokens=4096
    )
    picked = Examples(documents, rules).pick(order, source, examples, seed=0)
    request = make(
        order, guide=rules, template=asked, examples=picked, source=source, settings=settings
    )
    if isinstance(request, Drop):
        raise NoResult(f"{request.reason}: {request.detail}", hint="another order, guide or budget")
    if json:
        emit(request.model_dump(mode="json"))
        return
    for message in request.messages:
        head = f"── {message.role}, about {tokens(message.content)} tokens"
        out.print(f"{head}\n{message.content}\n", markup=False, soft_wrap=True)


def _kinds(written: str, guide: Guide) -> list[str]:
    """The relation types asked for. Raises UnknownName."""
    from augment.errors import UnknownName

    kinds = [kind.strip() for kind in written.split(",") if kind.strip()]
    for kind in kinds:
        if kind not in guide.relations:
            known = ", ".join(guide.relations)
            raise UnknownName(f"no relation type {kind!r}; there are: {known}")
    return kinds


def _given(path: Path, id: str | None) -> Order:
    """The order of a file with this id, or its first. Raises ConfigError, PathError."""
    from pydantic import ValidationError

    from augment.errors import ConfigError, PathError
    from augment.schema import Order
    from augment.store import read_lines

    try:
        found = next((o for o in read_lines(path, Order) if id in (None, o.id)), None)
    except OSError as error:
        raise PathError(f"{path}: {error.strerror}") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a file of orders", hint=ORDERS) from error
    if found is None:
        raise ConfigError(f"{path}: no order {id or 'in it'}", hint=ORDERS)
    return found


def _made(strategy: str, documents: list[Document], guide: Guide, kinds: list[str]) -> Order:
    """The planned order that has the most of these types; the same every time."""
    from augment.errors import NoResult
    from augment.plan import plan

    raw, gold = documents[::4], [d for i, d in enumerate(documents) if i % 4] or documents
    planned = {"judge": "annotate"}.get(strategy, strategy)
    items = raw if planned == "annotate" else ()
    found = plan(
        documents if not items else gold,
        guide=guide,
        samples=100 if kinds else 1,
        strategies=[planned],
        raw=items,
    ).orders
    if not found:
        raise NoResult(f"no order for {strategy} can be made of this corpus")
    best = max(found, key=lambda order: len(set(kinds) & set(order.types)))
    if not kinds or best.triples:
        return best
    negatives = tuple(kind for kind in best.negatives if kind not in kinds)
    return best.model_copy(update={"types": tuple(kinds), "negatives": negatives})
