"""PDF files: a page an item, with its lines made paragraphs again."""

import subprocess
import sys

import pytest
from pypdf import PdfReader, PdfWriter

from augment.errors import UsageError
from augment.read import read_all, write
from augment.read.pdf import paragraphs
from augment.reasons import Reason

FIRST = ["Le gouverneur de la région de Kharkiv annonce la réouver-", "ture du pont."]


def pdf(*pages: list[str]) -> bytes:
    """A PDF with these lines on its pages."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for n, lines in enumerate(pages):
        drawn = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        stream = f"BT /F1 12 Tf 50 700 Td {drawn} ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Contents {5 + 2 * n} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        size = len(stream.encode("cp1252"))
        objects.append(f"<< /Length {size} >>\nstream\n{stream}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{item}\nendobj\n".encode("cp1252")
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start, size = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start)


def test_a_page_is_an_item(tmp_path):
    path = tmp_path / "communiqué.pdf"
    path.write_bytes(pdf(FIRST, ["Seconde page."], []))
    documents, drops = read_all(path)
    assert [d.text for d in documents] == [
        "Le gouverneur de la région de Kharkiv annonce la réouverture du pont.",
        "Seconde page.",
    ]
    first = documents[0]
    assert (first.labelled, first.meta.source) == ("none", "communiqué.pdf")
    assert (first.meta.rights["remote_llm"], first.meta.rights["release"]) == (False, False)
    assert [(d.reason, "picture" in d.detail) for d in drops] == [(Reason.EMPTY_TEXT, True)]
    again = path.rename(tmp_path / "sans suffixe")
    assert [d.text for d in read_all(again)[0]] == [d.text for d in documents]


@pytest.mark.parametrize(
    ("info", "time"),
    [
        ("<< /CreationDate (D:20221030004500Z) >>", "2022-10-30T02:45:00+02:00"),
        ("<< /CreationDate (D:20220714120000) >>", "2022-07-14T12:00:00+02:00"),
        ("<< /CreationDate (hier) >>", None),
        ("[1]", None),
    ],
)
def test_what_a_file_says_of_itself_costs_no_page(tmp_path, info, time):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(["Un."]).replace(b"/Root 1 0 R", b"/Root 1 0 R /Info " + info.encode()))
    [document], drops = read_all(path)
    assert (document.text, document.meta.time, drops) == ("Un.", time, [])


def test_ids_are_of_the_content(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf(FIRST, ["x"]))
    ids = [d.id for d in read_all(tmp_path)[0]]
    assert ids == [d.id for d in read_all(tmp_path)[0]]
    assert [id.rsplit("-", 1)[1] for id in ids] == ["p1", "p2"]
    (tmp_path / "a.pdf").write_bytes(pdf(FIRST, ["y"]))
    assert not set(ids) & {d.id for d in read_all(tmp_path)[0]}


def test_title_and_time_of_the_file(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf(FIRST))
    writer = PdfWriter(clone_from=PdfReader(tmp_path / "a.pdf"))
    writer.add_metadata({"/Title": "Communiqué", "/CreationDate": "D:20220224061200+01'00'"})
    writer.write(tmp_path / "a.pdf")
    [document], _ = read_all(tmp_path)
    assert document.meta.title == "Communiqué"
    assert document.meta.time == "2022-02-24T06:12:00+01:00"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("réouver-\nture", "réouverture"),
        ("lui-\nmême", "lui-même"),
        ("le vice-\nprésident", "le vice-président"),
        ("Saint-\nPétersbourg", "Saint-Pétersbourg"),
        ("le cessez-le-feu ; le cessez-\nle-feu", "le cessez-le-feu ; le cessez-le-feu"),
        ("réouver\u00ad\nture", "réouverture"),
        ("l’o\ufb03cier, e\u0301mu", "l’officier, ému"),
        (
            "Titre court\nUn paragraphe qui est long.\nUn autre.",
            "Titre court\nUn paragraphe qui est long.\nUn autre.",
        ),
        (
            "Une ligne bien remplie, et\nKiev est sur la suivante.",
            "Une ligne bien remplie, et Kiev est sur la suivante.",
        ),
        ("Un.\r\n\r\n \r\nDeux.", "Un.\nDeux."),
        ("– un\n– deux", "– un\n– deux"),
        ("", ""),
    ],
)
def test_lines_become_paragraphs(lines, text):
    assert paragraphs(lines) == text


def test_files_that_cannot_be_opened_are_drops(tmp_path):
    whole = pdf(FIRST)
    (tmp_path / "a.pdf").write_bytes(whole)
    writer = PdfWriter(clone_from=PdfReader(tmp_path / "a.pdf"))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "b.pdf")
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4\n" + b"\x00garbage" * 20)
    (tmp_path / "d.pdf").write_bytes(b"no such thing")
    documents, drops = read_all(tmp_path, format="pdf")
    assert len(documents) == 1
    assert [(d.id, d.reason) for d in drops] == [
        (f"{name}.pdf", Reason.BROKEN_FILE) for name in "bcd"
    ]
    assert "encrypted" in drops[0].detail


def test_every_cut_of_a_file_is_read_or_a_drop(tmp_path):
    whole = pdf(FIRST, ["Seconde page."])
    for end in range(6, len(whole), 61):
        (tmp_path / "a.pdf").write_bytes(whole[:end])
        documents, drops = read_all(tmp_path / "a.pdf")
        assert documents or drops, end


def test_it_is_only_read(tmp_path):
    with pytest.raises(UsageError, match="only read"):
        write([], tmp_path / "a.pdf", format="pdf")


def test_without_pypdf_the_install_line_is_given(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf(FIRST))
    code = (
        "import sys; sys.modules['pypdf'] = None\n"
        "from augment.cli import main\n"
        f"main(['stats', {str(tmp_path / 'a.pdf')!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, "pip install 'augment[guide]'" in done.stderr) == (2, True)


def test_half_a_surrogate_pair_costs_its_page(tmp_path):
    """A font may name a character by one: reading all of the file failed."""
    names = "1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <58> <D835> endbfchar"
    whole = pdf(["Bonjour."], ["X"])
    object_ = f"9 0 obj\n<< /Length {len(names)} >>\nstream\n{names}\nendstream\nendobj\nxref\n"
    raw = whole.replace(b"xref\n", object_.encode(), 1)
    raw = raw.replace(b"/WinAnsiEncoding >>", b"/WinAnsiEncoding /ToUnicode 9 0 R >>")
    (tmp_path / "a.pdf").write_bytes(raw)
    documents, drops = read_all(tmp_path / "a.pdf")
    assert [d.text for d in documents] == ["Bonjour."]
    assert [d.reason for d in drops] == [Reason.BAD_ENCODING]
