r"""What of a reply is the answer: reasoning, fences and chatter left out, text and JSON found.

>>> read_reply(response).text  # of "Voici :\n[[e1:PLACE|Kiev]]\n{…}"
'[[e1:PLACE|Kiev]]'
"""

from __future__ import annotations

import html
import json
import re
from typing import Any, NamedTuple

from augment.errors import CodecError
from augment.jsontext import read_json
from augment.reasons import Reason
from augment.schema import Response

FINISHED = ("stop", "end_turn", "eos")
"""``Response.finish`` of a model that ended by itself."""

_THINK = re.compile(r"<(/?)(?:think|thinking|thought|reasoning|reflexion|analysis)>", re.I)
_WRAPPER = re.compile(
    r"</?(?:answer|output|result|response|reponse|texte?)>|<\|[^|<>\n]{1,40}\|>", re.I
)
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)[ \t]*\w*[ \t]*$", re.M)
TAG = re.compile(r"\[\[?[^\[\]\n]{1,80}?\|")
_HTML = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,31}\d{0,2});", re.I)
_JSON = re.compile(r"""\{\s*(?:\}|["'“‘]?\w{1,40}["'”’]?\s*:)|\[\s*\[\s*["'“]?\w{1,40}["'”]?\s*,""")
_MORE = re.compile(r"""\[\s*["'“]?\w{1,40}["'”]?\s*,\s*["'“]?[A-Z_]{3,}|["'“]relations?["'”]\s*:""")
_CHATTER = re.compile(
    r"texte?\b|annot|balis|relation|json|demand|consigne|format|sortie|output|answer|réponse"
    r"|entit|here is|voici|^(?:bien sûr|d['’]accord|très bien|parfait|okay|ok|sure|certainly)\W*$",
    re.I,
)
_LABEL = re.compile(
    r"^[\s*_#>]*(?:texte|text|sortie|output|réponse|answer)"
    r"(?: (?:annoté|balisé|final|tagged))*[\s*_]*:[\s*_]*",
    re.I,
)
_REFUSAL = re.compile(
    r"je (?:ne (?:peux|suis|saurais)|refuse|regrette)|désolée?|i (?:can['’]?t|cannot|won['’]t)"
    r"|i['’]m (?:sorry|unable)|en tant qu['’]|as an ai",
    re.I,
)
_KEYS = {
    "texte": "text", "tagged": "text", "tagged_text": "text", "texte_annote": "text",
    "texte_annoté": "text", "annotated_text": "text", "entités": "entities",
    "entites": "entities", "entity": "entities", "relation": "relations", "triples": "relations",
}  # fmt: skip
_WANTED = ("text", "entities", "relations")


class Reply(NamedTuple):
    """The answer of a reply.

    ``text`` is the text, tagged or not, None if there is none; ``wide`` the same with the lines
    around it that may be chatter or text. ``data`` holds what was found of ``text``, ``entities``
    and ``relations`` in JSON.
    """

    text: str | None
    wide: str | None
    data: dict[str, Any]
    repairs: frozenset[str]


def read_reply(response: Response, *, keep_html: bool = False) -> Reply:
    """Find the answer. ``keep_html``: ``&amp;`` may be meant as it stands.

    Raises CodecError with a reason of ``align``, or ``broken_json``.
    """
    finished = response.finish in FINISHED
    if response.finish in ("content_filter", "refusal"):
        raise CodecError(Reason.REFUSAL, "stopped by a filter")
    repairs: set[str] = set()
    body = _body(response.text, repairs)
    if not body:
        reason = Reason.EMPTY_REPLY if finished else Reason.TRUNCATED
        raise CodecError(reason, "nothing but reasoning" if response.text.strip() else "empty")
    data, before, after = _payload(body, finished, repairs)
    regions = [r for r in (before, after) if TAG.search(r)]
    text = data.get("text")
    if len(regions) + isinstance(text, str) > 1:
        raise CodecError(Reason.SEVERAL_ANSWERS, "more than one tagged text")
    if isinstance(text, str):
        reply = Reply(text, text, data, frozenset())
    elif regions:
        reply = Reply(*_lines(regions[0], repairs), data, frozenset())
    else:
        reply = Reply(None, before.strip() or after.strip() or None, data, frozenset())
    if not data and not regions:
        _nothing(body, finished)
    if "relations" not in data and not finished:
        raise CodecError(Reason.TRUNCATED, f"no relations, finish is {response.finish!r}")
    if not keep_html and ("&" in response.text or "\\u00" in response.text):
        reply = _unescape(reply, repairs)
    return reply._replace(repairs=frozenset(repairs))


def _nothing(body: str, finished: bool) -> None:
    if _REFUSAL.search(body[:400]):
        raise CodecError(Reason.REFUSAL, body[:80])
    if not finished:
        raise CodecError(Reason.TRUNCATED, "ends before the answer begins")
    raise CodecError(Reason.NO_TEXT, body[:80])


def _body(text: str, repairs: set[str]) -> str:
    """The reply without reasoning, wrappers and fences; ``""`` if nothing is left."""
    body = text.strip("\ufeff\r\n")
    if "<|message|>" in body:
        repairs.add("reasoning")
        body = body.rpartition("<|message|>")[2]
    marks = list(_THINK.finditer(body))
    if marks:
        repairs.add("reasoning")
        if not marks[-1][1]:
            raise CodecError(Reason.TRUNCATED, "the reasoning never ends")
        start = 0 if marks[0][1] else marks[0].start()
        body = body[:start] + body[marks[-1].end() :]
    body = _WRAPPER.sub("", body)
    body = _fenced(body, repairs).strip("\r\n")
    if body.startswith('"') and body.endswith('"') and "[[" in body:
        body = _unquoted(body, repairs)
    if "&quot;relations&quot;" in body:
        repairs.add("html")
        body = html.unescape(body)
    return body.strip("\r\n") if body.strip() else ""


def _fenced(body: str, repairs: set[str]) -> str:
    """Without fence marks; if all of the answer is in fences, without what is around them too."""
    parts = _FENCE.split(body)
    if len(parts) == 1:
        return body.strip("`") if body.startswith("`") and body.endswith("`") else body
    repairs.add("fence")
    outside = "".join(parts[0::2])
    if TAG.search(outside) or _JSON.search(outside):
        return "".join(parts)
    return "\n".join(p.strip("\n") for p in parts[1::2])


def _unquoted(body: str, repairs: set[str]) -> str:
    """A reply that is one JSON string: what it holds."""
    try:
        inside = json.loads(body, strict=False)
    except ValueError:
        return body
    repairs.add("string")
    return str(inside)


def _payload(body: str, finished: bool, repairs: set[str]) -> tuple[dict[str, Any], str, str]:
    """All JSON of the answer as one object, and what stands before and behind it."""
    data: dict[str, Any] = {}
    found = _JSON.search(body)
    first = found.start() if found else len(body)
    end = first
    while found:
        parsed = read_json(body, found.start(), complete=finished)
        if _MORE.search(body[end : found.start()]) and end > first:
            raise CodecError(Reason.BROKEN_JSON, "relations outside of the list")
        repairs |= parsed.repairs
        for key, value in _known(parsed.value).items():
            if data.setdefault(key, value) != value:
                raise CodecError(Reason.SEVERAL_ANSWERS, f"two values of {key!r}")
        end = parsed.end
        found = _JSON.search(body, end)
    if _MORE.search(body, end):
        raise CodecError(Reason.BROKEN_JSON, "relations outside of the list")
    return data, body[:first], body[end:]


def _known(value: Any) -> dict[str, Any]:
    """The fields of the answer in a JSON value, wherever it wraps them; rows are relations."""
    for _ in range(4):
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            value = value[0]
        elif isinstance(value, list):
            return {"relations": value}
        elif isinstance(value, dict):
            named = {_KEYS.get(k.strip().lower(), k.strip().lower()): v for k, v in value.items()}
            if len(named) == len(value) and any(key in named for key in _WANTED):
                return {key: named[key] for key in _WANTED if key in named}
            inner = [v for v in value.values() if isinstance(v, dict)]
            if len(inner) != 1:
                return {}
            value = inner[0]
        else:
            return {}
    return {}


def _lines(region: str, repairs: set[str]) -> tuple[str | None, str]:
    """The tagged text (None if its first or last line is not certain), and all that may be it."""
    lines = region.strip("\n").split("\n")
    while lines and (not lines[0].strip() or lines[0].startswith("===")):
        lines.pop(0)
    tagged = [i for i, line in enumerate(lines) if TAG.search(line) and not _announces(line)]
    if not tagged:
        return None, "\n".join(lines).strip()
    first, last = tagged[0], tagged[-1]
    label = _LABEL.match(lines[first])
    if label:
        lines[first] = lines[first][label.end() :]
    around = [line for line in (*lines[:first], *lines[last + 1 :]) if line.strip(" \t\r*_-=#`")]
    if around or label:
        repairs.add("chatter")
    certain = all(line.rstrip(" *_").endswith(":") or _CHATTER.search(line) for line in around)
    if last > first:
        repairs.add("raw_newline")
    text = "\n".join(lines[first : last + 1]).strip("\r\n")
    return (text if certain else None), "\n".join(lines).strip("\r\n")


def _announces(line: str) -> bool:
    """True for a line that says what comes next, even if it shows a tag."""
    return line.rstrip(" *_\r").endswith(":") and bool(_CHATTER.search(line))


def _unescape(reply: Reply, repairs: set[str]) -> Reply:
    """HTML entities as the characters they stand for."""

    def plain(value: Any) -> Any:
        if isinstance(value, str) and "&" in value:
            changed = _HTML.sub(lambda m: html.unescape(m[0]), value)
            if changed != value:
                repairs.add("html")
            return changed
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return value

    return Reply(plain(reply.text), plain(reply.wide), plain(reply.data), reply.repairs)
