from pathlib import Path

import pytest

from augment.config import (
    NOT_IN_FINGERPRINT,
    CallConfig,
    RunConfig,
    WriteConfig,
    fingerprint,
    load,
)
from augment.errors import ConfigError, GuideError, PathError


@pytest.fixture
def config(tmp_path):
    (tmp_path / "corpus.jsonl").write_text("{}")
    (tmp_path / "other.jsonl").write_text("{ }")
    return RunConfig(corpus=tmp_path / "corpus.jsonl", guide="ukraine_live")


def changed(config, name):
    other = config.corpus.with_name("other.jsonl")
    values = {
        "corpus": other,
        "test": other,
        "guide": "textmine",
        "add": {"x": other},
        "strategies": ("typos",),
        "samples": 7,
        "holdout": 0.5,
        "student": "rules",
        "gold_sizes": (25,),
        "seeds": 9,
        "mask": "none",
        "seed": 4,
        "measure": False,
        "gate": True,
        "train": False,
        "gold_cost": 4.0,
        "write": WriteConfig(examples=5),
        "call": CallConfig(concurrency=3),
        "demonstration": True,
        "jobs": 1,
        "strict": True,
        "out": other,
    }
    return config.model_copy(update={name: values[name]})


@pytest.mark.parametrize("name", RunConfig.model_fields)
def test_every_field_is_in_the_fingerprint_or_in_its_exceptions(config, name):
    same = fingerprint(changed(config, name)) == fingerprint(config)
    assert same == (name in NOT_IN_FINGERPRINT)


def test_inputs_count_by_content_not_by_path(config, tmp_path):
    copy = tmp_path / "copy.jsonl"
    copy.write_text("{}")
    assert fingerprint(config.model_copy(update={"corpus": copy})) == fingerprint(config)


def test_yaml_paths_are_relative_to_the_file_and_options_win(tmp_path, config):
    file = tmp_path / "run.yaml"
    file.write_text(
        "corpus: corpus.jsonl\nguide: ukraine_live\nsamples: 5\nadd: {x: other.jsonl}\n"
    )
    loaded = load(file, {"samples": 9, "seed": None})
    assert (loaded.corpus, loaded.samples, loaded.seed) == (config.corpus, 9, 0)
    assert loaded.add == {"x": tmp_path / "other.jsonl"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("corpus: corpus.jsonl\nguide: g\nsample: 5", "no such field: sample"),
        (
            "corpus: corpus.jsonl\nguide: g\nsamples: many",
            "samples: 'many': Input should be a valid integer",
        ),
        ("guide: g", "no corpus given"),
        ("[1, 2]", "no configuration"),
        ("a: [", "not YAML: line 1"),
    ],
)
def test_a_wrong_configuration_names_file_and_field(tmp_path, text, message):
    file = tmp_path / "run.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load(file, {})


def test_missing_files_are_named(tmp_path, config):
    with pytest.raises(PathError, match="no such configuration"):
        load(tmp_path / "none.yaml", {})
    with pytest.raises(PathError, match=r"none\.csv: .* \(given as corpus\)"):
        load(None, {"corpus": Path("none.csv"), "guide": "g"})
    with pytest.raises(GuideError, match="no guide there"):
        fingerprint(config.model_copy(update={"guide": "none"}))
