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
from bot.domain.clocks import clocks
from bot.domain.errors import NotNow, NotYours
from bot.domain.evolve import fold
from bot.domain.incident import DataState, Incident
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.domain.react import react
from bot.domain.roles import held_by
from bot.domain.scribe import Scribe

WINDOW = timedelta(minutes=10)
"""For how long something can be taken back."""

UPDATE_AGAIN = "Say what is right now with /incident update <text>."
NOTE_IT = "Keep what is right with /incident note <text>."
REOPEN = "Open it again with /incident reopen <why>."

NOUNS: dict[str, tuple[str, str]] = {
    "acknowledged": ("acknowledgement", "Whoever takes over says /incident take."),
    "role_assigned": ("role", "Give it to somebody else with /incident role <role> @name."),
    "roles_asked": ("question who takes the roles", NOTE_IT),
    "handed_off": ("handoff", "Hand it back with /incident handoff @name."),
    "cover_set": ("stand-in", "Name another with /incident cover @name 2h."),
    "people_added": ("invitation", NOTE_IT),
    "join_asked": ("wish to join", NOTE_IT),
    "paged": ("call", NOTE_IT),
    "escalated": ("escalation", "Say what has changed with /incident update <text>."),
    "escalation_held": ("hold", "Escalate with /incident escalate."),
    "followed": ("following", "Press Follow again."),
    "question_answered": ("answer", "Answer once more in the thread."),
    "severity_confirmed": ("confirmation", "Change it with /incident severity P2 <why>."),
    "severity_changed": ("severity", "Change it again with /incident severity P2 <why>."),
    "severity_requested": ("request", NOTE_IT),
    "severity_request_declined": ("refusal", "Change it with /incident severity P2 <why>."),
    "categories_set": ("category", "Choose it again with /incident edit."),
    "environment_set": ("environment", "Choose it again with /incident edit."),
    "impact_assessed": ("assessment", "Assess it again with /incident impact."),
    "impact_stated": ("impact", "Say it again with /incident impact <sentence>."),
    "update_posted": ("update", UPDATE_AGAIN),
    "update_edited": ("correction", "Correct it again with /incident edit <text>."),
    "phase_moved": ("phase", "Move it again with /incident phase <name>."),
    "note_added": ("note", NOTE_IT),
    "snoozed": ("snooze", "Post an update: it ends the quiet."),
    "data_stated": ("state of the data", "Say it again with /incident data <state>."),
    "affected_changed": ("list of what is affected", "Change it again with /incident affected."),
    "owners_called": ("word to the owners", NOTE_IT),
    "backfill_planned": ("backfill", "End it with /incident backfill."),
    "backfill_ended": ("end of the backfill", "Plan it again with /incident backfill."),
    "change_proposed": ("proposal", "Propose another with /incident propose <what>."),
    "change_approved": ("approval", "Propose another plan: a changed plan needs a new approval."),
    "change_rejected": ("rejection", "Propose it again with /incident propose <what>."),
    "cause_proposed": ("theory", "Reject it with /incident cause."),
    "cause_judged": ("verdict on the cause", "Judge it again with /incident cause."),
    "action_added": ("action", "Drop it with /incident actions."),
    "action_changed": ("change of the action", "Change it again with /incident actions."),
    "action_ended": ("end of the action", "Add it again with /incident action <text>."),
    "item_ticked": ("tick", "Take it away with /incident checklist."),
    "item_unticked": ("missing tick", "Tick it again with /incident checklist."),
    "first_answered": ("answer", "Say what is right with /incident note <text>."),
    "call_linked": ("call's address", "Give another with /incident call <url>."),
    "resolved": ("resolution", REOPEN),
    "closed": ("closing", REOPEN),
    "cancelled": ("cancelling", REOPEN),
    "reopened": ("reopening", "Resolve it with /incident resolve, or cancel it with /incident cancel <why>."),
    "runbook_started": ("runbook", NOTE_IT),
    "cause_explored": ("search for the cause", "Search again with /incident 5whys."),
    "advice_shown": ("advice", NOTE_IT),
    "ticket_linked": ("ticket", "Link the right one with /incident link <ticket>."),
    "typical_kept": ("decision to keep the severity", "Change it with /incident severity P2 <why>."),
    "times_corrected": ("correction of the times", "Correct them again with /incident edit."),
    "renamed": ("new name", "Rename it again with /incident rename <title>."),
    "linked": ("link", "Take it away with /incident unlink INC-n."),
    "unlinked": ("end of the link", "Link it again with /incident link INC-n."),
    "teams_told": ("word to the teams", NOTE_IT),
    "postmortem_owned": ("owner of the postmortem", "Name another with /incident postmortem @name."),
    "postmortem_scheduled": ("meeting", "Choose another time with /incident postmortem <when>."),
    "postmortem_done": ("end of the postmortem", NOTE_IT),
    "message_marked": ("message on the timeline", "Take the reaction away, and it is off the timeline."),
}  # fmt: skip
"""Kinds that can be taken back: what each is called ("the …"), and what helps once it is too late."""

NOTHING = "You have done nothing here that can be taken back. Say what is right with /incident note <text>."
BY_ITSELF = "What I do by myself follows from what people say, so it cannot be taken back. Change what it follows from."
FROM_SLACK = "That came from Slack, so it is changed there."
ADMINS = "That an admin used their right stays on the record."
REACTED = "Take the reaction away, and the message is off the timeline."

FIXED: dict[str, str] = {
    "declared": "What was declared cannot be taken back. Cancel it with /incident cancel <why>.",
    "change_went_ahead": "Going ahead without approval stays on the record. Explain it with /incident note <text>.",
    "ask_declined": "Somebody else has been asked already. If it is yours after all, say /incident take.",
    "texts_forgotten": "What was deleted is gone for good.",
    "undone": "Taking something back cannot be taken back. Do it again instead.",
    "taken_over": "It went with being on call. Hand it on with /incident handoff @name.",
    "channel_retried": "I am trying already. Cancel the incident with /incident cancel <why> if it is none.",
    "mark_retracted": "Add the reaction again, and the message is back on the timeline.",
    **dict.fromkeys(("on_call_named", "nobody_answered", "asked", "heard", "management_called", "management_informed"), BY_ITSELF),
    "shift_changed": BY_ITSELF,
    "protocol_offered": BY_ITSELF,
    "protocol_adopted": "Adopt another one with /incident adopt <protocol>.",
    **dict.fromkeys(("found_muted", "delivery_refused", "invite_refused"), BY_ITSELF),
    **dict.fromkeys(("admin_overrode", "admin_looked_in"), ADMINS),
    **dict.fromkeys(("channel_opened", "channel_refused", "channel_renamed", "joined", "question_heard"), FROM_SLACK),
    **dict.fromkeys(("left", "marked_message_edited", "marked_message_deleted"), FROM_SLACK),
}
"""Kinds that stay, and what to do instead."""

PASSED_OVER = (BY_ITSELF, FROM_SLACK, REACTED, FIXED["undone"], FIXED["mark_retracted"])
"""What nobody means who takes back the last thing they did."""

SPLIT = "What was split off is an incident of its own. Cancel that one with /incident cancel <why> in its channel."

FREE = (
    f.OfPostmortem, f.NoteAdded, f.OfWork, f.OfChecklist, f.Renamed, f.Linked, f.Unlinked, f.Followed, f.QuestionAnswered, f.PeopleAdded, f.JoinAsked,
    f.MessageMarked, f.OfRunbook,
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
