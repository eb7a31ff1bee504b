"""A scene: everything a view may look at. Views draw it and know nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from bot.domain.fact import Entry
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol


class Post(TypedDict):
    """A message as Slack takes it: `text` alone must tell everything (screen readers, notifications)."""

    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True)
class Scene:
    """`names`: user id → display name; `zone`: the reader's time zone, for the places where time tokens do not render;
    `entries`: the timeline, where a view tells it; `reader`: who reads it, when it is private."""

    incident: Incident
    protocol: Protocol
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    entries: Sequence[Entry] = ()
    reader: str | None = None

    def name(self, person: str | None) -> str:
        """Display name of a person: names inform, mentions ask. The bot itself is "Sitrep"."""
        if person is None:
            return "Sitrep"
        return self.names.get(person, "someone")
