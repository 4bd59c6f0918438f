"""What each strategy promises: kept, the reply is a sample; broken, it is a named drop."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augment.align import strategies
from augment.align.changes import agree, regions
from augment.codec import encode, tag
from augment.errors import UsageError
from augment.guide import load
from augment.plan import Settings, plan, sources
from augment.reasons import Reason
from augment.registry import resolve
from augment.schema import (
    Candidate,
    Document,
    Drop,
    Entity,
    Mention,
    Meta,
    Order,
    Relation,
    Response,
)
from augment.validate import validate
from tests.helpers import doc
from tests.plan.corpus import DOCUMENTS

GUIDE = load("textmine")


def answer(order, text, *relations, source=None, rows=True, by=None):
    """What becomes of a reply to an order; without ``rows`` it lists no relations."""
    written = text + ("\n" + json.dumps({"relations": relations}) if rows else "")
    response = Response(id=order.id, key="k", text=written)
    return (by or resolve("strategy", order.strategy))(
        response, order=order, guide=GUIDE, source=source
    )


def refused(found, reason, said=""):
    assert isinstance(found, Drop)
    assert (found.reason, found.stage) == (reason, "align")
    assert said in found.detail
    assert found.raw
    return True


# compose, telegraphic


@pytest.mark.parametrize("strategy", ["compose", "telegraphic"])
def test_an_invented_text_is_labelled_for_what_was_ordered(strategy):
    order = Order(id="o", strategy=strategy, types=("IS_BORN_IN",), negatives=("RESIDES_IN",))
    text = "[[e1:CIVILIAN|Ida]] est née à [[e2:PLACE|Orlange]]."
    made = answer(order, text, ["e1", "IS_BORN_IN", "e2"])
    assert made.document.labelled == ("IS_BORN_IN", "RESIDES_IN")
    assert made.document.meta == Meta(origin="synthetic", strategy=strategy)
    whole = order.model_copy(update={"exhaustive": True})
    assert answer(whole, text, ["e1", "IS_BORN_IN", "e2"]).document.labelled == "full"
    assert refused(answer(order, text, rows=False), Reason.NO_RELATIONS)


# realise

GRAPH = Order(
    id="o",
    strategy="realise",
    types=("IS_IN_CONTACT_WITH", "RESIDES_IN"),
    negatives=("IS_LOCATED_IN",),
    nodes={"e1": "CIVILIAN", "e2": "CIVILIAN", "e3": "PLACE"},
    triples=(
        ("e1", "IS_IN_CONTACT_WITH", "e2"),
        ("e2", "IS_IN_CONTACT_WITH", "e1"),
        ("e1", "RESIDES_IN", "e3"),
    ),
)
MET, LIVES = ["e1", "IS_IN_CONTACT_WITH", "e2"], ["e1", "RESIDES_IN", "e3"]
SAID = "[[e1:CIVILIAN|Ida]], de [[e3:PLACE|Salvac]], a vu [[e2:CIVILIAN|le maire]]."


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        (SAID, [MET, MET[::-1], LIVES]),
        (SAID, [MET, LIVES]),  # the partner follows
        (SAID.replace("e1:", "1:"), [[1, "IS_IN_CONTACT_WITH", "e2"], [1, "RESIDES_IN", "e3"]]),
        (SAID.replace("Ida", "[[e9:FIRSTNAME|Ida]]"), [MET, LIVES]),  # names come with persons
        (SAID, [MET, LIVES, ["e1", "GENDER_FEMALE", "e1"]]),  # a type that was not asked
    ],
)
def test_a_text_that_states_the_graph_is_kept(text, relations):
    made = answer(GRAPH, text, *relations)
    assert isinstance(made, Candidate)
    assert {*GRAPH.triples} <= {r.triple for r in made.document.relations}
    assert len(made.document.relations) == len({r.triple for r in made.document.relations})
    assert isinstance(validate(made, guide=GUIDE, order=GRAPH), Candidate)


@pytest.mark.parametrize(
    ("text", "relations", "said"),
    [
        (SAID, [MET], "missing: e1 RESIDES_IN e3"),
        (SAID, [MET, LIVES, ["e2", "RESIDES_IN", "e3"]], "not ordered: e2 RESIDES_IN e3"),
        (SAID, [MET, LIVES, ["e1", "IS_LOCATED_IN", "e3"]], "not ordered: e1 IS_LOCATED_IN e3"),
        (SAID, [MET, ["e1", "IS_LOCATED_IN", "e3"]], "missing: e1 RESIDES_IN e3; not ordered"),
        (SAID.replace("e2:CIVILIAN", "e2:MILITARY"), [MET, LIVES], "e2 is a MILITARY"),
        ("[[e1:CIVILIAN|Ida]] est à [[e3:PLACE|Salvac]].", [LIVES], "missing: e2:CIVILIAN"),
        (SAID + " [[e4:PLACE|Ici]].", [MET, LIVES], "not ordered: e4:PLACE"),
    ],
)
def test_a_text_that_states_another_graph_is_dropped(text, relations, said):
    assert refused(answer(GRAPH, text, *relations), Reason.NOT_AS_ORDERED, said)


def test_an_id_that_was_given_out_is_one_entity_however_it_is_spelled():
    entities = [
        {"id": id, "type": GRAPH.nodes.get(id, "PLACE"), "mentions": [{"text": value}]}
        for id, value in (("e1", "Ida"), ("e2", "le maire"), ("e3", "Salvac"), ("3", "Ici"))
    ]
    text = "Ida, de Salvac, a vu le maire. Ici."
    reply = {"text": text, "entities": entities, "relations": [MET, LIVES]}
    found = answer(GRAPH, json.dumps(reply), rows=False)
    assert refused(found, Reason.NOT_AS_ORDERED, "one entity under two ids")
    tagged = answer(GRAPH, SAID + " [[3:PLACE|Ici]].", MET, LIVES)
    assert len(tagged.document.by_id["e3"].mentions) == 2


def test_distractors_may_be_there_if_they_were_ordered_and_are_in_no_relation():
    order = GRAPH.model_copy(update={"distractors": 1})
    text = SAID + " [[e4:PLACE|Ici]]"
    assert isinstance(answer(order, text, MET, LIVES), Candidate)
    related = [MET, LIVES, ["e2", "RESIDES_IN", "e4"]]
    assert refused(answer(order, text, *related), Reason.NOT_AS_ORDERED, "e2 RESIDES_IN e4")
    assert refused(answer(order, text + " et [[e5:PLACE|là]].", MET, LIVES), Reason.NOT_AS_ORDERED)


def template(order):
    """A tiny writer: names the entities, then a sentence for each triple."""
    text, spans = "", {id: [] for id in order.nodes}

    def name(id):
        nonlocal text
        value = f"{order.nodes[id].capitalize()} n° {id[1:]}"
        spans[id].append(Mention(start=len(text), end=len(text) + len(value), value=value))
        text += value

    for head, kind, tail in order.triples:
        name(head)
        text += f" {GUIDE.relations[kind].label} "
        name(tail)
        text += ".\n"
    entities = tuple(
        Entity(id=id, type=kind, mentions=tuple(spans[id])) for id, kind in order.nodes.items()
    )
    relations = tuple(Relation(head=h, type=k, tail=t) for h, k, t in order.triples)
    return Document(id=order.id, text=text, entities=entities, relations=relations)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 5))
def test_a_perfect_reply_to_any_graph_is_accepted(seed, width):
    (order,) = plan(
        DOCUMENTS,
        guide=GUIDE,
        samples=1,
        strategies=["realise"],
        seed=seed,
        settings=Settings(types_together=width),
    ).orders
    response = Response(id=order.id, key="k", text=encode(template(order)))
    made = strategies.realise(response, order=order, guide=GUIDE)
    assert isinstance(made, Candidate)
    checked = validate(made, guide=GUIDE, order=order)
    assert isinstance(checked, Candidate)
    assert {r.triple for r in checked.document.relations} == set(order.triples)
    assert checked.edits == 0


# restyle, substitute

SOURCE = doc(
    "[[1:CIVILIAN|Ida Vermont]] habite à [[2:PLACE|Salvac]], selon [[3:"
    "NON_MILITARY_GOVERNMENT_ORGANISATION|la police]]. [[1:CIVILIAN|Elle]] y est arrivée lundi"
    " avec [[4:MATERIEL|une voiture]].",
    (1, "RESIDES_IN", 2),
    (1, "HAS_CONTROL_OVER", 4),
    id="d7",
    masked=((1, "IS_LOCATED_IN", 2),),
    labelled=("RESIDES_IN", "HAS_CONTROL_OVER", "IS_LOCATED_IN"),
    meta=Meta(time="2026-05-04", title="t", rights={"licence": "CC0"}),
)
RESTYLE = Order(id="o", strategy="restyle", types=("RESIDES_IN",), source="d7")
REWORDED = (
    "D’après [[e3:NON_MILITARY_GOVERNMENT_ORGANISATION|les policiers]], c’est à [[e2:PLACE|Salvac]]"
    " que vit [[e1:CIVILIAN|Ida Vermont]], venue au volant d’[[e4:MATERIEL|une auto]]."
)
ROWS = [[1, "RESIDES_IN", 2], ["e1", "HAS_CONTROL_OVER", "e4"]]


@pytest.mark.parametrize("relations", [None, [], ROWS])
def test_other_words_for_the_same_carry_labels_and_masks_over(relations):
    made = answer(RESTYLE, REWORDED, *(relations or ()), source=SOURCE, rows=relations is not None)
    assert isinstance(made, Candidate)
    assert {e.id: e.type for e in made.document.entities} == {e.id: e.type for e in SOURCE.entities}
    for name in ("relations", "labelled", "masked"):
        assert getattr(made.document, name) == getattr(SOURCE, name)
    assert made.document.meta == Meta(
        origin="synthetic",
        parents=("d7",),
        strategy="restyle",
        time="2026-05-04",
        rights={"licence": "CC0"},
    )


@pytest.mark.parametrize(
    ("text", "relations", "reason", "said"),
    [
        (tag(SOURCE), ROWS, Reason.NOT_REWORDED, "100%"),
        (tag(SOURCE).replace("lundi", "mardi"), ROWS, Reason.NOT_REWORDED, ""),
        (REWORDED.replace("e2:PLACE", "e2:MATERIEL"), ROWS, Reason.NOT_AS_ORDERED, "2 is a"),
        (REWORDED + " [[e5:PLACE|Là]].", ROWS, Reason.NOT_AS_ORDERED, "not ordered: e5:PLACE"),
        (REWORDED + " [[e5:LASTNAME|Là]].", ROWS, Reason.NOT_AS_ORDERED, "not ordered: e5"),
        (REWORDED[: REWORDED.index(", venue")], [], Reason.NOT_AS_ORDERED, "missing: 4:MATERIEL"),
        (REWORDED, ROWS[:1], Reason.NOT_AS_ORDERED, "missing: 1 HAS_CONTROL_OVER 4"),
        (REWORDED, [*ROWS, [3, "OPERATES_IN", 2]], Reason.NOT_AS_ORDERED, "not ordered: 3 OPER"),
    ],
)
def test_other_facts_or_the_same_words_are_dropped(text, relations, reason, said):
    found = answer(RESTYLE, text, *relations, source=SOURCE)
    assert refused(found, reason, said)
    assert found.parent == "d7"


SUBSTITUTE = Order(
    id="o",
    strategy="substitute",
    types=("RESIDES_IN",),
    source="d7",
    nodes={"1": "CIVILIAN", "2": "PLACE"},
)
OTHER = tag(SOURCE).replace("Ida Vermont", "Léo Darcis").replace("Salvac", "Orlange")
AGREED = OTHER.replace("|Elle", "|Il").replace("arrivée", "arrivé")


@pytest.mark.parametrize("text", [OTHER, AGREED])
def test_whole_entities_are_replaced_in_the_same_sentences(text):
    made = answer(SUBSTITUTE, text, source=SOURCE, rows=False)
    assert isinstance(made, Candidate)
    assert made.document.relations == SOURCE.relations
    assert made.document.masked == SOURCE.masked
    assert made.document.text.startswith("Léo Darcis habite à Orlange")


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        (tag(SOURCE), Reason.NOT_AS_ORDERED, "1 is still 'Ida Vermont'; 2 is still 'Salvac'"),
        (OTHER.replace("Orlange", "Salvac"), Reason.NOT_AS_ORDERED, "2 is still 'Salvac'"),
        (OTHER.replace("une voiture", "une moto"), Reason.NOT_AS_ORDERED, "4 was to stay"),
        (OTHER.replace("habite à", "travaille à"), Reason.TEXT_CHANGED, "'travaille à' for"),
        (OTHER.replace("est arrivée", "n’est pas arrivée"), Reason.TEXT_CHANGED, "pas"),
        (OTHER.replace("|Elle]]", "|Elle]], [[1:CIVILIAN|Léo]],"), Reason.TEXT_CHANGED, "order"),
        (OTHER.replace("2:PLACE", "2:MATERIEL"), Reason.NOT_AS_ORDERED, "2 is a MATERIEL"),
    ],
)
def test_other_changes_than_the_entities_are_dropped(text, reason, said):
    assert refused(answer(SUBSTITUTE, text, source=SOURCE, rows=False), reason, said)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("est arrivé à la", "est arrivée en", True),
        ("les heureux gagnants du", "l’heureuse gagnante de l’", True),
        ("sont actifs", "est active", True),
        ("a parlé", "ont parlé", True),
        ("directeur de", "directrice du", True),
        ("est arrivé", "est parti", False),
        ("a parlé", "a menti", False),
        ("a accepté", "n’a pas accepté", False),
        ("mort", "morte", True),
        ("au sein d’un vieux", "au sein d’un vieil", True),
        ("mort", "mortier", False),
        ("deux", "trois", False),
        ("avec", "sans", False),
    ],
)
def test_french_agreement_and_nothing_more(old, new, same):
    assert agree(old, new) is same
    assert agree(new, old) is same


# contrast

EXCERPT = doc(
    "Lundi, [[e1:CIVILIAN|le maire]] a rencontré [[e2:NON_GOVERNMENTAL_ORGANISATION|Aurore]] à"
    " [[e3:PLACE|Brévigny]], où [[e2:NON_GOVERNMENTAL_ORGANISATION|elle]] est installée.",
    ("e1", "IS_IN_CONTACT_WITH", "e2"),
    ("e2", "IS_IN_CONTACT_WITH", "e1"),
    ("e2", "OPERATES_IN", "e3"),
    id="d1#0-60",
    meta=Meta(parents=("d1",)),
)
CONTRAST = Order(
    id="o",
    strategy="contrast",
    types=("IS_COOPERATING_WITH",),
    negatives=("IS_IN_CONTACT_WITH",),
    source="d1#0-60",
    triples=(("e1", "IS_IN_CONTACT_WITH", "e2"), ("e1", "IS_COOPERATING_WITH", "e2")),
)
TURNED = tag(EXCERPT).replace("a rencontré", "soutient depuis un an le projet d’")
HELPS = ["e1", "IS_COOPERATING_WITH", "e2"]


@pytest.mark.parametrize(
    "relations",
    [[HELPS], [HELPS, HELPS[::-1]], [HELPS, ["e2", "OPERATES_IN", "e3"]]],
)
def test_one_clause_and_one_triple_change(relations):
    made = answer(CONTRAST, TURNED, *relations, source=EXCERPT)
    assert isinstance(made, Candidate)
    assert {r.triple for r in made.document.relations} == {
        ("e1", "IS_COOPERATING_WITH", "e2"),
        ("e2", "IS_COOPERATING_WITH", "e1"),
        ("e2", "OPERATES_IN", "e3"),
    }
    assert made.document.labelled == ("IS_COOPERATING_WITH", "IS_IN_CONTACT_WITH")
    assert made.document.meta.parents == ("d1",)


def test_what_the_reply_says_of_the_new_triple_is_kept():
    denied = [*HELPS, {"factuality": "denied", "source": 1, "sure": True}]
    made = answer(CONTRAST, TURNED, denied, source=EXCERPT)
    found = {r.triple: r.attributes for r in made.document.relations}
    told = {"factuality": "denied", "source": "e1", "sure": True}
    assert found["e1", "IS_COOPERATING_WITH", "e2"] == told
    assert found["e2", "IS_COOPERATING_WITH", "e1"] == told
    assert found["e2", "OPERATES_IN", "e3"] == {}


@pytest.mark.parametrize(
    ("text", "relations", "said"),
    [
        (tag(EXCERPT), [HELPS], "0 changed stretches"),
        (TURNED.replace("Lundi", "Mardi").replace(", où", ", là où"), [HELPS], "changed stretches"),
        (TURNED.replace("installée", "fondée"), [HELPS], "2 changed stretches"),
        (TURNED, [["e1", "IS_IN_CONTACT_WITH", "e2"]], "missing: e1 IS_COOPERATING_WITH e2"),
        (TURNED, [HELPS, ["e1", "IS_IN_CONTACT_WITH", "e2"]], "not ordered: e1 IS_IN_CONTACT"),
        (TURNED, [HELPS, ["e1", "IS_LOCATED_IN", "e3"]], "not ordered: e1 IS_LOCATED_IN e3"),
        (TURNED, [HELPS, ["e1", "IS_FOND_OF", "e2"]], "not ordered: e1 IS_FOND_OF e2"),
        (TURNED.replace("un an", "[[e4:TIME_EXACT|un an]]"), [HELPS], "not ordered: e4"),
    ],
)
def test_more_or_other_changes_are_dropped(text, relations, said):
    found = answer(CONTRAST, text, *relations, source=EXCERPT)
    assert refused(found, Reason.NOT_AS_ORDERED, said)
    assert found.parent == "d1#0-60"


def test_changed_stretches_are_counted():
    assert regions("a b c d e f g h", "a b c d e f g h") == 0
    assert regions("a b c d e f g h", "a X c Y e f g h") == 1
    assert regions("a b c d e f g h", "X b c d e f g Y") == 2
    assert regions("a b", "a b c") == 1


def test_planned_contrasts_turned_by_a_perfect_writer_are_accepted():
    orders = plan(DOCUMENTS, guide=GUIDE, samples=40, strategies=["contrast"]).orders
    found = sources(orders, DOCUMENTS)
    for order in orders:
        excerpt, (old, new) = found[order.source], order.triples
        text = tag(excerpt) + " Autrement."
        rows = [list(r.triple) for r in excerpt.relations if r.triple not in (old, old[::-1])]
        made = answer(order, text, *rows, list(new), source=excerpt)
        assert isinstance(made, Candidate), made.detail


# annotate

ITEM = Document(id="r1", text="Ida est née à Orlange.", meta=Meta(time="2026-05-04"))
ANNOTATE = Order(id="o", strategy="annotate", types=("IS_BORN_IN",), source="r1")
TAGGED = "[[e1:CIVILIAN|Ida]] est née à [[e2:PLACE|Orlange]]."


def test_a_raw_item_keeps_its_text():
    made = answer(ANNOTATE, TAGGED, ["e1", "IS_BORN_IN", "e2"], source=ITEM)
    assert made.document.text == ITEM.text
    assert made.document.meta.parents == ("r1",)
    assert made.document.labelled == ("IS_BORN_IN",)
    whole = ANNOTATE.model_copy(update={"exhaustive": True})
    assert answer(whole, TAGGED, source=ITEM).document.labelled == "full"
    changed = TAGGED.replace("née", "morte")
    assert refused(answer(ANNOTATE, changed, source=ITEM), Reason.TEXT_CHANGED)


def test_relations_between_given_entities():
    item = doc(TAGGED, id="r1")
    made = answer(
        ANNOTATE, "", ["e1", "IS_BORN_IN", "e2"], source=item, by=strategies.annotate_given
    )
    assert made.document.entities == item.entities
    assert [r.triple for r in made.document.relations] == [("e1", "IS_BORN_IN", "e2")]
    found = answer(
        ANNOTATE, "", ["e1", "IS_BORN_IN", "e9"], source=item, by=strategies.annotate_given
    )
    assert refused(found, Reason.UNKNOWN_ENTITY, "e9")


@pytest.mark.parametrize("strategy", ["annotate", "restyle", "substitute", "contrast"])
def test_without_a_text_to_work_on_the_order_is_at_fault(strategy):
    with pytest.raises(UsageError, match="no text"):
        answer(Order(id="o", strategy=strategy), TAGGED)


@pytest.mark.parametrize("strategy", ["compose", "realise", "restyle", "substitute", "annotate"])
def test_what_the_aligner_drops_stays_dropped(strategy):
    order = Order(id="o", strategy=strategy, types=("IS_BORN_IN",))
    found = answer(order, "Je ne peux pas vous aider.", source=ITEM, rows=False)
    assert refused(found, Reason.REFUSAL)
