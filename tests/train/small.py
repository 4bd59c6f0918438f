"""A small world to learn: births, homes and places within places, in sentences made here."""

from __future__ import annotations

from augment.guide.model import EntityType, Guide, RelationType
from augment.schema import Document
from tests.helpers import doc

NAMES = (
    "Paul Anna Luc Zoé Marc Léa Hugo Inès Noé Eva Adam Rose Théo Lina Jean Mila Axel Lou".split()
)
PLACES = "Lyon Brest Nantes Lille Metz Tours Nice Dijon Reims Caen".split()


def birth(n: int, id: str = "", **update: object) -> Document:
    """« Paul est né à Lyon. »"""
    name, place = NAMES[n % len(NAMES)], PLACES[n % len(PLACES)]
    text = f"[[0:CIVILIAN|{name}]] est né à [[1:PLACE|{place}]] ce jour-là."
    return doc(text, (0, "IS_BORN_IN", 1), id=id or f"birth{n}", **update)


def home(n: int, **update: object) -> Document:
    """« Paul habite toujours à Lyon. »"""
    name, place = NAMES[-n % len(NAMES)], PLACES[n * 3 % len(PLACES)]
    text = f"[[0:CIVILIAN|{name}]] habite toujours à [[1:PLACE|{place}]] avec un chat."
    return doc(text, (0, "RESIDES_IN", 1), id=f"home{n}", **update)


def world(number: int = 20) -> list[Document]:
    """Births and homes by turns."""
    return [birth(n) if n % 2 else home(n) for n in range(number)]


def bare(document: Document) -> Document:
    """What a student may see at prediction."""
    return document.model_copy(update={"relations": ()})


def found(student, *documents: Document) -> list[set]:
    """Predicted triples of each document, whose own relations are hidden."""
    return [set(triples) for triples in student.predict([bare(d) for d in documents])]


def gold(*documents: Document) -> list[set]:
    """The triples that should be found."""
    return [{r.triple for r in d.relations} for d in documents]


GUIDE = Guide(
    name="small",
    entities={
        "CIVILIAN": EntityType(family="person", aliases=("CIVILIAN_0",)),
        "MILITARY": EntityType(family="person"),
        "PLACE": EntityType(family="place"),
    },
    relations={
        "IS_BORN_IN": RelationType(signatures=(("person", "place"),), cues=("né à", "née à")),
        "RESIDES_IN": RelationType(signatures=(("person", "place"),), cues=("habite",)),
        "IS_IN_CONTACT_WITH": RelationType(signatures=(("person", "person"),), symmetric=True),
    },
)
