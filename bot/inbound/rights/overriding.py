"""What an admin of the workspace may do although it is left to others, or private: offered with the refusal, carried by
its button as a whole, and done only when they press it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pydantic import TypeAdapter, ValidationError

from bot.domain import request as r
from bot.domain.errors import BadInput, Hidden, NotAllowed
from bot.inbound.intents import Fill, Intent, Show
from bot.inbound.understanding import Understood
from bot.inbound.verbs.verb import OLD, Click
from bot.store.people import Person
from bot.views.ids import value
from bot.views.refusals import VALUE_MOST


def _kinds(of: type[r.Request]) -> Iterator[type[r.Request]]:
    for each in of.__subclasses__():
        yield each
        yield from _kinds(each)


INTENTS: dict[str, type[r.Request | Show | Fill]] = {each.__name__: each for each in (Show, Fill, *_kinds(r.Request))}


@cache
def _adapter(name: str) -> TypeAdapter[Intent]:
    return TypeAdapter(INTENTS[name])


def offered(refusal: NotAllowed | Hidden, wanted: Understood, person: Person | None) -> NotAllowed | Hidden:
    """The refusal, with what an admin presses to do it all the same, where a button can carry it."""
    if person is not None and person.admin:
        refusal.offer = carried(wanted.intent, wanted.incident)
    if isinstance(refusal, Hidden):
        refusal.acts = isinstance(wanted.intent, r.Request)
    return refusal


def carried(intent: Intent, incident: int | None) -> str | None:
    """The whole intent for a button; None for one that no button can carry."""
    name = type(intent).__name__
    if name not in INTENTS:
        return None
    held = value(incident, verb=name, text=_adapter(name).dump_json(intent).decode())
    return held if len(held) <= VALUE_MOST else None


def read(click: Click) -> Understood:
    """What the button carried. Raises BadInput for one of another make."""
    try:
        return Understood(_adapter(click.verb).validate_json(click.text), incident=click.incident)
    except (KeyError, ValidationError) as error:
        raise BadInput(OLD) from error
