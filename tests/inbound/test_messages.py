"""Messages people write: talking is a sign of life, an answer to a reminder is an update, the rest is not kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context
from bot.inbound.replies import answering
from bot.sandbox import Channel
from bot.store import facts, incidents, outbox
from tests.builders import default_protocol
from tests.living import Living


async def of_kind(town: Living, kind: type[f.Fact]) -> list[f.Entry]:
    await town.slack.settled()
    found = await town.bot.db.read(lambda session: facts.entries(session, 1))
    return [entry for entry in found if isinstance(entry.fact, kind)]


async def posted_reminder(town: Living) -> str:
    """The ts of the page in the channel, once the bot itself knows it."""
    async with asyncio.timeout(10):
        while True:
            slots = await town.bot.db.read(lambda session: outbox.slots(session, 1))
            found = [slot.ts for name, slot in slots.items() if name.startswith("ask-") and slot.ts]
            if found:
                return found[0]
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("loader restarted", r.PostUpdate("loader restarted")),
        ("cancel all backfills, they fail", r.PostUpdate("cancel all backfills, they fail")),
        ("done", r.PostUpdate("done")),
        ("monitoring", r.PostUpdate("monitoring")),
        ("p1", r.PostUpdate("p1")),
        ("update loader restarted", r.PostUpdate("loader restarted")),
        ("ack, looking at it", r.PostUpdate("ack, looking at it")),
        ("on it", r.Acknowledge(take=True)),
        ("no change", r.PostUpdate("", no_change=True)),
        ("No change yet pls", r.PostUpdate("", no_change=True)),
        ("snooze 10m lunch", r.SnoozeAsking(timedelta(minutes=10), "lunch")),
    ],
)
def test_an_answer_to_a_reminder_is_an_update_unless_it_is_plainly_another_word(text: str, meant: r.Request) -> None:
    context = Context(default_protocol(), datetime(2026, 11, 20, tzinfo=UTC))
    assert answering(text, 12, context).intent == meant


@pytest.mark.parametrize(
    ("text", "owed", "meant"),
    [
        ("yes", {"acknowledge"}, r.Acknowledge(take=True)),
        ("On my way!", {"acknowledge"}, r.Acknowledge(take=True)),
        ("Yep.", {"triage"}, r.Confirm()),
        ("p3: only staging", {"triage", "impact"}, r.ChangeSeverity("p3", "only staging")),
        ("P3", {"triage"}, r.ChangeSeverity("P3")),
        ("P3 tables are left", {"triage", "update"}, r.PostUpdate("P3 tables are left")),
        ("yes, it is the loader", {"triage"}, r.PostUpdate("yes, it is the loader")),
        ("no", {"triage"}, "Which severity is it"),
        ("yes", {"update"}, "says nothing about the incident"),
        ("thanks!", set(), "says nothing about the incident"),
    ],
)
def test_a_word_that_answers_the_very_question_is_no_update(text: str, owed: set[str], meant: r.Request | str) -> None:
    context = Context(default_protocol(), datetime(2026, 11, 20, tzinfo=UTC))
    if isinstance(meant, str):
        with pytest.raises(BadInput, match=meant):
            answering(text, 12, context, owed)
    else:
        assert answering(text, 12, context, owed).intent == meant


async def test_talking_in_the_channel_acknowledges_for_who_is_asked_only(town: Living, room: Channel) -> None:
    await town.zoe.say(room, "what is up?")
    assert await of_kind(town, f.Acknowledged) == []
    await town.ana.say(room, "looking")
    await town.ana.say(room, "it is the loader")
    [acknowledged] = await of_kind(town, f.Acknowledged)
    assert (acknowledged.by, acknowledged.via) == (town.ana.id, "message")


async def test_what_people_say_is_not_kept(town: Living, room: Channel) -> None:
    await town.ana.say(room, "a secret")
    await town.slack.settled()
    assert "a secret" not in str(await town.bot.db.read(lambda session: facts.entries(session, 1)))


async def test_the_page_is_answered_from_the_lock_screen(town: Living, room: Channel) -> None:
    await town.slack.wait_for(town.ana.dms, what="the page")
    await town.ana.say(town.ana.dm, "on it")
    await town.slack.wait_for(lambda: [m for m in town.ana.dms() if "INC-1 is yours" in m.text], what="the answer")
    assert len(await of_kind(town, f.Acknowledged)) == 1


async def test_an_answer_in_the_reminders_thread_is_an_update(town: Living, room: Channel) -> None:
    reminder = await posted_reminder(town)
    await town.ana.say(room, "loader restarted by @Bea", thread_ts=reminder)
    await town.slack.wait_for(lambda: [m for m in town.ana.ephemerals(room) if "Update saved" in m.text])
    [update] = await of_kind(town, f.UpdatePosted)
    assert update.fact.text == "loader restarted by @Bea"  # type: ignore[attr-defined]
    await town.ana.say(room, "thanks", thread_ts=reminder)
    assert len(await of_kind(town, f.UpdatePosted)) == 1


async def test_the_conversation_with_the_bot_takes_commands_too(town: Living, room: Channel) -> None:
    await town.zoe.say(town.zoe.dm, "list")
    await town.slack.wait_for(lambda: [m for m in town.zoe.dms() if "INC-1" in m.text])
    await town.zoe.say(town.zoe.dm, "declare")
    await town.slack.wait_for(lambda: [m for m in town.zoe.dms() if "needs a form" in m.text])
    await town.zoe.say(town.zoe.dm, "good morning")
    await town.slack.wait_for(lambda: [m for m in town.zoe.dms() if "good morning" in m.text and m.user != town.zoe.id])


async def test_in_the_conversation_with_the_bot_the_one_incident_is_meant(town: Living, room: Channel) -> None:
    await town.tec.say(town.tec.dm, "on it")
    await town.slack.wait_for(lambda: [m for m in town.tec.dms() if "INC-1 is yours" in m.text])
    await town.tec.say(town.tec.dm, "no change")
    await town.slack.wait_for(lambda: [m for m in town.tec.dms() if "no change. Only the card" in m.text])
    await town.zoe.command("/incident", "declare P3 printer is out of paper", "general")
    await town.incident(2)
    await town.max.say(town.max.dm, "ack")
    which = await town.slack.wait_for(lambda: [m for m in town.max.dms() if "Which incident?" in m.text])
    assert "This channel" not in which[-1].text


async def test_who_is_called_up_the_ladder_comes_and_nobody_loses_a_role_by_it(town: Living, room: Channel) -> None:
    await town.ana.command("/incident", "ack", room)
    await town.ana.command("/incident", "escalate somebody who knows Kafka", room)
    await town.slack.wait_for(lambda: [m for m in town.tec.dms() if "level 2" in m.text], what="the call")
    await town.tec.say(town.tec.dm, "on it")
    answer = await town.slack.wait_for(lambda: [m for m in town.tec.dms() if "you are here" in m.text])
    assert "Ana is working on it" in answer[-1].text
    incident = await town.bot.db.read(lambda session: incidents.load(session, 1))
    assert incident is not None
    assert (incident.responder, [e.by for e in await of_kind(town, f.Heard)]) == (town.ana.id, [town.tec.id])
