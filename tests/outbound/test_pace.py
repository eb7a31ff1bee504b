"""What Slack's limits leave room for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.outbound.courier import AT_ONCE, KEPT_FOR_URGENT
from bot.outbound.pace import Pace, Turn
from bot.store.session import Session
from bot.store.tables import outbox
from tests.outbound.matrix import WAITS, recorded, workspace
from tests.outbound.rigs import RIGS, Cell, numbered
from tests.outbound.town import Town


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def paced(**more: float) -> tuple[Pace, Hands]:
    hands = Hands()
    return Pace(clock=hands, **more), hands  # type: ignore[arg-type]


def test_a_channel_takes_a_burst_and_then_one_a_second() -> None:
    pace, hands = paced()
    assert [pace.wait("chat.postMessage", "C1") for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert pace.wait("chat.postMessage", "C2") == 0
    hands.at += 1
    assert [pace.wait("chat.postMessage", "C1"), pace.wait("chat.postMessage", "C1")] == [0, 1]


def test_files_count_as_posts() -> None:
    pace, _ = paced()
    waits = [pace.wait(m, "C1") for m in ("chat.postMessage", "files.completeUploadExternal") * 3]
    assert waits[-1] > 0


def test_edits_have_one_budget_for_the_workspace() -> None:
    pace, hands = paced()
    assert [pace.wait("chat.update", f"C{n}") for n in range(20)] == [0] * 20
    assert pace.wait("chat.update", "C99") > 0
    hands.at += 60
    assert [pace.wait("chat.update", "C1") for _ in range(20)] == [0] * 20


def test_a_pause_holds_for_its_method_and_channel_only() -> None:
    pace, hands = paced()
    pace.pause("chat.postMessage", "C1", 30)
    assert pace.wait("chat.postMessage", "C1") == 30
    assert pace.wait("chat.postMessage", "C2") == 0
    assert pace.wait("chat.update", "C1") == 0
    hands.at += 30
    assert pace.wait("chat.postMessage", "C1") == 0


def test_a_second_channel_that_is_told_to_wait_pauses_the_method() -> None:
    pace, hands = paced()
    pace.pause("chat.postMessage", "C1", 10)
    pace.pause("chat.postMessage", "C2", 30)
    assert pace.wait("chat.postMessage", "C3") == 30
    hands.at += 31
    pace.pause("chat.postMessage", "C2", 30)
    assert pace.wait("chat.postMessage", "C3") == 0, "one that waits alone is no second one"


def test_without_limits_nothing_waits() -> None:
    pace, _ = paced(per_channel=0, per_update=0)
    assert {pace.wait(method, "C1") for method in ("chat.postMessage", "chat.update") for _ in range(100)} == {0}


# whose turn it is


def waits(
    pace: Pace, hands: Hands, comers: list[tuple[float, Turn]], seconds: float
) -> tuple[list[tuple[float, str]], int]:
    """Who got through when, where everybody comes back exactly when told; and how often it was asked."""
    went: list[tuple[float, str]] = []
    due, asked = sorted(comers), 0
    while due and due[0][0] <= hands.at + seconds:
        at, turn = due.pop(0)
        hands.at, asked = at, asked + 1
        pause = pace.wait("chat.update", "C1", turn)
        if pause:
            due = sorted([*due, (at + pause, turn)])
        else:
            went.append((at, turn.key))
    return went, asked


def test_however_many_wait_each_asks_about_once_and_no_turn_is_wasted() -> None:
    pace, hands = paced(per_update=1.0, updates_at_once=1)
    began = hands.at
    went, asked = waits(pace, hands, [(began, Turn(f"m{n:02}", 4)) for n in range(100)], 1_000)
    assert [key for _, key in went] == [f"m{n:02}" for n in range(100)]
    assert asked <= 2 * 100
    assert hands.at - began < 101


def test_a_higher_rank_overtakes_all_that_wait() -> None:
    pace, hands = paced(per_update=1.0, updates_at_once=1)
    low = [(hands.at, Turn(f"low{n}", 4)) for n in range(50)]
    high = [(hands.at + 10.5, Turn("high", 1)), (hands.at + 20.5, Turn("middle", 2))]
    began = hands.at
    went, asked = waits(pace, hands, [*low, *high], 1_000)
    when = {key: at - began for at, key in went}
    assert when["high"] < 12
    assert when["middle"] < 22
    assert len(went) == 52
    assert asked < 4 * 52, "those who are overtaken ask once more, not again and again"


def test_a_place_is_not_kept_for_one_who_never_comes_back() -> None:
    pace, hands = paced(per_update=1.0, updates_at_once=1)
    assert pace.wait("chat.update", "C1", Turn("first", 4)) == 0
    assert pace.wait("chat.update", "C1", Turn("gone", 1)) > 0
    hands.at += 30
    assert pace.wait("chat.update", "C1", Turn("there", 4)) == 0


def test_after_a_pause_the_highest_rank_comes_back_first() -> None:
    pace, _ = paced()
    pace.pause("conversations.create", None, 30)
    back = [pace.wait("conversations.create", None, Turn(f"m{rank}", rank)) for rank in (4, 1, 3, 2)]
    assert sorted(back) == [back[1], back[3], back[2], back[0]]
    assert back[1] == 30


# the courier


@pytest.fixture
async def edits(sqlite_url: str) -> AsyncIterator[tuple[Town, list[Cell]]]:
    """Many cards of low rank are to be edited, with room for one at a time; nothing is delivered yet."""
    async with workspace(sqlite_url, Pace(per_channel=0, per_update=0.03, updates_at_once=1)) as town:
        yield town, [low(numbered(RIGS["card, edited"], n, town.slack)) for n in range(1, 26)]


def low(cell: Cell) -> Cell:
    cell.args["rank"] = 4
    return cell


async def test_a_grave_edit_overtakes_those_that_wait(edits: tuple[Town, list[Cell]]) -> None:
    town, cells = edits
    written = counted(town)
    await town.db.run(lambda session: recorded(session, cells))
    town.team.wake()
    await town.slack.wait_for(lambda: len(town.slack.calls_of("chat.update")) >= 3, timeout=30)
    grave = numbered(RIGS["card, edited"], 26, town.slack)
    await town.db.run(lambda session: recorded(session, [grave]))
    before = len(town.slack.calls_of("chat.update"))
    town.team.wake()
    await town.quiet(60)
    edited = [call.args["channel"] for call in town.slack.calls_of("chat.update")]
    assert sorted(edited) == sorted(cell.room.id for cell in [*cells, grave]), "each is edited, and once"
    assert edited.index(grave.room.id) - before <= AT_ONCE, "only what was under way goes first"
    assert await town.db.read(attempts) == {1}, "waiting for a turn is no try"
    assert len(written) <= 20 * len(edited), "nobody asks again and again"


def counted(town: Town) -> list[int]:
    """A list that grows with every transaction of the courier that writes."""
    run, written = town.db.run, list[int]()

    async def counting(work: Any, *, door: bool = True) -> Any:
        written.append(1)
        return await run(work, door=door)

    town.db.run = counting  # type: ignore[method-assign]
    return written


def attempts(session: Session) -> set[int]:
    return set(session.conn.execute(sa.select(outbox.c.attempts)).scalars())


async def test_slack_says_wait_and_what_matters_goes_first(sqlite_url: str) -> None:
    """Slack creates no channel for a second: then the gravest get theirs first, and everybody gets one."""
    async with workspace(sqlite_url) as town:
        cells = [numbered(RIGS["open_channel"], n, town.slack) for n in range(1, 31)]
        for cell in cells:
            cell.args["rank"] = 1 + cell.number % 4
        limited = town.slack.faults.add("conversations.create", "429", times=None)
        await town.db.run(lambda session: recorded(session, cells))
        town.team.wake()
        await town.slack.wait_for(lambda: limited.used)
        town.slack.faults.clear()
        await town.quiet(60)
        made = [c for c in town.slack.calls_of("conversations.create") if c.fault is None]
        ranks = [1 + int(c.args["name"].split("-")[1]) % 4 for c in made]
        assert len(made) == 30
        first = ranks.index(4)
        assert ranks[:first].count(1) == ranks.count(1), "before the first of the lowest rank, all of the highest"


async def test_a_channel_that_must_wait_keeps_no_other_waiting(sqlite_url: str) -> None:
    async with workspace(sqlite_url) as town:
        cells = [numbered(RIGS["say"], n, town.slack) for n in range(1, 9)]
        limited = cells[0].room.id
        town.slack.faults.add("chat.postMessage", "429", match={"channel": limited})
        await town.db.run(lambda session: recorded(session, cells))
        town.team.wake()
        await town.quiet(60)
        said = list(town.slack.calls_of("chat.postMessage"))
        assert said[-1].args["channel"] == limited
        assert len(said) == 9
        assert said[-1].started - next(c for c in said if c.fault).started >= 1, "as long as Slack says"


async def test_slow_answers_about_little_keep_nothing_grave_waiting(sqlite_url: str) -> None:
    async with workspace(sqlite_url, waits=replace(WAITS, call=60.0)) as town:
        cells = [low(numbered(RIGS["say"], n, town.slack)) for n in range(1, 21)]
        rooms = {cell.room.id for cell in cells}
        slow = town.slack.faults.add("chat.postMessage", "hold", times=None, match=lambda a: a["channel"] in rooms)
        await town.db.run(lambda session: recorded(session, cells))
        town.team.wake()
        await town.slack.wait_for(lambda: slow.used == AT_ONCE - KEPT_FOR_URGENT, timeout=30)
        grave = numbered(RIGS["say"], 21, town.slack)
        await town.db.run(lambda session: recorded(session, [grave]))
        town.team.wake()
        await town.slack.wait_for(lambda: town.slack.messages(grave.room), timeout=30)
        assert slow.used == AT_ONCE - KEPT_FOR_URGENT
        town.slack.faults.release()
        await town.quiet(60)
        assert [len(town.slack.messages(cell.room)) for cell in [*cells, grave]] == [1] * 21
