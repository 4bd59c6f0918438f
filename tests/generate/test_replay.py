from contextlib import closing

import pytest

from augment.errors import ConfigError, NotRecorded, PathError
from augment.generate import Connection, connect, price
from augment.generate.fake import Fake
from augment.ledger import Ledger
from tests.generate.common import ask, asks, run


def replay(path):
    return closing(connect("replay", Connection(replies=path)))


def test_a_ledger_is_replayed_without_being_changed(tmp_path):
    path = tmp_path / "l.sqlite"
    with Ledger(path) as ledger:
        first = run(asks(3), Fake(), ledger)
    before = path.read_bytes()
    with replay(path) as backend:
        assert run(asks(3), backend) == first
        (drop,) = run([ask("autre")], backend)
    assert drop.reason == "not_recorded"
    assert path.read_bytes() == before


def test_a_file_is_replayed_by_key_or_id(tmp_path):
    path = tmp_path / "replies.jsonl"
    by_key = ask("par clé", "unknown")
    path.write_text(
        f'{{"id": "r1", "text": "un\\u2028deux", "cost": 0.5}}\n\n'
        f'{{"key": "{by_key.key}", "text": "clé", "finish": "length"}}\n'
        f'{{"id": "r1", "text": "un\\u2028deux"}}\n',
        encoding="utf-8",
    )
    with replay(path) as backend:
        one, two = backend.complete(ask(id="r1")), backend.complete(by_key)
        assert (one.text, one.key, one.cost) == ("un\u2028deux", ask().key, 0.5)
        assert (two.text, two.id, two.finish) == ("clé", "unknown", "length")
        with pytest.raises(NotRecorded, match="r9"):
            backend.complete(ask("x", "r9"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("{", ":1: not a reply"),
        ('{"id": "a", "text": "x"}\n[1]', ":2: not a reply"),
        ('{"text": "x"}', ":1: neither"),
        ('{"id": "a"}', ":1: not a reply"),
        ('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}', ":2: a second, other reply for a"),
    ],
)
def test_a_bad_line_is_named(tmp_path, lines, message):
    path = tmp_path / "replies.jsonl"
    path.write_text(lines)
    with pytest.raises(ConfigError, match=message):
        connect("replay", Connection(replies=path))


def test_no_file_is_a_path_error(tmp_path):
    for path in (None, tmp_path, tmp_path / "none"):
        with pytest.raises(PathError, match="not a file of replies"):
            connect("replay", Connection(replies=path))


def test_prices_come_from_the_users_file_and_are_dated(tmp_path):
    path = tmp_path / "prices.yaml"
    entry = "{prompt: 1, completion: 2, currency: EUR, date: 2026-11-22, source: here}"
    path.write_text(f"models:\n  big: {entry}\n")
    assert price("big") is None and price("small", path) is None
    assert price("big", path).cost(1_000_000, 500_000) == 2.0
    path.write_text("models:\n  big: {prompt: 1, completion: 2}\n")
    with pytest.raises(ConfigError, match=r"models\.big\.currency"):
        price("big", path)
    with pytest.raises(PathError, match="cannot be read"):
        price("big", tmp_path / "none")
    path.write_text("a: [")
    with pytest.raises(ConfigError, match="not YAML: line 1"):
        price("big", path)
