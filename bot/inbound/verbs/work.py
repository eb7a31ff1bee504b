"""Causes, tasks and action items, and where people talk: the topic's verbs, buttons, forms and pages."""

from __future__ import annotations

import re
from typing import Literal

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context, Said, day_in, length_in, starts_with
from bot.inbound.intents import Fill, Intent, Meant, Show
from bot.inbound.verbs.verb import OLD, Click, FormDoor, Meaning, Opening, Page, Parser, Verb
from bot.views import overviews, work, work_forms
from bot.views.ids import Action, Form

_VERDICTS = {
    **dict.fromkeys(("confirmed", "confirm", "it was"), "confirmed"),
    **dict.fromkeys(("rejected", "reject", "ruled out", "rule out", "not"), "rejected"),
}
_PARTS = {"primary": "primary", "contributing": "contributing", "contributed": "contributing"}
_NUMBER = re.compile(r"#?(\d{1,3})(?=[\s:,;.—–-]|$)[\s:,;.—–-]*")


def cause(said: Said, _: Context) -> Intent:
    if not said.words:
        return Show("causes")
    verdict, rest = starts_with(said.words, _VERDICTS)
    if verdict is None:
        return r.ProposeCause(said.words)
    found = _NUMBER.match(rest)
    nth, rest = (int(found[1]), rest[found.end() :]) if found else (None, rest)
    if verdict == "rejected":
        return r.JudgeCause("rejected", nth=nth, why=rest) if rest else _ruled_out(nth)
    part, why = starts_with(rest, _PARTS)
    parts: dict[str, Literal["primary", "contributing"]] = {"primary": "primary", "contributing": "contributing"}
    return r.JudgeCause("confirmed", nth=nth, part=parts[part] if part else None, why=why)


def _ruled_out(nth: int | None) -> Intent:
    number = nth if nth is not None else 1
    raise BadInput(f"What ruled it out? So that nobody tries it again: /incident cause rejected {number} <why>.")


def action(said: Said, context: Context) -> Intent:
    """One owner; whoever else is mentioned stays in the words."""
    if not said.words and not said.people:
        return Fill(Form.ACTION)
    due, text = day_in(said.words, ("due", "by"), context)
    others = " ".join(f"@{context.names.get(one, one)}" for one in said.people[1:])
    named = " ".join(filter(None, (text, others)))
    owner = said.people[0] if said.people else None
    return r.AddAction(named, owner=owner, due=due, task=said.verb in ("task", "todo"))


def drill(said: Said, _: Context) -> Intent:
    return r.Declare(title=said.words or "practice", severity=said.severity, drill=True)


def metrics(said: Said, _: Context) -> Meant:
    length, left = length_in(said.words)
    return Meant(Show("metrics", said.words if length else ""), left)


def page(which: str) -> Parser:
    return lambda said, _: Meant(Show(which), said.words)


def show(said: Said, _: Context) -> Meant:
    """An incident by its number alone too (`show 12`)."""
    bare = re.fullmatch(r"#?([1-9]\d{0,8})", said.words)
    return Meant(Show("brief"), incident=int(bare[1])) if bare else Meant(Show("brief"), said.words)


def call(said: Said, _: Context) -> Intent:
    return r.LinkCall(said.words) if said.words else Show("call")


VERBS: tuple[Verb, ...] = (
    Verb(
        "cause",
        ("theory",),
        "cause [text], cause confirmed 1, cause rejected 1 <why>",
        "proposes what caused it, and says what became of it",
        parse=cause,
    ),
    Verb(
        "action",
        ("task", "todo"),
        "action <text> [@owner] [due fri]",
        "adds an action item for afterwards; task adds one for now",
        parse=action,
        peopled=True,
    ),
    Verb(
        "actions",
        ("tasks", "todos"),
        "actions",
        "shows what is to be done, with Done, Drop and Assign",
        parse=page("actions"),
    ),
    Verb("call", (), "call [url]", "links the call where people talk, or tells where it is", parse=call),
    Verb("show", (), "show INC-12", "tells how an incident stands", parse=show),
    Verb("similar", (), "similar", "shows earlier incidents that were like this one", parse=page("similar")),
    Verb("metrics", ("numbers",), "metrics [30d]", "tells how it went lately", parse=metrics, anywhere=True),
    Verb(
        "drill",
        ("practice",),
        "drill [P1] [title]",
        "declares a drill: marked everywhere, counted nowhere",
        parse=drill,
        graded=True,
        anywhere=True,
    ),
)


def _about(click: Click) -> int:
    if click.ask is None:
        raise BadInput(OLD)
    return click.ask


BUTTONS: dict[Action, Meaning] = {
    Action.CAUSE_CONFIRMED: lambda click: r.JudgeCause("confirmed", cause=_about(click)),
    Action.CAUSE_REJECTED: lambda click: Fill(Form.RULE_OUT, ask=_about(click)),
    Action.ACTION_DONE: lambda click: r.EndAction(_about(click)),
    Action.ACTION_DROP: lambda click: Fill(Form.DROP_ACTION, ask=_about(click)),
    Action.ACTION_ASSIGN: lambda click: Fill(Form.ASSIGN_ACTION, ask=_about(click)),
}


def _assign(o: Opening) -> dict[str, object]:
    return work_forms.assign(o.scene, o.scene.incident.todo(o.fill.ask), metadata=o.metadata)


FORMS: dict[Form, FormDoor] = {
    Form.RULE_OUT: FormDoor(
        lambda values, seq: r.JudgeCause("rejected", cause=seq, why=work_forms.read_why(values)),
        lambda o: work_forms.rule_out(o.scene, metadata=o.metadata),
        like=r.JudgeCause("rejected"),
    ),
    Form.ACTION: FormDoor(
        lambda values, _: r.AddAction(**work_forms.read_todo(values)),
        lambda o: work_forms.todo(o.scene, text=o.fill.text, metadata=o.metadata),
        lambda _: r.AddAction("?"),
    ),
    Form.ASSIGN_ACTION: FormDoor(
        lambda values, seq: r.ChangeAction(seq or 0, **work_forms.read_assign(values)),
        _assign,
        like=r.ChangeAction(0),
    ),
    Form.DROP_ACTION: FormDoor(
        lambda values, seq: r.EndAction(seq, done=False, why=work_forms.read_why(values)),
        lambda o: work_forms.drop(o.scene, metadata=o.metadata),
        like=r.EndAction(),
    ),
}

PAGES: dict[str, Page] = {
    "causes": lambda reading: work.theories(reading.scene),
    "actions": lambda reading: work.todos(reading.scene),
    "call": lambda reading: work.call(reading.scene),
    "similar": lambda reading: overviews.similar(reading.scene, reading.others),
}
