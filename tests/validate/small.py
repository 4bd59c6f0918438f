"""A small guide that the tests of `validate` share; type names stand for what they say."""

from augment.guide.model import Guide
from augment.schema import Candidate, Document

GUIDE = Guide.model_validate(
    {
        "name": "small",
        "entities": {
            "PERSON": {"family": "person", "aliases": ["PERSON_0"]},
            "SOLDIER": {"family": "person"},
            "PLACE": {"family": "place"},
            "DATE": {"family": "time"},
        },
        "relations": {
            "BORN_ON": {"signatures": [["person", "DATE"]], "one_head": True},
            "LOCATED_IN": {
                "signatures": [["person", "PLACE"], ["PLACE", "PLACE"]],
                "transitive": True,
            },
            "MET": {"signatures": [["person", "person"]], "symmetric": True},
            "COMMANDS": {"signatures": [["SOLDIER", "PERSON"]], "symmetric": True},
            "PRECEDES": {
                "signatures": [["person", "PLACE"], ["PLACE", "DATE"], ["PLACE", "PLACE"]],
                "transitive": True,
                "self_relation": "allowed",
            },
            "IS_MALE": {"signatures": [["person", "person"]], "self_relation": "only"},
            "CITES": {"signatures": [["person", "person"]], "self_relation": "allowed"},
        },
        "attributes": {
            "factuality": {"values": ["asserted", "denied"]},
            "said_by": {"entity": True},
        },
    }
)

TEXT = "[[1:PERSON|Ana]] et [[2:SOLDIER|Luc]] sont à [[3:PLACE|Kiev]], en [[4:PLACE|Ukraine]], le "
TEXT += "[[5:DATE|3 mars]] ."
SOUND = ((1, "LOCATED_IN", 3), (3, "LOCATED_IN", 4), (1, "LOCATED_IN", 4), (1, "BORN_ON", 5))
SOUND += ((1, "MET", 2), (2, "MET", 1), (1, "IS_MALE", 1), (1, "CITES", 1), (1, "CITES", 2))


def candidate(document: Document) -> Candidate:
    return Candidate(id=document.id, order="o1", strategy="compose", document=document)
