"""One row of bench_speed.py, in a process of its own, so that its memory is its own.

    python tests/benchmarks/speed_row.py FOLDER                  # writes the networks there
    python tests/benchmarks/speed_row.py FOLDER '["relations", "linear", "CPU", 0, 0]'

Prints the figures as JSON. FOLDER holds documents.jsonl.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from augment.schema import Document
from augment.store import read_lines
from augment.train.chain import Chain, untrained

WARM = 4
"""Documents of a training whose time is taken off, so that reading the encoder does not count."""
BASE = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 514,
    "vocab_size": 32005,
}
"""CamemBERT-base (Martin et al. 2020)."""
T5 = {"d_model": 768, "d_ff": 2048, "num_layers": 12, "num_heads": 12, "vocab_size": 32128}
"""FLAN-T5-base (Chung et al. 2022), whose feed-forward layers are gated."""
PIECES = 6000
"""Word pieces of the tokenizers; on TextMine 1.6 of them a word (179 a document)."""


class Row(NamedTuple):
    """``timed`` documents count in training, or all if it is 0; ``asked`` ones are predicted."""

    task: str
    student: str
    device: str
    timed: int = 0
    asked: int = 0


def models(folder: Path) -> None:
    """Write an encoder and an encoder–decoder of the usual size, with random weights."""
    import torch
    from transformers import AutoModel, AutoModelForSeq2SeqLM, T5Config

    from tests.llm.encoders import SIZES, configuration, tokenizer

    lines = [d.text for d in read_lines(folder / "documents.jsonl", Document)]
    words = tokenizer("camembert", lines, PIECES)
    torch.manual_seed(0)
    AutoModel.from_config(configuration("camembert", **(SIZES | BASE))).save_pretrained(
        folder / "encoder"
    )
    tokens = {"pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    config = T5Config(**T5, **tokens, feed_forward_proj="gated-gelu")
    AutoModelForSeq2SeqLM.from_config(config).save_pretrained(folder / "t5")
    for name in ("encoder", "t5"):
        words.save_pretrained(folder / name)


def figures(folder: Path, row: Row) -> dict[str, float]:
    """Seconds to train (of a network, an epoch), documents a second, MiB."""
    documents = list(read_lines(folder / "documents.jsonl", Document))
    where = row.student.replace(":", f":{folder}/")
    settings = {"epochs": 1, "held_out": 0.0} if ":" in row.student else {}
    parts = untrained(row.task, where, None, 0, settings)
    first, train, asked = portion(documents, row)
    less = (0.0, 0.0)
    if first:
        fit(parts, first)
        less = timed(lambda: fit(parts, first))
    took = timed(lambda: fit(parts, train))
    answer = timed(lambda: Chain(**parts).answer([bare(d, row.task) for d in asked]))
    learnt, known = work(documents, row), work(train, row)
    scale = learnt[0] / (known[0] - (work(first, row)[0] if first else 0))
    share = len(documents) * work(asked, row)[1] / learnt[1]
    return {
        "fit": scale * (took[0] - less[0]),
        "processor": scale * (took[1] - less[1]),
        "speed": share / answer[0],
        "used": share / answer[1],
        "memory": peak(),
        "gpu": peak_gpu() if row.device == "GPU" else 0.0,
    }


def portion(
    documents: list[Document], row: Row
) -> tuple[list[Document], list[Document], list[Document]]:
    """What the training learns from whose time is taken off, what the timed one, what is asked."""
    if row.student.startswith("seq2seq"):
        small = [cut(d) for d in documents if d.relations][: row.timed + 1]
        return small[:1], small, small
    if not row.student.startswith("transformer"):
        return [], documents, documents
    few = documents[:-WARM][: row.timed or None]
    return documents[-WARM:], [*documents[-WARM:], *few], documents[: row.asked or None]


def cut(document: Document) -> Document:
    """The whole text with the entities of four relations only: few questions."""
    kept = {id for r in document.relations[:4] for id in (r.head, r.tail)}
    entities = tuple(e for e in document.entities if e.id in kept)
    relations = tuple(r for r in document.relations if {r.head, r.tail} <= kept)
    return document.model_copy(update={"entities": entities, "relations": relations})


def bare(document: Document, task: str) -> Document:
    """What is predicted, new to the student's memory."""
    update: dict[str, Any] = {"text": f"{document.text}\n"}
    if task in ("ner", "all"):
        update |= {"entities": (), "relations": ()}
    return document.model_copy(update=update)


def work(documents: list[Document], row: Row) -> tuple[int, int]:
    """What training and prediction take in proportion to: documents, or questions."""
    if not row.student.startswith("seq2seq"):
        return len(documents), len(documents)
    from augment.train.schema import schema
    from augment.train.seq2seq.questions import admitted, known
    from augment.train.seq2seq.settings import Settings

    rules = schema(documents, None)
    learnt = known(documents, rules).sample(Settings().negatives, "")
    return len(learnt), len(admitted(documents, rules).all())


def fit(parts: dict[str, Any], documents: list[Document]) -> None:
    """Train every part."""
    for part in parts.values():
        part.fit(documents)


def timed(call: Any) -> tuple[float, float]:
    """Seconds that a call takes, and processor seconds of all threads."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor


def peak() -> float:
    """MiB that this process had in memory at most."""
    (line,) = [x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x]
    return int(line.split()[1]) / 1024


def peak_gpu() -> float:
    """MiB of the GPU that torch had at most."""
    import torch

    return float(torch.cuda.max_memory_reserved()) / 2**20


if __name__ == "__main__":
    if sys.argv[2:]:
        sys.stdout.write(json.dumps(figures(Path(sys.argv[1]), Row(*json.loads(sys.argv[2])))))
    else:
        models(Path(sys.argv[1]))
