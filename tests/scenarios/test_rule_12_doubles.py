"""Rule 12: Slack delivers some things twice. The second has no effect of its own and gets the answer of the first."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Awaitable, Callable

import pytest

from bot.sandbox import Channel, Message
from bot.sandbox.delivery import Delivery
from bot.views.ids import Action
from tests.living import Living
from tests.scenarios.world import COMMAND, Clock, at, entries, kinds, quiet, said, shows, typed

COMMANDS = (
    "ack",
    "confirm",
    "update loader restarted",
    "impact figures of today are wrong",
    "severity P2 fewer customers",
    "phase fixing",
    "note it was the disk",
    "snooze 10m lunch",
    "cancel false alarm a test",
    "reopen it was none",
)


def same(answer: str) -> str:
    """An answer without the distance in it, which may be a minute less the second time."""
    return re.sub(r"in (\d+ (h|min) ?)+", "in a while", answer)


async def test_a_command_delivered_twice(both: Living, room_of_both: Channel) -> None:
    for text in COMMANDS:
        answer = await typed(both.bea, text, room_of_both)
        before = await kinds(both)
        [reply] = await both.slack.redeliver(1, COMMAND)
        assert reply.payload is not None
        assert same(reply.payload["text"]) == same(answer), text
        assert await kinds(both) == before, text
    await quiet(both)
    assert len(said(both, room_of_both, ":* loader restarted")) == 1


async def test_both_deliveries_at_the_same_moment(both: Living, room_of_both: Channel) -> None:
    await typed(both.bea, "brief", room_of_both)
    last = next(d.payload for d in reversed(both.slack.deliveries) if d.kind == "slash_commands")
    payload = {**last, "text": "update loader restarted", "trigger_id": "13.37.twice"}
    replies = await asyncio.gather(
        *(both.slack.dispatcher.ask("slash_commands", copy.deepcopy(payload)) for _ in range(3))
    )
    answers = {same((reply.payload or {})["text"]) for reply in replies}
    assert len(answers) == 1
    assert "Update saved" in answers.pop()
    assert (await kinds(both)).count("update_posted") == 1


async def test_a_declaration_delivered_twice(both: Living) -> None:
    answer = await typed(both.zoe, "declare P1 orders mart is stale")
    [reply] = await both.slack.redeliver(1, COMMAND)
    assert same((reply.payload or {})["text"]) == same(answer)
    await both.zoe.command(COMMAND, "declare", "general")
    await both.zoe.submit(await both.zoe.opened_view(), {"title": "invoices are late", "severity": "P2"})
    await both.slack.redeliver(1, "view_submission")
    await both.incident(2)
    await quiet(both)
    assert sorted(c.name for c in both.slack.channels if c.name.startswith("inc-")) == [
        "inc-1-orders-mart-is-stale",
        "inc-2-invoices-are-late",
    ]
    assert "INC-3" not in await typed(both.zoe, "list all")


FORMS = {
    "update": {"text": "loader restarted"},
    "snooze": {"why": "lunch"},
    "resolve": {"fix": "reverted", "data": "repaired"},
    "close": {"reason": "all is well"},
    "reopen": {"why": "it is back"},
}


async def test_a_form_delivered_twice(both: Living, room_of_both: Channel) -> None:
    for verb, values in FORMS.items():
        await both.bea.command(COMMAND, verb, room_of_both)
        ack = await both.bea.submit(await both.bea.opened_view(), values)
        before = await kinds(both)
        [reply] = await both.slack.redeliver(1, "view_submission")
        assert reply.payload == ack.payload, "it closes the second time, too"
        assert await kinds(both) == before, verb


async def test_a_form_that_was_refused_may_be_sent_again(town: Living, room: Channel) -> None:
    await town.bea.command(COMMAND, "resolve", room)
    view = await town.bea.opened_view()
    refused = await town.bea.submit(view, {"fix": "\u2003", "data": "repaired"})
    assert refused.errors
    taken = await town.bea.submit(view, {"fix": "reverted"})
    assert taken.view is None
    assert (await kinds(town)).count("resolved") == 1


async def test_a_click_delivered_twice(both: Living, room_of_both: Channel) -> None:
    for button, person in (("Acknowledge", both.ana), ("Confirm P1", both.bea)):
        await person.click(await shows(both, room_of_both, button), button)
        before = await kinds(both)
        await both.slack.redeliver(1, "block_actions")
        assert await kinds(both) == before, button


async def marked(town: Living, room: Channel) -> Message:
    message = await town.ana.say(room, "the disk of the loader is full")
    await town.bea.react(message, "pushpin")
    await town.slack.wait_for(lambda: "memo" in message.reactions)
    return message


async def unmarked(town: Living, room: Channel) -> None:
    await town.bea.unreact(await marked(town, room), "pushpin")


async def edited(town: Living, room: Channel) -> None:
    await town.ana.edit(await marked(town, room), "the disk was full")


async def deleted(town: Living, room: Channel) -> None:
    await town.ana.delete(await marked(town, room))


async def spoken(town: Living, room: Channel) -> None:
    await town.ana.say(room, "I am looking")


async def looked(town: Living, room: Channel) -> None:
    await town.ana.react(town.slack.pinned(room)[0], "eyes")


async def answered(town: Living, room: Channel) -> None:
    await town.ana.say(town.ana.dm, "restarting the loader")


EVENTS: dict[str, tuple[Callable[[Living, Channel], Awaitable[object]], str, str]] = {
    "a mark": (marked, "reaction_added", "message_marked"),
    "a mark taken back": (unmarked, "reaction_removed", "mark_retracted"),
    "an edit of a marked message": (edited, "message", "marked_message_edited"),
    "a marked message deleted": (deleted, "message", "marked_message_deleted"),
    "words in the channel": (spoken, "message", "acknowledged"),
    "eyes on the card": (looked, "reaction_added", "acknowledged"),
    "an answer to a direct message": (answered, "message", "update_posted"),
}


def by_a_person(town: Living, delivery: Delivery) -> bool:
    """Not an edit of the bot's own, which Slack tells of too."""
    event = delivery.payload["event"]
    message = event.get("message") or event.get("previous_message") or event
    return bool(message.get("user") != town.slack.bot_user_id)


@pytest.mark.parametrize("event", EVENTS)
async def test_an_event_delivered_twice(town: Living, room: Channel, event: str) -> None:
    does, name, kind = EVENTS[event]
    await quiet(town)
    await does(town, room)
    await town.slack.settled()
    before = await kinds(town)
    assert before.count(kind) == 1
    await quiet(town)
    await town.slack.settled()
    for reason in ("", "timeout"):
        [reply] = await town.slack.redeliver(1, name, reason, lambda delivery: by_a_person(town, delivery))
        assert reply.ok
    await town.slack.settled()
    assert await kinds(town) == before
    await quiet(town)
    assert len(said(town, room, ":* restarting the loader")) == (event == "an answer to a direct message")
    told = [message.text for message in town.ana.dms() if "restarting the loader" in message.text]
    assert len(told) == (event == "an answer to a direct message"), (
        "an answer that came twice is not taken for a command"
    )


async def test_a_shortcut_delivered_twice(town: Living, room: Channel) -> None:
    message = await town.ana.say(room, "the disk of the loader is full")
    await town.bea.message_shortcut("Add to timeline", message)
    await town.slack.redeliver(1, "message_action")
    await town.slack.wait_for(lambda: "memo" in message.reactions)
    assert (await kinds(town)).count("message_marked") == 1


async def reminder(town: Living, room: Channel, clock: Clock) -> Message:
    """The reminder of the first update, at 09:30."""
    for text in ("ack", "confirm", "impact figures of today are wrong"):
        await typed(town.bea, text, room)
    await clock.go(at(30))
    [message] = [m for m in said(town, room) if Action.NOT_ME in str(m.blocks) and "pdate" in m.text]
    return copy.deepcopy(message)


async def test_a_reminder_answered_by_two_people_is_answered_once(
    slow: Living, slow_room: Channel, clock: Clock
) -> None:
    """Its buttons carry what they answer: the second press is not the next update's."""
    message = await reminder(slow, slow_room, clock)
    await asyncio.gather(*(person.click(message, Action.NO_CHANGE) for person in (slow.bea, slow.ana)))
    await quiet(slow)
    assert (await kinds(slow)).count("update_posted") == 1


async def test_the_button_of_an_answered_reminder_does_not_answer_the_next(
    slow: Living, slow_room: Channel, clock: Clock
) -> None:
    message = await reminder(slow, slow_room, clock)
    await typed(slow.ana, "update loader restarted", slow_room)
    await clock.go(at(50))
    before = len(await entries(slow))
    await slow.bea.click(message, Action.NO_CHANGE)
    await slow.bea.click(message, Action.NOT_ME)
    assert len(await entries(slow)) == before
    await slow.slack.wait_for(lambda: [m for m in slow.bea.ephemerals() if "answered already" in m.text], 5)
