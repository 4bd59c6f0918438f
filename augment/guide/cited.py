"""Where texts of a guide refer to its rules: « voir « gender » » names a rule by its key.

>>> resolved("Dont un indice dit le sexe (voir « gender »).", guide.rules, shown={})
'Dont un indice dit le sexe.'
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from augment.guide.model import WrittenRule

_SEE = r"(?P<before>\b[Vv]oir\s+(?:la\s+règle\s+)?«\s*)(?P<key>[\w-]+)(?P<after>\s*»)"
_REFERENCE = re.compile(_SEE)
_LEFT_OUT = (
    re.compile(rf"\s*\([^()]*?{_SEE}[^()]*\)"),
    re.compile(rf"(?:^|(?<=[.!?]))[^.!?\n]*?{_SEE}[^.!?\n]*(?:[.!?]|$)", re.M),
)
"""A parenthesis, or else a sentence, that refers to a rule."""


def cited(texts: Iterable[str], rules: Collection[str]) -> set[str]:
    """Keys of the rules that the texts refer to."""
    return {m["key"] for text in texts for m in _REFERENCE.finditer(text)} & {*rules}


def resolved(text: str, rules: Mapping[str, WrittenRule], shown: Collection[str]) -> str:
    """The text with titles for the keys of rules shown; references to the others are left out."""

    def without(match: re.Match[str]) -> str:
        keys = cited([match[0]], rules)
        return match[0] if keys <= {*shown} else ""

    def titled(match: re.Match[str]) -> str:
        before, key, after = match["before"], match["key"], match["after"]
        return f"{before}{rules[key].title}{after}" if key in shown else match[0]

    for pattern in _LEFT_OUT:
        text = pattern.sub(without, text)
    return _REFERENCE.sub(titled, text).strip()


def readings(text: str, rules: Mapping[str, WrittenRule]) -> tuple[str, str, str]:
    """The text as it stands, with titles for all keys, and without any reference."""
    return text, resolved(text, rules, rules), resolved(text, rules, ())
