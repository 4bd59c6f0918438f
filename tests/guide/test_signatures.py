from augment.guide.signatures import read_relations
from tests.helpers import doc

FAMILY = {"PERSON": "person", "ORG": "org", "PLACE": "place", "DATE": "date"}


def corpus(tagged: str, *relations: tuple, times: int = 1) -> list:
    return [doc(tagged, *relations, id=f"{tagged[:9]}{i}") for i in range(times)]


def read(*parts: list):
    return read_relations([d for part in parts for d in part], FAMILY)


def test_signatures_are_over_families_and_leave_out_slips():
    found = read(
        corpus("[[1:PERSON|Ana]] à [[2:PLACE|Kiev]]", (1, "IN", 2), times=400),
        corpus("[[1:ORG|ONU]] à [[2:PLACE|Kiev]]", (1, "IN", 2), times=3),
        corpus("[[1:DATE|Hier]] à [[2:PLACE|Kiev]]", (1, "IN", 2), times=1),
    )
    assert found["IN"].signatures == (("org", "place"), ("person", "place"))
    assert found["IN"].support == 404


def test_one_case_in_a_rare_type_counts():
    found = read(corpus("[[1:ORG|ONU]] créée en [[2:DATE|1945]]", (1, "BORN", 2)))
    assert found["BORN"].signatures == (("org", "date"),)


def test_heads_and_tails_are_multiplied_out_where_most_of_the_product_was_seen():
    found = read(
        corpus("[[1:PERSON|Ana]], [[2:ORG|ONU]]", (1, "OWNS", 2)),
        corpus("[[1:PERSON|Ana]], [[2:PLACE|Kiev]]", (1, "OWNS", 2)),
        corpus("[[1:ORG|Otan]], [[2:ORG|ONU]]", (1, "OWNS", 2)),
    )
    assert ("org", "place") in found["OWNS"].signatures


def test_separate_halves_stay_apart():
    found = read(
        corpus("[[1:PERSON|Ana]], [[2:DATE|hier]]", (1, "R", 2)),
        corpus("[[1:ORG|Otan]], [[2:PLACE|Kiev]]", (1, "R", 2)),
        corpus("[[1:PLACE|Lviv]], [[2:ORG|Otan]]", (1, "R", 2)),
    )
    assert len(found["R"].signatures) == 3


def test_symmetry_needs_the_partners_and_gives_both_directions():
    both = corpus("[[1:PERSON|Ana]] et [[2:ORG|ONU]]", (1, "R", 2), (2, "R", 1), times=3)
    one = corpus("[[1:PERSON|Léo]] et [[2:ORG|ONU]]", (1, "S", 2), times=6)
    found = read(both, one)
    assert found["R"].symmetric
    assert not found["S"].symmetric
    assert found["R"].signatures == (("org", "person"), ("person", "org"))


def test_self_relations():
    male = corpus("[[1:PERSON|Il]] dort", (1, "MALE", 1), times=3)
    inside = corpus("[[1:PLACE|Lviv]], [[2:PLACE|Kiev]]", (1, "IN", 2), times=300)
    slip = corpus("[[1:PLACE|Kiev]]", (1, "IN", 1))
    habit = corpus("[[1:PLACE|Odessa]]", (1, "IN", 1), times=3)
    assert read(male)["MALE"].self_relation == "only"
    assert read(inside, slip)["IN"].self_relation == "never"
    assert read(inside, habit)["IN"].self_relation == "allowed"


def test_closure():
    text = "[[1:PLACE|la rue]], [[2:PLACE|Kiev]], [[3:PLACE|Ukraine]]"
    path = [(1, "IN", 2), (2, "IN", 3)]
    assert read(corpus(text, *path, (1, "IN", 3), times=20))["IN"].transitive
    assert not read(corpus(text, *path, times=20))["IN"].transitive
    assert not read(corpus(text, *path, (1, "IN", 3), times=19))["IN"].transitive


def test_one_head_is_for_tails_that_are_never_a_head():
    born = corpus("[[1:PERSON|Ana]] née [[2:DATE|hier]]", (1, "BORN", 2), times=5)
    lives = corpus("[[1:PERSON|Ana]] à [[2:PLACE|Kiev]]", (1, "LIVES", 2), times=5)
    places = corpus("[[1:PLACE|Lviv]] en [[2:PLACE|Ukraine]]", (1, "IN", 2), times=5)
    shared = corpus(
        "[[1:PERSON|Ana]], [[3:PERSON|Léo]], [[2:DATE|hier]]", (1, "DIED", 2), (3, "DIED", 2)
    )
    found = read(born, lives, places, shared * 3)
    assert found["BORN"].one_head
    assert not found["LIVES"].one_head
    assert not found["DIED"].one_head


def test_the_order_is_by_support_then_name():
    two = corpus("[[1:PERSON|Ana]] à [[2:PLACE|Kiev]]", (1, "B", 2), (1, "A", 2))
    more = corpus("[[1:PERSON|Ana]] à [[2:PLACE|Lviv]]", (1, "C", 2), times=2)
    assert list(read(two, more)) == ["C", "A", "B"]
