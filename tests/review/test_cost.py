from random import Random

import pytest

from augment.review.cost import Minutes, cost, ranked
from augment.schema import Change, Review
from tests.helpers import doc


def change(kind):
    return Change(kind="relation", action="removed", type=kind, what=("Kiev", kind, "Ukraine"))


def sample(*kinds, padding=0, id="d"):
    tagged = "[[1:PLACE|Kiev]], [[2:PLACE|Ukraine]]" + " x" * padding
    return doc(tagged, *[(1, kind, 2) for kind in kinds], id=id)


def reviewed(document, *, seconds=None, changes=()):
    review = Review(
        verdict="corrected" if changes else "accept", seconds=seconds, changes=tuple(changes)
    )
    gone = {c.type for c in changes}
    return document.model_copy(
        update={
            "meta": document.meta.model_copy(update={"review": review}),
            "relations": tuple(r for r in document.relations if r.type not in gone),
        }
    )


def test_minutes_for_a_sample_and_a_correction():
    told = cost(
        [
            reviewed(sample("A"), seconds=60),
            reviewed(sample("A", "B"), seconds=120, changes=[change("A"), change("B")]),
            reviewed(sample("A")),
        ]
    )
    assert (told.reviewed, told.minutes) == (2, pytest.approx(3.0))
    assert (told.per_sample, told.per_correction) == (pytest.approx(1.5), pytest.approx(1.5))
    assert told.capped == 0


def test_a_tab_left_open_counts_as_a_long_time():
    times = [50, 55, 60, 65, 70, 75, 80, 36_000]
    told = cost([reviewed(sample("A"), seconds=s) for s in times])
    assert told.capped == 1
    assert told.cap < 5
    assert told.per_sample < 2
    assert told.per_correction is None


def test_times_that_are_alike_are_left_alone():
    told = cost([reviewed(sample("A"), seconds=s) for s in (60, 60, 60, 60, 90)])
    assert told.capped == 0


def test_no_time_is_no_cost():
    assert cost([reviewed(sample("A"))]) is None
    assert cost([]) is None


def test_minutes_follow_length_and_relations():
    seen = [
        reviewed(
            sample(*"ABCDEF"[:n], padding=500 * size),
            seconds=60 * (0.5 + 2 * (36 - 18 + 1000 * size) / 1000 + n / 10),
        )
        for n in range(1, 6)
        for size in range(4)
    ]
    seconds = Minutes.fit(seen)
    assert seconds.parts == pytest.approx([0.5, 2, 1], abs=0.05)
    few = Minutes.fit(seen[:5])
    assert few.expected(sample("A")) == few.expected(sample("A", padding=900))
    assert Minutes.fit([]).expected(sample("A")) == 1


def test_what_is_often_wrong_and_worth_much_comes_first():
    seen = [reviewed(sample("A", "B"), seconds=60, changes=[change("A")]) for _ in range(20)]
    batch = [sample("B", id="b"), sample("A", id="a"), sample(id="none")]
    assert [r.document.id for r in ranked(batch, reviewed=seen)] == ["a", "b", "none"]
    told = ranked(batch, reviewed=seen, values={"A": 0.01, "B": 1.0})
    assert [r.document.id for r in told] == ["b", "a", "none"]


def test_the_order_finds_more_in_the_same_time_than_chance():
    """Reviewers simulated: errors by type, minutes by length; half of the time is spent."""
    random = Random(7)
    wrong = {"A": 0.6, "B": 0.1, "C": 0.02}

    def simulated(i):
        kinds = [k for k in wrong if random.random() < 0.5]
        document = sample(*kinds, padding=random.randrange(0, 1500), id=f"d{i}")
        changes = [change(k) for k in kinds if random.random() < wrong[k]]
        minutes = 0.5 + len(document.text) / 1500 * random.uniform(0.7, 1.4)
        return document, reviewed(document, seconds=60 * minutes, changes=changes)

    seen = [told for _, told in map(simulated, range(60))]
    batch = [simulated(i) for i in range(300)]
    after = {d.id: told for d, told in batch}

    def found(order):
        spent = total = 0
        for document in order:
            spent += after[document.id].meta.review.seconds / 60
            if spent > 100:
                break
            total += len(after[document.id].meta.review.changes)
        return total

    documents = [d for d, _ in batch]
    best = found([r.document for r in ranked(documents, reviewed=seen)])
    chance = [found(random.sample(documents, len(documents))) for _ in range(20)]
    assert best > max(chance)
