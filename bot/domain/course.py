"""What several requests have in common: triage ends, roles are filled, a severity changes, an impact is stated."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain import tellings
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput
from bot.domain.grounds import running, said, severity_for
from bot.domain.incident import DataState, Incident
from bot.domain.protocol import Protocol, Severity
from bot.domain.roles import asked_for
from bot.domain.tellings import Occasion


def under_way(incident: Incident, protocol: Protocol) -> list[f.Fact]:
    """Triage ends with the first sign that somebody knows what this is: the next phase begins."""
    if incident.stage != "triage":
        return []
    return [f.PhaseMoved(old=incident.phase, new=protocol.phases_of("active")[0].name, stage="active")]


def staffed(
    severity: Severity, filled: dict[str, str], protocol: Protocol, roster: Roster, asked: Collection[str] = ()
) -> list[f.Fact]:
    """The roles a severity requires that the directory can fill and nobody holds yet; nobody gets two of them while
    another person stands behind the second. Those it cannot fill people are asked for, each once (`asked` were)."""
    facts: list[f.RoleAssigned] = []
    taken = set(filled.values())
    for role in protocol.required_roles(severity.name):
        people = [p for p in roster.everyone(role.staffed_by) if not role.responds]
        person = next((p for p in people if p not in taken), people[0] if people else None)
        if person and role.name not in filled:
            facts.append(f.RoleAssigned(role=role.name, person=person))
            taken.add(person)
    now = {**filled, **{fact.role: fact.person for fact in facts}}
    return [*facts, *asked_for(severity.name, now, asked, protocol)]


def regraded(
    incident: Incident, request: r.ChangeSeverity, protocol: Protocol, roster: Roster, by: Occasion
) -> list[f.Fact]:
    """Another severity, or the same one confirmed; raised, with those who are told of it. Raises NotNow
    once it has ended, BadInput for an unknown one."""
    running(incident, "its severity stands")
    new = severity_for(request.severity, protocol)
    old = protocol.severity(incident.severity)
    if new.name == old.name:
        confirmed = [] if incident.triaged_at else [f.SeverityConfirmed(severity=old.name)]
        return [*under_way(incident, protocol), *confirmed]
    raised = new.rank < old.rank
    changed = f.SeverityChanged(old=old.name, new=new.name, raised=raised, why=request.why.strip())
    counted = protocol.severity(protocol.counted_as(new.name, incident.environment))
    more = staffed(counted, incident.roles, protocol, roster, incident.roles_asked) if raised else []
    told = tellings.at_raise(incident, new.name, protocol, roster, by) if raised else []
    first = [fact for fact in told if isinstance(fact, f.TeamsTold)]  # the announcement of the change names them
    return [*under_way(incident, protocol), *more, *first, changed, *(fact for fact in told if fact not in first)]


def stated(sentence: str, data: str | None, eta: datetime | None) -> f.ImpactStated:
    """The impact in a sentence. Raises BadInput for none, or for a state of the data that there is not."""
    stated = said(sentence, "Say what it means for those who use the data: /incident impact <sentence>.", "impact")
    if data is not None and data not in set(DataState):
        raise BadInput("Choose the state of the data.", "data")
    return f.ImpactStated(sentence=stated, data=data, eta=eta)
