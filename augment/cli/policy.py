"""`augment policy`: what may leave this machine, and the digests that a policy names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augment.cli.common import emit, out
from augment.cli.place import path_or_url


def policy(
    file: Annotated[
        Path | None, typer.Option("--policy", help="The project's policy; the machine's is read.")
    ] = None,
    guide: Annotated[
        str | None, typer.Option("--guide", "-g", help="Name or folder of a guide.")
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option(parser=path_or_url, help="File or folder of documents.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Say which hosts may be sent to, and how much of a guide and a corpus each may get."""
    from augment.errors import PathError
    from augment.guide.model import folder
    from augment.policy import MACHINE, load_policy
    from augment.store import digest

    found = load_policy(file)
    if corpus is not None and not corpus.exists():
        raise PathError(f"{corpus}: no such file or folder")
    digests = {
        "guide": digest(folder(guide) / "guide.yaml") if guide else None,
        "corpus": digest(corpus) if corpus else None,
    }
    levels = {
        host: found.level(f"https://{host}", guide=digests["guide"] or "", corpus=digests["corpus"])
        for host in sorted(found.hosts)
    }
    files = [
        str(f) for f in (MACHINE if len(found.files) > (file is not None) else None, file) if f
    ]
    if json:
        log = str(found.log)
        emit({"files": files, "log": log, "digests": digests, "levels": levels})
        return
    out.print(f"policy: {', '.join(files) or 'none'}", markup=False, soft_wrap=True)
    for name, value in digests.items():
        if value:
            out.print(f"{name}: {value}", soft_wrap=True)
    for host, level in levels.items():
        out.print(f"{host}: {level}", markup=False)
    if not levels:
        out.print("nothing leaves this machine")
    out.print(f"log: {found.log}", markup=False, soft_wrap=True)
