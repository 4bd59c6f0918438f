"""Requests answered by a vendor's batch API, or by any means that reads and writes its files.

>>> export(requests, "openai", path=Path("requests.jsonl"), ledger=ledger).files
[File(path=PosixPath('requests.jsonl'), model='gpt-x', requests=200, bytes=812331)]
>>> import_([Path("output.jsonl")], requests, ledger, backend="openai").stored
198
"""

from augment.generate.batch.collection import Collected, collect, status
from augment.generate.batch.files import FORMATS, Exported, File, export, missing
from augment.generate.batch.replies import Imported, import_
from augment.generate.batch.store import Job, JobStore, requests_of
from augment.generate.batch.submission import Submission, SubmitSettings, submit
from augment.generate.batch.vendor import State, check_content, connect

__all__ = [
    "FORMATS",
    "Collected",
    "Exported",
    "File",
    "Imported",
    "Job",
    "JobStore",
    "State",
    "Submission",
    "SubmitSettings",
    "check_content",
    "collect",
    "connect",
    "export",
    "import_",
    "missing",
    "requests_of",
    "status",
    "submit",
]
