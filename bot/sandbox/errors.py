"""What the workspace refuses: to the app (by error code) and to a person (by a sentence of Slack's client)."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """A Web API refusal: becomes ``{"ok": false, "error": code, **extra}`` with HTTP status 200."""

    def __init__(self, code: str, messages: list[str] | None = None, **extra: Any) -> None:
        super().__init__(code if not messages else f"{code}: {'; '.join(messages)}")
        self.code = code
        self.extra = dict(extra)
        if messages:
            self.extra["response_metadata"] = {"messages": messages}


class ClientRefused(Exception):
    """What Slack's own client does not let a person do (unknown command, not a member, no such button, …)."""


class FormRefused(ClientRefused):
    """Slack's client keeps a modal open and marks fields; ``problems`` maps block_id to the sentence shown."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{block}: {text}" for block, text in problems.items()))
        self.problems = problems
