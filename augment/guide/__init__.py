"""An annotation guide: the single source of the schema."""

from augment.guide.model import (
    Attribute,
    EntityType,
    Example,
    Family,
    Guide,
    Habits,
    RelationType,
    WrittenRule,
    load,
)

__all__ = [
    "Attribute",
    "EntityType",
    "Example",
    "Family",
    "Guide",
    "Habits",
    "RelationType",
    "WrittenRule",
    "load",
]
