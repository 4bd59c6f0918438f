"""Augment annotated French text for information extraction.

Every stage takes one record type of :mod:`augment.schema` and gives another; see README.md.
"""

__version__ = "0.1.0"
