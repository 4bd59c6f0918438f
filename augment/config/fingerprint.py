"""What of a configuration decides the output, as one hash; and the folder it names.

>>> run_folder(config, "sample")
PosixPath('data/runs/sample-1a2b3c4d')
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from augment import __version__
from augment.config.fields import RunConfig
from augment.guide.model import folder as guide_folder
from augment.guide.model import shipped_folder
from augment.store import digest

NOT_IN_FINGERPRINT = frozenset({"out", "samples", "jobs", "strict", "call"})
"""Fields that cannot change the output: where it goes and how fast; `samples` may grow.

What `call` keeps from being asked now is asked by the next call.
"""

INPUTS = ("corpus", "test")
WRITE_INPUTS = ("raw", "orders", "replies", "prompts", "policy")
"""Fields of `RunConfig` and of `WriteConfig` that are files or folders."""


def fingerprint(config: RunConfig) -> str:
    """SHA-256 over all that can change the output: fields, contents of inputs and guide, version.

    Inputs count by content, not by path. Raises GuideError for an unknown guide.
    """
    fields = config.model_dump(mode="json", exclude=set(NOT_IN_FINGERPRINT))
    for name in INPUTS:
        path = getattr(config, name)
        fields[name] = digest(path) if path else None
    for name in WRITE_INPUTS:
        path = getattr(config.write, name)
        fields["write"][name] = digest(path) if path else None
    if config.write.llm and config.write.prompts is None:
        fields["write"]["prompts"] = digest(shipped_folder("prompts"))
    fields["add"] = {name: digest(path) for name, path in sorted(config.add.items())}
    fields["guide"] = digest(guide_folder(config.guide) / "guide.yaml")
    fields["version"] = __version__
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def run_folder(config: RunConfig, stem: str) -> Path:
    """Where the run goes: ``--out``, or ``data/runs/<stem>-<8 hex of the fingerprint>``."""
    return config.out or Path("data/runs") / f"{stem}-{fingerprint(config)[:8]}"
