"""What Label Studio's editor does to an annotation, and what a person can do in it, imitated.

Read in the editor's source and seen in a browser: of two relations with the same ordered pair of
regions the second goes, as do labels and choices that the configuration does not declare, and the
arrows of a deleted region.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from copy import deepcopy


def submitted(xml: str, results: list[dict]) -> list[dict]:
    """The results that are left after opening and submitting them under a configuration."""
    view = ET.fromstring(xml)
    declared = {tag: {e.get("value") for e in view.iter(tag)} for tag in ("Label", "Relation")}
    choices = {c.get("name"): {e.get("value") for e in c} for c in view.iter("Choices")}
    regions = {r["id"] for r in results if r["type"] == "labels"}
    pairs, kept = set(), []
    for result in deepcopy(results):
        if result["type"] == "labels":
            named = result["value"]["labels"]
            result["value"]["labels"] = [n for n in named if n in declared["Label"]]
        elif result["type"] == "choices":
            named = result["value"]["choices"]
            result["value"]["choices"] = [n for n in named if n in choices[result["from_name"]]]
        else:
            pair = result["from_id"], result["to_id"]
            if pair in pairs or not regions.issuperset(pair):
                continue
            pairs.add(pair)
            result["labels"] = [n for n in result["labels"] if n in declared["Relation"]]
        kept.append(result)
    return kept


class Editor:
    """An opened task; each method is what a person can do, ``results`` what would be submitted."""

    def __init__(self, task: dict) -> None:
        self.text = task["data"]["text"]
        self.results = deepcopy(task["predictions"][0]["result"])

    def find(self, value: str, nth: int = 0) -> str:
        """The id of the n-th region with this text."""
        found = [r for r in self.results if r["type"] == "labels" and r["value"]["text"] == value]
        return found[nth]["id"]

    def mark(self, value: str, label: str, *, id: str = "aB3-xK_9zQ", unit: str = "points") -> str:
        """Draw a region over the last place of a text, counted in code points or UTF-16."""
        start = self.text.rindex(value)
        end = start + len(value)
        if unit == "utf-16":
            start, end = (len(self.text[:n].encode("utf-16-le")) // 2 for n in (start, end))
        said = {"start": start, "end": end, "text": value.replace("\n", "\\n"), "labels": [label]}
        region = {"id": id, "from_name": "label", "to_name": "text", "type": "labels"}
        self.results.append({**region, "origin": "manual", "value": said})
        return id

    def delete(self, id: str) -> None:
        """Delete a region, and with it its arrows."""
        ends = ("id", "from_id", "to_id")
        self.results = [r for r in self.results if id not in [r.get(end) for end in ends]]

    def arrow(self, start: str, end: str, *labels: str, direction: str = "right") -> None:
        """Draw an arrow; an ordered pair that has one already gets no second."""
        if not any((r.get("from_id"), r.get("to_id")) == (start, end) for r in self.results):
            ends = {"from_id": start, "to_id": end, "type": "relation"}
            self.results.append({**ends, "direction": direction, "labels": list(labels)})

    def erase(self, start: str, end: str) -> None:
        """Delete the arrow from one region to another."""
        pair = (start, end)
        self.results = [r for r in self.results if (r.get("from_id"), r.get("to_id")) != pair]

    def label(self, id: str, label: str) -> None:
        """Give a region another label."""
        region = next(r for r in self.results if r.get("id") == id and r["type"] == "labels")
        region["value"]["labels"] = [label]

    def tick(self, control: str, *choices: str) -> None:
        """Tick choices of the whole task."""
        value = {"choices": list(choices)}
        given = {"id": "cH0", "from_name": control, "to_name": "text", "type": "choices"}
        self.results.append({**given, "value": value})
