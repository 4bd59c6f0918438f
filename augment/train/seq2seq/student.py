"""The plug: documents → a language model with an adapter → triples; on the GPU if there is one.

>>> student = Seq2Seq(guide, model="google/flan-t5-base")
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
from augment.train.decode import Floats
from augment.train.schema import Schema, schema
from augment.train.seq2seq import language, loop
from augment.train.seq2seq.loop import Lesson, Thresholds
from augment.train.seq2seq.model import Answerer
from augment.train.seq2seq.prompts import Prompts
from augment.train.seq2seq.questions import Asked, admitted, known
from augment.train.seq2seq.settings import Settings, settings
from augment.train.seq2seq.wording import Wording, wording
from augment.train.transformer.checkpoint import Checkpoint, Epoch
from augment.train.transformer.encoder import unusable
from augment.train.transformer.tuned import held_out, root

BLOCK = 16
"""Documents that are predicted at once: bounds the memory."""
FOLDER = "adapter"


class Seq2Seq:
    """A language model that answers a closed question about every type-valid candidate.

    ``model`` is its name or folder, an encoder–decoder or a decoder; other keywords are
    :class:`Settings`. Only a LoRA adapter is trained, and only the adapter is saved, with the name
    and the SHA-256 of the language model: to load a model takes that one again, unchanged. With
    ``checkpoints``, a folder for this training alone, a fit that was killed goes on after its last
    whole epoch. Candidates, symmetric relations and relations with one head are those of `linear`.
    """

    name = "seq2seq"

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
        self.thresholds: Thresholds = {}
        self.history: list[Epoch] = []
        self._words = Wording({}, {})
        self._base = ""
        self._answerer: Answerer | None = None
        self._tokenizer: Any = None

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Fine-tune; about types that are not labelled and masked pairs nothing is asked.

        Raises ConfigError or PathError (the model), NoResult (nothing to ask).
        """
        if not self.model:
            raise ConfigError(
                "seq2seq: no language model", hint="name one, or its folder: seq2seq:FOLDER"
            )
        seen = {r.type for document in documents for r in document.relations}
        self.schema = schema(documents, self.guide).only(seen)
        self._words = wording(self.schema, self.guide)
        self._base = language.base_digest(self.model)
        given = [1.0] * len(documents) if weights is None else [float(w) for w in weights]
        with torch.random.fork_rng():
            torch.manual_seed(random.Random(f"{self.seed}/network").getrandbits(48))
            self._build(*language.pretrained(self.model))
            train, held = self._split(documents, given)
            lesson, out = self._lesson(*train), self._lesson(*held)
            if not lesson.asked.sample(self.settings.negatives, ""):
                raise NoResult("seq2seq: nothing to ask about", hint="are there relations?")
            assert self._answerer is not None
            kept = self._checkpoint(documents, given)
            self.history = loop.fit(self._answerer, lesson, out, self.settings, self.seed, kept)
        self.thresholds = lesson.asked.shifts(self.settings.negatives)
        if held[0]:
            better = loop.tuned(self._over(held[0])[1], out.asked, out.weights)
            self.thresholds = {kind: t + better[kind] for kind, t in self.thresholds.items()}

    def _build(self, language_model: Any, tokenizer: Any) -> None:
        prompts = Prompts(tokenizer, self._words, self.settings.window)
        self._tokenizer = tokenizer
        try:
            self._answerer = Answerer(language_model, tokenizer, prompts, self.settings)
        except ValueError as error:
            raise unusable(self.model, error, language.WHAT) from error

    def _split(
        self, documents: Sequence[Document], weights: Sequence[float]
    ) -> tuple[tuple[list[Document], list[float]], tuple[list[Document], list[float]]]:
        """What to learn from, and what decides when to stop; both without what weighs nothing."""
        out = held_out(documents, self.settings.held_out, self.seed)
        useful = [(d, w) for d, w in zip(documents, weights, strict=True) if w > 0]
        train = [(d, w) for d, w in useful if root(d) not in out]
        held = [(d, w) for d, w in useful if root(d) in out and d.meta.origin != "synthetic"]
        return (
            ([d for d, _ in train], [w for _, w in train]),
            ([d for d, _ in held], [w for _, w in held]),
        )

    def _lesson(self, documents: Sequence[Document], weights: Sequence[float]) -> Lesson:
        return self._read(documents, weights, known(documents, self.schema))

    def _read(
        self, documents: Sequence[Document], weights: Sequence[float], asked: Asked
    ) -> Lesson:
        assert self._answerer is not None
        texts = [self._answerer.prompts.read(document, self.schema) for document in documents]
        return Lesson(texts, asked, np.asarray(weights, float))

    def _checkpoint(
        self, documents: Sequence[Document], weights: Sequence[float]
    ) -> Checkpoint | None:
        if self.checkpoints is None:
            return None
        decisive = (self._base, self.seed, self.settings, self.schema.written(), self._words)
        total = sha256(repr((self.name, *decisive, weights)).encode())
        for document in documents:
            total.update(document.model_dump_json().encode())
        return Checkpoint(self.checkpoints, total.hexdigest())

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        """Triples of each document; types that training has not seen take part in none."""
        return [
            frozenset(triple for triple, margin in margins.items() if margin >= 0)
            for margins in self.margins(documents)
        ]

    def margins(self, documents: Sequence[Document]) -> list[dict[Triple, float]]:
        """Log-odds of each candidate triple above the threshold at which it is found."""
        found: list[dict[Triple, float]] = [{} for _ in documents]
        for start in range(0, len(documents) if self.schema.relations else 0, BLOCK):
            block = documents[start : start + BLOCK]
            asked, over = self._over(block)
            for row, n in zip(*np.nonzero(np.isfinite(over)), strict=True):
                number, head, tail = (int(column[row]) for column in asked.table[:3])
                entities = block[number].entities
                triple = (entities[head].id, asked.kinds[n], entities[tail].id)
                found[start + number][triple] = float(over[row, n])
        return found

    def _over(self, documents: Sequence[Document]) -> tuple[Asked, Floats]:
        """All candidates of documents, and how far each is above the threshold of each type.

        −inf where a type does not admit a pair, or another head has won.
        """
        assert self._answerer is not None
        asked = admitted(documents, self.schema)
        lesson = self._read(documents, [1.0] * len(documents), asked)
        over = loop.matrix(self._answerer, lesson, self.settings, self.thresholds, self.schema)
        return asked, over

    def save(self, path: Path) -> None:
        """Write the model to a folder: JSON, the adapter in safetensors, the tokenizer's files."""
        shutil.rmtree(path / FOLDER, ignore_errors=True)
        header = {
            "seed": self.seed,
            "model": self.model,
            "base": self._base,
            "settings": self.settings.model_dump(),
            "history": self.history,
            "schema": self.schema.written(),
            "thresholds": self.thresholds,
            "wording": self._words._asdict(),
        }
        if self._answerer is not None:
            language.write(path / FOLDER, self._answerer, self._tokenizer, self.model)
            header["adapter"] = digest(path / FOLDER)
        files.write(path, self.name, header, {})

    @classmethod
    def load(cls, path: Path) -> Seq2Seq:
        """Read a model, and the language model that it was trained on.

        Raises PathError, ConfigError: none there, damaged, another version.
        """
        header, _ = files.read(path, cls.name)
        student = cls(seed=header["seed"], model=header["model"], **header["settings"])
        student.schema = Schema.read(header["schema"])
        student.history = [Epoch(*row) for row in header["history"]]
        student.thresholds = header["thresholds"]
        student._words = Wording(**header["wording"])
        student._base = header["base"]
        if "adapter" in header:
            if digest(path / FOLDER) != header["adapter"]:
                raise files.damaged(path, f"{FOLDER} is not what was written")
            with torch.random.fork_rng():
                student._build(*language.base_again(path / FOLDER, student.model, student._base))
            assert student._answerer is not None
            language.read_weights(path / FOLDER, student._answerer)
        return student
