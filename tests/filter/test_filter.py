import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augment.filter import FilterSettings, filter
from augment.guide.model import Guide
from augment.overlap import Leaks
from augment.read import read_all
from augment.schema import Candidate, Document, Drop, Meta
from tests.helpers import corpora, doc

GUIDE = Guide(name="none", entities={}, relations={})
GOLD = "Le maire de la ville assiégée a reçu hier soir deux journalistes dans son abri de béton."
TEST = "Une fanfare jouait pour les enfants du quartier pendant que la neige fondait sur les toits."
OTHER = (
    "Trois convois de vivres ont quitté le port avant l’aube et n’ont pas été revus depuis lors."
)
NEAR = GOLD.replace("deux", "trois")
TRAIN, HELD_OUT = [Document(id="g", text=GOLD)], [Document(id="x", text=TEST)]


def sample(id, text, strategy="compose", parents=(), relations=(), document=None):
    document = document or Document(id=id, text=text)
    meta = Meta(origin="synthetic", parents=parents, strategy=strategy)
    document = document.model_copy(update={"id": id, "meta": meta})
    return Candidate(id=id, order="o", strategy=strategy, document=document)


def run(*candidates, train=TRAIN, held_out=HELD_OUT, guide=GUIDE, **given):
    leaks = Leaks(train, held_out)
    given = FilterSettings(**given)
    return list(filter(candidates, train=train, leaks=leaks, guide=guide, settings=given))


def verdicts(*candidates, **given):
    return [
        (r.reason.value, r.detail) if isinstance(r, Drop) else r.id
        for r in run(*candidates, **given)
    ]


def test_a_new_text_passes_as_it_is():
    new = sample("s", OTHER)
    assert run(new) == [new]


def test_exact_duplicates_of_train_and_of_the_kept():
    shouted = OTHER.upper().replace(" ", "\n")
    assert verdicts(sample("a", f" {GOLD}"), sample("b", OTHER), sample("c", shouted)) == [
        ("exact_duplicate", "equal to train g"),
        "b",
        ("exact_duplicate", "equal to sample b"),
    ]


def test_leaks_come_before_near_duplicates():
    [drop] = run(sample("s", f"Hier, {TEST}"))
    assert (drop.reason, drop.detail) == ("leak_ngrams", "9 of 10 8-grams in x")


def test_near_duplicates_of_train_and_of_the_kept():
    found = verdicts(sample("a", NEAR), sample("b", OTHER), sample("c", f"Oui ! {OTHER}"), near=0.6)
    assert found == [
        ("near_duplicate", "0.67 like train g"),
        "b",
        ("near_duplicate", "0.94 like sample b"),
    ]
    assert verdicts(sample("a", NEAR), near=0.7) == ["a"]


def test_a_dropped_text_holds_nothing_against_later_ones():
    leak = sample("a", f"{TEST} {OTHER}")
    assert verdicts(leak, sample("b", OTHER), near=0.4)[1] == "b"


def test_near_held_out_although_excused_by_train():
    train = [*TRAIN, Document(id="h", text=f"Oui ! {TEST}")]
    rewritten = sample("s", f"Eh bien ! {TEST}", "mentions", parents=("h",))
    assert verdicts(rewritten, train=train) == [("near_duplicate", "0.88 like held-out x")]


@pytest.mark.parametrize("strategy", ["mentions", "tokens", "shuffle", "recombine", "typos"])
def test_rewriting_in_place_may_stay_near_its_parents_and_siblings(strategy):
    a, b = sample("a", f"{NEAR} Oui", strategy, ("g",)), sample("b", NEAR, strategy, ("g",))
    assert verdicts(a, b, near=0.6) == ["a", "b"]
    again = sample("c", NEAR, strategy, ("g",))
    assert verdicts(a, b, again, near=0.6)[2] == ("exact_duplicate", "equal to sample b")


def test_a_sample_that_comes_as_an_addition_may_too():
    made = sample("a", NEAR, "typos", ("g",))
    meta = Meta(parents=("g",), strategy="typos")
    assert verdicts(made, near=0.6) == ["a"]
    document = made.document.model_copy(update={"meta": meta})
    added = made.model_copy(update={"strategy": "nights", "document": document})
    assert verdicts(added, near=0.6) == ["a"]


def test_a_sample_made_from_a_sample_may_stay_near_it():
    found = verdicts(sample("a", OTHER), sample("b", f"Oui ! {OTHER}", "typos", ("a",)))
    assert found == ["a", "b"]


def test_but_not_near_others():
    stranger = Document(id="h", text=OTHER)
    changed = sample("a", f"Oui ! {OTHER}", "mentions", ("g",))
    assert verdicts(changed, train=[*TRAIN, stranger]) == [("near_duplicate", "0.94 like train h")]
    found = verdicts(sample("a", OTHER), sample("b", f"Oui ! {OTHER}", "mentions", ("g",)))
    assert found == ["a", ("near_duplicate", "0.94 like sample a")]


@pytest.mark.parametrize("strategy", ["compose", "templates"])
def test_a_written_text_may_not_be_near_its_examples(strategy):
    written = sample("a", NEAR, strategy, ("g",))
    assert verdicts(written, near=0.6) == [("near_duplicate", "0.67 like train g")]


def test_the_language_is_the_guides():
    english = "The city was hit by three missiles on the night of Tuesday, said the mayor."
    assert verdicts(sample("a", english)) == [("wrong_language", "en, not fr")]
    in_english = GUIDE.model_copy(update={"language": "en"})
    assert verdicts(sample("a", english), sample("b", OTHER), guide=in_english) == [
        "a",
        ("wrong_language", "fr, not en"),
    ]


def with_relations(id, text, *relations):
    tagged = doc(f"[[1:PERSON|Ana]] et [[2:PERSON|Luc]] : {text}", *relations)
    return sample(id, "", document=tagged)


def test_quotas_drop_what_only_has_types_that_are_full():
    a = with_relations("a", OTHER, (1, "MET", 2), (2, "MET", 1))
    b = with_relations("b", THIRD, (1, "MET", 2), (1, "CITES", 2))
    c = with_relations("c", "Rien à signaler ce matin.", (1, "MET", 2), (1, "CITES", 2))
    d = with_relations("d", "Les routes du nord sont coupées.", (1, "KNOWS", 2))
    quotas = {"MET": 2, "CITES": 1}
    assert verdicts(a, b, c, d, quotas=quotas) == [
        "a",
        "b",
        ("over_quota", "enough of CITES, MET"),
        "d",
    ]
    assert verdicts(a, b, c, d) == ["a", "b", "c", "d"]


THIRD = "La centrale ne transmet plus aucune mesure, selon l’agence, et personne ne sait pourquoi."


def test_a_drop_names_the_parent_and_holds_the_document():
    candidate = sample("s", GOLD, "mentions", ("g", "h"))
    [drop] = run(candidate)
    assert (drop.id, drop.stage, drop.parent) == ("s", "filter", "g")
    assert Document.model_validate_json(drop.raw) == candidate.document


words = st.sampled_from(f"{GOLD} {TEST}".split())
candidates = st.lists(
    st.builds(
        lambda text, strategy, parents: (text, strategy, parents),
        st.lists(words, min_size=1, max_size=14).map(" ".join)
        | st.sampled_from([GOLD, TEST, NEAR, OTHER, f"Oui, {OTHER}"]),
        st.sampled_from(["mentions", "compose"]),
        st.sampled_from([(), ("g",), ("0",)]),
    ),
    max_size=12,
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(candidates)
def test_filters_partition_their_input(drawn):
    batch = [sample(str(i), text, *rest) for i, (text, *rest) in enumerate(drawn)]
    out = run(*batch, near=0.6)
    assert [record.id for record in out] == [candidate.id for candidate in batch]
    kept = [record for record in out if not isinstance(record, Drop)]
    assert kept == [batch[int(record.id)] for record in kept]
    assert run(*kept, near=0.6) == kept
    assert len({" ".join(c.document.text.casefold().split()) for c in kept}) == len(kept)


def test_it_streams():
    pulled = []

    def endless():
        for i in range(1000):
            pulled.append(i)
            yield sample(str(i), f"{OTHER} {i}")

    leaks = Leaks(TRAIN, HELD_OUT)
    next(filter(endless(), train=TRAIN, leaks=leaks, guide=GUIDE))
    assert pulled == [0]


@pytest.mark.corpora
def test_composed_replies_are_no_copies():
    train, _ = read_all(corpora("textmine", "train.csv"))
    texts, _ = read_all(corpora("..", "replies", "compose"))
    names = frozenset({"FIRSTNAME", "LASTNAME"})
    batch = [sample(text.id, "", document=text) for text in texts]
    leaks = Leaks(train[100:], train[:100], names)
    assert list(filter(batch, train=train[100:], leaks=leaks, guide=GUIDE)) == batch
