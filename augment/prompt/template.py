"""Templates: strict, sandboxed, versioned text files that ship with the package or are the user's.

>>> template("compose.v1")
Template(name='compose/write.v1', hash='5be2…')

``prompts/compose/write.v1.jinja`` has four blocks: ``system`` and ``shared`` (equal for all orders
of the same types, so that servers can reuse them), ``example`` (what is asked before a shown
answer; may be empty) and ``order``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, meta, nodes
from jinja2 import Template as Jinja
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from augment.errors import ConfigError, PathError, UnknownName
from augment.guide.model import shipped_folder

BLOCKS = ("system", "shared", "example", "order")
VARIABLES = frozenset(
    "guide entities relations rules attributes form reply exhaustive"
    " order types negatives text source rows".split()
)
"""What a template may name; see :func:`augment.prompt.request.prompt` for what is in them."""
USUAL = {"annotate": "text"}
"""The purpose meant when a name gives none and the strategy has several."""
MEND = "mend it there; `augment show prompt` prints the result"

_NAME = re.compile(r"(?P<strategy>[a-z_]+)(?:/(?P<purpose>[a-z_]+))?(?:\.v(?P<version>[1-9]\d*))?")
_FILE = re.compile(r"(?P<purpose>[a-z_]+)\.v(?P<version>[1-9]\d*)\.jinja")


@dataclass(frozen=True)
class Template:
    """One version of one prompt; ``hash`` is of the file and of all that it includes."""

    name: str
    hash: str
    compiled: Jinja = field(repr=False, compare=False)

    @property
    def strategy(self) -> str:
        """The folder: ``compose``."""
        return self.name.partition("/")[0]

    @property
    def purpose(self) -> str:
        """What it asks for: ``write``."""
        return self.name.partition("/")[2].partition(".")[0]

    @property
    def version(self) -> int:
        """Its number."""
        return int(self.name.rpartition(".v")[2])

    def render(self, block: str, variables: dict[str, Any]) -> str:
        """The text of a block. Raises ConfigError: what the template asks for and is not there."""
        context = self.compiled.new_context(variables)
        try:
            written = "".join(self.compiled.blocks[block](context))
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise ConfigError(f"{self.name}, block {block}: {error}", hint=MEND) from error
        return re.sub(r"\n{3,}", "\n\n", written).strip()


@lru_cache(maxsize=64)
def template(name: str, folder: Path | None = None) -> Template:
    """The template of a name: ``compose``, ``compose.v1``, ``annotate/relations.v2``.

    Without a version the newest. The user's ``folder`` goes before what ships with the package,
    for what templates include too. Raises UnknownName with the names there are, PathError,
    ConfigError (not a template, a missing block, a variable that there is not).
    """
    if folder is not None and not folder.is_dir():
        raise PathError(f"{folder}: no folder of prompts there")
    folders = [*([folder] if folder else []), shipped_folder("prompts")]
    file = _find(name, folders)
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(place) for place in folders]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    digest = sha256()
    for part, written in sorted(_parts(file, environment).items()):
        digest.update(f"{part}\0{written}\0".encode())
    compiled = environment.get_template(file)
    missing = [block for block in BLOCKS if block not in compiled.blocks]
    if missing:
        raise ConfigError(f"{file}: no block {missing[0]!r}", hint=f"it needs {', '.join(BLOCKS)}")
    return Template(file.removesuffix(".jinja"), digest.hexdigest(), compiled)


def _find(name: str, folders: list[Path]) -> str:
    """The file that a name means, relative to its folder."""
    asked = _NAME.fullmatch(name)
    found = {
        (path.parent.name, match["purpose"], int(match["version"]))
        for folder in folders
        for path in folder.glob("*/*.jinja")
        if path.parent.name != "shared" and (match := _FILE.fullmatch(path.name))
    }
    fits = sorted(key for key in found if asked and _fits(key, asked.groupdict()))
    purposes = {purpose for _, purpose, _ in fits}
    if asked and len(purposes) > 1 and USUAL.get(asked["strategy"]) in purposes:
        fits = [key for key in fits if key[1] == USUAL[key[0]]]
    if not fits or len({purpose for _, purpose, _ in fits}) > 1:
        known = ", ".join(f"{s}/{p}.v{v}" for s, p, v in sorted(found))
        raise UnknownName(f"no prompt {name!r}; there are: {known}")
    strategy, purpose, version = fits[-1]
    return f"{strategy}/{purpose}.v{version}.jinja"


def _fits(key: tuple[str, str, int], asked: dict[str, str | None]) -> bool:
    strategy, purpose, version = key
    return (
        strategy == asked["strategy"]
        and asked["purpose"] in (None, purpose)
        and asked["version"] in (None, str(version))
    )


def _parts(file: str, environment: ImmutableSandboxedEnvironment) -> dict[str, str]:
    """The sources of a template and of all it includes, by name; each one checked."""
    loader = environment.loader
    sources: dict[str, str] = {}
    wanted = [file]
    while wanted and loader:
        part = wanted.pop()
        if part in sources:
            continue
        try:
            sources[part] = loader.get_source(environment, part)[0]
            tree = environment.parse(sources[part], part)
        except TemplateNotFound as error:
            raise ConfigError(f"{file}: includes {part}, which is not there", hint=MEND) from error
        except TemplateSyntaxError as error:
            raise ConfigError(f"{part}: line {error.lineno}: {error.message}", hint=MEND) from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{part}: not UTF-8: {error}", hint=MEND) from error
        wanted += _references(tree, part)
        for unknown in sorted(meta.find_undeclared_variables(tree) - VARIABLES):
            known = ", ".join(sorted(VARIABLES))
            raise ConfigError(f"{part}: no variable {unknown!r}", hint=f"there are: {known}")
    return sources


def _references(tree: nodes.Template, part: str) -> list[str]:
    found = list(meta.find_referenced_templates(tree))
    if None in found:
        raise ConfigError(f"{part}: includes a file whose name is not written out", hint=MEND)
    return [name for name in found if name]
