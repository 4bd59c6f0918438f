"""Findings counted over a corpus, and the table of all rules and reasons.

{"documents": 400, "mentions": 11503, "relations": 15600, "issues": {"missing_closure": 310},
 "conforming_relations": 1.0}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from augment.guide.model import Guide
from augment.reasons import Reason
from augment.schema import Document, Drop
from augment.validate.rules import BAD_ATTRIBUTE, GRAPH, RELATION, TEXT, UNSOUND, Rule
from augment.validate.stage import look_on

RULES: dict[str, Rule] = {
    str(rule.code): rule for rule in (*UNSOUND, *TEXT, *RELATION, BAD_ATTRIBUTE, *GRAPH)
}
"""All rules by code."""

NONCONFORMING = ("unknown_relation", "self_relation", "wrong_signature")


def summarise(
    records: Iterable[Document | Drop], guide: Guide, *, examples: int = 3
) -> dict[str, Any]:
    """Counts over a corpus as `read` gives it (the documents are sound), not kept in memory.

    ``documents``, ``mentions``, ``relations`` (of the documents that could be read), ``issues``:
    number by code of rule or, for rows that could not be read, by reason;
    ``conforming_relations``: share, 0–1, of relations whose type and signature the guide admits;
    ``findings``: number of issues that are more than information; ``examples``: up to that many
    details by code, each with its document's id.
    """
    total: Counter[str] = Counter()
    issues: Counter[str] = Counter()
    shown: dict[str, list[str]] = {}
    for record in records:
        if isinstance(record, Drop):
            seen = [(record.reason.value, record.detail)]
        else:
            total["documents"] += 1
            total["mentions"] += sum(len(entity.mentions) for entity in record.entities)
            total["relations"] += len(record.relations)
            seen = [(str(s.rule.code), s.detail) for s in look_on(record, guide)]
        for code, detail in seen:
            issues[code] += 1
            if issues[code] <= examples:
                shown.setdefault(code, []).append(f"{record.id}: {detail}")
    wrong = sum(issues[code] for code in NONCONFORMING)
    return {
        **{name: total[name] for name in ("documents", "mentions", "relations")},
        "issues": dict(sorted(issues.items())),
        "conforming_relations": 1 - wrong / total["relations"] if total["relations"] else 1.0,
        "findings": sum(n for code, n in issues.items() if explain(code)[0] != "info"),
        "examples": shown,
    }


def explain(code: str) -> tuple[str, str]:
    """Action and description of an issue's code, a rule's or a reason's."""
    rule = RULES.get(code)
    return (rule.action, rule.doc) if rule else ("dropped", Reason(code).doc)


def reasons_table() -> str:
    """Markdown page: every rule of `validate` with scope and action, every reason for a drop."""
    lines = [
        "# Findings and reasons",
        "",
        "Written by `augment show reasons > docs/reasons.md`; a test says when it is out of date.",
        "",
        "## Rules of `validate`",
        "",
        "Removed and completed relations have their pair masked, so that it is neither positive "
        "nor negative for a student, and count as edits.",
        "",
        "| rule | scope | action | what it finds |",
        "|---|---|---|---|",
        *(
            f"| `{rule.code}` | {rule.scope} | {rule.action} | {rule.doc} |"
            for rule in RULES.values()
        ),
        "",
        "## Reasons for a drop, all stages",
        "",
        "| reason | what it means |",
        "|---|---|",
        *(f"| `{reason.value}` | {reason.doc} |" for reason in Reason),
    ]
    return "\n".join(lines) + "\n"
