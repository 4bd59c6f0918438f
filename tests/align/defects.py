"""Replies with one defect each, and what has to come of them: the exact document, or a named drop.

Every function takes a clean document and a seeded generator and gives a Case; ``None`` where the
document has nothing to spoil in this way.
"""

from __future__ import annotations

import html
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from augment.claims import claims, encode_claims
from augment.codec import encode, relation_rows, tag
from augment.guide.model import load
from augment.reasons import Reason
from augment.schema import Document
from tests.align.texts import CLEAN

GUIDE = load("textmine")
INTRO = "Bien sûr ! Voici le texte annoté :\n\n"
OUTRO = "\n\nN’hésitez pas à me demander une autre version."


class Case(NamedTuple):
    """A reply; ``expected`` is None for the exact document, else the reason of the drop.

    ``ours``: the reply annotates the document's text, which is sent along.
    """

    reply: str
    expected: Reason | None = None
    finish: str = "stop"
    ours: bool = False


Defect = Callable[[Document, random.Random], "Case | None"]
DEFECTS: dict[str, Defect] = {}


class Fixture(NamedTuple):
    """One case of the corpus."""

    name: str
    kind: str
    document: Document
    case: Case


def fixtures() -> Iterator[Fixture]:
    """The whole corpus, the same at every run."""
    for kind, make in DEFECTS.items():
        for document in CLEAN:
            case = make(document, random.Random(f"{kind}/{document.id}"))
            if case is not None:
                yield Fixture(f"{kind}-{document.id}", kind, document, case)


def defect(function: Defect) -> Defect:
    DEFECTS[function.__name__] = function
    return function


def rows(document: Document) -> str:
    return json.dumps({"relations": relation_rows(document.relations)}, ensure_ascii=False)


def inline(tagged: str, document: Document, **fields) -> Case:
    return Case(f"{tagged}\n{rows(document)}", **fields)


def spoiled(reply: str, clean: str, **fields) -> Case | None:
    """A case, if the defect changed anything."""
    return Case(reply, **fields) if reply != clean else None


# nothing is wrong


@defect
def clean_inline(d, rng):
    return Case(encode(d))


@defect
def clean_json(d, rng):
    return Case(encode_claims(d))


@defect
def clean_json_indented(d, rng):
    return Case(json.dumps(claims(d), ensure_ascii=False, indent=2))


# around the answer


@defect
def reasoning(d, rng):
    return Case(f"<think>\nD’abord [[e1:PLACE|un essai]].\n{rows(d)}\n</think>\n\n{encode(d)}")


@defect
def reasoning_never_opened(d, rng):
    return Case(f"Il faut [[e1:PLACE|un lieu]] et [[\n</think>\n{encode(d)}")


@defect
def reasoning_channels(d, rng):
    return Case(
        f"<|channel|>analysis<|message|>[[e1:PLACE|x]]<|end|><|channel|>final<|message|>{encode(d)}"
    )


@defect
def reasoning_cut(d, rng):
    return Case(f"<think>\nD’abord, {tag(d)[:60]}", Reason.TRUNCATED, "length")


@defect
def fence(d, rng):
    return Case(f"```json\n{encode_claims(d)}\n```")


@defect
def fence_with_chatter(d, rng):
    return Case(f"{INTRO}```\n{encode(d)}\n```{OUTRO}")


@defect
def fence_around_relations(d, rng):
    return Case(f"{tag(d)}\n\n```json\n{rows(d)}\n```\n")


@defect
def chatter_before(d, rng):
    return Case(INTRO + encode(d))


@defect
def chatter_after(d, rng):
    return Case(encode(d) + OUTRO)


@defect
def chatter_around_json(d, rng):
    return Case(f"{INTRO}{encode_claims(d)}{OUTRO}")


@defect
def chatter_shows_a_tag(d, rng):
    return Case(f"Texte annoté au format [[id:TYPE|mention]] :\n{encode(d)}")


@defect
def labels(d, rng):
    return Case(f"**Texte annoté :** {tag(d)}\n\n**Relations :**\n{rows(d)}")


@defect
def header_line(d, rng):
    return Case(f"=== {d.id}\n{encode(d)}\n")


@defect
def one_json_string(d, rng):
    return Case(json.dumps(encode(d), ensure_ascii=False))


@defect
def wrapped(d, rng):
    return Case(json.dumps({"result": {"document": claims(d)}}, ensure_ascii=False))


@defect
def list_of_one(d, rng):
    return Case(json.dumps([claims(d)], ensure_ascii=False))


@defect
def tags_inside_json(d, rng):
    written = {"tagged": tag(d), "relations": relation_rows(d.relations)}
    return Case(json.dumps(written, ensure_ascii=False))


@defect
def relations_first(d, rng):
    return Case(f"{rows(d)}\n{tag(d)}")


@defect
def unclear_first_line(d, rng):
    return Case(f"Kassel sous la neige\n{encode(d)}", Reason.UNCLEAR_TEXT)


# JSON that is not JSON


@defect
def python_literals(d, rng):
    return Case(f"{tag(d)}\n{ {'relations': relation_rows(d.relations)}!r}")


@defect
def single_quotes(d, rng):
    plain = encode_claims(d).replace('\\"', "\0").replace('"', "'").replace("\0", '"')
    return Case(plain)


@defect
def trailing_commas(d, rng):
    return Case(encode_claims(d).replace("]", ",]").replace("}", ",}"))


@defect
def missing_commas(d, rng):
    return Case(f"{tag(d)}\n{rows(d).replace('], [', '] [')}")


@defect
def doubled_commas(d, rng):
    return Case(f"{tag(d)}\n{rows(d).replace('], [', '],, [')}")


@defect
def typographic_quotes(d, rng):
    return Case(f"{tag(d)}\n" + re.sub(r'"([^"]*)"', "“\\1”", rows(d)))


@defect
def unquoted(d, rng):
    return Case(f"{tag(d)}\n{rows(d).replace(chr(34), '')}")


@defect
def unescaped_quotes(d, rng):
    return spoiled(encode_claims(d).replace('\\"', '"'), encode_claims(d))


@defect
def unescaped_quote_alone(d, rng):
    if '"' in d.text or "«" in d.text:
        return None
    at = d.text.index(" ", 20)
    text = f'{d.text[:at]} "{d.text[at + 1 :]}'
    written = json.dumps(claims(d) | {"text": text}, ensure_ascii=False).replace('\\"', '"')
    return Case(written, Reason.BROKEN_JSON)


@defect
def raw_newlines(d, rng):
    return spoiled(encode_claims(d).replace("\\n", "\n"), encode_claims(d))


@defect
def raw_newline_inline(d, rng):
    return spoiled(encode(d).replace("\\n", "\n"), encode(d))


@defect
def bad_escapes(d, rng):
    return spoiled(encode_claims(d).replace("’", "\\’"), encode_claims(d))


@defect
def comments(d, rng):
    written = rows(d).replace("], [", "], // suite\n[").replace('{"rel', '{ /* liens */ "rel')
    return Case(f"{tag(d)}\n{written}")


@defect
def missing_bracket(d, rng):
    return Case(encode(d).removesuffix("]}") + "}")


@defect
def extra_bracket(d, rng):
    return Case(encode(d).removesuffix("]]}") + "]]]}}")


@defect
def unclosed_object(d, rng):
    return Case(encode(d).removesuffix("}"))


@defect
def list_closed_too_early(d, rng):
    return Case(f"{tag(d)}\n{rows(d).replace('], [', ']], [', 1)}")


@defect
def elided(d, rng):
    first = json.dumps(relation_rows(d.relations)[0])
    return Case(f'{tag(d)}\n{{"relations": [{first}, ...]}}', Reason.BROKEN_JSON)


@defect
def doubled_key(d, rng):
    return Case(f"{tag(d)}\n{rows(d)[:-1]}, {rows(d)[1:]}")


@defect
def doubled_key_differs(d, rng):
    return Case(f'{tag(d)}\n{{"relations": [], {rows(d)[1:]}', Reason.BROKEN_JSON)


@defect
def doubled_answer(d, rng):
    return Case(f"{encode_claims(d)}\n{encode_claims(d)}")


@defect
def two_answers(d, rng):
    other = next(c for c in CLEAN if c.id != d.id)
    return Case(f"{encode_claims(d)}\n{encode_claims(other)}", Reason.SEVERAL_ANSWERS)


# cut


@defect
def cut_in_text(d, rng):
    return Case(encode(d)[: rng.randint(20, len(tag(d)) - 2)], Reason.TRUNCATED, "length")


@defect
def cut_in_relations(d, rng):
    clean = encode(d)
    return Case(clean[: rng.randint(len(tag(d)) + 4, len(clean) - 2)], Reason.TRUNCATED, "length")


@defect
def cut_without_saying(d, rng):
    clean = encode(d)
    return Case(clean[: rng.randint(len(clean) - 24, len(clean) - 3)], Reason.TRUNCATED)


@defect
def cut_json(d, rng):
    clean = encode_claims(d)
    return Case(clean[: rng.randint(30, len(clean) - 2)], Reason.TRUNCATED, "length")


@defect
def cut_after_the_answer(d, rng):
    return Case(encode(d) + "\n\nJ’ai choisi ces rel", None, "length")


# tags


@defect
def single_brackets(d, rng):
    return inline(tag(d).replace("[[", "[").replace("]]", "]"), d)


@defect
def one_bracket_missing(d, rng):
    tags = [m.end() for m in re.finditer(r"[^\]]\]\](?!\])", tag(d))]
    at = rng.choice(tags)
    return inline(tag(d)[: at - 1] + tag(d)[at:], d)


@defect
def one_bracket_too_many(d, rng):
    at = rng.choice([m.end() for m in re.finditer(r"\]\](?!\])", tag(d))])
    inside = tag(d)[:at].count("[[") > tag(d)[:at].count("]]")
    broken = tag(d)[:at] + "]" + tag(d)[at:]
    return inline(broken, d, expected=Reason.BROKEN_MARKUP if inside else None)


@defect
def spaced_headers(d, rng):
    return inline(re.sub(r"\[\[(\w+):(\w+)\|", r"[[ \1 : \2 |", tag(d)), d)


@defect
def padded_mentions(d, rng):
    return inline(re.sub(r"\]\]", " ]]", re.sub(r"(\[\[\w+:\w+\|)", r"\1 ", tag(d))), d)


@defect
def swapped_headers(d, rng):
    return inline(re.sub(r"\[\[(\w+):(\w+)\|", r"[[\2:\1|", tag(d)), d)


@defect
def piped_headers(d, rng):
    return inline(re.sub(r"\[\[(\w+):(\w+)\|", r"[[\1|\2|", tag(d)), d)


@defect
def type_left_out_later(d, rng):
    seen: set[str] = set()

    def short(found):
        again = found[1] in seen
        seen.add(found[1])
        return f"[[{found[1]}|" if again else found[0]

    written = re.sub(r"\[\[(\w+):\w+\|", short, tag(d))
    return spoiled(f"{written}\n{rows(d)}", encode(d))


@defect
def type_never_given(d, rng):
    return Case(re.sub(r"\[\[(\w+):\w+\|", r"[[\1|", encode(d)), Reason.BROKEN_MARKUP)


@defect
def unclosed_tag(d, rng):
    at = rng.choice([m.start() for m in re.finditer(r"\]\]", tag(d))])
    return inline(tag(d)[:at] + tag(d)[at + 2 :], d, expected=Reason.BROKEN_MARKUP)


@defect
def unopened_tag(d, rng):
    found = rng.choice(list(re.finditer(r"\[\[\w+:\w+\|", tag(d))))
    broken = tag(d)[: found.start()] + tag(d)[found.end() :]
    return inline(broken, d, expected=Reason.BROKEN_MARKUP)


@defect
def crossing_mentions(d, rng):
    long = next((m for _, m in d.mentions() if " " in m.value), None)
    after = re.compile(r"\w+").search(d.text, long.end) if long else None
    if long is None or after is None:
        return None
    crossing = d.text[d.text.rindex(" ", 0, long.end) + 1 : after.end()]
    extra = {"id": "x1", "type": "PLACE", "mentions": [{"value": crossing, "occurrence": 1}]}
    written = claims(d)
    return Case(
        json.dumps(written | {"entities": [*written["entities"], extra]}), Reason.CROSSING_SPANS
    )


@defect
def markdown_escapes(d, rng):
    escaped = tag(d).replace('"', r"\"").replace("-", r"\-").replace("’", r"\’")
    return Case(f"{escaped}\n{rows(d)}")


# types and ids


@defect
def labels_for_types(d, rng):
    def label(found):
        return f"[[{found[1]}:{GUIDE.entities[found[2]].label}|"

    return inline(re.sub(r"\[\[(\w+):(\w+)\|", label, tag(d)), d)


@defect
def labels_for_relations(d, rng):
    named = [[r.head, GUIDE.relations[r.type].label, r.tail] for r in d.relations]
    return Case(f"{tag(d)}\n{json.dumps({'relations': named})}")


@defect
def lower_case_types(d, rng):
    return Case(re.sub(r"\b[A-Z]+(_[A-Z]+)+\b|\bPLACE\b", lambda m: m[0].lower(), encode(d)))


@defect
def plural_types_without_accents(d, rng):
    written = claims(d)
    for entity in written["entities"]:
        plain = unicodedata.normalize("NFD", GUIDE.entities[entity["type"]].label).replace("’", " ")
        words = "".join(c for c in plain if not unicodedata.combining(c)).upper().split()
        entity["type"] = " ".join(w if w[-1] in "SX" or len(w) < 4 else w + "S" for w in words)
    return Case(json.dumps(written, ensure_ascii=False))


@defect
def type_conflict(d, rng):
    broken = f"{tag(d)} [[{d.entities[0].id}:HEIGHT|fin]]"
    return inline(broken, d, expected=Reason.TYPE_CONFLICT)


@defect
def ids_as_strings_or_numbers(d, rng):
    bare = [[str(r.head).strip("e"), r.type, int(str(r.tail).strip("e"))] for r in d.relations]
    return Case(f"{tag(d)}\n{json.dumps({'relations': bare})}")


@defect
def ids_spelled_otherwise(d, rng):
    other = [[f"E{str(r.head).strip('e'):0>3}", r.type, f"[[{r.tail}]]"] for r in d.relations]
    return Case(f"{tag(d)}\n{json.dumps({'relations': other})}")


@defect
def mentions_for_ids(d, rng):
    values = Counter(v for e in d.entities for v in {m.value for m in e.mentions})
    name = {e.id: e.mentions[0].value for e in d.entities}
    if any(values[name[end]] > 1 for r in d.relations for end in (r.head, r.tail)):
        return None
    named = [[name[r.head], r.type, name[r.tail]] for r in d.relations]
    return Case(f"{tag(d)}\n{json.dumps({'relations': named}, ensure_ascii=False)}")


@defect
def unknown_id(d, rng):
    bad = [*relation_rows(d.relations), ["e1", "IS_LOCATED_IN", "e99"]]
    return Case(f"{tag(d)}\n{json.dumps({'relations': bad})}", Reason.UNKNOWN_ENTITY)


@defect
def relations_as_objects(d, rng):
    objects = [{"subject": r.head, "predicate": r.type, "object": r.tail} for r in d.relations]
    return Case(f"{tag(d)}\n{json.dumps({'relations': objects})}")


@defect
def half_a_relation(d, rng):
    bad = [*relation_rows(d.relations), [d.entities[0].id, "IS_LOCATED_IN"]]
    return Case(f"{tag(d)}\n{json.dumps({'relations': bad})}", Reason.BROKEN_JSON)


@defect
def entities_by_id(d, rng):
    written = claims(d)
    by_id = {e["id"]: {"type": e["type"], "mentions": e["mentions"]} for e in written["entities"]}
    if any(isinstance(key, int) for key in by_id):
        return None
    return Case(json.dumps(written | {"entities": by_id}, ensure_ascii=False))


@defect
def french_keys(d, rng):
    written = claims(d)
    french = {"texte": written["text"], "entités": written["entities"]}
    return Case(json.dumps(french | {"relations": written["relations"]}, ensure_ascii=False))


# mentions as strings


def without_occurrences(d: Document) -> dict:
    written = claims(d)
    for entity in written["entities"]:
        entity["mentions"] = [m["value"] for m in entity["mentions"]]
    return written


@defect
def no_occurrences(d, rng):
    written = without_occurrences(d)
    listed = [(v, e["id"]) for e in written["entities"] for v in e["mentions"]]
    whole = {v: len(re.findall(rf"(?<!\w){re.escape(v)}(?!\w)", d.text)) for v, _ in listed}
    sure = all(whole[v] == 1 or listed.count((v, id)) == whole[v] for v, id in listed)
    return Case(json.dumps(written, ensure_ascii=False), None if sure else Reason.AMBIGUOUS_MENTION)


@defect
def which_of_two(d, rng):
    written = claims(d)
    first = written["entities"][0]["mentions"][0]
    written["text"] += f" Fin : {first['value']}."
    first.pop("occurrence")
    return Case(json.dumps(written, ensure_ascii=False), Reason.AMBIGUOUS_MENTION)


@defect
def occurrences_from_zero(d, rng):
    written = claims(d)
    for entity in written["entities"]:
        for mention in entity["mentions"]:
            mention["occurrence"] -= 1
    return Case(json.dumps(written, ensure_ascii=False))


@defect
def occurrence_too_high(d, rng):
    written = claims(d)
    rng.choice(written["entities"])["mentions"][0]["occurrence"] = 9
    return Case(json.dumps(written, ensure_ascii=False), Reason.MISSING_MENTION)


@defect
def mention_not_there(d, rng):
    written = claims(d)
    rng.choice(written["entities"])["mentions"][0]["value"] = "Zanzibar"
    return Case(json.dumps(written, ensure_ascii=False), Reason.MISSING_MENTION)


@defect
def apostrophes_of_mentions(d, rng):
    written = claims(d)
    clean = json.dumps(written["entities"], ensure_ascii=False)
    changed = clean.replace("’", "'")
    if changed == clean:
        return None
    return Case(json.dumps(written | {"entities": json.loads(changed)}, ensure_ascii=False))


@defect
def spaces_of_mentions(d, rng):
    written = claims(d)
    for entity in written["entities"]:
        for mention in entity["mentions"]:
            mention["value"] = f" {mention['value'].replace(' ', chr(0xA0))} "
    return Case(json.dumps(written, ensure_ascii=False))


@defect
def decomposed_mentions(d, rng):
    clean = claims(d)
    nfd = unicodedata.normalize("NFD", json.dumps(clean["entities"], ensure_ascii=False))
    reply = json.dumps(clean | {"entities": json.loads(nfd)}, ensure_ascii=False)
    return spoiled(reply, encode_claims(d))


@defect
def case_of_mentions(d, rng):
    written = claims(d)
    entity = rng.choice(written["entities"])
    value = entity["mentions"][0]["value"]
    if len(re.findall(rf"\b{re.escape(value)}\b", d.text, re.I)) != 1 or not value.isalpha():
        return None
    entity["mentions"][0]["value"] = value.upper()
    return Case(json.dumps(written, ensure_ascii=False))


@defect
def doubled_mentions(d, rng):
    written = claims(d)
    for entity in written["entities"]:
        entity["mentions"] = entity["mentions"] * 2
    return Case(json.dumps(written, ensure_ascii=False))


@defect
def entity_in_two_parts(d, rng):
    written = claims(d)
    split = [e for e in written["entities"] if len(e["mentions"]) > 1]
    if not split:
        return None
    later = [{**e, "mentions": e["mentions"][1:]} for e in split]
    for entity in split:
        entity["mentions"] = entity["mentions"][:1]
    written["entities"] += later
    return Case(json.dumps(written, ensure_ascii=False))


# characters


@defect
def decomposed(d, rng):
    return spoiled(unicodedata.normalize("NFD", encode(d)), encode(d))


@defect
def html_entities(d, rng):
    escaped = html.escape(tag(d)).replace("’", "&rsquo;").replace("é", "&eacute;")
    return spoiled(f"{escaped}\n{rows(d)}", encode(d))


@defect
def html_everywhere(d, rng):
    return Case(html.escape(encode(d)))


@defect
def html_in_json(d, rng):
    return Case(encode_claims(d).replace("’", "&#8217;").replace("é", "&eacute;"))


@defect
def byte_order_mark(d, rng):
    return Case("\ufeff" + encode(d))


# our own text, changed


@defect
def our_apostrophes(d, rng):
    return spoiled(encode(d).replace("’", "'"), encode(d), ours=True)


@defect
def our_spaces(d, rng):
    changed = tag(d).replace(" :", "\u00a0:").replace(". ", ".  ").replace("« ", "«\u202f")
    return inline(f" {changed} ", d, ours=True)


@defect
def our_quotes(d, rng):
    changed = tag(d).replace("« ", '"').replace(" »", '"').replace(' "', " “").replace('"', "”")
    return spoiled(f"{changed}\n{rows(d)}", encode(d), ours=True)


@defect
def our_text_decomposed(d, rng):
    reply = unicodedata.normalize("NFD", encode(d))
    return spoiled(reply, encode(d), ours=True)


@defect
def our_words(d, rng):
    changed = re.sub(r" (la|le|de|à|une|un) ", r" \1 fameux ", tag(d), count=1)
    return (
        None if changed == tag(d) else inline(changed, d, ours=True, expected=Reason.TEXT_CHANGED)
    )


@defect
def our_text_in_json(d, rng):
    written = claims(d)
    del written["text"]
    return Case(json.dumps(written, ensure_ascii=False), ours=True)


@defect
def our_text_changed_in_json(d, rng):
    written = claims(d)
    written["text"] = written["text"].replace("a", "o")
    return Case(json.dumps(written), Reason.TEXT_CHANGED, ours=True)


@defect
def our_first_line(d, rng):
    return spoiled(encode(d).replace("\\n", "\n"), encode(d), ours=True)


# no answer


@defect
def refusal(d, rng):
    return Case("Désolé, je ne peux pas inventer un tel événement.", Reason.REFUSAL)


@defect
def stopped_by_filter(d, rng):
    return Case(encode(d)[:50], Reason.REFUSAL, "content_filter")


@defect
def empty(d, rng):
    return Case(" \n" * rng.randint(0, 3), Reason.EMPTY_REPLY)


@defect
def only_reasoning(d, rng):
    return Case(f"<think>{encode(d)}</think>\n", Reason.EMPTY_REPLY)


@defect
def no_tags(d, rng):
    return Case(d.text.replace("\n", " "), Reason.NO_TEXT)


@defect
def no_relations(d, rng):
    return Case(tag(d), Reason.NO_RELATIONS)
