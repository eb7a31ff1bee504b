"""What people type about the data is understood as they mean it: nothing is said to be right by a slip."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain import request as r
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill, Intent, Show
from bot.inbound.understanding import understand
from bot.views.ids import Form
from tests.builders import default_protocol

NOW = datetime(2026, 11, 20, 7, 13, tzinfo=UTC)
"""A Friday, 08:13 in Amsterdam."""

BEGUN, ENDS = datetime(2026, 11, 20, 5, 10, tzinfo=UTC), datetime(2026, 11, 20, 7, 20, tzinfo=UTC)


NAMES = {"U0BEA": "Bea", "U0CAR": "Car"}


def meant(typed: str) -> Intent:
    return understand(typed, Context(default_protocol(), NOW, "Europe/Amsterdam", inside=True, names=NAMES)).intent


@pytest.mark.parametrize("words", ["right now nobody knows", "ok so we think it is wrong", "fine except orders"])
def test_a_sentence_that_begins_with_a_state_by_chance_opens_the_form_with_every_word(words: str) -> None:
    assert meant(f"data {words}") == Fill(Form.DATA, text=words)


def test_whom_a_verb_has_no_use_for_stays_among_the_words() -> None:
    assert meant("data looks odd says <@U0BEA>") == Fill(Form.DATA, text="looks odd says @Bea")
    assert meant("backfill done says <@U0BEA>") == r.EndBackfill(why="says @Bea")
    planned = r.PlanBackfill("orders partitions 2026-11-19 @Bea", owner="U0CAR")
    assert meant("backfill orders partitions 2026-11-19 <@U0CAR> <@U0BEA>") == planned


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("ok", r.StateData("repaired")),
        ("right, checked with finance", r.StateData("repaired", why="checked with finance")),
        ("wrong since 06:10", r.StateData("suspect", since=BEGUN)),
        ("right until 06:10", r.StateData("late", since=BEGUN)),
        ("suspect 06:10 to 08:20", r.StateData("suspect", since=BEGUN, until=ENDS)),
        ("unaffected we checked", r.StateData("unaffected", why="we checked")),
    ],
)
def test_a_state_is_heard_where_one_is_meant(words: str, request_: r.Request) -> None:
    assert meant(f"data {words}") == request_


@pytest.mark.parametrize(
    "window", ["from 06:10 to 08:20", "06:10 to 08:20", "06:10-08:20", "since 06:10 until 08:20", "06:10 – 08:20"]
)
def test_a_window_ends_after_it_begins_however_it_is_written(window: str) -> None:
    """08:20 is still to come, and 06:10 is not: yesterday's 08:20 would end it before it begins."""
    assert meant(f"backfill orders_mart {window}") == r.PlanBackfill("orders_mart", since=BEGUN, until=ENDS)


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("done", r.EndBackfill()),
        ("done, all verified", r.EndBackfill(why="all verified")),
        ("done #2 all verified", r.EndBackfill(2, why="all verified")),
        ("dropped the source is gone", r.EndBackfill(done=False, why="the source is gone")),
        ("finished goods from 06:10 to 08:20", r.PlanBackfill("finished goods", since=BEGUN, until=ENDS)),
        ("list", Show("backfills")),
    ],
)
def test_what_is_done_is_not_planned_again(words: str, intent: Intent) -> None:
    assert meant(f"backfill {words}") == intent


@pytest.mark.parametrize(
    "words",
    ["orders_mart, revenue dashboard", "orders_mart and revenue dashboard", "revenue dashboard & orders_mart"],
)
def test_things_are_told_apart_with_and_without_commas(words: str) -> None:
    found = meant(f"affected {words}")
    assert isinstance(found, r.ChangeAffected)
    assert set(found.added) == {"orders_mart", "revenue dashboard"}


def test_a_day_without_an_hour_is_a_whole_day() -> None:
    said = meant("data suspect since 2026-11-18 until 2026-11-19")
    assert isinstance(said, r.StateData)
    assert said.since == datetime(2026, 11, 17, 23, 0, tzinfo=UTC), "midnight in Amsterdam"
    assert said.until == datetime(2026, 11, 19, 22, 59, tzinfo=UTC)
