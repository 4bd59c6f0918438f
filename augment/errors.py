"""Every error this package raises on purpose.

    AugmentError              exit 1   nothing usable came out
    ├── UsageError            exit 2   options, configuration, a path: the caller can mend it
    │   ├── PathError                  a file or folder is missing, empty or not writable
    │   │   └── DiskFull                   no space is left, or the file may not grow
    │   ├── ConfigError                a configuration file or value is wrong
    │   ├── GuideError                 an annotation guide is missing or contradicts itself
    │   ├── UnknownName                no such strategy, format, student …; lists those there are
    │   ├── MissingExtra               an optional package is not installed; gives the install line
    │   └── FingerprintError           the run folder belongs to another configuration
    ├── RecordError                    one bad record: becomes a drop, never leaves a stage
    │   └── CodecError                 markup or relations of one text cannot be read
    ├── NoResult                       nothing was left to work with
    │   ├── NoReply                        no LLM answered anything
    │   └── WorkersLost                    processes or a cluster did not do a part of the work
    ├── ReviewError                    a Label Studio refuses, is too old or makes no sense
    │   └── ReviewAway      retryable  a Label Studio does not answer, or failed
    ├── StoreError                     a run folder or ledger is locked, damaged or out of space
    │   └── InUse                          another process works there
    └── BackendError                   an LLM server gave no reply; one class a cause
        ├── RateLimited     retryable  too many requests or tokens; may say how long to wait
        ├── ServerError     retryable  500 and the like
        ├── Unreachable     retryable  no connection could be made
        ├── TimedOut        retryable  no answer in time; it may be charged (``unsure``)
        ├── ConnectionLost  retryable  broken off in the middle; it may be charged (``unsure``)
        ├── BadReply        retryable  an answer that cannot be read (``unsure``)
        ├── AuthError           fatal  the key is missing, wrong or not allowed
        ├── OutOfCredit         fatal  the account has no credit left
        ├── ModelNotFound       fatal  no such model, or no such address on this server
        ├── BadRequest                 the server does not take this request
        ├── ContextTooLong             the prompt does not fit the model
        ├── Refused                    a content filter did not let the request through
        └── NotRecorded                the ledger or file that is replayed has no such reply

Each class carries ``hint``, one line on what to do, and ``retryable``.

>>> PathError("corpus.csv: no such file").exit_code
2
"""

from __future__ import annotations

from collections.abc import Iterable


class AugmentError(Exception):
    """Base of all errors; ``str(error)`` says what and where, ``hint`` what to do."""

    retryable = False
    exit_code = 1
    hint = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class UsageError(AugmentError):
    """The caller can mend it: an option, a configuration, a path."""

    exit_code = 2


class PathError(UsageError):
    """A file or folder is missing, empty, of the wrong kind or not writable."""

    hint = "check the path"


class DiskFull(PathError):
    """No space is left on the disk, or in a quota, or the file may not grow further."""

    hint = "free some space and run again"


class ConfigError(UsageError):
    """A configuration file or value is wrong."""

    hint = "`augment show fields` lists what can be set"


class GuideError(UsageError):
    """An annotation guide is missing, unreadable or contradicts itself."""

    hint = "run `augment guide check GUIDE`"


class UnknownName(UsageError):
    """A name is not in a registry; the message lists the names there are."""

    hint = "use one of the names listed"


class MissingExtra(UsageError):
    """An optional package is not installed."""


class FingerprintError(UsageError):
    """The run folder was made by another configuration."""

    hint = "use another --out, or the configuration this folder was made with"


class RecordError(AugmentError):
    """One record is bad; ``code`` is a :class:`augment.reasons.Reason`."""

    def __init__(self, code: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class CodecError(RecordError):
    """The markup or the relations of one text cannot be read."""


class NoResult(AugmentError):
    """Nothing was left to work with."""

    hint = "read dropped.jsonl: it gives a reason for every record"


class NoReply(NoResult):
    """No request got a reply; ``reasons``: why not (:class:`augment.reasons.Reason`)."""

    hint = "once that is changed, the same call goes on from here"

    def __init__(self, message: str, reasons: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.reasons = tuple(reasons)


class WorkersLost(NoResult):
    """Processes or a cluster did not get a part of the work done."""

    hint = "run it again, it goes on where it was"


class StoreError(AugmentError):
    """A run folder is in use by another process, or damaged."""

    hint = "wait for the other process, or delete the folder and run again"


class InUse(StoreError):
    """Another process works in this folder."""

    hint = "wait for the other process"


class ReviewError(AugmentError):
    """A Label Studio refuses, is of another version, or answers nonsense."""

    hint = "is it a Label Studio, and is it well? what was pushed is kept"


class ReviewAway(ReviewError):
    """A Label Studio does not answer, breaks off, or fails: it may come back."""

    retryable = True


class BackendError(AugmentError):
    """An LLM server gave no reply.

    ``fatal``: every request would fail the same way. ``unsure``: the server may have charged for
    it all the same. ``retry_after``: seconds the server asked us to wait, if it did. ``param``:
    the field of the request that the server names as the cause, if it does. ``elsewhere``: how
    often the request may go to another address of the model, where one is well.
    """

    fatal = False
    unsure = False
    elsewhere = 0

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        retry_after: float | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        self.param = param


class RateLimited(BackendError):
    """429: too many requests or tokens."""

    retryable = True
    hint = "lower --concurrency, or set the provider's limits per minute"


class ServerError(BackendError):
    """The server failed (5xx)."""

    retryable = True
    hint = "try again later; what was answered is kept"


class Unreachable(BackendError):
    """No connection could be made, so nothing was sent."""

    retryable = True
    hint = "is the server running at this address?"


class TimedOut(BackendError):
    """No answer in time."""

    retryable = True
    unsure = True
    hint = "raise the timeout, or lower --concurrency"


class ConnectionLost(BackendError):
    """The connection broke after the request was sent."""

    retryable = True
    unsure = True
    hint = "try again; what was answered is kept"


class BadReply(BackendError):
    """The server answered something that is not a chat completion."""

    retryable = True
    unsure = True
    hint = "is this address a chat completions server?"


class AuthError(BackendError):
    """401 or 403: the key is missing, wrong or not allowed to use this."""

    fatal = True
    hint = "check the key in the environment (OPENAI_API_KEY, MISTRAL_API_KEY)"


class OutOfCredit(BackendError):
    """The account has no credit or quota left."""

    fatal = True
    hint = "add credit, then run again: what was answered is kept"


class ModelNotFound(BackendError):
    """404: no such model, or no such address on this server."""

    fatal = True
    hint = "check the model's name and --base-url (often ends in /v1)"


class BadRequest(BackendError):
    """The server does not take this request."""

    hint = "change what the server does not take, with --set, or ask another model"


class ContextTooLong(BackendError):
    """Prompt and answer do not fit the model's context."""

    hint = "ask for fewer examples, or use a model with a larger context"


class Refused(BackendError):
    """A content filter did not let the request through."""

    hint = "see the event types that are refused, or use another model"


class NotRecorded(BackendError):
    """The ledger or file that is replayed holds no reply to this request."""

    hint = "orders and replies do not match: record them again"
