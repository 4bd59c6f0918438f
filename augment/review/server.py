"""A Label Studio server: its projects and tasks; the only module that knows the vendor's package.

>>> server = Server("http://127.0.0.1:8080", token)
>>> project = server.create("lot 1", xml)
>>> server.import_tasks(project.id, [{"data": {"text": "Kiev résiste."}, "predictions": []}])
1

Legacy tokens and personal access tokens are both fine. What goes to another machine has to be
allowed by the policy, and is in the log of what left before it is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from augment.egress import EgressLog
from augment.errors import ConfigError, ReviewAway, ReviewError, UnknownName
from augment.policy import Policy, is_local
from augment.registry import missing

Json = dict[str, Any]
T = TypeVar("T")
OLDEST = (1, 20)
"""The oldest Label Studio whose answers are understood."""
_PAGE = 200
_LONGEST_MESSAGE = 200


class Project(NamedTuple):
    """A project; ``config`` is its labelling configuration, ``each`` how many annotate a task."""

    id: int
    title: str
    config: str
    each: int


class Server:
    """Asks one server; every failure is a ReviewError that says what and where.

    ``timeout``: seconds without an answer. Raises ConfigError for an address that the policy does
    not allow, MissingExtra, and ReviewError at once for a server that is dead, of another kind,
    too old, or that does not take the token.
    """

    def __init__(
        self, url: str, token: str, *, policy: Policy | None = None, timeout: float = 120.0
    ) -> None:
        self.url = url.rstrip("/")
        (policy or Policy()).check(self.url)
        if not token.isascii() or not token.isprintable():
            raise ConfigError("LABEL_STUDIO_API_KEY: no token has such characters")
        try:
            import label_studio_sdk
        except ModuleNotFoundError as error:
            raise missing("command", "review", error) from error
        log = None if is_local(self.url) else EgressLog((policy or Policy()).log)
        self._client = client = _client(self.url, token, timeout, log)
        make = partial(label_studio_sdk.LabelStudio, base_url=self.url, api_key=token)
        given = {"httpx_client": client, "timeout": timeout, "max_retries": 0}
        self._api: Any = self._ask(lambda: make(**given))
        self._check_version()
        self._ask(self._api.users.whoami)

    def _check_version(self) -> None:
        release = str(getattr(self._ask(self._api.versions.get), "release", None) or "")
        found = re.match(r"(\d+)\.(\d+)", release)
        if found is None:
            raise self._error("this is no Label Studio")
        if (int(found[1]), int(found[2])) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise self._error(f"Label Studio {release} is too old", f"it takes {oldest} or later")

    def close(self) -> None:
        """End its connections."""
        self._client.close()

    def projects(self) -> list[Project]:
        """All projects that the token's owner may see."""
        return [_project(found) for found in self._ask(lambda: list(self._api.projects.list()))]

    def find(self, name: str) -> Project | None:
        """The project with that number or title, None if there is none of that title.

        Raises UnknownName if there is none of that number, or several of that title.
        """
        known = self.projects()
        by_number = [p for p in known if name.isdecimal() and p.id == int(name)]
        found = by_number or [p for p in known if p.title == name]
        if len(found) > 1:
            numbers = ", ".join(str(p.id) for p in found)
            raise UnknownName(f"--project {name}: {self.url} has several", hint=f"one of {numbers}")
        if not found and name.isdecimal():
            listed = ", ".join(f"{p.id} ({p.title})" for p in known) or "none"
            raise UnknownName(f"no project {name} at {self.url}; there are: {listed}")
        return found[0] if found else None

    def create(self, title: str, config: str) -> Project:
        """A new project that shows predictions to whoever opens a task."""
        fields: Json = {"show_collab_predictions": True, "show_skip_button": True}
        return _project(
            self._ask(lambda: self._api.projects.create(title=title, label_config=config, **fields))
        )

    def import_tasks(self, project: int, tasks: Sequence[Json]) -> int:
        """Add tasks with their predictions; how many the server says it took."""
        ask = self._api.projects.import_tasks
        taken = self._ask(lambda: ask(id=project, request=list(tasks), return_task_ids=True))
        return len(taken.task_ids or ())

    def delete(self, tasks: Iterable[int]) -> None:
        """Take tasks away, with all that is in them."""
        for task in tasks:
            self._ask(partial(self._api.tasks.delete, id=str(task)))

    def tasks(self, project: int) -> list[Json]:
        """Number, data, predictions, count of annotations and drafts of all tasks of a project."""
        listed = self._api.tasks.list
        ask = self._ask
        found = ask(lambda: list(listed(project=project, fields="all", page_size=_PAGE)))
        return [
            {
                "id": task.id,
                "data": task.data,
                "predictions": [_prediction(prediction) for prediction in task.predictions or ()],
                "annotations": len(task.annotations or ()) + len(task.drafts or ()),
            }
            for task in found
        ]

    def annotations(self, project: int) -> list[Json]:
        """The tasks of a project with their annotations, as in its JSON export."""
        export = self._api.projects.exports.download_sync
        whole = self._ask(
            lambda: b"".join(export(id=project, export_type="JSON", download_all_tasks=True))
        )
        found: list[Json] = self._ask(lambda: json.loads(whole))
        return found

    def people(self) -> dict[int, str]:
        """Number → address of the people who may have annotated."""
        users = self._ask(lambda: list(self._api.users.list()))
        return {user.id: user.email or str(user.id) for user in users}

    def _ask(self, call: Callable[[], T]) -> T:
        """What a call gives. Raises ReviewError with one line for all that the package raises."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError
        from label_studio_sdk.core.parse_error import ParsingError

        try:
            return call()
        except ApiError as error:
            raise self._refused(error.status_code, error.body, error.headers) from error
        except httpx.TimeoutException as error:
            raise self._away("no answer in time", "push goes on where it was") from error
        except httpx.ConnectError as error:
            raise self._away("no Label Studio answers", "is it running there?") from error
        except httpx.HTTPError as error:
            raise self._away(f"the connection broke: {error}", "try again") from error
        except httpx.InvalidURL as error:
            raise self._error(f"no address: {error}", "see --url") from error
        except (ParsingError, json.JSONDecodeError) as error:
            raise self._error("its answer cannot be read; is it a Label Studio?") from error

    def _refused(
        self, status: int | None, body: Any, headers: Mapping[str, str] | None
    ) -> ReviewError:
        """What a status means; the server's own words are shown where they say more."""
        if status in (401, 403):
            return self._error(
                "the token is wrong or not allowed to do this",
                "set LABEL_STUDIO_API_KEY to a token from Account & Settings",
            )
        if status is not None and 300 <= status < 400:
            where = (headers or {}).get("location", "elsewhere")
            return self._error(f"it sends on to {where}", "give that address with --url")
        failed = status is not None and (status >= 500 or status == 429)
        said = _words(body)
        words = f"status {status}: {said}" if said else f"status {status}; is this a Label Studio?"
        return self._away(words) if failed else self._error(words)

    def _error(self, message: str, hint: str | None = None) -> ReviewError:
        return ReviewError(f"{self.url}: {message}", hint=hint)

    def _away(self, message: str, hint: str | None = None) -> ReviewAway:
        return ReviewAway(f"{self.url}: {message}", hint=hint)


def _client(url: str, token: str, timeout: float, log: EgressLog | None) -> Any:
    """An HTTP client that goes to that address only; what it sends is logged before it is sent."""
    import httpx

    home = httpx.URL(url)

    def leaving(request: httpx.Request) -> None:
        if (request.url.scheme, request.url.netloc) != (home.scheme, home.netloc):
            raise ConfigError(f"{request.url.host}: not the server that was chosen")
        if log:  # the token stands in the body where a new pass is asked for: it is masked there
            headers = {**request.headers, "token": token}
            log.add(request.method, str(request.url), headers, request.read())

    return httpx.Client(
        timeout=timeout,
        trust_env=not is_local(url),
        follow_redirects=False,
        event_hooks={"request": [leaving]},
    )


def _project(found: Any) -> Project:
    each = found.maximum_annotations or 1
    return Project(found.id, found.title or "", found.label_config or "", each)


def _prediction(found: Any) -> Json:
    given = found if isinstance(found, dict) else found.__dict__
    return {name: given.get(name) for name in ("model_version", "score", "result")}


def _words(body: Any) -> str:
    """What an error of Label Studio says, in one line; empty if it is none of its own."""
    if not isinstance(body, dict) or "detail" not in body:
        return ""
    details = body.get("validation_errors")
    shown = json.dumps(details, ensure_ascii=False) if details else str(body["detail"])
    return " ".join(shown.split())[:_LONGEST_MESSAGE]
