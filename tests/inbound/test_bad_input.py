"""Whatever comes in gets a sentence, and nothing that was typed is lost."""

from __future__ import annotations

import asyncio
import threading

import pytest
from structlog.testing import capture_logs

from bot.domain import fact as f
from bot.sandbox import Channel, Message, Person
from bot.store import facts
from bot.store.session import NotSaved, Work
from bot.usecases import act
from tests.living import Living


async def answer(person: Person, text: str, where: Channel | str = "general") -> Message:
    ack = await person.command("/incident", text, where)
    assert ack.ok, ack.error
    assert ack.message is not None, f"no answer to {text!r}"
    return ack.message


async def titles(town: Living) -> list[str]:
    found = await town.bot.db.read(lambda session: [facts.entries(session, n)[0].fact for n in (1, 2, 3, 4)])
    return [fact.title for fact in found if isinstance(fact, f.Declared)]


async def private_channel(town: Living, person: Person, title: str) -> Channel:
    await person.command("/incident", "declare", "general")
    await person.submit(await person.opened_view(), {"Title": title, "private": ["yes"]})
    return await town.incident()


async def test_titles_of_every_kind_are_kept(town: Living) -> None:
    typed = ["x" * 3000, "🔥🔥🔥", "数据延迟 数据延迟", "NUL \0 and half a \ud83d; <!channel> *bold* <@U0ZOE> `x` & co"]
    for number, title in enumerate(typed, 1):
        assert f"INC-{number} is saved" in (await answer(town.zoe, f"declare P3 {title}")).text
    for number in range(1, 5):
        await town.incident(number)
    kept = await titles(town)
    assert kept[:3] == typed[:3]
    assert kept[3] == "NUL and half a \ufffd; <!channel> *bold* <@U0ZOE> `x` & co"
    assert [ping for ping in town.slack.pings(town.max) if "NUL" in ping.message.text] == [], "no title calls anybody"


async def test_outside_an_incident_everything_is_answered(town: Living) -> None:
    answers = {
        "declare P9 orders mart is stale": "no severity of",
        "ack": "none is open",
        "ack INC-12": "There is no INC-12",
        "list everything": "three lists",
        "help flibber": "declare",
        "🔥": "Declare",
        "?": "Declare",
        "flibber flabber": "flibber flabber",
    }
    for text, told in answers.items():
        message = await answer(town.zoe, text)
        assert told in message.text + str(message.blocks), text


async def test_inside_an_incident_everything_is_answered(town: Living, room: Channel) -> None:
    refusals = {
        "severity": "Which severity",
        "severity enormous": "no severity of",
        "phase dancing": "no phase of",
        "phase": "Which phase",
        "category": "Which category",
        "type weather": "no category of",
        "environment": "Which environment",
        "approve": "No plan waits",
        "reject": "No plan waits",
        "propose go ahead": "No plan waits",
        "note": "/incident note",
        "cancel": "false alarm",
        "ack @Zoe": "for themselves",
        "close": "not resolved yet",
    }
    for text, told in refusals.items():
        assert told in (await answer(town.bea, text, room)).text, text


async def test_a_long_text_that_is_refused_is_given_back(town: Living) -> None:
    story = "the loader stopped at six and nobody noticed until the meeting at nine"
    message = await answer(town.zoe, f"ack INC-9 {story}")
    assert story in message.text + str(message.blocks)


async def test_guests_are_refused_in_a_sentence(town: Living, room: Channel) -> None:
    for gil in (town.slack.person("Gil", guest=True), town.slack.person("Gus", single_channel_guest=True)):
        room.members.append(gil.id)
        assert "Guests" in (await answer(gil, "p1 orders stale", room)).text
        await gil.click(town.slack.pinned(room)[0], "Catch me up")
        refused = await town.slack.wait_for(lambda: gil.ephemerals(room)[1:])  # noqa: B023 - called here and now
        assert "Guests" in refused[0].text


async def test_people_of_other_workspaces_are_refused(town: Living, room: Channel) -> None:
    eve = town.slack.person("Eve", stranger=True)
    room.members.append(eve.id)
    await eve.click(town.slack.pinned(room)[0], "Catch me up")
    refused = await town.slack.wait_for(lambda: eve.ephemerals(room))
    assert "another workspace" in refused[0].text


async def test_a_private_incident_does_not_exist_for_others(town: Living) -> None:
    room = await private_channel(town, town.bea, "salaries leaked")
    assert room.kind == "private"
    assert (await answer(town.zoe, "ack INC-1")).text == (await answer(town.zoe, "ack INC-2")).text.replace("2", "1")
    for text in ("list", "list all", "list mine", "update loader restarted"):
        message = await answer(town.zoe, text)
        assert "salaries" not in message.text + str(message.blocks), text
        assert "INC-1" not in message.text + str(message.blocks), text
    assert "salaries" in (await answer(town.bea, "list")).text
    room.members.append(town.zoe.id)
    assert "salaries" in (await answer(town.zoe, "brief", room)).text


async def test_a_bug_is_an_apology_with_the_id_the_log_has(
    town: Living, room: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(act, "decide", broken)
    with capture_logs() as logs:
        told = (await answer(town.bea, "update loader restarted", room)).text
    monkeypatch.undo()
    assert "Something broke on my side" in told
    [bug] = [line for line in logs if line["event"] == "bug" and line["id"] in told]  # others joined meanwhile
    assert isinstance(bug["exc_info"], ZeroDivisionError)


async def test_what_is_not_saved_is_said_and_given_back(
    town: Living, room: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = town.bot.db.run

    async def full(work: Work[object], *, door: bool = True) -> object:
        if not door:
            return await really(work, door=False)
        raise NotSaved("Not saved: the database cannot be used (disk full). Nothing was changed.")

    monkeypatch.setattr(town.bot.db, "run", full)
    story = "the loader was restarted and the backlog is shrinking since nine"
    message = await answer(town.bea, f"update {story}", room)
    monkeypatch.undo()
    assert message.text.count("Not saved") == 1
    assert story in str(message.blocks)


async def test_a_slow_database_is_not_lied_about(town: Living, room: Channel) -> None:
    """Three answers: here nobody can say yet; the result follows."""
    town.slack.timing.ack = 10
    entered, gate = threading.Event(), threading.Event()

    def occupied(_: object) -> bool:
        entered.set()
        return gate.wait(20)

    busy = asyncio.create_task(town.bot.db.run(occupied, door=False))
    assert await asyncio.to_thread(entered.wait, 20)
    told = await answer(town.bea, "update loader restarted", room)
    assert "cannot say yet" in told.text
    gate.set()
    assert await busy
    late = await town.slack.wait_for(lambda: [m for m in town.bea.ephemerals(room) if "Update saved" in m.text])
    assert len(late) == 1
