"""Who may: which verbs a request says, and whether the configuration lets its caller say them.

Where nothing is configured for a verb, what holds for everybody holds: full members of the workspace, and the rules of
the protocol in `decide`. A rule takes the place of those: `approve: [director]` lets the director approve, and nobody
else; that nobody approves their own plan stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.covers import in_force
from bot.domain.duty.oncall import ON_CALL, Roster
from bot.domain.errors import BadInput
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol, Role
from bot.domain.roles import role_named
from bot.domain.rules import DUTY, LEAD, RESPONDER, Named, Rule

DOES: Mapping[str, str] = {
    "declare": "declare incidents", "ack": "acknowledge incidents", "confirm": "confirm a severity",
    "update": "post updates", "impact": "say what it means", "severity": "change the severity",
    "phase": "move the phase", "note": "add to the timeline", "promises": "read the promises",
    "timeline": "read the timeline", "snooze": "pause reminders", "resolve": "resolve incidents",
    "close": "close incidents", "cancel": "cancel incidents", "reopen": "reopen incidents", "list": "list incidents",
    "brief": "read the brief", "help": "read the help", "lead": "say who leads", "role": "give and take roles",
    "roles": "read the roles", "take": "take over", "handoff": "hand over", "cover": "name stand-ins",
    "add": "bring people in", "page": "page people", "escalate": "escalate", "hold": "hold an escalation",
    "category": "set the category", "environment": "set the environment", "affected": "change what is affected",
    "data": "state the data", "backfill": "keep the backfills", "cause": "propose and judge causes",
    "checklist": "tick things off", "action": "keep tasks and action items", "actions": "read what is to be done",
    "call": "link a call",
    "show": "look incidents up", "similar": "look for similar incidents", "oncall": "see and change who is on call",
    "metrics": "read the metrics", "drill": "declare drills", "propose": "propose changes",
    "approve": "approve changes", "reject": "reject changes", "undo": "take things back",
    "edit": "correct what was said",
    "runbook": "work by runbooks",
    "5whys": "look for the cause by a technique", "troubleshoot": "read the advice",
    "adopt": "adopt a newer protocol", "rename": "rename incidents", "duplicate": "merge duplicates",
    "split": "split incidents",
    "postmortem": "keep the postmortem", "link": "link incidents", "unlink": "unlink incidents",
}  # fmt: skip
"""Every verb, and what whoever says it does."""

READING = frozenset(
    {
        *("help", "list", "show", "brief", "timeline", "promises", "roles", "actions"),
        *("similar", "troubleshoot", "oncall", "metrics"),
    }
)
"""Verbs that change nothing. Who may see an incident at all is not a matter of verbs."""

LIKE = {"reject": "approve"}
"""A verb without a rule of its own that has another's: who approves may also say no."""

NAMED_MOST = 3
"""People named in a sentence; the others are counted."""

SAYS: Mapping[type[r.Request], tuple[str, ...]] = {
    r.Acknowledge: ("ack",), r.Confirm: ("confirm",), r.PostUpdate: ("update",), r.StateImpact: ("impact",),
    r.ChangeSeverity: ("severity",), r.MovePhase: ("phase",), r.AddNote: ("note",), r.SnoozeAsking: ("snooze",),
    r.Resolve: ("resolve",), r.Close: ("close",), r.Cancel: ("cancel",), r.Reopen: ("reopen",), r.Declare: ("declare",),
    r.MarkMessage: ("note",), r.SetCategories: ("category",),
    r.SetEnvironment: ("environment",), r.Assess: ("impact",), r.AcceptSeverity: ("severity",),
    r.DeclineSeverity: ("severity",), r.AssignRole: ("role",), r.HandOff: ("handoff",), r.Cover: ("cover",),
    r.AddPeople: ("add",), r.JoinIn: ("add",), r.Page: ("page",), r.Escalate: ("escalate",),
    r.HoldEscalation: ("hold",), r.AnswerQuestion: ("update",), r.Propose: ("propose",), r.GoAhead: ("propose",),
    r.Approve: ("approve",), r.Reject: ("reject",), r.ProposeCause: ("cause",), r.JudgeCause: ("cause",),
    r.TickItem: ("checklist",), r.AnswerFirst: ("checklist",),
    r.AddAction: ("action",), r.ChangeAction: ("action",), r.EndAction: ("action",), r.LinkCall: ("call",),
    r.ChangeAffected: ("affected",), r.StateData: ("data",), r.Monitor: ("phase", "update"),
    r.PlanBackfill: ("backfill",), r.EndBackfill: ("backfill",), r.Undo: ("undo",), r.EditUpdate: ("edit",),
    r.StartRunbook: ("runbook",), r.Explore: ("5whys", "cause"), r.LinkTicket: ("link",),
    r.KeepSeverity: ("severity",),
    r.Adopt: ("adopt",), r.Rename: ("rename",), r.Link: ("link",), r.Unlink: ("unlink",),
    r.Duplicate: ("duplicate", "cancel"),
    r.SchedulePostmortem: ("postmortem",), r.OwnPostmortem: ("postmortem",), r.EndPostmortem: ("postmortem",),
    r.Split: ("split", "declare"), r.Correct: (),
}  # fmt: skip
"""What each request says, so that no button, form or reaction goes round a rule; `also` has what depends on its parts.
"""

UNRULED = (
    *(r.DeclineAsk, r.Follow, r.RetryChannel, r.RetractMark, r.Speak, r.HearQuestion, r.NoteEdit, r.Join),
    *(r.Leave, r.LookIn, r.ChannelIs, r.Informed, r.Refused, r.Tick, r.IsMuted, r.NotInvited),
    *(r.ChangeShift, r.TakeOver, r.OfferProtocol),
)
"""Requests that say no verb: people about themselves only, Slack, and the clock."""


@dataclass(frozen=True)
class Lacking:
    """A verb that the caller may not say, and the rule that says so."""

    verb: str
    rule: Rule


def verbs(request: r.Request, incident: Incident | None, protocol: Protocol, caller: Caller) -> tuple[str, ...]:
    """Every verb that a request says, the one it is called by first."""
    if isinstance(request, UNRULED):
        return ()
    return tuple(dict.fromkeys((*SAYS[type(request)], *_also(request, incident, protocol, caller))))


def _also(request: r.Request, incident: Incident | None, protocol: Protocol, caller: Caller) -> Iterator[str]:
    match request:
        case r.Declare(drill=True):
            yield "drill"
        case r.Acknowledge(take=True):
            yield "take"
        case r.AssignRole(person=person, role=role):
            yield from ("lead",) if _leads(role, protocol) else ()
            yield from ("take",) if person in (None, caller.person) else ()
        case r.Correct():
            yield "edit"
            yield from _corrected(request, incident)
        case r.PostUpdate(impact=str(sentence)) if sentence.strip():
            yield "impact"
        case r.AnswerFirst(answers=answers, since=since):
            told = {name for name, text in answers if text.strip()}
            yield from (verb for name, verb in (("impact", "impact"), ("what", "affected")) if name in told)
            known = incident.started_at if incident is not None else None
            yield from ("edit",) if since and known and since != known.replace(microsecond=0) else ()
        case r.KeepSeverity() if incident is not None and not incident.triaged_at:
            yield "confirm"
        case r.Close(severity=str(severity)) if incident is not None and severity != incident.severity:
            yield "severity"
        case _:
            pass
    stated = getattr(request, "data", None) if isinstance(request, r.PostUpdate | r.StateImpact | r.Assess) else None
    if stated and (incident is None or stated != incident.data.value):
        yield "data"


def _leads(role: str | None, protocol: Protocol) -> bool:
    try:
        return role is None or role_named(role, protocol).leads
    except BadInput:
        return False  # `decide` says which roles there are


def _corrected(request: r.Correct, incident: Incident | None) -> Iterator[str]:
    """A form that holds everything changes only what differs."""
    if incident is None:
        return
    parts = {"title": "rename", "affected": "affected", "environment": "environment", "categories": "category"}
    for part, verb in parts.items():
        wanted = getattr(request, part)
        if wanted is not None and wanted != getattr(incident, part):
            yield verb


def lacking(
    request: r.Request, incident: Incident | None, protocol: Protocol, roster: Roster, caller: Caller
) -> tuple[Lacking, ...]:
    """The verbs of a request that its caller may not say; the bot itself may say all."""
    if caller.person is None:
        return ()
    said = verbs(request, incident, protocol, caller)
    return tuple(found for verb in said if (found := _lacks(verb, incident, protocol, roster, caller.person)))


def _lacks(verb: str, incident: Incident | None, protocol: Protocol, roster: Roster, person: str) -> Lacking | None:
    rule = rule_of(verb, roster)
    if rule is None or rule.anybody or person in everybody(rule, incident, protocol, roster):
        return None
    return Lacking(verb, rule)


def says(verb: str, incident: Incident | None, protocol: Protocol, roster: Roster, person: str) -> bool:
    """Whether the rules let somebody say a verb, also where they say it by what they do."""
    return _lacks(verb, incident, protocol, roster, person) is None


def rule_of(verb: str, roster: Roster) -> Rule | None:
    """The rule that holds for a verb; None where nothing is configured."""
    return roster.rules.get(verb) or roster.rules.get(LIKE.get(verb, ""))


def restricted(
    request: r.Request, incident: Incident | None, protocol: Protocol, roster: Roster, caller: Caller
) -> bool:
    """Whether any verb of a request is for some only."""
    found = (rule_of(verb, roster) for verb in verbs(request, incident, protocol, caller))
    return any(rule is not None and not rule.anybody for rule in found)


def reads(verb: str, protocol: Protocol, roster: Roster, caller: Caller, incident: Incident | None) -> Lacking | None:
    """Why a page is not shown to somebody: the rule of the verb that shows it."""
    return _lacks(verb, incident, protocol, roster, caller.person) if verb in READING and caller.person else None


def grants(request: r.Request, roster: Roster) -> bool | None:
    """What a rule says of a caller who lacks nothing: True where there is one, None where nothing is configured, so
    that `decide` asks what the protocol asks of everybody."""
    main = SAYS.get(type(request), ())[:1]
    return True if main and rule_of(main[0], roster) is not None else None


# who that is


def everybody(rule: Rule, incident: Incident | None, protocol: Protocol, roster: Roster) -> tuple[str, ...]:
    """The people a rule names as the incident stands, and whoever covers for one of them."""
    people = [person for one in rule.named for person in behind(one, incident, protocol, roster)]
    covers = in_force(incident, incident.recorded_at) if incident else ()
    return tuple(dict.fromkeys((*people, *(cover.stand_in for cover in covers if cover.person in people))))


def behind(one: Named, incident: Incident | None, protocol: Protocol, roster: Roster) -> tuple[str, ...]:
    """The people one name means: of a role, who holds it, and while nobody does, those whom the directory names for
    it."""
    role = role_meant(one.called, protocol)
    if one.called in DUTY:
        return _on_call(one.called, incident, roster)
    if role is None:
        return one.people
    held = incident.roles.get(role.name) if incident else None
    held = held or (incident.responder if incident and role.responds else None)
    return (held,) if held else (one.people or roster.everyone(role.staffed_by))


def role_meant(called: str, protocol: Protocol) -> Role | None:
    """The role a rule names: by its name in the protocol, or as `lead` and `responder`."""
    return {LEAD: protocol.lead_role, RESPONDER: protocol.responder_role}.get(called) or protocol.role(called)


def _on_call(called: str, incident: Incident | None, roster: Roster) -> tuple[str, ...]:
    primary = (roster.primary, incident.primary if incident else None)
    secondary = (roster.secondary, incident.secondary if incident else None)
    those = {"primary": primary, "secondary": secondary}.get(called, (*primary, *secondary, *roster.people(ON_CALL)))
    return tuple(dict.fromkeys(person for person in those if person))


def unheard(rule: Rule) -> bool:
    """Whether Slack has not said yet who all of them are."""
    return any(one.unheard for one in rule.named)


# in words


def sentence(
    found: Lacking, incident: Incident | None, protocol: Protocol, roster: Roster, names: Mapping[str, str]
) -> str:
    """What is not possible, who may, and what to do. `names` are the people's, as far as they are known."""
    called = [_called(one, incident, protocol, roster, names) for one in found.rule.named]
    people = everybody(found.rule, incident, protocol, roster)
    ask = f"Ask {_people(people, names, 'or')}." if people else "Nobody is that at the moment; ask whoever runs Sitrep."
    keep = " What you know is kept with /incident note <text>." if incident and found.verb != "note" else ""
    return f"Only {_listed(called, 'or')} may {DOES[found.verb]} here. {ask}{keep}"


def _called(one: Named, incident: Incident | None, protocol: Protocol, roster: Roster, names: Mapping[str, str]) -> str:
    people = behind(one, incident, protocol, roster)
    role = role_meant(one.called, protocol)
    known = _people(people, names, "and") if people else "nobody yet"
    if role is not None:
        return f"the {role.title} ({known})"
    if one.called in DUTY:
        word = "whoever is on call" if one.called == ON_CALL else f"the {one.called} on call"
        return f"{word} ({known})"
    itself = people == (one.called,) or ("@" in one.called and people)
    return known if itself else f"{_plain(one.called)} ({known})"


def _plain(called: str) -> str:
    """A name of the directory as it stands; the id of a user group says nothing to anybody."""
    return "a user group" if called.isupper() else called


def _people(people: Sequence[str], names: Mapping[str, str], last: str) -> str:
    shown = [names.get(person, person) for person in people[:NAMED_MOST]]
    more = len(people) - len(shown)
    return _listed([*shown, *([f"{more} more"] if more else [])], last)


def _listed(parts: Sequence[str], last: str) -> str:
    *first, final = parts
    return f"{', '.join(first)} {last} {final}" if first else final
