"""Taking back what somebody did: what can be taken back, until when, and what is said to those who saw it.

An act is the entries that one delivery of one person recorded. Taken back, they stay on the record and do not count:
the incident is the fold of the others, so promises run as if it had not been. Whoever read it sees it withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from bot.domain import fact as f
from bot.domain.errors import NotNow, NotYours
from bot.domain.evolve import fold
from bot.domain.incident import DataState, Incident
from bot.domain.message import Message
from bot.domain.promises.clocks import clocks
from bot.domain.protocol import Protocol
from bot.domain.react import react
from bot.domain.roles import held_by
from bot.domain.scribe import Scribe
from bot.domain.undoing_words import BY_ITSELF, FIXED, FROM_SLACK, NOTHING, NOUNS, REACTED, REOPEN

WINDOW = timedelta(minutes=10)
"""For how long something can be taken back."""

PASSED_OVER = (BY_ITSELF, FROM_SLACK, REACTED, FIXED["undone"], FIXED["mark_retracted"])
"""What nobody means who takes back the last thing they did."""

SPLIT = "What was split off is an incident of its own. Cancel that one with /incident cancel <why> in its channel."

FREE = (
    f.OfPostmortem, f.OfChecklist, f.OfRunbook, f.OfWork, f.NoteAdded, f.Renamed, f.Linked, f.Unlinked, f.Followed,
    f.QuestionAnswered, f.PeopleAdded, f.JoinAsked, f.MessageMarked,
)  # fmt: skip
"""What can change however the incident stands, so its ending does not build on it, nor it on the ending."""

ENDINGS = (f.Resolved, f.Closed, f.Cancelled, f.Reopened)

RINGS = ("told", "postmortem", "escalated", "paged", "assigned", "handed", "cover")
"""Direct messages that call somebody: they are told that they are not needed."""

GIVEN = ("assigned", "handed")
"""Those that gave a role: who keeps another one is not called off, so the edit tells it."""

SAFE = (DataState.UNAFFECTED, DataState.REPAIRED)

REDRAWN = ("stakeholders", "management")
"""Kinds whose place is filled again and again: it is drawn as things stand, also after something was said anew."""


def stays(fact: f.Fact) -> bool:
    """Whether it counts although the rest of its act is taken back: whoever takes something back is there, and that an
    admin used their right to do it stays true."""
    return isinstance(fact, f.Heard | f.OfAccess) or (isinstance(fact, f.Acknowledged) and fact.implied)


def why_not(fact: f.Fact) -> str | None:
    """Why this kind of thing is never taken back, and what to do; None when it can be."""
    match fact:
        case f.Escalated(by_clock=True):
            return BY_ITSELF
        case f.Linked(how="split from" | "split into"):
            return SPLIT
        case f.MessageMarked(marker=marker) if marker != "shortcut":
            return REACTED
        case _:
            return FIXED.get(fact.kind)


def can_be(entries: Sequence[f.Entry], person: str | None) -> tuple[int, ...]:
    """The entries among what a request recorded that its author may take back; none where they may not."""
    own = [e for e in entries if e.by is not None and e.by == person and not stays(e.fact)]
    return () if any(why_not(e.fact) for e in own) else tuple(e.seq for e in own)


@dataclass(frozen=True)
class Past:
    """An incident's whole record, and which of its entries one delivery led to."""

    record: Sequence[f.Entry]
    acts: Collection[tuple[int, ...]]


def decided(past: Past, seqs: Sequence[int], protocol: Protocol, person: str | None, now: datetime) -> f.Undone:
    """What is taken back: these entries or the person's last act, and what I asked because of them.

    Raises NotYours, or NotNow with what to do instead.
    """
    act = _act(past, seqs, person, now)
    return f.Undone(seqs=(*(e.seq for e in act), *_baseless(past.record, act, protocol)))


def _baseless(record: Sequence[f.Entry], act: Sequence[f.Entry], protocol: Protocol) -> Iterator[int]:
    """What was asked meanwhile about promises that only the act had made, and whom it let me tell: they may be made
    again, and asked about."""
    last = record[-1]
    without = f.Undone(seqs=tuple(e.seq for e in act))
    left = fold((*record, last.model_copy(update={"seq": last.seq + 1, "fact": without})))
    running = clocks(left, protocol)
    promised = {c.name for c in running}
    word = next((c.due for c in running if c.key == "management"), None)
    early = False
    for entry in record:
        fact = entry.fact
        if entry.seq > act[0].seq and isinstance(fact, f.Asked):
            names = {(c.key, c.occurrence) for c in fact.covers}
            if not names & promised:
                yield entry.seq
        elif entry.seq > act[0].seq and isinstance(fact, f.ManagementCalled | f.ManagementInformed):
            early = early or (isinstance(fact, f.ManagementCalled) and (word is None or word > entry.at))
            if early:
                yield entry.seq


def _act(past: Past, seqs: Sequence[int], person: str | None, now: datetime) -> list[f.Entry]:
    record = past.record
    gone = {seq for e in record if isinstance(e.fact, f.Undone) for seq in e.fact.seqs}
    act = [e for e in record if e.seq in seqs] if seqs else _last(past, gone, person)
    if not act or len(act) < len(seqs):
        raise NotNow(NOTHING)
    if any(e.by != person for e in act):
        raise NotYours("Only whoever did it can take it back. Say what is right with /incident note <text>.")
    act = [e for e in act if not stays(e.fact)]
    if not act:
        raise NotNow(NOTHING)
    if gone & {e.seq for e in act}:
        raise NotNow("That has been taken back already. Do it again if it is right after all.")
    for why in filter(None, (why_not(e.fact) for e in act)):
        raise NotNow(why)
    remedy = NOUNS[next((e for e in act if isinstance(e.fact, ENDINGS)), act[-1]).fact.kind][1]
    if now - act[-1].recorded_at > WINDOW:
        raise NotNow(f"That was more than 10 minutes ago, so it stands. {remedy}")
    later = [e for e in record if e.seq > act[-1].seq and e.seq not in gone]
    built = next((e for e in later if any(builds_on(e, one) for one in act)), None)
    if built is not None:
        open_again = remedy == REOPEN and isinstance(built.fact, f.Reopened)
        then = "It is open again already." if open_again else remedy
        raise NotNow(f"It stands, because a later {NOUNS[built.fact.kind][0]} builds on it. {then}")
    return act


def _last(past: Past, gone: Collection[int], person: str | None) -> list[f.Entry]:
    """The person's last act that has not been taken back. What they did without a command is passed over."""
    delivery: dict[int, object] = {seq: number for number, act in enumerate(past.acts) for seq in act}
    own = [e for e in past.record if person is not None and e.by == person]
    for _, group in reversed([(k, [*g]) for k, g in groupby(own, lambda e: delivery.get(e.seq, e.recorded_at))]):
        left = [e for e in group if e.seq not in gone and not stays(e.fact)]
        if any(why_not(e.fact) not in PASSED_OVER for e in left):
            return left
    return []


def builds_on(later: f.Entry, earlier: f.Entry) -> bool:
    """Whether a later entry says more about the same, so that the earlier one cannot be taken from under it."""
    if isinstance(later.fact, FREE) != isinstance(earlier.fact, FREE):
        return False
    if later.fact.kind not in NOUNS or stays(later.fact):
        return False
    if not isinstance(later.fact, FREE) and (isinstance(later.fact, ENDINGS) or isinstance(earlier.fact, ENDINGS)):
        return True
    return bool(touches(later) & touches(earlier))


def touches(entry: f.Entry) -> frozenset[str]:
    """What an entry is about, by names that mean something only here."""
    match entry.fact:
        case f.NoteAdded() | f.PeopleAdded() | f.JoinAsked() | f.OwnersCalled() | f.TeamsTold() | f.AdviceShown():
            return frozenset()
        case f.Acknowledged():
            return frozenset({"responder"})
        case f.RoleAssigned(role=role):
            return frozenset({f"role:{role}"})
        case f.HandedOff(roles=roles):
            return frozenset({"responder", *(f"role:{role}" for role in roles)})
        case f.ImpactStated(data=data):
            return frozenset({"impact", *(["data"] if data else [])})
        case f.SeverityConfirmed() | f.SeverityChanged() | f.SeverityRequestDeclined() | f.SeverityRequested():
            return frozenset({"severity"})
        case f.UpdatePosted() | f.UpdateEdited():
            return frozenset({"update"})
        case f.Escalated() | f.EscalationHeld():
            return frozenset({"ladder"})
        case f.Linked(other=other) | f.Unlinked(other=other):
            return frozenset({f"link:{other}"})
        case f.MessageMarked(channel=channel, ts=ts):
            return frozenset({f"mark:{channel}:{ts}"})
        case f.TypicalKept():
            return frozenset({"severity"})
        case f.RunbookStarted(runbook=runbook):
            return frozenset({f"runbook:{runbook}"})
        case f.ItemTicked(sheet=sheet, item=item) | f.ItemUnticked(sheet=sheet, item=item):
            return frozenset({f"tick:{sheet}/{item}"})
        case f.FirstAnswered(question=question):
            return frozenset({f"first:{question}"})
        case f.ChangeProposed(replaces=replaces):
            return frozenset({f"proposal:{entry.seq}", f"proposal:{replaces}"})
        case fact:
            return frozenset({_numbered(fact, entry.seq) or fact.kind.split("_")[0]})


def _numbered(fact: f.Fact, seq: int) -> str | None:
    """Things that have a number: the entry that began them, or the one a later entry names."""
    for name in ("backfill", "proposal", "cause", "action", "question"):
        if hasattr(fact, name):
            return f"{name}:{getattr(fact, name)}"
    began = {
        f.BackfillPlanned: "backfill",
        f.CauseProposed: "cause",
        f.ActionAdded: "action",
    }.get(type(fact))
    return f"{began}:{seq}" if began else None


# ------------------------------------------------------------------------------------------------ outside


def names(slot: str | None, seqs: Collection[int]) -> bool:
    """Whether a slot belongs to one of these entries: `say-12`, `tell-12:U0ANA`."""
    found = re.search(r"-(\d+)(?::|$)", slot or "")
    return found is not None and int(found[1]) in seqs


def withdrawals(s: Scribe, earlier: Sequence[f.Entry]) -> list[Message]:
    """What is done outside because something was taken back: what was said about it is withdrawn, what stands is drawn
    anew. `s` is the scribe of the `Undone`, `earlier` the whole record before it."""
    seqs = s.entry.fact.seqs if isinstance(s.entry.fact, f.Undone) else ()
    before = replace(s, incident=fold(earlier))
    over = _audiences(before) - _audiences(s)
    untrue = _untrue(before.incident, s.incident, [e for e in earlier if e.seq in seqs])
    messages = [*_unsaid(s, untrue)] if untrue else []
    for at, entry in enumerate(earlier):
        if entry.seq in seqs:
            then = fold(earlier[: at + 1])
            for message in react(entry, then, s.protocol, s.audiences):
                messages += _answered(s, message, entry, over)
                messages += _called_off(s, message, entry, over, untrue)
    return messages


def _untrue(before: Incident, after: Incident, undone: Sequence[f.Entry]) -> f.Entry | None:
    """The entry by which people outside read that it is over, or that the figures are safe, when that does not hold."""
    ended = not before.running and after.running
    safe = before.data in SAFE and after.data not in SAFE
    said = [e for e in undone if _assures(e.fact)]
    first = [e for e in said if isinstance(e.fact, ENDINGS)] or said
    return first[-1] if first and (ended or safe) else None


def _assures(fact: f.Fact) -> bool:
    match fact:
        case f.Resolved() | f.Cancelled():
            return True
        case f.ImpactStated(data=data) | f.DataStated(state=data):
            return data in SAFE
        case _:
            return False


def _unsaid(s: Scribe, untrue: f.Entry) -> Iterator[Message]:
    """Whoever read outside what is not so finds it struck out and reads anew how it stands: an edit notifies nobody."""
    for message in (*s.stakeholders(), *s.management()):
        args = {"slot": message.fills, "of": untrue.seq, "untrue": True}
        yield s.message("withdraw", message.lane, args=args)
        yield message
    yield from s.team("turning")


def _called_off(
    s: Scribe, message: Message, entry: f.Entry, over: Collection[str], untrue: f.Entry | None
) -> list[Message]:
    """A direct message to whoever was rung for what does not hold any more; in `was` what they had read."""
    slot = message.fills or ""
    if message.kind == "management" and slot in over and isinstance(entry.fact, f.ManagementCalled):
        person, was = message.args["to"], "management"
    elif message.kind == "tell":
        person, was = message.args["person"], message.args["what"]
        if not _rings(s, person, was, untrue):
            return []
    else:
        return []
    args = {"slot": slot, "of": untrue.seq if untrue and was == "turning" else entry.seq, "was": was}
    return [m.model_copy(update={"args": {**m.args, **args}}) for m in s.tell(person, what="withdrawn")]


def _rings(s: Scribe, person: str, was: str, untrue: f.Entry | None) -> bool:
    if was == "turning":
        return untrue is not None and person not in s.incident.management_to
    return was in RINGS and not (was in GIVEN and held_by(person, s.incident, s.protocol))


def _audiences(s: Scribe) -> set[str]:
    """Slots of what stands outside the incident's channel."""
    standing = (*s.team("notice"), *s.stakeholders(), *s.management())
    return {message.fills for message in standing if message.fills}


def _answered(s: Scribe, message: Message, entry: f.Entry, over: Collection[str]) -> Iterator[Message]:
    """What takes back one message that the entry had led to."""
    slot = message.fills or ""
    now = {"seq": s.entry.seq, "rank": s.card().rank}
    once = bool(slot) and not message.standing and message.kind not in REDRAWN
    if once or slot in over or names(slot, (entry.seq,)):
        own = message.lane if slot in over else f"inc-{s.incident.id}:{slot}"
        args = {"slot": slot, "of": entry.seq}
        yield s.message("withdraw", own, needs=(slot,), args=args)
    elif message.kind == "confirm_mark":
        yield s.message("unconfirm_mark", message.lane, args=message.args)
    elif message.standing or message.kind in REDRAWN:
        yield message.model_copy(update={**now, "standing": True})
