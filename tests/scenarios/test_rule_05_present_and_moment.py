"""Rule 5: standing things draw the present, statements draw their moment; a reminder of a kept promise is dropped."""

from __future__ import annotations

import asyncio

from bot.sandbox import Channel, Message
from bot.views.ids import Action
from tests.living import Living
from tests.scenarios.world import COMMAND, Clock, at, incident, kinds, quiet, said, typed


def hold(town: Living) -> None:
    """Slack takes no message and no edit for now."""
    for method in ("chat.postMessage", "chat.update"):
        town.slack.faults.add(method, "429", times=None, retry_after=1)


async def release(town: Living) -> None:
    town.slack.faults.clear()
    await quiet(town)


def update(town: Living, room: Channel, words: str) -> Message:
    [one] = said(town, room, f":* {words}")
    return one


async def test_statements_tell_their_moment_and_the_card_the_present(
    slow: Living, slow_room: Channel, clock: Clock
) -> None:
    await typed(slow.bea, "confirm", slow_room)
    await clock.go(at(2))
    hold(slow)
    await typed(slow.bea, "update loader restarted", slow_room)
    await typed(slow.bea, "severity P3 fewer customers", slow_room)
    await typed(slow.bea, "update nearly done", slow_room)
    await slow.bea.command(COMMAND, "resolve", slow_room)
    view = await slow.bea.opened_view()
    await slow.bea.submit(view, {"Fix applied": "reverted", "State of the data": "repaired"})
    await release(slow)
    first, second = update(slow, slow_room, "loader restarted"), update(slow, slow_room, "nearly done")
    assert "P1 · investigating" in first.text.lower().replace("p1", "P1")
    assert "next update" in first.text
    assert "P3 · investigating" in second.text.lower().replace("p3", "P3")
    assert "resolved" not in (first.text + second.text).lower()
    [regraded] = said(slow, slow_room, "P3, was P1")
    [resolved] = said(slow, slow_room, "*Resolved · ")
    posted = [m.ts for m in (first, regraded, second, resolved)]
    assert posted == sorted(posted), "said in the order it happened"
    assert (first.edits, regraded.edits, second.edits) == (0, 0, 0), "and never edited"
    card = slow.slack.pinned(slow_room)[0]
    assert "P3" in card.text
    assert "Resolved" in card.text + str(card.blocks)


async def test_pending_refreshes_of_the_card_are_one(town: Living, room: Channel) -> None:
    await quiet(town)
    before = town.slack.pinned(room)[0].edits
    hold(town)
    for number in range(6):
        await typed(town.bea, f"update number {number}", room)
    await release(town)
    assert town.slack.pinned(room)[0].edits - before <= 2
    assert "number 5" in town.slack.pinned(room)[0].text + str(town.slack.pinned(room)[0].blocks)


async def test_a_reminder_of_a_kept_promise_is_never_posted(slow: Living, slow_room: Channel, clock: Clock) -> None:
    await typed(slow.ana, "ack", slow_room)
    await typed(slow.bea, "confirm", slow_room)
    await typed(slow.bea, "impact figures of today are wrong", slow_room)
    await clock.go(at(29.5))
    direct = len(slow.bea.dms())
    hold(slow)
    stepping = asyncio.create_task(clock.go(at(30)))
    await slow.slack.wait_for(lambda: [c for c in slow.slack.calls if c.fault == "429"], what="something to be said")
    assert "due" in [ask.how for ask in (await incident(slow)).asks]
    await typed(slow.bea, "update loader restarted", slow_room)
    slow.slack.faults.clear()
    await stepping
    await quiet(slow)
    assert "asked" in await kinds(slow)
    reminders = [
        m
        for m in said(slow, slow_room)
        if Action.NO_CHANGE in str(m.blocks) and m.ts != slow.slack.pinned(slow_room)[0].ts
    ]
    assert reminders == []
    assert [m.text for m in slow.bea.dms()[direct:] if "pdate" in m.text] == []


async def test_an_answered_reminder_shrinks_to_a_line(slow: Living, slow_room: Channel, clock: Clock) -> None:
    await typed(slow.ana, "ack", slow_room)
    await typed(slow.bea, "confirm", slow_room)
    await typed(slow.bea, "impact figures of today are wrong", slow_room)
    await clock.go(at(30))
    [reminder] = [m for m in said(slow, slow_room) if Action.NOT_ME in str(m.blocks) and "pdate" in m.text]
    await slow.bea.click(reminder, Action.NO_CHANGE)
    await quiet(slow)
    assert Action.NOT_ME not in str(reminder.blocks)
    assert len(reminder.text.splitlines()) == 1
