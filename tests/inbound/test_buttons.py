"""Buttons: each does what it says, once, and tells the person who pressed it what came of it."""

from __future__ import annotations

import copy

from bot.sandbox import Channel, Message, Person
from bot.store import facts
from bot.views.ids import Action, Form
from tests.living import Living


def card(town: Living, room: Channel) -> Message:
    return town.slack.pinned(room)[0]


async def told(town: Living, person: Person, words: str) -> Message:
    """The private message with these words, once it is there."""
    found = await town.slack.wait_for(lambda: [m for m in person.ephemerals() if words in m.text], what=words)
    return found[-1]


async def recorded(town: Living) -> list[str]:
    entries = await town.bot.db.read(lambda session: facts.entries(session, 1))
    return [entry.fact.kind for entry in entries if entry.by]


async def shows(town: Living, room: Channel, button: str) -> Message:
    """The card, once it has this button."""
    await town.slack.wait_for(lambda: button in str(card(town, room).blocks), what=button)
    return card(town, room)


async def test_a_life_by_buttons(town: Living, room: Channel) -> None:
    await town.ana.click(await shows(town, room, "Acknowledge"), "Acknowledge")
    await told(town, town.ana, "You acknowledged INC-1")
    await town.bea.click(await shows(town, room, "Confirm P1"), "Confirm P1")
    await town.bea.click(await shows(town, room, "Post update"), "Post update")
    await town.bea.submit(await town.bea.opened_view(), {"What changed": "loader restarted"})
    await told(town, town.bea, "Update saved")
    await town.bea.click(card(town, room), "Resolve")
    await town.bea.submit(await town.bea.opened_view(), {"Fix applied": "reverted", "State of the data": "repaired"})
    await town.bea.click(await shows(town, room, "Reopen"), "Reopen")
    await town.bea.submit(await town.bea.opened_view(), {"Why is it open again": "it came back"})
    await told(town, town.bea, "open again")
    pressed = ["acknowledged", "severity_confirmed", "update_posted", "resolved", "reopened"]
    assert [kind for kind in await recorded(town) if kind in pressed] == pressed


async def test_the_menu_shows_its_pages(town: Living, room: Channel) -> None:
    await town.zoe.click(card(town, room), "Promises")
    await told(town, town.zoe, "Running")
    await town.zoe.click(card(town, room), "Timeline")
    await told(town, town.zoe, "declared P1")
    await town.zoe.click(card(town, room), "Catch me up")
    await told(town, town.zoe, "Impact")


async def test_a_second_delivery_of_a_click_has_no_second_effect(town: Living, room: Channel) -> None:
    await town.ana.click(await shows(town, room, "Acknowledge"), "Acknowledge")
    await town.slack.redeliver(1, "block_actions")
    assert (await recorded(town)).count("acknowledged") == 1


async def test_the_button_of_an_old_card_says_how_it_stands(town: Living, room: Channel) -> None:
    old = copy.deepcopy(await shows(town, room, "Acknowledge"))
    await town.ana.command("/incident", "cancel false alarm a test", room)
    await town.ana.click(old, "Acknowledge")
    await told(town, town.ana, "is cancelled")


async def test_a_button_of_another_version_says_so(town: Living, room: Channel) -> None:
    old = copy.deepcopy(card(town, room))
    for action, value in (("page_everyone", "{}"), (Action.ACKNOWLEDGE, "3"), (Action.PICK, '{"i":1,"v":"explode"}')):
        button = next(e for b in old.blocks if b["type"] == "actions" for e in b["elements"] if e["type"] == "button")
        button.update(action_id=str(action), value=value)
        before = len(town.ana.ephemerals())
        ack = await town.ana.click(old, str(action))
        assert ack.ok
        await town.slack.wait_for(lambda n=before: len(town.ana.ephemerals()) > n)  # type: ignore[misc]
        assert "another version" in town.ana.ephemerals()[-1].text


async def test_an_answer_replaces_the_question_it_answers(town: Living, room: Channel) -> None:
    ack = await town.zoe.command("/incident", "ack", room)
    assert ack.message is not None
    await town.zoe.click(ack.message, "I take it")
    await town.slack.wait_for(lambda: ack.message and "I take it" not in str(ack.message.blocks))
    assert "INC-1 is yours" in ack.message.text


async def test_the_reminder_of_the_page_is_answered_by_its_button(town: Living, room: Channel) -> None:
    page = await town.slack.wait_for(lambda: [m for m in town.slack.messages(room) if "Not me" in str(m.blocks)])
    await town.ana.click(page[0], "Not me")
    await town.slack.wait_for(lambda: "ask_declined" in str(town.slack.calls) or town.ana.ephemerals())
    assert "ask_declined" in await recorded(town)


async def test_a_form_slack_does_not_open_is_said(town: Living, room: Channel) -> None:
    town.slack.faults.add("views.open", "error:expired_trigger_id")
    await town.bea.command("/incident", "resolve reverted the deploy of the loader and backfilled", room)
    message = await told(town, town.bea, "did not open the form")
    assert "reverted the deploy" in message.text + str(message.blocks)
    await town.bea.command("/incident", "resolve again", room)
    assert (await town.bea.opened_view()).callback_id == Form.RESOLVE
