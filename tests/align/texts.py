"""Annotated sentences of our own, all types of the guide ``textmine``: what a reply should say."""

from augment.schema import Document
from tests.helpers import doc

CLEAN: tuple[Document, ...] = (
    doc(
        "La [[e1:PLACE|Karélie]] s’inquiète : l’[[e2:FIRE|incendie]] parti de "
        "[[e3:PLACE|Sortavala]] gagne la [[e4:PLACE|forêt]]. Il ravage la "
        "[[e1:PLACE|république]] depuis [[e5:TIME_EXACT|mardi]].",
        ["e2", "STARTED_IN", "e3"],
        ["e3", "IS_LOCATED_IN", "e1"],
        ["e2", "START_DATE", "e5"],
        id="c0",
    ),
    doc(
        "[[e1:CIVILIAN|[[e2:FIRSTNAME|Odile]] [[e3:LASTNAME|Ferrand]]]], "
        "[[e4:CATEGORY|maire]] de [[e5:PLACE|Vaubrun]], a déclaré : "
        '"Nous tiendrons." [[e1:CIVILIAN|Elle]] réside à [[e6:PLACE|Montcel]].',
        ["e1", "HAS_CATEGORY", "e4"],
        ["e1", "RESIDES_IN", "e6"],
        ["e1", "GENDER_FEMALE", "e1"],
        id="c1",
    ),
    doc(
        "Le [[e1:TIME_EXACT|4 mai 2021]], l’[[e2:ACCIDENT|accident]] a fait "
        "[[e3:QUANTITY_EXACT|trois]] morts près d’[[e4:PLACE|Aubermont]]. "
        "L’[[e2:ACCIDENT|accident]] reste inexpliqué.",
        ["e2", "DEATHS_NUMBER", "e3"],
        ["e2", "STARTED_IN", "e4"],
        ["e2", "START_DATE", "e1"],
        id="c2",
    ),
    doc(
        "La [[e1:MILITARY_ORGANISATION|7e brigade]] a livré « dix » "
        "[[e2:MATERIEL|camions]] [[e3:COLOR|verts]] à la [[e4:MILITARY_ORGANISATION|milice]]. "
        "Selon elle, la [[e1:MILITARY_ORGANISATION|brigade]] coopère avec la "
        "[[e4:MILITARY_ORGANISATION|milice]].",
        ["e2", "HAS_COLOR", "e3"],
        ["e1", "IS_COOPERATING_WITH", "e4"],
        ["e4", "IS_COOPERATING_WITH", "e1"],
        id="c3",
    ),
    doc(
        "À [[e1:PLACE|Châteauneuf]], des [[e2:GROUP_OF_INDIVIDUALS|grévistes]] bloquent "
        "l’[[e3:PLACE|usine]] ; la [[e4:STRIKE|grève]] dure depuis "
        "[[e5:TIME_FUZZY|plusieurs jours]].\nLa [[e6:NON_MILITARY_GOVERNMENT_ORGANISATION|"
        "préfecture]] n’a pas réagi à la [[e4:STRIKE|grève]].".replace("\n", "\\n"),
        ["e2", "INITIATED", "e4"],
        ["e3", "IS_LOCATED_IN", "e1"],
        id="c4",
    ),
    doc(
        "[[e1:TERRORIST_OR_CRIMINAL|Un homme]] né à [[e2:PLACE|Lugny]] le "
        "[[e3:TIME_EXACT|2 juin 1990]] a été arrêté : l’[[e4:CRIMINAL_ARREST|arrestation]] a eu "
        "lieu à l’[[e5:PLACE|aéroport]] de [[e6:PLACE|Lugny-sur-Aire]].",
        ["e1", "IS_BORN_IN", "e2"],
        ["e1", "IS_BORN_ON", "e3"],
        ["e4", "STARTED_IN", "e5"],
        ["e5", "IS_LOCATED_IN", "e6"],
        id="c5",
    ),
    doc(
        "L’[[e1:NON_GOVERNMENTAL_ORGANISATION|association Vigie]], créée en "
        "[[e2:TIME_EXACT|2004]] par [[e3:CIVILIAN|[[e4:FIRSTNAME|Rémi]] [[e5:LASTNAME|Cazal]]]], "
        'dénonce un "mensonge" d’État. [[e3:CIVILIAN|Cazal]] est [[e6:NATIONALITY|belge]].',
        ["e1", "WAS_CREATED_IN", "e2"],
        ["e3", "CREATED", "e1"],
        ["e3", "IS_OF_NATIONALITY", "e6"],
        id="c6",
    ),
    doc(
        "Une [[e1:EPIDEMIC|épidémie]] frappe l’[[e2:PLACE|île d’[[e3:PLACE|Ossalia]]]] : "
        "[[e4:QUANTITY_MIN|au moins 40]] [[e5:GROUP_OF_INDIVIDUALS|malades]] y ont été recensés.",
        ["e1", "STARTED_IN", "e2"],
        ["e5", "IS_OF_SIZE", "e4"],
        id="c7",
    ),
    doc(
        "Le [[e1:MILITARY|colonel [[e2:LASTNAME|Brévin]]]] dirige la "
        "[[e3:MILITARY_ORGANISATION|garnison]] d’[[e4:PLACE|Étrelles]]. [[e1:MILITARY|Il]] y a vu "
        "s’effondrer un [[e5:MATERIEL|pont]] long de [[e6:LENGTH|120 m]].",
        ["e1", "HAS_CONTROL_OVER", "e3"],
        ["e3", "OPERATES_IN", "e4"],
        ["e5", "HAS_FOR_LENGTH", "e6"],
        id="c8",
    ),
    doc(
        "[[e1:DEMONSTRATION|Manifestation]] hier à [[e2:PLACE|Névache-le-Haut]] : "
        "[[e3:QUANTITY_FUZZY|une centaine]] de [[e4:GROUP_OF_INDIVIDUALS|marcheurs]] ont défilé "
        "jusqu’à l’[[e5:PLACE|hôtel de ville]] malgré l’interdiction.",
        ["e1", "STARTED_IN", "e2"],
        ["e4", "IS_OF_SIZE", "e3"],
        ["e5", "IS_LOCATED_IN", "e2"],
        id="c9",
    ),
    doc(
        "[[1:CIVILIAN|Sa mère]] et [[2:CIVILIAN|son fils]] ont fui l’[[3:BOMBING|attaque]] ; "
        "[[2:CIVILIAN|l’enfant]] est mort le [[4:TIME_EXACT|9 août]] dans l’[[3:BOMBING|attaque]].",
        [1, "HAS_FAMILY_RELATIONSHIP", 2],
        [2, "HAS_FAMILY_RELATIONSHIP", 1],
        [2, "DIED_IN", 3],
        [2, "IS_DEAD_ON", 4],
        id="c10",
    ),
    doc(
        "Le [[e1:POLLUTION|déversement]] de [[e2:WEIGHT|3 tonnes]] de [[e3:MATERIEL|soude]] à "
        "[[e4:PLACE|Orgebief]] a provoqué l’[[e5:NATURAL_EVENT|effondrement]] d’une "
        "[[e6:PLACE|berge]], selon l’[[e7:NON_MILITARY_GOVERNMENT_ORGANISATION|Office de l’eau]].",
        ["e3", "WEIGHS", "e2"],
        ["e1", "HAS_CONSEQUENCE", "e5"],
        ["e1", "STARTED_IN", "e4"],
        id="c11",
    ),
)
