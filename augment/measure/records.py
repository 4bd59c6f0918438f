"""What `augment measure --json` writes; every F1 and every difference is in 0–1.

{"arms": {"base": {"100": {"macro_f1": 0.57, "macro_f1_50": 0.74, "micro_f1": 0.65, …}},
          "compose": {"100": {…, "gain": {"macro_f1": {"mean": 0.035, "low": 0.02, …}}, …}}},
 "seeds": 5, "test_documents": 400, "masked": {"compose": []}, "dirty": []}
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from augment.schema import Record

LLM_FREE = ("placebo", "llm_free", "rules", "templates", "reweight")
"""Arms that need no LLM and no new gold: an addition must beat the best of them."""
RESERVED = ("base", *LLM_FREE, "gold_random", "gold_targeted")
"""Names that an addition cannot take."""
PROMPTED = "llm"
"""Name of an LLM that extracts by itself, of several with ``:MODEL``; an addition may have it
where there is none."""

Verdict = Literal["gain", "no gain", "harm"]


class Interval(Record):
    """A paired difference: mean over seeds, and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    @property
    def points(self) -> str:
        """``+3.5 [+1.2, +5.6]``."""
        mean, low, high = (100 * x for x in (self.mean, self.low, self.high))
        return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}]"


class Differences(Record):
    """Differences of the averages; ``macro_f1_50`` is null where no type has 50 test triples."""

    macro_f1: Interval
    macro_f1_50: Interval | None
    micro_f1: Interval


class TypeGain(Interval):
    """Difference of one type's F1, with its p-value after Holm over all types of the arm."""

    p_holm: float


class NonInferiority(Record):
    """Whether a frequent type is shown not to lose more than ``margin``: the interval's low end."""

    low: float
    margin: float
    shown: bool


class Worth(Record):
    """What a gain is worth in gold documents, by the learning curve of gold alone.

    ``extrapolated``: the curve does not reach so far. ``cost`` is what the addition cost; ``gold``
    what these documents would cost to annotate; ``break_even`` the price of a gold document at
    which both cost the same. The three are null where a price is not known or there is no gain.
    """

    documents: Interval
    extrapolated: bool
    cost: float | None = None
    gold: float | None = None
    break_even: float | None = None


class Gate(Record):
    """Whether an addition may be merged: macro-F1 is shown to rise, and no frequent type to fall.

    ``lost``: types with at least 100 test triples that are shown to lose more than two points
    (one-sided bootstrap test of each, Holm over them, 5 %).
    """

    passed: bool
    macro_rises: bool
    lost: tuple[str, ...]


class Advice(Record):
    """What to do, in one sentence, with the reasons for it.

    ``action``: merge an addition, use an arm without an LLM, annotate more, prompt an LLM for
    each document, or leave it as it is; ``arm`` and ``student`` are those it is about.
    """

    action: Literal["merge", "without an LLM", "annotate", "prompt", "leave"]
    text: str
    reasons: tuple[str, ...] = ()
    arm: str | None = None
    student: str | None = None


class Scores(Record):
    """Scores of one arm at one size, means over seeds; ``documents`` were added to the gold."""

    macro_f1: float
    macro_f1_50: float | None
    micro_f1: float
    per_type: dict[str, float]
    documents: float = 0


class Compared(Scores):
    """An arm against base, and against the best arm without an LLM at that size.

    ``top3_share``: part of the macro gain from its three largest types; above 1 where the other
    types lose, null where there is no gain to share. ``non_inferior``: types with at least 100
    test triples.
    """

    gain: Differences
    over_best_llm_free: Differences | None
    best_llm_free: str | None
    verdict: Verdict
    per_type_gain: dict[str, TypeGain]
    top3_share: float | None
    non_inferior: dict[str, NonInferiority]
    gate: Gate | None = None
    worth: Worth | None = None


class Prompted(Compared):
    """An LLM that extracts by itself, on ``test_documents`` of the test documents.

    ``gain`` is over ``student``: the scores on these documents of the student trained on gold;
    ``over_best_llm_free`` is on these documents too. ``failed``: by reason, documents without a
    reply that can be read; no relation is counted as found there. ``tokens`` and ``cost`` (in
    ``currency``) are those of its replies, null if one is not known.
    """

    model: str
    test_documents: int
    student: Scores
    failed: dict[str, int]
    tokens: int | None
    cost: float | None
    currency: str | None


Entry = Prompted | Compared | Scores


class Noisy(Record):
    """One arm on one version of the test documents; ``documents`` were added to the gold.

    ``change``: this minus what the same student scores on the version it is compared with, below 0
    for a loss; null for that version itself. ``gain``: over base on this version.
    """

    macro_f1: float
    macro_f1_50: float | None
    micro_f1: float
    documents: float
    change: Differences | None
    gain: Differences | None


class Version(Record):
    """All arms on one version of the test documents, of which ``changed`` differ.

    ``against``: the version that it is compared with; ``gold``: size of the training subsets.
    """

    against: str | None
    gold: str
    documents: int
    changed: int
    arms: dict[str, Noisy]


class Robustness(Record):
    """Versions of the test documents by name; ``left_out``: those not measured, and why."""

    versions: dict[str, Version]
    left_out: dict[str, str]


class Dirty(Record):
    """A document that gives a test text away. ``arm`` is ``base`` for a gold training text."""

    id: str
    arm: str
    test_id: str
    reason: str


class Result(Record):
    """The whole experiment with one student; ``arms`` is empty when it is dirty.

    ``others``: the same with further students, by name. ``doubling``: what twice the gold adds to
    macro-F1, null of a single size. ``advice`` looks at all students.
    ``masked``: relation types whose labels were not used, by addition (in most of its trials at the
    largest size);
    ``chosen``: how often each strategy was the LLM-free best, by size; ``set_aside``: documents of
    an addition left out of folds whose test texts share two person names with them.
    """

    arms: dict[str, dict[str, Entry]] = Field(default_factory=dict)
    seeds: int
    test_documents: int
    masked: dict[str, list[str]] = Field(default_factory=dict)
    dirty: list[Dirty] = Field(default_factory=list)
    student: str = ""
    folds: int | None = None
    support: dict[str, int] = Field(default_factory=dict)
    learning_curve: dict[str, dict[str, float]] = Field(default_factory=dict)
    chosen: dict[str, dict[str, int]] = Field(default_factory=dict)
    set_aside: dict[str, list[str]] = Field(default_factory=dict)
    notes: list[str] = Field(default_factory=list)
    doubling: Interval | None = None
    advice: Advice | None = None
    others: dict[str, Result] = Field(default_factory=dict)
    robustness: Robustness | None = None
