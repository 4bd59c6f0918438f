"""``guide.yaml`` as records, and the questions every stage asks of it.

entities:
  PLACE: {label: Lieu, family: place, definition: "…", positive: [{text: "à [[e1:PLACE|Kiev]]"}]}
relations:
  IS_LOCATED_IN: {label: est situé à, signatures: [[place, place]], lookalikes: [STARTED_IN]}
"""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from augment.codec import decode, parse_relations
from augment.errors import GuideError
from augment.guide.feedback import Feedback
from augment.schema import Document, Record

MEND = "mend it there, then `augment guide check` it"


class Example(Record):
    """One annotated sentence in the inline form; ``absent`` lists triples that would be wrong."""

    text: str
    relations: tuple[tuple[Any, ...], ...] = ()
    absent: tuple[tuple[Any, ...], ...] = ()
    why: str = ""

    def document(self) -> Document:
        """The sentence as a document. Raises CodecError if it does not parse."""
        document = decode(self.text, id="example")
        relations = parse_relations([list(r) for r in self.relations], document.entities)
        return document.model_copy(update={"relations": relations})


class Habits(Record):
    """Where annotators put the borders: shares, 0 to 1, None where too few were seen to tell.

    ``article`` and ``title``: of the mentions that have one, the share with it inside the span.
    ``pronoun``: the share of mentions that are pronouns.
    """

    article: float | None = None
    title: float | None = None
    pronoun: float | None = None


class Described(Record):
    """What an annotator reads about one type; ``support`` is how often a corpus had it.

    ``cues`` are words or phrases in lower case, compared with whole words of the folded text.
    """

    label: str = ""
    support: int = 0
    definition: str = ""
    rule: str = ""
    lookalikes: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    positive: tuple[Example, ...] = ()
    negative: tuple[Example, ...] = ()
    hard_cases: tuple[Example, ...] = ()


class EntityType(Described):
    """An entity type; ``family`` is its coarse class, ``aliases`` other spellings in corpora."""

    family: str
    aliases: tuple[str, ...] = ()
    person_name: bool = False
    habits: Habits = Habits()


class RelationType(Described):
    """A relation type. ``signatures`` are (head, tail) pairs of entity types or families.

    ``self_relation``: may an entity relate to itself. ``one_head``: each tail belongs to one head
    (attributes such as a date of birth). ``patterns`` are sentences in the inline form with
    ``{head}`` and ``{tail}`` slots for the `templates` strategy.
    """

    signatures: tuple[tuple[str, str], ...] = ()
    symmetric: bool = False
    transitive: bool = False
    self_relation: Literal["never", "allowed", "only"] = "never"
    one_head: bool = False
    patterns: tuple[str, ...] = ()


class Family(Record):
    """A coarse class of entity types, for signatures, features, colours and hotkeys."""

    label: str = ""
    colour: str = "#888888"


class Attribute(Record):
    """An attribute that relations may carry: one of ``values``, or an entity id if ``entity``."""

    label: str = ""
    values: tuple[str, ...] = ()
    entity: bool = False
    definition: str = ""


class WrittenRule(Record):
    """A rule that cuts across types, with the examples that test it."""

    title: str
    text: str
    positive: Example
    negative: Example


class Guide(Record):
    """A whole guide. Types are in the order of the file; ``feedback``: what came of reviews."""

    name: str
    version: int = 1
    language: str = "fr"
    title: str = ""
    families: dict[str, Family] = Field(default_factory=dict)
    entities: dict[str, EntityType]
    relations: dict[str, RelationType]
    attributes: dict[str, Attribute] = Field(default_factory=dict)
    rules: dict[str, WrittenRule] = Field(default_factory=dict)
    feedback: tuple[Feedback, ...] = ()

    @property
    def written(self) -> str:
        """Name and version, as samples and reports say which guide they follow."""
        return f"{self.name}.v{self.version}"

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Every accepted spelling of an entity type → its name."""
        spelled = {name: name for name in self.entities}
        return spelled | {a: name for name, e in self.entities.items() for a in e.aliases}

    def canonical(self, entity_type: str) -> str:
        """The guide's name of an entity type; an unknown one comes back as it is."""
        return self.aliases.get(entity_type, entity_type)

    def family(self, entity_type: str) -> str | None:
        """Coarse class of an entity type, None if the guide does not know it."""
        found = self.entities.get(self.canonical(entity_type))
        return found.family if found else None

    @cached_property
    def pairs(self) -> dict[str, frozenset[tuple[str, str]]]:
        """Relation type → all (head, tail) pairs of entity types its signatures allow."""
        members: dict[str, list[str]] = {name: [name] for name in self.entities}
        for name, entity in self.entities.items():
            members.setdefault(entity.family, []).append(name)
        return {
            name: frozenset(
                (h, t)
                for head, tail in relation.signatures
                for h in members[head]
                for t in members[tail]
            )
            for name, relation in self.relations.items()
        }

    def allows(self, relation_type: str, head_type: str, tail_type: str, *, same: bool) -> bool:
        """True if the guide admits this relation between these types; ``same``: head is tail."""
        relation = self.relations.get(relation_type)
        if relation is None:
            return False
        if relation.self_relation == ("never" if same else "only"):
            return False
        return (self.canonical(head_type), self.canonical(tail_type)) in self.pairs[relation_type]

    def candidates(self, head_type: str, tail_type: str, *, same: bool) -> list[str]:
        """Relation types the guide admits between these entity types."""
        key = (self.canonical(head_type), self.canonical(tail_type), same)
        if key not in self._admitted:
            head, tail, _ = key
            self._admitted[key] = tuple(
                r for r in self.relations if self.allows(r, head, tail, same=same)
            )
        return list(self._admitted[key])

    def lookalikes(self, relation_types: Collection[str]) -> list[str]:
        """Relation types that are taken for one of these, themselves left out."""
        alike = dict.fromkeys(o for t in relation_types for o in self.relations[t].lookalikes)
        return [t for t in alike if t in self.relations and t not in relation_types]

    @cached_property
    def _admitted(self) -> dict[tuple[str, str, bool], tuple[str, ...]]:
        return {}

    @cached_property
    def person_names(self) -> frozenset[str]:
        """Entity types whose mentions are personal names, aliases included."""
        named = {name for name, e in self.entities.items() if e.person_name}
        return frozenset(alias for alias, name in self.aliases.items() if name in named)


def folder(name_or_path: str) -> Path:
    """The folder of a guide given by path or by the name of one that ships with the package.

    Raises GuideError with the names there are.
    """
    path = Path(name_or_path)
    if (path / "guide.yaml").is_file():
        return path
    shipped = shipped_folder("guidelines")
    if os.sep not in name_or_path and (shipped / name_or_path / "guide.yaml").is_file():
        return shipped / name_or_path
    known = ", ".join(sorted(p.parent.name for p in shipped.glob("*/guide.yaml")))
    raise GuideError(
        f"{name_or_path}: no guide there (a folder with guide.yaml)",
        hint=f"give a folder, or one of: {known}",
    )


def shipped_folder(name: str) -> Path:
    """A data folder that ships with the package: beside it in a checkout, inside it in a wheel."""
    package = Path(str(files("augment")))
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name


def load(name_or_path: str) -> Guide:
    """Read and check a guide. Raises GuideError: what is wrong, in which file, at which field."""
    path = folder(name_or_path) / "guide.yaml"
    try:
        raw = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        guide = Guide.model_validate(raw)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise GuideError(f"{path}: not YAML: {yaml_fault(error)}", hint=MEND) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise GuideError(f"{path}: {where}: {first['msg']}", hint=MEND) from error
    known = set(guide.entities) | {e.family for e in guide.entities.values()}
    for name, relation in guide.relations.items():
        for end in sorted({end for pair in relation.signatures for end in pair} - known):
            raise GuideError(
                f"{path}: relations.{name}.signatures: unknown type or family {end!r}", hint=MEND
            )
    return guide


def yaml_fault(error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """Where and why a file is not YAML, in one line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"line {mark.line + 1}: {problem}" if mark else problem
