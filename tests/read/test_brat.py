"""brat's standoff: what we write, what annotators and others write."""

import pytest

from augment.errors import PathError
from augment.read import read_all, write
from augment.reasons import Reason
from tests.helpers import doc

TEXT = "Kiev, la capitale\nukrainienne"


def read(tmp_path, *lines, text=TEXT):
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "a.ann").write_bytes("\n".join(lines).encode())
    return read_all(tmp_path)


def test_what_is_written_is_plain_brat(tmp_path):
    given = doc(
        "[[0:PLACE|Kiev]], [[0:PLACE|la capitale\\n[[e1:NATIONALITY|ukrainienne]]]]",
        (0, "IS_OF_NATIONALITY", "e1", {"factuality": "denied"}),
        (0, "IS_LOCATED_IN", 0),
        id="a/b",
    )
    write([given], tmp_path / "out", format="brat")
    names = ["000000-a_b.ann", "000000-a_b.txt", "annotation.conf"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names
    assert (tmp_path / "out" / names[1]).read_text(encoding="utf-8") == TEXT
    assert (tmp_path / "out" / names[0]).read_text(encoding="utf-8").splitlines() == [
        "T1\tPLACE 0 4\tKiev",
        "T2\tPLACE 6 17;18 29\tla capitale ukrainienne",
        "*\tEquiv T1 T2",
        "T3\tNATIONALITY 18 29\tukrainienne",
        "R1\tIS_OF_NATIONALITY Arg1:T1 Arg2:T3",
        "R2\tIS_LOCATED_IN Arg1:T1 Arg2:T1",
        '#1\tRecord R1\t{"attributes": {"factuality": "denied"}}',
        '#2\tRecord DOC\t{"id": "a/b", "ids": {"T1": 0, "T3": "e1"}}',
    ]
    configuration = (tmp_path / "out" / names[2]).read_text(encoding="utf-8")
    assert "[entities]\nNATIONALITY\nPLACE\n[relations]\n" in configuration
    assert "IS_LOCATED_IN\tArg1:<ENTITY>, Arg2:<ENTITY>" in configuration
    assert read_all(tmp_path / "out") == ([given], [])


def test_files_from_elsewhere_are_read(tmp_path):
    documents, drops = read(
        tmp_path,
        "T2\tPLACE 6 17\tla capitale\r",
        "T1\tPLACE 0 4\tKiev\r",
        "T5\tNATIONALITY 18 29\tukrainienne\r",
        "*\tEquiv T1 T2\r",
        "R7\tIS_OF_NATIONALITY Arg1:T1 Arg2:T5\t\r",
        "#1\tAnnotatorNotes T1\tà revoir\r",
        "",
    )
    (document,) = documents
    assert drops == []
    assert document.id == "a"
    assert [(e.id, [m.value for m in e.mentions]) for e in document.entities] == [
        ("T2", ["Kiev", "la capitale"]),
        ("T5", ["ukrainienne"]),
    ]
    assert document.relations[0].triple == ("T2", "IS_OF_NATIONALITY", "T5")


def test_clusters_that_share_a_mention_are_one(tmp_path):
    mentions = ["T1\tA 0 4\tKiev", "T2\tA 6 8\tla", "T3\tA 9 17\tcapitale"]
    documents, _ = read(tmp_path, *mentions, "*\tEquiv T1 T2", "*\tEquiv T2 T3")
    assert [len(e.mentions) for e in documents[0].entities] == [3]


def test_what_an_annotator_adds_gets_an_id_of_its_own(tmp_path):
    documents, _ = read(
        tmp_path, "T1\tA 0 4\tKiev", "T9\tA 9 17\tcapitale", '#1\tRecord DOC\t{"ids": {"T1": 0}}'
    )
    assert [e.id for e in documents[0].entities] == [0, "T9"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("T1\tPLACE 9 17\tcapitale", Reason.DUPLICATE_ID),
        ("E1\tATTACK:T1 Agent:T1", Reason.UNSUPPORTED),
        ("A1\tNegation T1", Reason.UNSUPPORTED),
        ("T2\tPLACE 0 4;9 17\tKiev capitale", Reason.UNSUPPORTED),
        ("T2 PLACE 0 4", Reason.UNSUPPORTED),
        ("T2\tPLACE 0 4\tLviv", Reason.OFFSET_MISMATCH),
        ("T2\tPLACE 0 99\tKiev", Reason.OFFSET_MISMATCH),
        ("R1\tIS_A Arg1:T1 Arg2:T8", Reason.UNKNOWN_ENTITY),
        ("*\tEquiv T1 T8", Reason.UNKNOWN_ENTITY),
        ("T2\tCITY 9 17\tcapitale\n*\tEquiv T1 T2", Reason.TYPE_CONFLICT),
        ("#1\tRecord T1\t{", Reason.BROKEN_JSON),
        ("#1\tRecord DOC\t[]", Reason.MISSING_FIELD),
        ('#1\tRecord DOC\t{"labelled": 3}', Reason.MISSING_FIELD),
    ],
)
def test_what_a_document_cannot_hold_is_a_drop(tmp_path, line, reason):
    documents, drops = read(tmp_path, "T1\tPLACE 0 4\tKiev", line)
    assert documents == []
    assert [(d.id, d.reason) for d in drops] == [("a", reason)]


def test_a_missing_or_undecodable_text_is_a_drop(tmp_path):
    (tmp_path / "a.ann").write_text("", encoding="utf-8")
    (tmp_path / "b.ann").write_text("", encoding="utf-8")
    (tmp_path / "b.txt").write_bytes("été".encode("latin-1"))
    (tmp_path / "c.ann").write_text("", encoding="utf-8")
    (tmp_path / "c.txt").write_text("\ufeffété", encoding="utf-8")
    documents, drops = read_all(tmp_path)
    assert [d.text for d in documents] == ["\ufeffété"]
    reasons = [("a.ann", Reason.MISSING_FIELD), ("b", Reason.BAD_ENCODING)]
    assert [(d.id, d.reason) for d in drops] == reasons


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path):
    (tmp_path / "notes.md").write_text("à garder", encoding="utf-8")
    with pytest.raises(PathError, match="cannot write"):
        write([doc("[[1:A|x]]")], tmp_path, format="brat")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.md"]
    assert [p.name for p in tmp_path.parent.iterdir() if p.name.endswith(".part")] == []
