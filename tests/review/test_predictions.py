"""What a real Label Studio holds and shows of a prediction: what made it, its score, the guide."""

import pytest

from augment.guide import load
from augment.pipeline import review
from augment.review.server import Server
from augment.schema import Meta
from augment.train import save
from augment.train.linear import Linear
from tests.browser import opened
from tests.helpers import ROOT, doc
from tests.review.editor import log_in, shown
from tests.review.labelstudio import TOKEN

SAMPLE = ROOT / "data" / "sample" / "train.txt"
COMPOSED = Meta(
    origin="synthetic",
    strategy="compose",
    prompt="compose/write.v3+textmine.v2",
    rights={"generator": {"model": "mistral-small", "backend": "openai"}},
)
TAGGED = "[[1:MILITARY|Le général Ostrovar]] vit à [[2:PLACE|Tarsk]] 😀 en [[3:PLACE|Orlanie]]."
DOCUMENTS = [
    doc(
        TAGGED,
        (1, "RESIDES_IN", 2),
        id="verified",
        masked=((1, "IS_LOCATED_IN", 3),),
        meta=COMPOSED.model_copy(update={"agreement": 0.6667}),
    ),
    doc(TAGGED.replace("vit", "dort"), (1, "RESIDES_IN", 2), id="composed", meta=COMPOSED),
    doc(TAGGED.replace("vit", "court"), (1, "RESIDES_IN", 2), id="gold"),
]

pytestmark = pytest.mark.usefixtures("token")


def pushed(studio, title, **fields):
    """The tasks that the server holds by document, and their project."""
    sending = review.Sending(
        corpus=SAMPLE, guide="textmine", url=studio.url, project=title, **fields
    )
    sent = review.push(DOCUMENTS, sending)
    tasks = Server(studio.url, TOKEN).tasks(sent.project)
    return {task["data"]["augment_id"]: task for task in tasks}, sent.project


def scores(tasks):
    return {id: task["predictions"][0]["score"] for id, task in tasks.items()}


def test_version_and_score_are_there_and_come_back(studio):
    from label_studio_sdk import LabelStudio

    tasks, _ = pushed(studio, "prédictions")
    made = {id: task["predictions"][0]["model_version"] for id, task in tasks.items()}
    version = "compose/v3+textmine.v2/mistral-small"
    assert made == {"verified": version, "composed": version, "gold": "gold"}
    assert scores(tasks) == {"verified": 0.6667, "composed": None, "gold": None}
    assert tasks["verified"]["data"]["why"] == (
        "accord avec une annotation à l’aveugle\u00a0: 0,67\u00a0; "
        "écarté dans le doute\u00a0: «\u00a0Le général Ostrovar est situé à Orlanie\u00a0»"
    )
    sdk = LabelStudio(base_url=studio.url, api_key=TOKEN)
    for task in tasks.values():
        sdk.annotations.create(id=task["id"], result=task["predictions"][0]["result"])
    said = review.pull(studio.url, "prédictions").said
    assert {s.document.id: s.document.meta.review.model_version for s in said} == made
    metas = [
        s.document.meta.model_copy(update={"origin": "synthetic", "review": None}) for s in said
    ]
    assert {meta.agreement for meta in metas} == {0.6667, None}


def test_a_students_sureness_is_the_score_of_every_document(studio, tmp_path):
    student = Linear(load("textmine"))
    student.fit(DOCUMENTS)
    save(student, tmp_path / "model")
    tasks, _ = pushed(studio, "doutes", student=tmp_path / "model")
    doubts = dict(zip((d.id for d in DOCUMENTS), student.doubts(DOCUMENTS), strict=True))
    assert scores(tasks) == {id: round(1 - doubt, 4) for id, doubt in doubts.items()}
    assert all("doute du modèle\u00a0: 0," in task["data"]["why"] for task in tasks.values())


@pytest.mark.parametrize("task", ["correct", "triage"])
def test_the_guides_paragraph_is_one_click_away_wherever_one_is(studio, task):
    tasks, project = pushed(studio, f"guide, {task}", task=task)
    with opened(1400, 800) as page:
        log_in(page, studio.url)
        page.goto(f"{studio.url}/projects/{project}/data?task={tasks['verified']['id']}")
        shown(page, tasks["verified"])
        page.get_by_text("accord avec une annotation à l’aveugle").first.wait_for()
        reading = page.get_by_text("Verdict", exact=True)
        reading.scroll_into_view_if_needed()
        resides, born = (
            page.locator("summary", has_text=kind) for kind in ("RESIDES_IN", "IS_BORN_IN")
        )
        paragraph = page.get_by_text(load("textmine").relations["RESIDES_IN"].definition)
        assert not paragraph.is_visible()
        resides.click()
        paragraph.wait_for()
        assert reading.is_visible()
        height = paragraph.bounding_box()["y"]
        assert 0 < height < 800
        born.click()
        paragraph.wait_for(state="hidden")
