"""Runbooks, ways to find a cause, and advice for when it goes wrong: the topic's verbs, buttons, forms and pages."""

from __future__ import annotations

from typing import Any

from bot.domain import request as r
from bot.domain.runbooks import technique_named
from bot.inbound.grammar import Context, Said, starts_with
from bot.inbound.intents import Fill, Intent, Meant, Show
from bot.inbound.verbs.verb import FormDoor, Meaning, Opening, Page, Verb
from bot.views import recipes, runbook_pages
from bot.views import runbook_forms as forms
from bot.views.ids import Action, Form

_STARTS = dict.fromkeys(("start", "begin", "run"), "start")
_STUCK = dict.fromkeys(("stuck", "help", "troubleshoot", "troubleshooting"), "stuck")


def runbook(said: Said, _: Context) -> Intent | Meant:
    stuck, left = starts_with(said.words, _STUCK)
    if stuck:
        return Meant(Show("troubleshoot"), left)
    begins, name = starts_with(said.words, _STARTS)
    return r.StartRunbook(name) if begins and name else Show("runbook", name)


def whys(said: Said, _: Context) -> Intent:
    return Fill(Form.EXPLORE, text=said.words, about=said.verb)


def troubleshoot(said: Said, _: Context) -> Meant:
    return Meant(Show("troubleshoot"), said.words)


VERBS: tuple[Verb, ...] = (
    Verb(
        "runbook",
        ("runbooks", "playbook", "playbooks"),
        "runbook [name], runbook start <name>",
        "shows the runbooks that fit, or the steps of one, with commands to copy",
        parse=runbook,
    ),
    Verb(
        "5whys",
        ("5 whys", "whys", "five whys", "ishikawa", "fishbone"),
        "5whys, ishikawa",
        "looks for the cause question by question; what comes of it are theories",
        parse=whys,
    ),
    Verb(
        "troubleshoot",
        ("troubleshooting", "stuck"),
        "troubleshoot",
        "shows the advice for when it goes wrong",
        parse=troubleshoot,
        alone=("stuck",),
    ),
)

BUTTONS: dict[Action, Meaning] = {
    Action.RUNBOOK: lambda click: Show("runbook", click.text),
    Action.RUNBOOK_START: lambda click: r.StartRunbook(click.text),
    Action.STEP_PLAN: lambda click: Fill(Form.PROPOSE, about=click.text),
    Action.TROUBLESHOOT: lambda _: Show("troubleshoot"),
    Action.EXPLORE: lambda click: Fill(Form.EXPLORE, about=click.text),
    Action.RECIPE: lambda click: Show("recipe", click.text),
}


def _explore_form(o: Opening) -> dict[str, Any]:
    technique = technique_named(o.fill.about or "5whys", o.scene.protocol)
    return forms.explore(o.scene, technique, text=o.fill.text, metadata=o.metadata)


FORMS: dict[Form, FormDoor] = {
    Form.EXPLORE: FormDoor(
        lambda values, _: r.Explore(**forms.read_explore(values)),
        _explore_form,
        lambda _: r.Explore("5whys", ((0, "?"),)),
    ),
}

PAGES: dict[str, Page] = {
    "runbook": lambda reading: runbook_pages.page(reading.scene, reading.which),
    "troubleshoot": lambda reading: runbook_pages.troubleshooting(reading.scene),
    "recipe": lambda reading: recipes.page(reading.scene, reading.which),
}
