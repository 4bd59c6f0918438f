"""Students on test texts that are not as clean as the training texts, trained once for all of them.

>>> judge({"clean": trials, "typos": others}, "clean", documents, near_twins(documents))
{'clean': {'base': Noisy(macro_f1=0.65, …)}, 'typos': {'base': Noisy(macro_f1=0.62, …)}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from augment.measure.arms import Answer, System
from augment.measure.cells import Cells, Predictions, bare
from augment.measure.compare import compare
from augment.measure.records import Compared, Differences, Noisy
from augment.measure.trial import Trial
from augment.protocols import View
from augment.schema import Document

Versions = Mapping[str, Mapping[str, Document]]
"""Version → the changed test documents by id; those that it does not change are not there."""


class Repeated(Cells):
    """Cells that answer for the documents of ``test`` as they are and then in every version.

    Other documents (a validation part) are answered for once, as usual.
    """

    def __init__(self, cells: Cells, test: Sequence[Document], versions: Versions) -> None:
        super().__init__(cells.student, cells.folder, cells.fingerprint)
        self.test = test
        self.more = [
            bare(made[document.id])
            for made in versions.values()
            for document in test
            if document.id in made
        ]

    def predict(
        self,
        documents: Sequence[Document],
        test: Sequence[Document],
        weights: Sequence[float] | None = None,
    ) -> Predictions:
        """Of ``self.test``: those as they are, then the changed ones of each version in order."""
        return super().predict(
            documents, [*test, *self.more] if test is self.test else test, weights
        )


def noisy(make: Callable[[Cells], System], cells: Cells, versions: Versions) -> System:
    """The system that ``make`` gives, answering for every version after one training.

    Its answers are to be taken apart by :func:`apart`.
    """

    def answer(view: View, test: Sequence[Document]) -> Answer | None:
        return make(Repeated(cells, test, versions))(view, test)

    return answer


def apart(trials: Sequence[Trial], versions: Versions) -> dict[str, list[Trial]]:
    """The trials on clean texts, and those on each version; every list is in the same order."""
    found: dict[str, list[Trial]] = {name: [] for name in ("clean", *versions)}
    for trial in trials:
        ids = [document.id for document in trial.split.test]
        parts = {n: _parts(a.triples, ids, versions) for n, a in trial.answers.items()}
        for version, told in found.items():
            answers = {
                name: answer._replace(triples=parts[name][version])
                for name, answer in trial.answers.items()
            }
            told.append(trial._replace(answers=answers))
    return found


def _parts(triples: Predictions, ids: list[str], versions: Versions) -> dict[str, Predictions]:
    clean = triples[: len(ids)]
    rest = iter(triples[len(ids) :])
    parts = {"clean": clean}
    for name, made in versions.items():
        parts[name] = [next(rest) if id in made else clean[i] for i, id in enumerate(ids)]
    return parts


def judge(
    told: Mapping[str, Sequence[Trial]],
    clean: str,
    test: Sequence[Document],
    groups: Sequence[int],
) -> dict[str, dict[str, Noisy]]:
    """Version → arm → scores, with the change from version ``clean`` and the gain over base.

    Both are paired differences, by the bootstrap of :func:`augment.measure.compare.compare`; the
    lists of ``told`` hold the same splits of one size in the same order.
    """
    names = list(told[clean][0].answers)
    changes = {name: _changes(told, clean, name, test, groups) for name in names}
    found: dict[str, dict[str, Noisy]] = {}
    for version, trials in told.items():
        arms = compare(trials, test, groups).arms
        found[version] = {}
        for name in names:
            (entry,) = arms[name].values()
            found[version][name] = Noisy(
                macro_f1=entry.macro_f1,
                macro_f1_50=entry.macro_f1_50,
                micro_f1=entry.micro_f1,
                documents=entry.documents,
                change=changes[name].get(version),
                gain=entry.gain if isinstance(entry, Compared) else None,
            )
    return found


def _changes(
    told: Mapping[str, Sequence[Trial]],
    clean: str,
    name: str,
    test: Sequence[Document],
    groups: Sequence[int],
) -> dict[str, Differences]:
    """Version → what it changes for one arm: the versions take the place of the arms."""
    places = {clean: "base"} | {version: f"{version}." for version in told if version != clean}
    together = [
        first._replace(answers={place: told[v][i].answers[name] for v, place in places.items()})
        for i, first in enumerate(told[clean])
    ]
    arms = compare(together, test, groups).arms
    entries = {version: next(iter(arms[place].values())) for version, place in places.items()}
    return {v: entry.gain for v, entry in entries.items() if isinstance(entry, Compared)}
