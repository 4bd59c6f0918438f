"""Hypothesis strategies: sound documents, from tame ones to whatever the record allows.

>>> documents().example().text
'l’Ukraine\\r\\n« 😀 »e\\u0301'
"""

from __future__ import annotations

from hypothesis import strategies as st

from augment.schema import Document, Entity, Mention, Meta, Relation

PIECES = (
    "Kiev l’Ukraine d' armée résiste ; : ! ? « » . , (3 500) 2022 été e\u0301te\u0301 😀 👩‍🚒 𝒳 "
    "[ ] [[ ]] [[1:PLACE| | \\ \\n \\[ === #1 \" ' , ; {} null"
).split(" ")
SPACES = [" ", "\n", "\r\n", "\r", "\t", "\u00a0", "\u202f", "\u2028", "\u0085", "\ufeff", "\x00"]
ENTITY_TYPES = ["PLACE", "CIVILIAN", "FIRSTNAME", "MILITARY_ORGANISATION", "TIME_EXACT"]
RELATION_TYPES = ["IS_LOCATED_IN", "IS_IN_CONTACT_WITH", "HAS_CONTROL_OVER", "GENDER_MALE"]

characters = st.characters(exclude_categories=["Cs"])
strings = st.text(characters, max_size=8)
names = st.text(characters, min_size=1, max_size=8)
texts = (
    st.lists(st.sampled_from(PIECES) | st.sampled_from(SPACES) | characters, min_size=1)
    .map("".join)
    .filter(lambda text: text.strip())
)
values = st.sampled_from([None, True, 0, -1.5, "é\n", [1, ["\u2028"]], {"": {"a": []}}]) | strings
attributes = st.just({}) | st.dictionaries(strings, values, max_size=2)
tame_ids = st.integers(0, 40) | st.integers(0, 40).map(lambda n: f"e{n}")
wild_ids = tame_ids | st.integers() | strings
metas = st.just(Meta()) | st.builds(
    Meta,
    origin=st.sampled_from(["gold", "synthetic", "reviewed"]),
    parents=st.lists(strings, max_size=2).map(tuple),
    strategy=st.none() | strings,
    time=st.none() | st.just("2022-02-24T05:50:00+02:00"),
    title=st.none() | strings,
    source=st.none() | strings,
    rights=attributes,
    modified=st.none() | st.just("2022-02-24T07:40:00+01:00"),
    group=st.none() | strings,
    flags=st.lists(strings, max_size=2).map(tuple),
)


def _crosses(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[0] < a[1] < b[1] or b[0] < a[0] < b[1] < a[1]


@st.composite
def spans(draw: st.DrawFn, text: str, *, crossing: bool = False) -> list[tuple[int, int]]:
    """Spans of a text, nested and identical ones among them, in any order."""
    borders = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(borders, borders), max_size=8))
    kept: list[tuple[int, int]] = []
    for pair in pairs:
        start, end = sorted(pair)
        if start < end and (crossing or not any(_crosses((start, end), k) for k in kept)):
            kept.append((start, end))
    return kept


@st.composite
def documents(draw: st.DrawFn, *, wild: bool = False, crossing: bool = False) -> Document:
    """Sound documents: emoji, no-break spaces, CRLF, NFD, U+2028; nested and identical spans.

    Pairs may carry several relations, entities may relate to themselves; some have attributes,
    masks and all of ``meta``. ``wild``: ids and types are any strings. ``crossing``: spans may
    cross.
    """
    text = draw(texts)
    found = draw(spans(text, crossing=crossing))
    entity_types = strings if wild else st.sampled_from(ENTITY_TYPES)
    relation_types = strings if wild else st.sampled_from(RELATION_TYPES)
    clusters: dict[int, list[Mention]] = {}
    for start, end in found:
        mention = Mention(start=start, end=end, value=text[start:end])
        clusters.setdefault(draw(st.integers(0, 4)), []).append(mention)
    size = len(clusters)
    ids = st.lists(wild_ids if wild else tame_ids, unique=True, min_size=size, max_size=size)
    entities = tuple(
        Entity(id=id, type=draw(entity_types), mentions=tuple(mentions))
        for id, mentions in zip(draw(ids), clusters.values(), strict=True)
    )
    document = Document(id=draw(names if wild else st.uuids().map(str)), text=text)
    document = document.model_copy(update={"entities": entities, "meta": draw(metas)})
    ends = st.sampled_from([entity.id for entity in entities]) if entities else st.nothing()
    relation = st.builds(Relation, head=ends, type=relation_types, tail=ends, attributes=attributes)
    pairs = st.lists(relation, max_size=6)
    masks = st.lists(st.tuples(ends, st.none() | relation_types, ends), max_size=2)
    labelled = st.sampled_from(["full", "none"]) | st.lists(relation_types, max_size=3).map(tuple)
    update = {
        "relations": tuple(draw(pairs)) if entities else (),
        "masked": tuple(draw(masks)) if entities else (),
        "labelled": draw(labelled),
    }
    return document.model_copy(update=update)
