"""What a reviewer reads beside the text, in French: what to do, and the guide's paragraphs.

>>> paragraphs(guide, ["IS_LOCATED_IN"])
'Guide : <details name="type"><summary>IS_LOCATED_IN</summary><div><p><b>est situé à</b></p>…'
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

from augment.codec import decode
from augment.errors import CodecError
from augment.guide.model import Described, Example, Guide
from augment.labelstudio.names import SAME

_GUIDE = "Guide : cliquez sur un type, au-dessus du texte, pour lire ou refermer son paragraphe."
_CORRECT = (
    "Lisez le texte, puis corrigez les empans, leur type et les flèches.",
    "Nouvel empan : choisissez un type, puis sélectionnez le texte. Pour changer un empan, cliquez "
    "dessus : choisissez un autre type, tirez l’un de ses bords, ou effacez-le avec la touche "
    "Retour arrière.",
    "Flèches : elles sont dans le panneau « Relations », à droite. Survolez une ligne pour ne voir "
    "que sa flèche ; « … » en donne les types, la corbeille l’efface. L’œil, en haut du panneau, "
    "les cache ou les montre toutes.",
    "Nouvelle flèche : cliquez sur l’empan de départ, puis Alt + R, puis sur l’empan d’arrivée. "
    "Elle est à la fin du panneau : survolez-la, cliquez sur « … » et cochez un ou plusieurs "
    "types ; sans type, votre relecture ne pourra pas être reprise.",
    "Une relation va de la première mention d’une entité à la première mention de l’autre. Entre "
    "deux empans, une seule flèche par sens, avec tous ses types.",
    f"Plusieurs mentions d’une même entité : une flèche « {SAME} » de chaque mention vers la "
    "première. Effacez cette flèche pour détacher une mention.",
    "Relation symétrique : une seule flèche suffit, dans les deux sens (⟷).",
    "Relation d’une entité avec elle-même : sélectionnez son empan et cochez le type.",
    "Si le texte ne peut pas être sauvé, choisissez « rejeter » et dites pourquoi.",
)
_TRIAGE = (
    "Lisez le texte. Les empans sont colorés par type ; ils ne se modifient pas ici.",
    "Chaque ligne de la liste est une relation. Cochez celles qui sont fausses ; une relation qui "
    "n’est pas cochée est jugée exacte.",
    "Verdict : « accepter » si tout est juste, « corrigé » si vous avez coché des lignes, "
    "« rejeter » si le texte ne peut pas servir ; dites pourquoi.",
)


def instructions(guide: Guide, task: Literal["correct", "triage"]) -> str:
    """What to do, folded under one line."""
    lines = (*(_CORRECT if task == "correct" else _TRIAGE), _GUIDE)
    items = "".join(f"<li>{_spaced(line)}</li>" for line in lines)
    title = f" ({escape(guide.title)})" if guide.title else ""
    return f"<details><summary><b>Consignes</b>{title}</summary><ul>{items}</ul></details>"


def _spaced(line: str) -> str:
    """Text for HTML, with no-break spaces where French typography wants them."""
    for mark in ";:!?»":
        line = line.replace(f" {mark}", f"\N{NO-BREAK SPACE}{mark}")
    return escape(line.replace("« ", "«\N{NO-BREAK SPACE}"), quote=False)


def paragraphs(guide: Guide, relations: Sequence[str]) -> str:
    """Each relation type, then each entity type, one click away; one at a time is open."""
    parts = [_spaced("Guide : ")]
    parts += [_paragraph(name, guide.relations[name]) for name in relations]
    parts += [_paragraph(name, entity) for name, entity in guide.entities.items()]
    return "".join(parts)


def _paragraph(name: str, kind: Described) -> str:
    label = f"<p><b>{escape(kind.label)}</b></p>" if kind.label else ""
    texts = "".join(f"<p>{escape(text)}</p>" for text in (kind.definition, kind.rule) if text)
    shown = [("Oui", kind.positive), ("Non", kind.negative)]
    examples = "".join(_example(word, e) for word, few in shown for e in few[:2])
    body = f"{texts}<ul>{examples}</ul>" if examples else texts
    summary = f"<summary>{escape(name)}</summary>"
    return f'<details name="type">{summary}<div>{label}{body}</div></details>'


def _example(word: str, example: Example) -> str:
    try:
        text = decode(example.text, id="example").text
    except CodecError:
        text = example.text
    why = f" ({escape(example.why)})" if example.why else ""
    return f"<li>{_spaced(f'{word} : « ')}{escape(text)}{_spaced(' »')}{why}</li>"
