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


def require(there: object, what: str) -> None:
    """Without something the test is "not run" (or fails, when AUGMENT_REQUIRE_ALL is set)."""
    if there:
        return
    if os.environ.get("AUGMENT_REQUIRE_ALL"):
        pytest.fail(f"required here: {what}")
    pytest.skip(f"not run: {what}")


def corpora(*parts: str) -> Path:
    """A path under AUGMENT_CORPORA."""
    root = os.environ.get("AUGMENT_CORPORA", "")
    require(root, "set AUGMENT_CORPORA")
    return Path(root, *parts)


def listen() -> None:
    """As ``preexec_fn``: a process started in the background hears an interrupt all the same."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
