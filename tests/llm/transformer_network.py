"""The network of the student `transformer`: its loss, its masks, its windows."""

import json

import numpy as np
import pytest
import torch

from augment.read import read_all
from augment.train.transformer import encoder, loop
from augment.train.transformer.data import items, mention_spans, read
from augment.train.transformer.model import _merged, loss
from augment.train.transformer.settings import Settings
from augment.train.transformer.states import AT_ONCE, encoded
from tests.helpers import ROOT, doc
from tests.llm.encoders import CONTEXT, make
from tests.llm.fitted import FAMILIES, fitted, same, weights_of
from tests.train.small import birth, found, gold, home, world


def scored(*rows):
    return torch.tensor(rows, requires_grad=True)


def test_the_loss_is_that_of_the_paper():
    scores = scored([0.5, 2.0, -1.0, 0.3])
    positive = torch.tensor([[True, False, False]])
    value = loss(scores, positive, torch.ones_like(positive))
    e = np.exp([0.5, 2.0, -1.0, 0.3])
    assert value.item() == pytest.approx(
        -np.log(e[1] / (e[0] + e[1])) - np.log(e[0] / (e[0] + e[2] + e[3]))
    )


def test_types_that_are_not_known_get_no_gradient_and_give_none():
    scores = scored([0.5, 2.0, -1.0, 0.3], [0.1, 0.2, 0.3, 0.4])
    positive = torch.tensor([[True, True, False], [True, False, False]])
    known = torch.tensor([[True, False, True], [False, False, False]])
    loss(scores, positive, known).sum().backward()
    assert scores.grad[0].ne(0).tolist() == [True, True, False, True]
    assert scores.grad[1].tolist() == [0.0, 0.0, 0.0, 0.0]
    alone = scored([0.5, 2.0, 0.3])
    loss(alone, torch.tensor([[True, False]]), torch.tensor([[True, True]])).sum().backward()
    assert torch.equal(alone.grad[0], scores.grad[0][[0, 1, 3]])


@pytest.mark.parametrize(
    "update",
    [
        {"labelled": ("IS_BORN_IN", "IS_IN_CONTACT_WITH")},
        {"masked": ((0, "RESIDES_IN", 1),)},
    ],
)
def test_a_masked_pair_and_a_type_not_labelled_train_nothing(tiny, update):
    student = fitted(tiny, world(8), epochs=1)
    network = student._network
    row = list(student.schema.relations).index("RESIDES_IN") + 1
    for document, nothing in [(home(2), False), (home(2, **update), True)]:
        network.zero_grad()
        made = items([document], student._tokenizer, student.schema, Settings())
        loop.losses(network, made).backward()
        assert network.scores.weight.grad[row].eq(0).all() == nothing
        assert network.scores.weight.grad[3 - row].ne(0).any()
    made = items([home(2, labelled="none")], student._tokenizer, student.schema, Settings())
    assert loop.weighed(made) == 0


def test_weights_count_documents(tiny):
    wrong = [birth(n, id=f"w{n}", relations=()) for n in range(6)]
    without = fitted(tiny, world(8))
    assert same(without, fitted(tiny, [*world(8), *wrong], [1.0] * 8 + [0.0] * 6))
    one, two = (
        items([birth(1)], without._tokenizer, without.schema, Settings(), [w])[0] for w in (1, 2)
    )
    uneven = [1.0] * 4 + [0.25] * 4  # counts whatever is in a step
    plain, twice, less = (fitted(tiny, world(8), w, batch=1) for w in (None, [2.0] * 8, uneven))
    assert same(plain, twice) and not same(plain, less)
    network = without._network.eval()
    twice = loop.losses(network, [one, one]).item()
    assert loop.losses(network, [two]).item() == pytest.approx(twice) != 0


def test_gradients_add_up_whatever_is_in_memory_at_once(tiny):
    one = fitted(tiny, world(8), batch=8, at_once=1, epochs=1)
    all = fitted(tiny, world(8), batch=8, at_once=8, epochs=1)
    for name, tensor in weights_of(one).items():
        assert torch.allclose(tensor, weights_of(all)[name], atol=1e-4), name


def long(words, *relations):
    tagged = (
        f"[[0:CIVILIAN|Paul]] {'et encore ' * (words // 2)} [[0:CIVILIAN|lui]] [[1:PLACE|Lyon]]"
    )
    return doc(tagged, *relations, id="long")


@pytest.mark.parametrize("family", FAMILIES)
def test_mentions_are_those_of_the_text_whatever_the_tokens(family, tmp_path):
    tokenizer = encoder.pretrained(make(family, tmp_path))[1]
    exact = total = 0
    for document in read_all(ROOT / "data" / "sample" / "test.txt")[0]:
        offsets = read(document.text, tokenizer, Settings())[1]
        spans = mention_spans(document, offsets)
        for (_, mention), (first, last) in zip(document.mentions(), spans, strict=True):
            covered = document.text[offsets[first][0] : offsets[last - 1][1]]
            assert mention.value in covered
            exact += covered.strip() == mention.value
            total += 1
    assert exact > 0.9 * total


@pytest.mark.parametrize("named", ["RobertaTokenizer", "DebertaV2Tokenizer"])
def test_a_tokenizer_is_what_its_file_says_whatever_class_the_folder_names(named, tmp_path):
    text = "Le maire de Melitopol est libre."
    wanted = encoder.pretrained(make("deberta-v2", tmp_path))[1](text)["input_ids"]
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({**config, "tokenizer_class": named})
    )
    tokenizer = encoder.pretrained(str(tmp_path))[1]  # of word pieces, as CamemBERTa 2
    assert tokenizer(text)["input_ids"] == wanted
    tokenizer.save_pretrained(tmp_path)
    assert encoder.read_tokenizer(tmp_path)(text)["input_ids"] == wanted


@pytest.mark.parametrize("overlap", [0, 32, 60])
def test_windows_of_a_long_text_give_each_token_back(tiny, overlap):
    tokenizer = encoder.pretrained(tiny)[1]
    text = long(3000).text
    windows, offsets = read(text, tokenizer, Settings(overlap=overlap))
    whole = tokenizer(text, truncation=False, add_special_tokens=False, verbose=False)
    assert len(offsets) == len(whole["input_ids"]) > 3000
    assert read("Rien.", tokenizer, Settings())[0][0].ids == tokenizer("Rien.")["input_ids"]
    covered = np.zeros(len(offsets), int)
    for ids, lead, start, end in windows:
        assert len(ids) <= CONTEXT - 2
        assert ids[lead : lead + end - start] == whole["input_ids"][start:end]
        covered[start:end] += 1
    assert covered.min() == 1 and (covered.max() == 1) == (overlap == 0)


def test_entities_take_from_all_windows(tiny):
    student = fitted(tiny, world(4), epochs=1)
    text = long(3000, (0, "RESIDES_IN", 1))
    (item,) = items([text], student._tokenizer, student.schema, Settings(overlap=32))
    assert len(item.windows) > 20 and item.sizes == [2, 1]
    tokens = item.windows[-1].end
    value = torch.arange(tokens, dtype=torch.float32)
    hidden = torch.zeros(len(item.windows), CONTEXT, 1)
    looks = torch.full((len(item.windows), 2, CONTEXT, CONTEXT), 1 / CONTEXT)
    for n, (_, lead, start, end) in enumerate(item.windows):
        hidden[n, lead : lead + end - start, 0] = value[start:end]
    merged, entities, attention = _merged(item, hidden, looks)
    assert torch.equal(merged[:, 0], value)  # where windows overlap, both say the same
    means = [value[first:last].mean() for first, last in item.mentions.tolist()]
    assert float(entities[0]) == pytest.approx(float(torch.stack(means[:2]).logsumexp(0)))
    assert float(entities[1]) == pytest.approx(float(means[2]))
    first, last = item.windows[0].end - 32, item.windows[-1].start + 32
    assert attention[:, 0, :first].ne(0).all() and attention[:, 0, last:].ne(0).all()
    assert attention[:, 0, first + 32 : last - 64].eq(0).all()


def test_a_mention_cut_by_the_end_of_a_window_is_whole(tiny):
    tokenizer = encoder.pretrained(tiny)[1]
    text = doc(f"[[0:PLACE|{'Lyon Metz ' * 60}Brest]] et [[1:PLACE|Caen]].")
    student = fitted(tiny, world(4), epochs=1, guide=None)
    (item,) = items([text], tokenizer, student.schema, Settings(overlap=0))
    (first, last), _ = item.mentions.tolist()
    assert item.windows[0].end < last and len(item.windows) > 1
    offsets = read(text.text, tokenizer, Settings(overlap=0))[1]
    assert (
        text.text[offsets[first][0] : offsets[last - 1][1]].strip()
        == text.entities[0].mentions[0].value
    )


def test_windows_are_read_some_at_once_where_nothing_is_learnt(tiny):
    student = fitted(tiny, world(4), epochs=1)
    (item,) = items([long(3000)], student._tokenizer, student.schema, Settings())
    network, sizes = student._network.eval(), []
    read = network.encoder.embeddings.register_forward_hook(
        lambda module, given, made: sizes.append(len(made))
    )
    whole = encoded(network.encoder, item.windows, attention=True)
    with torch.inference_mode():
        parts = encoded(network.encoder, item.windows, attention=True)
    read.remove()
    assert sizes[0] == sum(sizes[1:]) == len(item.windows) > AT_ONCE == max(sizes[1:])
    for one, other in zip(whole, parts, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_relations_across_windows_can_be_learnt(tiny):
    other = long(400)
    never = {"id": "never", "text": other.text.replace("encore", "jamais")}
    texts = [long(400, (0, "RESIDES_IN", 1)), other.model_copy(update=never)]
    student = fitted(tiny, texts, epochs=15, batch=1)
    assert found(student, *texts) == gold(*texts)
