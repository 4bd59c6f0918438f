"""Every error this package raises on purpose.

    AugmentError              exit 1   nothing usable came out
    ├── UsageError            exit 2   options, configuration, a path: the caller can mend it
    │   ├── PathError                  a file or folder is missing, empty or not writable
    │   ├── ConfigError                a configuration file or value is wrong
    │   ├── GuideError                 an annotation guide is missing or contradicts itself
    │   ├── UnknownName                no such strategy, format, student …; lists those there are
    │   ├── MissingExtra               an optional package is not installed; gives the install line
    │   └── FingerprintError           the run folder belongs to another configuration
    ├── RecordError                    one bad record: becomes a drop, never leaves a stage
    │   └── CodecError                 markup or relations of one text cannot be read
    ├── NoResult                       nothing was left to work with
    └── StoreError                     a run folder is locked or damaged

Each class carries ``hint``, one line on what to do, and ``retryable``.

>>> PathError("corpus.csv: no such file").exit_code
2
"""

from __future__ import annotations


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


class ConfigError(UsageError):
    """A configuration file or value is wrong."""

    hint = "see `augment run --help` for the fields"


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
    """One record is bad; ``code`` is a :class:`augment.schema.Reason`."""

    def __init__(self, code: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class CodecError(RecordError):
    """The markup or the relations of one text cannot be read."""


class NoResult(AugmentError):
    """Nothing was left to work with."""

    hint = "read dropped.jsonl: it gives a reason for every record"


class StoreError(AugmentError):
    """A run folder is in use by another process, or damaged."""

    hint = "wait for the other process, or delete the folder and run again"
