"""Covers: whoever stands in for somebody is asked in their place, wherever a rule would have named them."""

from __future__ import annotations

from datetime import datetime

from bot.domain.duty.oncall import Roster
from bot.domain.incident import Cover, Incident


def in_force(incident: Incident, now: datetime) -> tuple[Cover, ...]:
    """The covers that have not ended by `now`."""
    return tuple(cover for cover in incident.covers if cover.until > now)


def stood_in(incident: Incident, roster: Roster, now: datetime) -> tuple[Incident, Roster]:
    """The incident and the roster as asking sees them: with the stand-ins in place of those they cover for."""
    instead = {cover.person: cover.stand_in for cover in in_force(incident, now)}
    if not instead:
        return incident, roster

    def one(person: str | None) -> str | None:
        seen: set[str] = set()
        while person in instead and person not in seen:
            seen.add(person)
            person = instead[person]
        return person

    def each(people: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(found for person in people if (found := one(person))))

    seen_so = incident.model_copy(
        update={
            "roles": {role: one(person) for role, person in incident.roles.items()},
            "responder": one(incident.responder),
            "primary": one(incident.primary),
            "secondary": one(incident.secondary),
            "declared_by": one(incident.declared_by),
        }
    )
    directory = {name: each(people) for name, people in roster.directory.items()}
    on_call = {"primary": one(roster.primary), "secondary": one(roster.secondary)}
    known = tuple(each.model_copy(update={"person": one(each.person)}) for each in roster.specialists)
    return seen_so, roster.model_copy(update={**on_call, "directory": directory, "specialists": known})
