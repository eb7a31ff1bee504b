"""The data axis: the topic's verbs, buttons, forms and pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.domain.incident import DataState
from bot.inbound.grammar import Context, Said, starts_with
from bot.inbound.intents import Fill, Intent, Show
from bot.inbound.times import longest
from bot.inbound.verbs.verb import Click, FormDoor, Meaning, Opening, Page, Verb, opens
from bot.views import data as pages
from bot.views import data_forms as forms
from bot.views.ids import Action, Form

_STATES = {
    **{state.value: state.value for state in DataState},
    "fine": "unaffected",
    "right": "repaired",
    "ok": "repaired",
    "wrong": "suspect",
    "bad": "suspect",
}
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
_TEXTS = {"partitions": "partitions", "partition": "partitions"}
_MARKERS = {**_TIMES, **_TEXTS, "accepted by": "accepted", "accepted": "accepted"}
_ENDS = {"done": True, "finished": True, "drop": False, "dropped": False}
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
        if named or alone or word.startswith("-"):
            found.append(word)
        else:
            found[-1] = f"{found[-1]} {word}"
        alone = named
    return found


def data(said: Said, context: Context) -> Intent:
    state, rest = starts_with(said.words, _STATES)
    if state is None:
        return Fill(Form.DATA, text=said.words)
    found, left = _details(rest, context)
    takes = 1 if state == DataState.LOST else 0
    accepted: dict[str, Any] = {"accepted_by": said.people[0]} if said.people[:takes] else {}
    why = " ".join(filter(None, [left, *_names(said.people[takes:], context)]))
    return r.StateData(state, why=why, **found, **accepted)


def _names(people: Sequence[str], context: Context) -> list[str]:
    """People a verb has no use for stay in its words."""
    return [f"@{context.names.get(one, one)}" for one in people]


def _details(words: str, context: Context) -> tuple[dict[str, Any], str]:
    """What is said of times and partitions, and the words that are left."""
    found: dict[str, Any] = {}
    left: list[str] = []
    while words:
        key, after = starts_with(words, _MARKERS)
        at, length = _moment(key, after, context)
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


def _moment(key: str | None, words: str, context: Context) -> tuple[datetime | None, int]:
    """A window lies behind us where it can; what is expected is to come."""
    if key not in _TIMES.values():
        return None, 0
    at, length = longest(words, context.here, past=key != "eta", alone="opens")
    return (at, length) if at is not None or key == "since" else longest(words, context.here, alone="closes")


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
    done, rest = starts_with(said.words, {word: word for word in _ENDS})
    number = _NUMBER.match(rest)
    if done is not None and (number or not rest or not _ENDS[done]):
        why = rest[number.end() :] if number else rest
        return r.EndBackfill(int(number[1]) if number else None, _ENDS[done], why)
    found, what = _details(said.words, context)
    window = {key: found[key] for key in ("since", "until") if key in found}
    if {*found} - {*window}:
        raise BadInput(
            "Say what is written again, and from when to when: /incident backfill orders from 06:10 to 08:20."
        )
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
        "plans a backfill; done 12 ends it; alone it lists them",
        parse=backfill,
        peopled=True,
    ),
)


def _ended(click: Click) -> Intent:
    return r.EndBackfill(click.ask)


BUTTONS: dict[Action, Meaning] = {
    Action.BACKFILL_DONE: _ended,
    Action.PLAN_BACKFILL: opens(Form.BACKFILL),
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
        lambda o: forms.backfill(text=o.fill.text, metadata=o.metadata),
        lambda _: r.PlanBackfill("?"),
    ),
    Form.MONITOR: FormDoor(lambda values, _: r.Monitor(**forms.read_monitor(values))),
}

PAGES: dict[str, Page] = {
    "affected": lambda reading: pages.affected(reading.scene, reading.roster.assets),
    "backfills": lambda reading: pages.ledger(reading.scene),
}
