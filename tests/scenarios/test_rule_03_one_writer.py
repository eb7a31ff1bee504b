"""Rule 3: one incident, one writer at a time, however many act at the same moment; the clock and replicas too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.fact import Asked, Escalated, UpdatePosted
from bot.sandbox import Channel
from bot.store import facts
from tests.living import Living, living
from tests.scenarios.conftest import opened
from tests.scenarios.world import COMMAND, Clock, another, at, by_hand, entries, kinds, quiet, said, saved, typed


async def whole(town: Living) -> bool:
    """Every entry follows the one before it."""
    return await town.bot.db.read(lambda session: facts.verify(session, 1)) == []


async def test_everybody_at_once_is_saved_once_each(both: Living, room_of_both: Channel) -> None:
    people = list(both.people.values())
    await asyncio.gather(*(saved(both, p, f"update from {p.name}", room_of_both) for p in people))
    await both.slack.settled()
    record = await entries(both)
    texts = [e.fact.text for e in record if isinstance(e.fact, UpdatePosted)]
    assert sorted(texts) == sorted(f"from {p.name}" for p in people)
    assert [e.seq for e in record] == list(range(1, len(record) + 1))
    assert await whole(both)
    await quiet(both)
    posted = [m.text for m in said(both, room_of_both, ":* from ")]
    assert [text.splitlines()[0].partition(":* ")[2] for text in posted] == texts, (
        "said once each, in the record's order"
    )


async def test_two_who_acknowledge_at_once(both: Living, room_of_both: Channel) -> None:
    answers = await asyncio.gather(*(typed(p, "ack", room_of_both) for p in (both.ana, both.car)))
    assert (await kinds(both)).count("acknowledged") == 1
    assert sum("You acknowledged" in answer for answer in answers) == 1
    assert sum("already acknowledged by" in answer for answer in answers) == 1


async def test_one_resolves_while_another_cancels(both: Living, room_of_both: Channel) -> None:
    await both.bea.command(COMMAND, "resolve", room_of_both)
    view = await both.bea.opened_view()
    form, answer = await asyncio.gather(
        both.bea.submit(view, {"Fix applied": "reverted", "State of the data": "repaired"}),
        typed(both.ana, "cancel false alarm", room_of_both),
    )
    ended = [kind for kind in await kinds(both) if kind in ("resolved", "cancelled")]
    assert len(ended) == 1
    assert bool(form.errors) == (ended == ["cancelled"])
    assert ("is cancelled: false alarm" in answer) == (ended == ["cancelled"])


async def test_declared_at_once_each_gets_a_number_and_a_channel(both: Living) -> None:
    people = list(both.people.values())
    answers = await asyncio.gather(*(typed(p, f"declare P4 table of {p.name} is late") for p in people))
    numbers = sorted(answer.split(" is saved")[0] for answer in answers)
    assert numbers == sorted(f"INC-{n}" for n in range(1, len(people) + 1))
    for number in range(1, len(people) + 1):
        await both.incident(number)
    assert len([c for c in both.slack.channels if c.name.startswith("inc-")]) == len(people)


async def test_the_clock_and_three_people_at_once(database_url: str, tmp_path: Path, clock: Clock) -> None:
    """At 09:30 the update and the escalation fall due; just then three people act."""
    async with living(database_url, tmp_path, environ=clock.environ) as town:
        await clock.go(at(0))
        room = await opened(town)
        await typed(town.ana, "ack", room)
        await typed(town.bea, "confirm", room)
        people = (town.ana, town.bea, town.car)
        await asyncio.gather(clock.go(at(30)), *(typed(p, f"update from {p.name}", room) for p in people))
        await clock.go(at(50))
        assert await asked_once(town, room)
        assert (await kinds(town)).count("update_posted") == len(people)


async def asked_once(town: Living, room: Channel) -> bool:
    """Every step of asking is on the record once and posted once, and so is the escalation."""
    record = [e.fact for e in await entries(town)]
    steps = [(c.key, c.occurrence, f.step) for f in record if isinstance(f, Asked) for c in f.covers]
    assert len(steps) == len(set(steps)), "a step is asked once, whoever notices it"
    assert len([f for f in record if isinstance(f, Escalated)]) == 1
    reminders = [m.text for m in said(town, room) if "Not me" in str(m.blocks)]
    assert len(set(reminders)) == len(reminders), "a reminder is posted once"
    return await whole(town)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_the_clock_of_two_replicas_and_a_person_at_once(database_url: str, tmp_path: Path, clock: Clock) -> None:
    """At 09:30 the update and the escalation fall due. Two replicas notice, and Ana posts an update just then."""
    other_clock = Clock()
    async with (
        living(database_url, tmp_path, environ=clock.environ) as town,
        another(town, database_url, tmp_path, other_clock.environ) as other,
    ):
        await town.slack.connected(2)
        await asyncio.gather(clock.go(at(0)), other_clock.go(at(0)))
        room = await opened(town)
        await typed(town.ana, "ack", room)
        await typed(town.bea, "confirm", room)
        await asyncio.gather(clock.go(at(30)), other_clock.go(at(30)), typed(town.ana, "update loader restarted", room))
        await asyncio.gather(clock.go(at(50)), other_clock.go(at(50)))
        await asyncio.gather(town.bot.courier.quiet(), other.courier.quiet())
        assert await asked_once(town, room)


async def test_a_tick_does_not_wait_for_an_incident_that_somebody_holds(
    pg_url: str, tmp_path: Path, clock: Clock
) -> None:
    """INC-1 is being written elsewhere when both fall due: INC-2 is asked about all the same, INC-1 when it is free."""
    async with living(pg_url, tmp_path, environ=clock.environ) as town:
        await clock.go(at(0))
        for number, text in enumerate(("orders mart is stale", "invoices are late"), start=1):
            await typed(town.bea, f"declare P1 {text}")
            await town.incident(number)
        await clock.go(at(1))
        before = [await kinds(town, number) for number in (1, 2)]
        with by_hand(pg_url) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM incidents WHERE id = 1 FOR UPDATE")
            await clock.go(at(4), seconds=10)
            assert await kinds(town, 1) == before[0]
            assert len(await kinds(town, 2)) > len(before[1])
            other.execute("ROLLBACK")
        await clock.go(at(4.5))
        assert (await kinds(town, 1)).count("asked") == (await kinds(town, 2)).count("asked")
