import json
from pathlib import Path

import pytest

from augment.cli import main
from augment.errors import ConfigError, PathError
from augment.read import read_all
from augment.release import gather, refusals
from augment.rights import Rights, inherited, load_rights, rights_of, stamp
from augment.schema import Document
from augment.store import digest, write_lines
from tests.helpers import doc

OPEN = "mistralai/Mistral-Small-24B-Instruct-2501"
TERMS = {"source": "le contrat", "date": "2026-11-22"}


def made(id, rights=None, parents=(), origin="synthetic") -> Document:
    document = doc("[[1:PLACE|Kiev]] tient.", id=id)
    update = {"rights": rights or {}, "parents": tuple(parents), "origin": origin}
    return document.model_copy(update={"meta": document.meta.model_copy(update=update)})


def gold(id, **rights):
    return made(id, rights, origin="gold")


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ([{}], {}),
        ([{"release": True}, {"release": True}], {"release": True}),
        ([{"release": True}, {"release": False}], {"release": False}),
        ([{}, {"release": False}], {"release": False}),
        ([{"release": True}, {}], {}),
        ([{"remote_llm": True}, {"remote_llm": "guide"}], {"remote_llm": "guide"}),
        ([{"remote_llm": "guide"}, {"remote_llm": "pseudonymised"}], {"remote_llm": False}),
        (
            [{"holder": "A", "licence": "MIT"}, {"holder": "B"}],
            {"holder": "A; B", "licence": "MIT"},
        ),
    ],
)
def test_what_one_parent_forbids_is_forbidden(rights, expected):
    assert inherited([gold(str(n), **said) for n, said in enumerate(rights)]) == expected


def test_a_sample_says_what_is_known_of_its_generator():
    table = load_rights()
    known = rights_of(OPEN, "vllm", table)
    assert (known["licence"], known["release"]) == ("Apache-2.0", True)
    assert known["source"] and known["date"]
    unknown = rights_of("some-model", "openai", table)
    assert (unknown["model"], unknown["licence"], unknown["release"]) == ("some-model", None, None)
    stamped = stamp(made("s"), [gold("p", release=False)], known)
    assert stamped.meta.rights == {"release": False, "generator": known}
    assert Document.model_validate_json(stamped.model_dump_json()) == stamped


def test_the_longest_name_decides_and_the_users_file_goes_first(tmp_path):
    table = Rights.model_validate(
        {"generators": {"m-": {**TERMS, "release": False}, "m-open": {**TERMS, "release": True}}}
    )
    assert table.generator("M-Open-2").release is True
    assert table.generator("m-2").release is False
    assert table.generator("x") is None
    own = tmp_path / "rights.yaml"
    own.write_text("generators: {mistralai/: {release: false, source: contrat, date: 2026-01-01}}")
    assert load_rights(own).generator(OPEN).release is False
    assert load_rights(own).generator("Qwen/Qwen3-8B").release is True


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("models: {}", ConfigError),
        ("generators: {a: {release: true}}", ConfigError),
        ("generators: {a: {release: oui, source: x, date: 2026-01-01}}", ConfigError),
        ("a: [", ConfigError),
        (None, PathError),
    ],
)
def test_a_wrong_file_of_rights_is_refused(tmp_path, text, error):
    path = tmp_path / "rights.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(error):
        load_rights(path)


PARENTS = [gold("yes", release=True), gold("no", release=False), gold("unsaid")]
APACHE = {"model": OPEN, "release": True}


@pytest.mark.parametrize(
    ("rights", "parents", "reasons"),
    [
        ({"release": True}, [], ["nothing says what it was made from"]),
        ({"generator": APACHE}, [], []),
        ({"generator": APACHE}, ["yes"], []),
        ({}, ["yes"], []),
        ({}, ["yes", "no"], ["parent no: its rights forbid it"]),
        ({"release": True}, ["no"], ["parent no: its rights forbid it"]),
        ({}, ["unsaid"], ["parent unsaid: nothing says that it may be released"]),
        ({}, ["lost"], ["parent lost: not among the parents given"]),
        ({"release": True}, ["lost"], []),
        ({"release": False, "generator": APACHE}, [], ["its rights forbid it"]),
        (
            {"generator": {"model": "gpt-x", "release": None}},
            ["yes"],
            ["generator gpt-x: its output terms are not known"],
        ),
        (
            {"generator": {"model": OPEN, "release": False}},
            ["no"],
            [
                "parent no: its rights forbid it",
                f"generator {OPEN}: its terms forbid it",
            ],
        ),
        ({"generator": {"model": OPEN}}, ["yes"], []),
        ({"generator": "?"}, ["yes"], ["generator ?: its output terms are not known"]),
    ],
)
def test_what_nothing_allows_is_refused_with_its_reasons(rights, parents, reasons):
    found = gather([("", PARENTS)], load_rights())
    assert refusals(made("s", rights, parents), found, load_rights()) == reasons


def test_gold_needs_its_own_leave_and_parents_of_parents_count():
    found = gather([("", [*PARENTS, made("child", {"release": True}, ["no"])])], load_rights())
    table = load_rights()
    assert refusals(gold("g", release=True), found, table) == []
    assert refusals(gold("g"), found, table) == ["nothing says that it may be released"]
    assert refusals(made("s", {}, ["child"]), found, table) == ["parent no: its rights forbid it"]


def test_a_corpus_without_rights_is_released_by_what_is_stated_of_its_content(tmp_path):
    table = Rights.model_validate({"corpora": {"4f": {**TERMS, "release": True}}})
    sample = made("s", {}, ["unsaid"])
    assert refusals(sample, gather([("4f", PARENTS)], table), table) == []
    assert refusals(sample, gather([("5e", PARENTS)], table), table)
    again = gather([("4f", PARENTS), ("5e", [gold("yes", release=False)])], table)
    assert again.released == {"yes": False, "no": False, "unsaid": True}


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_lines(Path("gold.jsonl"), PARENTS)
    good = made("good", {"generator": APACHE}, ["yes"])
    write_lines(Path("samples.jsonl"), [good, made("bad", {}, ["no", "yes"])])
    write_lines(Path("bad.jsonl"), [made("bad", {}, ["no"])])


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main(["release", *arguments])
    return caught.value.code or 0, capsys.readouterr()


def test_the_command_writes_what_may_go_and_names_parents_and_reasons(files, capsys):
    call = ("samples.jsonl", "--out", "out.jsonl", "--parents", "gold.jsonl")
    code, said = run(capsys, *call)
    assert code == 0
    assert "bad (from no, yes): parent no: its rights forbid it" in said.out
    assert "1 sample released, 1 refused" in said.out
    released, _ = read_all(Path("out.jsonl"))
    assert [(d.id, d.meta.origin) for d in released] == [("good", "synthetic")]
    assert released[0].meta.rights["generator"]["model"] == OPEN
    code, said = run(capsys, *call, "--json", "--strict")
    assert code == 1
    assert json.loads(said.out)["refused"][0]["parents"] == ["no", "yes"]


def test_the_command_ends_with_1_if_nothing_may_go(files, capsys):
    code, said = run(capsys, "bad.jsonl", "--out", "out.jsonl", "--parents", "gold.jsonl")
    assert code == 1 and "no sample may be released" in said.err
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope.jsonl", "--out", "o.jsonl"],
        ["samples.jsonl", "--out", "samples.jsonl"],
        ["samples.jsonl", "--out", "o.jsonl", "--parents", "nope.jsonl"],
        ["samples.jsonl", "--out", "o.jsonl", "--rights", "nope.yaml"],
    ],
)
def test_wrong_calls_end_with_2(files, capsys, arguments):
    code, said = run(capsys, *arguments)
    assert code == 2 and said.err.startswith("error: ")


def test_the_users_statement_releases_a_corpus(files, capsys):
    stated = {"corpora": {digest(Path("gold.jsonl")): {**TERMS, "release": True}}}
    Path("rights.yaml").write_text(json.dumps(stated))
    write_lines(Path("samples.jsonl"), [made("s", {}, ["unsaid"])])
    call = ("samples.jsonl", "--out", "out.jsonl", "--parents", "gold.jsonl")
    assert run(capsys, *call)[0] == 1
    assert run(capsys, *call, "--rights", "rights.yaml")[0] == 0


def test_policy_command_says_what_may_leave(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_lines(Path("gold.jsonl"), PARENTS)
    rule = {"guide": "*", "corpus": digest(Path("gold.jsonl")), "level": "pseudonymised"}
    Path("policy.yaml").write_text(json.dumps({"hosts": ["api.mistral.ai"], "allow": [rule]}))
    with pytest.raises(SystemExit):
        main(["policy", "--policy", "policy.yaml", "-g", "ukraine_live", "--corpus", "gold.jsonl"])
    said = capsys.readouterr().out
    assert rule["corpus"] in said
    assert "api.mistral.ai: pseudonymised" in said
    with pytest.raises(SystemExit):
        main(["policy", "--json"])
    assert json.loads(capsys.readouterr().out)["levels"] == {}
    with pytest.raises(SystemExit) as caught:
        main(["policy", "--policy", "none.yaml"])
    assert caught.value.code == 2
