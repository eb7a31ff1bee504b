"""One Web API call: its arguments out of query, form or JSON, and the table of methods."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json
from bot.sandbox.workspace import Workspace

TRUE = frozenset({"1", "true"})


class Args:
    """Arguments of one call. Reading one raises the refusal Slack answers when it is missing or wrong."""

    def __init__(self, values: Json) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def text(self, name: str, error: str | None = None) -> str:
        """A required string; without it ``error``, by default invalid_arguments naming the field."""
        if name not in self:
            raise SlackError(error) if error else missing(name)
        return str(self.values[name])

    def maybe(self, name: str, default: str = "") -> str:
        return str(self.values[name]) if name in self else default

    def flag(self, name: str, default: bool = False) -> bool:
        return str(self.values[name]).lower() in TRUE if name in self else default

    def number(self, name: str, default: int, at_least: int, at_most: int, error: str) -> int:
        if name not in self:
            return default
        try:
            value = int(self.values[name])
        except (TypeError, ValueError):
            raise SlackError(error) from None
        if not at_least <= value <= at_most:
            raise SlackError(error)
        return value

    def listed(self, name: str) -> list[str]:
        """A comma-separated list (JSON bodies may send an array)."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(item) for item in value]
        return [item.strip() for item in str(value or "").split(",") if item.strip()]

    def parsed(self, name: str, error: str) -> Any:
        """A structure, sent as such or as a JSON string; None when absent. ``error`` when it is no JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError(error) from None


def missing(name: str) -> SlackError:
    return SlackError("invalid_arguments", [f"[ERROR] missing required field: {name}"])


Run = Callable[[Workspace, Args], Json]


@dataclass(frozen=True)
class Method:
    name: str
    run: Run
    scopes: tuple[str, ...]
    """Any of these lets the call begin; the method itself narrows by the kind of channel."""
    tier: int | None
    auth: Literal["bot", "app", "none"]
    takes_json: bool


METHODS: dict[str, Method] = {}


def method(
    name: str, *scopes: str, tier: int | None, auth: Literal["bot", "app", "none"] = "bot", takes_json: bool = True
) -> Callable[[Run], Run]:
    """Register a Web API method. ``takes_json=False``: arguments in a JSON body are not read (reading methods)."""

    def register(run: Run) -> Run:
        METHODS[name] = Method(name, run, scopes, tier, auth, takes_json)
        return run

    return register
