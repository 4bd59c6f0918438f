"""What an experiment runs on: source files, packages and hardware, without names of hosts or users.

>>> machine()
Machine(cores=16, cpu='…', gpus=('NVIDIA H200',), memory_gb=128.0, system='Debian GNU/Linux 12 …')
"""

from __future__ import annotations

import os
import platform
import re
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

import augment
from augment.pipeline.fingerprint import of_files, weights
from augment.pipeline.replicate.records import Encoder, Machine, Version

_NAME = re.compile(r"[\w.-]+")
_EXTRA = re.compile(r"extra == '(\w+)'")


@cache
def sources() -> Version:
    """The version of this augment and the hash of its Python and YAML files."""
    package = Path(augment.__file__).parent
    files = (
        path
        for path in package.rglob("*")
        if path.suffix in (".py", ".yaml") and path.relative_to(package).parts[0] != "_data"
    )
    return Version(version=augment.__version__, sha256=of_files(package, files))


def packages() -> dict[str, str]:
    """Versions of what augment depends on, and of the extra of its students where it is there.

    None are known where augment is not installed but only on the path.
    """
    found: dict[str, str] = {}
    wanted: list[str] = []
    with suppress(PackageNotFoundError):
        wanted = sorted(requires("augment") or ())
    for line in wanted:
        extra, name = _EXTRA.search(line), _NAME.match(line)
        if name and (extra is None or extra[1] == "transformers"):
            with suppress(PackageNotFoundError):
                found[name[0]] = version(name[0])
    return found


def machine() -> Machine:
    """What it is made of; GPUs are known where PyTorch is installed."""
    return Machine(
        cores=os.cpu_count() or 1,
        cpu=_cpu(),
        gpus=_gpus(),
        memory_gb=_memory(),
        system=_system(),
    )


def encoder(student: str) -> Encoder | None:
    """The weights of ``transformer:FOLDER`` or ``transformer:NAME``; None for `linear` and `rules`.

    Raises PathError if they are not on this machine.
    """
    model = student.partition(":")[2]
    if not model:
        return None
    folder = Path(model)
    if not folder.is_dir():
        folder = import_module("augment.train.transformer.encoder").folder(model)
    return Encoder(name=shown(student).partition(":")[2], sha256=weights(folder))


def shown(student: str) -> str:
    """The student's name without the place of its encoder: ``transformer:/a/b`` as …``:b``."""
    kind, _, model = student.partition(":")
    return f"{kind}:{Path(model).resolve().name}" if model and Path(model).is_dir() else student


def _cpu() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.processor() or platform.machine()


def _gpus() -> tuple[str, ...]:
    if find_spec("torch") is None:
        return ()
    cuda = import_module("torch").cuda
    return tuple(cuda.get_device_name(i) for i in range(cuda.device_count()))


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()
