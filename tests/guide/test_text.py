import subprocess
import sys

import docx
import pytest

from augment.errors import PathError
from augment.guide.text import definitions, read_text

NAMES = {"PLACE": "PLACE", "IS_BORN_IN": "IS_BORN_IN", "FIRSTNAME_0": "FIRSTNAME"}


@pytest.mark.parametrize(
    ("text", "label", "definition"),
    [
        ("PLACE : tout endroit", "", "tout endroit"),
        ("**PLACE** (*Lieu*) – tout endroit", "Lieu", "tout endroit"),
        (
            "## 2.1 Place (Lieu)\n\nTout endroit\nnommé.\n\nAutre chose.",
            "Lieu",
            "Tout endroit nommé.",
        ),
        ("| PLACE | tout endroit |", "", "tout endroit"),
        ("Le mot PLACE est partout.\n- place: un lieu", "", "un lieu"),
        ("PLACE\nIS_BORN_IN\nNaître.\nPLACE: un lieu", "", "un lieu"),
        ("PLACE: premier\nPLACE: second", "", "premier"),
    ],
)
def test_definitions_stand_at_the_head_of_a_line(text, label, definition):
    assert definitions(text, NAMES)["PLACE"] == (label, definition)


def test_names_are_spelled_in_many_ways():
    found = definitions("Is born in: naître\nFIRSTNAME_0: prénom", NAMES)
    assert {name: d.text for name, d in found.items()} == {
        "IS_BORN_IN": "naître",
        "FIRSTNAME": "prénom",
    }


def test_nothing_found():
    assert definitions("Un texte sans rapport.\n\nPLACE\n", NAMES) == {}


def test_word_paragraphs_headings_and_tables(tmp_path):
    document = docx.Document()
    document.add_heading("PLACE (Lieu)", 2)
    document.add_paragraph("Tout endroit nommé.")
    document.add_paragraph("Suite.")
    row = document.add_table(1, 2).rows[0]
    row.cells[0].text, row.cells[1].text = "IS_BORN_IN", "Naître quelque part."
    document.save(tmp_path / "guide.docx")
    found = definitions(read_text(tmp_path / "guide.docx"), NAMES)
    assert found["PLACE"] == ("Lieu", "Tout endroit nommé. Suite.")
    assert found["IS_BORN_IN"].text == "Naître quelque part."


def pdf(*lines: str) -> bytes:
    """A PDF of one page, lines from top to bottom."""
    drawn = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    stream = f"BT /F1 12 Tf 50 700 Td {drawn} ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for i, item in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (table, len(out))  # fmt: skip  # noqa: E501


def test_pdf(tmp_path):
    (tmp_path / "guide.pdf").write_bytes(pdf("1. PLACE \\(Lieu\\)", "Tout endroit."))
    found = definitions(read_text(tmp_path / "guide.pdf"), NAMES)
    assert found["PLACE"] == ("Lieu", "Tout endroit.")


@pytest.mark.parametrize("name", ["guide.pdf", "guide.docx"])
def test_a_broken_file_is_one_line(tmp_path, name):
    (tmp_path / name).write_text("no such thing")
    with pytest.raises(PathError, match="not readable"):
        read_text(tmp_path / name)


def test_other_files(tmp_path):
    with pytest.raises(PathError, match="no such file"):
        read_text(tmp_path / "none.pdf")
    (tmp_path / "guide.odt").write_text("x")
    with pytest.raises(PathError, match="odt"):
        read_text(tmp_path / "guide.odt")


@pytest.mark.parametrize(("package", "suffix"), [("pypdf", "pdf"), ("docx", "docx")])
def test_without_the_package_the_install_line_is_given(tmp_path, package, suffix):
    (tmp_path / f"guide.{suffix}").write_text("x")
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from pathlib import Path; from augment.guide.text import read_text\n"
        f"from augment.errors import MissingExtra\n"
        f"try: read_text(Path({str(tmp_path / f'guide.{suffix}')!r}))\n"
        "except MissingExtra as error: print(error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "pip install 'augment[guide]'"
