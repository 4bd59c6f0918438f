"""What the batch tests share: a run folder with prompts, answers, and what a ledger holds."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from augment.generate import Connection, connect, generate
from augment.generate.batch import connect as connect_batch
from augment.generate.batch import submit
from augment.generate.batch.submission import SubmitSettings
from augment.ledger import Ledger
from augment.run_folder import RunFolder
from augment.schema import Drop, Message, Request
from augment.store import write_json
from tests.generate.server import Fault, completion, error, serve

VENDORS = ("openai", "mistral")
FORM = {"type": "object", "properties": {"a": {"type": "integer"}}}


def request(text, id="r1", model="m", **fields):
    messages = (Message(role="system", content="Écris.\u2028"), Message(role="user", content=text))
    return Request(id=id, model=model, messages=messages, **fields)


def requests(n, **fields):
    return [request(f"question {i} 🙂", f"r{i}", **fields) for i in range(n)]


def make_run(path, made):
    write_json(path / "run.json", {"fingerprint": "f" * 64, "samples": len(made)})
    RunFolder(path).stage("03_prompt", " ".join(request.key for request in made), made)
    return path


def answer(body):
    """What the model says: mostly texts, some of them cut, empty, refused or with an error."""
    asked = body["messages"][-1]["content"]
    if "coupe" in asked:
        return completion("Kiev", "length")
    if "vide" in asked:
        return completion("", "content_filter")
    if "morceaux" in asked:
        return completion([{"type": "text", "text": "Kiev "}, {"type": "text", "text": "tient"}])
    if "trop long" in asked:
        return Fault(400, error("too long", "context_length_exceeded"))
    if "interdit" in asked:
        return Fault(400, error("no", "content_policy_violation"))
    return completion(f"[[e1:PLACE|Kiev]] résiste \u2028: {asked}\n" + '{"relations": []}')


KINDS = ["coupe", "vide", "morceaux", "question", "trop long", "interdit", "autre question"]


def online(vendor, asked, path):
    """Outcomes of `generate` against a server, and what its ledger holds."""
    with (
        serve(lambda body, attempt: answer(body)) as server,
        closing(connect(vendor, Connection(base_url=server.url))) as backend,
        Ledger(path) as ledger,
    ):
        outcomes = list(generate(asked, backend=backend, ledger=ledger))
        return outcomes, server.bodies


def replayed(asked, path):
    """Outcomes of `generate` with that ledger and nobody to ask."""
    with (
        closing(connect("replay", Connection(replies=path))) as backend,
        Ledger(path) as ledger,
    ):
        return list(generate(asked, backend=backend, ledger=ledger))


def results(outcomes):
    """Id and reply; of drops id and reason; what could not be asked is the same as not recorded."""
    unasked = {"context_too_long": "not_recorded"}
    return [
        (o.id, unasked.get(o.reason, str(o.reason))) if isinstance(o, Drop) else (o.id, o)
        for o in outcomes
    ]


def answered(files):
    """What anybody might answer to exported files: lines of output and error files."""
    lines = []
    for file in files:
        for line in Path(file.path).read_text(encoding="ascii").splitlines():
            sent = json.loads(line)
            said = answer(sent["body"])
            status, body = (said.status, said.body) if isinstance(said, Fault) else (200, said)
            reply = {"status_code": status, "request_id": "x", "body": body}
            lines.append({"id": "x", "custom_id": sent["custom_id"], "response": reply})
    return [json.dumps(line | {"error": None}, ensure_ascii=False) for line in lines]


def rows(path):
    """All that a ledger holds but the time."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT * FROM replies ORDER BY key").fetchall()
        return [row[:-1] for row in found]


def send(run, vendor, url, ledger=None, **fields):
    settings = SubmitSettings(vendor=vendor, model="m", base_url=url, **fields)
    with closing(connect_batch(vendor, Connection(base_url=url))) as api:
        return submit(run, api, ledger=ledger, settings=settings)


def open_job(job):
    return connect_batch(job.vendor, Connection(base_url=job.base_url))
