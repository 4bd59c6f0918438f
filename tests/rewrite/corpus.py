"""A small training view for the tests of the strategies: invented items, and their guide."""

from augment.guide.model import EntityType, Guide, RelationType
from tests.helpers import doc

FAMILIES = {
    "PERSON": "person",
    "GROUP": "group",
    "ARMY": "organisation",
    "NGO": "organisation",
    "PLACE": "place",
    "GEAR": "materiel",
    "FIRE": "event",
    "DATE": "time",
    "COUNT": "quantity",
    "NATIONALITY": "nationality",
    "FIRST": "name",
    "LAST": "name",
}
ENTITIES = {
    name: EntityType(family=family, person_name=family == "name")
    for name, family in FAMILIES.items()
}
RELATIONS = {
    "LIVES_IN": RelationType(signatures=(("person", "place"),), lookalikes=("BORN_IN",)),
    "BORN_IN": RelationType(
        signatures=(("PERSON", "PLACE"),),
        lookalikes=("LIVES_IN",),
        patterns=("{head} est né(e) à {tail}.", "{head} vient de {tail}."),
    ),
    "BORN_ON": RelationType(signatures=(("PERSON", "DATE"),), patterns=("{head} naît le {tail}.",)),
    "LOCATED_IN": RelationType(
        signatures=(("event", "place"), ("group", "place"), ("materiel", "place"))
    ),
    "OWNS": RelationType(signatures=(("person", "materiel"), ("organisation", "materiel"))),
    "MEETS": RelationType(signatures=(("person", "person"),), symmetric=True),
    "MARRIED_TO": RelationType(
        signatures=(("person", "person"),), symmetric=True, cues=("mari", "femme")
    ),
    "DATED": RelationType(signatures=(("event", "time"),), one_head=True),
    "COUNTS": RelationType(signatures=(("group", "quantity"),), one_head=True),
    "IS_FROM": RelationType(
        signatures=(("person", "nationality"), ("organisation", "nationality"))
    ),
    "IS_MALE": RelationType(signatures=(("person", "person"),), self_relation="only"),
    "IS_FEMALE": RelationType(signatures=(("person", "person"),), self_relation="only"),
    "NEVER_SEEN": RelationType(signatures=(("PERSON", "GEAR"),)),
}
GUIDE = Guide(name="small", entities=ENTITIES, relations=RELATIONS)


def person(key, first, last, n):
    """``[[1:PERSON|[[11:FIRST|Ida]] [[12:LAST|Roy]]]]``."""
    return f"[[{key}:PERSON|[[{n}:FIRST|{first}]] [[{n + 1}:LAST|{last}]]]]"


DOCUMENTS = [
    doc(
        f"À [[2:PLACE|Lyon]], le [[3:DATE|3 mai 2021]], Mme {person(1, 'Ida', 'Roy', 11)}"
        " a perdu sa [[4:GEAR|voiture]] dans un [[5:FIRE|incendie]]. [[1:PERSON|Elle]] vit à "
        f"[[2:PLACE|Lyon]]. Mme [[1:PERSON|[[13:LAST|Roy]]]] est contente.",
        (1, "LIVES_IN", 2), (5, "LOCATED_IN", 2), (5, "DATED", 3), (1, "OWNS", 4),
        (1, "IS_FEMALE", 1), id="d1",
    ),
    doc(
        f"L'[[1:ARMY|armée]] avance vers [[2:PLACE|Nantes]]. M. {person(3, 'Luc', 'Petit', 11)} "
        "attend les [[4:GROUP|soldats]] à [[2:PLACE|Nantes]] avec un [[5:GEAR|fusil]].",
        (3, "IS_MALE", 3), (4, "LOCATED_IN", 2), (3, "OWNS", 5), id="d2",
    ),
    doc(
        "Un [[1:ARMY|bataillon]] campe près de [[2:PLACE|Bordeaux]]. Le [[1:ARMY|bataillon]] garde "
        "des [[3:GEAR|chars]] et des [[4:GEAR|canons]].",
        (1, "OWNS", 3), (1, "OWNS", 4), id="d3",
    ),
    doc(
        "Une [[1:ARMY|brigade]] quitte la ville. La [[1:ARMY|brigade]] est partie de "
        "[[2:PLACE|Rennes]] en [[3:PLACE|France]].",
        id="d4",
    ),
    doc(
        f"Le [[3:DATE|12 juin 2020]], à [[2:PLACE|Brest]], Mme {person(1, 'Léa', 'Morel', 11)}"
        " a vu le [[5:FIRE|feu]]. Les [[4:GROUP|pompiers]] avaient une [[6:GEAR|échelle]]. "
        "L’[[6:GEAR|échelle]] a cassé.",
        (5, "LOCATED_IN", 2), (5, "DATED", 3), (4, "LOCATED_IN", 2), (1, "IS_FEMALE", 1), id="d5",
    ),
    doc(
        f"M. {person(1, 'Paul', 'Blanc', 11)} est né à [[2:PLACE|Dijon]]. "
        f"M. {person(3, 'Yann', 'Legall', 14)} rencontre M. [[1:PERSON|[[16:LAST|Blanc]]]] en "
        "[[4:PLACE|Italie]]. La [[5:PLACE|Belgique]] les invite.",
        (1, "BORN_IN", 2), (1, "MEETS", 3), (3, "MEETS", 1), (1, "IS_MALE", 1), (3, "IS_MALE", 3),
        id="d6",
    ),
    doc(
        f"Mme {person(1, 'Zoé', 'Aubry', 11)} et son [[2:PERSON|mari]] vivent au "
        "[[3:PLACE|Portugal]]. Le [[2:PERSON|mari]] a un [[4:GEAR|camion]].",
        (1, "MARRIED_TO", 2), (2, "MARRIED_TO", 1), (1, "LIVES_IN", 3), (2, "LIVES_IN", 3),
        (2, "OWNS", 4), (1, "IS_FEMALE", 1), (2, "IS_MALE", 2), id="d7",
    ),
    doc(
        "Au [[1:PLACE|Brésil]], des [[2:GROUP|ouvriers]] ont bloqué le port. Les "
        "[[2:GROUP|ouvriers]] brûlent des [[3:GEAR|pneus]], des [[4:GEAR|meubles]] et des "
        "[[5:GEAR|palettes]].",
        (2, "LOCATED_IN", 1), (2, "OWNS", 3), (2, "OWNS", 4), (2, "OWNS", 5), id="d8",
    ),
    doc(
        "L’ONG « [[1:NGO|Aurore]] » aide [[3:COUNT|40]] [[2:GROUP|familles]] à [[4:PLACE|Metz]]. "
        "L’ONG « [[1:NGO|Aurore]] » est [[5:NATIONALITY|française]].",
        (2, "COUNTS", 3), (2, "LOCATED_IN", 4), (1, "IS_FROM", 5), id="d9",
    ),
    doc(
        "L’ONG « [[1:NGO|Partage]] » est [[2:NATIONALITY|anglaise]]. Un [[3:GEAR|avion]] amène "
        "[[5:COUNT|25]] [[4:GROUP|médecins]]. La [[6:NATIONALITY|polonaise]] attend.",
        (1, "IS_FROM", 2), (4, "COUNTS", 5), id="d10",
    ),
    doc(
        "Un [[1:FIRE|incendie]] a pris dans une [[2:PLACE|usine]]. L'[[2:PLACE|usine]] brûle. "
        "Une [[3:GEAR|moto]] et une [[4:GEAR|remorque]] ont fondu. "
        "Les [[5:GROUP|voisins]] sont sortis.",
        (1, "LOCATED_IN", 2), (3, "LOCATED_IN", 2), (4, "LOCATED_IN", 2), id="d11",
    ),
    doc(
        "Le [[1:FIRE|feu]] a gagné un [[2:PLACE|hangar]]. Le [[2:PLACE|hangar]] cède. Le toit du "
        "[[2:PLACE|hangar]] tombe. Un [[3:GEAR|tracteur]] reste.",
        (1, "LOCATED_IN", 2), (3, "LOCATED_IN", 2), id="d12",
    ),
]  # fmt: skip
