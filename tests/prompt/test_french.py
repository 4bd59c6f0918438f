"""What an LLM reads is French as a newspaper prints it: apostrophes, quotes, no-break spaces."""

from __future__ import annotations

import re

import pytest

from augment.guide.model import shipped_folder

FILES = sorted(shipped_folder("prompts").glob("*/*.jinja"))
STATEMENT, VALUE = re.compile(r"\{%.*?%\}", re.S), re.compile(r"\{\{.*?\}\}", re.S)
JSON = re.compile(r'^\s*\{".*\}\s*$|\{"\w+": .*\}', re.M)
TAGS = re.compile(r"</?\w+>")


def prose(path) -> str:
    text = path.read_text(encoding="utf-8")
    for pattern, stands_for in ((STATEMENT, ""), (VALUE, "x"), (JSON, "x"), (TAGS, "x")):
        text = pattern.sub(stands_for, text)
    return text


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_typography(path):
    text = prose(path)
    assert not re.findall(r".{0,20}['\"].{0,20}", text), "straight quotes"
    assert not re.findall(r".{0,20}(?<!\N{NO-BREAK SPACE})[;:!?»](?:\s|$)", text, re.M)
    raw = path.read_text(encoding="utf-8")
    assert not re.findall(r"«(?!\N{NO-BREAK SPACE}).{0,20}|.{0,20}(?<!\N{NO-BREAK SPACE})»", raw)
    assert not re.findall(r"\.\.\.|  ", text)
    assert not re.findall(r"\b(?:oeuvre|coeur|soeur|noeud)", text)


def test_the_check_sees_what_is_wrong(tmp_path):
    bad = tmp_path / "bad.v1.jinja"
    bad.write_text("l'item : « ici »\n{% if x == 'a' %}", encoding="utf-8")
    assert prose(bad).startswith("l'item : ")
    with pytest.raises(AssertionError):
        test_typography(bad)
