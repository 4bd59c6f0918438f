"""The wiring of `augment measure`: corpora, student and arms → the experiment's result.

>>> experiment(train, additions={"compose": [texts]}, settings=Settings(folds=5), work=work)
Result(arms={'base': {'100': Scores(macro_f1=0.57, …), …}, …}, …)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from augment.errors import NoResult, UsageError
from augment.guide import Guide
from augment.measure.advice import advise
from augment.measure.arms import (
    System,
    best_of,
    duplicated,
    nothing,
    outside,
    random_gold,
    reweighted,
    targeted_gold,
    trained,
)
from augment.measure.cells import Cells
from augment.measure.compare import chosen, compare, masked_types
from augment.measure.mask import Mask
from augment.measure.recipe import Recipe
from augment.measure.records import Entry, Result
from augment.measure.splits import Size, Split, fixed, folds, near_twins, sizes
from augment.measure.trial import Track, Trial, trials
from augment.measure.wall import Additions, check
from augment.measure.worth import priced
from augment.pipeline.arms import ruled, sampled
from augment.pipeline.choosing import chosen_systems
from augment.pipeline.fingerprint import fingerprint
from augment.pipeline.names import canonical, names_of, person_names
from augment.pipeline.spread import processes
from augment.protocols import Spread
from augment.registry import resolve
from augment.schema import Document, Record

STRATEGIES = ("mentions", "tokens", "shuffle", "recombine", "typos")
"""What the LLM-free best is chosen from."""
DEFAULT_NUMBER = 50
"""Documents that arms add when there is no addition to go by."""
Beside = Callable[[Sequence[Trial]], Mapping[str, dict[str, Entry]]]
"""More rows for the table: what else was tried on the same splits (see :mod:`.direct`)."""


class Settings(Record):
    """How to measure. ``folds`` is None where there is a test set; ``masks`` is by addition.

    ``choose``: further arms, each addition by each of these recipes. ``gold_cost`` is what a gold
    document costs to annotate, ``costs`` what each addition did.
    """

    folds: int | None = None
    gold_sizes: tuple[Size, ...] = (25, 50, 100, 200, "all")
    seeds: int = Field(default=5, ge=1)
    mask: Mask = "auto"
    masks: dict[str, Mask] = Field(default_factory=dict)
    students: tuple[str, ...] = Field(default=("linear",), min_length=1)
    jobs: int = Field(default=1, ge=1)
    choose: tuple[Recipe, ...] = ()
    gold_cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    costs: dict[str, float] = Field(default_factory=dict)


def plainly(items: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """No progress."""
    return items


def experiment(
    train: Sequence[Document],
    test: Sequence[Document] = (),
    *,
    additions: Additions,
    settings: Settings,
    guide: Guide | None,
    work: Path,
    track: Track = plainly,
    beside: Beside | None = None,
    spread: Spread | None = None,
) -> Result:
    """Scores and gains of every arm; without ``test`` by folds on ``train``.

    The result is that of the first student, which ``beside`` is for, and holds those of the others.
    ``guide`` resolves type aliases and gives the rules; without one, rules come from a guide that
    is inferred from each training subset. Finished cells are kept in ``work``; without ``spread``
    trials go to ``settings.jobs`` processes. A dirty experiment gives a result without figures.
    Raises NoResult if the test documents hold no relation,
    UsageError if a mask or a cost is for no addition; before any training, what
    :func:`systems_of` raises for one of the students.
    """
    for name in sorted({*settings.masks, *settings.costs} - additions.keys()):
        raise UsageError(f"{name} is no addition", hint="name a mask or a cost as in --add")
    train, test = canonical(train, guide), canonical(test, guide)
    additions = {n: [canonical(b, guide) for b in batches] for n, batches in additions.items()}
    spread = spread or processes(settings.jobs)
    splits = splits_of(train, test, settings)
    tested = list(test or train)
    if not any(document.relations for document in tested):
        raise NoResult("no relation in the test documents", hint="without them nothing is scored")
    dirty, aside = check(splits, additions, person_names(guide, [*train, *tested]))
    blank = Result(
        seeds=settings.seeds,
        test_documents=len(tested),
        dirty=dirty,
        student=settings.students[0],
        folds=settings.folds,
        set_aside=aside,
        masked={name: [] for name in additions},
        notes=notes(settings, additions, guide),
    )
    if dirty:
        return blank
    ready = {s: systems_of(s, additions, settings, guide, work) for s in settings.students}
    sized = sizes(settings.gold_sizes, splits)
    results = []
    for student, systems in ready.items():
        made = trials(splits, sized, systems, spread=spread, track=track)
        results.append(filled(blank, student, made, tested, additions))
        if student == settings.students[0] and beside:
            arms = {**results[0].arms, **beside(made)}
            results[0] = results[0].model_copy(update={"arms": arms})
    worth = [priced(result, settings.costs, settings.gold_cost) for result in results]
    others = {result.student: result for result in worth[1:]}
    whole = worth[0].model_copy(update={"others": others})
    return whole.model_copy(update={"advice": advise(whole, list(additions))})


def filled(
    blank: Result,
    student: str,
    made: Sequence[Trial],
    tested: Sequence[Document],
    additions: Additions,
) -> Result:
    """The result of one student."""
    arms, over, doubling = compare(made, tested, near_twins(tested))
    return blank.model_copy(
        update={
            "student": student,
            "arms": arms,
            "doubling": doubling,
            "masked": masked_types(made, additions),
            "support": dict(zip(over.types, map(int, over.support), strict=True)),
            "learning_curve": {
                arm: {size: entry.macro_f1 for size, entry in by_size.items()}
                for arm, by_size in arms.items()
            },
            "chosen": chosen(made),
        }
    )


def splits_of(
    train: Sequence[Document], test: Sequence[Document], settings: Settings
) -> list[Split]:
    """Folds of ``train``, or ``train`` against ``test`` for every seed."""
    if test:
        return fixed(train, test, seeds=settings.seeds)
    return folds(train, near_twins(train), settings.folds or 5, seeds=settings.seeds)


def systems_of(
    name: str, additions: Additions, settings: Settings, guide: Guide | None, work: Path
) -> dict[str, System]:
    """All arms of the student with this name, and the additions by every recipe.

    Raises what :func:`augment.registry.resolve` raises, ConfigError if it cannot learn by a recipe.
    """
    student = resolve("student", name)
    cells = Cells(partial(student, guide), work, fingerprint(student, guide))
    masks = {name: settings.masks.get(name, settings.mask) for name in additions}
    people = names_of(additions, guide)
    return arms(cells, additions, guide, masks) | chosen_systems(
        additions, settings.choose, cells, guide, masks=masks, person_names=people
    )


def arms(
    cells: Cells, additions: Additions, guide: Guide | None, masks: Mapping[str, Mask]
) -> dict[str, System]:
    """All arms of DESIGN rule 7, and the additions.

    Placebo, LLM-free samples and gold are as many as the first batch of the first addition has
    documents; the targeted gold is chosen for the relation types that it holds.
    """
    first: Sequence[Document] = next(iter(additions.values()), [()])[0]
    number = len(first) or DEFAULT_NUMBER
    wanted = Counter(r.type for document in first for r in document.relations)
    free = {name: sampled(name, guide, number=number) for name in STRATEGIES}
    people = names_of(additions, guide)
    return {
        "base": trained(nothing, cells),
        "placebo": trained(partial(duplicated, number=number), cells),
        "llm_free": best_of(free, cells),
        "rules": ruled(cells, resolve("student", "rules"), guide),
        "templates": trained(sampled("templates", guide, number=number), cells),
        "reweight": trained(reweighted, cells),
        "gold_random": trained(partial(random_gold, number=number), cells),
        "gold_targeted": trained(partial(targeted_gold, number=number, wanted=wanted), cells),
        **{
            name: outside(batches, cells, mask=masks[name], person_names=people)
            for name, batches in additions.items()
        },
    }


def notes(settings: Settings, additions: Additions, guide: Guide | None) -> list[str]:
    """What a reader of the figures has to know."""
    found = []
    if settings.seeds == 1:
        found.append("one seed: the intervals say nothing of other training subsets")
    if settings.folds:
        found += [f"{name}: its writer may have seen fold data" for name in additions]
        if guide is not None:
            found.append(f"guide {guide.name}: its writers may have seen fold data")
    for name, batches in additions.items():
        if len(batches) == 1:
            found.append(f"{name}: one generation batch; its interval says nothing of others")
    return found
