"""Who, how long, and the verdict."""

import pytest

from augment.labelstudio import review, task
from augment.schema import Change, Review
from tests.helpers import doc
from tests.labelstudio.imitated import Editor

PUSHED = task(doc("[[1:PLACE|Kiev]]"), model_version="compose/v3")
CHANGE = Change(kind="mention", action="removed", type="PLACE", what=("Kiev", 0, 4))


@pytest.mark.parametrize(
    ("ticked", "changes", "verdict"),
    [
        ([], (), "accept"),
        ([], (CHANGE,), "corrected"),
        (["accepter"], (), "accept"),
        (["accepter"], (CHANGE,), "corrected"),
        (["corrigé"], (), "corrected"),
        (["rejeter"], (CHANGE,), "reject"),
    ],
)
def test_the_verdict_is_what_was_ticked_and_done(ticked, changes, verdict):
    editor = Editor(PUSHED)
    editor.tick("verdict", *ticked)
    assert review(PUSHED, {"result": editor.results}, changes).verdict == verdict


def test_who_when_how_long_and_why():
    editor = Editor(PUSHED)
    editor.tick("verdict", "rejeter")
    editor.tick("reasons", "texte incohérent", "une raison à moi")
    pushed = {**PUSHED, "data": {**PUSHED["data"], "weight": 4}}
    annotation = {
        "result": editor.results,
        "lead_time": 31.5,
        "completed_by": {"id": 2, "email": "rev@example.org"},
        "created_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-01T10:02:00Z",
    }
    assert review(pushed, annotation, ()) == Review(
        reviewer="rev@example.org",
        time="2026-03-01T10:02:00Z",
        seconds=31.5,
        verdict="reject",
        reasons=("incoherent_text", "une raison à moi"),
        weight=4,
        model_version="compose/v3",
    )
    assert review(PUSHED, {"result": [], "completed_by": 7}, ()).reviewer == "7"
