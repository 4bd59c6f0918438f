"""The encoder's mentions, clusters and chains, with real, tiny encoders.

Run by tests/train/test_transformer.py.
"""

import json
import signal
import subprocess
import sys
import time
import unicodedata

import pytest
import torch
from safetensors import safe_open

from augment import mentions
from augment.cli import main
from augment.errors import ConfigError, PathError
from augment.protocols import Linker as LinkerShape
from augment.protocols import Recogniser as RecogniserShape
from augment.read import read_all, write
from augment.spans import check
from augment.train import Resumable
from augment.train.chain import load, untrained
from augment.train.coref.encoder import Linker
from augment.train.ner.encoder import Recogniser
from augment.train.transformer import loop
from augment.train.transformer.checkpoint import FILE
from tests.helpers import ROOT, doc
from tests.llm.encoders import make
from tests.llm.fitted import QUICK, same
from tests.train.small import GUIDE, NAMES, PLACES

PARTS = {"ner": Recogniser, "coref": Linker}
BOTH = pytest.mark.parametrize("part", PARTS)
LEARN = {"epochs": 12, "batch": 1, "rate": 2e-3, "head_rate": 5e-3}
LAST = "Martin Roy Petit Durand Moreau Simon Garnier Faure".split()
BEFORE = ["", "E\u0301te\u0301 ! ", "🇫🇷 👩‍👩‍👧 ", "«\u00a0"]
NESTED = "[[0:CIVILIAN|[[1:FIRSTNAME|{}]] [[2:LASTNAME|{}]]]]"


def news(n, *relations):
    """« Paul Martin est né à Lyon. Il habite à Brest. » with nested mentions.

    Three in four begin with what takes more than one character; one in four is decomposed.
    """
    who = NESTED.format(NAMES[n % len(NAMES)], LAST[n % len(LAST)])
    places = PLACES[n % len(PLACES)], PLACES[(n + 3) % len(PLACES)]
    other = NAMES[(n + 5) % len(NAMES)]
    tagged = (
        f"{BEFORE[n % 4]}{who} est né à [[3:PLACE|{places[0]}]]. [[0:CIVILIAN|Il]] habite à "
        f"[[4:PLACE|{places[1]}]] avec [[5:CIVILIAN|{other}]]."
    )
    tagged = unicodedata.normalize("NFD", tagged) if n % 4 == 1 else tagged
    return doc(tagged, *relations, id=f"news{n}")


def world(number=20):
    return [news(n, (0, "IS_BORN_IN", 3), (0, "RESIDES_IN", 4)) for n in range(number)]


def raw(document):
    nothing = {"entities": (), "relations": (), "labelled": "none"}
    return document.model_copy(update=nothing)


def fitted(part, model, documents, weights=None, *, seed=0, guide=None, **settings):
    made = PARTS[part](guide, seed, model=model, **{**QUICK, **settings})
    made.fit(documents, weights)
    return made


def found(made, *documents):
    """The documents with what was found; a recogniser sees the text alone."""
    given = [raw(d) for d in documents] if isinstance(made, Recogniser) else documents
    answers = [
        d.model_copy(update={"entities": e, "relations": ()})
        for d, e in zip(documents, made.predict(given), strict=True)
    ]
    for answer in answers:
        check(answer)
    return answers


def right(made, *documents):
    """Whether all that was found is what there is."""
    of = mentions.mentions if isinstance(made, Recogniser) else mentions.clusters
    return [of(a) for a in found(made, *documents)] == [of(d) for d in documents]


@pytest.fixture(scope="module")
def taught(tiny):
    return {part: fitted(part, tiny, world(), **LEARN) for part in PARTS}


@BOTH
def test_learns_twenty_documents_by_heart_and_is_the_same_when_loaded(part, taught, tmp_path):
    made = taught[part]
    assert isinstance(made, {"ner": RecogniserShape, "coref": LinkerShape}[part])
    assert right(made, *world())
    made.save(tmp_path / "m")
    (tmp_path / "m").rename(tmp_path / "elsewhere")
    again = getattr(load(tmp_path / "elsewhere"), part)
    assert isinstance(again, PARTS[part]) and same(again, made)
    documents = [*world(70), doc("Rien."), doc("…")]
    answers = found(made, *documents)
    assert found(again, *documents) == answers
    assert answers == [found(made, d)[0] for d in documents]  # neighbours change nothing
    again.save(tmp_path / "again")
    kept = {p.name: p.read_bytes() for p in (tmp_path / "elsewhere").rglob("*") if p.is_file()}
    assert kept == {p.name: p.read_bytes() for p in (tmp_path / "again").rglob("*") if p.is_file()}


def test_the_sample_is_learnt_by_heart(tiny):
    documents = read_all(ROOT / "data" / "sample" / "train.txt")[0][:20]
    made = fitted("ner", tiny, documents, **LEARN)
    parts = [mentions.exact(d, a) for d, a in zip(documents, found(made, *documents), strict=True)]
    assert mentions.whole(parts).f1 > 0.95
    linker = fitted("coref", tiny, documents, **LEARN)
    linked = list(zip(documents, found(linker, *documents), strict=True))
    wrong = sum(mentions.clusters(a) != mentions.clusters(b) for a, b in linked)
    assert wrong <= 2


@pytest.mark.parametrize("family", ["modernbert", "deberta-v2"])
def test_other_families_learn_too(family, tmp_path):
    made = fitted("ner", make(family, tmp_path), world(8), **LEARN)
    assert right(made, *world(8))


@BOTH
def test_offsets_are_exact_after_what_takes_more_than_one_character(part, taught):
    emoji, accents = world()[2], world()[5]
    assert emoji.text.startswith("🇫🇷") and "Le\u0301a" in accents.text
    assert right(taught[part], emoji, accents)


def test_crossing_spans_are_never_found(taught):
    for document in found(taught["ner"], *[news(n) for n in range(20, 60)]):
        spans = sorted(mentions.spans(document))
        assert not any(a[0] < b[0] < a[1] < b[1] for a in spans for b in spans)


def test_a_span_has_a_row_whatever_its_length(tiny):
    made = fitted("ner", tiny, world(4), epochs=1)
    (item,) = made._items(world(1))
    first, last = item.spans()
    _, positive = item.labels()
    rows = {
        (int(first[r]), int(last[r]), made.types[k])
        for r, k in zip(*positive.nonzero(), strict=True)
    }
    assert rows == {
        (0, 1, "CIVILIAN"),
        (0, 0, "FIRSTNAME"),
        (1, 1, "LASTNAME"),
        (5, 5, "PLACE"),
    } | {(a, b, kind) for a, b, kind in rows if a > 5}
    assert len(rows) == 7 and made.longest == 2
    assert len(first) == len(item.words) * 2 - 1 == len(made._network([item])[0])


def long(n, *, then):
    """A text of many windows, whose last sentence is the one to learn."""
    text = "[[9:PLACE|Caen]] dort " + "et encore " * 150 + f". [[0:CIVILIAN|{NAMES[n]}]] {then}."
    return doc(text, id=f"long{n}")


def test_long_documents_are_read_in_overlapping_windows(tiny):
    texts = [
        long(n, then=then)
        for n in (1, 2)
        for then in ("vit à [[1:PLACE|Lyon]]", "part : [[0:CIVILIAN|il]] dort")
    ]
    texts = [d.model_copy(update={"id": f"d{n}"}) for n, d in enumerate(texts)]
    made = fitted("ner", tiny, texts, **LEARN, overlap=32)
    assert len(made._items(texts)[0].windows) > 2
    assert right(made, *texts)
    assert right(fitted("coref", tiny, texts, **LEARN, overlap=32), *texts)


@BOTH
def test_the_same_seed_gives_the_same_weights(part, tmp_path):
    encoder = make("camembert", tmp_path)  # with dropout
    torch.manual_seed(1)
    one = fitted(part, encoder, world(8), held_out=0.25)
    torch.manual_seed(2)
    again = fitted(part, encoder, world(8), held_out=0.25)
    assert same(one, again) and one._known() == again._known()
    assert not same(one, fitted(part, encoder, world(8), held_out=0.25, seed=1))


@BOTH
def test_it_keeps_the_best_on_what_is_held_out(part, tiny):
    # the documents differ too much for what is held out to be got right
    documents = read_all(ROOT / "data" / "sample" / "train.txt")[0][:8]
    made = fitted(part, tiny, documents, epochs=30, held_out=0.25, patience=1)
    best = max(range(len(made.history)), key=lambda n: made.history[n].f1)
    assert best < len(made.history) - 1 < 29
    _, held = made._split(documents, None)
    items = [item for item, _ in held]
    assert loop.evaluate(made._network, items, made.settings)[0] == made.history[best].f1


@BOTH
def test_documents_of_no_weight_and_raw_text_teach_nothing(part, tiny):
    one = fitted(part, tiny, world(6))
    wrong = [d.model_copy(update={"entities": d.entities[3:], "id": f"w{d.id}"}) for d in world(6)]
    assert same(one, fitted(part, tiny, [*world(6), *wrong], [1.0] * 6 + [0.0] * 6))
    unlabelled = [d.model_copy(update={"labelled": "none", "relations": ()}) for d in world(6)]
    texts = [raw(d).model_copy(update={"id": f"raw{d.id}"}) for d in world(6)]
    assert same(one, fitted(part, tiny, [*unlabelled, *texts]))
    assert not same(one, fitted(part, tiny, world(6), [1.0] * 5 + [3.0]))


@BOTH
def test_types_take_the_name_that_the_guide_gives(part, tiny):
    def aliased(document):
        kinds = {"CIVILIAN": "CIVILIAN_0"}
        entities = [
            e.model_copy(update={"type": kinds.get(e.type, e.type)}) for e in document.entities
        ]
        return document.model_copy(update={"entities": tuple(entities)})

    one = fitted(part, tiny, world(6), guide=GUIDE)
    assert same(one, fitted(part, tiny, [aliased(d) for d in world(6)], guide=GUIDE))
    known = one.types if part == "ner" else one.kinds.values()
    assert "CIVILIAN" in known and "CIVILIAN_0" not in known
    if part == "coref":
        kinds = {e.type for e in found(one, aliased(news(1)))[0].entities}
        assert kinds == {"CIVILIAN_0", "FIRSTNAME", "LASTNAME", "PLACE"}


def test_only_mentions_of_a_type_with_clusters_are_linked(taught):
    assert set(taught["coref"].kinds) == {"CIVILIAN"}
    twice = doc("[[0:PLACE|Lyon]] est loin de [[1:PLACE|Lyon]].")
    assert len(found(taught["coref"], twice)[0].entities) == 2


@BOTH
@pytest.mark.parametrize("documents", [[], [doc("Rien ici.")]])
def test_without_anything_to_learn_nothing_is_found(part, documents, tiny, tmp_path):
    fitted(part, tiny, documents).save(tmp_path)
    answer = found(PARTS[part].load(tmp_path), news(1))[0]
    assert mentions.mentions(answer) == (mentions.mentions(news(1)) if part == "coref" else set())
    assert all(len(e.mentions) == 1 for e in answer.entities)


@BOTH
def test_what_cannot_be_is_said_in_one_line(part, tiny, tmp_path):
    with pytest.raises(ConfigError, match="no encoder"):
        fitted(part, "", world(2))
    with pytest.raises(PathError, match="no encoder of that name"):
        fitted(part, "no/such", world(2))
    with pytest.raises(ConfigError, match="epoch"):
        PARTS[part](epoch=3)
    fitted(part, tiny, world(2), epochs=1).save(tmp_path)
    weights = tmp_path / "encoder" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ConfigError, match="not what was written"):
        PARTS[part].load(tmp_path)


def test_parts_without_a_plug_of_the_name_are_linear():
    sizes = {"epochs": 3}
    parts = untrained("all", "transformer:x", None, 0, sizes)
    assert {p.name for p in parts.values()} == {"transformer"}
    assert {p.model for p in parts.values()} == {"x"}
    assert {p.settings.epochs for p in parts.values()} == {3}
    assert all(isinstance(p, Resumable) for p in parts.values())


def command(folder, out):
    settings = {**QUICK, **LEARN, "held_out": 0.1, "patience": 20}
    options = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    corpus = ["--train", str(folder / "a.jsonl"), "--out", str(folder / out), "--task", "all"]
    return ["train", *corpus, "--student", f"transformer:{folder / 'encoder'}", *options]


def run(*arguments):
    with pytest.raises(SystemExit) as exited:
        main([str(argument) for argument in arguments])
    assert not exited.value.code


def test_a_killed_chain_goes_on_and_ends_with_the_same_weights(tmp_path, capsys):
    make("camembert", tmp_path / "encoder")  # with dropout
    write(world(10), tmp_path / "a.jsonl", format="jsonl")
    killed = command(tmp_path, "killed")
    kept = tmp_path / ".killed.fit" / "coref" / FILE
    process = subprocess.Popen([sys.executable, "-m", "augment", *killed], cwd=ROOT)
    while not kept.exists():
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with safe_open(kept, framework="pt") as file:
        assert 1 <= len(json.loads(file.metadata()["history"])) < LEARN["epochs"]
    run(*killed)
    said = capsys.readouterr().out
    assert "ner: transformer, coref: transformer, relations: transformer" in said
    run(*command(tmp_path, "whole"))
    for task in ("ner", "coref", "relations"):
        models = [
            json.loads((tmp_path / out / task / "model.json").read_text())
            for out in ("killed", "whole")
        ]
        assert models[0] == models[1] and models[0]["history"]
    assert not kept.parent.parent.exists()
    write([raw(d) for d in world(10)], tmp_path / "raw.jsonl", format="jsonl")
    run("predict", tmp_path / "killed", tmp_path / "raw.jsonl", "--out", tmp_path / "p.jsonl")
    answers = read_all(tmp_path / "p.jsonl")[0]
    assert [d.text for d in answers] == [d.text for d in world(10)]
    parts = [mentions.exact(d, a) for d, a in zip(world(10), answers, strict=True)]
    assert mentions.whole(parts).f1 > 0.9
    assert sum(len(d.relations) for d in answers) > 10


@pytest.mark.skipif(not torch.cuda.is_available(), reason="not run: no GPU")
@BOTH
def test_on_a_gpu(part, tiny, tmp_path):
    made = fitted(part, tiny, world(), **LEARN)
    assert next(made._network.parameters()).device.type == "cuda"
    assert right(made, *world())
    made.save(tmp_path)
    assert right(PARTS[part].load(tmp_path), *world())
