import json
from pathlib import Path

import pytest
import yaml

from augment.cli import main
from augment.schema import Order
from augment.store import write_lines
from tests.generate.batch_server import serve_batches
from tests.generate.batches import VENDORS, make_run, request, requests
from tests.generate.server import completion, serve
from tests.helpers import ROOT

PLACES = ["Kiev", "Lviv", "Odessa", "Kharkiv"]
ITEM = (
    "Le maire a pris la parole à [[e1:PLACE|{0}]], en [[e2:PLACE|Ukraine]], devant une foule venue "
    "de tout le pays : l’école de {0} rouvrira au printemps, a-t-il promis, et l’hôpital ensuite.\n"
    '{{"relations": [["e1", "IS_LOCATED_IN", "e2"]]}}'
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("augment.generate.batch.vendor.PAUSE", 0.0)


def run(*arguments):
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return caught.value.code or 0


def refused(capsys, *arguments):
    code = run(*arguments)
    said = capsys.readouterr()
    assert code and "Traceback (most" not in said.err and "error: " in said.err
    return code, said.err


def batch(capsys, *arguments):
    assert run("batch", *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def compose(body):
    """An item about the place that the order is for: each order has its own length."""
    asked = body["messages"][-1]["content"]
    place = next(name for n, name in enumerate(PLACES) if str(60 + 7 * n) in asked)
    return completion(ITEM.format(place))


def whole_run(out, url, ledger, *more):
    orders = [
        Order(id=f"o{n}", strategy="compose", types=("IS_LOCATED_IN",), words=60 + 7 * n)
        for n in range(len(PLACES))
    ]
    write_lines(Path("orders.jsonl"), orders)
    sample = ROOT / "data/sample"
    config = {"corpus": f"{sample}/train.txt", "test": f"{sample}/test.txt", "samples": 0}
    config |= {"guide": "ukraine_live", "strategies": [], "measure": False, "student": "rules"}
    config |= {"write": {"orders": "orders.jsonl", "llm": ["openai:m"]}}
    Path("run.yaml").write_text(yaml.safe_dump(config))
    return run("run", "run.yaml", "--base-url", url, "--ledger", ledger, "--out", out, *more)


def test_samples_of_the_batch_way_are_those_of_the_online_way(capsys):
    with serve(lambda body, attempt: compose(body)) as server:
        assert whole_run("online", server.url, "online.sqlite") == 0
        url = server.url
    accepted = Path("online/accepted.jsonl").read_bytes()
    assert accepted.count(b"\n") == len(PLACES)
    for name in ("files", "api"):
        ledger = ("--ledger", f"{name}.sqlite")
        assert whole_run(name, url, ledger[1], "--dry-run") == 0
        capsys.readouterr()
        if name == "files":
            export = ("export", name, "--format", "openai", "--out", "sent.jsonl", *ledger)
            assert batch(capsys, *export)["files"][0]["requests"] == len(PLACES)
            sent = map(json.loads, Path("sent.jsonl").read_text().splitlines())
            lines = [
                {"custom_id": s["custom_id"], "response": {"body": compose(s["body"])}}
                for s in sent
            ]
            Path("got.jsonl").write_text("\n".join(map(json.dumps, lines[::-1])))
            assert batch(capsys, "import", name, "got.jsonl", *ledger)["stored"] == len(PLACES)
        else:
            with serve_batches(compose) as server:
                llm = ("--llm", "openai:m", "--base-url", server.url)
                assert len(batch(capsys, "submit", name, *llm, *ledger)["jobs"]) == 1
                (told,) = batch(capsys, "collect", name, *ledger)["done"]
                assert told["imported"]["stored"] == len(PLACES)
        assert whole_run(name, url, ledger[1]) == 0
        assert Path(name, "accepted.jsonl").read_bytes() == accepted
        assert Path(name, "dropped.jsonl").read_bytes() == Path("online/dropped.jsonl").read_bytes()


def test_what_is_printed_for_people(capsys):
    asked = [*requests(3), request("autre", "x", model="n")]
    make_run(Path("run"), asked)
    assert run("batch", "export", "run", "--format", "mistral", "--out", "b.jsonl") == 0
    said = capsys.readouterr().out
    assert "b-1.jsonl" in said and "b-2.jsonl" in said and "4 requests to be answered" in said
    assert run("batch", "status", "run") == 0
    assert "no batch was submitted" in capsys.readouterr().out
    with serve_batches(
        lambda b: None if "0" in b["messages"][1]["content"] else completion("x")
    ) as s:
        llm = ("--llm", "mistral:m", "--base-url", s.url)
        assert run("batch", "submit", "run", *llm) == 0
        assert "job-0" in capsys.readouterr().out
        assert run("batch", "status", "run") == 0
        assert "SUCCESS" in capsys.readouterr().out
        assert run("batch", "collect", "run") == 0
    said = capsys.readouterr()
    assert "3 lines: 2 replies stored" in said.out and "0 batch jobs to wait for" in said.out
    assert "batch_expired (1): This request could not be run." in said.err
    assert run("batch", "status", "run") == 0
    assert "collected" in capsys.readouterr().out
    assert run("batch", "collect", "run") == 0


def test_a_refused_part_is_named(capsys):
    make_run(Path("run"), requests(1))
    body = {"error": {"message": "no", "param": "max_tokens", "code": None}}
    reply = {"status_code": 400, "body": body}
    Path("o").write_text(json.dumps({"custom_id": requests(1)[0].key, "response": reply}))
    assert run("batch", "import", "run", "o") == 1
    assert "give --without max_tokens" in capsys.readouterr().err


@pytest.mark.parametrize("vendor", VENDORS)
def test_faults_are_one_line_with_the_right_code(capsys, vendor):
    make_run(Path("run"), requests(1))
    Path("file").write_text("x\n")
    Path("empty").mkdir()
    llm, out = ("--llm", f"{vendor}:m"), ("--out", "b.jsonl")
    with serve_batches() as server:
        url = server.url
    for code, wanted, arguments in [
        (2, "no such run folder", ("export", "none", "--format", vendor, *out)),
        (2, "03_prompt", ("export", "empty", "--format", vendor, *out)),
        (2, "no batch format", ("export", "run", "--format", "x", *out)),
        (2, "no part", ("export", "run", "--format", vendor, *out, "--without", "x")),
        (
            2,
            "overwrite",
            ("export", "run", "--format", vendor, "--out", "run/03_prompt/part-0000.jsonl"),
        ),
        (2, "no such file", ("import", "run", "none.jsonl")),
        (1, "no reply to a request", ("import", "run", "file")),
        (2, "no NAME:MODEL", ("submit", "run", "--llm", vendor)),
        (2, "asks nothing of", ("submit", "run", "--llm", f"{vendor}:x", "--base-url", url)),
        (2, "no batch 'vllm'", ("submit", "run", "--llm", "vllm:m")),
        (2, "not allowed", ("submit", "run", *llm)),
        (2, "needs the price", ("submit", "run", *llm, "--base-url", url, "--max-cost", "1")),
        (1, "is the server running", ("submit", "run", *llm, "--base-url", url)),
        (2, "no batch was submitted", ("collect", "run")),
    ]:
        found, said = refused(capsys, "batch", *arguments)
        assert found == code and wanted in said, (arguments, said)


def test_a_run_is_not_sent_where_the_policy_lets_no_texts_go(capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-123")
    llm = ("--llm", "openai:m", "--policy", "policy.yaml")
    Path("policy.yaml").write_text("hosts: [api.openai.com]\nallow: [{guide: '*', level: guide}]\n")
    make_run(Path("run"), requests(1))
    code, said = refused(capsys, "batch", "submit", "run", *llm)
    assert code == 2 and "does not let the texts" in said
