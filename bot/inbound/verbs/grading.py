"""How bad it is and of what kind: the topic's verbs, buttons, forms and pages."""

from __future__ import annotations

import re

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context, Said
from bot.inbound.intents import Intent
from bot.inbound.verbs.verb import OLD, Click, FormDoor, Meaning, Page, Verb
from bot.views import grading_forms as forms
from bot.views.ids import Action, Form

_BETWEEN = re.compile(r"[,;/\n]|\band\b", re.IGNORECASE)


def category(said: Said, _: Context) -> Intent:
    return r.SetCategories(tuple(one.strip() for one in _BETWEEN.split(said.words) if one.strip()))


def environment(said: Said, _: Context) -> Intent:
    return r.SetEnvironment(said.words)


VERBS: tuple[Verb, ...] = (
    Verb(
        "category",
        ("categories", "type", "types"),
        "category data-quality, infrastructure",
        "says what kind of incident it is, the main kind first",
        parse=category,
    ),
    Verb(
        "environment",
        ("env",),
        "environment staging",
        "says where it happens; promises are softer outside production",
        parse=environment,
    ),
)


def _asked(click: Click) -> int:
    if click.ask is None:
        raise BadInput(OLD)
    return click.ask


BUTTONS: dict[Action, Meaning] = {
    Action.ACCEPT: lambda click: r.AcceptSeverity(_asked(click)),
    Action.KEEP_SEVERITY: lambda _: r.KeepSeverity(),
    Action.DECLINE: lambda click: r.DeclineSeverity(_asked(click)),
}

FORMS: dict[Form, FormDoor] = {
    Form.ASSESS: FormDoor(
        lambda values, _: r.Assess(**forms.read_assess(values)),
        lambda o: forms.assess(o.scene, text=o.fill.text, metadata=o.metadata),
        lambda _: r.Assess({}, sentence="?"),
    ),
}

PAGES: dict[str, Page] = {}
