r"""Text of a PDF guide, page after page.

>>> read(Path("guide.pdf"))
'1. PLACE\nTout endroit nommé.\n...'
"""

from __future__ import annotations

import logging
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError


def read(path: Path) -> str:
    """One line a line of the page; words hyphenated at a line's end are joined by the reader.

    Raises ValueError if the file is no PDF.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it mends is of no interest
    try:
        return "\n\n".join(page.extract_text() for page in PdfReader(path).pages)
    except PyPdfError as error:
        raise ValueError(f"no readable PDF: {error}") from error
