"""JSON as models write it: punctuation is mended where only one reading is left.

>>> read_json("{'relations': [[1, 'A', 2],]}", 0).value
{'relations': [[1, 'A', 2]]}

Strings are found by our own lexer: json-repair takes an inner quote for the end of a string, or
drops it. It mends what is left to mend, brackets, and only a result with every word kept counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import json_repair

from augment.errors import CodecError
from augment.reasons import Reason

_SKIP = re.compile(r"(?:[\s\ufeff]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(r"[+-]?\w+(?:[.+-]+\w+)*")
_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?")
_LITERALS = {"None": "null", "True": "true", "False": "false"} | {
    word: word for word in ("null", "true", "false")
}
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_NEXT_KEY = re.compile(r"""\s*,\s*(?:\}|["'“‘]?\w+["'”’]?\s*:)""")
_NEXT_ITEM = re.compile(r"""\s*,\s*(?:[\]\[{"'“‘]|-?\d|[A-Za-z_]\w*\s*[,\]])""")
_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])|\\(.)|(["\x00-\x1f])|\\', re.DOTALL)
_CLOSER = {"{": "}", "[": "]"}
_DEEPEST = 40


class Parsed(NamedTuple):
    """A value, the offset behind it, and codes of what was mended."""

    value: Any
    end: int
    repairs: frozenset[str]


def read_json(source: str, start: int, *, complete: bool = True) -> Parsed:
    """The object or list that begins at ``start``; what follows it is left alone.

    ``complete``: the model says that it had finished. Raises CodecError (``broken_json``,
    ``truncated``).
    """
    for decoder, code in ((json.JSONDecoder, None), (_loose, "raw_newline")):
        doubled: set[str] = set()
        try:
            hook = _pairs(doubled)
            value, end = decoder(object_pairs_hook=hook).raw_decode(source, start)
        except (ValueError, RecursionError):
            continue
        return Parsed(value, end, frozenset({*doubled, *([code] if code else [])}))
    return _mend(source, start, complete)


def _loose(**options: Any) -> json.JSONDecoder:
    return json.JSONDecoder(strict=False, **options)


def _pairs(doubled: set[str]) -> Any:
    """A hook that takes a key given twice with the same value, and refuses any other."""

    def hook(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            if any(found[key] != value for key, value in pairs):
                raise CodecError(Reason.BROKEN_JSON, "a key is given twice, with two values")
            doubled.add("doubled_key")
        return found

    return hook


def _mend(source: str, start: int, complete: bool) -> Parsed:
    lexer = _Lexer(source, start)
    lexer.run()
    if lexer.open:
        lists = "[" in lexer.open or len(lexer.open) > 2
        if lists or not complete or lexer.tokens[-1] in ",:{":
            raise CodecError(Reason.TRUNCATED, "the JSON of the reply is not closed")
        lexer.repairs.add("unclosed_json")
        lexer.tokens += [_CLOSER[c] for c in reversed(lexer.open)]
    mended = _punctuated(lexer.tokens)
    try:
        value = json.loads(mended, object_pairs_hook=_pairs(lexer.repairs))
    except ValueError:
        value = json_repair.loads(mended, skip_json_loads=True)
        lexer.repairs.add("brackets")
        if list(_leaves(value)) != [json.loads(t) for t in lexer.tokens if t not in "{}[],:"]:
            raise CodecError(Reason.BROKEN_JSON, "brackets or commas are wrong") from None
    return Parsed(value, lexer.at, frozenset(lexer.repairs or {"punctuation"}))


def _punctuated(tokens: list[str]) -> str:
    """The tokens with the commas where they belong: between two values, nowhere else."""
    parts: list[str] = []
    last = "{"
    for token in tokens:
        if token == ",":
            continue
        if last not in "{[:" and token not in "}]:":
            parts.append(", ")
        parts.append(token)
        last = token
    return "".join(parts)


def _leaves(value: Any) -> Iterator[Any]:
    """Keys and scalars, in the order in which they are written."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


class _Lexer:
    """Tokens of one object or list as JSON text, brackets balanced as far as they go."""

    def __init__(self, source: str, start: int) -> None:
        self.source, self.at = source, start
        self.tokens: list[str] = []
        self.open: list[str] = []
        self.repairs: set[str] = set()

    def run(self) -> None:
        """Read up to the bracket that closes the first one, or the end of the source."""
        while not self.tokens or self.open:
            self.skip()
            if self.at >= len(self.source):
                return
            char = self.source[self.at]
            if char in "{[":
                self.push(char)
            elif char in "}]":
                self.close(char)
            elif char in ",:":
                self.push(char)
            elif char in _QUOTES:
                self.string(char)
            else:
                self.word()

    def skip(self) -> None:
        found = _SKIP.match(self.source, self.at)
        end = found.end() if found else self.at
        if "/" in self.source[self.at : end]:
            self.repairs.add("comment")
        self.at = end

    def push(self, char: str) -> None:
        self.tokens.append(char)
        self.at += 1
        if char in "{[":
            self.open.append(char)
            if len(self.open) > _DEEPEST:
                raise CodecError(Reason.BROKEN_JSON, "nested too deep")

    def close(self, char: str) -> None:
        """Close what this bracket closes and all inside it; one that closes nothing is skipped."""
        if char not in (_CLOSER[c] for c in self.open):
            self.repairs.add("brackets")
            self.at += 1
            return
        while _CLOSER[self.open[-1]] != char:
            self.repairs.add("brackets")
            self.tokens.append(_CLOSER[self.open.pop()])
        self.open.pop()
        self.push(char)

    def word(self) -> None:
        found = _WORD.match(self.source, self.at)
        written = found[0] if found else ""
        if not written:
            shown = self.source[self.at : self.at + 20]
            raise CodecError(Reason.BROKEN_JSON, f"not JSON: {shown!r}")
        self.at += len(written)
        if _NUMBER.fullmatch(written):
            self.tokens.append(written)
            return
        self.repairs.add("literal" if written in _LITERALS else "unquoted")
        self.tokens.append(_LITERALS.get(written, json.dumps(written)))

    def string(self, quote: str) -> None:
        if quote != '"':
            self.repairs.add("quotes")
        last = _QUOTES[quote]
        at = self.at + 1
        while at < len(self.source):
            if self.source[at] == "\\":
                at += 2
            elif self.source[at] == last and self.ends(at + 1):
                break
            else:
                at += 1
        else:
            raise CodecError(Reason.TRUNCATED, "a string of the reply is not closed")
        self.tokens.append(self.plain(self.source[self.at + 1 : at], quote))
        self.at = at + 1

    def ends(self, after: int) -> bool:
        """True if what stands behind a quote can follow a string here."""
        found = _SPACE.match(self.source, after)
        next_char = self.source[found.end() : found.end() + 1] if found else ""
        if self.open[-1] == "[":
            return next_char == "]" or bool(_NEXT_ITEM.match(self.source, after))
        if self.tokens[-1] != ":":
            return next_char == ":"
        return next_char in ("}", "") or bool(_NEXT_KEY.match(self.source, after))

    def plain(self, raw: str, quote: str) -> str:
        """The string as JSON text. Raises where its inner quotes leave its end in doubt."""
        bare = re.sub(r"\\.", "", raw, flags=re.DOTALL)
        if quote == '"':
            sure = bare.count('"') % 2 == 0
        elif quote == "'":
            sure = len(re.findall(r"(?<=\w)'(?=\w)", bare)) == bare.count("'")
        else:
            sure = bare.count(quote) == bare.count(_QUOTES[quote]) or quote == "‘"
        if not sure:
            raise CodecError(
                Reason.BROKEN_JSON, f"where a string ends is not certain: {raw[-30:]!r}"
            )
        if quote in bare:
            self.repairs.add("inner_quotes")
        escaped = _ESCAPE.sub(_escaped, raw)
        if escaped != raw:
            self.repairs.add("escapes")
        return f'"{escaped}"'


def _escaped(found: re.Match[str]) -> str:
    valid, other, bare = found[1], found[2], found[3]
    if valid:
        return found[0]
    if bare:
        return json.dumps(bare)[1:-1]
    if other and other in "'’_*-#":
        return other
    if other and other in "[]|":  # an escape of the inline form
        return "\\\\" + other
    raise CodecError(Reason.BROKEN_JSON, f"unknown escape {found[0]!r}")
