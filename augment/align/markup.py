"""Tags as models write them → the inline form of `augment.codec`, where only one reading is left.

>>> mend("[e1 : Lieu | Kiev]", names).tagged
'[[e1:PLACE| Kiev]]'
"""

from __future__ import annotations

import re
from typing import NamedTuple

from augment.align.names import Names
from augment.errors import CodecError
from augment.reasons import Reason

_ID = r"[^\s:|\[\]\\,]{1,40}"
_NAME = r"[^:|\[\]\\\n]{1,80}?"
_OPEN = re.compile(
    rf"(?P<bracket>\[\[?)[ ]*(?P<a>{_NAME})[ ]*"
    rf"(?:(?P<mid>[:|])[ ]*(?P<b>{_NAME})[ ]*)?(?P<bar>\|{{1,2}}|:)"
)
_TOKEN = re.compile(r"\\.|\[\[?|\]|[^\\\[\]]+|\\", re.DOTALL)
_ENTITY_ID = re.compile(r"[eE]?0*(\d{1,18})")
_SAFE = {f"\\{c}": c for c in "\"'’_*-#/"}
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_]*_?[A-Z0-9]")


class Mended(NamedTuple):
    """Tagged text that the codec reads, how many tags were mended, and codes of what was."""

    tagged: str
    tags: int
    repairs: frozenset[str]


class _Header(NamedTuple):
    id: str
    type: str | None
    end: int


def mend(tagged: str, names: Names) -> Mended:
    """The canonical form of tagged text; sound markup comes back as it is.

    Raises CodecError (``broken_markup``, ``type_conflict``) where a tag cannot be mended.
    """
    return _Mender(tagged, names).run()


class _Mender:
    def __init__(self, tagged: str, names: Names) -> None:
        self.tagged, self.names = tagged, names
        self.parts: list[str] = []
        self.stack: list[str] = []
        self.literal = 0
        self.tags = 0
        self.repairs: set[str] = set()
        self.spelled: dict[str, str] = {}
        self.types: dict[str, str] = {}
        self.headers: dict[int, tuple[re.Match[str], _Header | None]] = {}
        for found in _OPEN.finditer(tagged):
            header = self.header(found)
            self.headers[found.start()] = found, header
            if header and header.type:
                self.learn(header.id, header.type)

    def run(self) -> Mended:
        at, size = 0, len(self.tagged)
        while at < size:
            found = _TOKEN.match(self.tagged, at)
            token = found[0] if found else self.tagged[at]
            if token[0] == "[":
                at = self.opening(at)
            elif token == "]":
                at = self.closing(at)
            else:
                self.parts.append(_SAFE.get(token, token))
                if token in _SAFE:
                    self.repairs.add("escapes")
                at += len(token)
        if self.stack:
            raise CodecError(Reason.BROKEN_MARKUP, f"{len(self.stack)} tags are never closed")
        return Mended("".join(self.parts), self.tags, frozenset(self.repairs))

    def learn(self, id: str, type: str) -> None:
        known = self.types.setdefault(id, type)
        if self.names.canonical(known) != self.names.canonical(type):
            raise CodecError(Reason.TYPE_CONFLICT, f"entity {id} is {known} and {type}")

    def header(self, found: re.Match[str]) -> _Header | None:
        """Id and type of what looks like the start of a tag, None if it is none."""
        a, b = found["a"], found["b"]
        single = found["bracket"] == "["
        if b is None:
            if found["bar"][0] != "|" or not _ENTITY_ID.fullmatch(a):
                return None
            return _Header(self.same(a), None, found.end())
        if _ENTITY_ID.fullmatch(b) and not _ENTITY_ID.fullmatch(a) and self.names.known(a):
            a, b = b, a
        elif (found["mid"], found["bar"][0]) != (":", "|") and not self.typelike(b):
            if found["mid"] == "|" and _ENTITY_ID.fullmatch(a):
                return _Header(self.same(a), None, found.end("mid"))
            return None
        if not re.fullmatch(_ID, a) or (single and not _ENTITY_ID.fullmatch(a)):
            return None
        return _Header(self.same(a), "_".join(self.names.entity(b).split()), found.end())

    def typelike(self, name: str) -> bool:
        return self.names.known(name) or bool(_CAPITALS.fullmatch(name))

    def same(self, id: str) -> str:
        """One spelling for ``e1``, ``E1``, ``e01`` and ``1``: the one met first."""
        number = _ENTITY_ID.fullmatch(id)
        return self.spelled.setdefault(number[1] if number else id, id)

    def at(self, place: int) -> tuple[re.Match[str] | None, _Header | None]:
        """What may be the start of a tag at this place, though it is part of what is before."""
        found = _OPEN.match(self.tagged, place)
        return found, self.header(found) if found else None

    def opening(self, at: int) -> int:
        found, header = self.headers.get(at) or self.at(at)
        if header is None or found is None:
            if self.tagged.startswith("[[", at):
                raise CodecError(Reason.BROKEN_MARKUP, f"not [[id:TYPE|…]] at character {at}")
            self.literal += 1
            self.parts.append("[")
            return at + 1
        kind = self.types.get(header.id)
        if kind is None:
            raise CodecError(Reason.BROKEN_MARKUP, f"entity {header.id} has no type")
        written = f"[[{header.id}:{kind}|"
        if written != found[0]:
            self.tags += 1
            self.repairs.add("tags")
        self.stack.append(found["bracket"])
        self.parts.append(written)
        return header.end

    def closing(self, at: int) -> int:
        double = self.tagged.startswith("]]", at)
        if self.literal and not (double and self.stack):
            self.literal -= 1
            self.parts.append("]")
            return at + 1
        if not self.stack:
            if double or not self.tagged.startswith("]]", at - 2):
                raise CodecError(Reason.BROKEN_MARKUP, f"]] closes nothing at character {at}")
            self.repairs.add("tags")
            return at + 1
        opened = self.stack.pop()
        if opened == "[[" and not double:
            self.tags += 1
            self.repairs.add("tags")
        self.parts.append("]]")
        return at + (2 if opened == "[[" and double else 1)
