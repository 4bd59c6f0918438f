"""The wiring of measure: arms see their training subset only, aliases and names are resolved."""

from __future__ import annotations

import pytest

from augment.errors import ConfigError
from augment.guide import Guide
from augment.measure.arms import nothing, trained
from augment.measure.cells import Cells
from augment.measure.recipe import Recipe
from augment.pipeline.arms import guide_of, harmed, right, ruled, sampled
from augment.pipeline.experiment import Settings, experiment, notes
from augment.pipeline.names import canonical, person_names
from augment.protocols import View
from augment.train.linear import Linear
from augment.train.rules import Rules
from tests.helpers import doc
from tests.measure.small import corpus

GOLD = corpus(48)
VIEW = View(GOLD[:24], GOLD[24:], seed=0)
GUIDE = Guide.model_validate(
    {
        "name": "g",
        "families": {"person": {}, "place": {}},
        "entities": {
            "PERSON": {"family": "person", "aliases": ["PERSON_0"], "person_name": True},
            "PLACE": {"family": "place"},
        },
        "relations": {
            "RESIDES_IN": {"signatures": [["person", "place"]], "cues": ["habite"]},
            "LEFT": {"signatures": [["person", "place"]], "cues": ["a quitté"]},
        },
    }
)


@pytest.mark.parametrize("strategy", ["mentions", "tokens", "shuffle", "typos", "templates"])
def test_llm_free_samples_come_from_the_training_subset(strategy):
    arm = sampled(strategy, None, number=10)
    made = arm(VIEW).documents
    assert 0 < len(made) <= 10
    assert {p for d in made for p in d.meta.parents} <= {d.id for d in VIEW.train}
    assert [d.text for d in made] == [d.text for d in arm(VIEW).documents]
    assert [d.text for d in made] != [d.text for d in arm(VIEW._replace(seed=1)).documents]


def test_without_a_guide_one_is_inferred_from_the_subset_and_remembered():
    inferred = guide_of(VIEW, None)
    assert set(inferred.relations) == {r.type for d in VIEW.train for r in d.relations}
    assert guide_of(VIEW, None) is inferred
    assert guide_of(View(GOLD[:23], (), 0), None) is not inferred
    assert guide_of(VIEW, GUIDE) is GUIDE


def test_rules_join_where_they_are_right(tmp_path):
    """Nothing the student says is taken away."""
    cells = Cells(Linear, tmp_path, "linear")
    few = View(corpus(8, types=["RESIDES_IN"]), (), 0)
    test = corpus(12, name="t", types=["RESIDES_IN", "LEFT"])
    base = trained(nothing, cells)(few, test).triples
    joined = ruled(cells, Rules, None)(few, test).triples
    assert all(a <= b for a, b in zip(base, joined, strict=True))


def test_which_types_rules_help_or_harm():
    gold = [doc("[[1:A|a]] [[2:B|b]]", (1, "X", 2), (1, "Y", 2), id=str(i)) for i in range(4)]
    x, y, z = (1, "X", 2), (1, "Y", 2), (2, "X", 1)
    base = [frozenset({x})] * 4
    more = [frozenset({y}), frozenset({z}), frozenset({z}), frozenset()]
    assert harmed(gold, base, more) == {"X"}
    assert right(gold, more) == {"Y"}


def test_aliases_are_resolved_everywhere():
    (spelled,) = canonical([doc("[[1:PERSON_0|Anna]] dort.")], GUIDE)
    assert spelled.entities[0].type == "PERSON"
    assert canonical(GOLD, None) == GOLD


def test_person_names_of_the_guide_or_by_their_name():
    named = [doc("[[1:FIRSTNAME|Anna]] vit à [[2:PLACE|Pau]].")]
    assert person_names(GUIDE, named) == {"PERSON", "PERSON_0"}
    assert person_names(None, named) == {"FIRSTNAME"}


def test_what_a_reader_has_to_know():
    settings = Settings(folds=5, seeds=1)
    told = notes(settings, {"a": [[]], "b": [[], []]}, GUIDE)
    assert told == [
        "one seed: the intervals say nothing of other training subsets",
        "a: its writer may have seen fold data",
        "b: its writer may have seen fold data",
        "guide g: its writers may have seen fold data",
        "a: one generation batch; its interval says nothing of others",
    ]
    assert notes(Settings(seeds=2), {}, None) == []


def test_an_experiment_by_folds_scores_every_document(tmp_path):
    settings = Settings(folds=3, gold_sizes=("all",), seeds=1)
    result = experiment(GOLD, additions={}, settings=settings, guide=None, work=tmp_path)
    assert result.test_documents == 48
    assert set(result.arms["base"]) == {"32"}
    assert result.support == {"IS_BORN_IN": 12, "IS_DEAD_IN": 12, "LEFT": 12, "RESIDES_IN": 12}
    assert result.learning_curve["base"] == {"32": result.arms["base"]["32"].macro_f1}
    assert set(result.arms) == {"base", "placebo", "llm_free", "rules", "templates", "reweight"}
    assert result.dirty == []


def test_what_one_student_cannot_do_is_said_before_another_is_trained(tmp_path):
    settings = Settings(
        folds=2,
        gold_sizes=("all",),
        seeds=1,
        students=("linear", "rules"),
        choose=(Recipe(order="synthetic_first"),),
    )
    with pytest.raises(ConfigError, match="'rules' cannot learn"):
        experiment(
            GOLD[:8],
            additions={"more": [corpus(2, name="m")]},
            settings=settings,
            guide=GUIDE,
            work=tmp_path,
        )
    assert not any(tmp_path.iterdir())
