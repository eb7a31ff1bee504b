"""High-impact changes and who approves them: the topic's verbs, buttons, forms and pages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.proposals import CHANGEABLE, decided, meant, of_seq, parts, whole
from bot.inbound import letters
from bot.inbound.grammar import Context, Said, starts_with
from bot.inbound.intents import Fill, Intent, Meant
from bot.inbound.verbs.verb import FormDoor, Meaning, Opening, Page, Verb, opens
from bot.views import proposal_forms as forms
from bot.views.ids import Action, Form

_NUMBER = re.compile(r"#?(\d{1,6})(?=[\s:;,—–-]|$)[\s:;,—–-]*")
_AHEAD = {"go ahead": "ahead", "go ahead without approval": "ahead", "going ahead": "ahead"}


def _numbered(words: str) -> tuple[int | None, str]:
    """The plan's number that the words begin with, and what follows it."""
    found = _NUMBER.match(words)
    return (int(found[1]), words[found.end() :]) if found else (None, words)


def propose(said: Said, _: Context) -> Intent:
    ahead, rest = starts_with(said.words, _AHEAD)
    if ahead:
        number, why = _numbered(rest)
        return r.GoAhead(why, nth=number) if why.strip() else Fill(Form.GO_AHEAD, text=rest)
    held = parts(said.words)
    if not whole(held):
        return Fill(Form.PROPOSE, text=said.words)
    return r.Propose(what=held["what"], why=held["why"], risk=held["risk"], rollback=held["rollback"])


def approve(said: Said, _: Context) -> Meant:
    number, left = _numbered(said.words)
    return Meant(r.Approve(nth=number), left)


def reject(said: Said, _: Context) -> Intent:
    number, why = _numbered(said.words)
    return r.Reject(why, nth=number) if why.strip() else Fill(Form.REJECT, text=said.words)


VERBS: tuple[Verb, ...] = (
    Verb(
        "propose",
        (),
        "propose <what> because <why>, risk …, rollback …",
        "asks for approval of a high-impact change; propose go ahead <why> does without",
        parse=propose,
    ),
    Verb("approve", ("approved",), "approve [number]", "approves the change that waits", parse=approve),
    Verb("reject", ("rejected",), "reject [number] <why>", "rejects the change that waits", parse=reject),
)

BUTTONS: dict[Action, Meaning] = {
    Action.APPROVE: lambda click: r.Approve(click.ask),
    Action.REJECT: opens(Form.REJECT),
    Action.CHANGE_PLAN: opens(Form.PROPOSE),
    Action.GO_AHEAD: opens(Form.GO_AHEAD),
}


def _propose_form(o: Opening) -> dict[str, Any]:
    before = of_seq(o.scene.incident, o.fill.ask, CHANGEABLE) if o.fill.ask is not None else None
    return forms.propose(o.scene, text=o.fill.text, before=before, step=o.fill.about, metadata=o.metadata)


def _reject_form(o: Opening) -> dict[str, Any]:
    plan = _tried(o, r.Reject("", o.fill.ask, _numbered(o.fill.text)[0]))
    return forms.reject(o.scene, metadata=_about(plan, o.metadata))


def _ahead_form(o: Opening) -> dict[str, Any]:
    plan = _tried(o, r.GoAhead("", o.fill.ask, _numbered(o.fill.text)[0]))
    return forms.go_ahead(o.scene, metadata=_about(plan, o.metadata))


def _tried(o: Opening, request: r.Reject | r.GoAhead) -> int:
    """The seq of the plan that is meant, once it is known that the caller may answer it: nobody writes a reason in
    vain. Raises DomainErrors."""
    incident, caller = o.scene.incident, o.caller or Caller(o.scene.reader, "form")
    answered = replace(request, proposal=meant(incident, request).seq, why="?")
    decided(incident, answered, o.scene.protocol, o.roster, caller, o.scene.now)
    return answered.proposal or 0


def _about(plan: int, metadata: str) -> str:
    """The form stays about the plan it was opened for, whatever is planned meanwhile."""
    return letters.sealed(replace(letters.opened(metadata), ask=plan))


FORMS: dict[Form, FormDoor] = {
    Form.PROPOSE: FormDoor(
        lambda values, ask: r.Propose(**forms.read_propose(values), replaces=ask),
        _propose_form,
        lambda _: r.Propose("?", rollback="?"),
    ),
    Form.REJECT: FormDoor(lambda values, ask: r.Reject(forms.read_why(values), ask), _reject_form, like=r.Reject("?")),
    Form.GO_AHEAD: FormDoor(
        lambda values, ask: r.GoAhead(forms.read_why(values), ask), _ahead_form, like=r.GoAhead("?")
    ),
}

PAGES: dict[str, Page] = {}
