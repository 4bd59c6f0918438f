"""A small run's data for the page, and a parser that says what is in a page."""

from html.parser import HTMLParser

from augment.reasons import Reason
from augment.report import Case, PlanLine, ReportData
from augment.schema import Drop
from tests.helpers import doc

SAMPLE = doc(
    "[[1:PERSON|[[2:NAME|Olena]] Marchuk]] arrive à [[3:PLACE|Kiev]]. [[1:PERSON|Elle]] y reste.",
    (1, "IS_LOCATED_IN", 3),
    (1, "RESIDES_IN", 3),
    (1, "GENDER_FEMALE", 1),
    id="templates-000001",
)
BARE = doc("Rien à dire aujourd’hui.", id="bare")
FAMILIES = {
    "person": {"label": "Personnes", "colour": "#1f77b4"},
    "place": {"label": "Lieux", "colour": "#2ca02c"},
}


def around(mean, half=0.02):
    return {"mean": mean, "low": mean - half, "high": mean + half}


def scores(macro, **more):
    types = {"IS_LOCATED_IN": macro + 0.1, "IS_BORN_ON": macro - 0.1}
    return {
        "macro_f1": macro,
        "macro_f1_50": None,
        "micro_f1": macro + 0.05,
        "per_type": types,
        "documents": 0.0,
        **more,
    }


def compared(macro, gain, verdict="no gain", micro=0.001, top3=None):
    return scores(
        macro,
        gain={"macro_f1": around(gain), "macro_f1_50": None, "micro_f1": around(micro, 0.003)},
        over_best_llm_free={
            "macro_f1": around(gain - 0.01),
            "macro_f1_50": None,
            "micro_f1": around(0.0),
        },
        best_llm_free="placebo",
        verdict=verdict,
        per_type_gain={
            "IS_LOCATED_IN": {"mean": 0.0, "low": 0.0, "high": 0.0, "p_holm": 1.0},
            "IS_BORN_ON": {**around(2 * gain), "p_holm": 0.0123},
        },
        top3_share=top3,
        non_inferior={"IS_LOCATED_IN": {"low": -0.031, "margin": 0.02, "shown": False}},
    )


def measure(**more):
    sizes = {"50": 0.40, "100": 0.50}
    return {
        "arms": {
            "base": {size: scores(f1) for size, f1 in sizes.items()},
            "placebo": {size: compared(f1 + 0.001, 0.001) for size, f1 in sizes.items()},
            "compose": {
                "50": compared(0.45, 0.05, "gain", top3=0.9),
                "100": compared(0.515, 0.015),
            },
        },
        "seeds": 3,
        "test_documents": 20,
        "masked": {"compose": ["RESIDES_IN"]},
        "dirty": [],
        "student": "linear",
        "folds": None,
        "support": {"IS_LOCATED_IN": 140, "IS_BORN_ON": 7},
        "learning_curve": {
            "base": {"50": 0.40, "100": 0.50},
            "placebo": {"50": 0.401, "100": 0.501},
            "compose": {"50": 0.45, "100": 0.515},
        },
        "chosen": {"100": {"mentions": 3}},
        "set_aside": {"compose": ["compose/7"]},
        "notes": ["compose: one generation batch"],
        **more,
    }


def data(**more):
    drift = (
        {"metric": "relations per text", "left": 20.0, "right": 31.0},
        {"metric": "new vocabulary", "left": None, "right": 0.123},
    )
    fields = {
        "title": "sample",
        "manifest": {
            "fingerprint": "abc123",
            "config": {"corpus": "corpus.jsonl", "demonstration": False},
            "stages": {
                "01_read": {"kept": 80, "dropped": {}},
                "04_rewrite": {"kept": 37, "dropped": {"not_applicable": 3}},
                "07_filter": {"kept": 35, "dropped": {"near_duplicate": 2}},
            },
            "requests": 0,
            "accepted": 0,
            "dropped": {},
            "rewrite": {
                "candidates": 40,
                "accepted": 35,
                "dropped": {"near_duplicate": 2, "not_applicable": 3},
            },
            "edits": {"self_relation": 4},
            "trained_on": ["gold", "compose"],
        },
        "measure": measure(),
        "additions": ("compose",),
        "plan": (
            PlanLine(
                type="IS_BORN_ON", gold=7, f1=0.22, share=0.6, ordered=24, accepted=21, why="rare"
            ),
            PlanLine(type="WEIGHS", gold=0, f1=None, share=0, ordered=0, accepted=0, why="no gold"),
        ),
        "drift": {"compose": drift},
        "gold_values": {"PLACE": {"Kiev": 0.5}, "PERSON": {"Olena": 0.1}},
        "values": {"compose": {"PLACE": {"Lviv": 0.25}, "self-relations": {"GENDER_FEMALE": 1.0}}},
        "families": FAMILIES,
        "family": {"PERSON": "person", "NAME": "person", "PLACE": "place"},
        "relation_labels": {"IS_LOCATED_IN": "est situé à"},
        "examples": (SAMPLE, BARE),
        "cases": (Case(why="the longest", document=SAMPLE),),
        "drops": (Drop(id="x1", stage="filter", reason=Reason.NEAR_DUPLICATE, raw="Kiev…"),),
        "card": {"guide": "small, version 1", "training documents": 60},
    }
    return ReportData(**{**fields, **more})


def empty(**more):
    manifest = {
        "fingerprint": "abc123",
        "config": {},
        "stages": {},
        "requests": 0,
        "accepted": 0,
        "dropped": {},
        "rewrite": {"candidates": 0, "accepted": 0, "dropped": {}},
    }
    return ReportData(title="nothing", manifest=manifest, measure=None, **more)


VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Elements as (tag, attributes, text without that of inner elements); fails if one is open."""

    def __init__(self, html):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"an attribute twice: {tag} {attrs}"
        self.elements.append([tag, dict(attrs), ""])
        if tag not in VOID:
            self._open.append(self.elements[-1])

    def handle_endtag(self, tag):
        assert self._open and self._open[-1][0] == tag, f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, text):
        if self._open:
            self._open[-1][2] += text

    def all(self, tag):
        return [(attributes, text) for name, attributes, text in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(text for _, _, text in self.elements).split())
