"""`augment measure --robustness`: students on test texts that are not as clean as their gold.

>>> robustness(train, additions={"compose": [texts]}, settings=settings, guide=guide, work=work)
Robustness(versions={'clean': Version(…), 'typos': Version(…), …}, left_out={'time': '0 of …'})
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from augment.errors import UsageError
from augment.guide import Guide
from augment.measure.arms import System, trained
from augment.measure.cells import Cells
from augment.measure.later import in_time
from augment.measure.records import Noisy, Robustness, Version
from augment.measure.robust import Versions, apart, judge, noisy
from augment.measure.splits import near_twins, sizes
from augment.measure.trial import Track, trials
from augment.measure.wall import Additions
from augment.pipeline.arms import sampled
from augment.pipeline.experiment import DEFAULT_NUMBER, Settings, arms, plainly, splits_of
from augment.pipeline.fingerprint import fingerprint
from augment.pipeline.names import canonical, person_names
from augment.pipeline.spread import processes
from augment.registry import resolve
from augment.rewrite.noise import capitals, lowercase, misspelt, unaccented
from augment.rewrite.renamed import renamer
from augment.rewrite.variants import abbreviated, respelt
from augment.schema import Document

SEED = 0
"""Of the slips of the fingers."""
TYPOS = "typos"
"""The arm with samples of this strategy."""
_NAMED = re.compile(r"place|location|city|country|gpe|organi[sz]ation|company|^(?:loc|org)", re.I)
"""Families, or without a guide types, of places and organisations."""


class _Bench(NamedTuple):
    """What every trial needs."""

    cells: Cells
    makes: Mapping[str, Callable[[Cells], System]]
    settings: Settings
    track: Track


def robustness(
    train: Sequence[Document],
    test: Sequence[Document] = (),
    *,
    additions: Additions,
    settings: Settings,
    guide: Guide | None,
    work: Path,
    track: Track = plainly,
) -> Robustness:
    """The first student at the largest gold size: alone, with `typos`, and with each addition.

    Each is trained once a split and answers for the test documents as they are and in every version
    of :func:`versions`; then on the earlier documents of ``train`` for the later ones. Arguments
    as for :func:`augment.pipeline.experiment.experiment`, which has to find the experiment clean.
    """
    check_names(additions)
    train, test = canonical(train, guide), canonical(test, guide)
    additions = {n: [canonical(b, guide) for b in batches] for n, batches in additions.items()}
    added = [d for batches in additions.values() for batch in batches for d in batch]
    made, left_out = versions(test or train, [*train, *test, *added], guide)
    bench = _bench(additions, settings, guide, work, track)
    found = _on_versions(train, test, made, bench)
    late = _in_time(train, bench)
    if isinstance(late, str):
        return Robustness(versions=found, left_out={**left_out, "time": late})
    return Robustness(versions={**found, **late}, left_out=left_out)


def check_names(additions: Iterable[str]) -> None:
    """Raise UsageError for an addition that has the name of an arm here."""
    if TYPOS in additions:
        raise UsageError(
            f"addition {TYPOS}: --robustness has an arm of that name", hint="give another NAME=PATH"
        )


def versions(
    test: Sequence[Document], known: Sequence[Document], guide: Guide | None
) -> tuple[Versions, dict[str, str]]:
    """The test documents changed in each way, and why other ways are left out.

    ``known``: all documents of the experiment. New names are not in them, and no slip of the
    fingers makes a word of theirs.
    """
    words = frozenset(w for d in known for w in re.findall(r"\w+", d.text.lower()))
    persons = person_names(guide, known)
    ways: dict[str, Callable[[Document], Document]] = {
        "typos": partial(misspelt, known=words, seed=SEED),
        "accents": unaccented,
        "capitals": capitals,
        "lowercase": lowercase,
        "abbreviations": abbreviated,
        "names": renamer(known, persons, _places(guide, known)),
        "spelling": respelt,
    }
    made: dict[str, dict[str, Document]] = {}
    for name, way in ways.items():
        both = [(document, way(document)) for document in test]
        made[name] = {new.id: new for old, new in both if new is not old}
    left_out = {name: "changes no test document" for name, new in made.items() if not new}
    return {name: new for name, new in made.items() if new}, left_out


def _places(guide: Guide | None, documents: Iterable[Document]) -> frozenset[str]:
    """Entity types of places and organisations, by their family or their name."""
    types = {e.type for d in documents for e in d.entities}
    family = {t: e.family for t, e in guide.entities.items()} if guide else {}
    return frozenset(t for t in types if _NAMED.search(family.get(t, t)))


def _bench(
    additions: Additions, settings: Settings, guide: Guide | None, work: Path, track: Track
) -> _Bench:
    student = resolve("student", settings.students[0])
    cells = Cells(partial(student, guide), work, fingerprint(student, guide))
    masks = {name: settings.masks.get(name, settings.mask) for name in additions}
    number = len(next(iter(additions.values()), [()])[0]) or DEFAULT_NUMBER

    def of(name: str, cells: Cells) -> System:
        return arms(cells, additions, guide, masks)[name]

    makes: dict[str, Callable[[Cells], System]] = {
        "base": partial(of, "base"),
        TYPOS: partial(trained, sampled("typos", guide, number=number)),
        **{name: partial(of, name) for name in additions},
    }
    return _Bench(cells, makes, settings, track)


def _on_versions(
    train: Sequence[Document], test: Sequence[Document], made: Versions, bench: _Bench
) -> dict[str, Version]:
    cells, makes, settings, track = bench
    splits = splits_of(train, test, settings)
    tested = list(test or train)
    *_, (gold, size) = sizes(settings.gold_sizes, splits).items()
    systems = {name: noisy(make, cells, made) for name, make in makes.items()}
    done = trials(splits, {gold: size}, systems, spread=processes(settings.jobs), track=track)
    judged = judge(apart(done, made), "clean", tested, near_twins(tested))
    return {
        name: _version(arms, gold, len(tested), len(made.get(name, ())), "clean")
        for name, arms in judged.items()
    }


def _in_time(train: Sequence[Document], bench: _Bench) -> dict[str, Version] | str:
    cells, makes, settings, track = bench
    found = in_time(train, settings.folds or 5, seeds=settings.seeds)
    if isinstance(found, str):
        return found
    limit = max((n for n in settings.gold_sizes if isinstance(n, int)), default=found.size)
    size = found.size if "all" in settings.gold_sizes else min(found.size, limit)
    systems = {name: make(cells) for name, make in makes.items()}
    told = {
        name: trials(part, {str(size): size}, systems, spread=processes(settings.jobs), track=track)
        for name, part in (("mixed", found.mixed), ("time", found.earlier))
    }
    judged = judge(told, "mixed", found.test, near_twins(found.test))
    changed = {"mixed": 0, "time": len(found.test)}
    return {
        name: _version(arms, str(size), len(found.test), changed[name], "mixed")
        for name, arms in judged.items()
    }


def _version(
    arms: dict[str, Noisy], gold: str, documents: int, changed: int, against: str
) -> Version:
    first = all(arm.change is None for arm in arms.values())
    return Version(
        against=None if first else against,
        gold=gold,
        documents=documents,
        changed=changed,
        arms=arms,
    )
