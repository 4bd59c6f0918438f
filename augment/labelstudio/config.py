"""The labelling configuration of a guide, in Label Studio's XML.

<View>
  <Labels name="label" toName="text" showInline="true">
    <View><Header value="Lieu" size="6"/><Label value="PLACE" background="#2ca02c" …/></View>
  </Labels>
  <Text name="text" value="$text" granularity="symbol"/>
  <Relations choice="multiple"><Relation value="même_entité"/>…</Relations>
</View>
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, fromstring, indent, tostring

from augment.guide.model import Guide
from augment.labelstudio import pages
from augment.labelstudio.names import (
    LABEL,
    REASON,
    REASONS,
    SAME,
    SELF,
    TEXT,
    VERDICT,
    VERDICTS,
    WRONG,
)

_KEYS = string.digits[1:] + "0" + string.ascii_lowercase.replace("u", "")
"""Keys free for labels: ``u`` unselects a region."""
_SAME_COLOUR = "#888888"
_STYLE = """
.instructions li { list-style: disc; margin-left: 1.2em; }
.reviewed { padding: 2em 4em 0; }
.reviewed [class*="richtext"] { white-space: pre-wrap !important; line-height: 3 !important; }
.guide { position: sticky; top: 0; z-index: 101; }
.guide, .guide details div { background: var(--color-neutral-background, Canvas); }
.guide [class*="richtext__container"] { max-height: 6em; overflow-y: auto; }
.guide details { display: inline-block; font-size: 13px; margin: 0.1em 0.3em 0.1em 0; }
.guide summary { list-style: none; cursor: pointer; padding: 0 0.4em; border: 1px solid #8888; }
.guide details[open] summary { outline: 2px solid; outline-offset: -2px; }
.guide details div { position: absolute; top: 100%; left: 0; right: 0; max-height: 45vh; }
.guide details div { overflow-y: auto; padding: 0.5em 1em; border: 1px solid #8888; }
"""
"""Spaces as they are, and room for arrows and their labels; the guide's types stay in sight, and
the paragraph of the one that was clicked lies over the page."""


def config(
    guide: Guide,
    *,
    task: Literal["correct", "triage"] = "correct",
    types: Sequence[str] | None = None,
) -> str:
    """XML of the configuration; ``types``: relation types that are asked for, by default all.

    `correct`: spans, clusters and relations can be edited. `triage`: the triples listed in the
    task's data are ticked where they are wrong. Both end with a verdict and its reasons.
    """
    asked = [name for name in guide.relations if types is None or name in types]
    view = Element("View")
    SubElement(view, "Style").text = _STYLE
    SubElement(view, "Header", value="$why", size="5")
    _html(view, "instructions", pages.instructions(guide, task))
    if task == "correct":
        _labels(view, guide, task)
    _html(view, "guide", pages.paragraphs(guide, asked))
    editable = "true" if task == "correct" else "false"
    text = {"name": TEXT, "value": "$text", "granularity": "symbol", "selectionEnabled": editable}
    SubElement(SubElement(view, "View", className="reviewed"), "Text", text)
    if task == "correct":
        _relations(view, guide, asked)
    else:
        _triples(view)
    _verdict(view, task)
    if task == "triage":
        _labels(view, guide, task)
    indent(view)
    return tostring(view, encoding="unicode")


def offered(xml: str) -> set[tuple[str, str]]:
    """What can be said under a configuration, as (control, choice), whatever its words and looks.

    Raises xml.etree.ElementTree.ParseError.
    """
    controls = [e for e in fromstring(xml).iter() if e.tag in ("Labels", "Relations", "Choices")]
    return {
        (control.get("name", control.tag), choice.get("value", ""))
        for control in controls
        for choice in control.iter()
        if choice.tag in ("Label", "Relation", "Choice")
    }


def _html(view: Element, name: str, html: str) -> None:
    """A page within the task. Label Studio would read ``$word`` as a field of the task's data."""
    value = html.replace("$", "&#36;")
    shown = SubElement(view, "View", className=name)
    SubElement(shown, "HyperText", name=name, value=value, inline="true", selectionEnabled="false")


def _labels(view: Element, guide: Guide, task: str) -> None:
    """Entity types by family; the most frequent have keys."""
    labels = SubElement(view, "Labels", name=LABEL, toName=TEXT, showInline="true")
    frequent = sorted(guide.entities, key=lambda name: -guide.entities[name].support)
    keys = dict(zip(frequent, _KEYS, strict=False)) if task == "correct" else {}
    members: dict[str, list[str]] = {}
    for name, entity in guide.entities.items():
        members.setdefault(entity.family, []).append(name)
    for family, names in members.items():
        known = guide.families.get(family)
        style = "display: inline-block; margin-right: 1em; vertical-align: top"
        group = SubElement(labels, "View", style=style)
        if len(names) > 1:
            SubElement(group, "Header", value=known.label if known else family, size="6")
        for name in names:
            entity = guide.entities[name]
            hint = " ".join(part for part in (entity.label, "—", entity.definition) if part)
            label = SubElement(group, "Label", value=name, hint=hint)
            label.set("background", known.colour if known else _SAME_COLOUR)
            if name in keys:
                label.set("hotkey", keys[name])


def _relations(view: Element, guide: Guide, asked: list[str]) -> None:
    arrows = SubElement(view, "Relations", choice="multiple")
    SubElement(arrows, "Relation", value=SAME, background=_SAME_COLOUR)
    for name in asked:
        SubElement(arrows, "Relation", value=name)
    loops = [name for name in asked if guide.relations[name].self_relation != "never"]
    if loops:
        title = "Relations de l’entité avec elle-même (sélectionnez un empan)"
        SubElement(view, "Header", value=title, size="6")
        given = {"name": SELF, "toName": TEXT, "perRegion": "true", "choice": "multiple"}
        choices = SubElement(view, "Choices", given)
        for name in loops:
            SubElement(choices, "Choice", value=name, hint=guide.relations[name].definition)


def _triples(view: Element) -> None:
    SubElement(view, "Header", value="Cochez les relations fausses", size="5")
    given = {"name": WRONG, "toName": TEXT, "choice": "multiple", "value": "$triples"}
    SubElement(view, "Choices", given)


def _verdict(view: Element, task: str) -> None:
    """The verdict; in `correct` what was changed says enough, unless the text is rejected."""
    SubElement(view, "Header", value="Verdict", size="5")
    required = "true" if task == "triage" else "false"
    given = {"name": VERDICT, "toName": TEXT, "choice": "single-radio", "showInline": "true"}
    said = {"required": required, "requiredMessage": "Donnez un verdict."}
    verdict = SubElement(view, "Choices", given | said)
    for name in VERDICTS:
        SubElement(verdict, "Choice", value=name)
    shown = {"visibleWhen": "choice-selected", "whenTagName": VERDICT}
    names = [name for name, meaning in VERDICTS.items() if meaning != "accept"]
    given = {"name": REASON, "toName": TEXT, "choice": "multiple", "showInline": "true"}
    reasons = SubElement(view, "Choices", given | shown | {"whenChoiceValue": ",".join(names)})
    for line in REASONS:
        SubElement(reasons, "Choice", value=line)
