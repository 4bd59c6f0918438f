"""The paragraphs of a guide by name, so that what is said of a sample can be counted by them.

>>> find(guide, "RESIDES_IN")["relations.RESIDES_IN.definition"]
'La personne habite ce lieu.'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from augment.guide.model import Described, Guide, WrittenRule
from augment.overlap import words
from augment.schema import Finding

_OF_TYPE = {
    "wrong_signature": "signatures",
    "self_relation": "self_relation",
    "missing_partner": "symmetric",
}
"""What `validate` finds on a relation → the field of the type that is violated."""
_OF_GUIDE = {"unknown_relation": "relations", "unknown_type": "entities"}
_OF_GUIDE["bad_attribute"] = "attributes"
_PARTS = ("relations.", "entities.", "rules.")


def find(guide: Guide, name: str) -> dict[str, str]:
    """The paragraphs of a type (any spelling of its name, or its label) or of a written rule.

    A rule is named by its key or its title. Letter case, spaces and punctuation do not count.
    Empty if the guide has no such type or rule.
    """
    wanted = _key(name)
    found: dict[str, str] = {}
    if not wanted:
        return found
    for key, rule in guide.rules.items():
        if wanted in (_key(key), _key(f"rules.{key}"), _key(rule.title)):
            found |= _rule(f"rules.{key}", rule)
    for key, entity in guide.entities.items():
        if wanted in map(_key, (key, f"entities.{key}", entity.label, *entity.aliases)):
            found |= _described(f"entities.{key}", entity)
    for key, relation in guide.relations.items():
        if wanted in map(_key, (key, f"relations.{key}", relation.label)):
            found |= _described(f"relations.{key}", relation)
    return found


def _key(name: str) -> str:
    return "".join(words(name.replace("_", " ")))


def _rule(place: str, rule: WrittenRule) -> dict[str, str]:
    whys = " ".join(example.why for example in (rule.positive, rule.negative))
    return {place: f"{rule.title} {rule.text}", f"{place}.examples": whys}


def _described(place: str, kind: Described) -> dict[str, str]:
    examples = (*kind.positive, *kind.negative, *kind.hard_cases)
    return {
        f"{place}.definition": f"{kind.label} {kind.definition}",
        f"{place}.rule": kind.rule,
        f"{place}.examples": " ".join(example.why for example in examples),
    }


def violations(findings: Iterable[Finding], guide: Guide) -> Counter[str]:
    """How often each paragraph was violated: by what `validate` mended and by what a judge quoted.

    Findings that no paragraph speaks of, such as a doubled relation, are not counted.
    """
    counts: Counter[str] = Counter()
    for finding in findings:
        code, detail = finding.code, finding.detail.split()
        kinds = [word for word in detail if word in guide.relations]
        if code.startswith(_PARTS) or code in _OF_GUIDE:
            counts[_OF_GUIDE.get(code, code)] += 1
        elif code in _OF_TYPE and kinds:
            counts[f"relations.{kinds[0]}.{_OF_TYPE[code]}"] += 1
    return counts
