import re
from html.parser import HTMLParser

import pytest

from augment.errors import GuideError
from augment.guide import Example, Family, load
from augment.guide.model import shipped_folder
from augment.guide.show import markdown, page
from tests.guide.small import guide

SHIPPED = sorted(path.parent.name for path in shipped_folder("guidelines").glob("*/guide.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_page_of_a_shipped_guide_is_in_step_with_its_yaml(name):
    """If it is not: ``augment guide show NAME --markdown > guidelines/NAME/guide.md``."""
    written = shipped_folder("guidelines") / name / "guide.md"
    assert written.read_text(encoding="utf-8") == markdown(load(name))


def test_markdown_says_everything_once():
    text = markdown(guide())
    assert text.startswith("# Petit guide\n")
    assert "### IN — est dans" in text
    assert "- [Kiev]₁ est la [capitale de l'[Ukraine]₂]₁.\n" in text
    assert "  — 1\u00a0: PLACE, 2\u00a0: PLACE\n  — 1 → IN → 2\n" in text
    assert "  — **pas de** 2 → IN → 1\n" in text
    assert "  — *La capitale est dans le pays.*" in text
    assert "- Lieu, Personne → Lieu\n" in text
    assert "Transitive" in text
    assert "*Définition à écrire.*" in text.split("### MALE")[1]
    assert "dans l’est" in text
    assert "\n\n\n" not in text


def test_one_type():
    text = markdown(guide(), "MEETS")
    assert text.startswith("### MEETS — MEETS\n")
    assert "Symétrique" in text
    assert "PLACE" not in text
    assert markdown(guide(), "PLACE").startswith("### PLACE — Lieu")
    with pytest.raises(GuideError, match="no type 'NOPE'"):
        markdown(guide(), "NOPE")


def test_an_example_that_does_not_parse_is_shown_as_it_is():
    place = guide().entities["PLACE"].model_copy(update={"positive": (Example(text="[[x"),)})
    broken = guide(entities=guide().entities | {"PLACE": place})
    assert "- [[x\n" in markdown(broken)
    assert "[[x" in page(broken)


class Tags(HTMLParser):
    """Fails where a tag is not closed or not opened, and collects what the page points to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.ids, self.links, self.text = [], [], [], ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[a] for a in ("href", "src") if a in found]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_is_well_formed_and_needs_nothing_from_outside():
    seen = Tags(page(guide()))
    assert len(seen.ids) == len(set(seen.ids))
    assert {link.removeprefix("#") for link in seen.links} <= set(seen.ids)
    assert {"PLACE", "IN", "MALE"} <= set(seen.ids)


def test_the_page_draws_spans_in_the_colour_of_their_family():
    html = page(guide())
    assert (
        '<span class="m" style="--c:#2ca02c">capitale de l&#39;'
        '<span class="m" style="--c:#2ca02c">Ukraine<sub>2 PLACE</sub></span>'
        "<sub>1 PLACE</sub></span>" in html
    )
    assert "<s>2 → IN → 1</s>" in html


def test_what_is_written_in_a_guide_cannot_become_markup():
    nasty = guide(
        title="<script>alert(1)</script>",
        families={"place": Family(colour='"><script>'), "person": Family(label="<b>")},
    )
    assert "script" not in re.sub(r"&lt;/?script&gt;", "", page(nasty))


def test_a_page_without_families_and_rules():
    assert "Règles générales" not in markdown(guide(rules={}, families={}))
    Tags(page(guide(rules={}, families={}, attributes={})))
