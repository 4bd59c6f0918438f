"""Debian's Chromium, for tests that look at a page as a person does.

with opened() as page:
    page.goto(path.as_uri())

Where there is no browser such a test is "not run", under AUGMENT_REQUIRE_ALL too; where
AUGMENT_REQUIRE_BROWSER is set, as `.ci/run` does once it has one, it fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
SECONDS = 60
"""How long a test waits for what it expects to see; machines differ."""


def needed() -> str:
    """The path of the browser."""
    found = shutil.which("chromium")
    if found:
        return found
    if os.environ.get("AUGMENT_REQUIRE_BROWSER"):
        pytest.fail("a browser is required here: apt install chromium")
    pytest.skip("not run: apt install chromium")


@contextmanager
def opened(width: int = 1600, height: int = 1200) -> Iterator[Page]:
    """An empty page of a fresh browser that is closed with the block."""
    path = needed()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(SECONDS * 1000)
            yield page
        finally:
            browser.close()
