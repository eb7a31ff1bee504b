"""Rule 10: people are a cached table. Unknown and Slack slow: the first help goes through, what decides does not."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox import Call, Channel, Person
from tests.living import Living
from tests.scenarios.conftest import opened
from tests.scenarios.world import COMMAND, elsewhere, kinds, quiet, told, typed


def nobody_is_described(town: Living) -> None:
    town.slack.faults.add("users.info", "hang", times=None, seconds=3.0)


async def stranger(town: Living, room: Channel) -> Person:
    """Full member of the workspace whom the bot has never met."""
    person = town.slack.person("New")
    await person.join(room)
    return person


async def test_first_help_goes_through_while_slack_does_not_say_who_it_is(both: Living, database_url: str) -> None:
    nobody_is_described(both)
    new = both.slack.person("New")
    await new.join("general")
    ack = await new.command(COMMAND, "declare P1 orders mart is stale", "general")
    assert "INC-1 is saved" in ack.text
    room = await both.slack.wait_for(lambda: both.slack.channel_named("inc-1"), 8)
    await both.slack.wait_for(lambda: new.id in room.members, 8)
    helpful = {"update I restarted the loader": "update_posted", "note it was the disk": "note_added"}
    for text, fact in helpful.items():
        ack = await new.command(COMMAND, text, room)
        assert ack.ok
        assert fact in await elsewhere(database_url), text
    late = both.slack.person("Late", id="U0LATE")
    await late.join(room)
    assert "on call" in await typed(late, "ack", room), "an ack is heard, whoever it is"


async def test_on_call_and_unknown_acknowledges_all_the_same(town: Living) -> None:
    """Ana is on call; the bot has forgotten who she is, and Slack does not say."""
    room = await opened(town)
    await town.bot.db.run(lambda session: session.conn.exec_driver_sql("DELETE FROM people"))
    nobody_is_described(town)
    assert "You acknowledged" in await typed(town.ana, "ack", room)


async def test_what_decides_waits_until_the_caller_is_known(town: Living, room: Channel) -> None:
    nobody_is_described(town)
    new = await stranger(town, room)
    before = await kinds(town)
    for text in ("severity P4", "cancel false alarm", "snooze 30m lunch", "phase monitoring", "reopen it is back"):
        assert "who you are" in await typed(new, text, room), text
    assert [kind for kind in await kinds(town) if kind != "joined"] == [kind for kind in before if kind != "joined"]
    town.slack.faults.clear()


async def test_who_was_let_in_unchecked_is_checked_afterwards(
    town: Living, room: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    guest = town.slack.person("Guest", guest=True)
    room.members.append(guest.id)
    town.slack.faults.add("users.info", "delay", seconds=1.0, match={"user": guest.id})
    assert "saved" in await typed(guest, "update I restarted it", room)
    await town.slack.wait_for(
        lambda: [c for c in town.slack.calls_of("users.info") if c.args.get("user") == guest.id and c.ended], 5
    )
    assert "Guests cannot" in await typed(guest, "update again", room)
    assert (await kinds(town)).count("update_posted") == 1
    visitor = town.slack.person("Visitor", guest=True)
    room.members.append(visitor.id)
    town.slack.faults.add("users.info", "502", match={"user": visitor.id})  # which is no slower than an answer
    assert "saved" in await typed(visitor, "update I restarted it too", room)
    await typed(town.bea, "list", room)
    assert any("let_in_unchecked" in line and visitor.id in line for line in capsys.readouterr().out.splitlines())


async def test_guests_strangers_and_the_gone_are_refused_by_every_door(town: Living, room: Channel) -> None:
    people = {
        "Guests cannot": town.slack.person("Guest", guest=True),
        "another workspace": town.slack.person("Foreign", id="U0FOREIGN"),
    }
    people["another workspace"].user.team_id = "T0OTHER"
    before = await kinds(town)
    for why, person in people.items():
        room.members.append(person.id)
        for text in ("ack", "update hello", "p2", "declare P1 it broke", "note hello", "list"):
            assert why in await typed(person, text, room), text
        card = town.slack.pinned(room)[0]
        await person.click(card, "Acknowledge")
        await told(town, person, why)
        await person.react(card, "eyes")
    await town.slack.settled()
    assert await kinds(town) == before


def described(town: Living, person: Person) -> list[Call]:
    """The calls in which Slack said who this is."""
    return [c for c in town.slack.calls_of("users.info") if c.args.get("user") == person.id and c.ended]


async def test_a_change_in_slack_counts_at_once(town: Living, room: Channel) -> None:
    assert "saved" in await typed(town.max, "update hello", room)
    before = len(described(town, town.max))
    town.max.change(guest=True)
    await town.slack.wait_for(lambda: len(described(town, town.max)) > before)
    await refused(town, town.max, room)


async def refused(town: Living, guest: Person, room: Channel) -> None:
    """Until what Slack said of them is written down."""
    async with asyncio.timeout(5):
        while "Guests cannot" not in await typed(guest, "note hello", room):
            await quiet(town)


async def test_a_change_while_the_older_answer_is_on_its_way_counts(town: Living, room: Channel) -> None:
    new = town.slack.person("New")
    room.members.append(new.id)
    town.slack.faults.add("users.info", "delay", seconds=0.8, match={"user": new.id})
    assert "saved" in await typed(new, "update hello", room)
    new.change(guest=True)
    await town.slack.wait_for(lambda: described(town, new))
    await refused(town, new, room)


async def test_a_slow_users_info_does_not_hold_up_the_channel(town: Living) -> None:
    await town.bot.db.run(lambda session: session.conn.exec_driver_sql("DELETE FROM people"))
    town.slack.faults.add("users.info", "hang", times=None, seconds=3.0)
    await typed(town.zoe, "declare P1 orders mart is stale")
    await town.slack.wait_for(
        lambda: town.slack.channel_named("inc-1") and town.slack.pinned(town.slack.find("inc-1-orders-mart-is-stale")),
        6,
    )
    create = next(c for c in town.slack.calls_of("conversations.create") if c.args["name"].startswith("inc-"))
    invite = next(c for c in town.slack.calls_of("conversations.invite"))
    assert invite.started - (create.ended or 0) < 2.5, "nobody's name is waited for longer than two seconds"
