"""Rule 11: what people write is read once into plain words and drawn escaped: it is kept, and it rings nobody."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.fact import Fact, MarkedMessageEdited, MessageMarked
from bot.sandbox import Channel
from tests.living import Living
from tests.scenarios.world import COMMAND, Clock, at, entries, incident, kinds, quiet, said, typed

LOUD = (
    "<!channel> <!here> <!everyone> <!subteam^S0001> <@U0MAX> *b* _i_ `c` ~s~ <https://evil.example|safe> & < > :tada:"
)
BROKEN = "a\x00b \ud800 c \udfff d\x07e"
KEPT = "ab \ufffd c \ufffd de"
SHOUTED = ("channel", "here", "everyone", "subteam")


def rung(town: Living) -> list[tuple[str, str, str]]:
    """Whoever was rung by what people wrote: Max is never asked for anything, and the bot shouts at nobody here."""
    loud = [p for p in town.slack.pings() if p.why in SHOUTED or (p.user == town.max.id and p.why == "mention")]
    return [(p.user, p.why, p.message.text) for p in loud]


async def by_command(town: Living, room: Channel, verb: str, text: str) -> None:
    assert (await town.bea.command(COMMAND, f"{verb} {text}", room)).ok


async def by_form(town: Living, room: Channel, verb: str, values: dict[str, Any]) -> None:
    await town.bea.command(COMMAND, verb, room)
    ack = await town.bea.submit(await town.bea.opened_view(), values)
    assert (ack.error, ack.errors, ack.view) == (None, {}, None)


async def words(town: Living, kind: str) -> list[dict[str, Any]]:
    """What people said in the facts of a kind."""
    found: list[Fact] = [e.fact for e in await entries(town) if e.fact.kind == kind]
    return [{name: getattr(fact, name) for name in fact.prose_fields()} for fact in found]


async def test_loud_text_in_every_field_of_every_form_is_kept_and_rings_nobody(town: Living) -> None:
    town.slack.subteam("everyone-here", [town.max])
    await town.bea.command(COMMAND, "declare", "general")
    view = await town.bea.opened_view()
    await town.bea.submit(view, {"title": LOUD, "affected": LOUD, "severity": "P1"})
    room = await town.incident()
    for person in town.people.values():
        if person.id not in room.members:
            await person.join(room)
    await by_form(town, room, "update", {"text": LOUD, "impact": LOUD})
    await by_form(town, room, "snooze", {"why": LOUD})
    await by_form(town, room, "resolve", {"fix": LOUD, "cause": LOUD, "verified": LOUD, "data": "repaired"})
    await by_form(town, room, "close", {"reason": LOUD})
    await by_form(town, room, "reopen", {"why": LOUD})
    await quiet(town)
    assert rung(town) == []
    for kind in ("declared", "update_posted", "impact_stated", "snoozed", "resolved", "closed", "reopened"):
        [said_then] = await words(town, kind)
        assert set(said_then.values()) == {LOUD}, kind
    assert (await incident(town)).title == LOUD


async def test_loud_text_in_every_command_is_kept_and_rings_nobody(town: Living, room: Channel) -> None:
    before = len(town.slack.pings())
    commands = {
        "update": "update_posted",
        "impact": "impact_stated",
        "note": "note_added",
        "severity P2": "severity_changed",
        "snooze 10m": "snoozed",
        "cancel duplicate": "cancelled",
        "reopen": "reopened",
    }
    for verb, kind in commands.items():
        await by_command(town, room, verb, LOUD)
        [said_then] = await words(town, kind)
        assert LOUD in said_then.values(), kind
    for page in ("timeline all", "brief", "promises", "list", "", LOUD):
        assert (await town.bea.command(COMMAND, page, room)).ok
    await quiet(town)
    assert rung(town) == []
    assert len(town.slack.pings()) >= before


async def test_a_mention_that_is_meant_is_kept_as_a_name_and_rings_nobody_either(town: Living, room: Channel) -> None:
    await by_command(town, room, "update", "asked @Max about #general, see https://example.com/a?b=1&c=2")
    await quiet(town)
    [said_then] = await words(town, "update_posted")
    assert said_then["text"].lower() == "asked @max about #general, see https://example.com/a?b=1&c=2"
    assert rung(town) == []


async def test_marked_messages_are_kept_as_their_readers_saw_them(town: Living, room: Channel) -> None:
    message = await town.ana.say(room, "@channel it was @Max & <b>me</b>, see <https://x.example>")
    before = len(town.slack.pings())
    await town.bea.react(message, "pushpin")
    await town.slack.wait_for(lambda: "memo" in message.reactions)
    await town.ana.edit(message, "it was @Max & nobody <!channel>")
    await town.slack.settled()
    other = await town.car.say(room, "& then @here")
    await town.bea.message_shortcut("Add to timeline", other)
    await town.slack.wait_for(lambda: "memo" in other.reactions)
    facts = [e.fact for e in await entries(town)]
    marked = [f.text.lower() for f in facts if isinstance(f, MessageMarked)]
    edited = [f.text.lower() for f in facts if isinstance(f, MarkedMessageEdited)]
    assert marked == ["@channel it was @max & <b>me</b>, see <https://x.example>", "& then @here"]
    assert edited == ["it was @max & nobody <!channel>"]
    assert (await town.bea.command(COMMAND, "timeline all", room)).ok
    await quiet(town)
    own = [p for p in town.slack.pings()[before:] if p.message.user == town.slack.bot_user_id and p.why in SHOUTED]
    assert own == []


async def test_the_closing_summary_and_its_file_ring_nobody(town: Living, room: Channel) -> None:
    message = await town.ana.say(room, "@channel look")
    await town.bea.react(message, "star")
    await town.slack.wait_for(lambda: "memo" in message.reactions)
    await by_command(town, room, "note", LOUD)
    await by_form(town, room, "resolve", {"fix": LOUD, "data": "repaired"})
    await by_form(town, room, "close", {"reason": LOUD})
    await quiet(town)
    own = [p for p in town.slack.pings() if p.message.user == town.slack.bot_user_id and p.why in SHOUTED]
    assert own == []
    assert "@channel look" in town.slack.files[0].text


@pytest.mark.parametrize("door", ["command", "form", "event"])
async def test_nul_and_lone_surrogates_are_cleaned_at_every_door(town: Living, room: Channel, door: str) -> None:
    if door == "command":
        await by_command(town, room, "update", BROKEN)
    elif door == "form":
        await by_form(town, room, "update", {"text": BROKEN})
    else:
        [direct] = [m for m in town.ana.dms() if "orders mart" in m.text][:1]
        assert direct is not None
        await town.ana.say(town.ana.dm, BROKEN)
        await town.slack.wait_for(lambda: said(town, room, ":* ab"), 10)
    await quiet(town)
    [said_then] = await words(town, "update_posted")
    assert said_then["text"] == KEPT
    assert said(town, room, KEPT)


async def test_in_what_is_declared_too(town: Living) -> None:
    await town.bea.command(COMMAND, f"declare P1 {BROKEN}", "general")
    await town.incident()
    assert (await incident(town)).title == KEPT


@pytest.mark.parametrize(
    "title", ["\U0001f525" * 30, "注文マートが古い", "x" * 3000, "\u202eevil\u200b", "a\nb\r\nc\tand d"]
)
async def test_titles_of_every_sort_get_a_channel_and_a_card(town: Living, title: str) -> None:
    await town.bea.command(COMMAND, "declare", "general")
    ack = await town.bea.submit(await town.bea.opened_view(), {"title": title, "severity": "P1"})
    assert ack.errors == {}
    room = await town.incident()
    await quiet(town)
    assert len(town.slack.pinned(room)) == 1
    assert "".join((await incident(town)).title.split()) == "".join(title.split())


@pytest.mark.parametrize("title", ["", "   ", "\u2003", "\x00", "\u200b\u2060\u202e\u3164"])
async def test_nothing_is_no_title(town: Living, title: str) -> None:
    await town.bea.command(COMMAND, "declare", "general")
    view = await town.bea.opened_view()
    view.state["title"]["title"] = {"type": "plain_text_input", "value": title or None}
    ack = await town.bea._ask(_submission(town, view))
    assert (ack.payload or {}).get("errors"), "refused under the field"
    assert "INC-" not in await typed(town.bea, "list")


def _submission(town: Living, view: Any) -> Any:
    """As a client without Slack's own check would send it."""
    from bot.sandbox import interactions  # only here: no person can do this

    return interactions.view_submission(town.slack.ws, town.bea.user, view)


async def test_reminders_of_a_loud_incident_ring_only_who_is_asked(slow: Living, clock: Clock) -> None:
    await slow.bea.command(COMMAND, f"declare P1 {LOUD}", "general")
    room = await slow.incident()
    await clock.go(at(20))
    assert (await kinds(slow)).count("asked") > 3
    assert rung(slow) == []
    assert "channel" in room.topic
