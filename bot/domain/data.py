"""The topic of the data axis: what can be said of the data, who owns and reads it, and how it is made right."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime

from bot.domain import assets
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.assets import Asset
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow, WhichOne
from bot.domain.grounds import running, said
from bot.domain.incident import SETTLED_DATA, UNSETTLED_DATA, Backfill, DataState, Incident, data_became
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.domain.protocol.lists import Recipe
from bot.domain.scribe import Scribe

PASSED = "Choose a time that is still to come."


def decided(
    incident: Incident,
    request: r.OfData,
    protocol: Protocol,
    roster: Roster,
    caller: Caller,  # noqa: ARG001 - every topic is asked alike
    now: datetime,
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    _kept_up(incident)
    match request:
        case r.ChangeAffected(added=added, removed=removed):
            return _affected(incident, added, removed, roster)
        case r.StateData():
            return [_stated(incident, request, now)]
        case r.Monitor():
            return _monitored(incident, request, protocol, now)
        case r.PlanBackfill(what=what, since=since, until=until, owner=owner, recipe=recipe):
            running(incident, "nothing is backfilled for it any more")
            text = said(what, "Say what is written again: /incident backfill orders 06:10 to 08:20 @tec.", "what")
            _in_order(since, until)
            known = recipe_of(recipe, protocol).name if recipe else ""
            planned = f.BackfillPlanned(what=text, since=since, until=until, owner=owner, recipe=known)
            turning = incident.data in UNSETTLED_DATA - {DataState.BACKFILLING}
            return [planned, *([f.DataStated(state=DataState.BACKFILLING, aside=True)] if turning else [])]
        case r.EndBackfill(done=done, why=why):
            return [f.BackfillEnded(backfill=_open_one(incident, request).seq, done=done, why=why.strip())]
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def recipe_of(text: str, protocol: Protocol) -> Recipe:
    """The recipe of this name. Raises BadInput for none of the protocol's."""
    found = next((one for one in protocol.backfills if one.name == text), None)
    if found is None:
        names = ", ".join(one.name for one in protocol.backfills) or "none"
        raise BadInput(f'"{text}" is no recipe of {protocol.name}. It has {names}.', "recipe")
    return found


def _kept_up(incident: Incident) -> None:
    """The data may still be judged after resolving; what is closed or cancelled stands."""
    if incident.stage in ("closed", "cancelled"):
        running(incident, "what was said of its data stands")


def _affected(incident: Incident, added: tuple[str, ...], removed: tuple[str, ...], roster: Roster) -> list[f.Fact]:
    here = {one.casefold(): one for one in assets.things(incident.affected)}
    more = tuple(one for one in assets.things(", ".join(added)) if one.casefold() not in here)
    less = tuple(here[one.casefold()] for one in assets.things(", ".join(removed)) if one.casefold() in here)
    if not (added or removed):
        raise BadInput("Name what is affected: /incident affected orders_mart, -revenue dashboard.", "affected")
    if not (more or less):
        known = ", ".join(here.values()) or "nothing"
        raise NotNow(f"That changes nothing: {incident.number} names {known} as affected.")
    changed = f.AffectedChanged(added=", ".join(more), removed=", ".join(less))
    return [changed, *_called(incident, more, roster)]


def _called(incident: Incident, more: tuple[str, ...], roster: Roster) -> list[f.Fact]:
    quiet = incident.private or incident.drill
    new = tuple(asset for asset in assets.known(more, roster.assets) if asset.pattern not in incident.owners_told)
    return called(new, quiet, incident.environment, inside=incident.participants, reading=incident.consumers)


def called(
    found: Iterable[Asset],
    quiet: bool,
    environment: str,
    *,
    inside: Container[str | None],
    reading: Container[str] = (),
) -> list[f.Fact]:
    """Who is to be told of these assets, once: owners who are not `inside` already, and those who read them. Nobody is
    told of a private incident or a drill (`quiet`), nor of one outside production."""
    if quiet or environment != "production":
        return []
    owned: dict[str, tuple[str, ...]] = {}
    consumers: dict[str, None] = {}
    patterns = []
    for asset in found:
        owners = [person for person in asset.owners if person not in inside]
        readers = [one for one in asset.consumers if one not in reading]
        owned |= {person: (*owned.get(person, ()), asset.pattern) for person in dict.fromkeys(owners)}
        consumers |= dict.fromkeys(readers)
        patterns += [asset.pattern] if owners or readers else []
    told = f.OwnersCalled(assets=tuple(patterns), people=tuple(owned), consumers=tuple(consumers), owned=owned)
    return [told] if patterns else []


def parse_state(text: str) -> DataState | None:
    """The state somebody named exactly, whatever the case; None when it is none."""
    meant = " ".join(text.casefold().split())
    return next((state for state in DataState if state.value == meant), None)


def _state(text: str) -> DataState:
    state = parse_state(text)
    if state is None:
        raise BadInput(f"The data can be {', '.join(DataState)}: /incident data suspect since 06:10.", "data")
    return state


def _in_order(since: datetime | None, until: datetime | None) -> None:
    if since and until and until < since:
        raise BadInput("That window ends before it begins. Say its beginning first: since 06:10 until 08:20.", "until")


def _stated(incident: Incident, request: r.StateData, now: datetime) -> f.DataStated:
    state = _state(request.state)
    _in_order(request.since, request.until)
    if not incident.running and state in UNSETTLED_DATA:
        raise NotNow(
            f"{incident.number} is resolved, and data that is {state.value} is not right. "
            "Reopen it with /incident reopen <why>, then say so."
        )
    if request.since is not None and request.since > now:
        raise BadInput("That time has not come yet. Say since when the data is wrong.", "since")
    if request.eta is not None and request.eta <= now:
        raise BadInput(PASSED, "eta")
    if state is DataState.LOST and request.accepted_by is None and not request.why.strip():
        raise BadInput("Who accepts the loss? /incident data lost accepted by @name, or say why it is lost.", "why")
    given = {key: value for key, value in vars(request).items() if key not in ("state", "partitions", "why")}
    texts = {"partitions": request.partitions.strip(), "why": request.why.strip()}
    repaired = state is DataState.REPAIRED and request.trusted_from is None
    trusted = {"trusted_from": now} if repaired else {}
    return f.DataStated(state=state.value, **{**given, **texts, **trusted})


def _monitored(incident: Incident, request: r.Monitor, protocol: Protocol, now: datetime) -> list[f.Fact]:
    running(incident, "it cannot be watched any more")
    fix = said(request.fix, "Say what was done about it, so that the next person knows.", "fix")
    if request.eta is not None and request.eta <= now:
        raise BadInput(PASSED, "eta")
    stated = f.DataStated(state=_state(request.data).value, eta=request.eta, aside=True)
    phase = protocol.phases_of("monitoring")[0]
    moved = f.PhaseMoved(old=incident.phase, new=phase.name, stage="monitoring")
    return [f.UpdatePosted(text=fix), stated, *([] if incident.stage == "monitoring" else [moved])]


def _open_one(incident: Incident, request: r.EndBackfill) -> Backfill:
    number, planned = request.backfill, request.planned
    ledger = dict(enumerate(incident.backfills, start=1))
    waiting = {line: one for line, one in ledger.items() if one.ended_at is None}
    found = [one for line, one in waiting.items() if number in (None, line) and planned in (None, one.seq)]
    if not waiting:
        raise NotNow("No backfill is open. Plan one with /incident backfill <what> <from> to <until>.")
    if planned is not None and not found:
        raise NotNow("That backfill is not open any more. /incident backfill lists those that are.")
    if len(found) != 1:
        named = "; ".join(f"{line} {one.what}" for line, one in waiting.items())
        how = "done" if request.done else "drop"
        raise WhichOne(
            f"Which one? Open are {named}: /incident backfill {how} {next(iter(waiting))}.",
            incident=incident.id,
            verb="backfill",
            picks=[(f"{line} · {one.what}", f"{how} {line}") for line, one in waiting.items()],
            rest=request.why,
        )
    return found[0]


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.AffectedChanged(added=added, removed=removed):
            less = assets.things(removed)
            left = [one for one in assets.things(incident.affected) if one not in less]
            return incident.model_copy(update={"affected": ", ".join([*left, *assets.things(added)])})
        case f.DataStated() as fact:
            return _data(data_became(incident, DataState(fact.state), entry.seq), fact)
        case f.BackfillPlanned() as fact:
            planned = Backfill(seq=entry.seq, **fact.model_dump(exclude={"v"}))
            return incident.model_copy(update={"backfills": (*incident.backfills, planned)})
        case f.BackfillEnded(backfill=number, done=done):
            ended = {"ended_at": entry.at, "done": done}
            ledger = tuple(b.model_copy(update=ended) if b.seq == number else b for b in incident.backfills)
            return incident.model_copy(update={"backfills": ledger})
        case f.OwnersCalled(assets=patterns, consumers=consumers):
            told = {
                "owners_told": (*incident.owners_told, *patterns),
                "consumers": (*incident.consumers, *consumers),
            }
            return incident.model_copy(update=told)
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def _data(incident: Incident, fact: f.DataStated) -> Incident:
    """What is not said again stays as it was said."""
    return incident.model_copy(
        update={
            "data_since": fact.since or incident.data_since,
            "data_until": fact.until or incident.data_until,
            "partitions": fact.partitions or incident.partitions,
            "trusted_from": fact.trusted_from if fact.state == DataState.REPAIRED else None,
            "loss_accepted_by": fact.accepted_by or incident.loss_accepted_by,
            "eta": fact.eta or (None if fact.state in set(SETTLED_DATA) else incident.eta),
        }
    )


def reacted(s: Scribe, fact: f.OfData) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.AffectedChanged():
            return [s.card(), *s.team("notice")]
        case f.DataStated(aside=aside):
            turned = s.incident.data_turned == s.entry.seq
            outside = s.team("notice", "turning" if turned else "news")
            said = [] if aside else [s.statement()]
            return [*said, s.card(), *outside, *s.stakeholders(anew=turned), *s.management()]
        case f.BackfillPlanned() | f.BackfillEnded():
            return [s.statement(), s.card()]
        case f.OwnersCalled(people=people):
            return [*s.tell(*people, what="owner"), *s.consumers(anew=False)]
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")
