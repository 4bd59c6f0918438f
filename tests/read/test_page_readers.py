"""Names and questions of readers: none that a page marks is in an item or a drop."""

import pytest

from augment.reasons import Reason
from tests.read.live import LE_MONDE, blog, le_monde, page, post, reading, update

ASKED = {"asked": "Et Odessa ?", "by": "Zoé-Lou"}


@pytest.mark.parametrize(
    "written",
    [
        post("Merci à Zoe\u0301-Lou.", **ASKED),
        post("Merci à ZOÉ-LOU.", **ASKED),
        post("Merci à Zoé\u00a0Lou.", asked="Et ?", by="Zoé Lou"),
        post("Merci à Zoé-Lou.", asked="Et ?", by="@zoé-lou :"),
        post("Oui.", title="Zoé-Lou demande", **ASKED),
        post("Merci à Zoé-Lou.").replace(
            "<header>", '<header><b class="post__live-container--comment-author">Zoé-Lou</b>'
        ),
    ],
)
def test_a_post_that_names_its_reader_is_left_out(tmp_path, written):
    for questions in (False, True):
        documents, drops = reading(tmp_path, le_monde(written), questions=questions)
        assert (documents, [d.reason for d in drops]) == ([], [Reason.PERSONAL_DATA])
        assert "lou" not in str(drops).lower()


@pytest.mark.parametrize("kind", ["Question", ["BlogPosting", "Comment"], "schema:Question"])
@pytest.mark.parametrize("body", [None, "Est-elle prise ?"])
def test_a_reader_s_question_in_json_ld_is_none_of_the_text(tmp_path, kind, body):
    asked = update(body=body, headline=None, name="Odessa est-elle prise ?") | {"@type": kind}
    documents, [drop] = reading(tmp_path, page(json_ld=blog(asked)))
    assert (documents, drop.reason) == ([], Reason.EMPTY_TEXT)
    assert "prise" not in str(drop)
    [document], _ = reading(tmp_path, page(json_ld=blog(asked)), questions=True)
    assert document.text.splitlines() == ["Odessa est-elle prise ?", *([body] if body else [])]
    assert (document.meta.title, document.meta.flags) == (None, ("question",))


def test_a_reader_marked_in_a_title_is_not_in_it(tmp_path):
    written = post("Oui.", title='Question de <span class="pseudo">Zoé-Lou</span>')
    [document], _ = reading(tmp_path, le_monde(written))
    assert document.meta.title == "Question de"


def test_greetings_are_left_out_of_every_paragraph(tmp_path):
    written = post("Bonjour Zoé-Lou, un.", "Bonjour Zoé-Lou, deux.", **ASKED)
    [document], drops = reading(tmp_path, le_monde(written))
    assert (document.text, drops) == ("un.\ndeux.", [])


def test_a_name_that_is_a_common_word_costs_no_other_post(tmp_path):
    posts = [
        post("Une pierre, un toit.", asked="Et ?", by="Pierre"),
        post("Merci à PIERRE.", id="post-3587413", asked="Et ?", by="Pierre"),
    ]
    documents, drops = reading(tmp_path, le_monde(*posts))
    assert [d.text for d in documents] == ["Une pierre, un toit."]
    assert len(drops) == 1


def test_readers_that_any_page_marks_are_looked_for_in_its_json_ld(tmp_path):
    marked = (
        '<div class="live-comment"><i class="username">Zoé-Lou</i>'
        "<p>La ville d’Odessa est-elle prise ?</p></div>"
        '<div class="twitter-tweet"><b class="username">Volodymyr Zelensky</b></div>'
    )
    told = [
        update(1042871, "Zoé-Lou veut savoir : non.", headline=None),
        update(1042872, "La ville d'Odessa\u00a0est-elle prise? Non.", headline=None),
        update(1042873, "Volodymyr Zelensky est à Odessa."),
    ]
    documents, drops = reading(tmp_path, page(marked, json_ld=blog(*told)))
    assert [d.text for d in documents] == ["Volodymyr Zelensky est à Odessa."]
    assert [d.reason for d in drops] == [Reason.PERSONAL_DATA] * 2
    assert "Zoé" not in str(drops) and "prise" not in str(drops)


def test_a_short_question_does_not_cost_the_posts_with_its_words(tmp_path):
    told = [update(1042871, "Kherson et Odessa tiennent."), update(1042872, "Et Odessa ? Oui.")]
    written = le_monde(post("Oui.", date="03:00", **ASKED), json_ld=blog(*told, url=LE_MONDE))
    documents, drops = reading(tmp_path, written)
    assert [d.text for d in documents] == ["Oui.", "Kherson et Odessa tiennent."]
    assert len(drops) == 1
