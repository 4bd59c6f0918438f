"""A finished folder, or a file, to an object store: what changed, the manifest last.

>>> publish(Path("data/runs/presse-1a2b3c4d"), "s3://presse/runs/1a2b3c4d", policy=policy)
Published(sent=27, size=310482, same=0)

What the folder has sent is in its `.published.jsonl`, written before and after each file:

    {"url": "s3://presse/runs/1a2b3c4d", "name": "accepted.jsonl", "sha256": "9f…", "stamp": "…"}
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from augment.egress import EgressLog
from augment.errors import PathError, StoreError
from augment.files.place import below, connected, here, is_url, stamp, told
from augment.policy import Policy, is_local
from augment.store import digest

LAST = "manifest.json"
"""A folder with this file at its top is whole; it is taken away before anything else changes."""
JOURNAL = ".published.jsonl"
_NOTHING = Policy()
_STAYS = ("vault", "vault.jsonl")
"""Which surrogate stands for which name: never sent."""


class Published(NamedTuple):
    """Files sent with their bytes, and how many were there already."""

    sent: int
    size: int
    same: int


def check(url: str, policy: Policy) -> None:
    """Raise ConfigError unless the policy lets files be written there; nothing is sent."""
    with told(url):
        _Store(url, policy)


def publish(folder: Path, url: str, *, policy: Policy = _NOTHING) -> Published:
    """Make what lies below a URL what lies in a folder, hidden files and vaults left out.

    What is there as it was sent is not sent again; what the folder no longer has is deleted there.
    Ended at any moment it goes on where it was, and until it is through there is no manifest.
    Raises ConfigError: not allowed; PathError: no such bucket, no right, files of somebody else;
    StoreError: nobody answers, or the log cannot be written.
    """
    with told(url):
        store, journal = _Store(url, policy), _Journal(folder / JOURNAL, url)
        there = {file.name: file.stamp for file in below(store.system, store.root)}
        others = sorted(there.keys() - journal.sent.keys())
        if others:
            raise PathError(
                f"{url}: holds what {folder} did not send, as {others[0]}",
                hint="publish to a prefix of its own",
            )
        files = {name: digest(folder / name) for name in _names(folder)}
        same = {n for n in files if n in there and journal.sent[n] == (files[n], there[n])}
        gone = there.keys() - files.keys()
        if len(same) == len(files) and not gone:
            return Published(0, 0, len(same))
        if LAST in there:
            store.remove(LAST)
        wanted = [name for name in files if name not in same and name != LAST]
        wanted += [LAST] if LAST in files else []
        journal.add((name, files[name], None) for name in wanted)
        for name in sorted(gone - {LAST}):
            store.remove(name)
        for name in wanted:
            journal.add([(name, files[name], store.put(folder / name, name, files[name]))])
    size = sum((folder / name).stat().st_size for name in wanted)
    return Published(len(wanted), size, len(files) - len(wanted))


@contextmanager
def sending(target: str, policy: Policy) -> Iterator[Path]:
    """Where to write what is for ``target``: there, or for a URL a place that is sent at the end.

    Files beside it go beside it, and a folder is published. Raises as :func:`publish` does.
    """
    if not is_url(target):
        yield Path(target)
        return
    check(target, policy)
    above, _, name = target.rstrip("/").rpartition("/")
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch, name)
        for path in sorted(Path(scratch).iterdir()):
            if path.is_dir():
                publish(path, f"{above}/{path.name}", policy=policy)
            elif not is_url(above.rstrip("/")):
                raise PathError(
                    f"{target}: names no file below a bucket or folder",
                    hint=f"name it, as {target.rstrip('/')}/gold.jsonl",
                )
            else:
                with told(target):
                    _Store(above, policy).put(path, path.name, digest(path))


class _Store:
    """Where files are written; all that leaves this machine is in the log before."""

    def __init__(self, url: str, policy: Policy) -> None:
        self.url = url.rstrip("/")
        self.system, self.root = connected(self.url)
        self.log: EgressLog | None = None
        if here(self.url) is None and "memory" not in self.system.protocol:
            server = _server(self.system)
            policy.check_publishing(self.url, server)
            self.log = None if server and is_local(server) else EgressLog(policy.log)

    def put(self, path: Path, name: str, sha256: str) -> str:
        """Send a file; its stamp there. Raises StoreError if it changes meanwhile."""
        if self.log:
            self.log.add_file(f"{self.url}/{name}", path, sha256)
        place = f"{self.root}/{name}"
        self.system.put_file(str(path), place)
        info = self.system.info(place)
        if info["size"] != path.stat().st_size:
            raise StoreError(f"{path}: changed while it was sent", hint="publish again")
        return stamp(info)

    def remove(self, name: str) -> None:
        self.system.rm_file(f"{self.root}/{name}")


def _server(system: Any) -> str | None:
    """The address that an object store is asked at; None if the file system does not say it."""
    client = getattr(system, "s3", None)
    return str(client.meta.endpoint_url) if client else None


def _names(folder: Path) -> list[str]:
    """All files below the folder that may leave it, by name.

    Raises PathError for a link out, to a folder, to nothing, or to what may not leave.
    """
    root = folder.resolve()
    paths = [p for p in folder.rglob("*") if p.is_file() or p.is_symlink()]
    found = [path for path in paths if _leaves(path.relative_to(folder))]
    for path in found:
        file = path.resolve()
        if not file.is_relative_to(root):
            raise PathError(f"{path}: leads out of the folder", hint="remove the link")
        if not (file.is_file() and _leaves(file.relative_to(root))):
            raise PathError(
                f"{path}: a link to no file that may be sent", hint="remove it, or put a file there"
            )
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _leaves(path: Path) -> bool:
    return not any(part.startswith(".") or part in _STAYS for part in path.parts)


class _Journal:
    """What a folder has sent to a URL: ``sent`` is name → SHA-256 and stamp (None: begun)."""

    def __init__(self, path: Path, url: str) -> None:
        self.path, self.url = path, url.rstrip("/")
        self.sent: dict[str, tuple[str, str | None]] = {}
        raw = path.read_bytes().splitlines() if path.exists() else []
        for line in raw:
            try:
                row = json.loads(line)
            except ValueError:  # empty, or cut off by a kill
                continue
            if row["url"] == self.url:
                self.sent[row["name"]] = row["sha256"], row["stamp"]

    def add(self, rows: Iterable[tuple[str, str, str | None]]) -> None:
        """Write that files are about to be sent, or have been; back when it is on the disk."""
        with self.path.open("a", encoding="utf-8") as file:
            for name, sha256, mark in rows:
                row = {"url": self.url, "name": name, "sha256": sha256, "stamp": mark}
                file.write("\n" + json.dumps(row, ensure_ascii=False))
            file.flush()
            os.fsync(file.fileno())
