import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from augment.errors import PathError, UnknownName
from augment.generate import Price
from augment.generate.batch import export, files, import_
from augment.ledger import Ledger
from augment.schema import Response
from tests.generate.batches import (
    FORM,
    KINDS,
    VENDORS,
    answered,
    online,
    replayed,
    request,
    requests,
    results,
    rows,
)
from tests.generate.server import completion, error


def exported(asked, path, format="openai", ledger=None, **options):
    return export(asked, format, path=path, ledger=ledger, **options)


def load(path, lines, asked, ledger_path, end="\n", **options):
    path.write_bytes(end.join(lines).encode())
    with Ledger(ledger_path) as ledger:
        return import_([path], asked, ledger, backend="batch", **options)


def line(key, status=200, body=None, error=None):
    response = {"status_code": status, "body": body} if body is not None else None
    return json.dumps({"custom_id": key, "response": response, "error": error})


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_line_holds_what_the_online_call_sends(vendor, tmp_path):
    asked = [request("a", form=FORM, seed=3, temperature=0.5), request("b", "r2", top_p=0.5)]
    _, bodies = online(vendor, asked, tmp_path / "l.sqlite")
    (file,) = exported(asked, tmp_path / "b.jsonl", vendor).files
    lines = [json.loads(one) for one in file.path.read_text().splitlines()]
    sent = {one["custom_id"]: one["body"] for one in lines}
    online_bodies = {body["messages"][-1]["content"]: body for body in bodies}
    assert sent == {r.key: online_bodies[r.messages[-1].content] for r in asked}
    extra = {"method", "url"} if vendor == "openai" else set()
    assert all(set(one) == {"custom_id", "body"} | extra for one in lines)
    assert file.bytes == file.path.stat().st_size


def test_equal_requests_go_once_and_known_ones_not_at_all(tmp_path):
    asked = [*requests(4), request("question 0 🙂", "again")]
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.put(Response(id="", key=asked[1].key, text="x"), backend="b", model="m")
        made = exported(asked, tmp_path / "b.jsonl", ledger=ledger, under_way={asked[2].key})
    assert (made.known, made.under_way, made.equal) == (1, 1, 1)
    lines = (tmp_path / "b.jsonl").read_text().splitlines()
    assert [json.loads(one)["custom_id"] for one in lines] == [asked[0].key, asked[3].key]


def test_nothing_missing_is_no_file(tmp_path):
    asked = requests(2)
    made = exported(asked, tmp_path / "b.jsonl", under_way={r.key for r in asked})
    assert made.files == [] and not (tmp_path / "b.jsonl").exists()


def test_models_and_limits_make_several_files(tmp_path, monkeypatch):
    length = len(json.dumps(files.FORMATS["openai"].line(requests(1)[0], ()))) + 1
    limits = files.Limits(3, 2 * length + 1)
    small = files.FORMATS["openai"]._replace(limits=limits)
    monkeypatch.setitem(files.FORMATS, "openai", small)
    asked = [*requests(5), request("autre", "x", model="n")]
    made = exported(asked, tmp_path / "b.jsonl").files
    assert [(f.model, f.requests) for f in made] == [("m", 2), ("m", 2), ("m", 1), ("n", 1)]
    assert [f.path.name for f in made] == [f"b-{i}.jsonl" for i in range(1, 5)]
    assert all(f.bytes <= limits.bytes for f in made)
    monkeypatch.setitem(files.FORMATS, "openai", small._replace(limits=files.Limits(3, 10**6)))
    assert [f.requests for f in exported(asked, tmp_path / "c.jsonl").files] == [3, 2, 1]


def test_a_part_that_the_model_refuses_is_left_out_on_demand_and_recorded(tmp_path):
    asked = [request("a", form=FORM)]
    refused = line(asked[0].key, 400, error("Unsupported: 'max_tokens'", param="max_tokens"))
    told = load(tmp_path / "o", [refused], asked, tmp_path / "l.sqlite")
    assert told.refused == ("max_tokens",) and told.errors == {"BadRequest": 1}
    without = ("max_tokens", "form")
    (file,) = exported(asked, tmp_path / "b.jsonl", without=without).files
    body = json.loads(file.path.read_text())["body"]
    assert body["max_completion_tokens"] == 2048 and not {"max_tokens", "response_format"} & {*body}
    load(tmp_path / "o", answered([file]), asked, tmp_path / "l.sqlite", without=without)
    with Ledger(tmp_path / "l.sqlite") as ledger:
        assert ledger.get(asked[0].key).downgrades == ("form",)


def test_names_that_are_none_list_those_there_are(tmp_path):
    with pytest.raises(UnknownName, match="openai, mistral"):
        exported(requests(1), tmp_path / "b", "nope")
    with pytest.raises(UnknownName, match="form, seed"):
        exported(requests(1), tmp_path / "b", without=("nope",))


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_batch_way_gives_what_the_online_way_gives(vendor, tmp_path):
    asked = [request(kind, f"r{i}", seed=i) for i, kind in enumerate(KINDS * 2)]
    outcomes, _ = online(vendor, asked, tmp_path / "online.sqlite")
    made = exported(asked, tmp_path / "b.jsonl", vendor)
    there = tmp_path / "batch.sqlite"
    told = load(tmp_path / "out", answered(made.files), asked, there)
    assert told.errors == {"ContextTooLong": 2} and told.unanswered == 2
    assert told.stored == len(asked) - 2
    assert results(replayed(asked, there)) == results(outcomes)
    assert len({o.text for o in outcomes if isinstance(o, Response)}) > 3


def test_lines_of_every_kind_are_counted(tmp_path):
    asked = requests(8)
    keys = [r.key for r in asked]
    expired = {"code": "batch_expired", "message": "late"}
    lines = [
        line(keys[0], body=completion("un")),
        line(keys[0], body=completion("deux")),
        line(keys[1], 429, error("slow down")),
        line(keys[2], error=expired),
        line(keys[3], 500, "oops"),
        line(keys[4], body={"choices": []}),
        line(keys[5], body=completion(None, refusal="Non.")),
        line(keys[6], error="cancelled"),
        line(keys[7]),
        line("f" * 64, body=completion("x")),
        json.dumps({"custom_id": 7, "response": None}),
        json.dumps({"response": None}),
        line(keys[7], body=completion("\ud800")),
        '{"custom_id": "',
        "[" * 5000,
        "",
        "  ",
    ]
    told = load(tmp_path / "o", lines, asked, tmp_path / "l.sqlite")
    assert (told.lines, told.stored, told.known, told.unknown, told.broken) == (15, 2, 1, 2, 4)
    kinds = {"RateLimited": 1, "batch_expired": 1, "ServerError": 1, "BadReply": 1, "no_answer": 2}
    assert told.errors == kinds and told.unanswered == 6
    assert told.said["batch_expired"] == "late" and told.said["ServerError"] == "500: oops"
    with Ledger(tmp_path / "l.sqlite") as ledger:
        assert ledger.get(keys[0]).text == "un"
        refused = ledger.get(keys[5])
    assert (refused.text, refused.finish) == ("Non.", "refusal")


def test_other_shapes_of_a_reply_are_read(tmp_path):
    asked = requests(3)
    said = completion("oui")
    lines = [
        line(asked[0].key, body=json.dumps(said)),
        json.dumps({"custom_id": asked[1].key, "response": said}),
        json.dumps({"custom_id": asked[2].key, "response": {"body": said}}),
    ]
    told = load(tmp_path / "o", lines, asked, tmp_path / "l.sqlite")
    assert told.stored == 3


def test_byte_order_mark_and_line_ends_do_no_harm(tmp_path):
    asked = requests(3)
    made = exported(asked, tmp_path / "b.jsonl").files
    lines = ["\ufeff" + answered(made)[0], "\ufeff" + answered(made)[1], answered(made)[2], ""]
    told = load(tmp_path / "o", lines, asked, tmp_path / "l.sqlite", end="\r\n")
    assert (told.stored, told.broken, told.unanswered) == (3, 0, 0)


def test_a_reply_has_its_tokens_and_its_cost(tmp_path):
    asked = requests(1)
    fields = {"currency": "EUR", "date": "2026-11-22", "source": "x"}
    known = {"m": Price(prompt=1e6, completion=2e6, **fields)}
    lines = [line(asked[0].key, body=completion("x"))]
    load(tmp_path / "o", lines, asked, tmp_path / "l.sqlite", prices=known)
    (row,) = rows(tmp_path / "l.sqlite")
    assert row == (asked[0].key, "batch", "m", "x", "stop", 10, 5, 20.0, "[]")


def test_a_file_that_is_not_there_is_said_before_anything_is_stored(tmp_path):
    asked = requests(1)
    (tmp_path / "o").write_text(line(asked[0].key, body=completion("x")))
    with Ledger(tmp_path / "l.sqlite") as ledger:
        with pytest.raises(PathError, match="none"):
            import_([tmp_path / "o", tmp_path / "none"], asked, ledger, backend="batch")
        assert ledger.get(asked[0].key) is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_shuffled_repeated_split_and_damaged_files_give_the_same_ledger(data, tmp_path_factory):
    tmp = tmp_path_factory.mktemp("files")
    asked = [request(kind, f"r{i}") for i, kind in enumerate(KINDS)]
    lines = answered(exported(asked, tmp / "b.jsonl").files)
    foreign = [line("0" * 64, body=completion("x")), "null", "{}", "\ufeff", "\x00", '"']
    damaged = [one[: data.draw(st.integers(1, len(one) - 1))] for one in lines]
    extra = data.draw(st.lists(st.sampled_from([*lines, *foreign, *damaged]), max_size=20))
    mixed = data.draw(st.permutations([*lines, *extra]))
    cut = data.draw(st.integers(0, len(mixed)))
    end = data.draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
    parts = [mixed[:cut], mixed[cut:]]
    whole = load(tmp / "whole", lines, asked, tmp / "whole.sqlite")
    with Ledger(tmp / "parts.sqlite") as ledger:
        paths = [tmp / "part-0", tmp / "part-1"]
        for path, part in zip(paths, parts, strict=True):
            path.write_bytes(end.join(part).encode())
        first = import_(paths, asked, ledger, backend="batch")
        again = import_(paths[::-1], asked, ledger, backend="batch")
    assert rows(tmp / "parts.sqlite") == rows(tmp / "whole.sqlite")
    for told in (first, again):
        errors = sum(told.errors.values())
        parts = told.stored + told.known + errors + told.unknown + told.broken
        assert told.lines == parts == len([one for one in mixed if one.strip("\ufeff")])
        assert told.unanswered == whole.unanswered == 1
    assert (first.stored, again.stored) == (whole.stored, 0) == (6, 0)
