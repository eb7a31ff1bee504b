"""The data axis: the topic's verbs, buttons, forms and pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain import request as r
from bot.domain.incident import DataState
from bot.inbound.grammar import Context, Said, starts_with
from bot.inbound.intents import Fill, Intent, Show
from bot.inbound.times import WORDS_MOST as TIME_WORDS
from bot.inbound.times import Alone, longest
from bot.inbound.verbs.verb import Click, FormDoor, Meaning, Opening, Page, Verb, opens
from bot.views import data as pages
from bot.views import data_forms as forms
from bot.views.ids import Action, Form

_STATES = {state.value: state.value for state in DataState}
_LOOSELY = {"fine": "unaffected", "right": "repaired", "ok": "repaired", "wrong": "suspect", "bad": "suspect"}
"""Words that begin sentences too (`right now nobody knows`): they are a state only where nothing goes on after them."""
_LATE = {"right until": DataState.LATE.value}
_TIMES = {
    "right until": "since",
    "since": "since",
    "from": "since",
    "until": "until",
    "to": "until",
    "till": "until",
    "trusted from": "trusted_from",
    "expected": "eta",
    "eta": "eta",
    "right by": "eta",
}
_WINDOW = {phrase: key for phrase, key in _TIMES.items() if key in ("since", "until")}
_TEXTS = {"partitions": "partitions", "partition": "partitions"}
_WHOLE_DAYS: dict[str, Alone] = {"until": "ends", "eta": "closes"}
"""What a day without an hour bounds: data is wrong for whole days; work on it ends with the working day."""

_MARKERS = {**_TIMES, **_TEXTS, "accepted by": "accepted", "accepted": "accepted"}
_ENDS = {"done": True, "finished": True, "drop": False, "dropped": False}
_LISTS = ("list", "show", "open")
_JOINS = ("and", "&", "+")
_CLOCK_TIMES = re.compile(r"(?<![-\w.:])(\d{1,2}:\d{2})\s*[-–]\s*(?=\d{1,2}:\d{2}(?![-\w:]))")
_NUMBER = re.compile(r"#?(\d{1,6})(?=\s|$)\s*")
_NAMELIKE = re.compile(r"[-\w]*[_./\d*][-\w./*]*")
_WORD = re.compile(r"\S+\s*")


def affected(said: Said, _: Context) -> Intent:
    """Things by commas; without any, whatever looks like a table's name stands for itself."""
    if not said.words:
        return Show("affected")
    found = _listed(said.words)
    return r.ChangeAffected(
        added=tuple(one for one in found if not one.startswith("-")),
        removed=tuple(one.lstrip("- ") for one in found if one.startswith("-")),
    )


def _listed(words: str) -> list[str]:
    if re.search(r"[,;\n]", words):
        return [one.strip() for one in re.split(r"[,;\n]", words) if one.strip()]
    found: list[str] = []
    alone = True
    for word in words.split():
        named = _NAMELIKE.fullmatch(word.lstrip("-")) is not None
        if alone and found and word.casefold() in _JOINS:
            continue
        if named or alone or word.startswith("-"):
            found = [*found[:-1], *(_unjoined(one) for one in found[-1:]), word]
        else:
            found[-1] = f"{found[-1]} {word}"
        alone = named
    return found


def _unjoined(thing: str) -> str:
    """Without the word that only leads to the next thing."""
    words = thing.split()
    return " ".join(words[:-1]) if words[-1].casefold() in _JOINS else thing


def data(said: Said, context: Context) -> Intent:
    state, rest = _state(said.words)
    if state is None:
        return Fill(Form.DATA, text=" ".join([said.words, *_names(said.people, context)]).strip())
    found, left = _details(rest, context)
    takes = 1 if state == DataState.LOST else 0
    accepted: dict[str, Any] = {"accepted_by": said.people[0]} if said.people[:takes] else {}
    why = " ".join(filter(None, [left, *_names(said.people[takes:], context)]))
    return r.StateData(state, why=why, **found, **accepted)


def _state(words: str) -> tuple[str | None, str]:
    """The state that the words begin with, and what follows it; None where they are somebody's own sentence."""
    if late := starts_with(words, _LATE)[0]:
        return late, words
    state, rest = starts_with(words, _STATES)
    if state is not None:
        return state, rest
    state, rest = starts_with(words, _LOOSELY)
    ends = words.removesuffix(rest).rstrip()[-1:] in (*",;:.!-",) or starts_with(rest, _MARKERS)[0] is not None
    return (state, rest) if state and (ends or not rest) else (None, words)


def _names(people: Sequence[str], context: Context) -> list[str]:
    """People a verb has no use for stay in its words."""
    return [f"@{context.names.get(one, one)}" for one in people]


def _details(words: str, context: Context, markers: Mapping[str, str] = _MARKERS) -> tuple[dict[str, Any], str]:
    """What is said of times and partitions behind these markers, and the words that are left."""
    found: dict[str, Any] = {}
    left: list[str] = []
    words = _CLOCK_TIMES.sub(r"\1 to ", words)
    while words:
        key, after = starts_with(words, markers)
        if key == "until" and "since" not in found:
            found |= _begun(left, context)
        at, length = _moment(key, after, context, found.get("since"))
        if key is not None and at is not None and key not in found:
            found[key], words = at, after[length:].lstrip(" ,;")
        elif key == "partitions" and after and key not in found:
            found[key], words = _until_marked(after)
        elif key == "accepted":
            words = after
        else:
            one = _WORD.match(words)
            taken = one.end() if one else len(words)
            left.append(words[:taken].strip())
            words = words[taken:].lstrip()
    return found, " ".join(filter(None, left)).strip(" ,;")


def _begun(left: list[str], context: Context) -> dict[str, datetime]:
    """In `orders 06:10 to 08:20`, the time just before the "to"; it is taken off the words that are left."""
    for most in range(min(TIME_WORDS, len(left)), 0, -1):
        words = " ".join(left[-most:])
        at, length = longest(words, context.here, past=True, alone="begins")
        if at is not None and length == len(words):
            del left[-most:]
            return {"since": at}
    return {}


def _moment(key: str | None, words: str, context: Context, since: datetime | None) -> tuple[datetime | None, int]:
    """A window lies behind us where it can, and ends after it begins; what is expected is to come."""
    if key not in _TIMES.values():
        return None, 0
    alone = _WHOLE_DAYS.get(key or "", "begins")
    at, length = longest(words, context.here, past=key != "eta", alone=alone)
    early = key == "until" and at is not None and since is not None and at < since
    if key == "since" or (at is not None and not early):
        return at, length
    ahead, more = longest(words, context.here, alone=alone)
    return (ahead, more) if ahead is not None else (at, length)


def _until_marked(words: str) -> tuple[str, str]:
    """The words up to a semicolon, or to the next that begins something else, and what follows."""
    for one in _WORD.finditer(words):
        key, _ = starts_with(words[one.start() :], _MARKERS)
        if key and one.start():
            return words[: one.start()].strip(" ,;"), words[one.start() :]
        if one[0].rstrip().endswith(";"):
            return words[: one.end()].strip(" ,;"), words[one.end() :]
    return words.strip(" ,;"), ""


def backfill(said: Said, context: Context) -> Intent:
    if not said.words:
        return Show("backfills")
    if said.words.casefold() in _LISTS:
        return Show("backfills")
    window, what = _details(said.words, context, _WINDOW)
    done, rest = starts_with(said.words, {word: word for word in _ENDS})
    number = _NUMBER.match(rest)
    if done is not None and (number or not window or not _ENDS[done]):  # "finished goods from …" is a thing
        why = " ".join([rest[number.end() :] if number else rest, *_names(said.people, context)]).strip()
        return r.EndBackfill(int(number[1]) if number else None, _ENDS[done], why)
    what = " ".join([what, *_names(said.people[1:], context)]).strip()
    return r.PlanBackfill(what, owner=said.people[0] if said.people else None, **window)


VERBS: tuple[Verb, ...] = (
    Verb(
        "affected",
        (),
        "affected [-]table, …",
        "adds what is affected, takes off what is not; alone it lists it with its owners",
        parse=affected,
    ),
    Verb(
        "data",
        (),
        "data suspect since 06:10 [until 08:20]",
        "says what can be said of the data; alone it opens the form",
        parse=data,
        peopled=True,
    ),
    Verb(
        "backfill",
        ("backfills",),
        "backfill <what> from 06:10 to 08:20 [@name]",
        "plans a backfill; done ends it; alone it lists them",
        parse=backfill,
        peopled=True,
    ),
)


def _ended(click: Click) -> Intent:
    return r.EndBackfill(planned=click.ask)


BUTTONS: dict[Action, Meaning] = {
    Action.BACKFILL_DONE: _ended,
    Action.PLAN_BACKFILL: lambda click: Fill(Form.BACKFILL, about=click.text),
    Action.DATA: opens(Form.DATA),
}


def _data_form(o: Opening) -> dict[str, Any]:
    return forms.data(o.scene, text=o.fill.text, metadata=o.metadata)


FORMS: dict[Form, FormDoor] = {
    Form.DATA: FormDoor(
        lambda values, _: r.StateData(**forms.read_data(values)),
        _data_form,
        lambda _: r.StateData(DataState.NOT_CHECKED),
    ),
    Form.BACKFILL: FormDoor(
        lambda values, _: r.PlanBackfill(**forms.read_backfill(values)),
        lambda o: forms.backfill(o.scene, text=o.fill.text, recipe=o.fill.about, metadata=o.metadata),
        lambda _: r.PlanBackfill("?"),
    ),
    Form.MONITOR: FormDoor(lambda values, _: r.Monitor(**forms.read_monitor(values)), like=r.Monitor("?", "suspect")),
}

PAGES: dict[str, Page] = {
    "affected": lambda reading: pages.affected(reading.scene, reading.roster.assets),
    "backfills": lambda reading: pages.ledger(reading.scene),
}
