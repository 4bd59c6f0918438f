"""Which LLMs a run asks, and how: from ``NAME:MODEL`` and addresses to backends and limits.

>>> named(config)
[Llm(backend='openai', model='mistral-small', urls=('http://127.0.0.1:8000/v1',))]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from augment.config import RunConfig
from augment.errors import ConfigError
from augment.generate import Addresses, CallSettings, Connection, Several, connect, price
from augment.ledger import Ledger
from augment.plan.quotas import LLM_FREE
from augment.policy import load_policy
from augment.protocols import Backend
from augment.registry import resolve

FREE = frozenset({"replay", "fake"})
"""Backends that cost nothing: what they say is not kept in the ledger."""


class Llm(NamedTuple):
    """A model, the backend that asks it, and its addresses (none: the vendor's own)."""

    backend: str
    model: str
    urls: tuple[str, ...] = ()


def check(config: RunConfig) -> None:
    """Raise ConfigError, before any work, if the LLMs and what they are for do not go together."""
    write = config.write
    strategies = [name for name in config.strategies if name not in LLM_FREE]
    if strategies and config.samples and not write.llm:
        raise ConfigError(f"{strategies[0]} needs an LLM", hint="give --llm NAME:MODEL")
    if write.orders and not write.llm:
        raise ConfigError(f"{write.orders}: orders need an LLM", hint="give --llm NAME:MODEL")
    if write.direct and not write.llm:
        raise ConfigError("write.direct needs an LLM", hint="give --llm NAME:MODEL")
    if write.llm and not (strategies or write.orders or write.direct):
        raise ConfigError("an LLM is given, and nothing for it to do", hint="as --strategy compose")
    if "annotate" in strategies and write.raw is None:
        raise ConfigError("annotate needs items to annotate", hint="give --raw FILE")
    llms = named(config)
    call_settings(config, llms)
    policy = load_policy(write.policy)
    for llm in llms:
        for url in llm.urls:
            policy.check(url)


def named(config: RunConfig) -> list[Llm]:
    """All LLMs of a run: writers, verifier, judge. Raises ConfigError, UnknownName."""
    write = config.write
    given = list(dict.fromkeys(filter(None, (*write.llm, write.verifier, write.judge))))
    places = addresses(config.call.base_url, len(given))
    found = [parse(name, urls) for name, urls in zip(given, places, strict=True)]
    models = [llm.model for llm in found]
    if len(set(models)) < len(models):
        raise ConfigError(f"--llm: two backends for one model: {', '.join(given)}")
    return found


def addresses(given: Sequence[str], llms: int) -> list[tuple[str, ...]]:
    """The addresses of each LLM: all of them for a single one; else one for all, or one for each.

    >>> addresses(["http://a/v1,http://b/v1", "http://c/v1"], 2)
    [('http://a/v1', 'http://b/v1'), ('http://c/v1',)]

    Raises ConfigError.
    """
    split = [tuple(url.strip() for url in several.split(",")) for several in given]
    if llms == 1:
        return [tuple(dict.fromkeys(url for urls in split for url in urls))]
    if len(split) > 1 and len(split) != llms:
        raise ConfigError(
            f"--base-url: {len(split)} addresses for {llms} LLMs",
            hint="give one for all, or one for each in the order of --llm, verifier, judge; "
            "several of one LLM with commas between",
        )
    return split if len(split) > 1 else [*(split or [()])] * llms


def parse(written: str, urls: tuple[str, ...] = ()) -> Llm:
    """``NAME:MODEL`` → the two. Raises ConfigError, UnknownName."""
    backend, _, model = written.partition(":")
    if not backend or not model:
        raise ConfigError(f"--llm {written}: no NAME:MODEL", hint="as openai:mistral-small")
    resolve("backend", backend)
    return Llm(backend, model, urls)


def call_settings(
    config: RunConfig, llms: Sequence[Llm], *, spent: tuple[int, float] = (0, 0.0)
) -> CallSettings:
    """Pace, prices, and what the caps leave after the tokens and money that are ``spent``.

    Raises ConfigError for prices in two currencies.
    """
    call = config.call
    prices = {llm.model: price(llm.model, call.prices) for llm in llms}
    known = {model: found for model, found in prices.items() if found is not None}
    currencies = sorted({found.currency for found in known.values()})
    if len(currencies) > 1:
        raise ConfigError(f"prices in {' and '.join(currencies)}", hint="give them in one currency")
    return CallSettings(
        concurrency=call.concurrency,
        requests_per_minute=call.requests_per_minute,
        tokens_per_minute=call.tokens_per_minute,
        deadline=call.deadline,
        max_cost=None if call.max_cost is None else max(0.0, call.max_cost - spent[1]),
        max_tokens=None if call.max_tokens is None else max(0, call.max_tokens - spent[0]),
        prices=known,
    )


@contextmanager
def opened(config: RunConfig, llms: Sequence[Llm]) -> Iterator[tuple[Several, Ledger | None]]:
    """The backends as one, and the ledger (None if none of them costs anything); closed after."""
    base = Connection(
        timeout=config.call.timeout,
        policy=load_policy(config.write.policy),
        replies=config.write.replies,
    )
    backend = Several({llm.model: _connected(llm, base) for llm in llms})
    try:
        if all(llm.backend in FREE for llm in llms):
            yield backend, None
        else:
            with Ledger(config.call.ledger) as ledger:
                yield backend, ledger
    finally:
        backend.close()


def _connected(llm: Llm, base: Connection) -> Backend:
    if not llm.urls:
        return connect(llm.backend, base)
    connections = {url: base.model_copy(update={"base_url": url}) for url in llm.urls}
    return Addresses({url: connect(llm.backend, c) for url, c in connections.items()})
