"""Training: epochs of steps of questions, and the thresholds from what is held out.

>>> fit(answerer, lesson, held, Settings(), seed=0, checkpoint=None)[-1]
Epoch(loss=0.12, f1=0.61, held_loss=0.09)
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import AdamW, Optimizer

from augment.train.decode import SHRINK, Floats, decoded, threshold
from augment.train.schema import Schema
from augment.train.seq2seq.model import Answerer, Prompt
from augment.train.seq2seq.prompts import Text
from augment.train.seq2seq.questions import Asked, Question
from augment.train.seq2seq.settings import Settings
from augment.train.transformer.checkpoint import Checkpoint, Epoch
from augment.train.transformer.loop import descend, trained

Thresholds = dict[str, float]


class Lesson(NamedTuple):
    """Documents in tokens, what there is to ask about them, and how often each counts."""

    texts: list[Text]
    asked: Asked
    weights: Floats

    def weight(self, questions: Sequence[Question]) -> Floats:
        """The weight of each question: its document's."""
        documents = self.asked.table.document
        return self.weights[[documents[question.row] for question in questions]]

    def prompts(self, answerer: Answerer, questions: Sequence[Question]) -> list[Prompt]:
        """The prompts of questions, in their order."""
        write, table = answerer.prompts, self.asked.table
        pairs: dict[int, list[int]] = {}
        for row in {question.row: None for question in questions}:
            document, head, tail = (int(column[row]) for column in table[:3])
            pairs[row] = write.pair(self.texts[document], head, tail)
        return [Prompt(pairs[q.row], write.questions[q.kind]) for q in questions]


def fit(
    answerer: Answerer,
    lesson: Lesson,
    held: Lesson,
    settings: Settings,
    seed: int,
    checkpoint: Checkpoint | None,
) -> list[Epoch]:
    """Train, and leave the adapter of the best epoch on ``held``; of the last if it asks nothing.

    The same seed gives the same weights on a CPU, after a kill too: each epoch is seeded anew.
    """
    learnt = [p for p in answerer.parameters() if p.requires_grad]
    optimizer = AdamW([{"params": learnt, "highest": settings.rate}], weight_decay=0.0)
    shifts = lesson.asked.shifts(settings.negatives)
    return trained(
        (answerer, optimizer),
        settings,
        checkpoint,
        epoch=lambda number: _epoch(answerer, lesson, optimizer, settings, f"{seed}/{number}"),
        held=lambda: evaluate(answerer, held, settings, shifts) if held.asked.known.any() else (),
    )


def _epoch(
    answerer: Answerer, lesson: Lesson, optimizer: Optimizer, settings: Settings, chance: str
) -> float:
    """One pass over a new sample of questions in a random order; the mean loss of a question.

    ``chance``: the seed and the epoch's number. Steps are divided as those of the transformer.
    """
    draw = random.Random(f"{chance}/order")
    torch.manual_seed(draw.getrandbits(48))
    questions = lesson.asked.sample(settings.negatives, chance)
    draw.shuffle(questions)
    starts = range(0, len(questions), settings.batch)
    number = int(chance.rpartition("/")[2])
    every = float(lesson.weight(questions).sum())
    answerer.train()
    total = 0.0
    for n, start in enumerate(starts, number * len(starts)):
        step = questions[start : start + settings.batch]
        for at in range(0, len(step), settings.at_once):
            part = loss(answerer, lesson, step[at : at + settings.at_once])
            (part / (every / len(questions) * len(step))).backward()
            total += float(part.detach())
        descend(answerer, optimizer, settings, n, settings.epochs * len(starts))
    return total / every


def loss(answerer: Answerer, lesson: Lesson, questions: Sequence[Question]) -> Tensor:
    """The sum of the questions' losses, each as often as its document weighs: −log p(answer).

    p is of « oui » and « non » alone.
    """
    scores = answerer.scores(lesson.prompts(answerer, questions))
    weights = torch.as_tensor(lesson.weight(questions), dtype=scores.dtype, device=scores.device)
    wanted = scores.new_tensor([float(question.yes) for question in questions])
    return binary_cross_entropy_with_logits(scores, wanted, weights, reduction="sum")


def answers(
    answerer: Answerer, lesson: Lesson, questions: Sequence[Question], settings: Settings
) -> Floats:
    """The score of each question."""
    answerer.eval()
    return answerer.answers(lesson.prompts(answerer, questions), settings.at_once)


def evaluate(
    answerer: Answerer, held: Lesson, settings: Settings, shifts: Thresholds
) -> tuple[float, float]:
    """Micro-F1 over all questions at these thresholds, and the mean loss of a question."""
    questions = held.asked.all()
    scores = answers(answerer, held, questions, settings)
    scores = scores - [shifts[question.kind] for question in questions]
    wanted = np.array([question.yes for question in questions], bool)
    found, weights = scores > 0, held.weight(questions)
    losses = np.logaddexp(0, np.where(wanted, -scores, scores)) * weights
    right = 2 * int((found & wanted).sum())
    return right / max(int(found.sum() + wanted.sum()), 1), float(losses.sum() / weights.sum())


def matrix(
    answerer: Answerer, lesson: Lesson, settings: Settings, thresholds: Thresholds, schema: Schema
) -> Floats:
    """How far candidates are above thresholds, decoded: (pairs, relation types).

    −inf for pairs that are no candidates of the type, or lost to a better head.
    """
    table, kinds, asked, _ = lesson.asked
    questions = lesson.asked.all()
    over = np.full(asked.shape, -np.inf)
    over[np.nonzero(asked)] = answers(answerer, lesson, questions, settings)
    for n, kind in enumerate(kinds):
        rows, relation = np.flatnonzero(asked[:, n]), schema.relations[kind]
        scores = over[rows, n] - thresholds[kind]
        over[rows, n] = decoded(table, rows, scores, relation.symmetric, relation.one_head)
    return over


def tuned(over: Floats, known: Asked, weights: Floats) -> Thresholds:
    """By type, the threshold with the best F1 on what is held out, drawn to that of all types.

    ``over`` and ``known`` are of the same pairs, ``weights`` of the documents. The fewer positives
    a type has, the nearer its threshold is to the common one.
    """
    weight = np.broadcast_to(weights[known.table.document][:, None], over.shape)
    if not (known.known & known.positive).any():
        return dict.fromkeys(known.kinds, 0.0)
    every = known.known
    common = threshold(over[every], known.positive[every], weight[every])
    found = {}
    for n, kind in enumerate(known.kinds):
        rows = every[:, n]
        own = (over[rows, n], known.positive[rows, n], weight[rows, n])
        total = float((own[1] * own[2]).sum())
        best = threshold(*own) if total else common
        found[kind] = (total * best + SHRINK * common) / (total + SHRINK)
    return found
