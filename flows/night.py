"""The parts of a night: new items into samples, reviews into files, all nights into a model.

data/nightly/{seen.sqlite,batches,quarantine,samples,reviews,pool,latest}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prefect.logging import get_run_logger

from augment.pipeline.incoming import Batch, Look, finish
from augment.pipeline.nights import keep, pool
from augment.pipeline.quarantine import quarantine
from flows import artifacts
from flows.experiment import measured
from flows.make_corpus import shown
from flows.rounds import Round, pulled, pushed
from flows.settings import Corpus, Llms, Measuring, Review, Samples, Watched, configured
from flows.states import Outcome, Stopped, done, judged
from flows.tasks import look

NAME = "nightly"


class Night:
    """One night; ``made``: samples of each batch that was done with."""

    def __init__(self, corpus: Corpus, watched: Watched, review: Review) -> None:
        self.corpus, self.watched, self.review = corpus, watched, review
        self.incoming = watched.incoming()
        self.made: dict[str, int] = {}

    def take_all(self, samples: Samples, llms: Llms) -> tuple[Look, Outcome | None]:
        """Batch after batch until nothing is new, or a batch cannot be finished tonight."""
        base = configured(self.corpus, samples, llms)
        gold = [path for path in (base.corpus, base.test) if path]
        if "annotate" not in base.strategies:
            get_run_logger().warning("no strategy annotate: samples are not made of the new items")
        trouble = None
        while True:
            found = done(look(self.incoming, gold))
            artifacts.show_incoming(NAME, found.waiting, quarantine(self.watched.work))
            if found.batch is None:
                return found, trouble
            trouble = self.take(found.batch, samples, llms)
            if found.batch.name not in self.made:
                return found, trouble

    def take(self, batch: Batch, samples: Samples, llms: Llms) -> Outcome | None:
        """Samples of one batch, and a selection of them to the reviewers; why it went wrong.

        What was stopped goes on with the same batch the next night.
        """
        number = batch.documents if samples.samples is None else samples.samples
        fixed = {"write.raw": batch.items, "samples": number, "measure": False, "gate": False}
        config = configured(self.corpus, samples, llms, **fixed)
        try:
            manifest, bad = shown(NAME, self.corpus, config)
            if bad and bad.name != "No samples":
                return bad
            kept = keep(
                self.corpus.folder(config) / "accepted.jsonl", batch.name, self.watched.work
            )
            if self.review.url and not bad:
                title = f"{self.review.project or NAME} {batch.name}"
                pushed(NAME, self.round(kept, config.guide), self.review, title)
        except Stopped as stop:
            return stop.outcome
        finish(self.incoming, batch)
        self.made[batch.name] = manifest["accepted"] + manifest["rewrite"]["accepted"]
        return bad

    def round(self, samples: Path, guide: str) -> Round:
        """The round of review of one batch's samples."""
        return Round(self.watched.work / "reviews" / samples.stem, samples, guide)

    def ask_back(self) -> tuple[int, Outcome | None]:
        """Fetch what reviewers said since, of all rounds; the number of tasks that are done."""
        rows: list[dict[str, Any]] = []
        trouble = None
        for path in sorted((self.watched.work / "samples").glob("*.jsonl")):
            round = self.round(path, configured(self.corpus).guide)
            if self.review.url and round.sent and not round.complete:
                try:
                    counts = pulled(round, self.review)
                except Stopped as stop:
                    trouble = stop.outcome
                    break
                rows.append({"project": round.sent.title, **counts})
        if rows:
            artifacts.show_reviews(NAME, rows)
        return sum(row["done"] for row in rows), trouble

    def retrain(self, measuring: Measuring) -> Path | None:
        """A model of the gold and, as far as the gate lets them in, of all nights.

        None if there is nothing that the newest model does not know. Raises Stopped.
        """
        additions = pool(self.watched.work)
        if not additions:
            return None
        config = measured(self.corpus, measuring, additions)
        folder = self.corpus.folder(config)
        before = folder / "manifest.json"
        if known := before.is_file():
            bad = judged(json.loads(before.read_text(encoding="utf-8")), folder)
        else:
            _, bad = shown(f"{NAME}-model", self.corpus, config)
        if bad:
            raise Stopped(bad)
        self.point_to(folder)
        return None if known else folder / "model"

    def point_to(self, folder: Path) -> None:
        """Let ``latest`` name the folder of the newest model."""
        scratch = self.watched.work / ".latest"
        scratch.unlink(missing_ok=True)
        scratch.symlink_to(folder.resolve(), target_is_directory=True)
        scratch.replace(self.watched.work / "latest")
