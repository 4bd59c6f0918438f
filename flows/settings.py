"""Parameters of the flows, in the groups that the form of the Prefect UI shows, with their text.

>>> configured(Corpus(corpus=Path("train.csv"), guide="textmine"), Samples(samples=200)).samples
200

Nothing here is a secret: keys are read from the environment, or from Secret blocks by name.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from prefect.blocks.system import Secret
from pydantic import BaseModel, ConfigDict, Field

from augment.config import GoldSize, RunConfig, fingerprint, load

Strategy = Literal[
    "mentions",
    "tokens",
    "shuffle",
    "recombine",
    "typos",
    "templates",
    "compose",
    "realise",
    "restyle",
    "substitute",
    "annotate",
    "contrast",
    "telegraphic",
]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def overrides(self) -> dict[str, Any]:
        """Fields of a run that were given, by their name in :class:`RunConfig`."""
        given = self.model_dump(exclude_none=True)
        return {_PLACES.get(name, name): value for name, value in given.items()}


class Corpus(_Group):
    """What is worked on."""

    config: Path | None = None
    """A configuration as for `augment run`, YAML. What is set in this form goes before it."""
    corpus: Path | None = None
    """Gold documents, file or folder."""
    test: Path | None = None
    """Gold test documents; without them a part is held out."""
    guide: str | None = None
    """Name or folder of a guide."""

    def overrides(self) -> dict[str, Any]:
        """All but the configuration that they are laid over."""
        return {name: value for name, value in super().overrides().items() if name != "config"}


class Samples(_Group):
    """Which samples are made."""

    strategies: tuple[Strategy, ...] | None = None
    """How samples are made; those from compose on ask an LLM."""
    samples: int | None = Field(default=None, ge=0)
    """Samples to make, or requests to LLMs. A larger number extends a finished run."""
    raw: Path | None = None
    """Items without annotation, for annotate."""
    seed: int | None = None
    """Seed of the split, the plan and the samples."""


class Llms(_Group):
    """Which LLMs are asked, and what that may cost. Keys come from the environment."""

    llm: tuple[str, ...] | None = None
    """NAME:MODEL, as openai:mistral-small; several take the orders in turn."""
    base_url: tuple[str, ...] | None = None
    """Addresses of the servers."""
    max_cost: float | None = Field(default=None, ge=0)
    """The most that the run may cost, in the currency of the prices."""
    max_tokens: int | None = Field(default=None, ge=0)
    """The most tokens of prompts and replies of the run."""
    concurrency: int | None = Field(default=None, ge=1)
    """Requests at once."""
    replies: Path | None = None
    """What the backend replay answers: a ledger, or JSONL."""
    policy: Path | None = None
    """What may leave this machine."""
    prices: Path | None = None
    """Prices of models, YAML; without them the cost is not known."""
    ledger: Path | None = None
    """Where replies are kept; data/ledger.sqlite, if nothing else is said."""
    secrets: dict[str, str] = Field(default_factory=dict)
    """Variable of the environment → name of the Secret block that holds its value."""

    def overrides(self) -> dict[str, Any]:
        """Fields of a run; what the variables are is no field of it."""
        return {name: value for name, value in super().overrides().items() if name != "secrets"}

    def unlock(self) -> None:
        """Put the values of the Secret blocks into the environment of this process."""
        for variable, block in self.secrets.items():
            secret: Any = Secret.load(block)
            os.environ[variable] = str(secret.get())


class Measuring(_Group):
    """How the gain is measured and the model is trained."""

    student: str | None = None
    """linear, rules, transformer:ENCODER or seq2seq:MODEL."""
    gold_sizes: tuple[GoldSize, ...] | None = None
    """Sizes of the training subsets."""
    seeds: int | None = Field(default=None, ge=1)
    """Training subsets of each size."""
    gate: bool = True
    """The model learns only from what is shown to raise macro-F1 and to lower no frequent type."""
    mask: Literal["auto", "gate", "none"] | None = None
    """Relation types that an addition does not teach."""
    gold_cost: float | None = Field(default=None, gt=0)
    """What a gold document costs to annotate, in the currency of the prices."""
    jobs: int | None = Field(default=None, ge=1)
    """Processes."""


class Place(_Group):
    """Where runs lie."""

    runs: Path = Path("data/runs")
    """The folder of the run folders."""
    url: str | None = None
    """Address under which that folder is served, for links to reports."""

    def folder(self, config: RunConfig, stem: str) -> Path:
        """The run's folder: the same configuration and the same inputs are the same folder."""
        return config.out or self.runs / f"{stem}-{fingerprint(config)[:8]}"

    def link(self, path: Path) -> str:
        """Where a browser finds a file below the folder of the runs."""
        if self.url is None:
            return path.resolve().as_uri()
        return f"{self.url.rstrip('/')}/{path.relative_to(self.runs).as_posix()}"


_PLACES = {
    **{name: f"write.{name}" for name in ("llm", "raw", "replies", "policy")},
    **{
        name: f"call.{name}"
        for name in ("base_url", "max_cost", "max_tokens", "concurrency", "prices", "ledger")
    },
}
"""Where the fields are that are not at the top of :class:`RunConfig`."""


def configured(corpus: Corpus, *groups: _Group, **fixed: Any) -> RunConfig:
    """The configuration of a run: the YAML file, what was set in the form, what the flow fixes.

    Raises what :func:`augment.config.load` does.
    """
    overrides = corpus.overrides()
    for group in groups:
        overrides |= group.overrides()
    return load(corpus.config, overrides | fixed)


def stem(corpus: Corpus, config: RunConfig) -> str:
    """What a run folder's name begins with."""
    return (corpus.config or config.corpus).stem
