"""A real Label Studio on loopback, from the environment that `make label-studio` makes.

with running(folder) as studio: Server(studio.url, studio.token)
"""

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers import ROOT, require
from tests.processes import free_port, kill, launch, until_it_answers

HOME = ROOT / ".venv-labelstudio"
PERSON, PASSWORD = "claire@example.org", "Relire-avec-soin-1"
TOKEN = "0123456789abcdef0123456789abcdef01234567"
ENVIRONMENT = {
    "DJANGO_DB": "sqlite",
    "LATEST_VERSION_CHECK": "false",
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_USERNAME": PERSON,
    "LABEL_STUDIO_PASSWORD": PASSWORD,
    "LABEL_STUDIO_USER_TOKEN": TOKEN,
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
}


def needed():
    require((HOME / "installed").exists(), "make label-studio")


@dataclass
class Studio:
    """A server in a folder: its address and the token of its one reviewer."""

    folder: Path
    port: int
    token: str = TOKEN
    process: subprocess.Popen | None = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Start it; again after :meth:`stop`, at the same address with the same database."""
        data, log = self.folder / "data", self.folder / "log"
        address = ["--internal-host", "127.0.0.1", "--port", str(self.port)]
        self.process = launch(
            [HOME / "bin" / "label-studio", "start", "--no-browser", *address],
            log,
            cwd=self.folder,
            env=os.environ | ENVIRONMENT | {"LABEL_STUDIO_BASE_DATA_DIR": str(data)},
        )
        until_it_answers(f"{self.url}/health", self.process, log)

    def stop(self):
        """Kill it, and all its processes."""
        if self.process:
            kill(self.process)


@contextmanager
def running(folder: Path):
    """A server on a free port, with a database of its own; all its processes end with the block."""
    needed()
    shutil.copytree(HOME / "database", folder / "data")
    studio = Studio(folder, free_port())
    try:
        studio.start()
        yield studio
    finally:
        studio.stop()
