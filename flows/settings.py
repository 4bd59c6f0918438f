"""Parameters of the flows, in the groups that the form of the Prefect UI shows, with their text.

>>> configured(Corpus(corpus=Path("train.csv"), guide="textmine"), Samples(samples=200)).samples
200

Nothing here is a secret: keys are read from the environment, or from Secret blocks by name.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from prefect.blocks.system import Secret
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from augment.config import GoldSize, RunConfig, fingerprint, load
from augment.errors import UsageError
from augment.pipeline.incoming import Incoming
from augment.pipeline.review import Sending
from augment.review.select import By

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


Place = Annotated[str, BeforeValidator(str)]
"""A path, or a URL that is fetched."""


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def overrides(self) -> dict[str, Any]:
        """Fields of a run that were given, by their name in :class:`RunConfig`."""
        given = self.model_dump(exclude_none=True)
        return {_PLACES.get(name, name): value for name, value in given.items()}


class Corpus(_Group):
    """What is worked on, where runs are put, and who works."""

    config: Path | None = None
    """A configuration as for `augment run`, YAML. What is set in this form goes before it."""
    corpus: Place | None = None
    """Gold documents: file, folder or URL."""
    test: Place | None = None
    """Gold test documents; without them a part is held out."""
    guide: str | None = None
    """Name or folder of a guide."""
    seed: int | None = None
    """Seed of the split, the plan and the samples: whoever shares it holds out the same texts."""

    runs: Path = Path("data/runs")
    """The folder of the run folders."""
    workers: int | None = Field(default=None, ge=1)
    """Dask workers on this machine; without them, as many processes as jobs says."""
    scheduler: str | None = None
    """Address of a dask scheduler, as tcp://10.0.0.1:8786, whose workers do the work instead."""
    runs_url: str | None = None
    """Address under which that folder is served, for links to reports."""
    publish: str | None = None
    """URL where finished run folders are sent, their manifest last."""

    def overrides(self) -> dict[str, Any]:
        """Fields of a run."""
        given = super().overrides()
        fields = ("corpus", "test", "guide", "seed")
        return {name: given[name] for name in fields if name in given}

    def folder(self, config: RunConfig) -> Path:
        """The run's folder: the same configuration and the same inputs are the same folder."""
        stem = (self.config or config.corpus).stem
        return config.out or self.runs / f"{stem}-{fingerprint(config)[:8]}"

    def link(self, path: Path) -> str:
        """Where a browser finds a file below the folder of the runs."""
        if not self.runs_url or not path.is_relative_to(self.runs):
            return path.resolve().as_uri()
        return f"{self.runs_url.rstrip('/')}/{quote(path.relative_to(self.runs).as_posix())}"


class Samples(_Group):
    """Which samples are made."""

    strategies: tuple[Strategy, ...] | None = None
    """How samples are made; those from compose on ask an LLM."""
    samples: int | None = Field(default=None, ge=0)
    """Samples to make, or requests to LLMs. A larger number extends a finished run."""
    raw: Place | None = None
    """Items without annotation, for annotate: file, folder or URL."""


class Llms(_Group):
    """Which LLMs are asked, and what that may cost. Keys come from the environment."""

    llm: tuple[str, ...] | None = None
    """NAME:MODEL, as openai:mistral-small; several take the orders in turn."""
    base_url: tuple[str, ...] | None = None
    """Addresses of the servers."""
    max_cost: float | None = Field(default=None, ge=0)
    """The most that the run may cost, or the night, in the currency of the prices."""
    max_tokens: int | None = Field(default=None, ge=0)
    """The most tokens of prompts and replies of the run, or the night."""
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
        """Put the values of the Secret blocks into the environment of this process.

        Raises UsageError for a block that is not there.
        """
        for variable, block in self.secrets.items():
            try:
                secret: Any = Secret.load(block)
            except ValueError as error:
                hint = "make it in the Prefect UI, Blocks, type Secret"
                raise UsageError(f"secrets: no Secret block {block}", hint=hint) from error
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


class Watched(_Group):
    """Where new items come from."""

    place: str
    """A folder, or a URL prefix as s3://bucket/live: files of any format that can be read."""
    work: Path = Path("data/nightly")
    """Where it is kept what was seen, with batches, reviews and what cannot be read."""
    quiet: float = Field(default=60.0, ge=0)
    """Seconds a file has to be untouched before it is read."""
    most: int = Field(default=10_000, ge=1)
    """No further file once a batch has so many items."""

    def incoming(self) -> Incoming:
        """As the library takes it."""
        return Incoming(**self.model_dump())


class Review(_Group):
    """What people are to look at, in which Label Studio. The token is in LABEL_STUDIO_API_KEY."""

    url: str | None = None
    """Address of the Label Studio; without one nothing is pushed."""
    project: str | None = None
    """Title of the project."""
    task: Literal["correct", "triage"] = "correct"
    """Correct spans and relations, or only tick what is wrong."""
    by: By | None = "random"
    """How documents are drawn; nothing: all of them."""
    number: int = Field(default=20, ge=1)
    """How many are drawn."""
    seed: int = 0
    """Seed of the drawing."""
    student: Path | None = None
    """Model that says how unsure it is, for uncertain."""
    policy: Path | None = None
    """What may leave this machine."""

    def sending(self, documents: Path, guide: str, title: str | None) -> Sending:
        """As the library takes it. Raises UsageError without an address."""
        if self.url is None:
            raise UsageError("no Label Studio is named", hint="set url of review")
        given = self.model_dump(exclude={"project"})
        return Sending(corpus=documents, guide=guide, project=title, **given)


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

    A flow does what it is to do: ``call.dry_run`` of the file is left out.
    Raises what :func:`augment.config.load` does.
    """
    overrides = corpus.overrides() | {"call.dry_run": False}
    for group in groups:
        overrides |= group.overrides()
    return load(corpus.config, overrides | fixed)
