"""Parsers: from a verb's words to an intent. Pure, and none of them loses a word.

What the protocol or the incident must judge is left to `decide`; a parser refuses only what it cannot even pass on.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.domain import ending
from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context, Said, length_in, normal, starts_with, time_in
from bot.inbound.intents import Fill, Intent, Meant, Page, Show
from bot.views.ids import Form

Parser = Callable[[Said, Context], Intent | Meant]

ACKNOWLEDGES = ("ack", "acknowledge", "acked")
"""The words that acknowledge; every other word for it also makes the caller responder (product §2)."""

NO_NEWS = ("no change", "no changes", "nothing new")
WHOLE = {"all": "all", "whole": "all", "full": "all"}
LISTS = ("open", "mine", "all")


def declare(said: Said, _: Context) -> Intent:
    if not said.words:
        return Fill(Form.DECLARE, severity=said.severity)
    return r.Declare(title=said.words, severity=said.severity)


def acknowledge(said: Said, _: Context) -> Meant:
    if said.words.startswith("@"):
        raise BadInput("Everybody acknowledges for themselves: ask them to type /incident ack.")
    return Meant(r.Acknowledge(take=said.verb not in ACKNOWLEDGES), said.words)


def confirm(said: Said, _: Context) -> Intent | Meant:
    if said.severity is not None:
        return r.ChangeSeverity(said.severity, said.words)
    return Meant(r.Confirm(), said.words)


def update(said: Said, _: Context) -> Intent:
    if normal(said.words) in NO_NEWS:
        return r.PostUpdate("", no_change=True)
    return r.PostUpdate(said.words) if said.words else Fill(Form.UPDATE)


def impact(said: Said, _: Context) -> Intent:
    return r.StateImpact(said.words)


def severity(said: Said, context: Context) -> Intent:
    if said.severity is not None:
        return r.ChangeSeverity(said.severity, said.words)
    if not said.words:
        names = context.protocol.severity_names
        raise BadInput(
            f"Which severity? {context.protocol.name} has {', '.join(names)}: /incident severity {names[0]} <why>."
        )
    word, _, why = said.words.partition(" ")
    return r.ChangeSeverity(word, why.strip())


def phase(said: Said, context: Context) -> Intent | Meant:
    if not said.words:
        names = [phase.name for phase in context.protocol.phases]
        raise BadInput(f"Which phase? {context.protocol.name} has {', '.join(names)}: /incident phase {names[-1]}.")
    found, left = phase_in(said.words, context)
    return Meant(r.MovePhase(found), left) if found else r.MovePhase(said.words)


def phase_in(words: str, context: Context) -> tuple[str | None, str]:
    """The phase whose name or title the words begin with, and what follows it."""
    phases = context.protocol.phases
    return starts_with(words, {text: phase.name for phase in phases for text in (phase.title, phase.name)})


def note(said: Said, context: Context) -> Intent:
    at, text = time_in(said.words, context)
    return r.AddNote(text, at) if text.strip() else r.AddNote(said.words)


def snooze(said: Said, _: Context) -> Intent:
    length, why = length_in(said.words)
    if length is None or not why.strip():
        return Fill(Form.SNOOZE, text=said.words if length is None else "", length=length)
    return r.SnoozeAsking(length, why)


def cancel(said: Said, _: Context) -> Intent:
    if said.verb in ending.OUTCOMES:
        return r.Cancel(ending.OUTCOMES[said.verb], said.words)
    if not said.words:
        raise BadInput("Why was it none? /incident cancel false alarm <why>, expected <why> or duplicate <why>.")
    outcome, why = starts_with(said.words, dict(ending.OUTCOMES))
    return r.Cancel(outcome or "false alarm", why)


def reopen(said: Said, _: Context) -> Intent:
    return r.Reopen(said.words) if said.words else Fill(Form.REOPEN)


def listing(said: Said, _: Context) -> Intent:
    which = normal(said.words) or LISTS[0]
    if which not in LISTS:
        raise BadInput("There are three lists: /incident list open, /incident list mine and /incident list all.")
    return Show("list", which)


def timeline(said: Said, _: Context) -> Meant:
    whole, left = starts_with(said.words, WHOLE)
    return Meant(Show("timeline", whole or ""), left)


def help_page(said: Said, _: Context) -> Intent:
    return Show("help", normal(said.words))


def form(which: Form) -> Parser:
    return lambda said, _: Fill(which, text=said.words)


def page(which: Page) -> Parser:
    return lambda said, _: Meant(Show(which), said.words)
