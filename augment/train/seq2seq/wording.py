"""What the language model reads, in French: the one place where its prompts are worded.

Texte : [1:Paul] est né à [2:Lyon].
[1] : Paul (Personne civile)
[2] : Lyon (Lieu)
Relation : « est né à ». La personne est née dans ce lieu.
Question : d’après ce texte, cette relation va-t-elle de [1], la tête, à [2], la queue ?
Réponse : oui
"""

from __future__ import annotations

from typing import NamedTuple

from augment.guide.model import Guide
from augment.train.layout import SAME
from augment.train.schema import Schema, Typed

SPACE = "\u00a0"
TEXT = f"Texte{SPACE}: "
GAP = " […] "
"""Between two stretches of a text that is too long."""
CUT = "…"
"""At the end of a mention that is too long."""
OPEN = ("[1:", "[2:")
CLOSE = "]"
NAMED = (f"\n[1]{SPACE}: ", f"\n[2]{SPACE}: ")
ANSWER = f"\nRéponse{SPACE}:"
YES, NO = "oui", "non"


class Wording(NamedTuple):
    """The question about each relation type, and what each entity type is called."""

    questions: dict[str, str]
    kinds: dict[str, str]


def wording(schema: Schema, guide: Guide | None) -> Wording:
    """In the words of the guide; of a type that it does not know, those of the type's name."""
    entities = guide.entities if guide else {}
    relations = guide.relations if guide else {}
    known = {kind: r.label for kind, r in (entities | relations).items() if r.label}
    definitions = {kind: relation.definition for kind, relation in relations.items()}
    kinds = sorted({kind for kind, _ in schema.kinds.values()})
    return Wording(
        {
            kind: question(known.get(kind) or _plain(kind), definitions.get(kind, ""), relation)
            for kind, relation in schema.relations.items()
        },
        {kind: known.get(kind) or _plain(kind) for kind in kinds},
    )


def question(label: str, definition: str, relation: Typed) -> str:
    """A closed question about the marked entities, after what it is about."""
    if all(tail == SAME for _, tail in relation.pairs):
        what, asked = "Qualité", "cette qualité s’applique-t-elle à [1]"
    elif relation.symmetric:
        what, asked = "Relation", "cette relation existe-t-elle entre [1] et [2]"
    else:
        what, asked = "Relation", "cette relation va-t-elle de [1], la tête, à [2], la queue"
    about = f"{what}{SPACE}: «{SPACE}{label}{SPACE}». {definition}".strip()
    return f"\n{about}\nQuestion{SPACE}: d’après ce texte, {asked}{SPACE}?"


def _plain(kind: str) -> str:
    return kind.replace("_", " ").lower()
