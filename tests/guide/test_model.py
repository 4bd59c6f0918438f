from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.errors import GuideError
from augment.guide import EntityType, Guide, RelationType, load
from augment.guide.write import dump, write
from tests.guide.small import guide


def test_signatures_hold_for_families_types_and_aliases():
    g = guide()
    assert g.allows("IN", "PERSON_0", "PLACE", same=False)
    assert not g.allows("IN", "PLACE", "PERSON", same=False)
    assert not g.allows("NOPE", "PLACE", "PLACE", same=False)
    assert not g.allows("IN", "PLACE", "PLACE", same=True)
    assert g.allows("MALE", "PERSON", "PERSON", same=True)
    assert not g.allows("MALE", "PERSON", "PERSON", same=False)


def test_candidates_are_what_is_allowed_and_cannot_be_changed_from_outside():
    g = guide()
    for head, tail, same in product(["PLACE", "PERSON", "PERSON_0", "X"], repeat=3):
        same = same == "PLACE"
        expected = [r for r in g.relations if g.allows(r, head, tail, same=same)]
        g.candidates(head, tail, same=same).append("spoilt")
        assert g.candidates(head, tail, same=same) == expected


names = st.text("ABCXYZ_", min_size=1, max_size=6)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)


@given(
    st.dictionaries(names, st.tuples(names, words, st.lists(words)), min_size=1, max_size=4),
    st.lists(words, max_size=4),
)
def test_what_is_dumped_is_loaded(tmp_path_factory, types, cues):
    made = Guide(
        name="x",
        entities={
            name: EntityType(family=family, definition=definition, aliases=tuple(aliases))
            for name, (family, definition, aliases) in types.items()
        },
        relations={
            "R": RelationType(
                signatures=tuple((a, b) for a in types for b in types), cues=tuple(cues)
            )
        },
    )
    folder = write(made, tmp_path_factory.mktemp("guide")).parent
    assert load(str(folder)) == made


def test_a_whole_guide_survives_and_reads_well(tmp_path):
    written = dump(guide())
    assert "signatures: [[place, place], [person, place]]" in written
    write(guide(), tmp_path)
    assert load(str(tmp_path)) == guide()


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("name: x\nentities: [", "not YAML: line"),
        ("name: x\nrelations: {}", "entities: Field required"),
        ("name: x\nentities: {A: {}}\nrelations: {}", "entities.A.family: Field required"),
        ("name: x\nentities: {}\nrelations: {}\nspeling: 1", "speling"),
        (
            "name: x\nentities: {A: {family: a}}\nrelations: {R: {signatures: [[a, b]]}}",
            "relations.R.signatures: unknown type or family 'b'",
        ),
        ("- a list", "valid dictionary"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, yaml, said):
    (tmp_path / "guide.yaml").write_text(yaml, encoding="utf-8")
    with pytest.raises(GuideError, match=r"guide\.yaml") as caught:
        load(str(tmp_path))
    assert said in str(caught.value)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "guide.yaml").write_bytes(b"name: \xff")
    with pytest.raises(GuideError):
        load(str(tmp_path))


def test_no_such_guide_names_those_there_are():
    with pytest.raises(GuideError) as caught:
        load("nope")
    assert "textmine" in caught.value.hint
