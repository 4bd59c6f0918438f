"""Recogniser `linear`: borders, then mention or not, then its types, all logistic regressions.

>>> recogniser = Recogniser(guide)
>>> recogniser.fit(documents)
>>> recogniser.predict([document])[0][0]
Entity(id=0, type='PLACE', mentions=(Mention(start=2, end=7, value='Paris'),))
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import log_expit

from augment.guide.model import Guide
from augment.schema import Document, Entity
from augment.train import files
from augment.train.columns import Hashes, Ints
from augment.train.decode import GRID, threshold
from augment.train.layout import layout
from augment.train.ner.features import document_words, span_features, token_features
from augment.train.ner.spans import (
    Borders,
    Limits,
    Span,
    candidates,
    entities,
    gold_spans,
    kept,
    limits,
    nesting,
)
from augment.train.regression import Floats, Model, cross_fit, fold_of, nothing
from augment.train.words import Tokens

BLOCK = 64
"""Documents that are predicted at once: bounds the memory."""
NEVER = -99.0
"""Log-odds of what cannot be."""
NAME = "ner/linear"


class Spans(NamedTuple):
    """Candidate spans of a batch: document, first and last token, features."""

    document: Ints
    first: Ints
    last: Ints
    hashed: Hashes


class Recogniser:
    """Nested mentions from spans whose borders, being a mention and type are scored in turn.

    Two regressions on tokens say where mentions begin and end; they choose the candidate spans.
    One on spans says which are mentions; one a type, learnt from mentions only, says which type.
    A type is given where p(mention) p(type | mention) is over its threshold, set on documents
    left out in turn; of spans that cross, or are nested as was never seen, the surest stays.
    """

    name = "linear"

    def __init__(
        self, guide: Guide | None = None, seed: int = 0, *, c: float = 1.0, folds: int = 4
    ) -> None:
        self.guide = guide
        self.seed = seed
        self.c = c
        self.folds = folds
        self.limits = Limits(0, 0.0, 0.0, 0.0)
        self.thresholds: dict[str, float] = {}
        self.nesting: dict[tuple[str, str, str], int] = {}
        self._borders = nothing(2)
        self._mention = nothing(1)
        self._types = nothing()

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from the entities of documents; ``labelled`` and ``masked`` are about relations.

        A document without entities of which nothing is labelled is raw text and is left out.
        """
        weight = np.ones(len(documents)) if weights is None else np.asarray(weights, float)
        used = [n for n, d in enumerate(documents) if d.entities or d.labelled != "none"]
        documents, weight = [documents[n] for n in used], weight[used]
        if not any(d.entities for d in documents):
            return
        arrays = layout(documents, {}, frozenset())
        t, m = arrays.tokens, arrays.mentions
        kinds = [self._canonical(e.type) for d in documents for e in d.entities]
        gold = gold_spans(
            zip(m.entity.tolist(), m.start.tolist(), m.end.tolist(), strict=True), kinds
        )
        fold = fold_of(documents, self.folds, self.seed)
        borders = self._fit_borders(t, gold, fold, weight)
        found = np.array(sorted(gold), np.int64)
        self.limits = limits(found[:, 0], found[:, 1], borders)
        self.nesting = {pair: n for pair, n in sorted(nesting(gold).items()) if n > 1}
        spans = self._spans(t, borders)
        self._fit_types(spans, gold, fold[spans.document], weight[spans.document], t)

    def _fit_borders(
        self, t: Tokens, gold: dict[tuple[int, int], set[str]], fold: Ints, weight: Floats
    ) -> Borders:
        """Fit the regressions on tokens; their out-of-fold scores."""
        at = _real(t)
        targets = np.zeros((len(t.word), 2), bool)
        for first, last in gold:
            targets[first, 0] = targets[last, 1] = True
        number = t.sentence[at] >> 32
        self._borders, scores = cross_fit(
            token_features(t, at), targets[at], fold[number], weight[number], c=self.c
        )
        return _spread(t, at, scores)

    def _fit_types(
        self,
        spans: Spans,
        gold: dict[tuple[int, int], set[str]],
        fold: Ints,
        weight: Floats,
        t: Tokens,
    ) -> None:
        of = [gold.get(key, set()) for key in zip(*map(np.ndarray.tolist, spans[1:3]), strict=True)]
        mention = np.array([bool(kinds) for kinds in of])
        self._mention, odds = cross_fit(spans.hashed, mention[:, None], fold, weight, c=self.c)
        names = sorted({kind for kinds in gold.values() for kind in kinds})
        targets = np.array([[name in kinds for name in names] for kinds in of])
        near = mention | (odds[:, 0] >= GRID[0])
        self._types, scores = cross_fit(
            _with_document(spans, t)[near],
            targets[near],
            fold[near],
            weight[near],
            c=self.c,
            rows=mention[near],
        )
        both = _joint(odds[near], scores)
        self.thresholds = {
            name: threshold(both[:, n], targets[near, n], weight[near])
            for n, name in enumerate(names)
        }

    def predict(self, documents: Sequence[Document]) -> list[tuple[Entity, ...]]:
        """Mentions found in each text, each as an entity of its own; given ones are not seen."""
        found: list[tuple[Entity, ...]] = []
        for start in range(0, len(documents), BLOCK):
            block = [
                d.model_copy(update={"entities": ()}) for d in documents[start : start + BLOCK]
            ]
            t = layout(block, {}, frozenset()).tokens
            chosen = self._chosen(t, len(block))
            found += [entities(d.text, t, s) for d, s in zip(block, chosen, strict=True)]
        return found

    def _chosen(self, t: Tokens, documents: int) -> list[list[Span]]:
        """The spans of each document that are kept."""
        by_document: list[list[Span]] = [[] for _ in range(documents)]
        at = _real(t)
        if len(at) and self.thresholds:
            borders = _spread(t, at, self._borders.scores(token_features(t, at)))
            spans = self._spans(t, borders)
            odds = self._mention.scores(spans.hashed)
            low = np.array(list(self.thresholds.values()))
            near = odds[:, 0] >= low.min()  # a span is no surer of a type than of being a mention
            spans = Spans._make(column[near] for column in spans)
            scores = _joint(odds[near], self._types.scores(_with_document(spans, t)))
            names = list(self.thresholds)
            for row, n in zip(*map(np.ndarray.tolist, np.nonzero(scores >= low)), strict=True):
                first, last = int(spans.first[row]), int(spans.last[row])
                margin = float(scores[row, n] - low[n])
                by_document[spans.document[row]].append(Span(first, last + 1, names[n], margin))
        return [kept(spans_of, self.nesting) for spans_of in by_document]

    def _spans(self, t: Tokens, borders: Borders) -> Spans:
        first, last = candidates(t, borders, self.limits)
        return Spans(t.sentence[first] >> 32, first, last, span_features(t, first, last, borders))

    def _canonical(self, kind: str) -> str:
        return self.guide.canonical(kind) if self.guide else kind

    def save(self, path: Path) -> None:
        """Write the model to a folder."""
        header = {
            "seed": self.seed,
            "c": self.c,
            "folds": self.folds,
            "limits": self.limits,
            "thresholds": self.thresholds,
            "nesting": [[*pair, n] for pair, n in self.nesting.items()],
        }
        arrays = self._borders.arrays("borders") | self._mention.arrays("mention")
        files.write(path, NAME, header, arrays | self._types.arrays("types"))

    @classmethod
    def load(cls, path: Path) -> Recogniser:
        """Read a model. Raises PathError, ConfigError: none there, damaged, another version."""
        model, arrays = files.read(path, NAME)
        made = cls(seed=model["seed"], c=model["c"], folds=model["folds"])
        made.limits = Limits(*model["limits"])
        made.thresholds = model["thresholds"]
        made.nesting = {(how, a, b): n for how, a, b, n in model["nesting"]}
        made._borders = Model.read(arrays, "borders")
        made._mention = Model.read(arrays, "mention")
        made._types = Model.read(arrays, "types")
        return made


def _real(t: Tokens) -> Ints:
    """Tokens that are no padding."""
    return np.flatnonzero(t.end > t.start)


def _spread(t: Tokens, at: Ints, scores: Floats) -> Borders:
    """Scores of the real tokens as columns over all tokens."""
    both = np.full((2, len(t.word)), NEVER)
    both[:, at] = scores.T
    return Borders(*both)


def _with_document(spans: Spans, t: Tokens) -> Hashes:
    """Features of spans with the words of their documents."""
    documents = int(t.sentence.max(initial=0) >> 32) + 1
    return np.concatenate([spans.hashed, document_words(t, documents)[spans.document]], axis=1)


def _joint(mention: Floats, types: Floats) -> Floats:
    """Log-odds of p(mention) p(type | mention)."""
    log = np.minimum(log_expit(mention) + log_expit(types), -1e-9)
    odds: Floats = log - np.log(-np.expm1(log))
    return odds
