"""Released prompts do not change: ``prompts/LOCK.json`` holds the SHA-256 of each file.

>>> python -m augment.prompt.lock  # after a new version was written
locked: compose/write.v2.jinja
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

from augment.errors import ConfigError
from augment.guide.model import shipped_folder

FILE = "LOCK.json"


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every template in a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*/*.jinja"))
    }


def locked(folder: Path) -> dict[str, str]:
    """The hashes as released; none before the first release."""
    path = folder / FILE
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def lock(folder: Path) -> list[str]:
    """Add the templates that are new; their names.

    Raises ConfigError for one that was changed or removed after its release.
    """
    known, found = locked(folder), hashes(folder)
    for name in known:
        if found.get(name) != known[name]:
            raise ConfigError(
                f"{name}: released, so it stays as it is", hint="write the next version beside it"
            )
    (folder / FILE).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return [name for name in found if name not in known]


if __name__ == "__main__":
    try:
        new = lock(shipped_folder("prompts"))
    except ConfigError as error:
        sys.exit(f"error: {error}\n  → {error.hint}")
    sys.stdout.write("".join(f"locked: {name}\n" for name in new) or "nothing new\n")
