"""The first incident, from the declaration to a closed channel: what each audience reads, at each turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Channel, Message, Person
from tests.living import Living, living
from tests.scenarios.world import COMMAND, MORNING, Clock, at, entries, incident, kinds, said, shows, told, typed

IMPACT = "Revenue from this morning on is too low. Yesterday and before are right."
UPDATE = "The loader dropped half of orders_raw; it is stopped"


@pytest.fixture
async def town(database_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Living]:
    """A bot on each database, on a Friday at 09:00; its time stands until `clock` moves it."""
    async with living(database_url, tmp_path, environ=clock.environ) as town:
        await clock.go(MORNING)
        yield town


def read(person: Person, message: Message) -> str:
    """A message as the person sees it."""
    return "\n".join(person.screen.message(message))


def wall(town: Living, person: Person, where: Channel | str, *, replies: bool = False) -> str:
    """All that stands in a channel for everybody, as the person sees it: top level only, or the replies."""
    shown = [m for m in town.slack.messages(where) if m.is_reply is replies]
    return "\n".join(read(person, m) for m in shown)


def letters(person: Person) -> list[str]:
    """What the bot wrote to the person directly."""
    return [read(person, m) for m in person.dms()]


async def card(town: Living, room: Channel, words: str) -> str:
    return read(town.zoe, await shows(town, room, words))


async def press(town: Living, person: Person, room: Channel, label: str) -> None:
    await person.click(await shows(town, room, label), label)


async def declared_by_form(town: Living, **fields: object) -> Channel:
    """Zoe, who is not on call, fills in the form in a channel that is no incident's."""
    await town.zoe.command(COMMAND, "", "general")
    ack = await town.zoe.submit(await town.zoe.opened_view(), {"Title": "Orders mart is stale", **fields})
    assert ack.ok
    assert not ack.errors
    return await town.incident()


async def test_a_p1_from_the_declaration_to_the_closing_summary(town: Living, clock: Clock) -> None:
    room = await declared_by_form(town, Severity="P1", **{"What is affected": "orders_mart, revenue dashboard"})
    await clock.go(at(0))

    # 09:00, everybody hears of it once, each what is theirs
    assert (await told(town, town.zoe, "INC-1 is open")).text.count(f"<#{room.id}>") == 1
    assert room.name == "inc-1-orders-mart-is-stale"
    assert {town.zoe.id, town.ana.id, town.bea.id, town.car.id} <= set(room.members)
    first = await card(town, room, "Acknowledge")
    for words in ("P1 · Orders mart is stale — INC-1", "Lead Bea", "On call Ana", "Affected orders_mart, revenue"):
        assert words in first
    assert "Next update 09:30" in first
    assert "[Acknowledge] [Confirm P1] [Post update] [Escalate] [⋯ Resolve" in first
    assert "P1" in room.topic
    assert len(town.slack.pinned(room)) == 1
    announced = wall(town, town.max, "incidents")
    for words in ("P1 · Orders mart is stale → #inc-1-orders-mart-is-stale", "Bea leads", "Next update 09:30"):
        assert words in announced
    assert town.slack.messages("data-stakeholders") == [], "nothing is known that stakeholders could use"
    assert "needs somebody" in letters(town.ana)[0]
    [page] = [m for m in said(town, room) if f"<@{town.ana.id}>" in m.text]
    assert "[Acknowledge] [Not me]" in read(town.ana, page)
    [management] = letters(town.dir)
    assert "Orders mart is stale" in management
    assert "#inc-1-orders-mart-is-stale" in management

    # 09:04, Ana has it: nobody is called any more
    await clock.go(at(4))
    await press(town, town.ana, room, "Acknowledge")
    await told(town, town.ana, "You acknowledged INC-1")
    await clock.go(at(6))
    assert "Responder Ana" in await card(town, room, "Responder")
    assert read(town.ana, page).startswith("✓ 09:04 Ana acknowledged")
    assert town.slack.pings(town.car) == []
    await press(town, town.bea, room, "Confirm P1")
    await told(town, town.bea, "INC-1 is confirmed as P1")

    # 09:08, one form answers update, impact and announcement
    await clock.go(at(8))
    await press(town, town.ana, room, "Post update")
    values = {
        "What changed": UPDATE,
        "What it means for those who use the data": IMPACT,
        "State of the data": "suspect",
    }
    await town.ana.submit(await town.ana.opened_view(), values)
    await told(town, town.ana, "Update saved")
    await clock.go(at(9))
    assert UPDATE in wall(town, town.zoe, room)
    assert UPDATE in wall(town, town.max, "incidents", replies=True)
    assert "not safe to use" in wall(town, town.max, "incidents")
    [stakeholders] = town.slack.messages("data-stakeholders")
    outside = read(town.dir, stakeholders)
    assert IMPACT.rstrip(".") in outside
    assert "Do not use" in outside
    assert "next news at 09:38" in outside
    assert "loader" not in outside, "free text never reaches stakeholders"
    assert IMPACT.rstrip(".") in "\n".join(letters(town.dir))

    # 09:38, the update is due: one person is asked once; "No change" reaches nobody outside
    await clock.go(at(39))
    [due] = [m for m in said(town, room) if "No change" in str(m.blocks)]
    assert "The 09:38 update is due" in read(town.bea, due)
    assert "[Post update] [No change] [Snooze] [Not me]" in read(town.bea, due)
    assert "Any update stops this" in read(town.bea, due)
    thread = wall(town, town.max, "incidents", replies=True)
    await town.bea.click(due, "No change")
    await told(town, town.bea, "no change")
    await clock.go(at(40))
    assert read(town.bea, due).startswith("✓ 09:39 Bea")
    assert "Next update 10:09" in await card(town, room, "no change")
    assert wall(town, town.max, "incidents", replies=True) == thread
    assert len(town.slack.messages("data-stakeholders")) == 1

    # 09:45, less bad than it looked
    await clock.go(at(45))
    assert "INC-1 is P2 now; it was P1" in await typed(town.bea, "severity P2 only the revenue dashboard", room)
    await clock.go(at(46))
    assert "P2, was P1" in wall(town, town.zoe, room)
    assert "P2 · Orders mart is stale" in wall(town, town.max, "incidents")

    # 10:20, resolved: every audience that heard of it hears that it is over
    await clock.go(at(80))
    await press(town, town.ana, room, "Resolve")
    values = {
        "Fix applied": "loader rolled back, morning loaded again",
        "State of the data": "repaired",
        "Root cause": "a deploy dropped late partitions",
        "How it was verified": "revenue matches the ledger",
    }
    await town.ana.submit(await town.ana.opened_view(), values)
    await told(town, town.ana, "INC-1 is resolved after 1 h 20 min")
    await clock.go(at(81))
    resolution = next(m for m in reversed(said(town, room)) if "Resolved" in m.text)
    for words in values.values():
        assert words in read(town.zoe, resolution) or words == "repaired"
    assert "right again" in read(town.zoe, resolution)
    assert "Resolved · P2 · Orders mart is stale" in wall(town, town.max, "incidents")
    assert "right again" in read(town.dir, town.slack.messages("data-stakeholders")[-1])
    assert "right again" in letters(town.dir)[-1]
    assert "[Close] [Reopen]" in await card(town, room, "Close")

    # closed: the summary, what was promised in its thread, the whole timeline as a file
    await press(town, town.bea, room, "Close")
    form = await town.bea.opened_view()
    what_holds = ["resolved", "root-cause", "workarounds", "service", "notified"]
    ack = await town.bea.submit(form, {"What holds": what_holds, "Could automation have handled this?": "Yes"})
    assert not ack.errors
    await told(town, town.bea, "INC-1 is closed")
    await clock.go(at(82))
    summary = next(m for m in reversed(said(town, room)) if "Closed" in m.text and not m.is_reply)
    for words in ("Resolved after 1 h 20 min", "a deploy dropped late partitions", "loader rolled back", "Thanks to"):
        assert words in read(town.zoe, summary)
    assert "Promises of INC-1" in wall(town, town.zoe, room, replies=True)
    [file] = town.slack.files
    for words in ("Zoe declared P1", "Ana acknowledged", UPDATE, "lowered the severity from P1 to P2", "resolved it"):
        assert words in file.text
    last = await card(town, room, "Reopen")
    assert "Closed" in last
    assert "[Acknowledge]" not in last
    assert "[Resolve]" not in last

    # the record tells the same, whole
    record = await kinds(town)
    for before, after in zip(
        ("declared", "acknowledged", "severity_confirmed", "update_posted", "severity_changed", "resolved"),
        ("acknowledged", "severity_confirmed", "update_posted", "severity_changed", "resolved", "closed"),
        strict=True,
    ):
        assert record.index(before) < record.index(after)
    assert [p for p in town.slack.pings() if p.user in (town.max.id, town.zoe.id)] == [], "nobody else was called"


async def test_a_p1_that_nobody_takes_climbs_and_falls_silent_with_the_first_word(town: Living, clock: Clock) -> None:
    assert "Ana is on call and is asked now" in await typed(town.zoe, "p1 orders mart is stale")
    room = await town.incident()
    await clock.go(at(1))
    called = [town.slack.pings(p) for p in (town.ana, town.car, town.tec)]
    assert [bool(rung) for rung in called] == [True, False, False]
    await clock.go(at(5))
    assert town.slack.pings(town.car), "secondary at five minutes"
    assert not [p for p in town.slack.pings(town.tec) if p.message.channel == room.id]
    await clock.go(at(10))
    assert [p for p in town.slack.pings(town.tec) if p.message.channel == room.id], "level 2 at ten"
    threads = {m.thread_ts for m in said(town, room) if m.is_reply}
    assert len(threads) == 1, "it climbs in one thread"
    await town.car.say(room, "I am looking")
    await town.slack.wait_for(lambda: "Responder Car" in read(town.zoe, town.slack.pinned(room)[0]), 10, "Car has it")
    rung = len(town.slack.pings())
    await clock.go(at(14))
    after = [read(town.bea, p.message) for p in town.slack.pings()[rung:]]
    assert not [text for text in after if "acknowledge" in text.lower()], "other promises may still be due"


async def test_a_private_incident_is_seen_by_those_in_it_and_by_nobody_else(town: Living, clock: Clock) -> None:
    room = await declared_by_form(town, Severity="P1", Title="Payroll went to a vendor", Private=["yes"])
    await clock.go(at(1))
    assert "Payroll went to a vendor" in "\n".join(letters(town.ana)), "who is called must know what for"
    await typed(town.bea, "impact salaries were visible", room)
    await typed(town.bea, "update payroll export revoked", room)
    assert "A private P1 incident, INC-1" in letters(town.dir)[0]
    await clock.go(at(35))
    await typed(town.bea, "severity P2 contained", room)
    await clock.go(at(36))
    secret = ("ayroll", "alaries", room.name)
    assert room.kind == "private"
    assert town.slack.messages("incidents") == []
    assert town.slack.messages("data-stakeholders") == []
    outsiders = (town.max, town.dir)
    for person in outsiders:
        assert not person.can_see(room)
        for text in ("list", "list all", "list mine", "brief INC-1", "timeline INC-1", "update INC-1 hi", "ack INC-1"):
            answer = await typed(person, text)
            assert not [word for word in secret if word in answer], (text, answer)
        assert await typed(person, "brief INC-1") == (await typed(person, "brief INC-7")).replace("INC-7", "INC-1")
        assert not [word for word in secret if word in "\n".join(letters(person))]
    assert "Payroll went to a vendor" in await typed(town.bea, "list")


async def test_a_p3_is_quiet_and_closes_with_its_resolution(town: Living, clock: Clock) -> None:
    assert "INC-1 is saved: P3" in await typed(town.zoe, "declare P3 a label on the finance dashboard is wrong")
    room = await town.incident()
    assert town.slack.messages("incidents") == [], "P3 is not announced by itself"
    await clock.go(at(60))
    (digest,) = town.slack.messages("incidents")
    assert "label on the finance dashboard" in digest.text, "but told at the stand-up"
    assert [p for p in town.slack.pings() if p.why != "dm"] == [], "nobody is called in a channel"
    assert "needs somebody by" in letters(town.ana)[0]
    assert "Next update 13:00" in await card(town, room, "Next update")
    await typed(town.ana, "on it", room)
    await town.ana.command(COMMAND, "resolved label corrected", room)
    form = await town.ana.opened_view()
    await town.ana.submit(form, {"State of the data": "unaffected", "Close too": ["yes"]})
    await told(town, town.ana, "INC-1 is closed")
    await clock.go(at(61))
    assert (await incident(town)).fix == "label corrected"
    assert "Closed" in await card(town, room, "Reopen")
    assert len(town.slack.files) == 1
    assert town.slack.messages("incidents") == [digest]
    await clock.go(at(60 * 24 * 4))
    assert (await kinds(town))[-1] == "closed", "nothing is asked any more"


async def test_cancelled_as_a_false_alarm_and_opened_again(town: Living, clock: Clock) -> None:
    await typed(town.zoe, "declare P1 orders mart is stale")
    room = await town.incident()
    await clock.go(at(2))
    assert "false alarm" in await typed(town.bea, "cancel false alarm the dashboard was cached", room)
    await clock.go(at(40))
    assert "Cancelled" in await card(town, room, "Reopen")
    assert "Cancelled" in wall(town, town.zoe, room)
    quiet_after = [e.fact.kind for e in (await entries(town)) if e.at > at(3)]
    assert quiet_after == [], "nobody is asked about it any more"
    await press(town, town.ana, room, "Reopen")
    await town.ana.submit(await town.ana.opened_view(), {"Why is it open again": "it was real"})
    await told(town, town.ana, "INC-1 is open again")
    await clock.go(at(41))
    assert "Open again" in wall(town, town.zoe, room)
    assert "it was real" in wall(town, town.zoe, room)
    assert "Next update 10:10" in await card(town, room, "Post update")
