"""A Label Studio for the tests of one module, and its token where commands look for it."""

import pytest

from tests.review.labelstudio import TOKEN, needed, running


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    needed()
    with running(tmp_path_factory.mktemp("studio")) as server:
        yield server


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
