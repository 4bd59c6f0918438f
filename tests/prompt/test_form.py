"""Schemas of replies keep to what strict modes take, and admit what our codec writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from augment.prompt.form import answer, reply_of, schema, shown, view
from tests.helpers import doc
from tests.prompt.common import GUIDES, corpus, guide

REPLIES = ("document", "text", "annotation", "relations", "objections")


def objects(part: Any) -> Iterator[dict[str, Any]]:
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict | list):
            yield from objects(value)
    if isinstance(part, dict) and part.get("type") == "object":
        yield part


def admits(rule: dict[str, Any], value: Any) -> bool:
    """The part of JSON Schema that we use."""
    if "anyOf" in rule:
        return any(admits(each, value) for each in rule["anyOf"])
    if "enum" in rule and value not in rule["enum"]:
        return False
    if rule["type"] == "object":
        return (
            isinstance(value, dict)
            and set(value) == set(rule["required"])
            and all(admits(rule["properties"][key], value[key]) for key in value)
        )
    if rule["type"] == "array":
        low, high = rule.get("minItems", 0), rule.get("maxItems", 10**6)
        sized = isinstance(value, list) and low <= len(value) <= high
        return sized and all(admits(rule["items"], item) for item in value)
    kinds = {"string": str, "integer": int, "null": type(None)}
    return isinstance(value, kinds[rule["type"]])


@pytest.mark.parametrize("name", GUIDES)
@pytest.mark.parametrize("reply", REPLIES)
def test_all_fields_are_required_and_no_other_is_allowed(name, reply):
    made = schema(reply, guide(name), list(guide(name).relations))
    found = list(objects(made))
    assert found
    for part in found:
        assert part["required"] == list(part["properties"])
        assert part["additionalProperties"] is False
    assert "prefixItems" not in json.dumps(made)


@pytest.mark.parametrize("name", GUIDES)
@pytest.mark.parametrize("reply", REPLIES[:4])
def test_answers_of_the_codec_fit_the_schema(name, reply):
    rules = guide(name)
    made = schema(reply, rules, list(rules.relations))
    for document in corpus(name)[:20]:
        seen = view(document, rules, list(rules.relations))
        assert admits(made, json.loads(answer(seen, reply, "json")))


def test_types_that_are_not_asked_for_do_not_fit():
    rules = guide("ukraine_live")
    made = schema("relations", rules, ["IS_LOCATED_IN"], [1, 2])
    assert admits(made, {"relations": [[1, "IS_LOCATED_IN", 2]]})
    assert admits(
        made,
        {"relations": [[1, "IS_LOCATED_IN", 2, {"factuality": "attributed", "source": 1}]]},
    )
    for row in ([1, "OPERATES_IN", 2], [3, "IS_LOCATED_IN", 2], [1, "IS_LOCATED_IN"]):
        assert not admits(made, {"relations": [row]})


def test_ids_that_are_given_may_be_strings():
    rules = guide("ukraine_live")
    made = schema("document", rules, ["IS_LOCATED_IN"], ["e1", "e2"])
    document = doc("[[e1:PLACE|Kiev]]", ("e1", "IS_LOCATED_IN", "e1"))
    assert admits(made, json.loads(answer(document, "document", "json")))


def test_objections_quote_the_guide():
    made = schema("objections", guide("ukraine_live"), ["IS_LOCATED_IN"], [1, 2])
    words = {"rule": "IS_LOCATED_IN", "quote": "n’y suffisent pas", "why": "une fonction"}
    assert admits(made, {"objections": [{"relation": [1, "IS_LOCATED_IN", 2], **words}]})
    assert admits(made, {"objections": [{"relation": None, **words}]})


def test_what_templates_ask_for():
    assert [reply_of(p) for p in ("write", "rewrite", "text", "relations", "objections")] == [
        "document", "text", "annotation", "relations", "objections"
    ]  # fmt: skip


def test_a_view_has_the_types_of_the_guide_and_the_relations_asked_for():
    document = doc(
        "[[1:FIRSTNAME_0|Anne]] est à [[2:PLACE|Lyon]].", (1, "GENDER_FEMALE", 1), (1, "LIKES", 2)
    )
    seen = view(document, guide("textmine"), ["GENDER_FEMALE"])
    assert shown(seen, "inline") == "[[1:FIRSTNAME|Anne]] est à [[2:PLACE|Lyon]]."
    assert [r.type for r in seen.relations] == ["GENDER_FEMALE"]
