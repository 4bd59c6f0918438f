"""Requests in, replies out: the backends, and the only place that retries, limits and pays.

>>> backend = connect("openai", Connection(base_url="http://127.0.0.1:8000/v1"))
>>> list(generate(requests, backend=backend, ledger=ledger))
[Response(id='compose-0001', text='[[e1:PLACE|Kiev]] résiste. …', …), …]
"""

from augment.generate.addresses import Addresses
from augment.generate.call import Progress, generate
from augment.generate.connect import Connection, connect, is_local
from augment.generate.estimate import Estimate, estimate
from augment.generate.failure import UNANSWERED
from augment.generate.gate import CallSettings
from augment.generate.prices import Price, price
from augment.generate.several import Several

__all__ = [
    "UNANSWERED",
    "Addresses",
    "CallSettings",
    "Connection",
    "Estimate",
    "Price",
    "Progress",
    "Several",
    "connect",
    "estimate",
    "generate",
    "is_local",
    "price",
]
