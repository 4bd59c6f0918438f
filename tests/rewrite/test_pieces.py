from augment.guide import load
from augment.rewrite.pieces import renamed
from augment.schema import Relation

GUIDE = load("ukraine_live")
SAID = Relation(
    head=1, type="IS_LOCATED_IN", tail=2, attributes={"factuality": "attributed", "source": 3}
)


def test_new_ids_reach_the_attributes_too():
    moved = renamed(SAID, {1: "a1", 2: "a2", 3: "a3"}, GUIDE)
    assert moved.triple == ("a1", "IS_LOCATED_IN", "a2")
    assert moved.attributes == {"factuality": "attributed", "source": "a3"}


def test_an_attribute_whose_entity_is_gone_goes():
    assert renamed(SAID, {1: 1, 2: 2}, GUIDE).attributes == {"factuality": "attributed"}
