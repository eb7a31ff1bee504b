"""What the calendar says and moves, whether an hour has come or somebody has pressed a button."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.duty.agenda import SHOWN, leavers
from bot.domain.duty.handover import holds
from bot.domain.duty.oncall import Handoff
from bot.domain.incident import Incident
from bot.domain.message import AFTER_INCIDENTS, Message, cause_of
from bot.domain.protocol import Protocol
from bot.store import calendar, incidents, outbox, pinned
from bot.store.incidents import Wanted
from bot.store.session import Session
from bot.usecases.record import Case, Done, record, settle
from bot.usecases.team import Team

_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")

EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The hour of what is kept without one."""

REFUSED = "refused:"

HOW = "how:"
"""How the key begins under which somebody's answer is kept."""

_OPEN = Wanted(private=False, open_only=True)


def in_one(session: Session, team: Team, number: int, request: r.OfHandover, caller: Caller, now: datetime) -> Done:
    """Let one incident know, in the same transaction, and whoever is asked by then be asked."""
    incident = incidents.lock(session, number)
    if incident is None:
        raise LookupError(f"there is no INC-{number}")
    now = max(now, incident.recorded_at)  # this machine's clock may have been put back
    case = Case(number, pinned.get(session, incident.protocol_digest), incident)
    facts = decide(incident, request, case.protocol, team.roster(now), caller, now)
    done = record(session, team, case, facts, caller, now)
    return settle(session, team, done, now) if facts else done


def say(session: Session, team: Team, messages: Sequence[Message]) -> None:
    """Let this be said; it belongs to no incident."""
    if messages:
        outbox.put(session, None, messages)
        session.after_commit(team.wake)


def to(place: str, what: str, name: str, /, **args: Any) -> Message:
    """A message into a channel, or to a person. `name` is its place: said again it is edited there."""
    told = {"to": place, "what": what, **args}
    lane = f"calendar:{place}"
    more: dict[str, Any] = {"fills": f"{name}:{place}", "standing": True, "rank": AFTER_INCIDENTS}
    return Message(kind="calendar", lane=lane, seq=0, args=told, **more)


def handover(
    session: Session, team: Team, handoff: Handoff, clause: str, *, taken: str = "", begun: bool = False
) -> list[Message]:
    """What whoever comes reads, with *I have it*, and whoever goes. `taken`: since when the one who comes has it;
    `begun`: their turn has begun, and nobody has said so: then only they are asked, again."""
    went = leavers(team.rotations[handoff.rotation], handoff)
    args: dict[str, Any] = {
        **handoff.model_dump(mode="json"),
        "went": went,
        "second": team.roster(handoff.at).secondary,
        "taken": taken,
        "begun": begun,
        "clause": clause,
        "zone": zone_of(team),
    }
    name = f"handover:{handoff.rotation}:{handoff.at.isoformat()}"
    there = reached(handoff.comes)
    shown = incidents.newest(session, _OPEN, SHOWN)
    found = {"incidents": [one.id for one in shown], "more": incidents.count(session, _OPEN) - len(shown)}
    comes = [to(one, "handover", f"{name}:again" if begun else name, **args, **found) for one in there]
    leave = [one for person in went for one in reached(person) if not begun]
    return [*comes, *(to(one, "going", name, **{**args, **_held(session, one), "goes": one}) for one in leave)]


def _held(session: Session, person: str) -> dict[str, Any]:
    """The open incidents in which somebody has something to hand over."""
    named = incidents.listing(session, replace(_OPEN, naming=(person,)))
    numbers = [one.id for one in named if holds(one, person, pinned.get(session, one.protocol_digest))]
    return {"incidents": numbers[:SHOWN], "more": len(numbers[SHOWN:])}


def reached(person: str | None) -> tuple[str, ...]:
    """Whoever can be written to: somebody whom Slack does not know cannot, and `doctor` says so."""
    return (person,) if person and _PERSON.fullmatch(person) else ()


def running(session: Session) -> list[Incident]:
    """Incidents that everybody may know of and that are not resolved."""
    return incidents.listing(session, Wanted(private=False, running=True))


def claim_of(rotation: str, person: str) -> str:
    """The key under which it is kept that somebody has said that they have it: until the handoff it may be another's
    to say."""
    return f"claimed:{rotation}:{person}"


def turn_of(rotation: str) -> str:
    """What is held while a turn passes on, and while somebody says that they have it: one of the two comes first, and
    the other sees it."""
    return f"turn:{rotation}"


def passing_of(rotation: str) -> str:
    """The key under which it is kept that a turn has passed on."""
    return f"handoff:{rotation}"


def take_over(session: Session, team: Team, handoff: Handoff, clause: str, caller: Caller, now: datetime) -> list[int]:
    """Whoever comes has what whoever goes had, in every open incident that is not private; in which."""
    moved: set[int] = set()
    for goes in leavers(team.rotations[handoff.rotation], handoff) if handoff.comes else ():
        asked = r.TakeOver(handoff.rotation, goes, handoff.comes or "", clause)
        numbers = sorted(one.id for one in incidents.listing(session, replace(_OPEN, naming=(goes,))))
        done = [in_one(session, team, number, asked, caller, now) for number in numbers]
        moved |= {one.incident.id for one in done if one.entries}
    return sorted(moved)


def feedback(handoff: Handoff, clause: str, zone: str, **more: Any) -> list[Message]:
    """The question how a turn on call was."""
    name = f"{HOW}{handoff.rotation}:{handoff.at.isoformat()}"
    args = {"rotation": handoff.rotation, "at": handoff.at.isoformat(), "clause": clause, "zone": zone, **more}
    return [to(one, "feedback", name, **args) for one in reached(handoff.goes)]


def reviewed_of(protocol: str) -> str:
    """The key under which it is kept that somebody has looked at the protocol again."""
    return f"reviewed:{protocol}"


def reviewers(team: Team, protocol: Protocol, now: datetime) -> tuple[tuple[str, ...], list[str]]:
    """Who reviews a protocol: people, and the channels they are in. Of a role those whom the directory names for it."""
    roster = team.roster(now)
    staff = {role.name: role.staffed_by for role in protocol.roles}
    names = [name for one in protocol.review.by for name in staff.get(one, (one,))]
    places = dict.fromkeys(place for name in names for place in roster.channels.get(name, ()))
    return roster.everyone(names), list(places)


def thanked(team: Team, handoff: Handoff, now: datetime) -> list[Message]:
    """The question how it was, once it is answered."""
    kept = [(f"{HOW}{handoff.rotation}", handoff.at.isoformat())]
    return feedback(handoff, "", zone_of(team), answered=now.isoformat(), wishes=kept)


def zone_of(team: Team) -> str:
    """The team's time zone, for where no reader's clock can show a time."""
    return team.protocol.calendar.timezone


def delivered(session: Session, message: Message) -> None:
    """It arrived: if it is ever refused again, somebody hears of it again."""
    calendar.forget(session, f"{REFUSED}{place_of(message)}:")


def refused(session: Session, team: Team, message: Message, error: str, now: datetime) -> None:
    """Slack refuses a message for good: of each cause one person is told once. Where that does not arrive either, the
    next one is."""
    place, tried = place_of(message), [one for one in message.args.get("tried", ()) if isinstance(one, str)]
    news = message.args.get("what") == "refused"
    if not news and not calendar.enter(session, f"{REFUSED}{place}:{cause_of(message.kind, error)[1]}", EVER, now):
        return
    tried = [*tried, place]
    told = message.args if news else {"kind": message.kind, "place": place, "error": error}
    whom = next((one for one in _who_must_know(team, now) if one not in tried and reached(one)), None)
    if whom is None:
        return  # the log has it
    args = {key: told[key] for key in ("kind", "place", "error")}
    name = f"{REFUSED}{args['place']}:{args['error']}:{now.isoformat()}"
    say(session, team, [to(whom, "refused", name, tried=tried, **args)])


def place_of(message: Message) -> str:
    """Where it was to be: a channel, a person or a user group."""
    return str(message.args.get("to") or message.args.get("group") or message.args.get("person") or message.lane)


def _who_must_know(team: Team, now: datetime) -> list[str]:
    """Whoever is on call first: they can be reached, and know who runs this."""
    roster = team.roster(now)
    known = (person for people in roster.directory.values() for person in people)
    return [one for one in dict.fromkeys((roster.primary, roster.secondary, *known)) if one]
