"""Intents: what somebody wants, as their words or their click tell. A request is for `decide`; the rest is reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain import request as r
from bot.views.ids import Form


@dataclass(frozen=True)
class Show:
    """A private page to read, one of `verbs.PAGES` or one that needs no incident (`list`, `help`); `which` narrows it:
    a list's, a verb's name, or all of the timeline."""

    page: str
    which: str = ""


@dataclass(frozen=True)
class Fill:
    """A form to fill in. `ask` is the reminder it answers (fact seq), the rest was typed already; `private`: the words
    begin like a private incident, which is ticked; `about`: what it is about, by its name in the protocol (a step, a
    technique, a recipe)."""

    form: Form
    text: str = ""
    severity: str | None = None
    ask: int | None = None
    length: timedelta | None = None
    private: bool = False
    about: str = ""


@dataclass(frozen=True)
class Unsure:
    """Words that are no verb; `nearest` is the verb they may have meant, `rest` what would be said with it."""

    nearest: str | None = None
    rest: str = ""


Intent = r.Request | r.OfShifts | r.OfCalendar | Show | Fill | Unsure


@dataclass(frozen=True)
class Meant:
    """An intent, and the words its verb had no use for: they are offered back, never dropped. `incident` is the number
    of the one that is meant, where the verb alone can tell."""

    intent: Intent
    left: str = ""
    incident: int | None = None
