"""Imports what a process that sends batches needs, once, before it is forked."""

from contextlib import closing, suppress

from augment.errors import Unreachable
from augment.generate import Connection
from augment.generate.batch import connect
from tests.generate.batches import VENDORS

for vendor in VENDORS:
    connection = Connection(base_url="http://127.0.0.1:1")
    with closing(connect(vendor, connection)) as api, suppress(Unreachable):
        api.tags()
