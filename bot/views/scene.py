"""A scene: everything a view may look at. Views draw it and know nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from bot.domain.fact import Entry
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol, Severity


class Post(TypedDict):
    """A message as Slack takes it: `text` alone must tell everything (screen readers, notifications)."""

    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True)
class Scene:
    """`names`: user id → display name; `entries`: the timeline, where a view tells it; `reader`: who reads it, when it
    is private; `zones`: user id → their time zone, where somebody is about to be rung; `parts`: what was split off it
    and is open, of which everybody may read; `barred`: the reader is not in a private incident any more, whatever they
    were in the moment that is told."""

    incident: Incident
    protocol: Protocol
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    entries: Sequence[Entry] = ()
    reader: str | None = None
    zones: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[Incident] = ()
    barred: bool = False

    @property
    def severity(self) -> Severity:
        """The severity as it holds where the incident is."""
        return self.protocol.severity_in(self.incident.severity, self.incident.environment)

    def name(self, person: str | None) -> str:
        """Display name of a person: names inform, mentions ask. The bot itself is "Sitrep"."""
        if person is None:
            return "Sitrep"
        return self.names.get(person, "someone")


_PERSONS = (
    *("person", "author", "recipient", "primary", "secondary", "postmortem_owner"),
    *("owner", "accepted_by", "stand_in", "to", "goes", "comes", "second"),
)
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
        incident.loss_accepted_by,
        *(backfill.owner for backfill in incident.backfills),
        *(todo.owner for todo in incident.todos),
        *(person for theory in incident.theories for person in (theory.by, theory.judged_by)),
        *incident.management_told,
        *incident.added,
        *incident.joined,
        *incident.muted,
        *incident.followers,
        *(person for cover in incident.covers for person in (cover.person, cover.stand_in)),
        *(question.author for question in incident.questions),
        *(person for ask in incident.asks for person in ask.people),
        *(person for plan in incident.proposals for person in plan.people),
        *(person for escalation in incident.escalations for person in escalation.people),
        *(person for told in incident.tellings for person in (*told.word.people, *told.word.aside)),
        *incident.unanswered_by,
        *(incident.assembly.attendees if incident.assembly else ()),
        incident.postmortem_done_by,
    ]
    return {one for one in [*within, *(one for entry in entries for one in _in(entry))] if one}


def _in(entry: Entry) -> list[str | None]:
    return [entry.by, *(getattr(entry.fact, name, None) for name in _PERSONS), *getattr(entry.fact, "people", ())]
