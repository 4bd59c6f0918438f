"""When something was published: what a page says, in French or in ISO 8601, as a time in Paris.

>>> told("Publié le 24 février 2022 à 06h12", None)
[datetime.datetime(2022, 2, 24, 6, 12, tzinfo=zoneinfo.ZoneInfo(key='Europe/Paris'))]
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_MONTHS = {
    name: number
    for number, names in enumerate(
        "janvier janv|février fevrier févr fév|mars|avril avr|mai|juin|juillet juil|août aout|"
        "septembre sept|octobre oct|novembre nov|décembre decembre déc".split("|"),
        1,
    )
    for name in names.split()
}
_NAMED = re.compile(rf"\b(\d{{1,2}})(?:er)?\s+({'|'.join(_MONTHS)})\b\.?(?:\s+(\d{{4}})\b)?", re.I)
_NUMBERS = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\b")
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-3])(?:\s*h\s*([0-5]\d)?|:([0-5]\d))(?!\w)", re.I)
_UPDATED = re.compile(r"\b(?:mise?\s+à\s+jour|modifiée?|actualisée?|corrigée?)\b", re.I)
_AGO = re.compile(r"\bil\s+y\s+a\b", re.I)
_TODAY = re.compile(r"\baujourd.?hui\b", re.I)
_IN_URL = re.compile(r"/(20\d\d)[/-](\d{1,2})[/-](\d{1,2})(?:/|\b)")


def instant(written: object) -> datetime | None:
    """The time of an ISO 8601 string, in Paris; without an offset it is taken for Paris time.

    None also for the first and the last year there are, which stand for no date.
    """
    try:
        found = datetime.fromisoformat(str(written).strip())
        if not MINYEAR < found.year < MAXYEAR:
            return None
        return _paris(found if found.tzinfo else found.replace(tzinfo=PARIS))
    except (ValueError, OverflowError):
        return None


def told(written: str, latest: datetime | None) -> list[datetime]:
    """The times in a French phrase: of publication, then of the update if it names one.

    ``latest``: when the page was saved at the latest, without which a time of day without a date
    (``06:12``), ``hier`` and a date without a year mean nothing. An update at a time of day alone
    is the first such time after the publication.
    """
    first, *more = _UPDATED.split(written, maxsplit=1)
    published = _told(first, latest)
    updated = [_told(part, latest, published) for part in more]
    return [found for found in (published, *updated) if found]


def day_in(url: str) -> datetime | None:
    """The end of the day that an address names: ``/live/2022/02/24/…``."""
    found = _IN_URL.search(url)
    day = _day(*map(int, found.groups())) if found else None
    return _paris(datetime.combine(day, time(23, 59), PARIS)) if day else None


def utc(when: datetime | None) -> str:
    """For comparing: the same instant is the same string, no time comes before all others."""
    return when.astimezone(UTC).isoformat() if when else ""


def _told(written: str, latest: datetime | None, since: datetime | None = None) -> datetime | None:
    named, numbers, clock = (p.search(written) for p in (_NAMED, _NUMBERS, _CLOCK))
    if not clock or _AGO.search(written):
        return None
    at = time(int(clock[1]), int(clock[2] or clock[3] or 0))
    if named or numbers:
        return _on(_date(named, numbers, latest), at)
    if re.search(r"\bhier\b", written, re.I):
        return _on(latest.date() - timedelta(days=1), at) if latest else None
    if since and not _TODAY.search(written):
        found = _on(since.date(), at)
        return _on(since.date() + timedelta(days=1), at) if found and found < since else found
    if latest is None:
        return None
    found = _on(latest.date(), at)
    return _on(latest.date() - timedelta(days=1), at) if found and found > latest else found


def _date(
    named: re.Match[str] | None, numbers: re.Match[str] | None, latest: datetime | None
) -> date | None:
    """The day of a match; without a year, the last such day that is not after ``latest``."""
    found = named or numbers
    if found is None:
        return None
    day, year = int(found[1]), found[3]
    month = _MONTHS[found[2].lower()] if named else int(found[2])
    if year:
        return _day(int(year), month, day)
    if latest is None:
        return None
    this = _day(latest.year, month, day)
    return this if this and this <= latest.date() else _day(latest.year - 1, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if MINYEAR < year < MAXYEAR else None
    except ValueError:
        return None


def _on(day: date | None, at: time) -> datetime | None:
    """That time in Paris; of an hour that comes twice in autumn, the first."""
    return _paris(datetime.combine(day, at, PARIS)) if day else None


def _paris(when: datetime) -> datetime:
    """In Paris, by way of UTC: an hour that summer time skips becomes the one that there was."""
    return when.astimezone(UTC).astimezone(PARIS)
