"""`make bundle`, then an installation from it with the network off, outside the repository.

It downloads the pinned packages, so it runs where everything is required (CI), not by default.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import ROOT

pytestmark = pytest.mark.skipif(
    not os.environ.get("AUGMENT_REQUIRE_ALL"), reason="not run: set AUGMENT_REQUIRE_ALL"
)


def no_network() -> list[str]:
    """A prefix that runs a command in an empty network namespace, where the system allows it."""
    prefix = ["unshare", "--map-root-user", "--net"]
    allowed = shutil.which("unshare") and not subprocess.run([*prefix, "true"]).returncode
    return prefix if allowed else []


def call(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory):
    place = tmp_path_factory.mktemp("bundle")
    ignore = shutil.ignore_patterns(
        ".git", ".venv*", "runs", "wheelhouse", "__pycache__", ".*_cache"
    )
    shutil.copytree(ROOT, place / "repo", ignore=ignore)
    call("make", "bundle", f"PYTHON={sys.executable}", cwd=place / "repo")
    return place / "repo" / "wheelhouse"


def test_the_bundle_installs_and_runs_the_sample_offline(wheelhouse, tmp_path):
    call(sys.executable, "-m", "venv", "fresh", cwd=tmp_path)
    binaries = tmp_path / "fresh" / "bin"
    offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--find-links", wheelhouse]
    requirements = wheelhouse / "requirements.txt"
    call(
        *no_network(),
        binaries / "python",
        *install,
        "--require-hashes",
        "--requirement",
        requirements,
        cwd=tmp_path,
        **offline,
    )
    printed = call(
        *no_network(), binaries / "augment", "run", "sample", "--out", "out", cwd=tmp_path
    )
    assert "DEMONSTRATION: small sample, not evidence" in printed
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["rewrite"]["accepted"] > 0
    assert "augment/_data" in call(
        *[
            binaries / "python",
            "-c",
            "from augment.guide.model import folder; print(folder('textmine'))",
        ],
        cwd=tmp_path,
    ).replace(os.sep, "/")
