"""What comes back, whatever an annotation holds: a document or a drop, and never an error."""

from copy import deepcopy
from itertools import product

import pytest

from augment.guide import load
from augment.labelstudio import task
from augment.review.pull import pull
from augment.schema import Drop
from augment.store import read_lines, write_lines
from tests.helpers import doc

GUIDE = load("textmine")
DOCUMENT = doc(
    "😀 [[1:MILITARY|Ostrovar]] vit à [[2:PLACE|Tarsk]]. [[1:MILITARY|Il]] s’y plaît.",
    (1, "RESIDES_IN", 2),
    (1, "GENDER_MALE", 1),
    id="t",
)

INNER = ("start", "text", "labels", "choices", "globalOffsets")
FIELDS = (
    *("id", "value", "labels", "from_id", "to_id", "direction", "type", "from_name"),
    *(f"value.{name}" for name in INNER),
)


def annotated(result, kind="correct"):
    return task(DOCUMENT, guide=GUIDE, task=kind) | {"id": 1, "annotations": [{"result": result}]}


def results(kind="correct"):
    return deepcopy(task(DOCUMENT, guide=GUIDE, task=kind)["predictions"][0]["result"])


@pytest.mark.parametrize("kind", ["correct", "triage"])
@pytest.mark.parametrize("junk", [7, 2.5, True, "x", ["x"], [["x"]], {"a": 1}, None])
def test_one_annotation_that_makes_no_sense_does_not_stop_the_others(kind, junk):
    for i, field in product(range(len(results(kind))), FIELDS):
        result = results(kind)
        name, _, inner = field.partition(".")
        if inner:
            result[i].setdefault(name, {})[inner] = junk
        else:
            result[i][name] = junk
        result.append({"type": "choices", "from_name": "verdict", "value": {"choices": []}})
        pulled = pull([annotated(result, kind)], {}, guide=GUIDE)
        assert len(pulled.said) + len(pulled.drops) == 1
    assert pull([annotated(7, kind), annotated([junk], kind)], {}, guide=GUIDE).drops


def test_half_an_emoji_is_a_drop_that_can_be_written(tmp_path):
    result = results()
    result[0]["value"] = {"start": 0, "end": 1, "text": "\ud83d", "labels": ["PLACE"]}
    pulled = pull([annotated(result)], {}, guide=GUIDE)
    assert [drop.reason for drop in pulled.drops] == ["offset_mismatch"]
    write_lines(tmp_path / "drops.jsonl", pulled.drops)
    assert list(read_lines(tmp_path / "drops.jsonl", Drop)) == list(pulled.drops)
