"""A scene: everything a view may look at. Views draw it and know nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    """`names`: user id → display name; `entries`: the timeline, where a view tells it; `reader`: who reads it, when it
    is private."""

    incident: Incident
    protocol: Protocol
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    entries: Sequence[Entry] = ()
    reader: str | None = None

    def name(self, person: str | None) -> str:
        """Display name of a person: names inform, mentions ask. The bot itself is "Sitrep"."""
        if person is None:
            return "Sitrep"
        return self.names.get(person, "someone")


_PERSONS = ("person", "author", "recipient", "primary", "secondary", "postmortem_owner")
"""Fields of facts that hold somebody's id."""


def everyone(incident: Incident, entries: Iterable[Entry] = ()) -> set[str]:
    """Ids of all whom a page about this incident may name; a channel's, too, where management reads one."""
    within = [
        incident.declared_by,
        incident.primary,
        incident.secondary,
        incident.responder,
        incident.acknowledged_by,
        incident.resolved_by,
        incident.closed_by,
        incident.impact_by,
        incident.postmortem_owner,
        *incident.roles.values(),
        *incident.participants,
        *incident.management_to,
        *incident.management_told,
        *(person for ask in incident.asks for person in ask.people),
        *(person for escalation in incident.escalations for person in escalation.people),
    ]
    return {one for one in [*within, *(one for entry in entries for one in _in(entry))] if one}


def _in(entry: Entry) -> list[str | None]:
    return [entry.by, *(getattr(entry.fact, name, None) for name in _PERSONS), *getattr(entry.fact, "people", ())]
