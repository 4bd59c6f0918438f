from pathlib import Path

import pytest

from augment.errors import ConfigError, PathError
from augment.policy import LOG, Level, Policy, load_policy, of_document
from tests.helpers import doc

GUIDE, OTHER, CORPUS = "a" * 64, "b" * 64, "c" * 64
URL = "https://api.mistral.ai/v1"
ALL = f"""
hosts: [api.mistral.ai, api.openai.com]
allow:
  - {{guide: "*", level: guide}}
  - {{guide: {GUIDE}, corpus: {CORPUS}, level: examples}}
"""
HIDDEN = """
hosts: [api.mistral.ai]
allow:
  - {guide: "*", corpus: "*", level: pseudonymised}
pseudonymise: [PLACE]
"""


@pytest.fixture
def load(tmp_path):
    def made(machine=None, project=None):
        places = {"machine": machine, "project": project}
        for name, text in places.items():
            if text is not None:
                (tmp_path / name).write_text(text)
        return load_policy(
            tmp_path / "project" if project is not None else None, machine=tmp_path / "machine"
        )

    return made


def level(policy, guide=GUIDE, corpus=CORPUS, url=URL, **asked):
    return policy.level(url, guide=guide, corpus=corpus, **asked)


def test_without_a_policy_nothing_leaves(load):
    policy = load()
    assert policy == Policy()
    assert level(policy) is Level.NOTHING
    with pytest.raises(ConfigError, match="not allowed"):
        policy.check(URL)


def test_one_file_of_either_kind_allows_what_it_says(load):
    for policy in (load(machine=ALL), load(project=ALL)):
        policy.check(URL)
        assert level(policy) is Level.EXAMPLES
        assert level(policy, corpus=OTHER) is Level.GUIDE
        assert level(policy, corpus=None) is Level.GUIDE
        assert level(policy, guide=OTHER) is Level.GUIDE


@pytest.mark.parametrize(("first", "second"), [(ALL, HIDDEN), (HIDDEN, ALL)])
def test_the_stricter_of_two_files_holds(load, first, second):
    policy = load(machine=first, project=second)
    assert policy.hosts == {"api.mistral.ai"}
    assert level(policy) is Level.PSEUDONYMISED
    assert level(policy, corpus=OTHER) is Level.GUIDE
    assert level(policy, url="https://api.openai.com/v1") is Level.NOTHING
    assert policy.pseudonymise == {"PLACE"}


@pytest.mark.parametrize("machine", ["", "hosts: []", "hosts: [api.mistral.ai]"])
def test_a_machine_that_says_nothing_is_not_overruled_by_a_project(load, machine):
    assert level(load(machine=machine, project=ALL)) is Level.NOTHING


def test_the_command_line_can_only_tighten(load):
    policy = load(project=HIDDEN)
    assert level(policy, asked=Level.EXAMPLES) is Level.PSEUDONYMISED
    assert level(policy, asked=Level.GUIDE) is Level.GUIDE
    assert level(policy, asked=Level.NOTHING) is Level.NOTHING


def test_this_machine_is_not_another_one(load):
    local = "http://127.0.0.1:8000/v1"
    assert level(load(), url=local) is Level.EXAMPLES
    assert level(load(), url=local, asked=Level.GUIDE) is Level.GUIDE


@pytest.mark.parametrize(
    "url",
    [
        "https://api.mistral.ai.example.org/v1",
        "https://mistral.ai/v1",
        "https://x.api.mistral.ai/v1",
        "https://api.mistral.ai:8443/v1",
        "https://api.mistral.ai@example.org/v1",
        "https://api.mistral.ai./v1",
        "http://api.mistral.ai/v1",
    ],
)
def test_only_the_exact_host_over_https(load, url):
    policy = load(project=ALL)
    assert level(policy, url=url) is Level.NOTHING
    with pytest.raises(ConfigError):
        policy.check(url)


def test_hosts_are_compared_without_case_and_with_their_port(load):
    policy = load(project='hosts: ["llm.example.org:8443", api.mistral.ai]')
    policy.check("https://LLM.example.org:8443/v1")
    policy.check("https://API.mistral.ai:443/v1")
    with pytest.raises(ConfigError):
        policy.check("https://llm.example.org/v1")


def test_a_rule_for_one_host_says_nothing_of_another(load):
    rule = '{guide: "*", corpus: "*", host: api.mistral.ai, level: examples}'
    policy = load(project=f"hosts: [api.mistral.ai, api.openai.com]\nallow: [{rule}]")
    assert level(policy) is Level.EXAMPLES
    assert level(policy, url="https://api.openai.com/v1") is Level.NOTHING


@pytest.mark.parametrize(
    "url", ["http://user:geheim@127.0.0.1:8000/v1", "https://api.mistral.ai/v1?key=geheim"]
)
def test_a_secret_in_an_address_is_not_shown(url):
    with pytest.raises(ConfigError, match="not a plain") as caught:
        Policy().check(url)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("host: [a]", "host: Extra inputs"),
        ("hosts: ['*']", "hosts.0"),
        ("hosts: ['https://a']", "hosts.0"),
        ("allow: [{guide: '*', level: all}]", "allow.0.level"),
        ("allow: [{guide: ukraine_live, level: guide}]", "allow.0.guide"),
        ("allow: [{guide: '*', corpus: train.csv, level: examples}]", "allow.0.corpus"),
        ("allow: [{guide: '*', level: examples}]", "name their corpus"),
        ("allow: [{guide: '*', host: a.fr, level: guide}]", "a.fr is not among the hosts"),
        ("- a", "valid dictionary"),
        ("a: [", "not YAML"),
    ],
)
def test_a_wrong_policy_is_refused_in_either_place(load, text, says):
    for place in ("machine", "project"):
        with pytest.raises(ConfigError, match=says):
            load(**{place: text})


def test_a_policy_that_cannot_be_read_allows_nothing(tmp_path):
    for machine in (tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(PathError, match="cannot be read"):
            load_policy(machine=machine)
    with pytest.raises(PathError, match="cannot be read"):
        load_policy(tmp_path / "missing", machine=tmp_path / "none")
    (tmp_path / "latin").write_bytes("hosts: [é]".encode("latin-1"))
    with pytest.raises(ConfigError, match="not YAML"):
        load_policy(machine=tmp_path / "latin")


def test_the_machine_says_where_the_log_is_before_the_project(load, tmp_path):
    assert load().log == LOG
    assert load(project="log: sent.jsonl").log == tmp_path / "sent.jsonl"
    both = load(machine="log: /var/log/sent.jsonl", project="log: sent.jsonl")
    assert both.log == Path("/var/log/sent.jsonl")


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ({}, Level.EXAMPLES),
        ({"remote_llm": True}, Level.EXAMPLES),
        ({"remote_llm": False}, Level.NOTHING),
        ({"remote": False, "remote_llm": True}, Level.NOTHING),
        ({"remote_llm": "pseudonymised"}, Level.PSEUDONYMISED),
        ({"remote_llm": "non"}, Level.NOTHING),
        ({"remote_llm": 0}, Level.NOTHING),
        ({"remote_llm": ["examples"]}, Level.NOTHING),
    ],
)
def test_a_documents_own_rights_can_only_tighten(rights, expected):
    document = doc("Kiev tient.")
    document = document.model_copy(
        update={"meta": document.meta.model_copy(update={"rights": rights})}
    )
    assert of_document(document, Level.EXAMPLES) is expected
    assert of_document(document, Level.GUIDE) is min(expected, Level.GUIDE, key=list(Level).index)
