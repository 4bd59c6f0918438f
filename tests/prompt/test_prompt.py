"""Requests: within their budget, equal where orders are, and true to what they show."""

from __future__ import annotations

import json
import re

import pytest

from augment.align import align, align_onto
from augment.align.strategies import realise
from augment.guide.cited import resolved
from augment.guide.model import WrittenRule
from augment.prompt import Examples, PromptSettings, prompt, template, tokens
from augment.prompt.examples import content
from augment.prompt.form import view
from augment.prompt.request import numbered
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Request, Response
from tests.helpers import doc
from tests.prompt.common import GUIDES, NAMES, corpus, guide, order, sample

SETTINGS = PromptSettings(model="m")


def request(name: str, guide_name: str = "ukraine_live", examples: int = 3, **update) -> Request:
    asked = update.pop("order", None) or order(name.partition("/")[0], guide_name)
    train = corpus(guide_name)[1:]
    source = corpus(guide_name)[0]
    made = prompt(
        asked,
        guide=guide(guide_name),
        template=template(name),
        examples=Examples(train, guide(guide_name)).pick(asked, source, examples, 0),
        source=source,
        settings=SETTINGS.model_copy(update=update),
    )
    assert isinstance(made, Request), made
    return made


@pytest.mark.parametrize("exhaustive", [False, True])
@pytest.mark.parametrize("form", ["inline", "json"])
@pytest.mark.parametrize("guide_name", GUIDES)
@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_fits_the_default_budget(name, guide_name, form, exhaustive):
    made = request(name, guide_name, form=form, exhaustive=exhaustive)
    assert made.id == "000007"
    assert sum(tokens(message.content) for message in made.messages) <= SETTINGS.budget
    assert [m.role for m in made.messages][:1] == ["system"]
    assert made.messages[-1].role == "user"
    assert {m.role for m in made.messages[1:-1:2]} <= {"user"}
    assert {m.role for m in made.messages[2:-1:2]} <= {"assistant"}
    assert (made.form is None) == (form == "inline")
    wanted = ["IS_LOCATED_IN"] if not exhaustive else list(guide(guide_name).relations)
    for kind in wanted:
        assert f"### {kind}" in made.messages[0].content
    assert not re.search(r"\n\n\n|^\s|\s$|Undefined", made.messages[0].content)


def shown_rows(text: str) -> set[str]:
    """Relation types in the relations of an answer."""
    payload = json.loads(text.splitlines()[-1])
    return {row[1] for row in payload["relations"]}


@pytest.mark.parametrize("form", ["inline", "json"])
@pytest.mark.parametrize("name", ["compose", "annotate", "annotate/relations", "contrast"])
def test_shown_answers_are_read_back_as_the_very_documents(name, form):
    rules = guide("ukraine_live")
    by_text = {d.text: d for d in sample()}
    made = request(name, form=form, budget=20_000)
    types = ["IS_LOCATED_IN", "OPERATES_IN", "HAS_CONTROL_OVER"]
    answers = [m.content for m in made.messages if m.role == "assistant"]
    questions = [m.content for m in made.messages if m.role == "user"]
    assert len(answers) == 3
    for asked, told in zip(questions[:-1], answers, strict=True):
        assert shown_rows(told) <= set(types)
        response = Response(id="r", key="k", text=told)
        if name.startswith("annotate"):
            gold = next(d for d in sample() if probe(d) in untagged(asked))
            given = name.endswith("relations")
            expected = view(gold, rules, types)
            source = expected.model_copy(update={"relations": ()}) if given else gold
            found = align_onto(response, source, order=None, guide=rules, given=given)
        else:
            found = align(response, order=None, guide=rules)
            assert isinstance(found, Candidate)
            expected = view(by_text[found.document.text], rules, types)
        assert isinstance(found, Candidate), found
        assert not found.repairs
        assert content(found.document) == content(expected)


def untagged(text: str) -> str:
    return re.sub(r"\[\[\w+:\w+\||\]\]", "", text)


def probe(document: Document) -> str:
    return document.text[-60:]


def test_only_ordered_types_and_negatives_are_shown_unless_all_are_asked_for():
    made = request("compose")
    head = made.messages[0].content
    assert re.findall(r"^### ([A-Z_]+) ", head, re.M) == [
        "IS_LOCATED_IN", "OPERATES_IN", "HAS_CONTROL_OVER"
    ]  # fmt: skip
    assert 'IS_OF_NATIONALITY"' not in head
    full = request("compose", exhaustive=True)
    assert "### IS_OF_NATIONALITY" in full.messages[0].content
    answer = next(m.content for m in full.messages if m.role == "assistant")
    assert "IS_OF_NATIONALITY" in answer


def test_orders_with_equal_types_share_their_first_message_and_examples():
    one, two = order("compose", source=None), order("compose", source=None)
    two = two.model_copy(
        update={"id": "8", "types": (two.types[1], two.negatives[0]), "negatives": two.types[:1]}
    )
    two = two.model_copy(update={"style": "analysis", "words": 60, "seed": 6})
    first, second = request("compose", order=one), request("compose", order=two)
    assert first.messages[:-1] == second.messages[:-1]
    assert first.messages[-1] != second.messages[-1]
    annotated = [request("annotate", budget=12_000, order=order("annotate", source=s)).messages[0]
                 for s in ("s01", "s02")]  # fmt: skip
    assert annotated[0] == annotated[1]


def test_equal_orders_are_told_apart_by_their_seed_and_ids_do_not_matter():
    one = request("compose", order=order("compose"))
    assert one == request("compose", order=order("compose"))
    assert one.key == request("compose", order=order("compose", id="other")).key
    assert one.key != request("compose", order=order("compose", seed=6)).key
    assert request("compose", seed=None).seed is None


def test_less_and_less_of_the_guide_is_shown_as_the_budget_shrinks():
    full = request("compose", budget=40_000, examples=0).messages[0].content
    assert "## Règles générales" in full
    assert "À ne pas confondre avec" in full
    assert "Contre-exemple" in full
    sizes = []
    for budget in (40_000, 12_000, 8_000, 6_000, 5_000, 4_000):
        made = request("compose", budget=budget)
        sizes.append(sum(tokens(m.content) for m in made.messages))
        assert sizes[-1] <= budget
    assert sizes == sorted(sizes, reverse=True)
    small = request("compose", budget=4_000).messages[0].content
    assert "Contre-exemple" not in small
    assert "### OPERATES_IN" in small


def dropped(name: str, source: Document | None = None, budget: int = 8000, **update) -> Drop:
    made = prompt(
        order(name.partition("/")[0], **update),
        guide=guide("ukraine_live"),
        template=template(name),
        source=source,
        settings=SETTINGS.model_copy(update={"budget": budget}),
    )
    assert isinstance(made, Drop)
    assert (made.id, made.stage, made.parent) == ("000007", "prompt", "s01")
    assert json.loads(made.raw)["id"] == "000007"
    return made


@pytest.mark.parametrize(
    ("name", "update", "says"),
    [
        ("compose", {"types": ("NOPE",)}, "no type 'NOPE'"),
        ("realise", {"nodes": {"1": "DRAGON"}}, "no type 'DRAGON'"),
        ("realise", {"triples": ()}, "triples"),
        ("contrast", {}, "a text"),
        ("contrast", {"triples": (), "source": sample()[0]}, "triples"),
        ("substitute", {"nodes": {}, "source": sample()[0]}, "entities"),
        ("annotate", {}, "a text"),
        ("judge", {}, "a text"),
    ],
)
def test_an_order_without_what_its_template_needs_is_a_drop(name, update, says):
    found = dropped(name, **update)
    assert found.reason is Reason.BAD_ORDER
    assert says in found.detail


def test_a_text_that_cannot_be_shown_is_a_drop():
    assert dropped("restyle", source=doc("[[1:DRAGON|Smaug]]")).reason is Reason.BAD_ORDER
    crossing = Document.model_validate(
        {"id": "x", "text": "abc", "entities": [
            {"id": 1, "type": "PLACE", "mentions": [{"start": 0, "end": 2, "value": "ab"}]},
            {"id": 2, "type": "PLACE", "mentions": [{"start": 1, "end": 3, "value": "bc"}]}]}
    )  # fmt: skip
    assert dropped("restyle", source=crossing).reason is Reason.CROSSING_SPANS
    long = doc("mot " * 9000, id="s01")
    assert dropped("annotate", source=long).reason is Reason.PROMPT_TOO_LONG
    assert dropped("compose", budget=500).reason is Reason.PROMPT_TOO_LONG


def test_a_text_to_annotate_stands_on_one_line_and_cannot_close_its_brackets():
    source = Document(id="r", text="Un [mot].\nDeux.")
    made = prompt(
        order("annotate"),
        guide=guide("ukraine_live"),
        template=template("annotate"),
        source=source,
        settings=SETTINGS,
    )
    assert isinstance(made, Request)
    assert "\nUn \\[mot\\].\\nDeux.\n" in made.messages[-1].content


@pytest.mark.parametrize("name", ["restyle", "substitute"])
def test_a_rewrite_shows_all_relations_of_its_source(name):
    last = request(name).messages[-1].content
    rows = re.search(r'^\{"relations".*$', last, re.M)
    assert rows
    assert len(json.loads(rows[0])["relations"]) == len(sample()[0].relations)


def test_the_order_in_words():
    asked = order("compose", event="BOMBING", style="reader_question", distractors=0)
    last = request("compose", order=asked).messages[-1].content
    for words in (
        "Sujet\N{NO-BREAK SPACE}: Bombardement.",
        "question d’un lecteur",
        "environ 100 mots",
        "OPERATES_IN, HAS_CONTROL_OVER",
        "Relations voisines, à ne pas confondre\N{NO-BREAK SPACE}: IS_LOCATED_IN",
        "citations entre guillemets\N{NO-BREAK SPACE}: 1",
    ):
        assert words in last
    assert "sans rôle dans les relations" not in last
    some = request("compose", order=order("compose")).messages[-1].content
    assert "au moins 2 entités sans rôle dans les relations décrites, sans compter" in some


def test_a_graph_is_ordered_with_the_ids_that_examples_have():
    asked = order("realise", nodes={"e1": "CIVILIAN", "e2": "PLACE"}, distractors=1)
    asked = asked.model_copy(update={"triples": (("e1", "IS_LOCATED_IN", "e2"),)})
    made = request("realise", order=asked, form="json")
    last = made.messages[-1].content
    assert "– 1\N{NO-BREAK SPACE}: CIVILIAN" in last
    assert '– [1, "IS_LOCATED_IN", 2]' in last
    assert "1 autre entité au plus" in last
    assert not re.search(r"\be[12]\b", last)
    assert '"string"' not in json.dumps(
        made.form["properties"]["relations"]["items"]["items"]["anyOf"][0]
    )
    text = "[[1:CIVILIAN|Une femme]] est à [[2:PLACE|Corvance]]."
    reply = Response(id="r", key="k", text=f'{text}\n{{"relations": [[1, "IS_LOCATED_IN", 2]]}}')
    found = realise(reply, order=asked, guide=guide("ukraine_live"))
    assert isinstance(found, Candidate), found
    assert [e.id for e in found.document.entities] == ["e1", "e2"]


def test_ids_that_numbers_would_confuse_stay():
    for nodes in ({"e1": "PLACE", "1": "PLACE"}, {"x": "PLACE"}):
        asked = order("realise", nodes=nodes)
        assert numbered(asked) is asked


def test_a_rule_that_a_type_refers_to_is_kept_before_others_and_found_by_its_title():
    asked = order("compose", types=("GENDER_MALE",), negatives=())
    for budget in (20_000, 8_000, 6_000):
        head = request("compose", order=asked, budget=budget).messages[0].content
        assert "### Genre grammatical et sexe" in head
        assert "voir «\N{NO-BREAK SPACE}Genre grammatical et sexe\N{NO-BREAK SPACE}»" in head
    small = request("compose", order=asked, budget=2_500, examples=0).messages[0].content
    assert "### GENDER_MALE" in small
    assert "dont un indice dit le sexe." in small


@pytest.mark.parametrize("budget", [3_200, 4_000, 6_000, 8_000, 12_000, 40_000])
@pytest.mark.parametrize("name", ["compose", "judge"])
def test_no_reference_to_a_rule_that_is_not_shown(name, budget):
    rules = guide("ukraine_live").rules
    asked = order(name, types=("GENDER_MALE", "IS_OF_SIZE"), negatives=(), event=None)
    head = request(name, order=asked, budget=budget, examples=0).messages[0].content
    for title in re.findall(r"voir «\s*(.+?)\s*»", head):
        assert title not in rules, title
        assert f"### {title}" in head


def test_references_are_left_out_with_what_holds_them():
    rules = {"dates": WrittenRule.model_construct(title="Les dates")}
    for text, without, told in (
        ("A (voir « dates »). B.", "A. B.", "A (voir « Les dates »). B."),
        ("A. Dates : voir « dates ». B.", "A. B.", "A. Dates : voir « Les dates ». B."),
        ("Dates : voir « dates »", "", "Dates : voir « Les dates »"),
        ("A (voir « autre »). B.", "A (voir « autre »). B.", "A (voir « autre »). B."),
        ("Dit « dates ».", "Dit « dates ».", "Dit « dates »."),
    ):
        assert resolved(text, rules, ()) == without
        assert resolved(text, rules, ("dates",)) == told


def test_tokens_are_counted_high():
    assert tokens("") == 0
    assert tokens("Le convoi est entré dans Kiev.") == 11
    tagged = "[[12:MILITARY_ORGANISATION|armée]]"
    assert tokens(tagged) >= len(tagged) / 2
