"""A reviewer in a real browser: what they submit in a pushed task arrives by `pull`."""

import random

import pytest

from augment.pipeline import review
from augment.read import read_all
from augment.review.server import Server
from tests.browser import needed, opened
from tests.helpers import ROOT, corpora, doc
from tests.review.editor import REGION, begin, drag_border, log_in, mark, shown, submit
from tests.review.labelstudio import TOKEN

NUMBER = 12
"""Documents of TextMine that are opened and submitted."""
DOCUMENT = doc(
    "😀 [[1:MILITARY|Le général Ostrovar]] et [[2:CIVILIAN|Mme Belline]] vivent à "
    "[[3:PLACE|Tarsk]]. [[1:MILITARY|Il]] s’y plaît. Elle part 👩‍🚒 de [[4:PLACE|Merle]] hier.",
    (1, "RESIDES_IN", 3),
    (2, "RESIDES_IN", 3),
    (1, "IS_IN_CONTACT_WITH", 2),
    (2, "IS_IN_CONTACT_WITH", 1),
)
UNUSUAL = [
    doc(
        "  [[1:PLACE|Tarsk]] 😀\\r\\n\t[[1:PLACE|l’e\u0301te\u0301\\r\\na\u0300 Tarsk]] :\u00a0"
        "[[2:CIVILIAN|👩‍🚒 [[3:FIRSTNAME|Zo\u0308e\u0301]]]]\u2028\u202f« [[2:CIVILIAN|elle]] »  ",
        (2, "RESIDES_IN", 1),
        (2, "IS_LOCATED_IN", 1, {"factuality": "denied"}),
        (2, "IS_BORN_IN", 1),
        (2, "GENDER_FEMALE", 2),
        id="borders",
    ),
    doc(
        "<b>&amp; $text [[1:PLACE|[[2:MILITARY_ORGANISATION|Tarsk]]]] \\\\n [[3:PLACE|𝒳]]",
        (2, "OPERATES_IN", 1),
        (1, "IS_LOCATED_IN", 3),
        id="same span",
    ),
    doc("Rien à voir 😀.", id="nothing"),
]


@pytest.fixture(scope="module")
def page(studio):
    with opened() as page:
        log_in(page, studio.url)
        yield page


@pytest.fixture(scope="module", autouse=True)
def browser():
    needed()


@pytest.fixture(autouse=True)
def _token(token):
    pass


def pushed(studio, title, documents, corpus=ROOT / "data" / "sample" / "train.txt"):
    """The project and its tasks, in the order of the documents."""
    sending = review.Sending(corpus=corpus, guide="textmine", url=studio.url, project=title)
    project = review.push(documents, sending).project
    tasks = Server(studio.url, TOKEN).tasks(project)
    return project, sorted(tasks, key=lambda task: task["id"])


def example(page, studio, title):
    """DOCUMENT in the editor, with its spans and arrows drawn."""
    project, [task] = pushed(studio, title, [DOCUMENT])
    begin(page, studio.url, project)
    shown(page, task)
    spans = page.locator(REGION).all_inner_texts()
    assert sorted(spans) == ["Il", "Le général Ostrovar", "Merle", "Mme Belline", "Tarsk"]
    page.locator("svg text", has_text="RESIDES_IN").first.wait_for()


def submitted(page, studio, title):
    submit(page)
    pulled = review.pull(studio.url, title)
    assert not pulled.drops
    [said] = pulled.said
    return said


def untouched(page, studio, title, documents, **more):
    """Each document opened and submitted as it is comes back equal."""
    project, tasks = pushed(studio, title, documents, **more)
    assert len(tasks) == len(documents)
    begin(page, studio.url, project)
    for task in tasks:
        shown(page, task)
        submit(page)
    pulled = review.pull(studio.url, title)
    assert not pulled.drops
    assert {said.review.verdict for said in pulled.said} == {"accept"}
    for said, document in zip(pulled.said, documents, strict=True):
        meta = said.document.meta.model_copy(
            update={"origin": document.meta.origin, "review": None}
        )
        assert said.document.model_copy(update={"meta": meta}) == document
        assert said.review.seconds > 0


def test_submitted_untouched_it_comes_back_equal(page, studio):
    untouched(page, studio, "intact", [DOCUMENT, *UNUSUAL])


@pytest.mark.corpora
def test_documents_of_textmine_submitted_untouched_come_back_equal(page, studio):
    path = corpora("textmine", "train.csv")
    documents, _ = read_all(path)
    some = random.Random("browser").sample(documents, NUMBER)
    untouched(page, studio, "textmine", some, corpus=path)


def test_a_mention_drawn_and_attached_and_a_relation_taken_away_arrive(page, studio):
    example(page, studio, "corrigé")
    mark(page, "Elle", "CIVILIAN")
    page.locator(REGION, has_text="Elle").click()
    page.keyboard.press("Alt+r")
    page.locator(REGION, has_text="Mme Belline").click()

    page.get_by_text("Relations", exact=True).first.click()
    arrows = page.locator("[class*=relations__item]")
    arrows.nth(4).hover()
    arrows.nth(4).locator("button").first.click()
    arrows.nth(4).locator("[class*=select]").first.click()
    page.get_by_text("même_entité", exact=True).last.click()
    page.keyboard.press("Escape")
    arrows.nth(1).hover()
    arrows.nth(1).locator("button").last.click()

    said = submitted(page, studio, "corrigé")
    assert said.review.verdict == "corrected"
    assert [(c.kind, c.action, c.what) for c in said.review.changes] == [
        ("mention", "added", ("Elle", 67, 71)),
        ("cluster", "added", ("Elle", "Mme Belline")),
        ("relation", "removed", ("Le général Ostrovar", "RESIDES_IN", "Tarsk")),
    ]


def test_borders_dragged_after_emoji_arrive_exactly_and_hidden_arrows_stay(page, studio):
    example(page, studio, "bords")
    drag_border(page, "Merle", "right", "hier")
    drag_border(page, "Merle hier", "left", "👩‍🚒")
    drag_border(page, "Le général Ostrovar", "left", "général")
    page.get_by_text("Relations", exact=True).first.click()
    page.get_by_label("Hide all").first.click()
    said = submitted(page, studio, "bords")
    found = [entity.mentions[0] for entity in said.document.entities]
    assert [(m.start, m.end, m.value) for m in found] == [
        (5, 21, "général Ostrovar"),
        (25, 36, "Mme Belline"),
        (46, 51, "Tarsk"),
        (77, 94, "👩‍🚒 de Merle hier"),
    ]
    assert said.document.relations == DOCUMENT.relations
