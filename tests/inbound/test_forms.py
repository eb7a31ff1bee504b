"""Forms: saved and closed, or shown again with a sentence where it belongs; sent twice, recorded once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.sandbox import Channel, View
from bot.sandbox import Person as Human
from bot.store import facts, people
from bot.store.people import Person
from bot.store.session import NotSaved, Work
from tests.living import Living


async def opened(town: Living, person: Human, text: str, where: Channel | str = "general") -> View:
    ack = await person.command("/incident", text, where)
    assert ack.ok
    return await person.opened_view()


async def entries(town: Living) -> list[str]:
    found = await town.bot.db.read(lambda session: facts.entries(session, 1))
    return [entry.fact.kind for entry in found if entry.by]


async def told(town: Living, person: Human, words: str) -> str:
    found = await town.slack.wait_for(lambda: [m.text for m in person.ephemerals() if words in m.text], what=words)
    return found[-1]


async def test_a_declaration_by_form_is_saved_and_told_where_it_was_asked_for(town: Living) -> None:
    view = await opened(town, town.zoe, "declare P1")
    ack = await town.zoe.submit(view, {"Title": "orders mart is stale", "What is affected": "orders_mart"})
    assert ack.ok
    assert ack.payload is None, "the acknowledgement that closes a form is empty"
    assert not view.open
    assert "INC-1 is saved: P1" in await told(town, town.zoe, "INC-1 is saved")
    channel = await town.incident()
    await told(town, town.zoe, f"<#{channel.id}>")


async def test_a_declaration_from_nowhere_is_answered_directly(town: Living) -> None:
    await town.zoe.global_shortcut("Declare an incident")
    await town.zoe.submit(await town.zoe.opened_view(), {"Title": "orders mart is stale"})
    await town.slack.wait_for(lambda: [m for m in town.zoe.dms() if "INC-1 is saved" in m.text])


async def test_a_form_sent_twice_is_recorded_once(town: Living) -> None:
    view = await opened(town, town.zoe, "declare")
    await town.zoe.submit(view, {"Title": "orders mart is stale"})
    [reply] = await town.slack.redeliver(1, "view_submission")
    assert reply.ok
    await town.incident()
    assert (await town.zoe.command("/incident", "list all", "general")).text.count("INC-") == 1


async def test_a_refusal_stands_under_its_field_and_nothing_typed_is_lost(town: Living, room: Channel) -> None:
    view = await opened(town, town.bea, "resolve", room)
    ack = await town.bea.submit(view, {"State of the data": "repaired", "Fix applied": "\u2003", "Root cause": "disk"})
    assert list(ack.errors) == ["fix"]
    assert "so that the next person knows" in ack.errors["fix"]
    assert view.open
    ack = await town.bea.submit(view, {"Fix applied": "reverted the deploy"})
    assert not ack.errors
    assert "resolved" in await entries(town)


async def test_empty_titles_are_refused_in_place(town: Living) -> None:
    view = await opened(town, town.zoe, "declare")
    ack = await town.zoe.submit(view, {"Title": "\u2003 "})
    assert "title" in ack.errors
    assert "what is wrong" in ack.errors["title"]


async def test_an_update_form_serves_the_impact_too(town: Living, room: Channel) -> None:
    view = await opened(town, town.bea, "update", room)
    await town.bea.submit(view, {"What changed": "loader restarted", "impact": "figures are off", "data": "suspect"})
    assert {"update_posted", "impact_stated"} <= set(await entries(town))
    await told(town, town.bea, "Update saved")


async def test_snoozing_by_form(town: Living, room: Channel) -> None:
    view = await opened(town, town.bea, "snooze vendor is on it", room)
    ack = await town.bea.submit(view, {"Snooze for": "10m"})
    assert not ack.errors
    assert "vendor is on it" in str(await town.bot.db.read(lambda session: facts.entries(session, 1)))


async def test_low_severities_close_with_resolving(town: Living, room: Channel) -> None:
    await town.bea.command("/incident", "severity p4 it was a dashboard", room)
    view = await opened(town, town.bea, "resolve reverted", room)
    await town.bea.submit(view, {"State of the data": "repaired", "close_too": ["yes"]})
    assert {"resolved", "closed"} <= set(await entries(town))


async def test_closing_without_a_tick_needs_a_reason(town: Living, room: Channel) -> None:
    await town.bea.submit(await opened(town, town.bea, "resolve reverted", room), {"State of the data": "repaired"})
    view = await opened(town, town.bea, "close", room)
    ack = await town.bea.submit(view)
    assert list(ack.errors) == ["reason"]
    assert not (await town.bea.submit(view, {"reason": "nothing to work around"})).errors
    assert "closed" in await entries(town)


async def test_a_form_about_an_incident_that_ended_meanwhile(town: Living, room: Channel) -> None:
    view = await opened(town, town.bea, "update", room)
    await town.ana.command("/incident", "cancel expected a migration", room)
    ack = await town.bea.submit(view, {"What changed": "loader restarted"})
    assert "is cancelled" in next(iter(ack.errors.values()))
    assert view.open


async def test_a_form_of_another_version_says_so(town: Living, room: Channel) -> None:
    view = await opened(town, town.bea, "update", room)
    view.definition |= {"callback_id": "invented_yesterday", "private_metadata": "from long ago"}
    ack = await town.bea.submit(view, {"What changed": "loader restarted"})
    assert "another version of me" in next(iter(ack.errors.values()))
    view.definition["blocks"], view.state = [], {}
    assert (await town.bea.submit(view)).ok, "without a field there is no place for a sentence in the form"
    there = town.slack.messages
    await town.slack.wait_for(lambda: [m for m in there(town.bea.dm) if "another version of me" in m.text])


async def test_a_database_that_fails_leaves_the_form_open(
    town: Living, room: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await opened(town, town.bea, "update", room)

    really = town.bot.db.run

    async def full(work: Work[object], *, door: bool = True) -> object:
        if not door:
            return await really(work, door=False)
        raise NotSaved("Not saved: the disk is full.")

    monkeypatch.setattr(town.bot.db, "run", full)
    ack = await town.bea.submit(view, {"What changed": "loader restarted"})
    monkeypatch.undo()
    assert "the disk is full" in next(iter(ack.errors.values()))
    assert view.open


async def test_an_app_cannot_own_a_postmortem(town: Living, room: Channel) -> None:
    robot = Person(id=town.slack.bot_user_id, name="Sitrep", bot=True, fetched_at=datetime.now(UTC))
    await town.bot.db.run(lambda session: people.put(session, robot))
    view = await opened(town, town.bea, "resolve reverted", room)
    view.state["postmortem_owner"]["postmortem_owner"]["selected_user"] = town.slack.bot_user_id
    ack = await town.bea.submit(view, {"State of the data": "repaired"})
    assert "postmortem_owner" in ack.errors
