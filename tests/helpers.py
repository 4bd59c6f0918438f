"""What all tests share: annotated sentences inline, and the corpora outside the repository."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from augment.codec import decode
from augment.schema import Document
from augment.spans import check

ROOT = Path(__file__).parent.parent


def doc(tagged: str, *relations: tuple, id: str = "d", **update) -> Document:
    """``doc("[[1:PLACE|Kiev]] …", (1, "IS_LOCATED_IN", 2))``; raises on bad markup."""
    document = decode(f"{tagged}\n{json.dumps({'relations': relations})}", id=id)
    document = document.model_copy(update=update)
    check(document)
    return document


def corpora(*parts: str) -> Path:
    """A path under AUGMENT_CORPORA; without it the test is "not run" (or fails, when required)."""
    root = os.environ.get("AUGMENT_CORPORA")
    if root:
        return Path(root, *parts)
    if os.environ.get("AUGMENT_REQUIRE_ALL"):
        pytest.fail("AUGMENT_CORPORA is required here and not set")
    pytest.skip("not run: set AUGMENT_CORPORA")


def listen() -> None:
    """As ``preexec_fn``: a process started in the background hears an interrupt all the same."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
