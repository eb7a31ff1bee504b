"""How bad it is and of what kind, lived through: asked for, declined, accepted, judged, filed, and moved to staging."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Channel, Message, Person
from tests.living import CONFIG, Living, living
from tests.scenarios.world import COMMAND, MORNING, Clock, at, entries, incident, kinds, quiet, said, shows, told, typed


def read(person: Person, message: Message) -> str:
    return "\n".join(person.screen.message(message))


async def everybody_in(town: Living) -> Channel:
    """The channel of INC-1, once the bot has said and invited what it had to; the others come by themselves."""
    room = await town.incident()
    await quiet(town)
    for person in town.people.values():
        if person.id not in room.members:
            await person.join(room)
    return room


async def standing(town: Living, room: Channel, words: str) -> Message:
    """The message in the channel, once it reads like this."""
    found = await town.slack.wait_for(lambda: said(town, room, words), 10, what=words)
    return found[-1]


async def test_a_severity_that_is_asked_for_is_decided_by_those_who_may(slow: Living, clock: Clock) -> None:
    town = slow
    await town.zoe.command(COMMAND, "declare P3 orders mart is stale", "general")
    room = await everybody_in(town)
    await typed(town.ana, "ack", room)

    # Max is nobody's: his P1 is a question to whoever is there, not an answer
    assert "You asked for P1" in await typed(town.max, "P1", room)
    asked = await standing(town, room, "Max asks for P1")
    assert f"<@{town.ana.id}>" in asked.text, "nobody leads a P3, so whoever responds is asked"
    assert "[Accept] [Decline]" in read(town.ana, asked)
    assert "waits for an answer" in await typed(town.max, "severity P1 the board meets at nine", room)
    assert (await incident(town)).severity == "P3"

    await town.max.click(asked, "Accept")
    await told(town, town.max, "you cannot answer this")
    await town.ana.click(asked, "Decline")
    await told(town, town.ana, "INC-1 stays P3")
    await standing(town, room, "Ana declined P1, which Max had asked for")
    assert "[Accept]" not in read(town.ana, asked)
    assert len(said(town, room, "asks for P1")) == 0, "what is answered does not ask any more"
    await town.slack.wait_for(lambda: [m for m in town.max.dms() if "declined P1" in m.text], what="word to Max")

    # asked again and accepted: re-graded, its requester told, the roles of a P2 filled
    await typed(town.max, "severity P2 three teams are waiting", room)
    again = await standing(town, room, "Max asks for P2")
    assert "three teams are waiting" in again.text
    await town.car.click(again, "Accept")
    await told(town, town.car, "INC-1 is P2 now")
    await standing(town, room, "Car made it P2, as Max had asked")
    await town.slack.wait_for(lambda: [m for m in town.max.dms() if "made INC-1 P2" in m.text], what="word to Max")
    held = await incident(town)
    assert (held.severity, held.roles["incident-manager"]) == ("P2", town.bea.id)
    await town.ana.click(again, "Accept") if "[Accept]" in read(town.ana, again) else None

    # what is still asked for when it ends is asked no more
    await typed(town.max, "severity P1 it spreads", room)
    open_one = await standing(town, room, "Max asks for P1")
    await typed(town.bea, "cancel expected a planned load", room)
    await standing(town, room, "nobody had answered when INC-1 ended")
    assert "[Accept]" not in read(town.bea, open_one)


@pytest.fixture
async def guarded(sqlite_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Living]:
    """A town whose security team is Max."""
    config = CONFIG.replace("directory:\n", "directory:\n  security: [U0MAX]\n")
    async with living(sqlite_url, tmp_path, config=config, environ=clock.environ) as town:
        await clock.go(MORNING)
        yield town


async def test_kind_place_and_judged_impact(guarded: Living, clock: Clock) -> None:
    town = guarded
    await town.zoe.command(COMMAND, "", "general")
    form = await town.zoe.opened_view()
    filled = {"Title": "Odd logins", "Severity": "P2", "Category": ["Security", "Infrastructure"]}
    ack = await town.zoe.submit(form, filled)
    assert ack.ok
    assert not ack.errors
    room = await everybody_in(town)
    assert (await incident(town)).categories == ("security", "infrastructure")
    assert "security, infrastructure" in read(town.bea, await shows(town, room, "security"))

    # a P2 calls the team of its kind at once; behind devops there is nobody, which whoever declares reads
    await town.slack.wait_for(lambda: [m for m in town.max.dms() if "needs security" in m.text], what="word to Max")
    await told(town, town.zoe, "Nobody stands behind devops")

    # filed otherwise: said what is usual, and offered in one press
    answer = await town.bea.command(COMMAND, "type infra and security", room)
    assert answer.message is not None
    for words in (
        "filed under infrastructure and security",
        "Security is typically P1",
    ):
        assert words in answer.text
    assert "[Make it P1]" in read(town.bea, answer.message)
    assert "is no category" in await typed(town.bea, "category weather", room)

    # among what is to be found out next, for everybody
    await standing(town, room, "Is it P1?")

    # the form judges; what it points to is offered to whoever judged, and nothing is re-graded by itself
    await town.bea.command(COMMAND, "impact", room)
    view = await town.bea.opened_view()
    values = {
        "What it means for those who use the data": "Nobody's figures are wrong.",
        "Business impact": "severe",
        "User impact": "limited",
    }
    assert not (await town.bea.submit(view, values)).errors
    judged = await told(town, town.bea, "business impact severe, user impact limited")
    assert "points to P1; it is P2 now" in judged.text
    assert (await incident(town)).severity == "P2"
    await town.bea.click(judged, "Make it P1")
    await told(town, town.bea, "INC-1 is P1 now")
    last = (await entries(town))[-1]
    assert "severity_changed" in await kinds(town), last

    # the team for its kind is called by name; the ladder stays where it is
    assert "security is asked now: Max" in await typed(town.bea, "escalate security somebody who reads the logs", room)
    called = await standing(town, room, "somebody who reads the logs")
    assert f"<@{town.max.id}>" in called.text
    wanted = "somebody who reads the logs"
    await town.slack.wait_for(lambda: [m for m in town.max.dms() if wanted in m.text], what="word to Max")

    # staging: the promises of a P2 in working hours, and the small print says by whose rule
    assert "INC-1 is in staging now" in await typed(town.bea, "environment stag", room)
    await clock.go(at(1))
    [moved] = said(town, room, "Staging, was production · P1")
    assert "In staging P1 has the promises of P2 (environment staging: house)" in moved.text
    promises = await typed(town.bea, "promises", room)
    assert "self-healing-pipeline § updates.P2, environment staging (house)" in promises
    assert "no environment. self-healing-pipeline has production, staging, development" in await typed(
        town.bea, "environment moon", room
    )
    await quiet(town)
