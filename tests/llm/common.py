"""What these tests ask a tiny model for, and how they look at its replies."""

import json

from augment.schema import Message, Request

FORM = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "minimum": 0, "maximum": 50},
        "s": {"type": "string", "maxLength": 8},
        "k": {"enum": ["oui", "non"]},
    },
    "required": ["n", "s", "k"],
    "additionalProperties": False,
}
NOT_A_FORM = {"type": "object", "properties": {"a": {"not": {"type": "string"}}}}
"""JSON schema, but of a kind that constrained decoding cannot do."""


def ask(text="Bonjour", *, model="tiny", id="r1", max_tokens=24, **fields):
    messages = (Message(role="user", content=text),)
    return Request(id=id, model=model, messages=messages, max_tokens=max_tokens, **fields)


def check_form(text):
    value = json.loads(text)
    assert set(value) == {"n", "s", "k"}
    assert value["n"] in range(51) and len(value["s"]) <= 8 and value["k"] in ("oui", "non")
