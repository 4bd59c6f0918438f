"""What is compared: each LLM with each prompt, guide, number of examples and of steps.

>>> names(combinations(config, [], examples=(0, 3), steps=(1,)))
['openai:m, 0 examples', 'openai:m, 3 examples']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from augment.config import RunConfig
from augment.errors import UsageError
from augment.pipeline.ground import ANNOTATE
from augment.pipeline.llms import named
from augment.pipeline.relations import RELATIONS
from augment.prompt import template
from augment.schema import Record


class Combination(Record):
    """What is compared: ``llm`` as NAME:MODEL, versions of prompts, examples, steps of annotate.

    ``guide``: its name or folder, as given.
    """

    llm: str
    prompt: tuple[str, ...]
    examples: int
    steps: int
    guide: str


def combinations(
    config: RunConfig,
    prompts: Sequence[Sequence[str]],
    examples: Sequence[int],
    steps: Sequence[int],
    guides: Sequence[str] = (),
) -> list[Combination]:
    """All that is compared, in the order given. Raises UsageError, UnknownName.

    ``guides``: those beside the configuration's own.
    """
    (strategy,) = config.strategies
    if steps and strategy != ANNOTATE:
        raise UsageError(f"--steps: {strategy} has one step", hint="only annotate has two")
    steps = steps or ((1, 2) if strategy == ANNOTATE else (1,))
    own = [name for name in config.write.prompt if re.split("[/.]", name)[0] == strategy]
    versions = [pinned(names, strategy, config.write.prompts) for names in prompts or (own,)]
    found = [
        Combination(llm=llm, prompt=prompt, examples=shots, steps=number, guide=guide)
        for llm in config.write.llm
        for prompt in versions
        for shots in examples
        for number in steps
        for guide in (config.guide, *guides)
    ]
    return list(dict.fromkeys(found))


def pinned(names: Sequence[str], strategy: str, folder: Path | None) -> tuple[str, ...]:
    """The versions of all prompts of a strategy: those named, the newest of the others."""
    usual = template(strategy, folder)
    found = {}
    for name in (strategy, *((RELATIONS,) if strategy == ANNOTATE else ()), *names):
        made = template(name, folder)
        if made.strategy != strategy:
            raise UsageError(f"--prompt {name}: not a prompt of {strategy}")
        key = strategy if made.purpose == usual.purpose else f"{strategy}/{made.purpose}"
        found[key] = f"{key}.v{made.version}"
    return tuple(found.values())


def names(every: Sequence[Combination]) -> list[str]:
    """What tells the combinations apart: the LLM, and what differs of the rest."""
    told: dict[str, Callable[[Combination], str]] = {
        "prompt": lambda c: " + ".join(c.prompt),
        "examples": lambda c: f"{c.examples} examples",
        "steps": lambda c: f"{c.steps} steps" if c.steps > 1 else "1 step",
        "guide": lambda c: f"guide {c.guide}",
    }
    varied = [say for say in told.values() if len({say(c) for c in every}) > 1]
    return [", ".join([c.llm, *(say(c) for say in varied)]) for c in every]


def configured(config: RunConfig, combination: Combination) -> RunConfig:
    """The configuration of a run with this combination and its guide, at the LLM's addresses."""
    urls = {f"{llm.backend}:{llm.model}": llm.urls for llm in named(config)}
    fields = combination.model_dump(exclude={"guide"}) | {"llm": (combination.llm,)}
    write = config.write.model_copy(update=fields)
    call = config.call.model_copy(update={"base_url": urls[combination.llm]})
    return config.model_copy(update={"write": write, "call": call, "guide": combination.guide})
