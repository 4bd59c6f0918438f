"""The messages of a prompt: as much of guide and examples as its budget of tokens has room for.

>>> tokens("Le convoi est entré dans Kiev.")
11
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from math import ceil
from typing import Any

from pydantic import Field

from augment.codec import escape
from augment.errors import RecordError
from augment.guide.model import Guide
from augment.prompt.brief import Brief, brief, plain
from augment.prompt.form import Form, Reply, answer, reply_of, shown, view
from augment.prompt.shorter import LAST, LEAST, smaller
from augment.prompt.template import Template
from augment.reasons import Reason
from augment.schema import Document, Message, Record

GUIDE_SHARE, GUIDE_ALONE = 0.65, 0.8
"""Share of the budget that instructions and guide may take, with and without examples."""

_PLAIN = re.compile(r"[^\W\d_A-Z]|\s")

Turn = tuple[Message, Message]


class PromptSettings(Record):
    """What all requests of a run share.

    ``budget``: tokens of a prompt, by :func:`tokens`; what does not fit of guide and examples is
    left out. ``exhaustive``: all relation types of the guide are asked for. The ``seed`` is moved
    by the order's own, so that equal orders get different replies; None sends none.
    """

    model: str
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 4096
    seed: int | None = 0
    form: Form = "inline"
    budget: int = Field(default=8000, ge=1)
    exhaustive: bool = False


@lru_cache(maxsize=1024)
def tokens(text: str) -> int:
    """Tokens of a text, without a tokenizer, rather too many than too few.

    A third of the small letters and spaces, 1 / 1.6 of all other characters. Mistral's first
    tokenizer (32 000 pieces), which needs the most of those tried, takes 3.0 characters a token of
    French prose, 2.9 of our guides and 2.0 of tagged text; tekken 4.0, 3.6 and 2.3.
    """
    plain = len(_PLAIN.findall(text))
    return ceil(plain / 3 + (len(text) - plain) / 1.6)


class Writer:
    """Renders the parts of one prompt; ``types`` are the relation types that it is about."""

    def __init__(
        self, template: Template, guide: Guide, types: Sequence[str], settings: PromptSettings
    ) -> None:
        self.template, self.guide, self.types = template, guide, list(types)
        self.settings = settings

    @property
    def reply(self) -> Reply:
        """What the template asks for."""
        return reply_of(self.template.purpose)

    @cached_property
    def common(self) -> dict[str, Any]:
        """What every block may name."""
        return _common(self.template, self.guide, self.types, self.settings.form)

    def material(self, document: Document, types: Sequence[str]) -> dict[str, Any]:
        """A document as templates see it: ``text``, annotated ``source``, relations (``rows``).

        Where entities are given, they are tagged in the text whatever form the reply has.
        """
        seen = view(document, self.guide, types)
        form = self.settings.form
        given = self.reply in ("relations", "objections")
        return {
            "text": escape(document.text) if form == "inline" else document.text,
            "source": shown(seen, "inline" if given else form),
            "rows": answer(seen, "relations", form),
        }

    def turn(self, document: Document) -> Turn | None:
        """An example as a question and its answer; None if the template asks nothing."""
        seen = view(document, self.guide, self.types)
        held = {relation.type for relation in seen.relations}
        types = {"types": [kind for kind in self.types if kind in held]}
        variables = self.common | self.material(document, self.types) | types
        asked = self.template.render("example", variables)
        if not asked:
            return None
        told = answer(seen, self.reply, self.settings.form)
        return Message(role="user", content=asked), Message(role="assistant", content=told)

    def messages(self, last: str, examples: Sequence[Document]) -> tuple[Message, ...]:
        """System message, examples as turns, and the order.

        First the guide is brought under its share (``LEAST``), whatever the order, so that equal
        types give an equal first message; then ``LAST`` goes where the order does not fit
        otherwise; examples take what room is left. Raises RecordError (``prompt_too_long``).
        """
        turns = [turn for turn in map(self.turn, examples) if turn]
        budget = self.settings.budget
        share = budget * (GUIDE_SHARE if turns else GUIDE_ALONE)
        for head in _heads(
            self.template, _Same(self.guide), tuple(self.types), self.settings.form, share
        ):
            room = budget - tokens(head) - tokens(last)
            if room >= 0:
                first = Message(role="system", content=head)
                return (first, *_filling(turns, room), Message(role="user", content=last))
        short = f"{-room} tokens over a budget of {budget}, all cut that can be"
        raise RecordError(Reason.PROMPT_TOO_LONG, short)


def _common(template: Template, guide: Guide, types: Sequence[str], form: Form) -> dict[str, Any]:
    """What every block may name."""
    everything = len(types) == len(guide.relations)
    reply = reply_of(template.purpose)
    return {"guide": guide, "form": form, "reply": reply, "exhaustive": everything}


class _Same:
    """A guide as a key: equal to itself only."""

    def __init__(self, guide: Guide) -> None:
        self.guide = guide

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.guide is other.guide

    def __hash__(self) -> int:
        return id(self.guide)


@lru_cache(maxsize=256)
def _heads(
    template: Template, key: _Same, types: tuple[str, ...], form: Form, share: float
) -> tuple[str, ...]:
    """First messages, instructions and guide: the fullest under ``share``, then shorter ones."""
    common = _common(template, key.guide, types, form)

    def head(part: Brief) -> str:
        told = common | plain(part, key.guide.rules)._asdict()
        blocks = (template.render(b, told) for b in ("system", "shared"))
        return "\n\n".join(block for block in blocks if block)

    parts = list(smaller(brief(key.guide, types), LEAST))
    fits = bisect_left(parts, -share, key=lambda part: -tokens(head(part)))
    return tuple(map(head, smaller(parts[min(fits, len(parts) - 1)], LAST)))


def _filling(turns: Sequence[Turn], room: int) -> Iterator[Message]:
    """The messages of the turns that fit into ``room`` tokens; one that does not is passed by."""
    for turn in turns:
        size = sum(tokens(message.content) for message in turn)
        if size <= room:
            room -= size
            yield from turn
