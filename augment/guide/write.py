r"""A guide as YAML that people edit: defaults left out, short lists on one line.

>>> dump(guide)
'name: demo\nentities:\n  PLACE:\n    label: Lieu\n    family: place\n...'
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from augment.guide.model import Guide
from augment.store import writing


class _Dumper(yaml.SafeDumper):
    """Safe, without aliases, block style except for lists of plain values."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def write_plain(self, text: str, split: bool = True) -> None:
        super().write_plain(text, split and not self.flow_level)

    def write_single_quoted(self, text: str, split: bool = True) -> None:
        super().write_single_quoted(text, split and not self.flow_level)


def _plain(value: Any) -> bool:
    return not isinstance(value, (list, dict))


def _list(dumper: _Dumper, data: list[Any]) -> yaml.Node:
    """A list of plain values, or of short lists of them, goes on one line."""
    short = all(_plain(i) or (isinstance(i, list) and all(map(_plain, i))) for i in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=short)


def _text(dumper: _Dumper, data: str) -> yaml.Node:
    style = "|" if "\n" in data else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _text)


def dump(guide: Guide) -> str:
    """The text of ``guide.yaml``; ``load`` gives an equal guide back."""
    data = guide.model_dump(mode="json", exclude_defaults=True)
    for described in [*data["entities"].values(), *data["relations"].values()]:
        for last in ("positive", "negative", "hard_cases"):
            if last in described:
                described[last] = described.pop(last)
    return lay_out(data)


def lay_out(data: Any) -> str:
    """Plain data as the YAML that a guide is written in."""
    return str(yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100))


def write(guide: Guide, folder: Path) -> Path:
    """Write ``folder/guide.yaml`` and return its path. Raises PathError if it cannot."""
    path = folder / "guide.yaml"
    with writing(path) as file:
        file.write(dump(guide))
    return path
