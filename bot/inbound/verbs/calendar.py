"""What people answer to what happens at its hour: its buttons and its form. It has no verbs."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.intents import Fill, Intent
from bot.inbound.verbs.verb import OLD, Click, FormDoor, Meaning, Page, Verb
from bot.views import calendar
from bot.views.ids import Action, Form
from bot.views.read_forms import Values

VERBS: tuple[Verb, ...] = ()


def _hour(click: Click) -> datetime:
    try:
        at = datetime.fromisoformat(click.text)
    except ValueError as error:
        raise BadInput(OLD) from error
    if at.tzinfo is None:
        raise BadInput(OLD)
    return at


def _tell_how(click: Click) -> Intent:
    """The form carries the hour of the handoff; whose turn it was tells which."""
    return Fill(Form.TELL_HOW, ask=int(_hour(click).timestamp()))


BUTTONS: dict[Action, Meaning] = {
    Action.HAVE_IT: lambda click: r.HaveIt(click.verb, _hour(click)),
    Action.TELL_HOW: _tell_how,
    Action.ALL_WELL: lambda click: r.TellHow(_hour(click)),
    Action.REVIEWED: lambda click: r.Reviewed(click.verb, _hour(click)),
}


def _how(values: Values, at: int | None) -> r.OfCalendar:
    if at is None:
        raise BadInput(OLD)
    return r.TellHow(datetime.fromtimestamp(at, UTC), calendar.read_how(values))


FORMS: dict[Form, FormDoor] = {Form.TELL_HOW: FormDoor(_how)}

PAGES: dict[str, Page] = {}
