"""The state of a training after an epoch, in one file: a killed training goes on from there.

fit.safetensors: tensors model.*, best.*, optimizer.*; {"key": "9f2c…", "history": "[[0.71, …]]"}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from augment.errors import StoreError
from augment.store import replacing

FILE = "fit.safetensors"
Tensors = dict[str, Tensor]


class Epoch(NamedTuple):
    """Mean loss in training; micro-F1 and mean loss on the documents held out, if there are.

    The loss is that of a pair, of `ner` that of a word.
    """

    loss: float
    f1: float | None = None
    held_loss: float | None = None


class Checkpoint(NamedTuple):
    """Where the state is kept. ``key`` names all that decides the outcome; another one's is void.

    The folder is for one training at a time.
    """

    folder: Path
    key: str

    def write(
        self,
        history: list[Epoch],
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        best: Tensors,
    ) -> None:
        """Keep the state, in place of the one before. Raises PathError if it cannot."""
        parts = {"model": model.state_dict(), "best": best, "optimizer": _moments(optimizer)}
        tensors = {
            f"{part}.{name}": tensor.detach().cpu().contiguous().clone()
            for part, named in parts.items()
            for name, tensor in named.items()
        }
        about = {"key": self.key, "history": json.dumps(history)}
        with replacing(self.folder / FILE) as scratch:
            save(tensors, scratch, about)

    def read(
        self, model: torch.nn.Module, optimizer: torch.optim.Optimizer
    ) -> tuple[list[Epoch], Tensors]:
        """Restore the state; its history and best weights, both empty if none is kept.

        Raises StoreError if the file is damaged.
        """
        path = self.folder / FILE
        if not path.is_file():
            return [], {}
        parts: dict[str, Tensors] = {"model": {}, "best": {}, "optimizer": {}}
        try:
            with safe_open(path, framework="pt") as file:
                about = file.metadata()
                if about["key"] != self.key:
                    return [], {}
                for name in file.keys():  # noqa: SIM118 — no dict
                    part, _, rest = name.partition(".")
                    parts[part][rest] = file.get_tensor(name)
        except SafetensorError as error:
            raise StoreError(f"{path}: damaged", hint="delete it to start over") from error
        model.load_state_dict(parts["model"])
        _restore(optimizer, parts["optimizer"])
        return [Epoch(*row) for row in json.loads(about["history"])], parts["best"]


def save(tensors: Tensors, path: Path, about: dict[str, str] | None = None) -> None:
    """Write tensors. Raises OSError, which the library's own error for a full disk is not."""
    try:
        save_file(tensors, path, metadata=about)
    except SafetensorError as error:
        raise OSError(str(error)) from error


def _moments(optimizer: torch.optim.Optimizer) -> Tensors:
    """The optimiser's tensors, as ``3.exp_avg``: of the parameter 3."""
    states = [
        optimizer.state.get(p, {}) for group in optimizer.param_groups for p in group["params"]
    ]
    return {f"{n}.{name}": value for n, state in enumerate(states) for name, value in state.items()}


def _restore(optimizer: torch.optim.Optimizer, tensors: Tensors) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        parameter = parameters[int(number)]
        place = value if name == "step" else value.to(parameter.device)
        optimizer.state[parameter][name] = place
