"""Manifest, scores, plan and samples → one page that opens offline.

>>> Path("report.html").write_text(render(data))
"""

from augment.report.data import Case, PlanLine, ReportData
from augment.report.page import render

__all__ = ["Case", "PlanLine", "ReportData", "render"]
