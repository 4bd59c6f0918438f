"""`augment review html`, and its page in a real browser."""

import json
import re

import pytest

from augment.cli import main
from augment.guide import load
from augment.pipeline.picked import Picking
from augment.pipeline.skim import skim
from augment.report.skim import read_aloud
from augment.schema import Change, Document, Entity, Mention, Meta, Review
from augment.store import write_lines
from tests.browser import opened
from tests.helpers import ROOT, doc

SAMPLE = ROOT / "data" / "sample" / "train.txt"
GUIDE = load("textmine")
WICKED = (
    '</script><script>document.title = "hurt"</script><img src=x onerror="hurt()"> 😀 $text &amp;'
)
LLM = {"generator": {"model": "mistral-small"}}
COMPOSED = Meta(
    origin="synthetic", strategy="compose", prompt="compose/write.v3+textmine.v2", rights=LLM
)


def batch():
    mayor = "[[1:CIVILIAN|La maire de [[2:PLACE|Tarsk]]]] l’a dit\u00a0: elle"
    village = f"{mayor} reste à [[2:PLACE|Tarsk]]."
    change = Change(kind="relation", action="removed", type="IS_BORN_IN", what=("a", "T", "b"))
    review = Review(verdict="corrected", reasons=("direction",), changes=(change,))
    reviewed = COMPOSED.model_copy(update={"origin": "reviewed", "review": review})
    return [
        doc(village, (1, "RESIDES_IN", 2), id="first", meta=COMPOSED),
        doc(
            f"{WICKED} [[1:MILITARY|Orlan]] et [[2:MILITARY|Belle]].",
            (1, "IS_IN_CONTACT_WITH", 2),
            (2, "IS_IN_CONTACT_WITH", 1),
            id="<b>second</b>",
            meta=COMPOSED.model_copy(update={"strategy": "realise", "agreement": 0.6}),
        ),
        doc("[[1:PLACE|Merle]] dort. " * 40, id="third", meta=reviewed),
        doc("[[1:PLACE|Merle]] attend. " * 40, id="fourth"),
    ]


def test_relations_are_read_in_the_guides_words():
    document = doc(
        "[[1:MILITARY|Orlan]], [[2:MILITARY|Belle]] et [[3:PLACE|Merle]]",
        (1, "IS_IN_CONTACT_WITH", 2),
        (1, "GENDER_MALE", 1),
        (2, "IS_IN_CONTACT_WITH", 1),
        (2, "RESIDES_IN", 3, {"factuality": "denied"}),
    )
    assert [
        (said.head.name, label, [end.name + end.mark for end in ends], held)
        for said in read_aloud(document, GUIDE)
        for _, label, ends, held in said.rows
    ] == [
        ("Orlan", "est en contact avec", ["Belle⟷"], ""),
        ("Orlan", "est de genre masculin", [], ""),
        ("Belle", "réside à", ["Merle"], "factuality\u00a0: denied"),
    ]


def test_the_command_writes_a_page_and_keeps_back_what_rights_forbid(tmp_path, capsys):
    documents = batch()
    secret = COMPOSED.model_copy(update={"rights": {"remote_llm": False}})
    documents.append(doc("Un secret.", id="secret", meta=secret))
    write_lines(tmp_path / "lot.jsonl", documents)
    given = ["review", "html", tmp_path / "lot.jsonl", "--guide", "textmine"]
    given += ["--out", tmp_path / "page.html", "--json"]
    with pytest.raises(SystemExit) as end:
        main(list(map(str, given)))
    assert end.value.code == 0
    assert json.loads(capsys.readouterr().out) == {"shown": 4, "left": 1}
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "secret" not in html and "1 document n’est pas montré" in html
    assert "3 textes sur 4 écrits ou modifiés par une machine" in html
    assert html.count("<script>") == html.count("</script>") == 1 and "<img" not in html
    assert not re.search(r"https?://|url\(|@import", html)


def test_a_text_whose_spans_cross_is_shown_once():
    mentions = [
        Mention(start=0, end=8, value="La ville"),
        Mention(start=3, end=12, value="ville de "),
    ]
    entities = tuple(Entity(id=i, type="PLACE", mentions=(m,)) for i, m in enumerate(mentions))
    crossing = Document(id="d", text="La ville de Tarsk.", entities=entities)
    html = skim([crossing], Picking(), GUIDE, title="lot").html
    (shown,) = re.findall(r'<p class="text".*?</p>', html)
    assert re.sub("<sub>.*?</sub>|<.*?>", "", shown).strip() == "La ville de Tarsk."
    assert "empans qui se croisent" in html


def test_nothing_to_show_is_one_line(tmp_path, capsys):
    secret = Meta(rights={"remote_llm": False})
    write_lines(tmp_path / "lot.jsonl", [doc("Un secret.", meta=secret)])
    given = ["review", "html", tmp_path / "lot.jsonl", "-g", "textmine", "-o", tmp_path / "p.html"]
    with pytest.raises(SystemExit) as end:
        main(list(map(str, given)))
    assert end.value.code == 1 and "no document may be shown" in capsys.readouterr().err
    assert not (tmp_path / "p.html").exists()


def test_a_sample_is_drawn_as_push_draws_it():
    made = skim(batch(), Picking(by="rare", number=2), GUIDE, title="lot")
    assert made.shown == 2 and made.html.count("types rares") >= 1


def test_in_a_browser_spans_nest_filters_filter_and_keys_lead_on(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(skim(batch(), Picking(), GUIDE, title=WICKED).html, encoding="utf-8")
    with opened(1100, 800) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        assert page.locator(".m .m").inner_text().startswith("Tarsk")
        assert page.title().startswith("</script>")
        shown = page.locator("article:visible")

        def ids():
            return [one.get_attribute("data-id") for one in shown.all()]

        assert WICKED in shown.nth(1).locator(".text").inner_text()
        first = shown.nth(0).inner_text()
        assert "compose/v3+textmine.v2/mistral-small" in first
        assert "La maire de Tarsk1 réside à Tarsk2" in first
        assert "score 0,60" in shown.nth(1).inner_text()
        third = shown.nth(2).inner_text()
        assert (
            "relation dans le mauvais sens" in third
            and "relation retirée\u00a0: a est né à b" in third
        )

        page.select_option("#type", label="RESIDES_IN")
        assert ids() == ["first"]
        page.select_option("#type", "")
        page.select_option("#version", "realise/v3+textmine.v2/mistral-small")
        assert ids() == ["<b>second</b>"]
        page.select_option("#version", "")
        page.select_option("#verdict", "corrigé")
        assert ids() == ["third"]
        page.select_option("#verdict", "")
        page.fill("#words", "TARSK l'a dit : ÉLLE")
        assert ids() == ["first"]
        page.fill("#words", "introuvable")
        assert ids() == [] and page.locator("#none").is_visible()
        page.fill("#words", "")
        assert page.inner_text("#count") == "4 sur 4"

        page.keyboard.press("Escape")
        for key, here in (("j", "n1"), ("j", "n2"), ("j", "n3"), ("k", "n2"), ("/", "words")):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.id") == here
        page.emulate_media(media="print")
        assert not page.locator("select").first.is_visible() and len(ids()) == 4
        assert page.inner_text("#count") == "4 sur 4"
        assert asked == [path.as_uri()]
