"""The network of the student `seq2seq`: its masks, its weights, its batches, its thresholds."""

import json

import numpy as np
import pytest
import torch

from augment.errors import ConfigError
from augment.train.schema import schema
from augment.train.seq2seq import loop
from augment.train.seq2seq.questions import known
from tests.helpers import doc
from tests.llm.fitted_seq2seq import FAMILIES, fitted, same
from tests.llm.writers import make
from tests.train.small import GUIDE, birth, home, world


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    return {family: make(family, tmp_path_factory.mktemp(family)) for family in FAMILIES}


def farther(words):
    """« Paul et encore … Lyon. »"""
    return doc(f"[[0:CIVILIAN|Paul]] {'et encore ' * words}[[1:PLACE|Lyon]].", id="far")


@pytest.mark.parametrize(
    "update", [{"labelled": ("IS_BORN_IN",)}, {"masked": ((0, "RESIDES_IN", 1),)}]
)
def test_about_a_masked_pair_and_a_type_not_labelled_nothing_is_asked(models, update):
    student = fitted(models["llama"], world(4), epochs=1)
    for document, asked in [
        (home(2), {"IS_BORN_IN", "RESIDES_IN"}),
        (home(2, **update), {"IS_BORN_IN"}),
        (home(2, labelled="none"), set()),
    ]:
        lesson = student._lesson([document], [1.0])
        assert {question.kind for question in lesson.asked.all()} == asked
    silent = [birth(n, id=f"s{n}", labelled="none") for n in range(4)]
    assert same(student, fitted(models["llama"], [*world(4), *silent], epochs=1))


def test_what_is_held_out_and_asks_nothing_decides_nothing(models):
    silent = [doc("Rien.", id=f"s{n}") for n in range(60)]
    student = fitted(models["llama"], [*world(4), *silent], held_out=0.1, epochs=4, patience=1)
    assert [(e.f1, e.held_loss) for e in student.history] == [(None, None)] * 4


def test_what_an_answer_begins_with_is_found_or_refused(tmp_path):
    base = make("t5", tmp_path)
    for name in ("config.json", "generation_config.json"):
        written = json.loads((tmp_path / name).read_text())
        written.pop("decoder_start_token_id", None)
        (tmp_path / name).write_text(json.dumps(written))
    with pytest.raises(ConfigError, match="what an answer begins with"):
        fitted(base, world(2))
    (tmp_path / "generation_config.json").write_text('{"decoder_start_token_id": 0}')
    assert fitted(base, world(2))._answerer.lead[0] == 0


def test_weights_count_documents(models):
    wrong = [birth(n, id=f"w{n}", relations=()) for n in range(4)]
    without = fitted(models["t5"], world(4))
    assert same(without, fitted(models["t5"], [*world(4), *wrong], [1.0] * 4 + [0.0] * 4))
    uneven = [1.0] * 4 + [0.25] * 4  # counts whatever is in a step
    plain, twice, less = (
        fitted(models["t5"], world(8), w, batch=1) for w in (None, [2.0] * 8, uneven)
    )
    assert same(plain, twice) and not same(plain, less)
    without._answerer.eval()
    one, two = (without._lesson([birth(1)], [w]) for w in (1.0, 2.0))
    losses = [loop.loss(without._answerer, x, x.asked.all()).item() for x in (one, two)]
    assert losses[1] == pytest.approx(2 * losses[0]) != 0


@pytest.mark.parametrize("family", ["t5", "bart", "llama", "gemma2"])
def test_scores_and_gradients_are_the_same_whatever_is_in_memory_at_once(family, tmp_path):
    student = fitted(make(family, tmp_path), world(4))  # bart: places learnt; gemma2: they slide
    answerer = student._answerer.eval()
    lesson = student._lesson([*world(6), farther(50)], [1.0] * 7)
    questions = lesson.asked.all()
    prompts = lesson.prompts(answerer, questions)
    whole = answerer.scores(prompts).detach()
    assert len({len(p.pair) for p in prompts}) > 2 and whole.std() > 0.01
    for size in (1, 3, 8):  # a decoder reads what is about one pair once
        assert answerer.answers(prompts, size) == pytest.approx(whole.numpy(), abs=1e-4)

    def gradients(size):
        answerer.zero_grad()
        for start in range(0, len(questions), size):
            loop.loss(answerer, lesson, questions[start : start + size]).backward()
        named = answerer.named_parameters()
        return {name: p.grad.clone() for name, p in named if p.grad is not None}

    one, all = gradients(1), gradients(len(questions))
    assert one and all.keys() == one.keys()
    for name, tensor in one.items():
        assert torch.allclose(tensor, all[name], atol=1e-4), name


def test_thresholds_are_tuned_by_type_and_drawn_to_the_common_one():
    documents = [d.model_copy(update={"id": str(n)}) for n, d in enumerate(world(8) * 40)]
    types = schema(documents, GUIDE).only(["IS_BORN_IN", "RESIDES_IN"])
    asked = known(documents, types)
    positive = asked.positive.astype(float)
    over = np.stack([3 * positive[:, 0] - 4.5, 3 * positive[:, 1] + 0.5], axis=1)
    found = loop.tuned(over, asked, np.ones(len(documents)))
    few = loop.tuned(over[:8], known(documents[:8], types), np.ones(8))
    apart = [t["RESIDES_IN"] - t["IS_BORN_IN"] for t in (found, few)]
    assert 0 < apart[1] < apart[0] / 5 and apart[0] > 3
    none = known([d.model_copy(update={"relations": ()}) for d in documents], types)
    assert loop.tuned(over, none, np.ones(len(documents))) == {"IS_BORN_IN": 0.0, "RESIDES_IN": 0.0}
