"""Forms as they come back: read, recorded in one transaction, and closed; or shown again with a sentence in place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.domain import request as r
from bot.domain.errors import BadInput, DomainError, NoSuchIncident, NotYours
from bot.domain.incident import UNSETTLED_DATA
from bot.domain.protocol import Protocol
from bot.inbound import hours, letters
from bot.inbound.desk import Doors, refused
from bot.inbound.doing import Call, Reply, allow, declared, done_to, find, look, told
from bot.inbound.measured import measured
from bot.inbound.rights import guard, ruled
from bot.inbound.scenes import scene
from bot.inbound.slash import Ack
from bot.inbound.text import cleaned
from bot.inbound.verbs import FORMS
from bot.store import pinned
from bot.store.session import CannotSay, NotSaved, Session, Unknown
from bot.usecases.act import close_after_resolving
from bot.usecases.record import Done
from bot.usecases.team import Team
from bot.views import data_forms, read_forms, refusals
from bot.views.ids import Form
from bot.views.read_forms import Values

OLD = "This form is from another version of me and does nothing any more. Type /incident for what can be done now."
NONE_ANY_MORE = "This form belongs to no incident any more. Type /incident list to find yours."


@dataclass(frozen=True)
class Filled:
    """A form somebody sent: which, what they typed, and what it carried."""

    form: Form
    values: Values
    to: letters.Return


async def submitted(doors: Doors, ack: Ack, body: dict[str, Any]) -> None:
    """A form was sent. It closes when it is saved; until then nothing that was typed leaves the screen."""
    view = body["view"]
    to = letters.opened(view.get("private_metadata") or "")
    shared = body["user"].get("team_id") not in (None, doors.team_id)
    key = f"view:{view['id']}"
    call = doors.call(body["user"]["id"], "form", channel=to.channel, key=key, reply=to.reply, shared=shared)
    values: Values = read_forms.plain(cleaned(view["state"]["values"]))
    try:
        with measured(call.via) as counted:
            filled = Filled(_form(view["callback_id"]), values, to)
            counted.verb = filled.form.value
            reply = await _run(doors, call, filled)
    except Exception as error:  # noqa: BLE001 - shown in the form, so that what was typed stays
        if values:
            blocks = {name.partition("@")[0]: name for name in cleaned(view["state"]["values"])}
            field, sentence = _in_place(doors, call, values, error)
            await ack(response_action="errors", errors={blocks[field]: sentence})
        else:  # a form without a field has no place for a sentence
            await ack()
            doors.tell(call.person, to, refusals.refusal(_sentence(doors, call, error)))
        return
    if reply.view is not None:
        await ack(response_action="update", view=reply.view)
        return
    await ack()
    if reply.post is not None:
        doors.tell(call.person, to, reply.post)


async def _run(doors: Doors, call: Call, filled: Filled) -> Reply:
    seen = await doors.read(lambda session: look(session, doors.team, call))
    person = await doors.who(call.person, seen.person)
    if person is not None and (why := guard.not_a_member(person, doors.team_id)):
        raise BadInput(why)
    if person is None and call.shared:
        raise NotYours(guard.SLOW)
    if filled.to.admin:
        await doors.admin(call.person)
    call = replace(call, known=person is not None, admin=filled.to.admin, now=seen.now)
    chosen = read_forms.everybody_in(filled.values)
    await doors.named(chosen, {})
    reply = await doors.db.run(partial(record, team=doors.team, call=call, filled=filled))
    doors.look_at(call, chosen)
    return reply


def record(session: Session, team: Team, call: Call, filled: Filled) -> Reply:
    """Record what a form says. Raises DomainErrors; a BadInput names the field it is about."""
    request = FORMS[filled.form].read(filled.values, filled.to.ask)
    if isinstance(request, r.OfCalendar):
        return Reply(post=hours.answered(session, team, call, request))
    allow(call, request)
    if isinstance(request, r.Declare):
        return declared(session, team, call, request)
    if isinstance(request, r.Resolve) and request.data in set(UNSETTLED_DATA):
        return Reply(view=_monitoring(session, call, filled, request))
    done = _recorded(session, team, call, filled, request)
    return Reply(post=told(session, call, done.incident, done.entries, request))


def _recorded(session: Session, team: Team, call: Call, filled: Filled, request: r.Request) -> Done:
    incident = find(session, call, filled.to.incident)
    if incident is None:
        raise NoSuchIncident(NONE_ANY_MORE)
    incident = ruled.looked_in(session, team, call, incident)
    if isinstance(request, r.Resolve):
        close = _close_too(filled.values, pinned.get(session, incident.protocol_digest))
        if close is not None:
            both = (request, close)
            return close_after_resolving(session, team, incident.id, both, call.caller, call.now, key=call.key)
    return done_to(session, team, call, incident, request)


def _monitoring(session: Session, call: Call, filled: Filled, request: r.Resolve) -> dict[str, Any]:
    """Data that is not right is no resolution: what was typed goes on in another form."""
    incident = find(session, call, filled.to.incident)
    if incident is None:
        raise NoSuchIncident(NONE_ANY_MORE)
    drawn = scene(session, incident, call.now, reader=call.person)
    more = (("Cause", request.cause), ("Checked", request.verified))
    typed = "\n".join([request.fix, *(f"{label}: {text}" for label, text in more if text.strip())])
    return data_forms.monitor(drawn, typed, request.data, metadata=letters.sealed(filled.to))


def _close_too(values: Values, protocol: Protocol) -> r.Close | None:
    closing = read_forms.closes_too(values, protocol)
    return r.Close(**closing) if closing else None


def _form(callback_id: str) -> Form:
    try:
        return Form(callback_id)
    except ValueError as error:
        raise BadInput(OLD) from error


def _in_place(doors: Doors, call: Call, values: Values, error: Exception) -> tuple[str, str]:
    """The field that the sentence is about, or the first, and the sentence that stands under it."""
    field = error.field if isinstance(error, BadInput) and error.field in values else next(iter(values))
    return str(field), _sentence(doors, call, error)


def _sentence(doors: Doors, call: Call, error: Exception) -> str:
    match error:
        case DomainError() | NotSaved() | Unknown():
            return str(error)
        case CannotSay():
            doors.follow(call, error.late)
            return refusals.cannot_say()["text"]
        case _:
            return refused(error)["text"]
