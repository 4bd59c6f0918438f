"""What a model costs, from a dated file; a model that is not in it has no known price.

>>> Price(prompt=0.4, completion=2.0, currency="USD", date="2026-11-21", source="…").cost(1000, 500)
0.0014
"""

from __future__ import annotations

import datetime
import json
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from augment.errors import ConfigError, PathError
from augment.guide.model import yaml_fault
from augment.schema import Record, Request, Response

FORM = (
    "as `models: {NAME: {prompt: 0.4, completion: 2, "
    "currency: EUR, date: 2026-11-21, source: URL}}`"
)


class Price(Record):
    """Per million tokens, with the day and place it was read."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)
    currency: str
    date: datetime.date
    source: str

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """In ``currency``."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


class _Prices(Record):
    models: dict[str, Price] = Field(default_factory=dict)


def price(model: str, path: Path | None = None) -> Price | None:
    """A model's price, the user's file before the one that ships; None if neither has it.

    Raises PathError or ConfigError.
    """
    shipped = _read(str(files(__package__) / "prices.yaml"))
    own = _read(str(path)) if path else {}
    return (shipped | own).get(model)


def _read(path: str) -> dict[str, Price]:
    try:
        text = Path(path).read_text(encoding="utf-8")
        return _Prices.model_validate(yaml.safe_load(text)).models
    except OSError as error:
        raise PathError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = f"{where}: {first['msg']}" if where else "no prices"
        raise ConfigError(f"{path}: {said}", hint=FORM) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {yaml_fault(error)}", hint=FORM) from error


def priced(reply: Response, price: Price | None) -> Response:
    """The reply with its cost, where price and tokens are known."""
    prompt, completion = reply.prompt_tokens, reply.completion_tokens
    if price is None or prompt is None or completion is None:
        return reply
    return reply.model_copy(update={"cost": price.cost(prompt, completion)})


def prompt_tokens_at_most(request: Request) -> int:
    """An upper bound: a token is at least one byte; 16 more a message for the chat template."""
    text = sum(len(message.content.encode()) + 16 for message in request.messages)
    return text + (len(json.dumps(request.form).encode()) if request.form else 0)
