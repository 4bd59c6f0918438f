"""The plug: documents → a fine-tuned encoder → triples; on the GPU if there is one.

>>> student = Transformer(guide, model="almanach/camembert-base")
>>> student.fit(documents)
>>> student.predict([document])
[frozenset({(3, "IS_LOCATED_IN", 0)})]
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch

from augment.errors import ConfigError, NoResult
from augment.guide.model import Guide
from augment.schema import Document, Triple
from augment.store import digest
from augment.train import files
from augment.train.decode import Floats, decoded
from augment.train.schema import Schema, schema
from augment.train.table import pair_codes
from augment.train.transformer import encoder, loop
from augment.train.transformer.checkpoint import Checkpoint, Epoch
from augment.train.transformer.data import Item, groups, items, pairs, types
from augment.train.transformer.model import Extractor
from augment.train.transformer.settings import Settings, settings

BLOCK = 64
"""Documents that are predicted at once: bounds the memory."""
FOLDER = "encoder"


class Transformer:
    """An encoder with ATLOP's head (see :mod:`augment.train.transformer.model`), fine-tuned.

    ``model`` is the encoder's name or folder; other keywords are :class:`Settings`. With
    ``checkpoints``, a folder for this training alone, a fit that was killed goes on after its last
    whole epoch. Candidates, symmetric relations and relations with one head are those of `linear`.
    """

    name = "transformer"

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
        self.schema = Schema({}, {})
        self.history: list[Epoch] = []
        self._network: Extractor | None = None
        self._tokenizer: Any = None

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Fine-tune; types that are not labelled and masked pairs give no gradient.

        Raises ConfigError or PathError (the encoder), NoResult (no pair to learn from).
        """
        if not self.model:
            raise ConfigError(
                "transformer: no encoder", hint="name one, or its folder: transformer:FOLDER"
            )
        seen = {r.type for document in documents for r in document.relations}
        self.schema = schema(documents, self.guide).only(seen)
        with torch.random.fork_rng():
            torch.manual_seed(random.Random(f"{self.seed}/network").getrandbits(48))
            read, self._tokenizer = encoder.pretrained(self.model)
            self._network = self._made(read)
            train, held = self._items(documents, weights)
            if not train:
                raise NoResult("transformer: no candidate pair", hint="are there relations?")
            checkpoint = self._checkpoint(documents, weights)
            self.history = loop.fit(
                self._network, train, held, self.settings, self.seed, checkpoint
            )

    def _made(self, read: Any) -> Extractor:
        device = "cuda" if torch.cuda.is_available() else "cpu"
        network = Extractor(read, len(types(self.schema)), len(self.schema.relations))
        network.to(device)
        return network

    def _items(
        self, documents: Sequence[Document], weights: Sequence[float] | None
    ) -> tuple[list[Item], list[Item]]:
        """What to learn from, and what decides when to stop; both without what weighs nothing."""
        made = items(documents, self._tokenizer, self.schema, self.settings, weights)
        out = held_out(documents, self.settings.held_out, self.seed)
        of_use = [loop.weighed([item]) > 0 for item in made]
        rows = zip(made, documents, of_use, strict=True)
        train, held = [], []
        for item, document, useful in rows:
            if useful and root(document) not in out:
                train.append(item)
            elif useful and document.meta.origin != "synthetic":
                held.append(item)
        return train, held

    def _checkpoint(
        self, documents: Sequence[Document], weights: Sequence[float] | None
    ) -> Checkpoint | None:
        if self.checkpoints is None:
            return None
        total = sha256(digest(encoder.folder(self.model)).encode())
        decisive = (self.seed, self.settings, self.schema.written(), weights and list(weights))
        total.update(repr(decisive).encode())
        for document in documents:
            total.update(document.model_dump_json().encode())
        return Checkpoint(self.checkpoints, total.hexdigest())

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        """Triples of each document; types that training has not seen take part in none."""
        found: list[set[Triple]] = [set() for _ in documents]
        for start in range(0, len(documents) if self.schema.relations else 0, BLOCK):
            block = documents[start : start + BLOCK]
            table, scores = pairs(block, self.schema), self._scores(block)
            for n, (kind, relation) in enumerate(self.schema.relations.items()):
                rows = np.flatnonzero(np.isin(table.kinds, pair_codes(relation.pairs)))
                over = decoded(table, rows, scores[rows, n], relation.symmetric, relation.one_head)
                for row in rows[over > 0].tolist():
                    number = int(table.document[row])
                    entities = block[number].entities
                    ends = entities[table.head[row]].id, entities[table.tail[row]].id
                    found[start + number].add((ends[0], kind, ends[1]))
        return [frozenset(triples) for triples in found]

    def _scores(self, documents: Sequence[Document]) -> Floats:
        """How far each pair's relation types are above its threshold: (pairs, relations)."""
        assert self._network is not None
        self._network.eval()
        made = items(documents, self._tokenizer, self.schema, self.settings)
        parts = [np.zeros((0, len(self.schema.relations)))]
        with torch.inference_mode():
            for group in groups([item for item in made if len(item.head)], self.settings.at_once):
                scores = self._network(group)
                parts += [(s[:, 1:] - s[:, :1]).double().cpu().numpy() for s in scores]
        return np.concatenate(parts)

    def save(self, path: Path) -> None:
        """Write the model to a folder: JSON, safetensors, the tokenizer's files."""
        shutil.rmtree(path / FOLDER, ignore_errors=True)
        header = {
            "seed": self.seed,
            "model": self.model,
            "settings": self.settings.model_dump(),
            "history": self.history,
            "schema": self.schema.written(),
        }
        if self._network is not None:
            encoder.write(path / FOLDER, self._network, self._tokenizer)
            header["encoder"] = digest(path / FOLDER)
        files.write(path, self.name, header, {})

    @classmethod
    def load(cls, path: Path) -> Transformer:
        """Read a model. Raises PathError, ConfigError: none there, damaged, another version."""
        header, _ = files.read(path, cls.name)
        student = cls(seed=header["seed"], model=header["model"], **header["settings"])
        student.schema = Schema.read(header["schema"])
        student.history = [Epoch(*row) for row in header["history"]]
        if "encoder" in header:
            if digest(path / FOLDER) != header["encoder"]:
                raise files.damaged(path, f"{FOLDER} is not what was written")
            with torch.random.fork_rng():
                read, student._tokenizer = encoder.untrained(path / FOLDER)
                student._network = student._made(read)
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
