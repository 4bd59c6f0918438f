from itertools import count

import pytest

from tests.files.store import serving

_NUMBERS = count()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("s3") / "log") as store:
        yield store


@pytest.fixture
def store(server, monkeypatch, tmp_path):
    """The server, an empty bucket on it, and the environment in which commands find it."""
    import fsspec

    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    fsspec.filesystem("s3").clear_instance_cache()
    server.bucket_name = f"bucket-{next(_NUMBERS)}"
    server.bucket(server.bucket_name)
    yield server
    fsspec.filesystem("s3").clear_instance_cache()
