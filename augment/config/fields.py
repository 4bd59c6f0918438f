"""What can be set of a run, field by field, with what each one means.

>>> RunConfig(corpus=Path("train.csv"), guide="textmine").write.examples
3
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from augment.files import is_url, local, stays_local


def _fetched(given: Any) -> Any:
    return local(given) if is_url(given) else given


Input = Annotated[Path, BeforeValidator(_fetched)]
"""What is read: a path, or the URL of what is fetched when the configuration is made."""
Output = Annotated[Path, AfterValidator(stays_local)]
GoldSize = PositiveInt | Literal["all"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class WriteConfig(_Strict):
    """How LLMs write and check samples."""

    llm: tuple[str, ...] = ()
    """``NAME:MODEL``; several take the orders in turn."""
    raw: Input | None = None
    """Items without annotation, for `annotate`."""
    orders: Input | None = None
    """Orders to carry out beside those of the plan, JSONL."""
    replies: Input | None = None
    """What the backend `replay` answers: a ledger, or JSONL."""
    prompts: Path | None = None
    """A folder of templates that go before those that ship."""
    prompt: tuple[str, ...] = ()
    """Versions of templates, as ``compose.v2``; the newest where none is named."""
    examples: int = Field(default=3, ge=0)
    """Gold texts in a prompt, as far as there is room."""
    steps: Literal[1, 2] = 1
    """2 lets `annotate` ask for the relations again, of the entities that the first reply has."""
    form: Literal["inline", "json"] = "inline"
    exhaustive: bool = False
    """All relation types are asked for and count as labelled, not only those ordered."""
    temperature: float = Field(default=1.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    reply_tokens: int = Field(default=4096, ge=1)
    """The most of a reply."""
    prompt_tokens: int = Field(default=8000, ge=1)
    """The most of a prompt, estimated; what does not fit of guide and examples is left out."""
    verify: int = Field(default=0, ge=0)
    """Blind annotations of each sample."""
    verifier: str | None = None
    """``NAME:MODEL`` of who makes them; the first writer if None."""
    agreement: float = Field(default=0.5, ge=0, le=1)
    """F1 between writer and verifiers that a sample needs."""
    judge: str | None = None
    """``NAME:MODEL`` that objects by the guide's rules."""
    policy: Path | None = None
    """What may leave this machine, beside the machine's own policy."""
    direct: bool = False
    """Each of ``llm`` extracts by itself too, and is measured beside the student."""
    direct_documents: int = Field(default=60, ge=1)
    """For ``direct``: at most so many of the test documents."""
    direct_seeds: int = Field(default=1, ge=1)
    """For ``direct``: so many of the training subsets of each size."""


class CallConfig(_Strict):
    """How LLMs are called: nothing here can change what a reply is made into."""

    base_url: tuple[str, ...] = ()
    """Addresses. Of a single LLM all are used evenly; of several it is one for all, or one for each
    in the order of llm, verifier, judge, with commas where one has several."""
    concurrency: int = Field(default=8, ge=1)
    """Requests at once."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    timeout: float = Field(default=120.0, gt=0)
    """Seconds without a byte from the server."""
    deadline: float | None = Field(default=None, gt=0)
    """Seconds after which nothing more is asked."""
    max_cost: float | None = Field(default=None, ge=0)
    """The most that the whole run may cost, in the currency of the prices."""
    max_tokens: int | None = Field(default=None, ge=0)
    """The most tokens of prompts and replies of the whole run."""
    prices: Path | None = None
    """Prices of models, YAML; without one the cost is not known."""
    ledger: Output = Path("data/ledger.sqlite")
    """Where replies are kept."""
    dry_run: bool = False
    """Render, count and price; send nothing."""


class RunConfig(_Strict):
    """Settings of `augment run`; unknown fields are refused."""

    corpus: Input
    """Gold documents: file, folder or URL."""
    test: Input | None = None
    """Gold test documents; without them a part is held out."""
    guide: str
    """Name or folder of a guide."""
    add: dict[str, Input] = Field(default_factory=dict)
    """Documents to add and measure, by name."""
    strategies: tuple[str, ...] = ("mentions", "templates")
    """How to make samples."""
    samples: int = Field(default=100, ge=0)
    """Samples to make, or requests to LLMs."""
    holdout: float = Field(default=0.25, gt=0, lt=1)
    """Share of the documents that is held out where there is no test set."""
    student: str = "linear"
    gold_sizes: tuple[GoldSize, ...] = ("all",)
    """Sizes of the training subsets."""
    seeds: int = Field(default=3, ge=1)
    """Training subsets of each size."""
    mask: Literal["auto", "gate", "none"] = "auto"
    """Types that an addition does not teach: those annotated too thinly; `gate`: also those that
    make the student worse on the training side."""
    seed: int = 0
    """Seed of the split, the plan and the samples."""
    measure: bool = True
    """Measure the gain; it is what takes time."""
    gate: bool = False
    """The model learns only from arms shown to raise macro-F1 and to lower no frequent type."""
    train: bool = True
    """End with a model; all that is accepted has to fit into memory for that."""
    gold_cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """What a gold document costs to annotate, in the currency of the prices."""
    write: WriteConfig = WriteConfig()
    call: CallConfig = CallConfig()
    demonstration: bool = False
    """Say that its figures are no evidence."""
    jobs: int = Field(default=2, ge=1)
    """Processes."""
    strict: bool = False
    """Exit with 1 if anything was dropped."""
    out: Output | None = None
    """The run folder."""
