from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Person, Sandbox
from tests.sandbox.probe import App, Connected, manifest


async def test_messages_edits_and_deletions(slack: Sandbox, app: App, ana: Person) -> None:
    town = slack.channel("town", [ana], bot=True)
    message = await ana.say(town, "one <b>")
    await ana.edit(message, "two")
    await ana.delete(message)
    await slack.settled()
    said, changed, deleted = [e for e in app.events("message") if e.get("subtype") != "channel_join"]
    assert (said["text"], said["user"], said["channel_type"]) == ("one &lt;b&gt;", ana.id, "channel")
    assert said["client_msg_id"]
    assert changed["subtype"] == "message_changed"
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("two", "one &lt;b&gt;")
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", message.ts)


async def test_the_app_hears_its_own_messages(slack: Sandbox, app: App, ana: Person) -> None:
    town = slack.channel("town", [ana], bot=True)
    await app.web.chat_postMessage(channel=town.id, text="mine")
    await slack.settled()
    assert app.events("message")[-1]["bot_id"] == slack.bot_id


@pytest.mark.parametrize("private", [True, False])
async def test_channels_the_app_is_not_in_are_silent(slack: Sandbox, app: App, ana: Person, private: bool) -> None:
    other = slack.channel("other", [ana], private=private)
    await ana.react(await ana.say(other, "x"), "eyes")
    await slack.settled()
    assert {r.payload["event"]["type"] for r in app.got} <= {"channel_created"}


async def test_private_and_direct_messages_have_their_own_names(slack: Sandbox, app: App, ana: Person) -> None:
    secret = slack.channel("secret", [ana], private=True, bot=True)
    await ana.say(secret, "psst")
    await ana.say(ana.dm, "hello you")
    await slack.settled()
    kinds = [e["channel_type"] for e in app.events("message") if not e.get("subtype")]
    assert kinds == ["group", "im"]


async def test_reactions(slack: Sandbox, app: App, ana: Person) -> None:
    town = slack.channel("town", [ana], bot=True)
    message = await ana.say(town, "x")
    await ana.react(message, "pushpin")
    await ana.unreact(message, "pushpin")
    await slack.settled()
    (added,), (removed,) = app.events("reaction_added"), app.events("reaction_removed")
    assert added["item"] == removed["item"] == {"type": "message", "channel": town.id, "ts": message.ts}
    assert (added["user"], added["item_user"]) == (ana.id, ana.id)


async def test_the_life_of_a_channel(slack: Sandbox, app: App, ana: Person) -> None:
    slack.unconfirmed.bot_tokens_unarchive, slack.unconfirmed.archiving_removes_app = True, False
    made = await app.web.conversations_create(name="x")
    channel = made["channel"]["id"]
    await app.web.conversations_invite(channel=channel, users=ana.id)
    await app.web.conversations_rename(channel=channel, name="y")
    await ana.leave("y")
    await app.web.conversations_archive(channel=channel)
    await app.web.conversations_unarchive(channel=channel)
    await slack.settled()
    names = [r.payload["event"]["type"] for r in app.got if r.payload["event"]["type"] != "message"]
    assert sorted(names) == sorted(
        [
            "channel_created",
            "member_joined_channel",
            "member_joined_channel",
            "channel_rename",
            "member_left_channel",
            "channel_archive",
            "channel_unarchive",
        ]
    )
    assert app.events("channel_rename")[0]["channel"]["name"] == "y"
    assert app.events("member_joined_channel")[1]["inviter"] == slack.bot_user_id


async def test_mentions_pins_people(slack: Sandbox, app: App, ana: Person) -> None:
    town = slack.channel("town", [ana], bot=True)
    asked = await ana.mention(town, "help")
    await ana.pin(asked)
    ana.change(tz="Asia/Tokyo")
    slack.person("New", announce=True)
    await slack.settled()
    assert app.events("app_mention")[0]["text"] == f"<@{slack.bot_user_id}> help"
    assert app.events("pin_added")[0]["item"]["message"]["ts"] == asked.ts
    assert app.events("user_change")[0]["user"]["tz"] == "Asia/Tokyo"
    assert app.events("team_join")[0]["user"]["real_name"] == "New"


async def test_a_mention_is_two_events_wherever_the_app_is_called(slack: Sandbox, app: App, ana: Person) -> None:
    """A message and an app_mention, each with an id of its own; not in direct messages, not where the app is not."""
    town, secret = slack.channel("town", [ana], bot=True), slack.channel("secret", [ana], private=True, bot=True)
    first = await ana.mention(town, "help")
    await ana.mention(town, "and here", first.ts)
    await ana.say(secret, "who asks @Probe?")
    await ana.mention(ana.dm, "alone")
    await ana.mention(slack.channel("elsewhere", [ana]), "nobody hears")
    await ana.edit(await ana.say(town, "nothing"), "@Probe after all")
    await slack.settled()
    bot = f"<@{slack.bot_user_id}>"
    called = [(e["text"], e.get("thread_ts"), e["channel"]) for e in app.events("app_mention")]
    assert called == [
        (f"{bot} help", None, town.id),
        (f"{bot} and here", first.ts, town.id),
        (f"who asks {bot}?", None, secret.id),
    ]
    twins = [r.payload for r in app.got if r.type == "events_api" and r.payload["event"].get("ts") == first.ts]
    assert [twin["event"]["type"] for twin in twins] == ["message", "app_mention"]
    assert len({twin["event_id"] for twin in twins}) == 2


async def test_people_change_a_channel(slack: Sandbox, app: App, ana: Person) -> None:
    bea = slack.person("Bea")
    town = slack.channel("town", [ana, bea], bot=True)
    await ana.rename(town, "city")
    await ana.remove(town, bea)
    await ana.archive(town)
    await slack.settled()
    renamed, left, archived = (
        app.events(kind)[0] for kind in ("channel_rename", "member_left_channel", "channel_archive")
    )
    assert (renamed["channel"]["id"], renamed["channel"]["name"]) == (town.id, "city")
    assert (left["user"], left["channel"]) == (bea.id, town.id)
    assert (archived["user"], archived["channel"]) == (ana.id, town.id)


async def test_nothing_unsubscribed_and_nothing_without_its_scope() -> None:
    deaf = manifest(without=["reactions:read"], events=["reaction_added", "app_home_opened"])
    async with Sandbox(deaf) as slack, Connected(slack) as app:
        ana = slack.person("Ana")
        town = slack.channel("town", [ana], bot=True)
        await ana.react(await ana.say(town, "x"), "eyes")
        await slack.settled()
        assert app.got == []


async def test_events_can_be_waited_for(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    town = slack.channel("town", [ana], bot=True)
    await client.chat_postMessage(channel=town.id, text="x")
    (found,) = await slack.wait_for(lambda: slack.messages(town))
    assert found.text == "x"
    with pytest.raises(TimeoutError, match="a second message"):
        await slack.wait_for(lambda: slack.messages(town)[1:], timeout=0.02, what="a second message")
