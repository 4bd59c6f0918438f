"""How fast the students are, and what memory they take, side by side in one run.

    [AUGMENT_CORPORA=…] python tests/benchmarks/bench_speed.py [--rounds 3] [--python-llm PYTHON]

Documents of textmine/train.csv, or of ``data/sample``. Each row of each round is a process of its
own; the rounds are interleaved. Encoders and language models have the size of their family's base
model and random weights, which are as fast as others; they run in the Python that has torch. Of
them few documents are timed on a CPU (``--few``) and scaled up to all; of `seq2seq` some questions
about 40 documents on a GPU, about ``--asked 2`` on a CPU (many minutes), scaled up to those of all.
(speed_row.py is one row.)
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
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from speed_row import Row

from augment.read import read_all
from augment.registry import names
from augment.store import write_lines
from augment.train.chain import PARTS

ROOT = Path(__file__).resolve().parents[2]
LIGHT = [("relations", "linear"), ("relations", "rules"), ("ner", "linear"), ("coref", "linear")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    llm = ROOT / ".venv-llm" / "bin" / "python"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--few", type=int, default=12, help="documents for encoders on a CPU")
    parser.add_argument(
        "--asked", type=int, default=0, help="documents for seq2seq on a CPU; 0: none"
    )
    parser.add_argument("--only", default="", help="students to time: linear,transformer")
    parser.add_argument("--python-llm", type=Path, default=llm if llm.exists() else None)
    compare(parser.parse_args(arguments))


def compare(given: argparse.Namespace) -> None:
    """All rows in rounds, each in its process, then the table."""
    corpora = os.environ.get("AUGMENT_CORPORA")
    corpus = Path(corpora, "textmine/train.csv") if corpora else ROOT / "data/sample/train.txt"
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as work:
        documents = read_all(corpus)[0]
        write_lines(Path(work, "documents.jsonl"), documents)
        torch = about_torch(given.python_llm) if given.python_llm else {}
        only = given.only.split(",") if given.only else []
        rows = [r for r in wanted(given, torch) if not only or r.student.split(":")[0] in only]
        if any(":" in row.student for row in rows):
            call(given.python_llm, work)
        found: dict[Row, list[dict[str, float]]] = {row: [] for row in rows}
        for number in range(given.rounds):
            for row in rows:
                python = given.python_llm if ":" in row.student else sys.executable
                environment = {} if row.device == "GPU" else {"CUDA_VISIBLE_DEVICES": ""}
                told = call(python, work, json.dumps(row), **environment)
                sys.stderr.write(f"round {number + 1}: {' '.join(row[:3])}: {told}\n")
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
        asked = given.asked if device == "CPU" else 40
        if "seq2seq" in names("student") and asked:
            rows.append(Row("relations", "seq2seq:t5", device, asked, asked))
    return rows


def call(python: str | Path, *arguments: str, **environment: str) -> str:
    """Output of the script of one row in a fresh process."""
    everything = {name: v for name, v in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run(
        [str(python), str(ROOT / "tests/benchmarks/speed_row.py"), *arguments],
        env={**everything, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT), **environment},
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


def table(found: dict[Row, list[dict[str, float]]], documents: int) -> list[str]:
    """Lines of a markdown table."""
    head = (
        "task", "student", "on", f"training, {documents} documents, s", "processor s",
        "prediction, documents/s", "a processor s", "MiB", "GPU MiB",
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
