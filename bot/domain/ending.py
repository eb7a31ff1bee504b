"""How an incident ends and begins again: resolving, closing, cancelling, reopening."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.errors import BadInput, NotNow
from bot.domain.grounds import running, said, severity_for
from bot.domain.incident import UNSETTLED_DATA, DataState, Incident
from bot.domain.protocol import Criterion, Protocol

OUTCOMES: dict[str, f.Outcome] = {
    "false alarm": "false alarm", "false": "false alarm", "noise": "false alarm",
    "expected": "expected", "planned": "expected",
    "duplicate": "duplicate", "dup": "duplicate",
}  # fmt: skip
"""What people say when they cancel, and the outcome it means."""


def ended(incident: Incident, request: r.Resolve | r.Close | r.Cancel | r.Reopen, protocol: Protocol) -> list[f.Fact]:
    """The facts that end it or open it again. Raises NotNow or BadInput."""
    match request:
        case r.Resolve():
            return [_resolved(incident, request)]
        case r.Close():
            return [_closed(incident, request, protocol)]
        case r.Cancel(outcome=outcome, why=why):
            running(incident, "there is nothing to cancel")
            return [f.Cancelled(outcome=_outcome(outcome), why=why.strip())]
        case r.Reopen(why=why):
            if incident.running:
                raise NotNow(f"{incident.number} is open, so there is nothing to reopen.")
            reopened = f.Reopened(why=said(why, "Say why it is open again: /incident reopen <why>.", "why"))
            first = protocol.phases_of("active")[0].name
            if protocol.phase(incident.phase).stage == "active":
                return [reopened]
            return [reopened, f.PhaseMoved(old=incident.phase, new=first, stage="active")]


def _outcome(text: str) -> f.Outcome:
    known = OUTCOMES.get(" ".join(text.lower().split()))
    if known is None:
        raise BadInput(f'"{text}" is no way to cancel. Choose false alarm, expected or duplicate.')
    return known


def _resolved(incident: Incident, request: r.Resolve) -> f.Fact:
    running(incident, "there is nothing to resolve")
    fix = said(request.fix, "Say what was done about it, so that the next person knows.", "fix")
    data = next((s for s in DataState if s.value == request.data.strip().lower()), None)
    if data is None:
        raise BadInput("Choose the state of the data.", "data")
    if data in UNSETTLED_DATA:
        raise BadInput(
            f"Data that is {data.value} is not right yet, so this is not resolved. "
            "Move to monitoring with /incident phase monitoring and resolve when the data is right.",
            "data",
        )
    return f.Resolved(
        fix=fix,
        data=data.value,
        cause=request.cause.strip(),
        verified=request.verified.strip(),
        postmortem_owner=request.postmortem_owner,
    )


def proven(incident: Incident, criterion: Criterion) -> bool:
    """Whether the record itself proves a closure criterion; what it cannot prove, a person ticks."""
    resolved = incident.stage in ("resolved", "closed")
    match criterion.proof:
        case "resolved":
            return resolved
        case "notified":
            return resolved and _everybody_heard(incident)
        case "cause":
            return bool(incident.cause)
        case "service":
            return resolved and incident.data in (DataState.UNAFFECTED, DataState.REPAIRED)
        case _:
            return False


OUTWARD = ("notice", "news", "turning", "stakeholders", "management", "summon")
"""Kinds of message by which people outside the incident's channel hear of it."""


def _everybody_heard(incident: Incident) -> bool:
    """Whether Slack refused no word to those outside, and management, once called, was reached; else a person ticks."""
    reached = set(incident.management_to) <= set(incident.management_told)
    return reached and not any(kind in OUTWARD for kind, _ in incident.refusals)


def _closed(incident: Incident, request: r.Close, protocol: Protocol) -> f.Fact:
    if incident.running:
        raise NotNow(f"{incident.number} is not resolved yet. Resolve it first with /incident resolve.")
    if incident.stage != "resolved":
        raise NotNow(f"{incident.number} is {incident.stage} already. Reopen it with /incident reopen <why>.")
    met = tuple(c.id for c in protocol.closure if c.id in request.met or proven(incident, c))
    unmet = tuple(c.id for c in protocol.closure if c.id not in met)
    if unmet and not request.reason.strip():
        texts = "; ".join(c.text.rstrip(".") for c in protocol.closure if c.id in unmet)
        raise BadInput(f"Not ticked: {texts}. Tick what holds, or say why it is closed without.", "reason")
    severity = severity_for(request.severity or incident.severity, protocol)
    return f.Closed(
        severity=severity.name,
        met=met,
        unmet=unmet,
        reason=request.reason.strip(),
        automatable=request.automatable,
    )
