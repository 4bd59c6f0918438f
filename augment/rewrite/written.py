"""Sentence patterns written in the guide, filled from the training view.

``{head} est né(e) à {tail}.`` → *Ida Roy est née à Lyon.* or *… au Brésil.*: a slot brings its
article along and fuses it with *à* or *de* before it; ``(e)`` agrees with the head.
"""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import NamedTuple

from augment.codec import decode
from augment.rewrite.clusters import Cluster
from augment.rewrite.french import ELIDABLE, FORMS, Gender, elides
from augment.rewrite.index import Index
from augment.rewrite.lexicon import head_of
from augment.rewrite.names import FRAME_GENDER
from augment.rewrite.words import MASS
from augment.schema import Document, Relation

_SLOT = re.compile(r"(?P<word>\b(?:[Dd]e|[ÀàAa]|[Ee]n|[Ll]e) )?\{(?P<end>head|tail)\}")
_STRAIGHT = re.compile(r"(?<=[^\W\d_])'(?=\w|\[|«)")
_ESCAPE = str.maketrans({"\\": r"\\", "[": r"\[", "]": r"\]", "|": r"\|", "\n": r"\n"})
PATTERN = "pattern"
PICKS = 30


class Filler(NamedTuple):
    """What goes into a slot: tagged text, how its article works, its gender and its document."""

    tagged: str
    plain: str
    frame: str
    gender: Gender | None
    source: int


def written(pattern: str, kind: str, index: Index, rng: Random) -> Document | None:
    """The pattern with slots filled, None if no filler of the right types and form is found."""
    pairs = _pairs(kind, index)
    for _ in range(PICKS if pairs else 0):
        head_type, tail_type = rng.choice(pairs)
        head = _filler("head", head_type, index, rng)
        tail = head if "{tail}" not in pattern else _filler("tail", tail_type, index, rng)
        if head is None or tail is None or (head.plain in tail.plain and tail is not head):
            continue
        attribute = index.guide.relations[kind].one_head or index.reader.names.demonyms(tail_type)
        if attribute and tail.frame in ("noun", "m", "f"):
            tail = tail._replace(frame="loose")  # an attribute: *fonction : maire*, no article
        text = _fill(pattern, {"head": head, "tail": tail})
        if text is None:
            continue
        document = decode(_STRAIGHT.sub("’", text), id=PATTERN)
        ends = ("head", "head" if tail is head else "tail")
        relations = [Relation(head=ends[0], type=kind, tail=ends[1])]
        if index.guide.relations[kind].symmetric:
            relations.append(Relation(head=ends[1], type=kind, tail=ends[0]))
        parents = tuple(index.documents[i].id for i in (head.source, tail.source))
        meta = document.meta.model_copy(update={"parents": parents})
        return document.model_copy(update={"relations": tuple(relations), "meta": meta})
    return None


def _pairs(kind: str, index: Index) -> list[tuple[str, str]]:
    """Type pairs of the relation: as often as in the view, else all that the guide admits."""
    seen: Counter[tuple[str, str]] = Counter()
    for i in index.carriers.get(kind, ()):
        types = {e.id: index.guide.canonical(e.type) for e in index.documents[i].entities}
        seen.update(
            (types[r.head], types[r.tail]) for r in index.documents[i].relations if r.type == kind
        )
    return sorted(seen.elements()) or sorted(index.guide.pairs.get(kind, ()))


def _filler(end: str, entity_type: str, index: Index, rng: Random) -> Filler | None:
    """A cluster of the type as a filler; raw values for types that have no clusters."""
    pool = index.by_type.get(entity_type, [])
    if pool:
        return _from_cluster(end, rng.choice(pool), index)
    if not index.reader.names.attribute(entity_type):
        return None
    values = [v for v in index.values.get(entity_type, []) if not v[0].endswith(("s", "x"))]
    if not values:
        return None
    value, source = rng.choice(values)
    tagged = f"[[{end}:{entity_type}|{value.translate(_ESCAPE)}]]"
    return Filler(tagged, value, "loose", None, source)


def _from_cluster(end: str, cluster: Cluster, index: Index) -> Filler | None:
    kind = cluster.entity.type
    first = cluster.pieces[0]
    if cluster.kind == "person":
        return _person(end, cluster, index)
    value = first.value
    tagged = f"[[{end}:{kind}|{value.translate(_ESCAPE)}]]"
    if cluster.kind == "nominal":
        if first.slot[1] == "p" or value[0].isupper() or head_of(value) in MASS:
            return None
        return Filler(tagged, value, "noun", "f" if first.slot[0] == "f" else "m", cluster.source)
    frame = cluster.key[0] if cluster.kind == "proper" else ":".join(cluster.key[0])
    gender = FRAME_GENDER.get(frame)
    if frame == "apposed" and " " in value:
        tagged = f"«\u00a0{tagged}\u00a0»"
    return Filler(tagged, value, frame, gender, cluster.source)


def _person(end: str, cluster: Cluster, index: Index) -> Filler | None:
    """First and last name, each tagged as the view tags it, with the gender that cues show."""
    names = {p.slot: p.value for p in cluster.pieces}
    if len(names) < 2:
        return None
    parts = [
        f"[[{end}-{slot}:{slot}|{value.translate(_ESCAPE)}]]"
        for slot, value in sorted(names.items())
    ]
    gender = cluster.key[0]
    plain = " ".join(value for _, value in sorted(names.items()))
    tagged = f"[[{end}:{cluster.entity.type}|{' '.join(parts)}]]"
    return Filler(tagged, plain, "person", gender, cluster.source)


def _fill(pattern: str, fillers: dict[str, Filler]) -> str | None:
    """The pattern with both slots filled and ``(e)`` resolved, None if a slot does not fit."""
    if "(e)" in pattern:
        if fillers["head"].gender is None:
            return None
        pattern = pattern.replace("(e)", "e" if fillers["head"].gender == "f" else "")
    bad = False

    def slot(match: re.Match[str]) -> str:
        nonlocal bad
        word, filler = (match["word"] or "").strip(), fillers[match["end"]]
        article = _article(word.lower().replace("a", "à"), filler)
        if article is None:
            bad = True
            return ""
        upper = word[:1].isupper() or (not word and not match.string[: match.start()].strip())
        return (article[:1].upper() + article[1:] if upper else article) + filler.tagged

    text = _SLOT.sub(slot, pattern)
    return None if bad else text


def _article(word: str, filler: Filler) -> str | None:
    """Preposition and article before a filler, *d'* and *l'* included; None if it does not fit."""
    frame, vowel = filler.frame, elides(filler.plain)
    if frame.startswith("date") and word in ("le", "en"):
        return f"{word} " if (word == "le") == ("d" in frame.split(":")) else None
    if word == "le":
        return None
    if frame == "p":
        return {"": "les ", "à": "aux ", "en": "aux ", "de": "des "}[word]
    if frame == "e" and word:
        return "en " if word in ("à", "en") else ("d'" if vowel else "de ")
    if frame in ("noun", "e", "m", "f"):
        if word == "en" and frame != "m":
            return None
        feminine = filler.gender == "f"
        form = FORMS[{"": "le", "de": "du", "à": "au", "en": "au"}[word]][2 * vowel + feminine]
        return form if form.endswith("'") else form + " "
    if word == "de":
        return ELIDABLE["de"] if vowel else "de "
    return {"": "", "à": "à ", "en": "à "}[word]
