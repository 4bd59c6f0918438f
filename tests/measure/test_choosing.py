"""Selection of additions: what each rule takes, and that it sees the training side only."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.errors import ConfigError
from augment.measure.arms import nothing, outside, trained
from augment.measure.cells import Cells
from augment.measure.compare import compare
from augment.measure.cover import cover
from augment.measure.rank import LIMIT, chosen, doubt, loss, nearness, ranked
from augment.measure.recipe import Recipe
from augment.measure.splits import folds, near_twins
from augment.measure.trial import trials
from augment.pipeline.choosing import Proxy, chosen_systems, in_cells, settle
from augment.pipeline.spread import here, processes
from augment.protocols import Continuing, View
from augment.schema import Meta
from augment.train.linear import Linear
from tests.helpers import doc
from tests.measure.small import Memo, corpus, shuffled

GOLD = corpus(24)
ADDED = corpus(21, name="a")
TEST = corpus(8, name="t")
GOLD_IDS = [d.id for d in GOLD]
VIEW = View(GOLD, (), seed=0)
RULES = ("random", "loss", "margin", "nearness", "deficit")
FIT = Proxy(None)


@pytest.fixture
def cells(tmp_path):
    return Cells(Memo, tmp_path, "memo")


def untouched(train):
    raise AssertionError("no student is needed")


# recipes


@pytest.mark.parametrize(
    "text, label", [("loss:0.25", "loss:25%"), ("margin:10%", "margin:10%"), ("nearness", "all")]
)
def test_a_recipe_is_read_as_it_is_written(text, label):
    assert Recipe.read(text).label == label


def test_labels_tell_recipes_apart():
    recipes = [
        Recipe(),
        Recipe(share=0.5),
        Recipe(weight=0.5),
        Recipe(weight="auto"),
        Recipe(order="synthetic_first"),
    ]
    assert [r.label for r in recipes] == [
        "all",
        "random:50%",
        "all weight=0.5",
        "all weight=auto",
        "all synthetic_first",
    ]
    assert Recipe.read("random", weight="0.5") == recipes[2]


@pytest.mark.parametrize(
    "rule, fields, says",
    [
        ("best:0.5", {}, "no such choose: 'best'"),
        ("loss:0", {}, "no such share: '0'"),
        ("loss:150%", {}, "no such share: '150%'"),
        ("loss:a%", {}, "no such share: 'a%'"),
        ("loss:nan", {}, "no such share: 'nan'"),
        ("loss", {"weight": "heavy"}, "no such weight: 'heavy'"),
        ("loss", {"weight": "-1"}, "no such weight: '-1'"),
        ("loss", {"order": "last"}, "no such order: 'last'"),
    ],
)
def test_a_bad_recipe_is_refused(rule, fields, says):
    with pytest.raises(ConfigError, match=says) as error:
        Recipe.read(rule, **fields)
    assert error.value.hint


@given(st.integers(1, 400), st.floats(0.01, 1))
def test_a_share_is_rounded_and_never_nothing(documents, share):
    number = Recipe(share=share).number(documents)
    assert 1 <= number <= documents
    assert number == 1 or abs(number - share * documents) <= 0.5 + 1e-9


def test_of_nothing_nothing_is_taken():
    assert Recipe(share=0.5).number(0) == 0
    assert [Recipe(share=s).number(5) for s in (0.01, 0.3, 0.5, 1)] == [1, 2, 3, 5]


# what is taken


@pytest.mark.parametrize("rule", RULES)
def test_shares_are_nested_and_keep_the_order(rule):
    taken = [
        chosen(Recipe(choose=rule, share=share), GOLD, ADDED, 0, FIT)
        for share in (0.1, 0.25, 0.5, 1)
    ]
    ids = [[d.id for d in documents] for documents in taken]
    assert [len(part) for part in ids] == [2, 5, 11, 21]
    for smaller, larger in pairwise(ids):
        assert set(smaller) < set(larger)
    everything = [d.id for d in ADDED]
    assert all(part == [i for i in everything if i in part] for part in ids)


@pytest.mark.parametrize("rule", RULES)
def test_all_are_ranked_once_and_always_alike(rule):
    orders = [ranked(rule, GOLD, ADDED, number=21, seed=0, fit=Proxy(None)) for _ in range(2)]
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == list(range(21))


@pytest.mark.parametrize("rule", ("random", "nearness", "deficit"))
def test_most_rules_need_no_student(rule):
    assert len(ranked(rule, GOLD, ADDED, number=5, seed=0, fit=untouched)) == 5
    assert chosen(Recipe(choose="loss"), GOLD, ADDED, 0, untouched) == ADDED


def test_the_seed_decides_what_is_random():
    orders = {tuple(ranked("random", GOLD, ADDED, number=9, seed=s, fit=FIT)) for s in range(5)}
    assert len(orders) == 5


@pytest.mark.parametrize("rule", RULES)
def test_a_document_has_the_same_rank_whatever_its_id(rule):
    renamed = [d.model_copy(update={"id": f"x{-i}"}) for i, d in enumerate(ADDED)]
    orders = [
        ranked(rule, GOLD, documents, number=21, seed=0, fit=FIT) for documents in (ADDED, renamed)
    ]
    assert orders[0] == orders[1]


def test_deficit_covers_the_weak_types():
    train = [*corpus(30, types=["LEFT"]), *corpus(2, name="r", types=["RESIDES_IN"])]
    added = [
        *corpus(10, name="a", types=["LEFT"]),
        *corpus(10, name="b", types=["RESIDES_IN"]),
        *corpus(2, name="c", types=["IS_BORN_IN"]),
    ]
    order = ranked("deficit", train, added, number=12, seed=0, fit=untouched)
    kinds = [added[i].relations[0].type for i in order]
    assert kinds[:2] == ["IS_BORN_IN", "IS_BORN_IN"]
    assert Counter(kinds) == {"IS_BORN_IN": 2, "RESIDES_IN": 10}


def test_what_is_masked_covers_nothing():
    added = [*corpus(2, name="a", types=["LEFT"]), *corpus(2, name="b", types=["IS_BORN_IN"])]
    hidden = [d.model_copy(update={"labelled": ("IS_BORN_IN",)}) for d in added]
    train = corpus(9, types=["IS_BORN_IN"])
    first = [
        ranked("deficit", train, documents, number=1, seed=0, fit=untouched)
        for documents in (added, hidden)
    ]
    assert first == [[0], [2]]


def test_cover_prefers_what_is_missing():
    held = [{"A": 2}, {"A": 1, "B": 1}, {"B": 1}, {}]
    assert cover(held, 4, lambda kind, n: n**0.5) == [1, 0, 2, 3]
    assert cover(held, 9, lambda kind, n: 0.0) == [0, 1, 2, 3]


def test_nearness_is_one_for_a_copy_and_zero_for_what_shares_nothing():
    strange = doc("[[1:X|Zut]] boude [[2:Y|Flûte]].", (1, "HATES", 2))
    copy, other = nearness(GOLD, [GOLD[3], strange])
    assert copy == pytest.approx(1)
    assert other == 0
    assert nearness([], [strange]) == [0]


# scores of a student

STATED = doc("[[1:A|a]] [[2:B|b]]", (1, "X", 2))


def test_loss_grows_with_what_the_student_contradicts():
    agreed = loss(STATED, {(1, "X", 2): 3.0, (2, "X", 1): -3.0}, {"X"})
    missed = loss(STATED, {(1, "X", 2): -3.0}, {"X"})
    beside = loss(STATED, {(1, "X", 2): 3.0, (2, "X", 1): 3.0}, {"X"})
    none = loss(STATED, {}, {"X"})
    assert loss(STATED, {(1, "X", 2): -1e4}, {"X"}) == 1e4
    assert 0 < agreed < beside < missed < none <= LIMIT + 0.001


def test_loss_leaves_out_what_cannot_be_judged():
    assert loss(STATED, {}, {"Y"}) == 0
    wrong = {(2, "X", 1): 5.0, (1, "X", 2): 1.0}
    right = loss(STATED, {(1, "X", 2): 1.0}, {"X"})
    masked = STATED.model_copy(update={"masked": ((2, "X", 1),)})
    assert loss(STATED, wrong, {"X"}) > right
    assert loss(masked, wrong, {"X"}) == right
    assert loss(STATED.model_copy(update={"labelled": ("Y",)}), wrong, {"X"}) == 0


def test_doubt_is_the_mean_distance_of_the_nearest():
    assert doubt(STATED, {(1, "X", 2): -1.0, (2, "X", 1): 3.0}) == 2
    many = {(1, "X", i): float(i) for i in range(40)}
    assert doubt(STATED, many) == sum(range(20)) / 20
    assert doubt(STATED, {}) == LIMIT


def test_wrong_labels_have_the_larger_loss():
    wrong = shuffled(corpus(12, name="w"), seed=3)
    right = corpus(12, name="w")
    changed = [i for i in range(12) if wrong[i].relations != right[i].relations]
    mixed = [*right, *(wrong[i].model_copy(update={"id": f"x{i}"}) for i in changed)]
    first = ranked("loss", corpus(60), mixed, number=12, seed=0, fit=FIT)
    assert len(changed) >= 6
    assert sum(i < 12 for i in first) >= 11


@pytest.mark.parametrize("rule", ("loss", "margin"))
def test_the_order_is_that_of_the_students_scores(rule):
    student = FIT(GOLD)
    known = {r.type for d in GOLD for r in d.relations}
    values = [
        loss(d, found, known) if rule == "loss" else doubt(d, found)
        for d, found in zip(ADDED, student.margins(ADDED), strict=True)
    ]
    order = ranked(rule, GOLD, ADDED, number=21, seed=0, fit=FIT)
    assert [values[i] for i in order] == sorted(values)
    assert len(set(values)) > 10


def test_margins_are_what_is_found_and_what_is_not():
    student = FIT(GOLD)
    for document, margins in zip(TEST, student.margins(TEST), strict=True):
        found = {triple for triple, margin in margins.items() if margin >= 0}
        assert found == student.predict([document])[0]
        assert len(margins) > len(found)


def test_the_proxy_is_fitted_once_a_subset():
    proxy = Proxy(None)
    first = proxy(GOLD)
    assert proxy(list(GOLD)) is first
    assert proxy(GOLD[:20]) is not first


# in an experiment


def test_the_whole_addition_is_the_arm_of_before(cells):
    system = chosen_systems({"a": [ADDED]}, [Recipe()], cells, None, masks={"a": "auto"})["a@all"]
    before = outside([ADDED], cells, mask="auto")
    assert system(VIEW, TEST) == before(VIEW, TEST)


@pytest.mark.parametrize("rule", RULES)
def test_systems_add_their_share(cells, rule):
    recipes = [Recipe(choose=rule, share=0.25), Recipe(choose=rule, share=0.5)]
    systems = chosen_systems(
        {"a": [ADDED], "b": [ADDED[:8]]}, recipes, cells, None, masks={"a": "none", "b": "none"}
    )
    added = {name: system(VIEW, TEST).added for name, system in systems.items()}
    assert added == {
        f"a@{rule}:25%": 5,
        f"a@{rule}:50%": 11,
        f"b@{rule}:25%": 2,
        f"b@{rule}:50%": 4,
    }


def test_recipes_stand_beside_the_other_arms(tmp_path):
    """In folds, in two processes as in one; each has its gain over base."""
    cells = Cells(Memo, tmp_path, "memo")
    gold = corpus(24)
    recipes = [Recipe(choose="loss", share=0.5), Recipe(weight="auto")]
    systems = {
        "base": trained(nothing, cells),
        **chosen_systems({"a": [corpus(40, name="a")]}, recipes, cells, None, masks={"a": "auto"}),
    }
    splits = folds(gold, near_twins(gold), 2, seeds=1)
    one, two = (
        trials(splits, {"6": 6}, systems, spread=spread, track=lambda items, what, total: items)
        for spread in (here, processes(2))
    )
    assert one == two
    arms = compare(one, gold, near_twins(gold)).arms
    assert {name: round(arms[name]["6"].documents) for name in arms} == {
        "base": 0,
        "a@loss:50%": 20,
        "a@all weight=auto": 40,
    }
    assert arms["a@loss:50%"]["6"].gain.macro_f1.mean > 0


def test_leaks_are_left_out_before_the_choice(cells):
    leaking = [*ADDED[:4], *(d.model_copy(update={"id": f"x{d.id}"}) for d in TEST)]
    recipe = Recipe(choose="random", share=0.5)
    systems = chosen_systems({"a": [leaking]}, [recipe], cells, None, masks={"a": "none"})
    assert systems["a@random:50%"](VIEW, TEST).added == 2


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("weight", [1.0, "auto"])
def test_the_test_does_not_change_what_is_taken(rule, weight, tmp_path):
    """Other test texts, other relations in them: the same documents with the same weights."""
    learnt = []

    class Watched(Memo):
        def fit(self, documents, weights=None):
            learnt[-1].append(([d.id for d in documents], weights))
            super().fit(documents, weights)

    recipe = Recipe(choose=rule, share=0.5, weight=weight)
    for i, test in enumerate([TEST, shuffled(TEST), corpus(5, name="u")]):
        learnt.append([])
        cells = Cells(Watched, tmp_path / str(i), "memo")
        (system,) = chosen_systems(
            {"a": [ADDED]}, [recipe], cells, None, masks={"a": "auto"}
        ).values()
        system(VIEW, test)
    assert learnt[0] == learnt[1] == learnt[2]
    assert all("t" not in i for ids, _ in learnt[0] for i in ids)


def test_a_weight_reaches_the_student(tmp_path):
    seen = []

    class Watched(Memo):
        def fit(self, documents, weights=None):
            seen.append(weights)
            super().fit(documents, weights)

    cells = Cells(Watched, tmp_path, "memo")
    recipes = [Recipe(weight=0.25), Recipe()]
    for system in chosen_systems(
        {"a": [ADDED]}, recipes, cells, None, masks={"a": "none"}
    ).values():
        system(VIEW, TEST)
    assert seen == [[1.0] * 24 + [0.25] * 21, None]


@pytest.mark.parametrize("right", [True, False])
def test_auto_trusts_a_good_addition_and_not_a_bad_one(cells, right):
    added = corpus(80, name="a")
    if not right:
        of_next = [d.relations[0] for d in (*added[1:], added[0])]
        added = [
            d.model_copy(update={"relations": (r,)}) for d, r in zip(added, of_next, strict=True)
        ]
    view = View(corpus(40), (), 0)
    recipe, taken = settle(Recipe(weight="auto"), view, added, FIT, _learn(cells))
    assert len(taken) == 80
    assert recipe.weight == 1 if right else recipe.weight < 0.5


def test_auto_without_anything_to_choose_by_is_one(cells):
    few = View(GOLD[:3], (), 0)
    assert settle(Recipe(weight="auto"), few, ADDED, FIT, _learn(cells))[0].weight == 1
    assert settle(Recipe(weight="auto"), VIEW, [], FIT, _learn(cells)) == (Recipe(), [])


def test_auto_scores_no_text_by_what_was_made_of_it():
    meant = [
        d.model_copy(update={"meta": Meta(parents=(g.id,))})
        for d, g in zip(ADDED, GOLD, strict=False)
    ]
    copies = [g.model_copy(update={"id": f"x{g.id}"}) for g in GOLD]
    seen = []

    def learn(recipe, gold, added, test):
        held_out = {name for d in test for name in (d.id, d.text)}
        owed = {p for d in added for p in d.meta.parents} | {d.text for d in added}
        seen.append(owed & held_out)
        assert len(added) == 18 + len(meant) - len(set(GOLD_IDS[: len(meant)]) & held_out)
        return [frozenset()] * len(test)

    settle(Recipe(weight="auto"), VIEW, [*copies, *meant], FIT, learn)
    assert seen == [set()] * 16


def _learn(cells):
    return lambda *args: in_cells(cells, *args)


# the addition first, the gold last


def test_a_student_that_learns_once_only_is_refused_before_any_work(cells):
    recipes = [Recipe(), Recipe(order="synthetic_first")]
    with pytest.raises(ConfigError, match="'memo' cannot learn"):
        chosen_systems({"a": [ADDED]}, recipes, cells, None, masks={"a": "none"})


def test_the_gold_has_the_last_word(tmp_path):
    """Wrong additions do less harm before the gold than beside it; nothing is found twice."""
    cells = Cells(Linear, tmp_path, "linear")
    wrong = [
        d.model_copy(update={"relations": (d.relations[0].model_copy(update={"type": "LEFT"}),)})
        for d in corpus(40, name="w", types=["RESIDES_IN"])
    ]
    view, test = View(corpus(12, types=["RESIDES_IN", "LEFT"]), (), 0), corpus(12, name="t")
    right = {}
    for order in ("mixed", "synthetic_first"):
        recipe = Recipe(order=order)
        (system,) = chosen_systems(
            {"w": [wrong]}, [recipe], cells, None, masks={"w": "none"}
        ).values()
        triples = system(view, test).triples
        right[order] = sum(
            (1, "RESIDES_IN", 2) in found
            for d, found in zip(test, triples, strict=True)
            if d.relations[0].type == "RESIDES_IN"
        )
    assert right["synthetic_first"] > right["mixed"]


def test_what_only_the_addition_knows_is_kept():
    student = Linear()
    assert isinstance(student, Continuing)
    student.fit(corpus(24, types=["IS_BORN_IN"]))
    alone = student.predict(corpus(4, name="t", types=["IS_BORN_IN"]))
    student.go_on(corpus(24, types=["LEFT"]))
    both = student.predict(corpus(4, name="t", types=["IS_BORN_IN"]))
    assert [{t for t in found if t[1] == "IS_BORN_IN"} for found in both] == alone
    found = student.predict(corpus(4, name="t", types=["LEFT"]))
    assert all((1, "LEFT", 2) in triples for triples in found)


def test_going_on_is_deterministic_and_can_be_saved(tmp_path):
    made = []
    for _ in range(2):
        student = Linear()
        student.fit(ADDED)
        student.go_on(GOLD)
        made.append(student)
    made[0].save(tmp_path / "m")
    made.append(Linear.load(tmp_path / "m"))
    first, *others = [one.margins(TEST) for one in made]
    assert all(other == first for other in others)
    once = Linear()
    once.fit(GOLD)
    assert once.margins(TEST) != first
