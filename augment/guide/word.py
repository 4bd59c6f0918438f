r"""Text of a Word guide: paragraphs, and tables with ``NAME: definition`` a row.

>>> read(Path("guide.docx"))
'PLACE\nTout endroit nommé.\n...'
"""

from __future__ import annotations

from pathlib import Path

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph


def read(path: Path) -> str:
    """One line a paragraph or table row, in the order of the document; headings after a gap.

    Raises ValueError if the file is no Word document.
    """
    try:
        document = docx.Document(str(path))
    except PackageNotFoundError as error:
        raise ValueError(f"no readable Word document: {error}") from error
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines += ["", *(_row([cell.text for cell in row.cells]) for row in block.rows)]
        else:
            lines += ["", block.text] if _heading(block) else [block.text]
    return "\n".join(lines)


def _heading(paragraph: Paragraph) -> bool:
    style = paragraph.style
    return style is not None and str(style.name).startswith("Heading")


def _row(cells: list[str]) -> str:
    first, *others = [" ".join(cell.split()) for cell in cells] or [""]
    return f"{first}: {' '.join(dict.fromkeys(others))}" if others else first
