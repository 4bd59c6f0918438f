"""Models on disk: equal after a round trip, refused in one line when something is wrong."""

from __future__ import annotations

import json

import pytest

from augment.errors import ConfigError, PathError, UnknownName
from augment.train import load, save
from augment.train.linear import Linear
from augment.train.rules import Rules
from tests.train.small import GUIDE, birth, found, home, world

DOCUMENTS = [*world(8), birth(25), home(26)]


@pytest.fixture(params=[Linear, Rules])
def model(request, tmp_path):
    student = request.param(GUIDE)
    student.fit(world(16))
    save(student, tmp_path / "m")
    return student, tmp_path / "m"


def test_a_loaded_model_predicts_the_same_and_saves_the_same(model, tmp_path):
    student, path = model
    again = load(path)
    assert type(again) is type(student)
    assert found(again, *DOCUMENTS) == found(student, *DOCUMENTS)
    save(again, tmp_path / "again")
    for file in ("model.json", "arrays.npz"):
        assert (tmp_path / "again" / file).read_bytes() == (path / file).read_bytes()


def test_a_model_that_never_saw_a_document_can_be_saved(tmp_path):
    for student in (Linear(), Rules()):
        save(student, tmp_path / student.name)
        assert load(tmp_path / student.name).predict([birth(1)]) == [frozenset()]


def test_nothing_there(tmp_path):
    with pytest.raises(PathError, match="no model there"):
        load(tmp_path)


def edit(path, **update):
    header = json.loads((path / "model.json").read_text())
    (path / "model.json").write_text(json.dumps(header | update))


def cut(path):
    content = (path / "arrays.npz").read_bytes()
    (path / "arrays.npz").write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    "damage, says",
    [
        (lambda path: (path / "model.json").write_text("{"), "damaged"),
        (lambda path: (path / "model.json").write_text("[]"), "damaged"),
        (lambda path: (path / "arrays.npz").unlink(), "damaged"),
        (cut, "damaged"),
        (lambda path: edit(path, format=99), "format 99"),
        (lambda path: edit(path, schema=None), "damaged"),
    ],
)
def test_a_damaged_model_is_refused_in_one_line(model, damage, says):
    path = model[1]
    damage(path)
    with pytest.raises(ConfigError, match=says) as raised:
        load(path)
    assert "\n" not in str(raised.value) and raised.value.hint


def test_the_model_of_another_student(model):
    student, path = model
    other = Rules if isinstance(student, Linear) else Linear
    with pytest.raises(ConfigError, match="not"):
        other.load(path)
    edit(path, student="oracle")
    with pytest.raises(UnknownName, match="oracle"):
        load(path)
