"""How fast the students are, and what memory they take, side by side in one run.

    [AUGMENT_CORPORA=…] python tests/benchmarks/bench_speed.py [--rounds 3] [--python-llm PYTHON]

Documents of textmine/train.csv, or of ``data/sample``. Each row of each round is a process of its
own; the rounds are interleaved. Encoders and language models have the size of their family's base
model and random weights, which are as fast as others; they run in the Python that has torch. Of
them few documents are timed on a CPU (``--few``, ``--asked``), and what they take is scaled up.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from augment.read import read_all  # noqa: E402
from augment.registry import names  # noqa: E402
from augment.schema import Document  # noqa: E402
from augment.store import read_lines, write_lines  # noqa: E402
from augment.train.chain import PARTS, Chain, untrained  # noqa: E402

WARM = 4
"""Documents of a training whose time is taken off, so that reading the encoder does not count."""
LIGHT = [("relations", "linear"), ("relations", "rules"), ("ner", "linear"), ("coref", "linear")]
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, or one row's figures."""
    llm = ROOT / ".venv-llm" / "bin" / "python"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--few", type=int, default=12, help="documents for encoders on a CPU")
    parser.add_argument("--asked", type=int, default=1, help="documents for seq2seq")
    parser.add_argument("--only", default="", help="students to time: linear,transformer")
    parser.add_argument("--python-llm", type=Path, default=llm if llm.exists() else None)
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--make", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.row:
        folder, *row = json.loads(given.row)
        sys.stdout.write(json.dumps(figures(Path(folder), Row(*row))))
    elif given.make:
        models(Path(given.make))
    else:
        compare(given)


def compare(given: argparse.Namespace) -> None:
    """All rows in rounds, each in its process, then the table."""
    corpora = os.environ.get("AUGMENT_CORPORA")
    corpus = Path(corpora, "textmine/train.csv") if corpora else ROOT / "data/sample/train.txt"
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as work:
        documents = read_all(corpus)[0]
        write_lines(Path(work, "documents.jsonl"), documents)
        torch = about_torch(given.python_llm) if given.python_llm else {}
        if torch:
            call(given.python_llm, "--make", work)
        only = given.only.split(",") if given.only else []
        rows = [r for r in wanted(given, torch) if not only or r.student.split(":")[0] in only]
        found: dict[Row, list[dict[str, float]]] = {row: [] for row in rows}
        for number in range(given.rounds):
            for row in rows:
                python = given.python_llm if ":" in row.student else sys.executable
                sys.stderr.write(f"round {number + 1}: {' '.join(row[:3])}\n")
                environment = {} if row.device == "GPU" else {"CUDA_VISIBLE_DEVICES": ""}
                told = call(python, "--row", json.dumps([work, *row]), **environment)
                found[row].append(json.loads(told))
    words = sum(len(d.text.split()) for d in documents) / len(documents)
    sys.stdout.write("\n".join(table(found, len(documents))) + "\n\n")
    sys.stdout.write(
        f"{len(documents)} documents of {words:.0f} words; median of {given.rounds} interleaved "
        f"rounds (lowest–highest). {machine(torch)}; load {before:.1f} before, "
        f"{os.getloadavg()[0]:.1f} after.\n"
    )


def wanted(given: argparse.Namespace, torch: dict[str, str]) -> list[Row]:
    """The rows there are on this machine, with this version's students."""
    rows = [Row(*light, "CPU") for light in [*LIGHT, ("all", "linear")]]
    for device in ["CPU", "GPU"] if torch.get("gpu") else ["CPU"] if torch else []:
        few = given.few if device == "CPU" else 0
        for task, kind in PARTS.items():
            if "transformer" in names(kind):
                rows.append(Row(task, "transformer:encoder", device, few, few))
        if "seq2seq" in names("student") and given.asked:
            rows.append(Row("relations", "seq2seq:t5", device, given.asked, given.asked))
    return rows


def call(python: str | Path, *arguments: str, **environment: str) -> str:
    """Output of this script in a fresh process."""
    script = Path(__file__).resolve()
    done = subprocess.run(
        [str(python), str(script), *arguments],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def about_torch(python: Path) -> dict[str, str]:
    """Versions, and the name of the GPU if torch sees one."""
    code = (
        "import json, torch, transformers as t; gpu = torch.cuda.is_available();"
        "print(json.dumps({'torch': torch.__version__, 'transformers': t.__version__,"
        "'gpu': torch.cuda.get_device_name() if gpu else ''}))"
    )
    done = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


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
    """Seconds to train (of an encoder, an epoch), documents a second, MiB."""
    where = f"{row.student.replace(':', f':{folder}/')}" if ":" in row.student else row.student
    documents = list(read_lines(folder / "documents.jsonl", Document))
    settings = {"epochs": 1, "held_out": 0.0} if ":" in row.student else {}
    parts = untrained(row.task, where, None, 0, settings)
    if settings:
        first, train = documents[-WARM:], documents[-WARM:] + documents[:-WARM][: row.timed or None]
        fit(parts, first)
        less = timed(lambda: fit(parts, first))
        scale = len(documents) / (len(train) - WARM)
    else:
        train, less, scale = documents, (0.0, 0.0), 1.0
    took = timed(lambda: fit(parts, train))
    wall, processor = (scale * (x - y) for x, y in zip(took, less, strict=True))
    raw = row.task in ("ner", "all")
    update: dict[str, Any] = {"entities": (), "relations": ()} if raw else {}
    asked = [
        d.model_copy(update={"text": f"{d.text}\n", **update})
        for d in documents[: row.asked or None]
    ]
    chain = Chain(**parts)
    answer, used = timed(lambda: chain.answer(asked))
    return {
        "fit": wall,
        "processor": processor,
        "speed": len(asked) / answer,
        "used": len(asked) / used,
        "memory": peak(),
        "gpu": peak_gpu() if row.device == "GPU" else 0.0,
    }


def fit(parts: dict[str, Any], documents: list[Document]) -> None:
    """Train every part."""
    for part in parts.values():
        part.fit(documents)


def timed(work: Any) -> tuple[float, float]:
    """Seconds that a call takes, and processor seconds of all threads."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def peak() -> float:
    """MiB that this process had in memory at most."""
    (line,) = [x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x]
    return int(line.split()[1]) / 1024


def peak_gpu() -> float:
    """MiB of the GPU that torch had at most."""
    import torch

    return float(torch.cuda.max_memory_reserved()) / 2**20


def table(found: dict[Row, list[dict[str, float]]], documents: int) -> list[str]:
    """Lines of a markdown table."""
    head = (
        "task", "student", "on", f"training, {documents} documents, s", "processor s",
        "prediction, documents/s", "a processor", "MiB", "GPU MiB",
    )  # fmt: skip
    lines = [head, ("---",) * len(head)]
    for row, rounds in found.items():
        epoch = f" an epoch, from {row.timed}" if row.timed else " an epoch"
        cells = [
            spread([r["fit"] for r in rounds]) + (epoch if ":" in row.student else ""),
            spread([r["processor"] for r in rounds]),
            spread([r["speed"] for r in rounds]),
            spread([r["used"] for r in rounds]),
            f"{median(r['memory'] for r in rounds):.0f}",
            f"{median(r['gpu'] for r in rounds):.0f}" if row.device == "GPU" else "–",
        ]
        lines.append((row.task, f"`{row.student.partition(':')[0]}`", row.device, *cells))
    return [f"| {' | '.join(line)} |" for line in lines]


def spread(values: list[float]) -> str:
    """``12.3 (11.9–14.0)``."""
    digits = 0 if median(values) >= 100 else 1 if median(values) >= 1 else 3
    middle, low, high = (f"{x:.{digits}f}" for x in (median(values), min(values), max(values)))
    return f"{middle} ({low}–{high})"


def machine(torch: dict[str, str]) -> str:
    """Date, processor, versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((x.partition(":")[2].strip() for x in lines if "model name" in x), "")
    parts = [
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        f"{len(os.sched_getaffinity(0))} cores ({model or platform.machine()})",
        torch.get("gpu") or "no GPU",
        f"Python {platform.python_version()}",
    ]
    for name in ("numpy", "scikit-learn"):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"no {name}")
    parts += [f"{name} {torch[name]}" for name in ("torch", "transformers") if name in torch]
    return ", ".join(parts)


if __name__ == "__main__":
    main()
