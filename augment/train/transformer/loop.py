"""Training: epochs of steps of documents, the best epoch kept, the state on disk after each.

>>> fit(model, items, held, Settings(), seed=0, checkpoint=None)[-1]
Epoch(loss=0.21, f1=0.58, held_loss=0.34)
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from augment.errors import ConfigError, NoResult
from augment.train.transformer.checkpoint import Checkpoint, Epoch
from augment.train.transformer.data import Example, groups
from augment.train.transformer.model import loss
from augment.train.transformer.settings import Course, Settings


def fit(
    model: nn.Module,
    items: Sequence[Example],
    held: Sequence[Example],
    settings: Settings,
    seed: int,
    checkpoint: Checkpoint | None,
) -> list[Epoch]:
    """Train, and leave the weights of the best epoch on ``held`` (of the last, without any).

    The same seed gives the same weights on a CPU, after a kill too: each epoch is seeded anew.
    """
    optimizer = _optimizer(model, settings)
    return trained(
        (model, optimizer),
        settings,
        checkpoint,
        epoch=lambda number: _epoch(model, items, optimizer, settings, seed, number),
        held=lambda: evaluate(model, held, settings) if held else (),
    )


def trained(
    both: tuple[Any, Optimizer],
    settings: Course,
    checkpoint: Checkpoint | None,
    *,
    epoch: Callable[[int], float],
    held: Callable[[], tuple[float, ...]],
) -> list[Epoch]:
    """Run epochs of a model and its optimiser until enough; the best one's weights are left.

    ``epoch`` trains one, and gives its mean loss; ``held`` gives the F1 and the mean loss on what
    is held out, or nothing. Raises ConfigError if the GPU has too little memory, NoResult if the
    loss is no number.
    """
    model, optimizer = both
    history, best = checkpoint.read(model, optimizer) if checkpoint else ([], {})
    while len(history) < settings.epochs and not _stalled(history, settings.patience):
        with _enough_memory():
            history.append(Epoch(epoch(len(history)), *held()))
        if not math.isfinite(history[-1].loss):
            number = len(history)
            raise NoResult(
                f"training: the loss of epoch {number} is no number",
                hint="--set rate=: a lower one",
            )
        if history[-1].f1 is not None and _best(history) == len(history) - 1:
            best = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        if checkpoint:
            checkpoint.write(history, model, optimizer, best)
    if best:
        model.load_state_dict(best)
    return history


@contextmanager
def _enough_memory() -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise ConfigError(
            "the GPU has too little memory for this training",
            hint="--set at_once=2, then 1, then a smaller window; in `measure` --jobs 1",
        ) from error


def _optimizer(model: nn.Module, settings: Settings) -> Optimizer:
    old = list(model.encoder.parameters())
    new = [p for name, p in model.named_parameters() if not name.startswith("encoder.")]
    parts = [
        {"params": old, "highest": settings.rate},
        {"params": new, "highest": settings.head_rate},
    ]
    return AdamW(parts, eps=1e-6, weight_decay=0.0)


def _epoch(
    model: nn.Module,
    items: Sequence[Example],
    optimizer: Optimizer,
    settings: Settings,
    seed: int,
    number: int,
) -> float:
    """One pass over the documents in a random order; the mean loss, as in :class:`Epoch`.

    A step is divided by its rows and the mean weight of all: one of light documents is a short one.
    """
    chance = random.Random(f"{seed}/epoch/{number}")
    torch.manual_seed(chance.getrandbits(48))
    order = chance.sample(items, len(items))
    starts = range(0, len(order), settings.batch)
    steps = settings.epochs * len(starts)
    mean = weighed(items) / sum(item.size() for item in items)
    model.train()
    total = 0.0
    for n, start in enumerate(starts, number * len(starts)):
        step = order[start : start + settings.batch]
        rows = sum(item.size() for item in step)
        for group in groups(step, settings.at_once):
            part = losses(model, group)
            (part / (mean * rows)).backward()
            total += float(part.detach())
        descend(model, optimizer, settings, n, steps)
    return total / weighed(items)


def weighed(items: Sequence[Example]) -> float:
    """Sum of the documents' sizes, each as often as it weighs."""
    return float(sum(item.weight * item.size() for item in items))


def losses(model: nn.Module, items: Sequence[Example]) -> Tensor:
    """The sum of the rows' losses, each as often as its document weighs."""
    parts = []
    for item, scores in zip(items, model(items), strict=True):
        known, positive = (torch.as_tensor(x, device=scores.device) for x in item.labels())
        parts.append(item.weight * loss(scores, positive, known).sum())
    return torch.stack(parts).sum()


def descend(model: Any, optimizer: Optimizer, settings: Course, step: int, steps: int) -> None:
    """One step down the gradient, of so many in all."""
    torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
    for parameters in optimizer.param_groups:
        parameters["lr"] = parameters["highest"] * _slope(step, steps, settings.warmup)
    optimizer.step()
    optimizer.zero_grad()


def _slope(step: int, steps: int, warmup: float) -> float:
    """Share of the highest learning rate: up in a line, then down to nothing in a line."""
    rising = warmup * steps
    return min((step + 1) / (rising + 1), (steps - step) / (steps - rising))


def evaluate(model: nn.Module, items: Sequence[Example], settings: Settings) -> tuple[float, float]:
    """Micro-F1 over rows and types that are known, and the mean loss, as in :class:`Epoch`."""
    model.eval()
    right = chosen = positive = 0
    total = 0.0
    with torch.inference_mode():
        for group in groups(items, settings.at_once):
            for item, scores in zip(group, model(group), strict=True):
                known, wanted = (torch.as_tensor(x, device=scores.device) for x in item.labels())
                found = known & (scores[:, 1:] > scores[:, :1])
                right += int((found & wanted).sum())
                chosen += int(found.sum())
                positive += int(wanted.sum())
                total += item.weight * float(loss(scores, wanted, known).sum())
    return 2 * right / max(chosen + positive, 1), total / weighed(items)


def _best(history: Sequence[Epoch]) -> int:
    """The first epoch with the best F1, of equals the one with the smallest loss held out."""
    return max(range(len(history)), key=lambda n: (history[n].f1, -(history[n].held_loss or 0)))


def _stalled(history: Sequence[Epoch], patience: int) -> bool:
    held_out = bool(history) and history[0].f1 is not None
    return held_out and len(history) - 1 - _best(history) >= patience
