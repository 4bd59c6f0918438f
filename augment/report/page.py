"""The page itself: data and templates → one HTML file that needs nothing else.

>>> render(data)[:15]
'<!doctype html>'
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from augment import __version__
from augment.reasons import Reason
from augment.report import gains, verdicts
from augment.report.charts import side
from augment.report.data import ReportData, Values
from augment.report.samples import Families, Shown, show
from augment.report.svg import bracketed, short, signed
from augment.schema import Drop

RAW = 4_000
"""Characters shown of a dropped example."""
LARGE = 0.25
"""From this relative difference on, drift is marked."""


class Stage(NamedTuple):
    """What went into a stage and what came out; ``scale`` is the widest in of its kind."""

    name: str
    into: int
    kept: int
    dropped: dict[str, int]
    scale: int


def render(data: ReportData) -> str:
    """Give the HTML of the page; the same data gives the same bytes."""
    families = Families(data.families, data.family)
    examples = [show(document, families) for document in data.examples]
    cases = [(case.why, show(case.document, families)) for case in data.cases]
    shown = [*data.examples, *(case.document for case in data.cases)]
    return environment().get_template("page.html.jinja").render(
        data=data,
        config=data.manifest["config"],
        dirty=data.measure["dirty"] if data.measure else [],
        measured=gains.measured(data),
        gains=gains,
        verdicts=verdicts,
        mark="",
        stages=stages(data),
        families=families,
        legend=families.seen(shown),
        examples=examples,
        cases=cases,
        drawn=clearest(examples),
        drops=by_reason(data.drops),
        drift=drift(data),
        values=values(data),
        yaml=configuration(data.manifest["config"]),
        version=__version__,
    )  # fmt: skip


def render_measured(title: str, result: Mapping[str, Any], prompted: Sequence[str] = ()) -> str:
    """The page of what `measure --json` writes, for all its students.

    ``prompted``: sentences on LLMs that extract by themselves, beside the first student.
    """
    students = [result, *result["others"].values()]
    data = [
        ReportData(
            title=one["student"],
            manifest={},
            measure=dict(one),
            additions=tuple(one["masked"]),
            prompted=() if i else tuple(prompted),
        )
        for i, one in enumerate(students)
    ]
    return environment().get_template("measure.html.jinja").render(
        title=title,
        result=result,
        dirty=result["dirty"],
        students=data,
        plots=gains.plots(data),
        gains=gains,
        verdicts=verdicts,
        families=Families({}, {}),
        version=__version__,
    )  # fmt: skip


def environment() -> Environment:
    """Templates with their filters; everything that is not markup is escaped."""
    made = Environment(
        loader=PackageLoader("augment.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        points=lambda share: "–" if share is None else f"{100 * share:.1f}",
        signed=signed,
        bracketed=bracketed,
        side=side,
        figure=figure,
        readable=readable,
        count=counted,
        doc=lambda reason: Reason(reason).doc,
        raw=lambda text: short(text, RAW),
    )
    return made


def stages(data: ReportData) -> list[Stage]:
    """The stages in order; bars of documents and bars of samples have scales of their own."""
    made = []
    for name, stage in data.manifest["stages"].items():
        into = stage["kept"] + sum(stage["dropped"].values())
        if name == "04_rewrite" and not into:
            continue
        made.append(Stage(name, into, stage["kept"], stage["dropped"], into))
    read = [name for name, *_ in made if name.startswith("01")]
    widest = {
        kind: max((s.into for s in made if (s.name in read) == kind), default=0)
        for kind in (True, False)
    }
    return [stage._replace(scale=widest[stage.name in read] or 1) for stage in made]


def by_reason(drops: Iterable[Drop]) -> list[tuple[Reason, list[Drop]]]:
    """Drops together by reason, reasons in the order of their list."""
    order = list(Reason)
    ordered = sorted(drops, key=lambda drop: order.index(drop.reason))
    return [(reason, list(found)) for reason, found in groupby(ordered, key=lambda d: d.reason)]


def clearest(examples: list[Shown]) -> Shown | None:
    """The example whose arcs are shown without a click: the richest of those with few enough.

    Where all have too many to be labelled, the one with the fewest.
    """
    related = [e for e in examples if e.document.relations]
    labelled = [e for e in related if e.labelled]
    if labelled:
        return max(labelled, key=lambda e: len(e.document.relations))
    return min(related, key=lambda e: len(e.document.relations), default=None)


def drift(data: ReportData) -> list[tuple[str, float | None, list[tuple[float | None, str]]]]:
    """(metric, gold, by addition its value and its large difference from gold in words)."""
    tables = list(data.drift.values())
    rows = []
    for i, first in enumerate(tables[0] if tables else ()):
        cells = [(table[i]["right"], apart(first["left"], table[i]["right"])) for table in tables]
        rows.append((first["metric"], first["left"], cells))
    return rows


def apart(gold: float | None, made: float | None) -> str:
    """A relative difference of at least LARGE, as '▲ +33 %'; else empty."""
    if not gold or made is None or abs(made - gold) < LARGE * abs(gold):
        return ""
    change = made / gold - 1
    return f"{'▲' if change > 0 else '▼'} {change:+.0%}".replace("-", "−").replace("%", " %")


def values(data: ReportData) -> tuple[list[tuple[str, Values]], list[tuple[str, Values]]]:
    """(kind, column → value → share): first places, nationalities, self-relations; then the rest.

    A column is ``gold`` or an addition.
    """
    columns: dict[str, Values] = {"gold": data.gold_values, **data.values}
    kinds = sorted({kind for found in columns.values() for kind in found})
    watched = ("place", "nationality")
    first = [k for k in kinds if k == "self-relations" or data.family.get(k, "") in watched]
    first.sort(key=lambda k: (k == "self-relations", k))
    table = {k: {name: found.get(k, {}) for name, found in columns.items()} for k in kinds}
    return (
        [(kind, table[kind]) for kind in first],
        [(kind, table[kind]) for kind in kinds if kind not in first],
    )


def figure(value: float | None) -> str:
    """A figure with about three digits, '–' for none."""
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.4g}"


def readable(value: Any) -> str:
    """A value of the data card in words: 'compose 72, mentions 31'."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {n}" for key, n in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def counted(n: int, one: str, many: str = "") -> str:
    """'1 relation', '2 relations'."""
    return f"{n} {one}" if n == 1 else f"{n} {many or one + 's'}"


def configuration(config: dict[str, Any]) -> str:
    """The configuration as the YAML file that `augment run` takes."""
    return str(yaml.safe_dump(config, allow_unicode=True, sort_keys=False))
