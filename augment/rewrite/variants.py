"""Words that are written in two ways: newsroom abbreviations, and transliterations of names.

>>> respelt(document).text, abbreviated(document).text  # of "Le général Roy a quitté Kiev."
('Le général Roy a quitté Kyiv.', 'Le gén. Roy a quitté Kiev.')

Both go either way: what is short is written out, what is long is shortened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from augment.rewrite.noise import changed
from augment.schema import Document
from augment.spans import Edit

TITLES = """
    monsieur M. | messieurs MM. | madame Mme | mesdames Mmes | mademoiselle Mlle | docteur Dr |
    professeur Pr | maître Me
"""
"""Before a name only."""
SHORT = """
    général gén. | commandant cdt | capitaine cne | lieutenant lt | sergent sgt |
    président pdt | présidente pdte | ministre min. | ministère minist. | gouvernement gvt |
    directeur dir. | directrice dirce | secrétaire secr. | responsable resp. | député dép. |
    boulevard bd | numéro n° | arrondissement arr. | département dépt |
    université univ. | hôpital hôp. | association assoc. | organisation org. | entreprise entr. |
    administration admin. | appartement appt | véhicule véh. | téléphone tél. | environ env. |
    personnes pers. | habitants hab. | janvier janv. | février févr. | juillet juil. |
    octobre oct. | novembre nov. | décembre déc. | lundi lun. | mardi mar. |
    mercredi merc. | vendredi ven. | samedi sam. | dimanche dim.
"""
"""Anywhere."""
LONG = """
    colonel col. | avenue av. | septembre sept. | jeudi jeu.
"""
"""Anywhere too, but what is short is another word as well and stays."""
UNITS = """
    minutes min | heures h | secondes s | kilomètres km | mètres m | centimètres cm |
    kilogrammes kg | kilos kg | grammes g | tonnes t | litres l | hectares ha | euros €
"""
"""After a number only; what is short is written out as the first."""
SPELLINGS = """
    Kiev Kyiv | Kharkov Kharkiv | Lvov Lviv | Odessa Odesa | Marioupol Mariupol |
    Nikolaïev Mykolaïv | Lougansk Louhansk | Zaporojie Zaporijjia | Tchernobyl Tchornobyl |
    Tchernigov Tchernihiv | Soumy Sumy | Rovno Rivne | Vinnitsa Vinnytsia | Jitomir Jytomyr |
    Ternopol Ternopil | Krementchoug Krementchouk | Izioum Izyum | Bakhmout Bakhmut |
    Severodonetsk Sievierodonetsk | Lissitchansk Lyssytchansk | Boutcha Bucha | Irpine Irpin |
    Berdiansk Berdyansk | Energodar Enerhodar | Volnovakha Volnovaha | Dniepr Dnipro |
    Donbass Donbas | Zelensky Zelenskyï Zelenski | Poutine Putin | Choïgou Shoigu |
    Kouleba Kuleba | Klitschko Klytchko | Porochenko Poroshenko | Timochenko Tymoshenko |
    Loukachenko Lukashenko | Medvedev Medvediev | Konachenkov Konashenkov | Dmitri Dimitri |
    Sergueï Sergei | Alekseï Alexeï | Mikhaïl Mikhail | Nikolaï Nikolai | Piotr Pyotr |
    Pékin Beijing | Bombay Mumbai | Calcutta Kolkata | Daech Daesh | Kadhafi Gaddafi
"""
"""Each word becomes the next one of its row, the last one the first."""
_NAME = r"(?=[ \u00a0\u202f]+(?-i:[A-ZÀ-Ý]))"
_NUMBER = r"(?<=\d[ \u00a0\u202f])"
NEAR = 8
"""Characters before a title in which the end of a sentence is looked for."""
_START = re.compile(r"(?:^|[.!?…\n])[\s«“\"(–—-]*$")


def _pairs(rows: str) -> Iterator[tuple[str, str]]:
    return ((a, b) for a, b in (row.split() for row in rows.split("|")))


def _both(rows: str) -> dict[str, str]:
    """Long → short, and short → the first that has it."""
    short: dict[str, str] = {}
    for a, b in _pairs(rows):
        short.setdefault(b, a)
    return {**dict(_pairs(rows)), **short}


_TITLES, _SHORT, _UNITS = _both(TITLES), _both(SHORT) | dict(_pairs(LONG)), _both(UNITS)
_ROWS = [row.split() for row in SPELLINGS.split("|")]
_SPELLINGS = {word: row[(i + 1) % len(row)] for row in _ROWS for i, word in enumerate(row)}
_SPELLINGS.update({a.upper(): b.upper() for a, b in list(_SPELLINGS.items())})


def _any(words: Mapping[str, str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


_ABBREVIATIONS = re.compile(
    rf"(?<![^\W_])(?:(?P<title>{_any(_TITLES)}){_NAME}|{_NUMBER}(?P<unit>{_any(_UNITS)})(?!\w)|"
    rf"(?P<short>{_any(_SHORT)})(?![^\W_]))",
    re.IGNORECASE,
)
_NAMES = re.compile(rf"(?<!\w)(?:{_any(_SPELLINGS)})(?!\w)")


def abbreviated(document: Document) -> Document:
    """Titles, ranks, offices, units, months and days: what is long is shortened, and back.

    First letters stay, and so do articles and elisions before them.
    """
    return changed(document, list(_found(_ABBREVIATIONS, document.text, _abbreviation)))


def respelt(document: Document) -> Document:
    """Names in another transliteration: *Kiev* and *Kyiv*, each in place of the other."""
    return changed(document, list(_found(_NAMES, document.text, _spelling)))


def _found(
    pattern: re.Pattern[str], text: str, other: Callable[[re.Match[str]], str | None]
) -> Iterator[Edit]:
    for match in pattern.finditer(text):
        new = other(match)
        if new is not None:
            yield Edit(*match.span(), new)


def _spelling(match: re.Match[str]) -> str | None:
    return _SPELLINGS[match[0]]


def _abbreviation(match: re.Match[str]) -> str | None:
    """None for words in capitals, and for what is short in another case."""
    word, text = match[0], match.string
    table = {"title": _TITLES, "unit": _UNITS, "short": _SHORT}[str(match.lastgroup)]
    new = table.get(word) or table.get(word[0].lower() + word[1:])
    if new is None:
        return None
    rest = text[match.end() :]
    if new.endswith(".") and rest.startswith("."):
        new = new[:-1]
    elif word.endswith(".") and (not rest or rest[0] == "\n"):
        new += "."
    capital = word[0].isupper()
    if match.lastgroup == "title":
        at = match.start()
        capital = new[0].isupper() or bool(_START.search(text, max(0, at - NEAR), at))
    return new[0].upper() + new[1:] if capital else new
