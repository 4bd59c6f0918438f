from hypothesis import given
from hypothesis import strategies as st

from augment.report.arcs import LABELLED, arcs, joined
from augment.report.samples import Families, boxed, listed, safe, show
from augment.schema import Document, Entity, Mention, Relation
from tests.helpers import doc
from tests.report.made import FAMILIES, SAMPLE, Page

LOOK = Families(FAMILIES, {"PERSON": "person", "NAME": "person", "PLACE": "place"})


class Text(Page):
    """The text of an annotated paragraph without the ids, and the nesting of its boxes."""

    def __init__(self, html):
        self.plain, self.depths = "", []
        super().__init__(html)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        if tag == "span":
            self.depths.append(sum(e[0] == "span" for e in self._open))

    def handle_data(self, text):
        super().handle_data(text)
        if not self._open or self._open[-1][0] != "sub":
            self.plain += text


def test_boxes_nest_in_the_order_of_the_text():
    html = boxed(SAMPLE, LOOK)
    assert html.startswith(
        '<span class="m f0" title="PERSON"><span class="m f0" title="NAME">Olena<sub>2</sub>'
        "</span> Marchuk<sub>1</sub></span> arrive à "
        '<span class="m f1" title="PLACE">Kiev<sub>3</sub></span>.'
    )
    assert Text(html).depths == [1, 2, 1, 1]


def test_of_identical_spans_the_first_entity_is_outside():
    html = boxed(doc("[[1:PERSON|[[2:NAME|Olena]]]] part."), LOOK)
    assert html.index('title="PERSON"') < html.index('title="NAME"')


def test_unknown_types_are_grey():
    assert 'class="m f"' in boxed(doc("[[1:ODD|Kiev]]"), LOOK)
    assert safe("#1f77b4") == "#1f77b4"
    assert safe("url(//x)") == safe("red; }") == safe("#12") == "#888888"


@st.composite
def nested(draw):
    """A text with spans that nest or lie apart, among them identical ones."""
    text = draw(st.text(st.sampled_from("ab<&\n é😀"), min_size=1, max_size=30))
    spans = []
    for start, size in draw(st.lists(st.tuples(st.integers(0, 29), st.integers(1, 30)))):
        end = min(start + size, len(text))
        crosses = any(s < start < e < end or start < s < end < e for s, e in spans)
        if start < end and not crosses:
            spans.append((start, end))
    entities = tuple(
        Entity(id=i, type="PLACE", mentions=(Mention(start=s, end=e, value=text[s:e]),))
        for i, (s, e) in enumerate(spans)
    )
    return Document(id="d", text=text, entities=entities)


@given(nested())
def test_the_text_is_whole_between_the_boxes(document):
    page = Text(f"<p>{boxed(document, LOOK)}</p>")
    assert page.plain == document.text
    assert len(page.depths) == len(document.entities)


def test_relations_are_listed_by_type_with_their_attributes():
    found = dict(listed(SAMPLE))
    assert found["IS_LOCATED_IN"] == ["Olena Marchuk (1) → Kiev (3)"]
    assert found["GENDER_FEMALE"] == ["Olena Marchuk (1) ↺"]
    denied = Relation(head=1, type="T", tail=3, attributes={"factuality": "denied"})
    document = SAMPLE.model_copy(update={"relations": (denied,)})
    assert listed(document) == [("T", ["Olena Marchuk (1) → Kiev (3) [factuality: denied]"])]


def test_one_arc_a_pair_with_all_its_types_and_an_arrow_at_the_tail():
    page = Page(arcs(SAMPLE, LOOK.css))
    assert joined(SAMPLE) == [
        (1, 3, ["IS_LOCATED_IN", "RESIDES_IN"], []),
        (1, 1, ["GENDER_FEMALE"], []),
    ]
    assert len(page.all("path")) == len(page.all("polygon")) == 2
    titles = [text for _, text in page.all("title")]
    assert "Olena Marchuk → IS_LOCATED_IN, RESIDES_IN → Kiev" in titles
    rows = [float(a["cy"]) for a, _ in page.all("circle")]
    tip = float(page.all("polygon")[0][0]["points"].split()[0].split(",")[1])
    assert tip == rows[1] and len(rows) == 2  # the name Olena is in no relation


def test_relations_both_ways_are_one_arc_with_two_arrows():
    both = doc("[[1:PLACE|A]] et [[2:PLACE|B]]", (2, "NEAR", 1), (1, "NEAR", 2), (1, "IN", 2))
    page = Page(arcs(both, LOOK.css))
    assert len(page.all("path")) == 1 and len(page.all("polygon")) == 2
    assert "B → NEAR → A; A → NEAR, IN → B" in [text for _, text in page.all("title")]
    assert "↑ NEAR ↓ NEAR, IN" in page.text
    symmetric = both.model_copy(update={"relations": both.relations[:2]})
    assert Page(arcs(symmetric, LOOK.css)).all("text")[-1][1] == "NEAR"


def test_only_few_arcs_are_labelled_and_none_are_drawn_without_relations():
    assert show(SAMPLE, LOOK).labelled
    ends = " ".join(f"[[{i}:PLACE|p{i}]]" for i in range(LABELLED + 2))
    many = doc(ends, *[(0, "NEAR", i) for i in range(1, LABELLED + 2)])
    assert not show(many, LOOK).labelled
    assert not [t for a, t in Page(show(many, LOOK).drawn).all("text") if a["class"] == "kind"]
    assert show(doc("Rien."), LOOK).drawn == ""
