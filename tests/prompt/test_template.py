"""Templates are found by name, strict, sandboxed, and do not change once they are released."""

from __future__ import annotations

import json

import pytest

from augment.errors import ConfigError, PathError, UnknownName
from augment.guide.model import shipped_folder
from augment.prompt import Template, template
from augment.prompt.lock import hashes, lock, locked

BLOCKS = "".join(f"{{% block {b} %}}{{% endblock %}}" for b in ("system", "shared", "example"))


def write(folder, name: str, order: str, rest: str = BLOCKS) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{rest}{{% block order %}}{order}{{% endblock %}}", encoding="utf-8")


def test_a_name_means_the_newest_version_of_the_usual_purpose(tmp_path):
    assert template("compose").name == template("compose.v1").name == "compose/write.v1"
    assert template("annotate").name == "annotate/text.v1"
    assert template("annotate/relations").purpose == "relations"
    write(tmp_path, "compose/write.v2.jinja", "B")
    write(tmp_path, "compose/write.v10.jinja", "C")
    newest = template("compose", tmp_path)
    assert (newest.strategy, newest.purpose, newest.version) == ("compose", "write", 10)
    assert template("compose.v1", tmp_path).name == "compose/write.v1"


@pytest.mark.parametrize("name", ["nope", "compose.v9", "compose/nope", "compose.v0", "", "a b"])
def test_a_name_that_there_is_not_lists_those_there_are(name):
    with pytest.raises(UnknownName, match=r"there are: annotate/relations\.v1, annotate/text"):
        template(name)


def test_a_missing_folder(tmp_path):
    with pytest.raises(PathError, match="no folder of prompts"):
        template("compose", tmp_path / "nope")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{{ ordre.event }}", "no variable 'ordre'"),
        ("{% if %}", "line 1"),
        ("{% include 'shared/nope.v1.jinja' %}", "includes shared/nope.v1.jinja"),
        ("{% include form %}", "not written out"),
    ],
)
def test_a_bad_template_says_what_is_wrong_in_one_line(tmp_path, written, says):
    write(tmp_path, "compose/write.v3.jinja", written)
    with pytest.raises(ConfigError) as caught:
        template("compose.v3", tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_block_that_is_missing_and_bytes_that_are_no_text(tmp_path):
    write(tmp_path, "compose/write.v3.jinja", "A", rest="")
    with pytest.raises(ConfigError, match="no block 'system'"):
        template("compose.v3", tmp_path)
    (tmp_path / "compose" / "write.v4.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        template("compose.v4", tmp_path)


@pytest.mark.parametrize(
    "written",
    [
        "{{ order.nope }}",
        "{{ rows }}",
        "{{ order.__class__.__mro__ }}",
        "{{ order.types.append(1) }}",
        "{{ 1 // 0 }}",
    ],
)
def test_what_is_not_there_or_not_allowed_fails_when_rendered(tmp_path, written):
    write(tmp_path, "compose/write.v3.jinja", written)
    found: Template = template("compose.v3", tmp_path)
    with pytest.raises(ConfigError, match=r"compose/write\.v3, block order: "):
        found.render("order", {"order": {"types": ["A"]}})


def test_the_hash_is_of_all_that_is_included(tmp_path):
    for i, words in enumerate(("A", "B")):
        folder = tmp_path / str(i)
        folder.mkdir()
        write(folder, "compose/write.v3.jinja", "{% include 'shared/x.v1.jinja' %}")
        write(folder, "shared/x.v1.jinja", words, rest="")
    assert (
        template("compose.v3", tmp_path / "0").hash != template("compose.v3", tmp_path / "1").hash
    )


def test_released_templates_are_as_they_were_released():
    folder = shipped_folder("prompts")
    assert hashes(folder) == locked(folder), "python -m augment.prompt.lock, or write a new version"


def test_lock_adds_new_files_and_refuses_changed_ones(tmp_path):
    write(tmp_path, "compose/write.v1.jinja", "A")
    assert lock(tmp_path) == ["compose/write.v1.jinja"]
    write(tmp_path, "compose/write.v2.jinja", "B")
    assert lock(tmp_path) == ["compose/write.v2.jinja"]
    assert list(json.loads((tmp_path / "LOCK.json").read_text())) == list(hashes(tmp_path))
    write(tmp_path, "compose/write.v1.jinja", "changed")
    with pytest.raises(ConfigError, match=r"compose/write\.v1\.jinja: released"):
        lock(tmp_path)
