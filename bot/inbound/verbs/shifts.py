"""Who is on call, and changing shifts: the topic's verb and buttons."""

from __future__ import annotations

import re
from calendar import month_name
from datetime import UTC, date, datetime

from bot.domain import request as r
from bot.domain.calendar import zone
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context, Said, normal, span_in, starts_with
from bot.inbound.intents import Intent, Meant, Show
from bot.inbound.times import longest
from bot.inbound.verbs.verb import OLD, Click, FormDoor, Meaning, Page, Verb
from bot.views.ids import Action, Form

_SAYS = {
    **dict.fromkeys(("swap", "trade", "exchange"), "swap"),
    **dict.fromkeys(("cover", "covers"), "cover"),
    **dict.fromkeys(("take", "take over", "override"), "take"),
    **dict.fromkeys(("month", "schedule", "calendar"), "month"),
    "ics": "ics",
}
_WHOLE = dict.fromkeys(("week", "the week", "week of", "the week of", "shift", "shift of"), "whole")
_BETWEEN = dict.fromkeys(("with", "on", "for", "my"), "")
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_MONTHS = tuple(name.lower() for name in month_name[1:])

SWAP = "Swap with whom, and which day? /incident oncall swap @bea fri, or week fri for the whole shift."
COVER = "Who covers, and for how long? /incident oncall cover @bea 2h."
TAKE = "Take over for how long? /incident oncall take 2h."
CHOSEN = "I know people by mention only: type @ and choose them from Slack's list."


def oncall(said: Said, context: Context) -> Intent | Meant:
    what, rest = starts_with(said.words, _SAYS)
    match what:
        case "swap":
            return _swap(said, rest, context)
        case "cover":
            return _cover(said, rest, context)
        case "take":
            return _take(rest, context)
        case "month":
            return Meant(Show("oncall", f"month {_month(rest, context.now)}"))
        case "ics":
            return Meant(r.SendShifts(), rest)
        case _:
            return Meant(Show("oncall"), said.words)


def _person(said: Said, rest: str, otherwise: str) -> str:
    if len(said.people) != 1 or said.groups:
        raise BadInput(f"{otherwise} {CHOSEN}" if "@" in rest or (rest and not said.people) else otherwise)
    return said.people[0]


def _swap(said: Said, rest: str, context: Context) -> Intent:
    person = _person(said, rest, SWAP)
    _, rest = starts_with(rest, _BETWEEN)
    whole, rest = starts_with(rest, _WHOLE)
    return r.Swap(person, _day(rest, context), whole is not None)


def _day(words: str, context: Context) -> date:
    """The day that is meant, one that is over too: that it is, the answer says. Raises BadInput where none is."""
    at, _ = longest(words, context.here, alone="ends")
    if at is None:
        at, _ = longest(words, context.here, past=True, alone="begins")
    if at is None:
        raise BadInput("Which day? /incident oncall swap @bea fri, or 2026-12-24.")
    return at.astimezone(zone(context.zone)).date()


def _cover(said: Said, rest: str, context: Context) -> Meant:
    person = _person(said, rest, COVER)
    length, left = span_in(rest, context)
    if length is None:
        raise BadInput(COVER)
    return Meant(r.CoverShift(person, length), left)


def _take(rest: str, context: Context) -> Intent:
    """The rotation may be named before or after how long."""
    length, left = span_in(rest, context)
    if length is None:
        word, _, after = rest.partition(" ")
        length, more = span_in(after, context)
        left = f"{word} {more}".strip()
    if length is None:
        raise BadInput(TAKE)
    return r.TakeShift(length, normal(left))


def _month(words: str, now: datetime) -> str:
    """The month that is meant as `2026-12`; without one, this month. Raises BadInput for what is none."""
    said = normal(words).removeprefix("of ")
    found = _MONTH.fullmatch(said)
    today = now.astimezone(UTC).date()
    if found or not said:
        return said or f"{today:%Y-%m}"
    first = today.replace(day=1)
    if said in ("next", "next month"):
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return f"{following:%Y-%m}"
    number = next((nth for nth, name in enumerate(_MONTHS, start=1) if len(said) > 2 and name.startswith(said)), None)
    if number is not None:
        return f"{first.year + (number < first.month)}-{number:02}"
    raise BadInput("Which month? /incident oncall month 2026-12, or next.")


VERBS: tuple[Verb, ...] = (
    Verb(
        "oncall",
        ("on call",),
        "oncall, oncall swap @bea fri, oncall cover @bea 2h, oncall take 2h, oncall month",
        "tells who is on call now, next and for a month; swaps days and takes over",
        parse=oncall,
        anywhere=True,
        peopled=True,
    ),
)


def _about(click: Click) -> int:
    if click.ask is None:
        raise BadInput(OLD)
    return click.ask


BUTTONS: dict[Action, Meaning] = {
    Action.SWAP_ACCEPT: lambda click: r.AnswerSwap(_about(click), agrees=True),
    Action.SWAP_DECLINE: lambda click: r.AnswerSwap(_about(click), agrees=False),
    Action.SHIFT_BACK: lambda click: r.TakeBack(_about(click)),
}

FORMS: dict[Form, FormDoor] = {}

PAGES: dict[str, Page] = {}
