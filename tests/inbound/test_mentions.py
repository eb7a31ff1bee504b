"""The bot called by its name: the same verbs as the command, in channels, in threads and in a conversation with it."""

from __future__ import annotations

from bot.domain import fact as f
from bot.sandbox import Channel, Message
from bot.store import facts, outbox
from tests.living import Living


async def of_kind(town: Living, kind: type[f.Fact]) -> list[f.Entry]:
    await town.slack.settled()
    found = await town.bot.db.read(lambda session: facts.entries(session, 1))
    return [entry for entry in found if isinstance(entry.fact, kind)]


async def answered(town: Living, person: str, words: str, where: Channel | None = None) -> Message:
    """The private answer with these words."""

    def there() -> Message | None:
        return next((m for m in getattr(town, person).ephemerals(where) if words in m.text), None)

    return await town.slack.wait_for(there, what=words)


async def test_a_mention_is_a_command_wherever_it_is_said(town: Living, room: Channel) -> None:
    await town.ana.mention(room, "update: loader restarted by @Bea")
    assert (await answered(town, "ana", "Update saved", room)).thread_ts is None
    [update] = await of_kind(town, f.UpdatePosted)
    assert (update.by, update.fact.text, update.via) == (town.ana.id, "loader restarted by @Bea", "message")  # type: ignore[attr-defined]

    told = await town.zoe.say(room, "shall we note it?")
    await town.zoe.mention(room, "note at 00:01 the deploy ended", thread_ts=told.ts)
    assert (await answered(town, "zoe", "Noted on the timeline", room)).thread_ts == told.ts

    await town.zoe.mention(room, "resolve reverted the deploy")
    button = await answered(town, "zoe", "needs a form", room)
    await town.zoe.click(button, "Open the form")
    form = await town.zoe.opened_view()
    assert "reverted the deploy" in str(form.blocks)

    await town.zoe.say(room, "ask @Sitrep, not me")
    await town.slack.settled()
    assert len(await of_kind(town, f.NoteAdded)) == 1


async def test_a_mention_elsewhere_is_about_the_incident_it_names_or_stands_under(town: Living, room: Channel) -> None:
    slots = await town.bot.db.read(lambda session: outbox.slots(session, 1, ("notice",)))
    announced = slots["notice"]
    await town.zoe.mention(town.slack.ws.channels[announced.channel], "note seen in finance", thread_ts=announced.ts)
    await answered(town, "zoe", "Noted on the timeline of INC-1")
    await town.zoe.mention("incidents", "ack")
    which = await answered(town, "zoe", "Which incident?")
    await town.zoe.click(which, "INC-1 · P1 · orders mart is stale")
    await town.zoe.mention("incidents", "orders are stale")
    await answered(town, "zoe", "is no command of mine")
    await town.max.say(town.max.dm, "@Sitrep INC-1 note from the train")
    await town.slack.wait_for(lambda: [m for m in town.max.dms() if "Noted on the timeline of INC-1" in m.text])
    assert [e.by for e in await of_kind(town, f.NoteAdded)] == [town.zoe.id, town.max.id]


async def test_a_message_is_sent_as_the_update_once_with_its_author_named(town: Living, room: Channel) -> None:
    message = await town.zoe.say(room, "backlog is gone")
    await town.ana.react(message, "mega")
    await town.slack.wait_for(lambda: [m for m in town.slack.messages(room) if "in the words of Zoe" in m.text])
    [said] = [m for m in town.slack.messages(room) if "in the words of Zoe" in m.text]
    await town.max.react(said, "mega")
    await town.max.message_shortcut("Send as update", message)
    await answered(town, "max", "already sent as an update", room)
    [update] = await of_kind(town, f.UpdatePosted)
    assert (update.by, update.fact.author) == (town.ana.id, town.zoe.id)  # type: ignore[attr-defined]
