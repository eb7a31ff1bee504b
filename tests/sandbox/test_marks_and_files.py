from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Person, Sandbox
from tests.sandbox.probe import error_of


@pytest.fixture
def town(slack: Sandbox, ana: Person) -> str:
    return slack.channel("town", [ana], bot=True).id


async def test_pins(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    ts = (await client.chat_postMessage(channel=town, text="x"))["ts"]
    await client.pins_add(channel=town, timestamp=ts)
    assert await error_of(client.pins_add(channel=town, timestamp=ts)) == "already_pinned"
    listed = await client.pins_list(channel=town)
    assert [item["message"]["ts"] for item in listed["items"]] == [ts]
    await client.pins_remove(channel=town, timestamp=ts)
    assert await error_of(client.pins_remove(channel=town, timestamp=ts)) == "no_pin"


async def test_pins_slack_refuses(slack: Sandbox, client: AsyncWebClient, ana: Person, town: str) -> None:
    joined = slack.messages(town, system=True)[0]
    assert await error_of(client.pins_add(channel=town, timestamp=joined.ts)) == "not_pinnable"
    assert await error_of(client.pins_add(channel=town, timestamp="1.000001")) == "message_not_found"
    assert await error_of(client.pins_add(channel=town, timestamp="yesterday")) == "bad_timestamp"
    call = client.api_call("pins.add", params={"channel": town})
    assert await error_of(call) == "no_item_specified"


async def test_reactions(slack: Sandbox, client: AsyncWebClient, ana: Person, town: str) -> None:
    message = await ana.say(town, "x")
    await ana.react(message, "eyes")
    await client.reactions_add(channel=town, timestamp=message.ts, name="eyes")
    assert message.reactions == {"eyes": [ana.id, slack.bot_user_id]}
    again = client.reactions_add(channel=town, timestamp=message.ts, name="eyes")
    assert await error_of(again) == "already_reacted"
    wrong = client.reactions_add(channel=town, timestamp=message.ts, name="No Such")
    assert await error_of(wrong) == "invalid_name"
    got = await client.reactions_get(channel=town, timestamp=message.ts)
    assert got["message"]["reactions"] == [{"name": "eyes", "users": [ana.id, slack.bot_user_id], "count": 2}]
    await client.reactions_remove(channel=town, timestamp=message.ts, name="eyes")
    await ana.unreact(message, "eyes")
    assert message.reactions == {}
    gone = client.reactions_remove(channel=town, timestamp=message.ts, name="eyes")
    assert await error_of(gone) == "no_reaction"


async def test_bookmarks(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    made = await client.bookmarks_add(channel_id=town, title="Card", type="link", link="https://example.com/1")
    wrong = client.bookmarks_add(channel_id=town, title="Card", type="link", link="example.com")
    assert await error_of(wrong) == "invalid_link"
    kind = client.bookmarks_add(channel_id=town, title="Card", type="file", link="https://example.com")
    assert await error_of(kind) == "invalid_bookmark_type"
    mark = made["bookmark"]["id"]
    await client.bookmarks_edit(bookmark_id=mark, channel_id=town, title="The card")
    listed = await client.bookmarks_list(channel_id=town)
    assert [b["title"] for b in listed["bookmarks"]] == ["The card"]
    await client.bookmarks_remove(bookmark_id=mark, channel_id=town)
    assert await error_of(client.bookmarks_remove(bookmark_id=mark, channel_id=town)) == "not_found"


async def test_a_hundred_bookmarks_fill_a_channel(client: AsyncWebClient, town: str) -> None:
    for index in range(100):
        await client.bookmarks_add(channel_id=town, title="x", type="link", link=f"https://example.com/{index}")
    more = client.bookmarks_add(channel_id=town, title="x", type="link", link="https://example.com/more")
    assert await error_of(more) == "too_many_bookmarks"


async def test_a_file_in_three_steps(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    parent = await client.chat_postMessage(channel=town, text="parent")
    done = await client.files_upload_v2(
        content="# Timeline\n", filename="timeline.md", title="Timeline", channel=town, thread_ts=parent["ts"]
    )
    (file,) = slack.files
    assert (file.id, file.text, file.title) == (done["files"][0]["id"], "# Timeline\n", "Timeline")
    shared = slack.messages(town)[-1]
    assert (shared.subtype, shared.thread_ts, [f.id for f in shared.files]) == ("file_share", parent["ts"], [file.id])
    info = await client.files_info(file=file.id)
    assert info["file"]["channels"] == [town]
    assert [c.method for c in slack.calls][-4:-1] == [
        "files.getUploadURLExternal",
        "upload",
        "files.completeUploadExternal",
    ]


async def test_an_upload_completes_once_and_only_with_all_its_bytes(
    slack: Sandbox, client: AsyncWebClient, town: str
) -> None:
    asked = await client.files_getUploadURLExternal(filename="a.md", length=3)
    files = [{"id": asked["file_id"], "title": "a"}]
    early = client.files_completeUploadExternal(files=files, channel_id=town)
    assert await error_of(early) == "file_not_found"
    async with aiohttp.ClientSession() as session:
        short = await session.post(asked["upload_url"], data=b"xy")
        right = await session.post(asked["upload_url"], data=b"xyz")
    assert (short.status, right.status) == (400, 200)
    await client.files_completeUploadExternal(files=files, channel_id=town)
    again = client.files_completeUploadExternal(files=files, channel_id=town)
    assert await error_of(again) == "file_not_found"
    assert await error_of(client.files_getUploadURLExternal(filename="a", length=0)) == "missing_argument"


async def test_a_file_needs_membership(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    outside = slack.channel("outside", [ana]).id
    asked = await client.files_getUploadURLExternal(filename="a.md", length=3)
    async with aiohttp.ClientSession() as session:
        await session.post(asked["upload_url"], data=b"xyz")
    files = [{"id": asked["file_id"], "title": "a"}]
    call = client.files_completeUploadExternal(files=files, channel_id=outside)
    assert await error_of(call) == "not_in_channel"
