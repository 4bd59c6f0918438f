"""The configuration of a run: its fields, how it is read, and what of it decides the output."""

from augment.config.fields import CallConfig, GoldSize, RunConfig, WriteConfig
from augment.config.fingerprint import NOT_IN_FINGERPRINT, fingerprint, run_folder
from augment.config.load import load

__all__ = [
    "NOT_IN_FINGERPRINT",
    "CallConfig",
    "GoldSize",
    "RunConfig",
    "WriteConfig",
    "fingerprint",
    "load",
    "run_folder",
]
