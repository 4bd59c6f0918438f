"""One contestant of bench_generate: asks all requests, prints seconds, CPU seconds, replies.

    python callers.py openai|ours|curator|distilabel URL CONCURRENCY REQUESTS.json FOLDER

Runs in the contestant's own environment; imports, clients and reading of files are not timed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Asked = dict[str, Any]
MODEL = "m"


def openai(url: str, concurrency: int, asked: list[Asked], folder: Path) -> Callable[[], int]:
    """The plain client with a semaphore; replies are kept in memory and not looked at."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    fields = ("model", "messages", "temperature", "top_p", "max_tokens", "seed")

    async def everything() -> int:
        turn = asyncio.Semaphore(concurrency)

        async def one(request: Asked) -> str | None:
            async with turn:
                answer = await client.chat.completions.create(**{f: request[f] for f in fields})
                text: str | None = answer.choices[0].message.content
                return text

        replies = await asyncio.gather(*map(one, asked))
        return sum(map(bool, replies))

    return lambda: asyncio.run(everything())


def ours(url: str, concurrency: int, asked: list[Asked], folder: Path) -> Callable[[], int]:
    """`generate` with a ledger on disk; every reply is parsed, aligned and validated."""
    from augment.align.strategies import compose
    from augment.generate import CallSettings, Connection, connect, generate
    from augment.guide import load
    from augment.ledger import Ledger
    from augment.schema import Drop, Order, Request
    from augment.validate import validate

    guide, backend = load("ukraine_live"), connect("openai", Connection(base_url=url))
    orders = {r["id"]: Order.model_validate(r.pop("order")) for r in asked}
    requests = [Request.model_validate(request) for request in asked]
    settings = CallSettings(concurrency=concurrency)

    def everything() -> int:
        accepted = 0
        with Ledger(folder / "ledger.sqlite") as ledger:
            for outcome in generate(requests, backend=backend, ledger=ledger, settings=settings):
                if isinstance(outcome, Drop):
                    raise SystemExit(f"{outcome.reason}: {outcome.detail}")
                order = orders[outcome.id]
                made = compose(outcome, order=order, guide=guide)
                if not isinstance(made, Drop):
                    made = validate(made, guide=guide, order=order)
                accepted += not isinstance(made, Drop)
        return accepted

    return everything


def curator(url: str, concurrency: int, asked: list[Asked], folder: Path) -> Callable[[], int]:
    """bespokelabs-curator: keeps replies in files of its own; they are not looked at."""
    os.environ |= {"CURATOR_CACHE_DIR": str(folder), "OPENAI_API_KEY": "none"}
    os.environ |= {"CURATOR_DISABLE_RICH_DISPLAY": "1", "TELEMETRY_ENABLED": "false"}
    from bespokelabs import curator
    from datasets import Dataset

    class Writer(curator.LLM):  # type: ignore[misc]
        def prompt(self, row: Asked) -> object:
            return row["messages"]

        def parse(self, row: Asked, reply: str) -> Asked:
            return {"text": reply}

    parameters = {
        "base_url": url,
        "max_concurrent_requests": concurrency,
        "max_requests_per_minute": 10**7,
        "max_tokens_per_minute": 10**10,
        "max_retries": 0,
    }
    writer = Writer(model_name="gpt-4o-mini", backend="openai", backend_params=parameters)
    dataset = Dataset.from_list([{"messages": request["messages"]} for request in asked])

    def everything() -> int:
        found = writer(dataset)
        return sum(map(bool, getattr(found, "dataset", found)["text"]))

    return everything


def distilabel(url: str, concurrency: int, asked: list[Asked], folder: Path) -> Callable[[], int]:
    """A pipeline of one step; batches as large as the concurrency; replies are not looked at."""
    os.environ |= {"HF_HOME": str(folder), "HF_HUB_OFFLINE": "1"}
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps import LoadDataFromDicts
    from distilabel.steps.tasks import ChatGeneration

    data = [{"messages": request["messages"]} for request in asked]
    with Pipeline(name="calls", cache_dir=folder) as pipeline:
        load = LoadDataFromDicts(data=data, batch_size=concurrency)
        llm = OpenAILLM(model=MODEL, base_url=url, api_key="none", max_retries=0)
        load >> ChatGeneration(llm=llm, input_batch_size=concurrency)

    def everything() -> int:
        found = pipeline.run(use_cache=False)
        return sum(map(bool, found["default"]["train"]["generation"]))

    return everything


WHO = {"openai": openai, "ours": ours, "curator": curator, "distilabel": distilabel}


def main(who: str, url: str, concurrency: int, requests: Path, folder: Path) -> None:
    """Run one and print what it took as the last line."""
    everything = WHO[who](url, concurrency, json.loads(requests.read_text()), folder)
    start, cpu = time.perf_counter(), os.times()
    replies = everything()
    seconds, after = time.perf_counter() - start, os.times()
    print(json.dumps([seconds, sum(after[:4]) - sum(cpu[:4]), replies]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[5]))
