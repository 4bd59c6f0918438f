import json
import re
import stat
import unicodedata
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augment.codec import decode, encode
from augment.errors import PathError, StoreError
from augment.generate import Connection, connect
from augment.guide import load
from augment.policy import Level
from augment.read import read_all
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Entity, Mention
from augment.spans import check
from augment.surrogates import Vault, back, known, pseudonymise, restore, restore_text, shown
from augment.surrogates.fold import fold
from augment.surrogates.known import units
from tests.generate.common import ask, run
from tests.helpers import ROOT, corpora, doc
from tests.policy.raw import raw
from tests.properties.strategies import documents

TYPES = frozenset({"FIRSTNAME", "LASTNAME"})
IGOR = (
    "L’avis d’[[1:CIVILIAN|[[2:FIRSTNAME|Igor]] [[3:LASTNAME|Kirov]]]] et de "
    "[[4:CIVILIAN|[[5:FIRSTNAME|Anna]] [[6:LASTNAME|von der Brück]]]] : KIROV ment, dit Mme Brück."
)


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "vault.jsonl")


def hide(vault, tagged, *relations, others=(), **update):
    document = doc(tagged, *relations, **update)
    names = known([document], TYPES, frozenset(others))
    hidden = pseudonymise(document, names, vault)
    assert isinstance(hidden, Document), hidden
    check(hidden)
    assert restore(hidden, document.id, vault) == document
    return document, hidden


def values(document):
    return {e.id: [m.value for m in e.mentions] for e in document.entities}


def test_parts_of_a_name_are_consistent_and_elision_and_case_are_kept(vault):
    _, hidden = hide(vault, IGOR)
    first, last = values(hidden)[2][0], values(hidden)[3][0]
    german = values(hidden)[6][0]
    assert first[0] in "AEIOU" and last[0] not in "AEIOU"
    assert values(hidden)[1] == [f"{first} {last}"]
    assert german.startswith("von der ") and german != "von der Brück"
    assert hidden.text == (
        f"L’avis d’{first} {last} et de {values(hidden)[4][0]} : "
        f"{last.upper()} ment, dit Mme {german[8:]}."
    )


def test_of_an_h_the_text_tells_whether_it_is_elided(vault):
    _, mute = hide(vault, "Le fils d’[[1:FIRSTNAME|Henri]] part.", id="a")
    _, heard = hide(vault, "Le fils de [[1:FIRSTNAME|Hassan]] part.", id="b")
    assert values(mute)[1][0][0] in "AEIOU"
    assert values(heard)[1][0][0] not in "AEIOU"


def test_the_gender_is_kept_where_the_text_tells_it(vault):
    from augment.surrogates.choose import _pools

    pools = _pools()
    women = {name for names in pools["f"].values() for name in names}
    men = {name for names in pools["m"].values() for name in names}
    for n, (tagged, relations, pool) in enumerate(
        [
            ("Mme [[1:FIRSTNAME|Oksana]] part.", [], women),
            ("M. [[1:FIRSTNAME|Oksana]] part.", [], men),
            ("[[0:CIVILIAN|[[1:FIRSTNAME|Li]]]] part.", [(0, "GENDER_FEMALE", 0)], women),
            ("[[0:CIVILIAN|[[1:FIRSTNAME|Li]]]] part.", [(0, "GENDER_MALE", 0)], men),
        ]
    ):
        _, hidden = hide(vault, tagged, *relations, id=f"d{n}")
        assert values(hidden)[1][0] in pool


def test_spellings_of_one_name_stay_alike_and_apart(vault):
    _, hidden = hide(
        vault, "[[1:LASTNAME|Zelensky]], [[1:LASTNAME|Zelenski]], Zélensky et ZELENSKY."
    )
    written = re.findall(r"\w{3,}", hidden.text)
    assert len(set(written)) == 4
    assert len({word[:4].lower() for word in written}) == 1


def test_everyday_words_are_names_with_a_capital_or_where_annotated(vault):
    document = doc(
        "[[1:LASTNAME|Petit]] a un petit chien ; [[2:LASTNAME|petit]] part ; kirov aussi."
    )
    corpus = [
        document,
        doc("Un petit incendie.", id="x"),
        doc("[[1:LASTNAME|Kirov]] dort.", id="y"),
    ]
    hidden = pseudonymise(document, known(corpus, TYPES), vault)
    assert " un petit chien " in hidden.text and "kirov" not in hidden.text
    assert values(hidden)[2][0].islower() and values(hidden)[2] != ["petit"]
    assert restore(hidden, "d", vault) == document


def test_contacts_title_source_and_ids_are_replaced_too(vault):
    contacts = (
        "Écrire à igor.kirov@mil.ru ou @kirov, www.kirov.ru/a?b=1, tél. 06 12 34 56 78 "
        "ou +7 495 123 45 67."
    )
    document = doc(f"[[kirov:LASTNAME|Kirov]]. {contacts}", ("kirov", "GENDER_MALE", "kirov"))
    meta = document.meta.model_copy(
        update={"title": "Kirov ment", "source": "https://kirov.ru/1", "parents": ("x",)}
    )
    document = document.model_copy(update={"meta": meta})
    hidden = pseudonymise(document, known([document], TYPES), vault)
    assert "kirov" not in hidden.model_dump_json().lower()
    assert not re.search(r"06 12|495|mil\.ru", hidden.text)
    assert "contact1@exemple.fr" in hidden.text
    assert restore(hidden, "d", vault) == document


def test_other_types_are_hidden_when_the_policy_says_so(vault):
    tagged = (
        "La [[1:ORG|mairie de [[2:PLACE|Kherson]]]] et l’[[3:ORG|OTAN]], dit [[4:LASTNAME|Roy]]."
    )
    _, hidden = hide(vault, tagged, others=("PLACE", "ORG"))
    assert hidden.text.startswith("La mairie de ")
    assert not re.search("Kherson|OTAN|Roy", hidden.text)
    assert values(hidden)[3][0].isupper()


def test_names_of_other_documents_are_hidden_unless_they_are_everyday_words(vault):
    first = doc("[[0:CIVILIAN|[[1:LASTNAME|Durant]]]], [[2:LASTNAME|Kirov]].", id="a")
    second = doc(
        "Durant la nuit, l’usine Kirov brûle à [[1:PLACE|Kiev]] durant des heures.", id="b"
    )
    bare = doc("Selon [[0:CIVILIAN|Miri]], c’est fini.", id="c")
    more = doc("Durant trois jours, et durant la nuit.", id="x")
    names = known([first, second, bare, more], TYPES)
    hidden = pseudonymise(second, names, vault)
    assert hidden.text.startswith("Durant la nuit") and "Kirov" not in hidden.text
    assert "Miri" not in pseudonymise(bare, names, vault).text


def test_the_same_document_gets_the_same_names_and_others_get_others(tmp_path):
    document = doc(IGOR)
    names = known([document], TYPES)
    one = pseudonymise(document, names, Vault(tmp_path / "1"))
    two = pseudonymise(document, names, Vault(tmp_path / "2"))
    other = document.model_copy(update={"id": "other"})
    assert one == two
    assert pseudonymise(other, names, Vault(tmp_path / "3")).text != one.text


def test_a_text_without_annotation_is_refused(vault):
    names = known([doc(IGOR)], TYPES)
    for document, types in ((doc("Igor Kirov part."), names), (doc(IGOR), known([], frozenset()))):
        refused = pseudonymise(document, types, vault)
        assert refused.reason is Reason.NOT_ALLOWED
        assert "not annotated" in refused.detail
    assert "d" not in vault


def test_a_border_inside_a_name_is_a_drop(vault):
    document = doc("[[1:LASTNAME|Kirov]] part. [[2:PLACE|Kir]]ov aussi.")
    refused = pseudonymise(document, known([document], TYPES), vault)
    assert refused.reason is Reason.UNSAFE_REWRITE


@pytest.mark.parametrize(
    ("level", "rights", "expected"),
    [
        (Level.EXAMPLES, {}, "as it is"),
        (Level.PSEUDONYMISED, {}, "hidden"),
        (Level.GUIDE, {}, "refused"),
        (Level.NOTHING, {}, "refused"),
        (Level.EXAMPLES, {"remote_llm": False}, "refused"),
        (Level.EXAMPLES, {"remote_llm": "pseudonymised"}, "hidden"),
        (Level.GUIDE, {"remote_llm": True}, "refused"),
    ],
)
def test_what_is_shown_follows_the_level_and_the_rights(vault, level, rights, expected):
    document = doc(IGOR)
    meta = document.meta.model_copy(update={"rights": rights})
    document = document.model_copy(update={"meta": meta})
    given = shown(document, level, known([document], TYPES), vault)
    if isinstance(given, Drop):
        assert (expected, given.reason) == ("refused", Reason.NOT_ALLOWED)
        assert Document.model_validate_json(given.raw) == document
    else:
        assert expected == ("as it is" if given == document else "hidden")


def test_replies_come_back_with_real_names_in_tags_and_in_json(vault):
    document, hidden = hide(vault, IGOR)
    assert restore_text(encode(hidden), "d", vault) == encode(document)
    for ascii_only in (True, False):
        sent = json.dumps({"text": f"Oui.\n{hidden.text}\t{hidden.text}"}, ensure_ascii=ascii_only)
        real = json.dumps(
            {"text": f"Oui.\n{document.text}\t{document.text}"}, ensure_ascii=ascii_only
        )
        assert json.loads(restore_text(sent, "d", vault)) == json.loads(real)


def test_an_annotation_of_the_hidden_text_is_carried_back(vault):
    document, hidden = hide(vault, IGOR)
    first, last = values(hidden)[2][0], values(hidden)[3][0]
    tagged = hidden.text.replace(f"{first} {last}", f"[[7:PERSON|{first} {last}]]", 1)
    tagged = tagged.replace("ment, dit", "[[8:VERB|ment]], dit")
    reply = decode(tagged, id="reply")
    found = restore(reply, "d", vault)
    check(found)
    assert found.text == document.text
    assert values(found) == {7: ["Igor Kirov"], 8: ["ment"]}


def test_a_new_text_about_the_same_people_gets_their_names(vault):
    _, hidden = hide(vault, IGOR)
    last = values(hidden)[3][0]
    reply = doc(f"Le clan {last.upper()} : [[1:LASTNAME|{last}]] et {last.lower()}x.", id="new")
    candidate = Candidate(id="new", order="o", strategy="restyle", document=reply)
    assert back(candidate, "d", vault).document.text == f"Le clan KIROV : Kirov et {last.lower()}x."
    assert back(candidate, "unknown", vault) is back(candidate, None, vault) is candidate
    cut = candidate.model_copy(update={"document": doc(f"[[1:A|{last[:3]}]]{last[3:]}")})
    assert back(cut, "d", vault).reason is Reason.UNSAFE_REWRITE


NAMES = ["Igor", "IGOR", "Kirov", "kirov", "Zoé", "Zoe\u0301", "Jean-Paul", "Jean", "O’Hara", "Li"]
GLUE = [
    " ",
    "-",
    "’",
    "d’",
    "_",
    "\n",
    "\\n",
    ", ",
    "",
    "é",
    "@",
    "1",
    "a.b@c.fr ",
    "http://Igor.fr/",
]


@st.composite
def named(draw):
    """Texts full of names, in any case and glued to anything, with mentions of some of them."""
    parts = draw(st.lists(st.sampled_from(NAMES) | st.sampled_from(GLUE), min_size=1, max_size=14))
    text, spans, at = "".join(parts), [], 0
    for part in parts:
        if part in NAMES and draw(st.booleans()):
            spans.append((at, at + len(part)))
        at += len(part)
    entities = tuple(
        Entity(
            id=draw(st.sampled_from([n, f"e{n}", f"kirov{n}", f"Igor-{n}"])),
            type=draw(st.sampled_from(["FIRSTNAME", "LASTNAME", "PLACE"])),
            mentions=(Mention(start=s, end=e, value=text[s:e]),),
        )
        for n, (s, e) in enumerate(spans)
    )
    return Document(id=draw(st.sampled_from("abc")), text=text, entities=entities)


def round_trip(document, tmp_path):
    vault = Vault(tmp_path / f"{abs(hash(document.model_dump_json()))}.jsonl")
    hidden = pseudonymise(document, known([document], TYPES), vault)
    if isinstance(hidden, Drop):
        assert hidden.reason in (Reason.NOT_ALLOWED, Reason.UNSAFE_REWRITE)
        return
    assert all(hidden.text[m.start : m.end] == m.value for _, m in hidden.mentions())
    assert restore(hidden, document.id, vault) == document
    for entity, mention in document.mentions():
        if entity.type in TYPES:
            for start, end in units(mention.value):
                word = rf"(?<![^\W_]){re.escape(mention.value[start:end])}(?![^\W_])"
                assert not re.search(word, unicodedata.normalize("NFC", hidden.text))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("vaults")


@given(document=named())
@settings(deadline=None, derandomize=True, max_examples=400)
def test_names_go_and_come_back_exactly(document, place):
    round_trip(document, place)


@given(document=documents(wild=True, crossing=True) | documents())
@settings(deadline=None, derandomize=True)
def test_any_document_goes_and_comes_back_exactly(document, place):
    round_trip(document, place)


def outgoing(document_list, guide, place):
    """What a server receives when every document is shown to it, and the vault."""
    vault, names = Vault(place), known(document_list, guide.person_names)
    given = [shown(d, Level.PSEUDONYMISED, names, vault) for d in document_list]
    kept = [d for d in given if isinstance(d, Document)]
    with (
        raw() as server,
        closing(connect("openai", Connection(base_url=f"{server.url}/v1"))) as backend,
    ):
        run([ask(encode(d), str(n)) for n, d in enumerate(kept)], backend, concurrency=8)
    return vault, kept, [json.loads(body)["messages"][0]["content"] for *_, body in server.received]


def check_corpus(document_list, guide, place):
    vault, kept, sent = outgoing(document_list, guide, place)
    assert len(kept) == len(document_list) == len(sent)
    by_text = {encode(d): d.id for d in kept}
    everyday = known(document_list, guide.person_names).common
    every = {fold(n).text for d in kept for n in vault.names(d.id)} - everyday
    for content in sent:
        text = decode(content, id="x").text
        own = {fold(n).text for n in vault.names(by_text[content])}
        words = {
            fold(w).text for w in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text) if w[0].isupper()
        }
        assert not words & (own | every)
    back_ = [restore(d, d.id, vault) for d in kept]
    assert back_ == document_list


def test_no_real_name_of_the_sample_is_sent(tmp_path):
    found, _ = read_all(ROOT / "data/sample/train.txt")
    check_corpus(found, load("ukraine_live"), tmp_path / "vault")


@pytest.mark.corpora
def test_no_real_name_of_a_corpus_is_sent(tmp_path):
    found, _ = read_all(corpora("textmine", "train.csv"))
    check_corpus(found, load("textmine"), tmp_path / "vault")


def test_the_vault_is_its_owners_and_is_read_again(tmp_path):
    place = tmp_path / "deep" / "vault.jsonl"
    document, hidden = hide(Vault(place), IGOR)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    place.chmod(0o644)
    again = Vault(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert restore(hidden, "d", again) == document
    size = place.stat().st_size
    again.put("d", document.text, again.names("d"))
    assert place.stat().st_size == size


def test_faults_of_the_vault(tmp_path, vault):
    _, hidden = hide(vault, IGOR)
    with pytest.raises(StoreError, match="another text"):
        vault.put("d", "autre", {})
    for missing in (Vault(tmp_path / "new"), vault):
        with pytest.raises(StoreError, match="no surrogates of document"):
            restore(hidden, "unknown" if missing is vault else "d", missing)
    (tmp_path / "bad").write_text("{}\n")
    (tmp_path / "binary").write_bytes(b"\xff\n")
    for name in ("bad", "binary"):
        with pytest.raises(StoreError):
            Vault(tmp_path / name)
    with pytest.raises(PathError):
        Vault(tmp_path)
    whole = vault.path.read_bytes()
    vault.path.write_bytes(whole + b'{"document": "\xc3')
    assert "d" in Vault(vault.path) and vault.path.read_bytes() == whole
    vault.path = tmp_path
    with pytest.raises(StoreError, match="cannot store names"):
        vault.put("e", "t", {})
    assert "e" not in vault
