"""The topic of how bad it is and of what kind: what is decided, how the incident changes by it, and what follows
outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain import tellings
from bot.domain.caller import Caller
from bot.domain.course import regraded, staffed, stated, under_way
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow, NotYours
from bot.domain.grounds import responsible, running
from bot.domain.incident import Graded, Incident, SeverityRequest
from bot.domain.message import Message
from bot.domain.protocol import Category, Protocol
from bot.domain.scribe import Scribe
from bot.domain.tellings import Occasion


def decided(
    incident: Incident, request: r.OfGrading, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    match request:
        case r.SetCategories(categories=words):
            chosen = categories(words, protocol)
            return (
                []
                if chosen == incident.categories
                else _of_kinds(incident, chosen, protocol, roster, Occasion(caller.person, now))
            )
        case r.SetEnvironment(environment=text):
            return _moved(incident, text, protocol, roster, Occasion(caller.person, now))
        case r.KeepSeverity():
            return _kept(incident, protocol)
        case r.Assess():
            return _assessed(incident, request, protocol)
        case r.AcceptSeverity(request=seq):
            asked = _waiting(incident, seq)
            _answers(incident, protocol, roster, caller)
            wanted = r.ChangeSeverity(asked.severity, asked.why)
            return regraded(incident, wanted, protocol, roster, Occasion(caller.person, now))
        case r.DeclineSeverity(request=seq, why=why):
            asked = _waiting(incident, seq)
            _answers(incident, protocol, roster, caller)
            return [f.SeverityRequestDeclined(request=asked.seq, why=why.strip())]
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def _of_kinds(
    incident: Incident, chosen: tuple[str, ...], protocol: Protocol, roster: Roster, by: Occasion
) -> list[f.Fact]:
    """Other categories, and their teams where the severity calls them at once."""
    called = tellings.of_categories(incident, chosen, protocol, roster, by)
    return [f.CategoriesSet(categories=chosen), *called]


def graded(
    incident: Incident, request: r.ChangeSeverity, protocol: Protocol, roster: Roster, caller: Caller, now: datetime
) -> list[f.Fact]:
    """Another severity; from somebody who may not decide that, the request for it."""
    facts = regraded(incident, request, protocol, roster, Occasion(caller.person, now))
    changed = next((fact for fact in facts if isinstance(fact, f.SeverityChanged)), None)
    if changed is None or may_grade(incident, protocol, roster, caller):
        return facts
    if any(one.severity == changed.new for one in incident.severity_requests if one.state == "waiting"):
        raise NotNow(
            f"Somebody has asked for {changed.new} already, and it waits for an answer. "
            "Add what you know with /incident note <text>."
        )
    return [f.SeverityRequested(severity=changed.new, why=changed.why)]


def may_grade(incident: Incident, protocol: Protocol, roster: Roster, caller: Caller) -> bool:
    """Whether somebody re-grades by themselves: on call, on the ladder or in a role; whoever declared it, while nobody
    has acknowledged it; and anybody where nobody is configured. A rule for `severity` takes the place of that."""
    those = responsible(incident, protocol, roster)
    declared = caller.person == incident.declared_by and incident.acknowledged_at is None
    by_default = caller.person is None or not those or caller.person in those or declared
    return by_default if caller.may is None else caller.may


def _waiting(incident: Incident, seq: int) -> SeverityRequest:
    running(incident, "its severity stands")
    found = next((one for one in incident.severity_requests if one.seq == seq), None)
    if found is None or found.state != "waiting":
        raise NotNow("That request has been answered already; nothing was changed.")
    return found


def _answers(incident: Incident, protocol: Protocol, roster: Roster, caller: Caller) -> None:
    """Raises NotYours for somebody who may not re-grade: whoever asked does not answer."""
    those = responsible(incident, protocol, roster)
    if not caller.may and those and caller.person not in those:
        raise NotYours(
            f"You are not on call, on the ladder or in a role for {incident.number}, so you cannot answer this. "
            f"Ask the {protocol.lead_role.title}."
        )


def categories(words: Sequence[str], protocol: Protocol) -> tuple[str, ...]:
    """The categories people named, in their order, each once. Raises BadInput for none, or for one there is not."""
    names = ", ".join(one.name for one in protocol.categories)
    if not names:
        raise NotNow(f"{protocol.name} has no categories.")
    found: list[str] = []
    for word in filter(str.strip, words):
        category = protocol.parse_category(word)
        if category is None:
            raise BadInput(f'"{word.strip()}" is no category of {protocol.name}. It has {names}.', "category")
        found.append(category.name)
    if not found:
        raise BadInput(f"Which category? {protocol.name} has {names}: /incident category {names.split(', ')[0]}.")
    return tuple(dict.fromkeys(found))


def environment(text: str, protocol: Protocol) -> str:
    """The environment somebody named; a protocol without environments takes any word. Raises BadInput."""
    found = protocol.parse_environment(text)
    if found is not None:
        return found.name
    if protocol.environments or not text.strip():
        names = ", ".join(one.name for one in protocol.environments)
        has = f" {protocol.name} has {names}." if names else ""
        which = f'"{text.strip()}" is no environment.' if text.strip() else "Which environment?"
        raise BadInput(f"{which}{has}", "environment")
    return " ".join(text.split())


def _moved(incident: Incident, text: str, protocol: Protocol, roster: Roster, by: Occasion) -> list[f.Fact]:
    """Another environment: the same severity with other promises, so what was lenient may become strict."""
    running(incident, "its environment stands")
    new, old = environment(text, protocol), incident.environment
    if new == old:
        return []
    strictness = [_lenience(incident.severity, where, protocol) for where in (new, old)]
    raised = strictness[0] < strictness[1]
    counted = protocol.severity(protocol.counted_as(incident.severity, new))
    more = staffed(counted, incident.roles, protocol, roster, incident.roles_asked) if raised else []
    told = tellings.at_move(incident, new, protocol, roster, by) if raised else []
    return [*more, f.EnvironmentSet(old=old, new=new, raised=raised), *told]


def typical(incident: Incident, protocol: Protocol) -> Category | None:
    """The incident's category with the highest typical severity, where that is another than its own and nobody has
    decided to keep it; None where nothing is to be asked."""
    found = [one for name in incident.categories if (one := protocol.category(name)) and one.severity]
    found.sort(key=lambda one: protocol.severity(one.severity or "").rank)
    kept = incident.typical_kept == (incident.severity, *incident.categories)
    asks = found and incident.running and not kept and found[0].severity != incident.severity
    return found[0] if asks else None


def _kept(incident: Incident, protocol: Protocol) -> list[f.Fact]:
    """It stays as it is, which confirms it where nobody had."""
    running(incident, "its severity stands")
    if typical(incident, protocol) is None:
        return []
    confirmed = [] if incident.triaged_at else [f.SeverityConfirmed(severity=incident.severity)]
    kept = f.TypicalKept(severity=incident.severity, categories=incident.categories)
    return [*under_way(incident, protocol), *confirmed, kept]


def _lenience(severity: str, where: str, protocol: Protocol) -> tuple[int, bool]:
    here = protocol.severity_in(severity, where)
    return here.rank, here.hours == "business"


def _assessed(incident: Incident, request: r.Assess, protocol: Protocol) -> list[f.Fact]:
    running(incident, "its impact cannot change any more")
    levels = {name: level for name, level in request.levels.items() if level}
    for name, level in levels.items():
        dimension = next((one for one in protocol.impact if one.name == name), None)
        if dimension is None or level not in [one.name for one in dimension.levels]:
            raise BadInput("Choose one of the answers there are.", f"impact_{name}")
    sentence = [stated(request.sentence, request.data, request.eta)] if request.sentence.strip() or not levels else []
    if not levels:
        return [*sentence]
    proposed = protocol.proposed({**incident.assessed, **levels})
    judged = f.ImpactAssessed(levels=levels, note=request.note.strip(), proposed=proposed.name if proposed else None)
    return [*sentence, judged]


def team_called(
    incident: Incident, text: str, needed: str, protocol: Protocol, roster: Roster, caller: Caller
) -> list[f.Fact]:
    """The team that is called for a kind of incident, beside the ladder. Raises BadInput for none the protocol names,
    NotNow where the directory names nobody for it."""
    running(incident, "nobody is called for it")
    team = protocol.team_named(text)
    if team is None:
        teams = ", ".join(dict.fromkeys(one.team for one in protocol.categories if one.team)) or "none"
        raise BadInput(f'"{text}" is no team of {protocol.name}. It has {teams}.')
    if not roster.people(team) and (incident.private or not roster.channels.get(team)):
        raise NotNow(
            f"The directory names nobody for {team}, so nobody was called. "
            "Call somebody by name: /incident page @person <why>."
        )
    kinds = tuple(one.name for one in protocol.categories if one.team == team)
    clause = next(one.clause("team") for one in protocol.categories if one.team == team)
    affected, severity = incident.affected, incident.severity
    facts = tellings.team_called(team, clause, kinds, affected, roster, severity, {caller.person or ""}, needed.strip())
    if not facts:
        raise NotNow(f"You are all of {team}. Call somebody by name: /incident page @person <why>.")
    return facts


# the incident after it


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.CategoriesSet(categories=chosen):
            return incident.model_copy(update={"categories": chosen})
        case f.TypicalKept(severity=severity, categories=kept):
            return incident.model_copy(update={"typical_kept": (severity, *kept)})
        case f.EnvironmentSet(new=new, raised=raised):
            here = Graded(at=entry.at, severity=incident.severity, raised=raised, environment=new)
            snooze = None if raised else incident.snooze
            changes = {"environment": new, "severities": (*incident.severities, here), "snooze": snooze}
            return incident.model_copy(update=changes)
        case f.ImpactAssessed(levels=levels):
            return incident.model_copy(update={"assessed": {**incident.assessed, **levels}, "assessed_at": entry.at})
        case f.SeverityRequested(severity=severity, why=why):
            asked = SeverityRequest(seq=entry.seq, at=entry.at, by=entry.by, severity=severity, why=why)
            return incident.model_copy(update={"severity_requests": (*incident.severity_requests, asked)})
        case f.SeverityRequestDeclined(request=seq, why=why):
            return _answered(incident, entry, {seq: "declined"}, why)
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def requests_met(incident: Incident, entry: f.Entry) -> Incident:
    """After a re-grading: whoever asked for this severity has it, whether *Accept* was pressed or not."""
    met = (one.seq for one in incident.severity_requests if one.severity == incident.severity)
    return _answered(incident, entry, dict.fromkeys(met, "accepted"))


def _answered(incident: Incident, entry: f.Entry, states: Mapping[int, str], answer: str = "") -> Incident:
    told = {"answered": entry.seq, "answered_by": entry.by, "answered_at": entry.at, "answer": answer}
    after = tuple(
        one.model_copy(update={**told, "state": states[one.seq]})
        if one.seq in states and one.state == "waiting"
        else one
        for one in incident.severity_requests
    )
    return incident.model_copy(update={"severity_requests": after}) if states else incident


# what follows outside


def reacted(s: Scribe, fact: f.OfGrading) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.CategoriesSet():
            return [s.card()]
        case f.TypicalKept():
            return []  # what is to be found out next is drawn anew beside it
        case f.EnvironmentSet():
            said = [s.statement(), s.card(), s.topic(), *s.reminders()]
            return [*said, *s.team("notice"), *s.stakeholders(), *s.management()]
        case f.ImpactAssessed():
            return []  # what it means is told by the sentence beside it, what follows privately
        case f.SeverityRequested():
            return [s.matter(s.entry.seq)]
        case f.SeverityRequestDeclined():
            return answers(s)
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")


def answers(s: Scribe) -> list[Message]:
    """The requests that this entry answered shrink to a line, and whoever asked is told."""
    met = [one for one in s.incident.severity_requests if one.answered == s.entry.seq]
    askers = [one.by for one in met if one.by and one.by != s.entry.by]
    return [*(s.matter(one.seq) for one in met), *s.tell(*askers, what="severity_answered")]


def left_open(s: Scribe) -> list[Message]:
    """The requests that nobody answered: once the incident has ended they wait for nothing."""
    return [s.matter(one.seq) for one in s.incident.severity_requests if one.state == "waiting"]
