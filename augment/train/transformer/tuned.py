"""What the students with an encoder share: fine-tuned, resumed after a kill, written, read.

>>> student.fit(documents)  # for relations, mentions (train/ner) or clusters (train/coref)
>>> student.history[-1]
Epoch(loss=0.21, f1=0.58, held_loss=0.34)
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn

from augment.errors import ConfigError
from augment.guide.model import Guide
from augment.schema import Document
from augment.store import digest
from augment.train import files
from augment.train.decode import Floats
from augment.train.transformer import encoder, loop
from augment.train.transformer.checkpoint import Checkpoint, Epoch
from augment.train.transformer.data import Example, groups
from augment.train.transformer.settings import Settings, settings

BLOCK = 64
"""Documents that are predicted at once: bounds the memory."""
FOLDER = "encoder"


class Tuned:
    """An encoder with a head on it.

    ``model`` is the encoder's name or folder; other keywords are :class:`Settings`. With
    ``checkpoints``, a folder for this training alone, a fit that was killed goes on after its last
    whole epoch. A student says what its network is, what it learns from and what else it knows:
    the methods that are not written here.
    """

    name = "transformer"
    written = "transformer"
    """What ``model.json`` names it, with its task."""

    def __init__(
        self,
        guide: Guide | None = None,
        seed: int = 0,
        *,
        model: str = "",
        checkpoints: Path | None = None,
        **given: Any,
    ) -> None:
        self.guide = guide
        self.seed = seed
        self.model = model
        self.checkpoints = checkpoints
        self.settings: Settings = settings(given)
        self.history: list[Epoch] = []
        self._network: nn.Module | None = None
        self._tokenizer: Any = None

    def _head(self, read: Any) -> nn.Module:
        """The network on this encoder, its new weights random."""
        raise NotImplementedError

    def _items(
        self, documents: Sequence[Document], weights: Sequence[float] | None
    ) -> Sequence[Example]:
        """What the network takes, one a document."""
        raise NotImplementedError

    def _known(self) -> dict[str, Any]:
        """What it knows besides the weights, as JSON."""
        raise NotImplementedError

    def _recall(self, known: dict[str, Any]) -> None:
        """The way back from :meth:`_known`."""
        raise NotImplementedError

    def _tune(
        self, documents: Sequence[Document], weights: Sequence[float] | None
    ) -> list[Document]:
        """Fine-tune on documents; those that were held out. If there is nothing to learn, nothing.

        Raises ConfigError or PathError (the encoder).
        """
        if not self.model:
            raise ConfigError(
                "transformer: no encoder", hint="name one, or its folder: transformer:FOLDER"
            )
        self.history, self._network = [], None
        with torch.random.fork_rng():
            torch.manual_seed(random.Random(f"{self.seed}/network").getrandbits(48))
            read, self._tokenizer = encoder.pretrained(self.model)
            train, held = self._split(documents, weights)
            if train:
                self._network = self._placed(read)
                self.history = loop.fit(
                    self._network,
                    train,
                    [item for item, _ in held],
                    self.settings,
                    self.seed,
                    self._checkpoint(documents, weights),
                )
        return [document for _, document in held]

    def _placed(self, read: Any) -> nn.Module:
        """The network on the GPU, if there is one."""
        return self._head(read).to("cuda" if torch.cuda.is_available() else "cpu")

    def _split(
        self, documents: Sequence[Document], weights: Sequence[float] | None
    ) -> tuple[list[Example], list[tuple[Example, Document]]]:
        """What to learn from, and what decides when to stop; both without what weighs nothing."""
        made = self._items(documents, weights)
        out = held_out(documents, self.settings.held_out, self.seed)
        train, held = [], []
        for item, document in zip(made, documents, strict=True):
            useful = loop.weighed([item]) > 0
            if useful and root(document) not in out:
                train.append(item)
            elif useful and document.meta.origin != "synthetic":
                held.append((item, document))
        return train, held

    def _checkpoint(
        self, documents: Sequence[Document], weights: Sequence[float] | None
    ) -> Checkpoint | None:
        if self.checkpoints is None:
            return None
        total = sha256(digest(encoder.folder(self.model)).encode())
        known = (self.written, self._known())
        given = None if weights is None else [float(weight) for weight in weights]
        decisive = (self.seed, self.settings, known, given)
        total.update(repr(decisive).encode())
        for document in documents:
            total.update(document.model_dump_json().encode())
        return Checkpoint(self.checkpoints, total.hexdigest())

    def _scored(self, items: Iterable[Example]) -> Iterator[Floats]:
        """How far each item's rows are above the threshold: (rows, types)."""
        assert self._network is not None
        self._network.eval()
        for group in groups(items, self.settings.at_once):
            with torch.inference_mode():
                found = self._network(group)
            yield from ((s[:, 1:] - s[:, :1]).double().cpu().numpy() for s in found)

    def save(self, path: Path) -> None:
        """Write the model to a folder: JSON, safetensors, the tokenizer's files."""
        shutil.rmtree(path / FOLDER, ignore_errors=True)
        header = {
            "seed": self.seed,
            "model": self.model,
            "settings": self.settings.model_dump(),
            "history": self.history,
            **self._known(),
        }
        if self._network is not None:
            encoder.write(path / FOLDER, self._network, self._tokenizer)
            header["encoder"] = digest(path / FOLDER)
        files.write(path, self.written, header, {})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a model. Raises PathError, ConfigError: none there, damaged, another version."""
        header, _ = files.read(path, cls.written)
        student = cls(seed=header["seed"], model=header["model"], **header["settings"])
        student.history = [Epoch(*row) for row in header["history"]]
        student._recall(header)
        if "encoder" in header:
            if digest(path / FOLDER) != header["encoder"]:
                raise files.damaged(path, f"{FOLDER} is not what was written")
            with torch.random.fork_rng():
                read, student._tokenizer = encoder.untrained(path / FOLDER)
                student._network = student._placed(read)
            encoder.read_weights(path / FOLDER, student._network)
        return student


def held_out(documents: Sequence[Document], share: float, seed: int) -> frozenset[str]:
    """Roots of the documents to hold out: this share of the roots, none if that is less than one.

    Documents made from one another have one root, and are on the same side.
    """
    roots = sorted({root(document) for document in documents})
    return frozenset(random.Random(f"{seed}/held out").sample(roots, int(share * len(roots))))


def root(document: Document) -> str:
    """The id of the first document that this one was made from, or its own."""
    return (*document.meta.parents, document.id)[0]
