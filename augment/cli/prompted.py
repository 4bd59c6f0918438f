"""`augment measure --llm NAME:MODEL`: how LLMs are asked, what that would take, was all asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augment.cli.common import read_documents, warn
from augment.cli.outcome import show_estimate

if TYPE_CHECKING:
    from augment.config import RunConfig
    from augment.measure.records import Result


def asked_as(asked: dict[str, Any], added: Iterable[str]) -> RunConfig:
    """How LLMs are asked, as a run would. Raises ConfigError, PathError, UnknownName."""
    from augment.config import load
    from augment.errors import UsageError
    from augment.measure.records import PROMPTED
    from augment.pipeline.llms import check

    if asked["guide"] is None:
        raise UsageError("an LLM needs a guide to extract by", hint="give --guide NAME")
    if PROMPTED in added:
        raise UsageError(f"--add {PROMPTED}: the LLM's row is called so", hint="give NAME=PATH")
    config = load(None, asked)
    check(config)
    return config


def show_expected(config: RunConfig, folds: int | None, seeds: int) -> None:
    """What the LLMs would be asked at most; nothing is sent."""
    from tempfile import TemporaryDirectory

    from augment.guide import load
    from augment.pipeline.ask import at_most
    from augment.pipeline.direct import Direct
    from augment.pipeline.experiment import Settings, splits_of
    from augment.pipeline.extract import requests
    from augment.pipeline.names import canonical

    guide = load(config.guide)
    train = canonical(read_documents(config.corpus), guide)
    test = canonical(read_documents(config.test), guide) if config.test else []
    with TemporaryDirectory() as scratch:
        direct = Direct(config, guide, train, test, Path(scratch))
        asked = direct.questions(splits_of(train, test, Settings(folds=folds, seeds=seeds)))
    show_estimate(at_most(config, requests(asked))._asdict())


def complete(result: Result, config: RunConfig) -> bool:
    """True if every LLM has its row at every size; else it is said."""
    from augment.measure.records import Prompted

    rows = [e for by_size in result.arms.values() for e in by_size.values()]
    found = sum(isinstance(entry, Prompted) for entry in rows)
    if found == len(result.arms["base"]) * len(config.write.llm):
        return True
    warn("not all was asked of the LLM, so it has no row; the same call goes on from here")
    return False
