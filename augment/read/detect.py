"""Which files a path means, and in which format each of them is.

>>> sources(Path("corpus"), None)
[(PosixPath('corpus/a.csv'), 'textmine'), (PosixPath('corpus/b.ann'), 'brat')]
"""

from __future__ import annotations

import re
from pathlib import Path

from augment.errors import PathError
from augment.registry import names, resolve

SUFFIXES = {
    "textmine": (".csv",),
    "labelstudio": (".json",),
    "popcorn": (".json",),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "inline": (".txt", ".inline"),
    "brat": (".ann",),
    "csv": (".csv", ".tsv"),
    "parquet": (".parquet",),
    "spacy": (".spacy",),
    "page": (".html", ".htm", ".xhtml"),
    "pdf": (".pdf",),
}
"""Formats, the stricter first, and how the names of their files end."""
TABLES = ("csv", "parquet")
PAGES = ("page", "pdf")
"""Formats that are only read; beside a corpus, live pages are, and no reports and guides."""
_LIVE = re.compile(rb"LiveBlogPosting|post__live-container")
_COLUMN = rb'"?(id|text|entities|relations|origin)"?'
_BEGINNINGS = {
    "textmine": re.compile(rb"%s([,;\t]%s){2,4}\r?\n" % (_COLUMN, _COLUMN)),
    "labelstudio": re.compile(rb'\[\s*\{\s*"(id"\s*:\s*\d+\s*,|data"\s*:\s*\{\s*"\w+"\s*:\s*")'),
    "popcorn": re.compile(rb'(\[\s*)?\{\s*("([^"\\]|\\.)*"\s*:\s*\{|\})'),
    "jsonl": re.compile(rb'\{\s*"(id|text|entities|relations|labelled|masked|meta)"\s*:'),
    "inline": re.compile(rb"===( |\r?\n)"),
    "brat": re.compile(rb"T\d+\t\S+ \d+ \d+"),
    "csv": re.compile(rb'([^\n]*[",;\t])?text[",;\t\r\n]'),
    "parquet": re.compile(rb"PAR1"),
    "page": re.compile(rb"(<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(!doctype html|html)\b", re.I | re.S),
    "pdf": re.compile(rb"%PDF-"),
}
_HEAD = 65_536
DROPPED = ".dropped.jsonl"
"""How the name of a file of dropped rows ends."""
_DROPS = re.compile(r"(.*\.)?dropped(-.*)?\.jsonl")


def sources(path: Path, format: str | None, *, tables: bool = False) -> list[tuple[Path, str]]:
    """Files and their formats, sorted by name in a folder; ``tables``: a CSV is never textmine.

    Raises PathError with one line if the path is missing, empty or holds nothing recognised;
    UnknownName.
    """
    if format is not None:
        resolve("format", format)
    found = _folder(path, format) if path.is_dir() else [_file(path, format)]
    return [(p, "csv" if tables and name == "textmine" else name) for p, name in found]


def _file(path: Path, format: str | None) -> tuple[Path, str]:
    head = _beginning(path)
    name = format or detect(path, head)
    if name is None and path.suffix.lower() in SUFFIXES["csv"]:
        name = "csv"
    if name is None:
        known = ", ".join(names("format"))
        raise PathError(
            f"{path}: format not recognised",
            hint=f"name it: augment convert {path} OUT --to jsonl --from FORMAT, one of {known}",
        )
    beside = name == "brat" and path.suffix.lower() == ".txt"
    return (path.with_suffix(".ann") if beside else path), name


def _folder(path: Path, format: str | None) -> list[tuple[Path, str]]:
    hidden = (".", "_")
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith(hidden))
    if not files:
        raise PathError(f"{path}: no file in this folder", hint="folders in it are not read")
    files = [p for p in files if not _DROPS.fullmatch(p.name)]
    if format is not None:
        found = [(p, format) for p in files if p.suffix.lower() in SUFFIXES[format]]
    else:
        detected = [
            (p, detect(p, _beginning(p))) for p in files if p.stat().st_size or p.suffix == ".ann"
        ]
        found = [(p, name) for p, name in detected if name and (name, p.suffix) != ("brat", ".txt")]
    if format is None and any(name not in PAGES for _, name in found):
        found = [(p, n) for p, n in found if n not in PAGES or _LIVE.search(p.read_bytes())]
    if not found:
        wanted = f"{format} file" if format else "file in a known format"
        raise PathError(f"{path}: no {wanted} in this folder", hint="folders in it are not read")
    return found


def _beginning(path: Path) -> bytes:
    """How a file begins. Raises PathError if it is missing, not readable or in UTF-16."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise PathError(f"{path}: {error.strerror or error}") from error
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PathError(f"{path}: UTF-16, not UTF-8", hint="save it as UTF-8")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def detect(path: Path, head: bytes) -> str | None:
    """The format of a file, by its suffix and how it begins; None if there is none.

    Raises PathError if the file is empty.
    """
    suffix = path.suffix.lower()
    if suffix == ".ann" or (suffix == ".txt" and path.with_suffix(".ann").is_file()):
        return "brat"
    if not head:
        raise PathError(f"{path}: an empty file")
    by_suffix = [name for name, suffixes in SUFFIXES.items() if suffix in suffixes]
    for name in by_suffix or _BEGINNINGS:
        if name in _BEGINNINGS and _BEGINNINGS[name].match(head):
            return name
    return by_suffix[0] if len(by_suffix) == 1 and suffix != ".txt" else None
