"""Manifest, scores, plan and samples → one page that opens offline.

>>> Path("report.html").write_text(render(data))
"""

from augment.report.comparison import render_comparison, revision_lines
from augment.report.comparison import table as comparison_table
from augment.report.data import Case, PlanLine, ReportData
from augment.report.page import render, render_measured

__all__ = [
    "Case",
    "PlanLine",
    "ReportData",
    "comparison_table",
    "render",
    "render_comparison",
    "render_measured",
    "revision_lines",
]
