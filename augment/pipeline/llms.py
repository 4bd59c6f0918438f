"""Which LLMs a run asks, and how: from ``NAME:MODEL`` and addresses to backends and limits.

>>> named(config)
[Llm(backend='openai', model='mistral-small', url='http://127.0.0.1:8000/v1')]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from augment.config import RunConfig
from augment.errors import ConfigError
from augment.generate import CallSettings, Connection, Several, connect, price
from augment.ledger import Ledger
from augment.plan.quotas import LLM_FREE
from augment.policy import load_policy
from augment.protocols import Backend
from augment.registry import resolve

FREE = frozenset({"replay", "fake"})
"""Backends that cost nothing: what they say is not kept in the ledger."""


class Llm(NamedTuple):
    """A model, the backend that asks it, and the address (None: the vendor's own)."""

    backend: str
    model: str
    url: str | None


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
        if llm.url is not None:
            policy.check(llm.url)


def named(config: RunConfig) -> list[Llm]:
    """All LLMs of a run: writers, verifier, judge. Raises ConfigError, UnknownName."""
    write = config.write
    given = list(dict.fromkeys(filter(None, (*write.llm, write.verifier, write.judge))))
    urls = config.call.base_url
    if len(urls) > 1 and len(urls) != len(given):
        raise ConfigError(
            f"--base-url: {len(urls)} addresses for {len(given)} LLMs",
            hint="give one for all, or one for each in the order of --llm, verifier, judge",
        )
    places: Sequence[str | None] = urls if len(urls) > 1 else [*(urls or [None])] * len(given)
    found = [parse(name, url) for name, url in zip(given, places, strict=True)]
    models = [llm.model for llm in found]
    if len(set(models)) < len(models):
        raise ConfigError(f"--llm: two backends for one model: {', '.join(given)}")
    return found


def parse(written: str, url: str | None = None) -> Llm:
    """``NAME:MODEL`` → the two. Raises ConfigError, UnknownName."""
    backend, _, model = written.partition(":")
    if not backend or not model:
        raise ConfigError(f"--llm {written}: no NAME:MODEL", hint="as openai:mistral-small")
    resolve("backend", backend)
    return Llm(backend, model, url)


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
def opened(config: RunConfig, llms: Sequence[Llm]) -> Iterator[tuple[Backend, Ledger | None]]:
    """The backends as one, and the ledger (None if none of them costs anything); closed after."""
    policy = load_policy(config.write.policy)
    backends = {
        llm.model: connect(
            llm.backend,
            Connection(
                base_url=llm.url,
                timeout=config.call.timeout,
                policy=policy,
                replies=config.write.replies,
            ),
        )
        for llm in llms
    }
    backend = Several(backends)
    try:
        if all(llm.backend in FREE for llm in llms):
            yield backend, None
        else:
            with Ledger(config.call.ledger) as ledger:
                yield backend, ledger
    finally:
        backend.close()
