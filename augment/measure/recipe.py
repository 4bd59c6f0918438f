"""How an addition is used: which part of it, with what weight, before the gold or beside it.

>>> Recipe.read("deficit:25%", weight="auto").label
'deficit:25% weight=auto'
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from augment.errors import ConfigError
from augment.schema import Record

Rule = Literal["random", "loss", "margin", "nearness", "deficit"]
"""See :mod:`augment.measure.rank`."""
WEIGHTS = (1.0, 0.5, 0.25, 0.1)
"""What ``auto`` chooses from; gold documents weigh 1."""
HINTS = {
    "choose": "random, loss, margin, nearness or deficit, and a share: deficit:25%",
    "share": "a share above 0, up to 1 or 100%: deficit:25%",
    "weight": "a number above 0, or auto",
    "order": "mixed or synthetic_first",
}


def _number(share: Any) -> Any:
    """25% → 0.25, where it is a number."""
    digits = share[:-1] if isinstance(share, str) and share.endswith("%") else ""
    return int(digits) / 100 if digits.isdecimal() else share


class Recipe(Record):
    """One way to use an addition.

    ``share`` of its documents are taken, those that ``choose`` ranks first. Weight ``auto``: the
    one that does best on the training side. ``synthetic_first``: the student learns from the
    addition, and goes on from there with the gold.
    """

    choose: Rule = "random"
    share: Annotated[float, Field(gt=0, le=1), BeforeValidator(_number)] = 1.0
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] | Literal["auto"] = 1.0
    order: Literal["mixed", "synthetic_first"] = "mixed"

    @classmethod
    def read(cls, rule: str = "random", **fields: Any) -> Recipe:
        """From ``RULE:SHARE`` (0.25 or 25%; none: all) and other fields. Raises ConfigError."""
        name, _, share = rule.partition(":")
        given = {"choose": name, "share": share or 1, **fields}
        try:
            return cls(**given)
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0])
            raise ConfigError(
                f"no such {field}: {str(given[field])!r}", hint=HINTS.get(field)
            ) from error

    @property
    def label(self) -> str:
        """What it is called in tables."""
        parts = [f"{self.choose}:{100 * self.share:g}%" if self.share < 1 else "all"]
        if self.weight != 1:
            parts.append(f"weight={self.weight}")
        if self.order != "mixed":
            parts.append(self.order)
        return " ".join(parts)

    def number(self, documents: int) -> int:
        """How many of so many documents are taken: rounded (a half up), at least one."""
        return min(documents, max(1, int(self.share * documents + 0.5)))
