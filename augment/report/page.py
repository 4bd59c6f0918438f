"""The page itself."""

from __future__ import annotations

import json
from html import escape

from augment.report.data import ReportData


def render(data: ReportData) -> str:
    """Give the HTML of the page; the same data gives the same bytes."""
    shown = escape(json.dumps(data.manifest, ensure_ascii=False, indent=1))
    return f"<!doctype html><title>{escape(data.title)}</title><pre>{shown}</pre>"
