"""Values that go by their form: dates, numbers, demonyms; each gives way to its like only.

>>> shape("3 mai 2021"), shape("dix mille"), shape("polonaise", demonym=True)
(('date', 'd', 'm', 'y'), ('number', 'words', ''), ('demonym', 'aise', ''))
"""

from __future__ import annotations

import re

MONTH = r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
_DATE = re.compile(
    rf"(?P<d>(?:1er|[12]?\d|3[01]|0\d)[ \u00a0])?(?P<m>{MONTH})(?P<y>[ \u00a0][12]\d{{3}})?$"
)
_NUMBER = re.compile(
    r"(?:[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})*|dix mille|quatre|cinq|six|sept|huit|neuf|dix|onze|"
    r"douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante)"
    r"(?P<unit>[ \u00a0]\w+)?$"
)
_ONE = re.compile(r"1(?:\D|$)")
_DEMONYM = re.compile(r"(?:é?en(?:ne)?|ain(?:e)?|ais(?:e)?|ois(?:e)?|an(?:e)?)s?$")
Shape = tuple[str, ...]


def shape(value: str, *, demonym: bool = False) -> Shape | None:
    """A key that values of the same form share, None for other values.

    ``demonym``: the value's type holds demonyms; these share their ending, and so their agreement.
    """
    if date := _DATE.match(value):
        return "date", *(k for k in "dmy" if date[k])
    if (number := _NUMBER.match(value)) and not _ONE.match(value):
        kind = "digits" if value[0].isdigit() else "words"
        return "number", kind, "unit" if number["unit"] else ""
    if demonym and (ending := demonym_ending(value)):
        return "demonym", ending, "capital" if value[0].isupper() else ""
    return None


def demonym_ending(value: str) -> str | None:
    """The ending of *ukrainien, française, soudanais*; None for other words."""
    found = _DEMONYM.search(value)
    return found[0] if found else None
