"""What may leave this machine, and for where: a policy of one or two files, the strictest wins.

    hosts: [api.mistral.ai]
    allow:
      - {guide: "*", level: guide}
      - {guide: "*", corpus: 4f1c…64 hex, host: api.mistral.ai, level: pseudonymised}

The machine's file is always read; a project's file can only take away from what it gives. Corpora
and guides are named by the SHA-256 of their content, so that no other name lets anything out.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import StringConstraints, ValidationError, model_validator

from augment.errors import ConfigError, PathError
from augment.schema import Document, Record

MACHINE = Path("/etc/augment/policy.yaml")
"""The machine's file; no option or variable puts another in its place."""
LOG = Path("data/egress.jsonl")
"""Where the log of what left is kept, unless a policy names another place."""
REMOTE = ("remote_llm", "remote")
"""How ``meta.rights`` says whether a document may be shown to a remote LLM."""

_URL = re.compile(r"(https?)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(/[\w./~%-]*)?")
_SECRET = re.compile(r"(?<=//)[^/]*(?=@)|(?<=\?).*")
_DIGEST = r"\*|[0-9a-f]{64}"
Content = Annotated[str, StringConstraints(pattern=rf"^({_DIGEST})$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*://[^/\s]\S*$")]
Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*(:\d{1,5})?$")]


class Level(StrEnum):
    """What may leave; each includes those before it."""

    NOTHING = "nothing"
    GUIDE = "guide"
    PSEUDONYMISED = "pseudonymised"
    EXAMPLES = "examples"


def least(levels: Iterable[Level]) -> Level:
    """The strictest of them."""
    return min(levels, key=list(Level).index)


class Rule(Record):
    """What may leave of a guide, or of a guide with a corpus: SHA-256 of its content, or ``*``.

    ``host`` restricts the rule to one of the file's hosts. Texts need a ``corpus``.
    """

    guide: Content
    corpus: Content | None = None
    host: Host | None = None
    level: Level

    @model_validator(mode="after")
    def _texts_need_a_corpus(self) -> Rule:
        if self.corpus is None and self.level not in (Level.NOTHING, Level.GUIDE):
            raise ValueError(f"level {self.level} is about texts: name their corpus")
        return self

    def holds(self, host: str, guide: str, corpus: str | None) -> bool:
        """True if the rule says something about this request."""
        return (
            self.host in (None, host)
            and self.guide in ("*", guide)
            and (self.corpus is None or (self.corpus in ("*", corpus) and corpus is not None))
        )


class PolicyFile(Record):
    """One file. ``hosts``: names, with ``:port`` if it is not 443. ``allow``: permissions add up.

    ``publish``: prefixes of object stores that files may be written below. ``pseudonymise``: entity
    types whose names are hidden beside personal names. ``log``: where the log of what left is kept.
    """

    hosts: tuple[Host, ...] = ()
    allow: tuple[Rule, ...] = ()
    publish: tuple[Prefix, ...] = ()
    pseudonymise: tuple[str, ...] = ()
    log: Path | None = None

    @model_validator(mode="after")
    def _hosts_are_listed(self) -> PolicyFile:
        for rule in self.allow:
            if rule.host is not None and rule.host not in self.hosts:
                raise ValueError(f"{rule.host} is not among the hosts")
        return self

    def level(self, host: str, guide: str, corpus: str | None) -> Level:
        """The most that a rule of this file allows; ``nothing`` without one."""
        found = [rule.level for rule in self.allow if rule.holds(host, guide, corpus)]
        return max(found, key=list(Level).index, default=Level.NOTHING)

    def publishes(self, url: str) -> bool:
        """True if the URL is one of ``publish``, or below it."""
        return ".." not in url.split("/") and any(
            f"{url}/".startswith(f"{prefix.rstrip('/')}/") for prefix in self.publish
        )


class Policy(Record):
    """The files together: what one of them does not allow is not allowed. Without any, nothing."""

    files: tuple[PolicyFile, ...] = ()

    @property
    def hosts(self) -> frozenset[str]:
        """Hosts that all files name."""
        named = [frozenset(file.hosts) for file in self.files]
        return frozenset.intersection(*named) if named else frozenset()

    @property
    def pseudonymise(self) -> frozenset[str]:
        """Entity types to hide beside personal names: those of all files."""
        return frozenset(kind for file in self.files for kind in file.pseudonymise)

    @property
    def log(self) -> Path:
        """The log's place: the machine's before the project's."""
        return next((file.log for file in self.files if file.log is not None), LOG)

    def check(self, url: str) -> None:
        """Raise ConfigError unless requests may go to that address."""
        if _URL.fullmatch(url) is None:
            shown = _SECRET.sub("***", url)
            raise ConfigError(
                f"{shown!r} is not a plain http(s) address", hint="like http://127.0.0.1:8000/v1"
            )
        if is_local(url):
            return
        if host_of(url) not in self.hosts:
            raise ConfigError(
                f"{url}: sending to another machine is not allowed",
                hint="only 127.0.0.1 and localhost are, unless the policy names the host",
            )
        if not url.startswith("https://"):
            raise ConfigError(f"{url}: to another machine only https", hint="use the https address")

    def check_publishing(self, url: str, server: str | None) -> None:
        """Raise ConfigError unless files may be written there; on this machine they may."""
        if server is not None:
            self.check(server)
            if is_local(server):
                return
        if not self.files or not all(file.publishes(url) for file in self.files):
            hint = "the policy has to name it, or what it is below, under `publish`"
            raise ConfigError(f"{url}: publishing there is not allowed", hint=hint)

    def level(
        self, url: str, *, guide: str, corpus: str | None = None, asked: Level = Level.EXAMPLES
    ) -> Level:
        """What may go to an address: everything if it is local, else what all files allow.

        ``guide`` and ``corpus`` are digests of content (:func:`augment.store.digest`); ``asked``
        can only lower the level.
        """
        if is_local(url):
            return asked
        host = host_of(url)
        if host not in self.hosts or not url.startswith("https://"):
            return Level.NOTHING
        return least([asked, *(file.level(host, guide, corpus) for file in self.files)])


def of_document(document: Document, level: Level) -> Level:
    """What may leave of one document: its own rights can only lower the level.

    ``rights["remote_llm"]`` (or ``remote``): ``false`` and what is not understood mean nothing at
    all, a level's name means that level.
    """
    said = [document.meta.rights.get(name) for name in REMOTE]
    limits = [_limit(value) for value in said if value is not None and value is not True]
    return least([level, *limits])


def _limit(said: Any) -> Level:
    return Level(said) if said in list(Level) else Level.NOTHING


def host_of(url: str) -> str:
    """Host of a plain address, lower-cased, with its port unless that is 443; else empty."""
    found = _URL.fullmatch(url)
    if found is None:
        return ""
    port = found[3] or ""
    return found[2].lower() + ("" if port == ":443" else port)


def is_local(url: str) -> bool:
    """True for an address of this machine's loopback, written plainly (no user, no tricks)."""
    found = _URL.fullmatch(url)
    if found is None:
        return False
    host = found[2].strip("[]").lower()
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_policy(project: Path | None = None, *, machine: Path = MACHINE) -> Policy:
    """The machine's policy, if there is one, and the project's.

    Raises PathError or ConfigError: a policy that cannot be read allows nothing.
    """
    files = [_read(machine)] if _there(machine) else []
    if project is not None:
        files.append(_read(project))
    return Policy(files=tuple(files))


def _there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise PathError(f"{path}: cannot be read: {error.strerror}") from error
    return True


def _read(path: Path) -> PolicyFile:
    try:
        found: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        file = PolicyFile.model_validate({} if found is None else found)
    except OSError as error:
        raise PathError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {where}: {first['msg']}", hint="see docs/privacy.md") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {error}", hint="see docs/privacy.md") from error
    if file.log is None or file.log.is_absolute():
        return file
    return file.model_copy(update={"log": path.parent / file.log})
