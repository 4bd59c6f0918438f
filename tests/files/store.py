"""A real S3 server on loopback, with buckets that tests write to.

with serving(log) as store: store.put("bucket/gold/train.txt", b"…")
"""

import importlib.util
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

from tests.helpers import require
from tests.processes import free_port, kill, started, until_it_answers

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def needed():
    there = importlib.util.find_spec("moto") and importlib.util.find_spec("s3fs")
    require(there, "pip install 'moto[server]' s3fs")


@dataclass
class Store:
    """A running server: where it is, and what a test does there."""

    port: int
    process: subprocess.Popen

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self):
        """What a command needs to find it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.url}

    @property
    def system(self):
        import s3fs

        return s3fs.S3FileSystem(
            key=KEYS["AWS_ACCESS_KEY_ID"],
            secret=KEYS["AWS_SECRET_ACCESS_KEY"],
            endpoint_url=self.url,
            use_listings_cache=False,
        )

    def bucket(self, name):
        self.system.mkdir(name)
        return f"s3://{name}"

    def put(self, place, content):
        self.system.pipe(place, content)

    def names(self, bucket):
        return sorted(self.system.find(bucket))

    def allow(self, actions):
        """After so many actions only keys that it knows may do anything; it knows none."""
        self._post("reset-auth", str(actions))

    def _post(self, what, body):
        asked = urllib.request.Request(
            f"{self.url}/moto-api/{what}", body.encode(), {"Content-Type": "text/plain"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            assert answer.status == 200

    def kill(self):
        kill(self.process)


@contextmanager
def serving(log):
    needed()
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
    with started(command, log) as process:
        store = Store(port, process)
        until_it_answers(f"{store.url}/moto-api/", process, log)
        yield store
