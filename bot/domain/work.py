"""The topic of causes, tasks and action items, and where people talk: what is decided, how the incident changes by it,
and what follows outside."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlsplit

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow, WhichOne
from bot.domain.grounds import said
from bot.domain.incident import Incident, Theory, Todo
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.domain.scribe import Scribe


def decided(
    incident: Incident, request: r.OfWork, protocol: Protocol, _roster: Roster, _caller: Caller, now: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads. They are taken after the
    end too: causes are found and action items done later."""
    if incident.stage == "cancelled":
        raise NotNow(
            f"{incident.number} is cancelled, so nothing is worked on for it. Reopen it with /incident reopen <why>, "
            "or keep what you know with /incident note <text>."
        )
    match request:
        case r.ProposeCause(text=text):
            return _theory(incident, text)
        case r.JudgeCause(verdict="confirmed", cause=None, nth=None, why=why) if why.strip() and not incident.theories:
            return _theory(incident, why)  # "cause it was the loader", before anybody proposed one
        case r.JudgeCause():
            return _judged(incident, request)
        case r.AddAction():
            return _todo(incident, request, protocol, now)
        case r.ChangeAction(action=seq, owner=owner, due=due):
            todo = _open_one(incident, seq)
            changed = f.ActionChanged(action=seq, owner=owner, due=_to_come(due, protocol, now))
            return [changed] if (owner or todo.owner, due or todo.due) != (todo.owner, todo.due) else []
        case r.EndAction():
            return _over(incident, request)
        case r.LinkCall(url=url):
            return [f.CallLinked(url=linked)] if (linked := _address(url)) != incident.call else []
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def _theory(incident: Incident, text: str) -> list[f.Fact]:
    theory = said(text, "Write what you think caused it: /incident cause the loader flipped the sign.")
    same = next((one for one in incident.theories if one.text.casefold() == theory.casefold()), None)
    if same is not None and same.verdict != "rejected":
        raise NotNow(f"That theory stands already, {same.verdict}. /incident cause shows them all.")
    return [f.CauseProposed(text=theory)]


def _judged(incident: Incident, request: r.JudgeCause) -> list[f.Fact]:
    theory = _meant(incident, request)
    confirmed = request.verdict == "confirmed"
    why = request.why.strip()
    if not confirmed and not why:
        raise BadInput("Say what ruled it out, so that nobody tries it again: /incident cause rejected 1 <why>.", "why")
    others = (one for one in incident.theories if one.seq != theory.seq)
    primary = any(one.part == "primary" and one.verdict == "confirmed" for one in others)
    part = (request.part or ("contributing" if primary else "primary")) if confirmed else None
    if (theory.verdict, theory.part) == (request.verdict, part):
        return []
    return [f.CauseJudged(cause=theory.seq, verdict=request.verdict, part=part, why=why)]


def _meant(incident: Incident, request: r.JudgeCause) -> Theory:
    """The theory that is judged. Raises BadInput when it is not clear which."""
    known = incident.theories
    if not known:
        raise NotNow("There is no theory yet. Propose one with /incident cause <what you think it was>.")
    if request.cause is not None:
        found = next((one for one in known if one.seq == request.cause), None)
    elif request.nth is not None:
        found = known[request.nth - 1] if 1 <= request.nth <= len(known) else None
    else:
        left = [one for one in known if one.verdict == "proposed"] or ([] if request.why.strip() else list(known))
        found = left[0] if len(left) == 1 else None
    if found is None:
        names = {n: one.text[:60] for n, one in enumerate(known, start=1)}
        listed = "; ".join(f"{n} is “{text}”" for n, text in names.items())
        raise WhichOne(
            f"Which theory? {listed}. Say its number: /incident cause {request.verdict} 1.",
            incident=incident.id,
            verb="cause",
            picks=[(f"{n} · {text}", f"{request.verdict} {n}") for n, text in names.items()],
            rest=" ".join(filter(None, (request.part, request.why))),
        )
    return found


def _todo(incident: Incident, request: r.AddAction, protocol: Protocol, now: datetime) -> list[f.Fact]:
    if request.ts and incident.todo(source=(request.channel, request.ts)):
        return []
    text = said(request.text, "Write what is to be done: /incident action add a test for the sign @bea due fri.")
    due = _to_come(request.due, protocol, now)
    added = f.ActionAdded(text=text, owner=request.owner, due=due, task=request.task)
    return [added.model_copy(update={"channel": request.channel, "ts": request.ts})]


def _to_come(due: date | None, protocol: Protocol, now: datetime) -> date | None:
    if due is not None and due < protocol.calendar.local(now).date():
        raise BadInput("That day is over. Choose today or a later one.", "due")
    return due


def _open_one(incident: Incident, seq: int | None, source: tuple[str | None, str | None] | None = None) -> Todo:
    todo = incident.todo(seq, source)
    if todo is None:
        raise NotNow("That is no task or action item any more. /incident actions shows them all.")
    return todo


def _over(incident: Incident, request: r.EndAction) -> list[f.Fact]:
    source = (request.channel, request.ts) if request.ts else None
    todo = _open_one(incident, request.action, source)
    if not todo.open:
        return []
    return [f.ActionEnded(action=todo.seq, done=request.done, why=request.why.strip())]


def _address(text: str) -> str:
    """The address of a call. Raises BadInput for what no browser opens."""
    url = text.strip().strip("<>")
    try:
        parts = urlsplit(url) if "://" in url else urlsplit(f"https://{url}")
    except ValueError as error:
        raise BadInput(NO_ADDRESS) from error
    if parts.scheme not in ("http", "https") or "." not in parts.netloc or len(url.split()) != 1:
        raise BadInput(NO_ADDRESS)
    return parts.geturl()


NO_ADDRESS = "That is no address of a call. Paste its link: /incident call https://meet.example.com/abc."


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.CauseProposed(text=text):
            theory = Theory(seq=entry.seq, at=entry.at, by=entry.by, text=text)
            return incident.model_copy(update={"theories": (*incident.theories, theory)})
        case f.CauseJudged() as judged:
            return _with_verdict(incident, judged, entry.by)
        case f.ActionAdded(text=text, owner=owner, due=due, task=task, channel=channel, ts=ts):
            source = (channel, ts) if channel and ts else None
            todo = Todo(
                seq=entry.seq, at=entry.at, by=entry.by, text=text, owner=owner, due=due, task=task, source=source
            )
            return incident.model_copy(update={"todos": (*incident.todos, todo)})
        case f.ActionChanged(action=seq, owner=owner, due=due):
            return _with_todo(incident, seq, **({"owner": owner} if owner else {}), **({"due": due} if due else {}))
        case f.ActionEnded(action=seq, done=done, why=why):
            return _with_todo(incident, seq, ended_at=entry.at, done=done, why=why)
        case f.CallLinked(url=url):
            return incident.model_copy(update={"call": url})
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def _with_todo(incident: Incident, seq: int, **changes: object) -> Incident:
    todos = tuple(one.model_copy(update=changes) if one.seq == seq else one for one in incident.todos)
    return incident.model_copy(update={"todos": todos})


def _with_verdict(incident: Incident, judged: f.CauseJudged, by: str | None) -> Incident:
    """A theory judged; a primary cause confirmed is the root cause, and one that falls is not any more."""
    changes = {"verdict": judged.verdict, "part": judged.part, "why": judged.why, "judged_by": by}
    theories = tuple(one.model_copy(update=changes) if one.seq == judged.cause else one for one in incident.theories)
    judged_text = next((one.text for one in incident.theories if one.seq == judged.cause), "")
    cause = incident.cause
    if judged.part == "primary":
        cause = judged_text
    elif cause == judged_text:
        cause = ""
    return incident.model_copy(update={"theories": theories, "cause": cause})


def reacted(s: Scribe, fact: f.OfWork) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.CauseProposed(aside=aside):
            return [] if aside else [s.matter(s.entry.seq)]
        case f.CauseJudged(cause=seq):
            return [s.matter(seq)]
        case f.ActionAdded(owner=owner, channel=channel, ts=ts):
            return [*_confirmed(s, channel, ts), *_duty(s, owner)]
        case f.ActionChanged(owner=owner):
            return _duty(s, owner)
        case f.ActionEnded():
            return s.reminders()
        case f.CallLinked():
            return [s.statement(), s.card()]
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")


def _confirmed(s: Scribe, channel: str | None, ts: str | None) -> list[Message]:
    """A message that became something to do is confirmed by a reaction; what was typed is said in the channel."""
    if channel is None or ts is None:
        return [s.statement()]
    return [s.message("confirm_mark", f"react:{channel}", args={"channel": channel, "ts": ts})]


def _duty(s: Scribe, owner: str | None) -> list[Message]:
    """Duties are told privately; nobody is told what they took on themselves."""
    return s.tell(owner, what="duty") if owner and owner != s.entry.by else []
