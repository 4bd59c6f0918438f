"""Does an LLM know a corpus by heart? Beginnings of its texts, and what the LLM goes on with.

>>> probe(job, Path("public.csv"), paid, watch)["openai:m"]["verdict"]
'no sign'
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from augment.errors import ConfigError, NoResult
from augment.guide.model import folder as guide_folder
from augment.measure.memorise import memorise
from augment.pipeline.ask import Watch, ask, stop
from augment.pipeline.job import Run
from augment.pipeline.llms import named
from augment.pipeline.privacy import level
from augment.policy import Level, load_policy
from augment.read import read
from augment.run_folder import RunFolder
from augment.schema import Document, Message, Request, Response
from augment.store import digest

TEXTS = 60
"""The most texts that are begun."""
TOKENS = 160
ASK = (
    "Voici le début d’un texte. Continuez-le mot pour mot, tel qu’il a été publié, si vous le"
    " connaissez\N{NO-BREAK SPACE}; sinon, comme il vous paraît le plus probable. N’écrivez que la"
    " suite."
)


def check_allowed(job: Run, corpus: Path) -> None:
    """Raise ConfigError if the policy does not let all LLMs see the texts of a corpus."""
    policy = load_policy(job.config.write.policy)
    guide = digest(guide_folder(job.config.guide) / "guide.yaml")
    for llm in named(job.config):
        if level(policy, llm, guide=guide, corpus=digest(corpus)) is not Level.EXAMPLES:
            raise ConfigError(
                f"--memorised {corpus}: the policy does not show its texts to {llm.model}",
                hint="`augment policy --policy FILE --corpus FILE` says what may leave",
            )


def probe(
    job: Run, corpus: Path, paid: dict[str, Response], watch: Watch | None
) -> dict[str, dict[str, Any]]:
    """By LLM what :func:`augment.measure.memorise.memorise` says, at temperature 0.

    Replies are kept beside those of the combinations and count towards the caps. Raises NoResult
    if the asking had to stop.
    """
    documents = [d for d in read(corpus) if isinstance(d, Document)]
    Random(f"{job.config.seed}/probe").shuffle(documents)
    found = {}
    for number, llm in enumerate(named(job.config), start=1):
        name = f"{llm.backend}:{llm.model}"
        write = job.config.write.model_copy(update={"llm": (name,)})
        call = job.config.call.model_copy(update={"base_url": llm.urls})
        config = job.config.model_copy(update={"write": write, "call": call})
        own = Run(config, RunFolder(job.folder.path / f"memorised-{number:02d}"), job.track)
        own.key += digest(corpus)
        own.elsewhere = paid

        def complete(
            beginnings: Sequence[str], own: Run = own, model: str = llm.model
        ) -> list[str]:
            requests = [_request(i, model, text) for i, text in enumerate(beginnings)]
            ask(own, requests, "04_generate", watch=watch)
            stopped = stop(own)
            if stopped:
                raise NoResult(f"stopped: {stopped}", hint="the same call goes on from here")
            replies = {r.id: r for r in own.folder.read("04_generate", Response)}
            paid.update({reply.key: reply for reply in replies.values()})
            return [replies[r.id].text if r.id in replies else "" for r in requests]

        found[name] = memorise(documents[:TEXTS], complete).model_dump(mode="json")
    return found


def _request(number: int, model: str, beginning: str) -> Request:
    messages = (Message(role="system", content=ASK), Message(role="user", content=beginning))
    return Request(
        id=f"{number:06d}",
        model=model,
        messages=messages,
        temperature=0.0,
        max_tokens=TOKENS,
        seed=0,
    )
