"""Causes, things to do, where people talk, practice, and what was before: walked through as people meet them."""

from __future__ import annotations

from bot.domain import fact as f
from bot.sandbox import Channel, Message, Person
from tests.living import Living
from tests.scenarios.world import entries, incident, quiet, said, shows, told, typed


async def posted(town: Living, room: Channel, words: str) -> Message:
    return await town.slack.wait_for(lambda: next(iter(said(town, room, words)), None), 10, what=words)


async def direct(town: Living, person: Person, words: str) -> Message:
    return await town.slack.wait_for(lambda: next((m for m in person.dms() if words in m.text), None), 10, what=words)


async def test_theories_are_proposed_ruled_out_and_confirmed(town: Living, room: Channel) -> None:
    assert "Theory 1" in await typed(town.ana, "cause the loader flipped the sign", room)
    assert "Theory 2" in await typed(town.zoe, "cause a full disk", room)
    assert "Which theory?" in await typed(town.ana, "cause confirmed", room)
    assert "What ruled it out?" in await typed(town.ana, "cause rejected 2", room)

    disk = await posted(town, room, "a full disk")
    await town.ana.click(disk, "Ruled out")
    form = await town.ana.opened_view()
    await town.ana.submit(form, {"What ruled it out": "40% is free"})
    await posted(town, room, "*Ruled out* a full disk — 40% is free · Ana")
    assert "Saved as the primary cause" in await typed(town.ana, "cause confirmed", room)

    brief = await typed(town.max, "brief", room)
    assert "*Cause* the loader flipped the sign · ruled out a full disk (40% is free)" in brief
    assert "✗ ruled out: a full disk" in await typed(town.max, "cause", room)
    await town.ana.command("/incident", "resolve reverted", room)
    assert "the loader flipped the sign" in str((await town.ana.opened_view()).blocks)


async def test_things_to_do_by_words_by_reaction_and_by_shortcut(town: Living, room: Channel) -> None:
    answer = await typed(town.ana, "action @Bea test the sign due tomorrow", room)
    assert "an action item of INC-1 for Bea, due" in answer
    await direct(town, town.bea, "Ana gave you an action item of INC-1: test the sign")
    await typed(town.ana, "task restart the loader", room)

    message = await town.zoe.say(room, "we should alert on row counts")
    await town.max.react(message, "clipboard")
    await town.slack.settled()
    await town.zoe.message_shortcut("Make an action item", message)
    tomorrow = await town.car.say(room, "page the vendor")
    await town.car.react(tomorrow, "ballot_box_with_check")
    await town.slack.settled()
    added = [one for one in await entries(town) if isinstance(one.fact, f.ActionAdded)]
    assert [(one.fact.text, one.fact.task, one.by) for one in added if isinstance(one.fact, f.ActionAdded)] == [
        ("test the sign", False, town.ana.id),
        ("restart the loader", True, town.ana.id),
        ("we should alert on row counts", False, town.max.id),
        ("page the vendor", True, town.car.id),
    ]
    await town.car.react(tomorrow, "white_check_mark")
    await town.zoe.react(message, "clipboard")
    await town.zoe.unreact(message, "clipboard")
    await town.max.unreact(message, "clipboard")
    await town.slack.settled()

    listed = await town.ana.command("/incident", "actions", room)
    assert listed.message is not None
    assert "2 open, 2 done or dropped" in listed.message.text
    await town.ana.click(listed.message, "action_done:0")
    await told(town, town.ana, "Done: restart the loader")
    left = (await town.ana.command("/incident", "actions", room)).message
    assert left is not None
    await town.ana.click(left, "Assign")
    await town.ana.submit(await town.ana.opened_view(), {"Who does it": town.tec})
    await direct(town, town.tec, "gave you an action item of INC-1: test the sign")
    assert [one.open for one in (await incident(town)).todos] == [True, False, False, False]


async def test_where_people_talk_and_what_was_before(town: Living, room: Channel) -> None:
    assert "No call is linked" in await typed(town.ana, "call", room)
    assert "That is no address of a call" in await typed(town.ana, "call me maybe", room)
    assert "on the card" in await typed(town.ana, "call https://meet.example.com/abc", room)
    card = await shows(town, room, "*Call* https://meet.example.com/abc")
    assert card.ts in {m.ts for m in town.slack.pinned(room)}

    await typed(town.zoe, "declare P3 orders mart is stale again")
    await typed(town.zoe, "drill P2 orders mart is stale")
    similar = await typed(town.ana, "similar", room)
    assert "INC-2" in similar
    assert "INC-3" not in similar
    assert "P1 · orders mart is stale" in await typed(town.max, "show INC-1")
    assert "*primary* Ana" in await typed(town.max, "oncall")
    assert "2 incidents: 1 P1, 1 P3" in await typed(town.max, "metrics 7d")


async def test_a_drill_is_marked_everywhere_and_told_to_nobody_outside(town: Living) -> None:
    assert "Drill: orders mart is stale" in await typed(town.zoe, "drill P1 orders mart is stale")
    room = await town.incident()
    assert room.name.startswith("inc-1-drill-orders")
    await shows(town, room, "Drill: orders mart is stale")
    await typed(town.ana, "impact do not use revenue", room)
    await quiet(town)
    assert not [m for m in town.slack.messages("data-stakeholders") if "revenue" in m.text]
    assert (await incident(town)).management_to == ()
    assert [m.text for m in town.dir.dms()] == []
