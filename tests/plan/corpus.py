"""A few French items, invented, annotated by the guide `textmine`."""

from augment.schema import Document
from tests.helpers import doc

DOCUMENTS = [
    doc(
        "[[1:CIVILIAN|Le maire]] a rencontré [[2:NON_GOVERNMENTAL_ORGANISATION|l’association"
        " Aurore]] à [[3:PLACE|Brévigny]]. « [[1:CIVILIAN|Je]] ne promets rien »,"
        " a-t-[[1:CIVILIAN|il]] dit [[4:TIME_EXACT|lundi]].",
        (1, "IS_IN_CONTACT_WITH", 2),
        (2, "IS_IN_CONTACT_WITH", 1),
        (2, "OPERATES_IN", 3),
        (1, "GENDER_MALE", 1),
        id="d1",
    ),
    doc(
        "[[1:CIVILIAN|Ida Vermont]] habite à [[2:PLACE|Salvac]], selon [[3:"
        "NON_MILITARY_GOVERNMENT_ORGANISATION|la police]]. [[1:CIVILIAN|Elle]] est née à"
        " [[4:PLACE|Orlange]] le [[5:TIME_EXACT|3 mai 1970]].",
        (1, "RESIDES_IN", 2),
        (1, "IS_BORN_IN", 4),
        (1, "IS_BORN_ON", 5),
        (1, "GENDER_FEMALE", 1),
        (3, "OPERATES_IN", 2),
        id="d2",
    ),
    doc(
        "[[1:FIRE|Un incendie]] a éclaté [[2:TIME_EXACT|mardi]] dans [[3:PLACE|la gare]] de"
        " [[4:PLACE|Talmas]]. [[5:GROUP_OF_INDIVIDUALS|Les pompiers]] n’ont pas trouvé de victime.",
        (1, "STARTED_IN", 3),
        (1, "STARTED_IN", 4),
        (1, "START_DATE", 2),
        (3, "IS_LOCATED_IN", 4),
        (5, "IS_LOCATED_IN", 3),
        (5, "IS_LOCATED_IN", 4),
        id="d3",
    ),
    doc(
        "[[1:CIVILIAN|Paul Astier]] est mort le [[2:TIME_EXACT|2 juin]] dans"
        " [[3:ACCIDENT|un accident]] à [[4:PLACE|Marsogne]]. [[1:CIVILIAN|Il]] conduisait"
        " [[5:MATERIEL|une voiture]] [[6:COLOR|rouge]].",
        (1, "IS_DEAD_ON", 2),
        (1, "DIED_IN", 3),
        (3, "STARTED_IN", 4),
        (3, "START_DATE", 2),
        (1, "HAS_CONTROL_OVER", 5),
        (5, "HAS_COLOR", 6),
        (1, "GENDER_MALE", 1),
        id="d4",
    ),
]

RAW = [
    Document(id=f"r{i}", text=text)
    for i, text in enumerate(
        [
            "Léa Sarment est née à Cressac, où elle habite encore. Son père est mort en mars.",
            "Le camion blanc pèse douze tonnes et mesure trois mètres de haut, dit la mairie.",
            "Le club a été fondé en 1987 et dissous l’an dernier ; sa présidente n’a rien dit.",
            "Le club a été fondé en 1987 et dissous l’an dernier ; sa présidente n’a rien dit !",
            "Une voiture immatriculée à l’étranger a été retrouvée, de couleur bleue.",
            "Pluie.",
            "L’explosion a fait trois morts et dix blessés devant l’hôpital de Vorance.",
            DOCUMENTS[2].text + " Rien de plus.",
        ]
    )
]
