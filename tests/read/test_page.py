"""Saved live pages: Le Monde's elements, any newspaper's JSON-LD, and both on one page."""

import json

import pytest

from augment.errors import ConfigError, UsageError
from augment.read import read_all, write
from augment.reasons import Reason
from tests.helpers import ROOT
from tests.read.live import LE_MONDE, URL, blog, le_monde, page, post, reading, text_of, update

SAMPLE = ROOT / "data" / "sample" / "pages" / "soir.html"
STUB = {"@type": "BlogPosting", "@id": "#1042873"}


def test_a_page_of_le_monde():
    documents, drops = read_all(SAMPLE)
    assert drops == []
    first, asked, last = documents
    assert first.text == (
        "L’armée russe est entrée en Ukraine par le nord, l’est et le sud.\n"
        "Volodymyr Zelensky a décrété la loi martiale."
    )
    assert (first.meta.title, first.meta.flags) == (
        "Ce que l’on sait à 21\u00a0heures",
        ("essential",),
    )
    assert asked.text.startswith("oui\u00a0: la présidence")
    assert "«\u00a0la zone de Tchernobyl\u00a0»" in asked.text
    assert asked.meta.flags == ("answer",)
    assert last.text.count("\n") == 1
    assert [d.meta.time[11:16] for d in documents] == ["20:55", "18:30", "06:12"]
    assert last.id == "lejournal.example:3587412"
    assert last.meta.source.endswith("_6115069.html#post-3587412")
    assert last.meta.rights == {"holder": "Le Journal", "remote_llm": False, "release": False}
    assert (last.labelled, last.meta.origin, last.entities) == ("none", "gold", ())


def test_questions_are_read_when_asked_for_and_names_never():
    asked = read_all(SAMPLE, questions=True)[0][1]
    assert asked.text.startswith("Bonjour, la centrale de Tchernobyl est-elle occupée\u00a0?\noui")
    assert asked.meta.flags == ("question",)
    for questions in (False, True):
        assert "Jean-Eudes" not in str(read_all(SAMPLE, questions=questions))
    with pytest.raises(ConfigError, match="no live page"):
        read_all(ROOT / "data" / "sample" / "raw.jsonl", questions=True)


def test_an_answer_that_names_its_reader_is_left_out(tmp_path):
    named = post("Merci à Zoé-Lou pour sa question.", asked="Et Odessa ?", by="Zoé-Lou")
    kept = post("Odessa tient.", id="post-3587413", asked="Et Odessa ?", by="Zoé-Lou")
    documents, drops = reading(tmp_path, le_monde(named, kept))
    assert [d.text for d in documents] == ["Odessa tient."]
    assert [d.reason for d in drops] == [Reason.PERSONAL_DATA]
    assert "Zoé" not in str((documents, drops))


def test_a_question_without_an_answer_is_a_drop(tmp_path):
    _, drops = reading(tmp_path, le_monde(post(asked="Et Odessa ?", by="Zoé")))
    assert [(d.reason, "question" in d.detail) for d in drops] == [(Reason.EMPTY_TEXT, True)]
    assert "Odessa" not in str(drops)


def test_json_ld_of_any_newspaper(tmp_path):
    body = "<p>Kiev&nbsp;résiste,   dit\n<b>le maire</b>.</p><ul><li>Un</li><li>Deux</li></ul>"
    given = update(body=body, dateModified="2022-02-24T05:40:00Z")
    [document], drops = reading(tmp_path, page(json_ld=blog(given)))
    assert drops == []
    assert document.text == "Kiev\u00a0résiste, dit le maire.\nUn\nDeux"
    assert document.id == "lejournal.example:1042873"
    assert document.meta.title == "Kiev résiste"
    assert document.meta.time == "2022-02-24T06:12:00+01:00"
    assert document.meta.modified == "2022-02-24T06:40:00+01:00"
    assert (document.meta.source, document.meta.rights["holder"]) == (URL, "Le Journal")
    assert "Camille" not in str(document)


@pytest.mark.parametrize(
    "json_ld",
    [
        {"@graph": [{"@type": "WebPage"}, blog(update())]},
        [{"@type": "NewsMediaOrganization"}, [blog(update())]],
        {"@type": "WebPage", "mainEntity": blog(update())},
        blog(update(), **{"@type": ["Article", "LiveBlogPosting"]}),
        {**blog(), "liveBlogUpdate": update()},
        {"@graph": [{**blog(), "liveBlogUpdate": {"@id": "#1042873"}}, update()]},
        {"@graph": [{**blog(), "liveBlogUpdate": STUB}, update()]},
        {"@graph": [{**blog(), "liveBlogUpdate": [STUB]}, STUB, update()]},
        blog(update(), **{"@type": "https://schema.org/LiveBlogPosting"}),
        f"<!-- {json.dumps(blog(update()))} -->",
        f"/*<![CDATA[*/{json.dumps(blog(update()))}/*]]>*/",
        f"//<![CDATA[\n{json.dumps(blog(update()))}\n//]]>",
        json.dumps(blog(update())).replace("BlogPosting", "BlogPosting\t"[:-1]),
    ],
)
def test_wherever_the_live_blog_is(tmp_path, json_ld):
    assert text_of(tmp_path, page(json_ld=json_ld)) == "Kiev résiste."


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Un.\n\nDeux  et\ttrois.", "Un.\nDeux et trois."),
        ("L&rsquo;arm&eacute;e &amp; la ville &#8212; ici", "L’armée & la ville — ici"),
        ("&lt;p&gt;Un&lt;/p&gt;&lt;p&gt;Deux&lt;/p&gt;", "Un\nDeux"),
        ("Un<br>deux<br/>trois", "Un\ndeux\ntrois"),
        ("<p>3 < 5 et 7 > 6</p>", "3 < 5 et 7 > 6"),
        (
            "<p>e\u0301te\u0301 «\u202fn’importe\u00ad\u202f»</p>",
            "e\u0301te\u0301 «\u202fn’importe\u00ad\u202f»",
        ),
        ("<p>Un</p><script>x = '<p>non</p>'</script><style>p {}</style><p>Deux</p>", "Un\nDeux"),
        ("<p>Un</p><blockquote class='twitter-tweet'><p>Non</p>— X</blockquote>", "Un"),
        ("<p>Un</p><div class='pub'>Achetez</div><p hidden>Non</p><p>Partager</p>", "Un"),
        (
            "<p>Un</p><p>Lire aussi : le récit</p><figure><figcaption>Non</figcaption></figure>",
            "Un",
        ),
        ("<p>Un</p><div class='live-comment'><b>Zoé</b> : pourquoi ?</div>", "Un"),
        ("<p>Bonjour Zoé, la ville tient.</p>", "la ville tient."),
        (
            "<p>Trois <del>morts</del> blessés, <s>à Kiev</s> <ins>à Lviv</ins>.</p>",
            "Trois blessés, à Lviv.",
        ),
        (
            "<blockquote>« Je reste », a dit Volodymyr Zelensky.</blockquote>",
            "« Je reste », a dit Volodymyr Zelensky.",
        ),
        ("", "Kiev résiste"),
    ],
)
def test_text_is_what_a_person_reads(tmp_path, body, text):
    assert text_of(tmp_path, page(json_ld=blog(update(body=body)))) == text


def test_a_body_in_parts_is_one_text(tmp_path):
    given = update(body=["<p>Un.</p>", {"@type": "Text"}, "Deux."])
    assert text_of(tmp_path, page(json_ld=blog(given))) == "Un.\nDeux."


@pytest.mark.parametrize(
    "publisher", [{"name": "L&#8217;&Eacute;cho &amp; Cie"}, {"@id": f"{URL}#editeur"}]
)
def test_the_holder_is_the_name_of_the_publisher(tmp_path, publisher):
    named = {"@type": "Organization", "@id": f"{URL}#editeur", "name": "L’Écho & Cie"}
    json_ld = {"@graph": [blog(update(), publisher=publisher), named]}
    [document], _ = reading(tmp_path, page(json_ld=json_ld))
    assert document.meta.rights["holder"] == "L’Écho & Cie"


def test_furniture_of_le_monde_is_out(tmp_path):
    also = (
        '<div class="read-also-live__container"><p>Lire aussi</p></div><aside><p>Aussi</p></aside>'
        '<iframe src="https://x.example"></iframe><div class="dfp-ad"><p>Achetez</p></div>'
        "<div>Un pseudonyme sans balise</div>"
    )
    assert text_of(tmp_path, le_monde(post("Un.", "Deux.", also=also))) == "Un.\nDeux."


def test_a_post_in_two_parts_is_one_text(tmp_path):
    more = '<div class="content--live"><p>Deux.</p></div></section>'
    assert text_of(tmp_path, le_monde(post("Un.").replace("</section>", more))) == "Un.\nDeux."


def test_a_post_in_elements_and_json_ld_is_one_item(tmp_path):
    shown = [
        post("Un paragraphe entier, au long.", title="Kiev résiste"),
        post("Une autre chose.", id="post-3587413", date="05:00"),
        post("Sans identifiant, avec un titre.", id="", title="Odessa", date="04:00"),
        post("Oui, en partie.", id="post-3587415", date="03:00", asked="Et Kherson ?", by="Zoé"),
    ]
    told = [
        update("post-3587412", "<p>Un paragraphe</p>", dateModified="2022-02-24T05:30:00Z"),
        update(9, "Une autre chose.", headline=None, datePublished="2022-02-24T04:00:00Z"),
        update(8, "Autrement dit.", headline="Odessa", datePublished="2022-02-24T03:00:00Z"),
        update(7, "Et Kherson ? Zoé", headline=None, datePublished="2022-02-24T02:00:00Z"),
        update(1042899, "Plus ancien, et seulement là.", headline="Avant"),
    ]
    told[3]["articleBody"] = "Et Kherson ?\nOui, en partie."
    documents, drops = reading(tmp_path, le_monde(*shown, json_ld=blog(*told, url=LE_MONDE)))
    assert drops == []
    assert [d.text for d in documents] == [
        "Un paragraphe entier, au long.",
        "Une autre chose.",
        "Sans identifiant, avec un titre.",
        "Oui, en partie.",
        "Plus ancien, et seulement là.",
    ]
    assert documents[0].meta.modified == "2022-02-24T06:30:00+01:00"


def test_a_post_of_json_ld_does_not_vanish_in_one_that_begins_alike(tmp_path):
    """The elements have the last post only, JSON-LD has all of them, the oldest first."""
    shown = [post("Fin d’alerte à Kiev.", "Un abri est touché.", date="10:00")]
    older = "<p>Fin d’alerte à Kiev.</p><p>Rien n’est touché.</p>"
    told = [
        update(9, older, headline=None, datePublished="2022-02-24T03:07:00Z"),
        update(8, "<p>Fin d’alerte à Kiev.</p>", headline=None, datePublished="2022-02-24T09:00Z"),
    ]
    for blogs in (told, told[:1], told[::-1]):
        json_ld = blog(*blogs, url=LE_MONDE)
        documents, drops = reading(tmp_path, le_monde(*shown, json_ld=json_ld))
        found = {d.meta.time[11:16]: d.text.splitlines()[1] for d in documents}
        assert found == {"10:00": "Un abri est touché.", "04:07": "Rien n’est touché."}
        assert (len(documents), drops) == (2, [])


def test_posts_that_begin_alike_each_have_their_own_account(tmp_path):
    shown = [post("Fin d’alerte.", f"{n}.", id=f"post-358741{n}", date="05:00") for n in range(3)]
    told = [
        update(n, "Fin d’alerte.", headline=None, dateModified=f"2022-02-24T05:0{n}:00Z")
        for n in range(3)
    ]
    for given in told:
        given["datePublished"] = "2022-02-24T04:00:00Z"
    documents, drops = reading(tmp_path, le_monde(*shown, json_ld=blog(*told, url=LE_MONDE)))
    assert [d.meta.modified[14:16] for d in documents] == ["00", "01", "02"]
    assert drops == []


def test_json_ld_that_is_there_twice_corrects_nothing(tmp_path):
    told = blog(update(3587412, "Autrement dit.", headline=None), url=LE_MONDE)
    later = blog(*told["liveBlogUpdate"], url=LE_MONDE)
    later["liveBlogUpdate"][0] = later["liveBlogUpdate"][0] | {
        "dateModified": "2022-02-24T06:00:00Z"
    }
    for second in (told, later):
        written = le_monde(post("Un paragraphe entier."), json_ld=[told, second])
        [document], drops = reading(tmp_path, written)
        assert (document.text, drops) == ("Un paragraphe entier.", [])
    assert document.meta.modified == "2022-02-24T07:00:00+01:00"


def test_json_ld_does_not_bring_back_a_reader(tmp_path):
    shown = post("Oui, en partie.", date="03:00", asked="Et Kherson ?", by="Zoé")
    told = [
        update(7, "Zoé : Et Kherson ? Oui.", headline=None),
        update(8, "Et Odessa, demande Zoé ? Elle tient.", headline=None),
        update(9, "Odessa tient."),
    ]
    documents, drops = reading(tmp_path, le_monde(shown, json_ld=blog(*told, url=LE_MONDE)))
    assert [d.text for d in documents] == ["Oui, en partie.", "Odessa tient."]
    assert [d.reason for d in drops] == [Reason.PERSONAL_DATA] * 2
    assert "Zoé" not in str((documents, drops))


def test_ids_say_which_post_it_is(tmp_path):
    updates = [
        update("a", "Un.", **{"@id": None}, url=f"{URL}?x=1#post-77001234"),
        update("b", "Deux.", **{"@id": None}, url=f"{URL[:-5]}/le-pont-de-kherson.html"),
        update("post-3", "Trois."),
        update("d", "Quatre.", **{"@id": None}, url=URL),
        update("e", "Cinq.", **{"@id": "https://www.lejournal.example/meme"}, headline="A"),
        update("f", "Six.", **{"@id": "https://www.lejournal.example/meme"}, headline="B"),
    ]
    ids = [d.id for d in reading(tmp_path, page(json_ld=blog(*updates)))[0]]
    assert ids[:3] == [
        "lejournal.example:77001234",
        "lejournal.example:le-pont-de-kherson",
        "lejournal.example/live/2022/02/24/ukraine-en-direct_4711.html:3",
    ]
    assert len({len(id) for id in ids[3:]}) == 1
    assert len(set(ids)) == 6


def test_what_is_no_live_page_is_a_drop_that_says_what_was_looked_for(tmp_path):
    (tmp_path / "a.html").write_text("<html><p>Un article</p></html>", encoding="utf-8")
    documents, [drop] = read_all(tmp_path / "a.html")
    assert (documents, drop.reason) == ([], Reason.BROKEN_FILE)
    assert "section.post.post__live-container" in drop.detail
    assert "LiveBlogPosting" in drop.detail


def test_pages_beside_a_corpus(tmp_path):
    (tmp_path / "report.html").write_text("<html><p>Un rapport</p></html>", encoding="utf-8")
    (tmp_path / "live.html").write_text(page(json_ld=blog(update())), encoding="utf-8")
    (tmp_path / "zz.jsonl").write_text('{"id": "1", "text": "x"}\n', encoding="utf-8")
    documents, drops = read_all(tmp_path)
    assert ([d.id for d in documents], drops) == (["1", "lejournal.example:1042873"], [])
    assert len(read_all(tmp_path, format="page")[1]) == 1


def test_it_is_only_read(tmp_path):
    with pytest.raises(UsageError, match="only read"):
        write([], tmp_path / "a.html", format="page")
    assert list(tmp_path.iterdir()) == []
