"""Verdicts by table, pairing, pooling of folds, and what is left out."""

from __future__ import annotations

import pytest

from augment.measure.arms import Answer
from augment.measure.compare import chosen, compare, masked_types, top3_share, verdict
from augment.measure.records import Compared, Differences, Interval
from augment.measure.splits import folds
from augment.measure.trial import Trial
from tests.measure.small import corpus

TEST = corpus(24)


def differences(macro, micro):
    low, high = macro
    return Differences(
        macro_f1=Interval(mean=(low + high) / 2, low=low, high=high),
        macro_f1_50=None,
        micro_f1=Interval(mean=micro + 0.005, low=micro, high=micro + 0.01),
    )


@pytest.mark.parametrize(
    ("macro", "micro", "expected"),
    [
        ((0.01, 0.05), 0.0, "gain"),
        ((0.001, 0.05), -0.01, "gain"),
        ((0.01, 0.05), -0.011, "no gain"),  # macro is bought with micro
        ((0.0, 0.05), 0.0, "no gain"),
        ((-0.01, 0.05), 0.02, "no gain"),
        ((-0.05, 0.0), 0.0, "no gain"),
        ((-0.05, -0.001), 0.03, "harm"),
    ],
)
def test_verdict(macro, micro, expected):
    assert verdict(differences(macro, micro)) == expected


def test_top3_share():
    assert top3_share([0.3, 0.2, 0.1, 0.0, 0.4]) == pytest.approx(0.9)
    assert top3_share([0.5, 0.1, 0.1, -0.2]) == pytest.approx(0.7 / 0.5)
    assert top3_share([0.1, -0.1]) is None
    assert top3_share([-0.1]) is None


def trials(**answers):
    """Each arm: a function from (seed, document) to triples."""
    made = []
    for split in folds(TEST, range(24), 3, seeds=2):
        got = {
            name: Answer([answer(split.seed, d) for d in split.test], added=7)
            for name, answer in answers.items()
        }
        made.append(Trial(split, "16", got))
    return made


def right(seed, document):
    return frozenset(r.triple for r in document.relations)


def none(seed, document):
    return frozenset()


def without_left(seed, document):
    return frozenset(t for t in right(seed, document) if t[1] != "LEFT")


def test_scores_are_pooled_over_folds_and_averaged_over_seeds():
    half = lambda seed, d: right(seed, d) if seed else none(seed, d)  # noqa: E731
    arms, over, _ = compare(trials(base=half), TEST, range(24))
    assert over.support.tolist() == [6, 6, 6, 6]
    assert arms["base"]["16"].macro_f1 == pytest.approx(0.5)
    assert not isinstance(arms["base"]["16"], Compared)


def test_gain_by_type():
    arms, *_ = compare(trials(base=without_left, better=right), TEST, range(24))
    got = arms["better"]["16"]
    assert got.gain.macro_f1.mean == pytest.approx(0.25)
    assert got.verdict == "gain"
    assert got.top3_share == pytest.approx(1)
    assert got.per_type_gain["LEFT"].mean == 1
    assert got.per_type_gain["LEFT"].p_holm < 0.05
    assert got.per_type_gain["RESIDES_IN"].p_holm == 1
    assert (got.over_best_llm_free, got.best_llm_free) == (None, None)
    assert got.documents == 7


def test_the_same_answers_are_no_gain_and_the_pairing_is_exact():
    odd = lambda seed, d: right(seed, d) if int(d.id[1:]) % 2 or seed else none(seed, d)  # noqa: E731
    arms, *_ = compare(trials(base=odd, same=odd), TEST, range(24))
    gain = arms["same"]["16"].gain
    assert (gain.macro_f1.low, gain.macro_f1.mean, gain.macro_f1.high) == (0, 0, 0)
    assert arms["same"]["16"].verdict == "no gain"


def test_harm_and_the_best_arm_without_an_llm():
    arms, *_ = compare(
        trials(base=without_left, placebo=none, rules=right, gold_random=right, llm=none),
        TEST,
        range(24),
    )
    assert arms["llm"]["16"].verdict == "harm"
    assert arms["llm"]["16"].best_llm_free == "rules"
    assert arms["llm"]["16"].over_best_llm_free.macro_f1.mean == pytest.approx(-1)
    assert arms["rules"]["16"].over_best_llm_free.macro_f1.mean == 0


def test_an_arm_that_misses_a_fold_is_left_out_at_that_size():
    made = trials(base=right, gold_random=right)
    del made[4].answers["gold_random"]
    arms, *_ = compare(made, TEST, range(24))
    assert list(arms) == ["base"]


def test_non_inferiority_only_for_types_with_many_triples():
    arms, *_ = compare(trials(base=right, arm=right), TEST, range(24))
    assert arms["arm"]["16"].non_inferior == {}
    many = [d.model_copy(update={"id": f"{k}-{d.id}"}) for k in range(18) for d in TEST]
    made = [
        Trial(
            split,
            "288",
            {
                n: Answer([f(0, d) for d in split.test])
                for n, f in {"base": right, "arm": without_left}.items()
            },
        )
        for split in folds(many, range(len(many)), 3, seeds=1)
    ]
    got = compare(made, many, range(len(many)))[0]["arm"]["288"]
    assert not got.non_inferior["LEFT"].shown
    assert got.non_inferior["RESIDES_IN"].shown
    assert got.macro_f1_50 == pytest.approx(0.75)


def test_what_was_chosen_and_masked_is_told():
    made = trials(base=right)
    for i, t in enumerate(made):
        t.answers["llm_free"] = Answer([], chosen="typos" if i < 2 else "shuffle")
        t.answers["a"] = Answer([], masked=("B", "A") if i < 3 else ("A",))
    assert chosen(made) == {"16": {"shuffle": 4, "typos": 2}}
    assert masked_types(made, ["a", "absent"]) == {"a": ["A", "B"], "absent": []}
    fewer = [Trial(t.split, "8", {"a": Answer([], masked=("C",))}) for t in made * 2]
    assert masked_types([*fewer, *made], ["a"]) == {"a": ["A", "B"]}
