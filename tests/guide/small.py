"""A small guide and a few annotated sentences that agree with it."""

from augment.guide import (
    Attribute,
    EntityType,
    Example,
    Family,
    Guide,
    RelationType,
    WrittenRule,
)
from tests.helpers import doc

KIEV = Example(
    text="[[e1:PLACE|Kiev]] est la [[e1:PLACE|capitale de l'[[e2:PLACE|Ukraine]]]].",
    relations=(("e1", "IN", "e2"),),
    absent=(("e2", "IN", "e1"),),
    why="La capitale est dans le pays.",
)
MEET = Example(
    text="[[e1:PERSON|Ana]] parle avec [[e2:PERSON|Léo]].",
    relations=(("e1", "MEETS", "e2"), ("e2", "MEETS", "e1")),
)
AWAY = Example(text="[[e1:PERSON|Ana]] regarde [[e2:PLACE|Kiev]] de loin.")


def guide(**update) -> Guide:
    made = Guide(
        name="small",
        title="Petit guide",
        families={
            "place": Family(label="Lieu", colour="#2ca02c"),
            "person": Family(label="Personne", colour="#1f77b4"),
        },
        entities={
            "PLACE": EntityType(
                label="Lieu",
                family="place",
                definition="Tout endroit nommé.",
                positive=(KIEV,),
                lookalikes=("PERSON",),
            ),
            "PERSON": EntityType(family="person", aliases=("PERSON_0",), definition="Qui agit."),
        },
        relations={
            "IN": RelationType(
                label="est dans",
                definition="Se trouve dans.",
                signatures=(("place", "place"), ("person", "place")),
                transitive=True,
                cues=("capitale", "dans l'est"),
                positive=(KIEV,),
                negative=(AWAY,),
                patterns=("{head} est dans {tail}.",),
            ),
            "MEETS": RelationType(
                definition="Se rencontrent.",
                signatures=(("PERSON", "PERSON"),),
                symmetric=True,
                positive=(MEET,),
            ),
            "MALE": RelationType(
                signatures=(("person", "person"),), self_relation="only", patterns=("{head} part.",)
            ),
        },
        attributes={"factuality": Attribute(values=("asserted", "denied"))},
        rules={"capital": WrittenRule(title="Capitale", text="…", positive=KIEV, negative=AWAY)},
    )
    return made.model_copy(update=update)


CORPUS = [
    doc(
        "[[1:PERSON|Ana]] est à [[2:PLACE|Kiev]], en [[3:PLACE|Ukraine]].",
        (1, "IN", 2),
        (1, "IN", 3),
        (2, "IN", 3),
        id="a",
    ),
    doc("[[1:PERSON|Léo]] voit [[2:PERSON|Ana]].", (1, "MEETS", 2), (2, "MEETS", 1), id="b"),
    doc("[[1:PERSON|Il]] part.", (1, "MALE", 1), id="c"),
]
