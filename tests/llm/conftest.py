"""An encoder that all tests of a transformer share."""

import pytest

from tests.llm.encoders import make


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The folder of an encoder without dropout."""
    folder = tmp_path_factory.mktemp("tiny")
    return make("camembert", folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
