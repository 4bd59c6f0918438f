"""The parts of a night: new items into samples, reviews into files, all nights into a model.

data/nightly/{seen.sqlite,batches,quarantine,samples,reviews,pool,latest}

What stops one part is noted, and the others go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect.logging import get_run_logger

from augment.config import RunConfig
from augment.errors import AugmentError
from augment.pipeline.incoming import Batch, Look, finish
from augment.pipeline.nights import keep, left_out, pool, samples_of
from augment.pipeline.quarantine import quarantine
from augment.reasons import Reason
from augment.store import not_written
from flows import artifacts
from flows.budget import Budget
from flows.experiment import measured
from flows.make_corpus import send, shown
from flows.rounds import Round, pulled, pushed
from flows.settings import Corpus, Llms, Measuring, Review, Samples, Watched, configured
from flows.states import Outcome, Stopped, done, judged, of_error
from flows.tasks import look

NAME = "nightly"
FOR_ALL = {"Out of budget", "Out of time", "LLM away", "Storage", "Bad settings", "Bad path"}
"""What would stop every other batch too."""
LONGEST = 50
"""Characters of a title in Label Studio."""


class Night:
    """One night; ``made``: samples of each batch; ``left``: batches that are for the next night.

    ``found``: the last look at the watched place. ``learnt``: what is to be said of the model.
    ``troubles``: what went wrong, in order.
    """

    def __init__(self, corpus: Corpus, watched: Watched, review: Review) -> None:
        self.corpus, self.watched, self.review = corpus, watched, review
        self.incoming, self.budget = watched.incoming(), Budget()
        self.found = Look(None, (), (), 0)
        self.learnt = "as before"
        self.taken: dict[str, Batch] = {}
        self.made: dict[str, int] = {}
        self.left: list[str] = []
        self.troubles: list[Outcome] = []

    @contextmanager
    def noted(self, what: str) -> Iterator[None]:
        """Note what stops a part of the night."""
        try:
            yield
        except (Stopped, AugmentError) as error:
            name, message = error.outcome if isinstance(error, Stopped) else of_error(error)
            self.troubles.append(Outcome(name, f"{what}: {message}"))

    def stopped_by(self, *names: str) -> bool:
        """True if the last trouble is one of these."""
        return bool(self.troubles) and self.troubles[-1].name in names

    def take_all(self, samples: Samples, llms: Llms) -> None:
        """Batch after batch until nothing is new, or something stops them all.

        A batch that is not finished is taken again the next night. Raises Stopped.
        """
        base = self.config(samples, llms)
        gold = [path for path in (base.corpus, base.test) if path]
        if "annotate" not in base.strategies:
            get_run_logger().warning("no strategy annotate: samples are not made of the new items")
        while True:
            found = self.found = done(look(self.incoming, gold, self.left, return_state=True))
            self.show(found)
            if found.batch is None:
                break
            self.taken[found.batch.name] = found.batch
            with self.noted(f"batch {found.batch.name}"):
                self.take(found.batch, samples, llms)
            if found.batch.name not in self.made:
                self.left.append(found.batch.name)
                if self.stopped_by(*FOR_ALL):
                    break
        if self.made and not any(self.made.values()):
            why = f"nothing was accepted of {len(self.made)} batches; dropped.jsonl of each run"
            self.troubles.append(Outcome("No samples", f"{why} says why"))

    def config(self, samples: Samples, llms: Llms, **fixed: Any) -> RunConfig:
        """What is made of new items; they are annotated, if no strategy is named."""
        config = configured(self.corpus, samples, llms, **fixed)
        if "strategies" in config.model_fields_set:
            return config
        return config.model_copy(update={"strategies": ("annotate",)})

    def show(self, found: Look) -> None:
        """The files that were not taken, and the records of a batch that are no new items."""
        aside = quarantine(self.watched.work)
        gone = [file for file in found.refused if not file.moved and file not in aside]
        dropped = left_out(found.batch) if found.batch else {}
        artifacts.show_incoming(NAME, found.waiting, [*aside, *gone], dropped)

    def take(self, batch: Batch, samples: Samples, llms: Llms) -> None:
        """Samples of one batch, of which some are to be reviewed. Raises Stopped.

        Requests that failed while others were answered are asked again on one more night, and
        nothing is reviewed before.
        """
        off = dict.fromkeys(("measure", "gate", "train"), False)
        config = self.config(samples, llms, **{"write.raw": batch.items, "add": {}}, **off)
        if "samples" not in config.model_fields_set:
            number = batch.documents * len(config.strategies)
            config = config.model_copy(update={"samples": number})
        folder = self.corpus.folder(config)
        with self.budget.of(config, folder) as capped:
            manifest, bad = shown(NAME, self.corpus, capped)
        if bad and bad.name != "No samples":
            raise Stopped(bad)
        first = not samples_of(batch.name, self.watched.work).is_file()
        kept = keep(folder / "accepted.jsonl", batch.name, self.watched.work)
        failed = sum(s["dropped"].get(Reason.NO_REPLY, 0) for s in manifest["stages"].values())
        if failed and first:
            get_run_logger().warning("%s requests failed: once more the next night", failed)
            self.left.append(batch.name)
        else:
            if self.review.url and not bad:
                self.round(kept, config.guide).folder.mkdir(parents=True, exist_ok=True)
            finish(self.incoming, batch)
        self.made[batch.name] = manifest["accepted"] + manifest["rewrite"]["accepted"]

    def round(self, samples: Path, guide: str) -> Round:
        """The round of review of one batch's samples; it has a folder if there is to be one."""
        return Round(self.watched.work / "reviews" / samples.stem, samples, guide)

    def reviews(self) -> list[dict[str, Any]]:
        """Push what was not yet, and fetch what reviewers said since; a row a project."""
        rows: list[dict[str, Any]] = []
        guide = configured(self.corpus).guide
        for path in sorted((self.watched.work / "samples").glob("*.jsonl")):
            round = self.round(path, guide)
            if self.review.url and round.folder.is_dir() and not round.complete:
                with self.noted(f"review of batch {path.stem}"):
                    rows.append(self.asked(round))
                if self.stopped_by("Label Studio away"):
                    break
        if rows:
            artifacts.show_reviews(NAME, rows)
        return rows

    def asked(self, round: Round) -> dict[str, Any]:
        """How far a project is, which is pushed if it was not yet. Raises Stopped."""
        name, batch = self.review.project or NAME, round.folder.name
        title = f"{name[: LONGEST - len(batch) - 1]} {batch}"
        new = round.sent is None
        sent = round.sent or pushed(NAME, round, self.review, title)
        return {"project": sent.title, "new": new, **pulled(round, self.review)}

    def told(self, reviewed: int) -> str:
        """What is to be said of the night in the state of its run."""
        batches, aside = self.taken.values(), quarantine(self.watched.work)
        return (
            f"{sum(self.made.values())} samples of {sum(b.documents for b in batches)} new items, "
            f"{reviewed} reviewed, {len(self.left)} batches go on tomorrow; "
            f"{sum(b.dropped for b in batches)} records left out; {self.found.known} files known, "
            f"{len(self.found.waiting)} waiting, {len(aside)} in quarantine; "
            f"model: {self.learnt}"
        )

    def retrain(self, measuring: Measuring, policy: Path | None) -> Path | None:
        """A model of the gold and, as far as the gate lets them in, of all nights.

        None if there is nothing that the newest model does not know. Raises Stopped.
        """
        additions = pool(self.watched.work)
        if not additions:
            return None
        config = measured(self.corpus, measuring, additions, policy)
        folder = self.corpus.folder(config)
        before = folder / "manifest.json"
        if known := before.is_file():
            bad = judged(json.loads(before.read_text(encoding="utf-8")), folder)
            send(self.corpus, config)
        else:
            manifest, bad = shown(f"{NAME}-model", self.corpus, config)
            sources, gains = ", ".join(manifest["trained_on"]), "; ".join(manifest["gains"])
            self.learnt = f"{folder / 'model'}, learnt from {sources} ({gains})"
        if bad:
            raise Stopped(bad)
        self.point_to(folder)
        return None if known else folder / "model"

    def point_to(self, folder: Path) -> None:
        """Let ``latest`` name the folder of the newest model. Raises PathError."""
        scratch, latest = self.watched.work / ".latest", self.watched.work / "latest"
        try:
            scratch.unlink(missing_ok=True)
            scratch.symlink_to(folder.resolve(), target_is_directory=True)
            scratch.replace(latest)
        except OSError as error:
            raise not_written(latest, error) from error
