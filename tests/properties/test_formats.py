"""``read(write(x)) == x`` in every format, once what `losses` lists is taken away."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from augment.read import losses, read_all, write
from augment.read.detect import PAGES
from augment.registry import names
from augment.schema import Document
from tests.helpers import doc
from tests.properties.strategies import documents
from tests.read.losing import without

WRITTEN = [name for name in names("format") if name not in PAGES]
SUFFIXES = {"textmine": "csv", "popcorn": "json", "inline": "txt", "brat": ""}


def there_and_back(given: list[Document], format: str) -> tuple[list[Document], list[Document]]:
    """The documents less what the format loses, and what comes back from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"x.{SUFFIXES.get(format, format)}")
        write(given, path, format=format)
        back, drops = read_all(path, format=format)
    assert drops == []
    return [without(document, losses(document, format)) for document in given], back


@pytest.mark.parametrize("format", WRITTEN)
@settings(max_examples=30)
@given(st.lists(documents(), min_size=1, max_size=3, unique_by=lambda d: d.id))
def test_tame_documents_come_back(format, given):
    expected, back = there_and_back(given, format)
    assert back == expected


@pytest.mark.parametrize("format", WRITTEN)
@given(
    st.lists(documents(wild=True, crossing=True), min_size=1, max_size=3, unique_by=lambda d: d.id)
)
@example([doc("[[e1:A|=== x]]", id="=== y")])
@example([doc("=== x", id=" y\n")])
@settings(max_examples=50)
def test_any_document_comes_back(format, given):
    expected, back = there_and_back(given, format)
    assert back == expected
