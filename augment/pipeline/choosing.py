"""Recipes at work: beside the other arms of an experiment, and in front of one training.

>>> chosen_systems({"compose": [texts]}, [Recipe.read("deficit:25%")], cells, guide, masks=masks)
{'compose@deficit:25%': <function …>}
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import is_
from typing import Any, NamedTuple

from augment.errors import ConfigError
from augment.guide import Guide
from augment.measure.arms import Answer, System, usable
from augment.measure.cells import Cells, Learner, Predictions, bare
from augment.measure.mask import Mask
from augment.measure.rank import Fitted, chosen
from augment.measure.recipe import WEIGHTS, Recipe
from augment.measure.wall import apart
from augment.protocols import Continuing, Scoring, View
from augment.schema import Document, Triple
from augment.scores import count, metrics, scored
from augment.train.linear import Linear

PARTS = 4
"""Parts of the training subset that are scored in turn to choose a weight."""
Predict = Callable[
    [Recipe, Sequence[Document], Sequence[Document], Sequence[Document]], Predictions
]
"""Recipe (its weight a number), gold, what is added, texts → their triples."""


class Part(NamedTuple):
    """A part of the training subset that is scored; what is added owes nothing to it."""

    others: Sequence[Document]
    added: Sequence[Document]
    held_out: Sequence[Document]


class Proxy:
    """The linear student that ranks documents, whichever student learns from them.

    A small model's choice serves a large one (Coleman et al. 2020, "Selection via proxy"). It is
    fitted once for all recipes of a training subset.
    """

    def __init__(self, guide: Guide | None) -> None:
        self.guide = guide
        self._known: deque[tuple[Sequence[Document], Scoring]] = deque(maxlen=1)

    def __call__(self, train: Sequence[Document]) -> Scoring:
        """A student fitted on these documents."""
        for documents, student in self._known:
            if len(documents) == len(train) and all(map(is_, documents, train)):
                return student
        student = Linear(self.guide)
        student.fit(train)
        self._known.append((train, student))
        return student


def chosen_systems(
    additions: Mapping[str, Sequence[Sequence[Document]]],
    recipes: Sequence[Recipe],
    cells: Cells,
    guide: Guide | None,
    *,
    masks: Mapping[str, Mask],
    person_names: frozenset[str] = frozenset(),
) -> dict[str, System]:
    """Each addition by each recipe, called ``NAME@RECIPE``.

    As in :func:`augment.measure.arms.outside`: seed s takes batch s, documents that leak into the
    test texts are left out, types are masked (``masks``: how, by addition) by what the whole batch
    says of them. Then the recipe chooses, which sees the training subset only. Raises ConfigError
    if the student cannot learn by one of the recipes.
    """
    if any(recipe.order == "synthetic_first" for recipe in recipes):
        InSteps(cells.student(), 0)
    fit = Proxy(guide)
    learn = partial(in_cells, cells)

    def system(name: str, recipe: Recipe) -> System:
        batches, mask = additions[name], masks[name]

        def answer(view: View, test: Sequence[Document]) -> Answer:
            found, types = usable(view, test, batches, cells, mask=mask, person_names=person_names)
            settled, documents = settle(recipe, view, found, fit, learn)
            triples = learn(settled, view.train, documents, test)
            return Answer(triples, len(documents), tuple(types))

        return answer

    return {
        f"{name}@{recipe.label}": system(name, recipe) for name in additions for recipe in recipes
    }


def settle(
    recipe: Recipe, view: View, documents: Sequence[Document], fit: Fitted, learn: Predict
) -> tuple[Recipe, list[Document]]:
    """The recipe with a number for its weight, and the documents it takes; the test is not seen.

    Weight ``auto``: each quarter of the training subset is predicted by a student of the others
    and of the documents that owe nothing to it, once a weight; the highest macro-F1 wins, of equals
    the largest weight.
    """
    taken = chosen(recipe, view.train, documents, view.seed, fit)
    if recipe.weight != "auto":
        return recipe, taken
    tried = [recipe.model_copy(update={"weight": weight}) for weight in WEIGHTS]
    if len(view.train) < PARTS or not taken:
        return tried[0], taken
    parts = _parts(view, taken)
    return max(tried, key=lambda one: _inner_score(one, parts, learn)), taken


def _parts(view: View, taken: Sequence[Document]) -> list[Part]:
    train = list(view.train)
    random.Random(f"{view.seed}/weight").shuffle(train)
    parts = []
    for part in range(PARTS):
        others = [document for i, document in enumerate(train) if i % PARTS != part]
        held_out = train[part::PARTS]
        parts.append(Part(others, apart(taken, others, held_out), held_out))
    return parts


def _inner_score(recipe: Recipe, parts: Sequence[Part], learn: Predict) -> float:
    held_out = [document for part in parts for document in part.held_out]
    found = [triples for part in parts for triples in learn(recipe, *part)]
    over = scored(held_out, found)
    return float(metrics(count(held_out, found, over.types).sum(axis=0), over).macro_f1)


def in_cells(
    cells: Cells,
    recipe: Recipe,
    gold: Sequence[Document],
    added: Sequence[Document],
    test: Sequence[Document],
) -> Predictions:
    """Predictions of the cells' student once it has learnt by a recipe whose weight is a number."""
    if recipe.order == "synthetic_first":
        make, first = cells.student, len(gold)
        cells = Cells(
            lambda: InSteps(make(), first), cells.folder, f"{cells.fingerprint}/{first} last"
        )
    return cells.predict([*gold, *added], test, weights(recipe, gold, added))


def train(
    student: Any, recipe: Recipe, gold: Sequence[Document], added: Sequence[Document]
) -> None:
    """Fit a student, or what finds mentions, by a recipe whose weight is a number."""
    learner = InSteps(student, len(gold)) if recipe.order == "synthetic_first" else student
    learner.fit([*gold, *added], weights(recipe, gold, added))


def trained(make: Callable[[], Learner]) -> Predict:
    """Predictions of a new student that learns by a recipe."""

    def predict(
        recipe: Recipe,
        gold: Sequence[Document],
        added: Sequence[Document],
        test: Sequence[Document],
    ) -> Predictions:
        student = make()
        train(student, recipe, gold, added)
        return student.predict([bare(document) for document in test])

    return predict


def weights(
    recipe: Recipe, gold: Sequence[Document], added: Sequence[Document]
) -> list[float] | None:
    """One a document, gold first; None if all weigh the same."""
    if recipe.weight == 1:
        return None
    return [*(1.0 for _ in gold), *(float(recipe.weight) for _ in added)]


class InSteps:
    """A student that learns from the first ``gold`` of its documents last.

    Raises ConfigError if it cannot go on from what it has learnt.
    """

    def __init__(self, student: Learner, gold: int) -> None:
        if not isinstance(student, Continuing):
            raise ConfigError(
                f"student {student.name!r} cannot learn from additions first and go on with gold",
                hint="take another student, or --order mixed",
            )
        self.student, self.gold, self.name = student, gold, student.name

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """The other documents, then the gold."""
        first, last = slice(self.gold, None), slice(self.gold)
        if documents[first]:
            self.student.fit(documents[first], weights and weights[first])
            self.student.go_on(documents[last], weights and weights[last])
        else:
            self.student.fit(documents, weights)

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        """As the student does."""
        return self.student.predict(documents)
