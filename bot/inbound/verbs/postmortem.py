"""The postmortem: the topic's verb, buttons and form."""

from __future__ import annotations

from typing import Any

from bot.domain import request as r
from bot.domain.postmortem import attendees, owner_of
from bot.inbound.grammar import Context, Said, moment_in, normal
from bot.inbound.intents import Fill, Intent
from bot.inbound.times import longest
from bot.inbound.verbs.verb import FormDoor, Meaning, Opening, Page, Verb, opens
from bot.views import postmortem_forms as forms
from bot.views.ids import Action, Form

DONE = ("done", "is done", "held", "finished")
MINE = ("me", "mine", "myself")


def postmortem(said: Said, context: Context) -> Intent:
    """Alone the form; `done`; somebody: its owner; a time: when people meet, and the rest is where."""
    words = normal(said.words)
    if words in DONE:
        return r.EndPostmortem()
    owner = said.people[0] if said.people else None
    if words in MINE:
        return r.OwnPostmortem()
    if owner and not words:
        return r.OwnPostmortem(owner)
    at, where = moment_in(said.words, ("at", "on", "in"), context, alone="opens")
    if at is None:
        at, taken = longest(said.words, context.here, alone="opens")
        where = said.words[taken:].strip(" ,;:—–") if at else said.words
    others = " ".join(f"@{context.names.get(one, one)}" for one in said.people[1:])
    if at is None:
        return Fill(Form.POSTMORTEM, text=" ".join(filter(None, (where, others))))
    return r.SchedulePostmortem(at, " ".join(filter(None, (where, others))), owner)


VERBS: tuple[Verb, ...] = (
    Verb(
        "postmortem",
        ("post-mortem", "retro"),
        "postmortem thu 14:00 [where] [@owner]",
        "announces when people meet for it; done ends it; alone it opens the form",
        parse=postmortem,
        peopled=True,
    ),
)

BUTTONS: dict[Action, Meaning] = {
    Action.POSTMORTEM: opens(Form.POSTMORTEM),
    Action.POSTMORTEM_DONE: lambda _: r.EndPostmortem(),
}


def _form(o: Opening) -> dict[str, Any]:
    people, _ = attendees(o.scene.incident, o.scene.protocol, o.roster)
    owner = owner_of(o.scene.incident, o.scene.protocol)
    return forms.schedule(o.scene, people, owner, text=o.fill.text, metadata=o.metadata)


FORMS: dict[Form, FormDoor] = {
    Form.POSTMORTEM: FormDoor(
        lambda values, _: r.SchedulePostmortem(**forms.read_schedule(values)),
        _form,
        like=r.SchedulePostmortem(None),
    ),
}

PAGES: dict[str, Page] = {}
