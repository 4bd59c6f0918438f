"""Orders for LLMs: the same again with the same seed, sound, and as gold is."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augment.errors import UsageError
from augment.guide import load
from augment.guide.closure import closed, turned
from augment.guide.context import cue_pattern, folded
from augment.guide.model import EntityType, Guide, RelationType
from augment.plan import LLM_FREE, STYLES, Settings, plan, sources
from augment.plan.graphs import Graphs
from augment.plan.llm import LLM
from augment.schema import Candidate, Document, Entity, Mention, Order, Relation
from augment.text_figures import figures
from augment.validate import validate
from tests.helpers import doc
from tests.plan.corpus import DOCUMENTS, RAW

GUIDE, LIVE = load("textmine"), load("ukraine_live")


def planned(samples, strategies, seed=0, **more):
    more = {"raw": RAW} | more
    return plan(
        DOCUMENTS, guide=GUIDE, samples=samples, strategies=strategies, seed=seed, **more
    ).orders


def stated(order):
    """A document that states the order's graph, its mentions one after the other."""
    text, entities = "", []
    for id, kind in order.nodes.items():
        value = f"{kind.lower()} {id}"
        m = Mention(start=len(text), end=len(text) + len(value), value=value)
        entities.append(Entity(id=id, type=kind, mentions=(m,)))
        text += value + " "
    relations = tuple(Relation(head=h, type=k, tail=t) for h, k, t in order.triples)
    return Document(id=order.id, text=text, entities=tuple(entities), relations=relations)


some = st.lists(st.sampled_from([*LLM, "mentions", "templates"]), min_size=1, unique=True)


@settings(max_examples=25, deadline=None)
@given(some, st.integers(0, 12), st.integers(0, 12), st.integers(0, 9))
def test_the_same_seed_gives_the_same_and_more_begins_with_less(names, few, more, seed):
    large = planned(few + more, names, seed)
    assert planned(few + more, names, seed) == large
    assert planned(few, names, seed) == large[:few]
    assert {order.strategy for order in large} <= set(names)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 6), st.integers(0, 99))
def test_quotas_hold_for_types_that_go_together(width, seed):
    orders = planned(60, ["compose", "realise"], seed, settings=Settings(types_together=width))
    given_ = Counter(kind for order in orders for kind in order.types)
    assert max(given_.values()) <= 0.15 * given_.total() + 1
    for order in orders:
        assert 1 <= len(order.types) <= width
        assert len(set(order.types)) == len(order.types)
        for i, kind in enumerate(order.types[1:], 1):
            before = {f for t in order.types[:i] for f in families(t)}
            assert before & families(kind)
        assert not set(order.negatives) & set(order.types)
        for kind in order.negatives:
            assert any(kind in GUIDE.relations[t].lookalikes for t in order.types)


def families(kind):
    return {GUIDE.family(end) for pair in GUIDE.pairs[kind] for end in pair}


def test_a_batch_of_orders_has_the_figures_of_gold():
    orders = planned(len(DOCUMENTS) * 3, ["compose"])
    gold = [figures(d) for d in DOCUMENTS]
    for name in ("entities", "mentions", "pronouns", "negations", "attributions", "quotations"):
        wanted = Counter(getattr(f, name) for f in gold)
        assert Counter(o.targets[name] for o in orders) == {n: 3 * k for n, k in wanted.items()}
    assert Counter(o.words for o in orders) == Counter([f.words for f in gold] * 3)
    assert {o.style for o in orders} == set(STYLES)
    assert Counter(o.distractors for o in orders)[1] == 3 * 1  # lundi, in d1


def test_the_event_is_a_type_of_the_guide_or_else_a_phrase():
    assert all(GUIDE.family(o.event) == "event" for o in planned(20, ["compose", "telegraphic"]))
    bank = Guide(
        name="bank",
        entities={"FIRM": EntityType(family="firm"), "SUM": EntityType(family="sum")},
        relations={"PAYS": RelationType(signatures=(("firm", "sum"),), lookalikes=("OWES",))},
    )
    made = plan([], guide=bank, samples=9, strategies=["compose", "realise"]).orders
    assert len(made) == 9
    assert all(o.event.startswith("un") for o in made if o.strategy == "compose")
    assert all(sorted(o.nodes.values())[0] == "FIRM" for o in made if o.strategy == "realise")


def test_telegraphic_texts_are_short():
    long, short = planned(12, ["compose"]), planned(12, ["telegraphic"])
    assert [o.words // 2 for o in long] == [o.words for o in short]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_graphs_are_what_the_guide_admits_and_closed(seed, width):
    (order,) = planned(1, ["realise"], seed, settings=Settings(types_together=width))
    document = stated(order)
    made = validate(
        Candidate(id="x", order="x", strategy="realise", document=document), guide=GUIDE
    )
    assert isinstance(made, Candidate)
    assert made.findings == ()
    assert {kind for _, kind, _ in order.triples} == set(order.types)
    assert set(closed(order.triples, order.nodes, GUIDE)) == set(order.triples)
    ends = {end for h, _, t in order.triples for end in (h, t)}
    assert ends == set(order.nodes)
    pairs = Counter((frozenset((h, t)), kind) for h, kind, t in order.triples)
    for (pair, kind), n in pairs.items():
        assert n <= 1 + GUIDE.relations[kind].symmetric
        assert not any((pair, other) in pairs for other in GUIDE.relations[kind].lookalikes)


def test_orders_of_graphs_ask_for_nothing_that_facts_cannot_hold():
    for order in planned(30, ["realise"], 3):
        assert set(order.targets) <= {"pronouns"}


def test_what_gold_says_beside_a_type_is_not_to_be_denied_and_stands_in_the_graph():
    gold = doc(
        "La [[1:BOMBING|frappe]] a fait [[2:QUANTITY_EXACT|neuf]] "
        "[[3:GROUP_OF_INDIVIDUALS|morts]].",
        (1, "DEATHS_NUMBER", 2), (3, "IS_OF_SIZE", 2),
    )  # fmt: skip
    graphs = Graphs([gold], LIVE)
    assert graphs.beside("DEATHS_NUMBER") == ["IS_OF_SIZE"]
    _, triples = graphs.sample(["DEATHS_NUMBER", "IS_OF_SIZE"], Random(1))
    counted = {tail for _, kind, tail in triples if kind == "IS_OF_SIZE"}
    assert {tail for _, kind, tail in triples if kind == "DEATHS_NUMBER"} <= counted
    relations = {k: LIVE.relations[k] for k in ("DEATHS_NUMBER", "IS_OF_SIZE", "INJURED_NUMBER")}
    small = LIVE.model_copy(update={"relations": relations})
    made = plan([gold], guide=small, samples=12, strategies=["realise"],
                settings=Settings(types_together=1)).orders  # fmt: skip
    asked = [order for order in made if order.types == ("DEATHS_NUMBER",)]
    assert asked
    for order in asked:
        assert "IS_OF_SIZE" not in order.negatives
        assert order.distractors >= sum(kind == "DEATHS_NUMBER" for _, kind, _ in order.triples)


def test_the_sex_of_all_persons_of_a_graph_is_told():
    nodes, triples = Graphs([], LIVE).sample(
        ["IS_PART_OF", "GENDER_MALE", "HAS_CONTROL_OVER"], Random(2)
    )
    persons = {id for id, kind in nodes.items() if LIVE.family(kind) == "person"}
    assert persons == {head for head, kind, _ in triples if kind == "GENDER_MALE"}


def test_a_tail_has_as_many_heads_as_in_gold():
    gold = doc(
        "L’[[1:MILITARY_ORGANISATION|armée]] tient [[2:PLACE|Vorance]].",
        (1, "HAS_CONTROL_OVER", 2),
    )
    for seed in range(20):
        _, triples = Graphs([gold], LIVE).sample(["HAS_CONTROL_OVER"] * 4, Random(seed))
        tails = [tail for _, _, tail in triples]
        assert len(set(tails)) == len(tails)


def test_graphs_take_the_signatures_of_gold():
    graphs = Graphs(DOCUMENTS, GUIDE)
    assert set(graphs.pairs["STARTED_IN"]) == {("FIRE", "PLACE"), ("ACCIDENT", "PLACE")}
    assert set(graphs.pairs["WEIGHS"]) == GUIDE.pairs["WEIGHS"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(1, 30))
def test_each_raw_item_is_taken_once_for_types_it_announces(seed, samples):
    orders = planned(samples, ["annotate"], seed)
    texts = {item.id: folded(item.text) for item in RAW}
    taken = [order.source for order in orders]
    assert len(set(taken)) == len(taken)
    assert not {"r2", "r3"} <= set(taken)  # near-twins
    assert "r7" not in taken  # nearly a gold text
    for order in orders:
        for kind in order.types:
            assert cue_pattern(GUIDE.relations[kind].cues).search(texts[order.source]), kind


def test_raw_items_run_out_and_other_strategies_take_over():
    assert len(planned(50, ["annotate"])) == len(RAW) - 3
    mixed = planned(50, ["annotate", "compose"])
    assert len(mixed) == 50
    assert 1 <= sum(o.strategy == "annotate" for o in mixed) <= len(RAW) - 3
    with pytest.raises(UsageError, match="annotate"):
        planned(5, ["annotate"], raw=())
    with pytest.raises(UsageError, match="d1"):
        planned(5, ["annotate"], raw=[Document(id="d1", text="Il habite ici.")])


@pytest.mark.parametrize("given_as", ["function", "mapping"])
def test_items_that_the_student_is_unsure_of_come_first(given_as):
    names = ("Ambert", "Cressac", "Vorance")
    raw = [Document(id=n, text=f"Elle est née à {n}, {n * 3} {n * 5}.") for n in names]
    known = {"Cressac": 0.9, "Vorance": 0.5}
    unsure = known if given_as == "mapping" else lambda d: known.get(d.id, 0.0)
    one = GUIDE.model_copy(update={"relations": {"IS_BORN_IN": GUIDE.relations["IS_BORN_IN"]}})
    made = plan(
        [], guide=one, samples=3, strategies=["annotate"], raw=raw, uncertainty=unsure
    ).orders
    assert [o.source for o in made] == ["Cressac", "Vorance", "Ambert"]


def test_sources_hold_the_wanted_type():
    orders = planned(30, ["restyle", "substitute"])
    found = sources(orders, DOCUMENTS)
    for order in orders:
        document = found[order.source]
        assert order.types[0] in {r.type for r in document.relations}
        assert order.negatives == ()
        if order.strategy == "substitute":
            types = {str(e.id): e.type for e in document.entities}
            assert order.nodes.items() <= types.items()
    assert len({o.source for o in orders}) == len(DOCUMENTS)


def test_a_contrast_turns_one_triple_of_an_excerpt_into_its_look_alike():
    orders = planned(40, ["contrast"])
    found = sources(orders, DOCUMENTS)
    assert {o.types[0] for o in orders} >= {"IS_COOPERATING_WITH", "IS_BORN_ON", "IS_LOCATED_IN"}
    for order in orders:
        excerpt, (old, new) = found[order.source], order.triples
        assert excerpt.id == order.source
        assert excerpt.text in "".join(d.text for d in DOCUMENTS)
        assert excerpt.meta.parents[0] in {d.id for d in DOCUMENTS}
        triples = {r.triple for r in excerpt.relations}
        assert old in triples
        assert new not in triples
        assert (old[1], new[1]) == (order.negatives[0], order.types[0])
        types = {e.id: e.type for e in excerpt.entities}
        assert GUIDE.allows(new[1], types[new[0]], types[new[2]], same=False)
        after = turned(triples, old, new, GUIDE)
        assert set(closed(after, types, GUIDE)) == after
    assert len({(o.types, o.source) for o in orders}) == len(orders)


def test_a_source_that_is_not_there_is_told():
    order = Order(id="o", strategy="restyle", source="nowhere")
    with pytest.raises(UsageError, match="nowhere"):
        sources([order], DOCUMENTS)
    assert sources([order.model_copy(update={"source": None})], DOCUMENTS) == {}
    odd = doc("[[1:PLACE|Ici]].", id="a#0-3")
    assert sources([order.model_copy(update={"source": "a#0-3"})], [odd])["a#0-3"] is odd


def test_exhaustive_orders_say_so_and_llm_free_ones_do_not():
    held = {r.type for d in DOCUMENTS for r in d.relations}
    relations = {kind: r for kind, r in GUIDE.relations.items() if kind in held}
    both = plan(
        DOCUMENTS,
        guide=GUIDE.model_copy(update={"relations": relations}),
        samples=20,
        strategies=["compose", "mentions"],
        settings=Settings(exhaustive=True),
    ).orders
    assert {o.exhaustive for o in both if o.strategy == "compose"} == {True}
    assert {o.exhaustive for o in both if o.strategy == "mentions"} == {False}
    assert not LLM_FREE & set(LLM)
