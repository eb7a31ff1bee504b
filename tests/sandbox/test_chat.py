from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Limits, Person, Sandbox
from tests.sandbox.probe import error_of, manifest, mrkdwn, plain, refused, section, web_client


@pytest.fixture
def town(slack: Sandbox, ana: Person) -> str:
    return slack.channel("town", [ana], bot=True).id


async def test_a_message_is_kept_with_author_blocks_and_metadata(
    slack: Sandbox, client: AsyncWebClient, town: str
) -> None:
    metadata = {"event_type": "op", "event_payload": {"op_id": "1"}}
    posted = await client.chat_postMessage(channel=town, text="hi", blocks=[section("*hi*")], metadata=metadata)
    (message,) = slack.messages(town)
    assert (message.user, message.bot_id, message.ts) == (slack.bot_user_id, slack.bot_id, posted["ts"])
    assert message.blocks[0]["text"] == mrkdwn("*hi*")
    assert message.blocks[0]["block_id"]
    short = await client.conversations_history(channel=town)
    full = await client.conversations_history(channel=town, include_all_metadata=True)
    assert short["messages"][0]["metadata"] == {"event_type": "op"}
    assert full["messages"][0]["metadata"] == metadata


async def test_time_stamps_are_unique_rising_and_the_clocks_own(ana: Person) -> None:
    async with Sandbox(manifest(), clock=lambda: 1_700_000_000.0) as slack:
        town = slack.channel("town", [slack.person("Ana")], bot=True)
        client = web_client(slack)
        stamps = [str((await client.chat_postMessage(channel=town.id, text="x"))["ts"]) for _ in range(3)]
    assert len(set(stamps)) == 3
    assert stamps == sorted(stamps)
    assert all(stamp.startswith("1700000000.") for stamp in stamps)


async def test_where_an_app_may_post(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    outside = slack.channel("outside", [ana])
    secret = slack.channel("secret", [ana], private=True)
    gone = slack.channel("gone", [ana], bot=True)
    await client.conversations_archive(channel=gone.id)
    assert await error_of(client.chat_postMessage(channel=outside.id, text="x")) == "not_in_channel"
    assert await error_of(client.chat_postMessage(channel=secret.id, text="x")) == "channel_not_found"
    assert await error_of(client.chat_postMessage(channel="C404", text="x")) == "channel_not_found"
    assert await error_of(client.chat_postMessage(channel=gone.id, text="x")) == "is_archived"


async def test_chat_write_public_posts_into_channels_it_did_not_join() -> None:
    async with Sandbox(manifest(scopes=["chat:write.public"])) as slack:
        outside = slack.channel("outside", [slack.person("Ana")])
        await web_client(slack).chat_postMessage(channel=outside.id, text="x")
        assert [m.text for m in slack.messages(outside)] == ["x"]


async def test_posting_to_a_person_uses_their_direct_conversation(
    slack: Sandbox, client: AsyncWebClient, ana: Person
) -> None:
    first = await client.chat_postMessage(channel=ana.id, text="one")
    second = await client.chat_postMessage(channel=first["channel"], text="two")
    assert first["channel"] == second["channel"] == ana.dm.id
    assert [m.text for m in ana.dms()] == ["one", "two"]
    assert [(p.user, p.why) for p in slack.pings()] == [(ana.id, "dm")] * 2


async def test_a_closed_messages_tab_takes_no_direct_messages() -> None:
    async with Sandbox(manifest(features={"app_home": {"home_tab_enabled": True}})) as slack:
        ana = slack.person("Ana")
        assert await error_of(web_client(slack).chat_postMessage(channel=ana.id, text="x")) == "messages_tab_disabled"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [section("y" * 2_900)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"text": "x", "metadata": {"event_type": "op"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "op", "event_payload": {"a": {"b": {}}}}}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": {"event_type": "op", "event_payload": {"Op": 1}}}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": {"event_type": "op", "event_payload": {"a": "b" * 9_000}}}, "metadata_too_large"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "username": "Somebody"}, "missing_scope"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "nul \x00"}, "invalid_charset"),
    ],
)
async def test_messages_slack_refuses(
    slack: Sandbox, client: AsyncWebClient, town: str, arguments: dict[str, object], error: str
) -> None:
    assert await error_of(client.api_call("chat.postMessage", json={"channel": town} | arguments)) == error
    assert slack.messages(town) == []


async def test_a_lone_surrogate_is_refused(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    call = client.api_call("chat.postMessage", json={"channel": town, "text": "\ud83d"})
    assert await error_of(call) == "invalid_charset"


async def test_refused_blocks_say_where(client: AsyncWebClient, town: str) -> None:
    body = await refused(client.chat_postMessage(channel=town, text="x", blocks=[section("x" * 3_001)]))
    (sentence,) = body["response_metadata"]["messages"]
    assert sentence == "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"


async def test_long_text_is_cut_at_forty_thousand(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    await client.chat_postMessage(channel=town, text="x" * 40_001)
    assert len(slack.messages(town)[0].text) == 40_000


async def test_stray_marks_are_escaped_and_bare_links_marked(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    await client.chat_postMessage(channel=town, text="a & b < c, see https://example.com/x. <@U0BOT> &amp;")
    assert slack.messages(town)[0].text == "a &amp; b &lt; c, see <https://example.com/x>. <@U0BOT> &amp;"


async def test_threads(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    parent = await client.chat_postMessage(channel=town, text="parent")
    reply = await client.chat_postMessage(channel=town, text="reply", thread_ts=parent["ts"])
    to_reply = client.chat_postMessage(channel=town, text="x", thread_ts=reply["ts"])
    assert await error_of(to_reply) == "cannot_reply_to_message"
    history = await client.conversations_history(channel=town)
    assert "reply" not in [m["text"] for m in history["messages"]]
    replies = await client.conversations_replies(channel=town, ts=parent["ts"])
    assert [m["text"] for m in replies["messages"]] == ["parent", "reply"]
    assert replies["messages"][0]["reply_count"] == 1


async def test_update_drops_omitted_blocks_and_keeps_metadata(
    slack: Sandbox, client: AsyncWebClient, town: str
) -> None:
    metadata = {"event_type": "op", "event_payload": {"a": 1}}
    posted = await client.chat_postMessage(channel=town, text="old", blocks=[section("old")], metadata=metadata)
    await client.chat_update(channel=town, ts=posted["ts"], text="new")
    (message,) = slack.messages(town)
    assert (message.text, message.blocks, message.metadata, message.edits) == ("new", [], metadata, 1)


async def test_updates_slack_refuses(slack: Sandbox, client: AsyncWebClient, ana: Person, town: str) -> None:
    posted = await client.chat_postMessage(channel=town, text="mine")
    theirs = await ana.say(town, "hers")
    private = await client.chat_postEphemeral(channel=town, user=ana.id, text="psst")
    ts = posted["ts"]
    assert await error_of(client.chat_update(channel=town, ts=ts, text="x" * 4_001)) == "msg_too_long"
    assert await error_of(client.api_call("chat.update", json={"channel": town, "ts": ts})) == "no_text"
    assert await error_of(client.chat_update(channel=town, ts=theirs.ts, text="x")) == "cant_update_message"
    assert await error_of(client.chat_update(channel=town, ts="1.000001", text="x")) == "message_not_found"
    gone = client.chat_update(channel=town, ts=private["message_ts"], text="x")
    assert await error_of(gone) == "message_not_found"
    await client.conversations_archive(channel=town)
    assert await error_of(client.chat_update(channel=town, ts=ts, text="x")) == "is_inactive"


async def test_rich_text_cannot_become_plain(client: AsyncWebClient, town: str) -> None:
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
    }
    posted = await client.chat_postMessage(channel=town, text="x", blocks=[rich])
    call = client.chat_update(channel=town, ts=posted["ts"], text="x", blocks=[section("x")])
    assert await error_of(call) == "block_mismatch"


async def test_delete_only_ones_own(slack: Sandbox, client: AsyncWebClient, ana: Person, town: str) -> None:
    posted = await client.chat_postMessage(channel=town, text="mine")
    theirs = await ana.say(town, "hers")
    assert await error_of(client.chat_delete(channel=town, ts=theirs.ts)) == "cant_delete_message"
    await client.chat_delete(channel=town, ts=posted["ts"])
    assert await error_of(client.chat_delete(channel=town, ts=posted["ts"])) == "message_not_found"
    assert [m.text for m in slack.messages(town)] == ["hers"]


async def test_a_deleted_parent_leaves_a_tombstone(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    parent = await client.chat_postMessage(channel=town, text="parent")
    await client.chat_postMessage(channel=town, text="reply", thread_ts=parent["ts"])
    await client.chat_delete(channel=town, ts=parent["ts"])
    replies = await client.conversations_replies(channel=town, ts=parent["ts"])
    assert [m["text"] for m in replies["messages"]] == ["This message was deleted.", "reply"]


async def test_ephemerals_reach_one_member_only(slack: Sandbox, client: AsyncWebClient, ana: Person, town: str) -> None:
    bea = slack.person("Bea")
    await client.chat_postEphemeral(channel=town, user=ana.id, text="psst")
    outsider = client.chat_postEphemeral(channel=town, user=bea.id, text="psst")
    assert await error_of(outsider) == "user_not_in_channel"
    assert [m.text for m in ana.sees(town)] == ["psst"]
    assert (slack.messages(town), bea.ephemerals()) == ([], [])


async def test_a_permalink(client: AsyncWebClient, town: str) -> None:
    posted = await client.chat_postMessage(channel=town, text="x")
    link = await client.chat_getPermalink(channel=town, message_ts=posted["ts"])
    assert link["permalink"].endswith(f"/archives/{town}/p{str(posted['ts']).replace('.', '')}")
    reply = await client.chat_postMessage(channel=town, text="y", thread_ts=posted["ts"])
    link = await client.chat_getPermalink(channel=town, message_ts=reply["ts"])
    assert link["permalink"].endswith(f"?thread_ts={posted['ts']}&cid={town}")


async def test_whom_a_message_calls(slack: Sandbox, client: AsyncWebClient, ana: Person, town: str) -> None:
    bea, cem = slack.person("Bea"), slack.person("Cem")
    await bea.join(town)
    crew = slack.subteam("crew", [bea, cem])
    quiet = {"type": "section", "text": {"type": "mrkdwn", "text": "@here all", "verbatim": True}}
    for text, blocks in (
        (f"<@{ana.id}> <@{cem.id}>", None),
        (f"<!subteam^{crew.id}>", None),
        ("&lt;!channel&gt; @here", None),
        ("x", [section("@here all")]),
        ("x", [quiet]),
        ("x", [{"type": "header", "text": plain("<!channel>")}]),
        ("<!channel>", None),
    ):
        await client.chat_postMessage(channel=town, text=text, blocks=blocks)
    rung = [(p.user, p.why) for p in slack.pings()]
    everybody = [(ana.id, "here"), (bea.id, "here"), (ana.id, "channel"), (bea.id, "channel")]
    assert rung == [(ana.id, "mention"), (bea.id, "subteam"), *everybody]


async def test_an_edit_notifies_nobody(slack: Sandbox, client: AsyncWebClient, ana: Person, town: str) -> None:
    posted = await client.chat_postMessage(channel=town, text="x")
    await client.chat_update(channel=town, ts=posted["ts"], text=f"<@{ana.id}>")
    assert slack.pings() == []


async def test_one_message_a_second_in_a_channel(
    slack: Sandbox, client: AsyncWebClient, ana: Person, town: str
) -> None:
    slack.limits = Limits(messages=True)
    other = slack.channel("other", [ana], bot=True)
    await client.chat_postMessage(channel=town, text="one")
    body = await refused(client.chat_postMessage(channel=town, text="two"))
    assert body["error"] == "ratelimited"
    await client.chat_postMessage(channel=other.id, text="elsewhere")
    assert [m.text for m in slack.messages(town)] == ["one"]


async def test_the_tier_of_a_method_and_its_retry_after(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    slack.limits = Limits.strict()
    for _ in range(20):
        await client.users_list()
    call = slack.calls[-1]
    assert call.ok
    await refused(client.users_list())
    assert (slack.calls[-1].status, slack.calls[-1].error) == (429, "ratelimited")
    await client.users_info(user=ana.id)
