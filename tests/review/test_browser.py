"""A reviewer in a real browser: what they submit in a pushed task arrives by `pull`.

Runs where Debian's `chromium` is installed, and is "not run" elsewhere, in CI too.
"""

import shutil

import pytest

from augment.pipeline import review
from augment.review.server import Server
from tests.helpers import ROOT, doc
from tests.review.labelstudio import PASSWORD, PERSON, TOKEN, needed, running

CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
OPTIONS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
DOCUMENT = doc(
    "😀 [[1:MILITARY|Le général Ostrovar]] et [[2:CIVILIAN|Mme Belline]] vivent à "
    "[[3:PLACE|Tarsk]]. [[1:MILITARY|Il]] s’y plaît. Elle part.",
    (1, "RESIDES_IN", 3),
    (2, "RESIDES_IN", 3),
    (1, "IS_IN_CONTACT_WITH", 2),
    (2, "IS_IN_CONTACT_WITH", 1),
)
BOX = """word => {
    const text = document.querySelector('[class*=htx-highlight]').parentElement
    const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT)
    for (let node; (node = nodes.nextNode()); ) {
        const start = node.data.indexOf(word)
        if (start < 0) continue
        const range = document.createRange()
        range.setStart(node, start)
        range.setEnd(node, start + word.length)
        const box = range.getBoundingClientRect()
        return [box.left, box.right, (box.top + box.bottom) / 2]
    }
}"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("not run: apt install chromium")
    needed()
    with running(tmp_path_factory.mktemp("studio")) as server:
        yield server


@pytest.fixture
def page(studio):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        try:
            page = browser.new_page(viewport={"width": 1600, "height": 1200})
            page.set_default_timeout(20_000)
            page.goto(f"{studio.url}/user/login/")
            page.fill("input[name=email]", PERSON)
            page.fill("input[name=password]", PASSWORD)
            page.click("button[type=submit]")
            page.wait_for_url(lambda url: "/user/login" not in url)
            yield page
        finally:
            browser.close()


def opened(page, studio, title, monkeypatch):
    """The pushed document in the editor, with its spans and arrows drawn."""
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
    corpus = ROOT / "data" / "sample" / "train.txt"
    sending = review.Sending(corpus=corpus, guide="textmine", url=studio.url, project=title)
    sent = review.push([DOCUMENT], sending)
    [task] = Server(studio.url, TOKEN).tasks(sent.project)
    page.goto(f"{studio.url}/projects/{sent.project}/data?task={task['id']}")
    page.locator("svg text", has_text="RESIDES_IN").first.wait_for()
    spans = page.locator("[class*=htx-highlight]").all_inner_texts()
    assert sorted(spans) == ["Il", "Le général Ostrovar", "Mme Belline", "Tarsk"]


def submitted(page, studio, title):
    with page.expect_response(lambda r: "/annotations" in r.url and r.request.method == "POST"):
        page.get_by_role("button", name="Submit").click()
    [said] = review.pull(studio.url, title).said
    return said


def test_submitted_untouched_it_comes_back_equal(page, studio, monkeypatch):
    opened(page, studio, "intact", monkeypatch)
    said = submitted(page, studio, "intact")
    meta = said.document.meta.model_copy(update={"origin": "gold", "review": None})
    assert said.document.model_copy(update={"meta": meta}) == DOCUMENT
    assert said.review.verdict == "accept" and said.review.seconds > 0


def test_a_mention_drawn_and_attached_and_a_relation_taken_away_arrive(page, studio, monkeypatch):
    opened(page, studio, "corrigé", monkeypatch)
    page.get_by_text("CIVILIAN", exact=True).first.click()
    left, right, height = page.evaluate(BOX, "Elle")
    page.mouse.move(left + 1, height)
    page.mouse.down()
    page.mouse.move((left + right) / 2, height)
    page.mouse.move(right - 1, height)
    page.mouse.up()
    page.locator("[class*=htx-highlight]", has_text="Elle").click()
    page.keyboard.press("Alt+r")
    page.locator("[class*=htx-highlight]", has_text="Mme Belline").click()

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
