"""Pages cut, wrongly declared, huge, deep or malformed; and no markup or name in an item."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.read import read_all
from augment.reasons import Reason
from tests.read.live import blog, le_monde, page, post, reading, text_of, update

FRENCH = "L’œuvre du maire, déjà âgé, coûte 3 €."


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1252", "n’importe"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_the_encoding_declared_may_be_wrong(tmp_path, declared, encoding):
    written = page(json_ld=blog(update(body=FRENCH))).replace("'utf-8'", f"'{declared}'")
    written = written.replace("n’importe", "nimporte")
    assert text_of(tmp_path, written.encode(encoding)) == FRENCH


def test_latin_9_where_it_is_declared(tmp_path):
    written = page(json_ld=blog(update(body=FRENCH.replace("’", "'")))).replace(
        "utf-8", "ISO-8859-15"
    )
    assert text_of(tmp_path, written.encode("iso-8859-15")) == FRENCH.replace("’", "'")


def test_a_few_broken_bytes_cost_one_post(tmp_path):
    good, bad = post(FRENCH), post("Un XX cassé.", id="post-3587413")
    raw = le_monde(good, bad).encode().replace(b"XX", b"\xe9")
    documents, drops = reading(tmp_path, raw)
    assert [d.text for d in documents] == [FRENCH]
    assert [d.reason for d in drops] == [Reason.BAD_ENCODING]


def test_every_cut_of_a_page_gives_whole_posts_or_named_drops(tmp_path):
    texts = [f"Paragraphe numéro {n}, à Kiev." for n in range(3)]
    whole = le_monde(*[post(t, id=f"post-358741{n}") for n, t in enumerate(texts)]).encode()
    for end in range(0, len(whole) - 1, 97):
        path = tmp_path / "cut.html"
        path.write_bytes(b"<html>" + whole[:end])
        documents, drops = read_all(path)
        assert [d.text for d in documents] == texts[: len(documents)], end
        assert {d.reason for d in drops} <= {Reason.TRUNCATED, Reason.BROKEN_FILE}
        assert documents or drops


@pytest.mark.parametrize(
    "broken",
    [
        json.dumps(blog(update()))[:-20],
        json.dumps(blog(update())).replace('"@type"', "@type"),
        '{"@type": "LiveBlogPosting", "liveBlogUpdate": ' + "[" * 100_000,
    ],
)
def test_json_ld_that_is_none(tmp_path, broken):
    documents, drops = reading(tmp_path, page(json_ld=broken))
    assert (documents, [d.reason for d in drops]) == ([], [Reason.BROKEN_JSON])
    documents, drops = reading(tmp_path, le_monde(post("Un."), json_ld=broken))
    assert ([d.text for d in documents], len(drops)) == (["Un."], 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"articleBody": 7, "headline": None},
        {"articleBody": None, "headline": {"x": 1}},
        {"articleBody": ["", []], "headline": []},
        {"articleBody": " \n", "headline": " "},
    ],
)
def test_updates_of_the_wrong_kind_are_empty(tmp_path, fields):
    _, drops = reading(tmp_path, page(json_ld=blog(update() | fields)))
    assert [d.reason for d in drops] == [Reason.EMPTY_TEXT]


@pytest.mark.parametrize("field", ["articleBody", "headline", "@id", "url"])
def test_half_a_surrogate_pair_costs_its_post(tmp_path, field):
    broken = update() | {field: "https://www.lejournal.example/\ud83d-1042873"}
    written = page(json_ld=json.dumps(blog(broken, update(7, "Un."))))
    documents, drops = reading(tmp_path, written)
    assert ([d.text for d in documents], drops[0].reason) == (["Un."], Reason.BAD_ENCODING)


def test_a_page_with_nothing_in_its_live_blog_is_no_live_page(tmp_path):
    for empty in (blog(), blog() | {"liveBlogUpdate": "rien"}, blog() | {"liveBlogUpdate": None}):
        assert [d.reason for d in reading(tmp_path, page(json_ld=empty))[1]] == [Reason.BROKEN_FILE]


@pytest.mark.parametrize("depth", [300, 1500])
def test_deep_pages_are_read(tmp_path, depth):
    deep = "<div>" * depth + post("Un.") + "</div>" * depth
    assert text_of(tmp_path, le_monde(deep)) == "Un."


def test_pages_too_deep_are_drops(tmp_path):
    deep = "<div>" * 5000 + post("Un.") + "</div>" * 5000
    _, [drop] = reading(tmp_path, le_monde(deep))
    assert (drop.reason, "deep" in drop.detail) == (Reason.BROKEN_FILE, True)


def test_a_page_of_20_mb(tmp_path):
    filler = f"<script>{'x' * 19_000_000}</script><div>{'<i>y</i>' * 125_000}</div>"
    assert text_of(tmp_path, le_monde(filler, post("Un."))) == "Un."


def test_bytes_that_are_no_page(tmp_path):
    for raw in (b"<html>\x00\x01\x02", b"<html>", b"<!doctype html>" + bytes(range(256)) * 40):
        assert [d.reason for d in reading(tmp_path, raw)[1]] == [Reason.BROKEN_FILE]


WORDS = st.sampled_from(
    "Kiev résiste l’Ukraine « Oui » 3\u202f500 ; : & é e\u0301 😀 — lui-même".split(" ")
)
PLAIN = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
NAMES = st.sampled_from(["Zoé-Lou", "Jean-Eudes", "Ysaline", "Lecteur_75"])
PARTS = st.one_of(
    PLAIN,
    PLAIN.map(lambda t: f"<b>{t}</b>"),
    PLAIN.map(lambda t: f'<a href="/x?a=1&b=2" title="Jean-Eudes">{t}</a>'),
    PLAIN.map(lambda t: f"<p>{t}</p>"),
    PLAIN.map(lambda t: f"<ul><li>{t}<li>{t}</ul>"),
    PLAIN.map(lambda t: f"{t}<br/>"),
    st.just("<script>if (a<b) document.write('<p>balise</p>')</script>"),
    st.just("<!-- <p>commentaire --><style>p { color: red }</style><b><p></b></p></div>"),
    NAMES.map(lambda n: f'<div class="live__comment"><i class="pseudo">{n}</i><p>Oui ?</p></div>'),
    NAMES.map(lambda n: f'<span class="post__live-container--comment-author">{n}</span>'),
)


@given(st.lists(st.lists(PARTS, max_size=6).map("".join), min_size=1, max_size=3), NAMES)
def test_no_markup_and_no_readers_name_in_any_item(tmp_path_factory, bodies, name):
    shown = [
        post(f"Bonjour {name}, {body}", id=f"post-{3587412 + n}", asked="Et toi ?", by=name)
        for n, body in enumerate(bodies)
    ]
    told = [update(2042873 + n, body) for n, body in enumerate(bodies)]
    written = le_monde(*shown, json_ld=blog(*told))
    documents, drops = reading(tmp_path_factory.mktemp("pages"), written)
    for item in (*documents, *drops):
        said = item.model_dump_json()
        assert not re.search(r"</?\w+[^>]*>|&\w+;|\{ color|balise|commentaire", said), said
        assert not re.search("Zoé-Lou|Jean-Eudes|Ysaline|Lecteur_75", said), said
