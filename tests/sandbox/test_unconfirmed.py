"""Each switch in both positions: an app's tests may lean on either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.sandbox import FormRefused, Limits, Sandbox, Unconfirmed
from tests.sandbox.probe import Connected, actions, button, error_of, manifest, option, section, web_client


class World:
    """A workspace with one switch set, #town with Ana and the app, and the app's client."""

    def __init__(self, **switches: Any) -> None:
        self.slack = Sandbox(manifest(), unconfirmed=Unconfirmed(**switches))

    async def __aenter__(self) -> World:
        await self.slack.start()
        self.client = web_client(self.slack)
        self.ana = self.slack.person("Ana")
        self.town = self.slack.channel("town", [self.ana], bot=True)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.slack.stop()


@pytest.mark.parametrize("taken", [True, False])
async def test_archived_name_stays_taken(taken: bool) -> None:
    async with World(archived_name_stays_taken=taken) as w:
        await w.client.conversations_archive(channel=w.town.id)
        if taken:
            assert await error_of(w.client.conversations_create(name="town")) == "name_taken"
        else:
            assert (await w.client.conversations_create(name="town"))["ok"]


@pytest.mark.parametrize("works", [True, False])
async def test_bot_tokens_unarchive(works: bool) -> None:
    async with World(bot_tokens_unarchive=works) as w:
        await w.client.conversations_archive(channel=w.town.id)
        call = w.client.conversations_unarchive(channel=w.town.id)
        if works:
            assert (await call)["ok"]
        else:
            assert await error_of(call) == "not_in_channel"


@pytest.mark.parametrize("removed", [True, False])
async def test_archiving_removes_app(removed: bool) -> None:
    async with World(archiving_removes_app=removed) as w:
        await w.ana.archive(w.town)
        await w.ana.unarchive(w.town)
        call = w.client.chat_postMessage(channel=w.town.id, text="x")
        if removed:
            assert await error_of(call) == "not_in_channel"
        else:
            assert (await call)["ok"]


@pytest.mark.parametrize("bare", [True, False])
async def test_deactivated_users_are_bare(bare: bool) -> None:
    async with World(deactivated_users_are_bare=bare) as w:
        w.ana.change(deleted=True)
        user = (await w.client.users_info(user=w.ana.id))["user"]
        assert ("tz" in user, "is_admin" in user) == (not bare, not bare)
        assert user["profile"]["real_name"] == "Ana"


@pytest.mark.parametrize("ascii_only", [True, False])
async def test_channel_names_ascii_only(ascii_only: bool) -> None:
    async with World(channel_names_ascii_only=ascii_only) as w:
        if ascii_only:
            assert await error_of(w.client.conversations_create(name="注文")) == "invalid_name_specials"
        else:
            assert (await w.client.conversations_create(name="注文"))["channel"]["name"] == "注文"


@pytest.mark.parametrize(("lag", "seen"), [(0.0, 1), (60.0, 0)])
async def test_history_lag(lag: float, seen: int) -> None:
    async with World(history_lag_seconds=lag) as w:
        posted = await w.client.chat_postMessage(channel=w.town.id, text="x")
        history = await w.client.conversations_history(channel=w.town.id)
        assert [m["ts"] for m in history["messages"] if m.get("bot_id")] == [posted["ts"]] * seen


@pytest.mark.parametrize("allowed", [True, False])
async def test_bot_replies_allowed(allowed: bool) -> None:
    async with World(bot_replies_allowed=allowed) as w:
        posted = await w.client.chat_postMessage(channel=w.town.id, text="x")
        call = w.client.conversations_replies(channel=w.town.id, ts=posted["ts"])
        if allowed:
            assert len((await call)["messages"]) == 1
        else:
            assert await error_of(call) == "not_allowed_token_type"


@pytest.mark.parametrize("needed", [True, False])
async def test_marks_need_membership(needed: bool) -> None:
    switches = dict.fromkeys(("pin_needs_membership", "reaction_needs_membership", "bookmark_needs_membership"), needed)
    async with World(**switches) as w:
        outside = w.slack.channel("outside", [w.ana])
        message = await w.ana.say(outside, "x")
        for call in (
            w.client.pins_add(channel=outside.id, timestamp=message.ts),
            w.client.reactions_add(channel=outside.id, timestamp=message.ts, name="eyes"),
            w.client.bookmarks_add(channel_id=outside.id, title="x", type="link", link="https://example.com"),
        ):
            if needed:
                assert await error_of(call) == "not_in_channel"
            else:
                assert (await call)["ok"]


@pytest.mark.parametrize(("needed", "heard"), [(True, 0), (False, 1)])
async def test_reaction_events_need_membership(needed: bool, heard: int) -> None:
    async with World(reaction_events_need_membership=needed) as w, Connected(w.slack) as app:
        outside = w.slack.channel("outside", [w.ana])
        await w.ana.react(await w.ana.say(outside, "x"), "eyes")
        await w.slack.settled()
        assert len(app.events("reaction_added")) == heard


@pytest.mark.parametrize(("allowed", "count"), [(True, 2), (False, 1)])
async def test_bookmarks_allow_duplicates(allowed: bool, count: int) -> None:
    async with World(bookmarks_allow_duplicates=allowed) as w:
        for _ in range(2):
            await w.client.bookmarks_add(channel_id=w.town.id, title="x", type="link", link="https://example.com")
        assert len(w.town.bookmarks) == count


@pytest.mark.parametrize(("limit", "fits"), [(1, False), (2, True)])
async def test_pins_per_channel(limit: int, fits: bool) -> None:
    async with World(pins_per_channel=limit) as w:
        first, second = await w.ana.say(w.town, "a"), await w.ana.say(w.town, "b")
        await w.client.pins_add(channel=w.town.id, timestamp=first.ts)
        call = w.client.pins_add(channel=w.town.id, timestamp=second.ts)
        if fits:
            assert (await call)["ok"]
        else:
            assert await error_of(call) == "too_many_pins"


@pytest.mark.parametrize(("limit", "fits"), [(1, False), (2, True)])
async def test_reactions_per_message(limit: int, fits: bool) -> None:
    async with World(reactions_per_message=limit) as w:
        message = await w.ana.say(w.town, "a")
        await w.ana.react(message, "eyes")
        call = w.client.reactions_add(channel=w.town.id, timestamp=message.ts, name="star")
        if fits:
            assert (await call)["ok"]
        else:
            assert await error_of(call) == "too_many_reactions"


@pytest.mark.parametrize(
    ("names", "expired", "exchanged"),
    [
        ("expired_trigger_id", "expired_trigger_id", "exchanged_trigger_id"),
        ("trigger_expired", "trigger_expired", "trigger_exchanged"),
    ],
)
async def test_trigger_error_names(names: str, expired: str, exchanged: str) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [section("x")]}
    async with World(trigger_error_names=names) as w, Connected(w.slack) as app:
        await w.ana.command("/probe")
        trigger = app.asked[-1]["trigger_id"]
        await w.client.views_open(trigger_id=trigger, view=view)
        assert await error_of(w.client.views_open(trigger_id=trigger, view=view)) == exchanged
        w.slack.timing.trigger = 0.0
        assert await error_of(w.client.views_open(trigger_id=trigger, view=view)) == expired


@pytest.mark.parametrize("nested", [True, False])
async def test_app_rate_limited_nested(nested: bool) -> None:
    async with World(app_rate_limited_nested=nested) as w, Connected(w.slack) as app:
        w.slack.events.rate_limited()
        await w.slack.settled()
        payload = app.got[-1].payload
        kind = payload["event"]["type"] if nested else payload["type"]
        assert kind == "app_rate_limited"


@pytest.mark.parametrize(("retried", "tries"), [(True, 4), (False, 1)])
async def test_interactions_retried(retried: bool, tries: int) -> None:
    async with World(interactions_retried=retried) as w, Connected(w.slack) as app:
        w.slack.timing.ack = 0.03
        w.slack.timing.event_retries = (0.0, 0.0, 0.0)
        app.deaf = True
        await w.ana.command("/probe")
        await w.slack.settled()
        assert len(app.got) == tries


@pytest.mark.parametrize("counts", [True, False])
async def test_ack_on_another_socket_counts(counts: bool) -> None:
    async with World(ack_on_another_socket_counts=counts) as w, Connected(w.slack) as app:
        w.slack.timing.ack = 5.0

        async def lose_the_socket(request: SocketModeRequest) -> None:
            await w.slack.close_sockets("abort")
            await w.slack.wait_for(lambda: [s for s in w.slack.sockets.sockets if s.number == 2])

        app.answer = lose_the_socket
        assert (await w.ana.command("/probe")).ok is counts


@pytest.mark.parametrize(("limit", "fits"), [(100, False), (1_000, True)])
async def test_invite_batch_limit(limit: int, fits: bool) -> None:
    async with World(invite_batch_limit=limit) as w:
        users = [w.slack.person(f"P{index}").id for index in range(101)]
        call = w.client.conversations_invite(channel=w.town.id, users=users)
        if fits:
            assert (await call)["ok"]
        else:
            assert await error_of(call) == "invalid_arguments"


@pytest.mark.parametrize("refused", [True, False])
async def test_chat_post_msg_too_long(refused: bool) -> None:
    async with World(chat_post_msg_too_long=refused) as w:
        call = w.client.chat_postMessage(channel=w.town.id, text="x" * 40_001)
        if refused:
            assert await error_of(call) == "msg_too_long"
        else:
            assert (await call)["ok"]


@pytest.mark.parametrize(
    ("switches", "error"),
    [
        ({"metadata_max_bytes": 100}, "metadata_too_large"),
        ({"metadata_max_bytes": 1_000}, None),
        ({"message_blocks_max_chars": 5}, "msg_blocks_too_long"),
        ({"message_blocks_max_chars": 6}, None),
    ],
)
async def test_sizes_of_a_message(switches: dict[str, Any], error: str | None) -> None:
    async with World(**switches) as w:
        metadata = {"event_type": "op", "event_payload": {"x": "y" * 100}}
        call = w.client.chat_postMessage(channel=w.town.id, text="x", blocks=[section("sixsix")], metadata=metadata)
        if error:
            assert await error_of(call) == error
        else:
            assert (await call)["ok"]


@pytest.mark.parametrize("kept", [True, False])
async def test_respond_keeps_metadata(kept: bool) -> None:
    metadata = {"event_type": "op", "event_payload": {"a": 1}}
    async with World(respond_keeps_metadata=kept) as w, Connected(w.slack) as app:
        await w.ana.command("/probe", "", w.town)
        body = {"text": "x", "response_type": "in_channel", "metadata": metadata}
        async with aiohttp.ClientSession() as session:
            await session.post(app.asked[-1]["response_url"], json=body)
        assert w.slack.messages("town")[0].metadata == (metadata if kept else None)


@pytest.mark.parametrize(("replaces", "left"), [(True, ["later"]), (False, ["saved", "later"])])
async def test_command_response_replaces(replaces: bool, left: list[str]) -> None:
    async with World(command_response_replaces=replaces) as w, Connected(w.slack) as app:

        async def saved(request: SocketModeRequest) -> dict[str, Any]:
            return {"text": "saved"}

        app.answer = saved
        await w.ana.command("/probe", "", w.town)
        async with aiohttp.ClientSession() as session:
            url = app.asked[-1]["response_url"]
            await session.post(url, json={"text": "later", "replace_original": True})
        assert [m.text for m in w.ana.ephemerals("town")] == left


@pytest.mark.parametrize(("cap", "long"), [(10, True), (3_000, False)])
async def test_plain_text_input_cap(cap: int, long: bool) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "x"},
        "submit": {"type": "plain_text", "text": "x"},
        "blocks": [
            {
                "type": "input",
                "block_id": "b",
                "label": {"type": "plain_text", "text": "B"},
                "element": {"type": "plain_text_input", "action_id": "a"},
            }
        ],
    }
    async with World(plain_text_input_cap=cap) as w, Connected(w.slack) as app:
        await w.ana.command("/probe")
        await w.client.views_open(trigger_id=app.asked[-1]["trigger_id"], view=view)
        opened = await w.ana.opened_view()
        if long:
            with pytest.raises(FormRefused, match="at most 10"):
                await w.ana.submit(opened, {"B": "x" * 11})
        else:
            assert (await w.ana.submit(opened, {"B": "x" * 11})).ok


@pytest.mark.parametrize(
    ("switches", "fits"),
    [
        ({"option_description_max": 75}, False),
        ({"option_description_max": 150}, True),
    ],
)
async def test_option_description_max(switches: dict[str, Any], fits: bool) -> None:
    choice = option("x", "1") | {"description": {"type": "plain_text", "text": "d" * 80}}
    blocks = [actions({"type": "static_select", "action_id": "s", "options": [choice]})]
    async with World(**switches) as w:
        call = w.client.chat_postMessage(channel=w.town.id, text="x", blocks=blocks)
        if fits:
            assert (await call)["ok"]
        else:
            assert await error_of(call) == "invalid_blocks"


@pytest.mark.parametrize(("where", "fits"), [("surface", False), ("block", True)])
async def test_action_ids_unique_in(where: str, fits: bool) -> None:
    blocks = [actions(button("x", "same")), actions(button("y", "same"))]
    async with World(action_ids_unique_in=where) as w:
        call = w.client.chat_postMessage(channel=w.town.id, text="x", blocks=blocks)
        if fits:
            assert (await call)["ok"]
        else:
            assert await error_of(call) == "invalid_blocks"


@pytest.mark.parametrize(
    ("switches", "heard"),
    [
        ({"channel_events_scope": "channels:secret", "group_events_scope": "groups:secret"}, []),
        ({"channel_events_scope": None, "group_events_scope": None}, ["channel_archive", "group_archive"]),
    ],
)
async def test_scopes_of_channel_events(switches: dict[str, Any], heard: list[str]) -> None:
    async with World(**switches) as w, Connected(w.slack) as app:
        secret = w.slack.channel("secret", [w.ana], private=True, bot=True)
        await w.client.conversations_archive(channel=w.town.id)
        await w.client.conversations_archive(channel=secret.id)
        await w.slack.settled()
        assert [k for k in ("channel_archive", "group_archive") if app.events(k)] == heard


@pytest.mark.parametrize(
    ("switches", "text"),
    [
        ({}, "<@U0ANA> &amp;"),
        ({"escaped_mention_carries_name": True}, "<@U0ANA|ana> &amp;"),
        ({"command_text_entities": False}, "<@U0ANA> &"),
    ],
)
async def test_what_escaping_does_to_a_command(switches: dict[str, Any], text: str) -> None:
    async with Sandbox(manifest(), unconfirmed=Unconfirmed(**switches)) as slack, Connected(slack) as app:
        ana = slack.person("Ana", id="U0ANA")
        await ana.command("/probe", "@Ana &")
        assert app.got[-1].payload["text"] == text


@pytest.mark.parametrize(("once", "count"), [(True, 1), (False, 2)])
async def test_duplicates_client_msg_id(once: bool, count: int) -> None:
    async with World(duplicates_client_msg_id=once) as w:
        for _ in range(2):
            await w.client.api_call(
                "chat.postMessage", json={"channel": w.town.id, "text": "x", "client_msg_id": "same"}
            )
        assert len(w.slack.messages("town")) == count


@pytest.mark.parametrize(("pings", "rung"), [(True, 1), (False, 0)])
async def test_text_beside_blocks_pings(pings: bool, rung: int) -> None:
    async with World(text_beside_blocks_pings=pings) as w:
        await w.client.chat_postMessage(channel=w.town.id, text=f"<@{w.ana.id}>", blocks=[section("x")])
        assert len(w.slack.pings()) == rung


@pytest.mark.parametrize(("size", "fits"), [(10, False), (100, True)])
async def test_file_size_max(size: int, fits: bool) -> None:
    async with World(file_size_max=size) as w:
        call = w.client.files_getUploadURLExternal(filename="x", length=50)
        if fits:
            assert (await call)["ok"]
        else:
            assert await error_of(call) == "file_upload_size_restricted"


@pytest.mark.parametrize(("ordered", "seen"), [(True, ["a", "b"]), (False, ["b", "a"])])
async def test_events_in_order(ordered: bool, seen: list[str]) -> None:
    async with World(events_in_order=ordered) as w, Connected(w.slack) as app:
        for text in ("a", "b"):
            await w.ana.say(w.town, text)
        await w.slack.settled()
        assert [e["text"] for e in app.events("message")] == seen


@pytest.mark.parametrize(("tier", "passes"), [(1, 1), (3, 50)])
async def test_connections_open_tier(tier: int, passes: int) -> None:
    async with World(connections_open_tier=tier) as w:
        w.slack.limits = Limits.strict()
        opener = web_client(w.slack, w.slack.app_token)
        for _ in range(passes):
            await opener.api_call("apps.connections.open")
        assert await error_of(opener.api_call("apps.connections.open")) == "ratelimited"


@pytest.mark.parametrize(("tier", "passes"), [(2, 20), (3, 50)])
async def test_users_conversations_tier(tier: int, passes: int) -> None:
    async with World(users_conversations_tier=tier) as w:
        w.slack.limits = Limits.strict()
        for _ in range(passes):
            await w.client.users_conversations()
        assert await error_of(w.client.users_conversations()) == "ratelimited"


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited"])
async def test_chat_rate_limit_code(code: str) -> None:
    async with World(chat_rate_limit_code=code) as w:
        w.slack.limits = Limits.strict()
        await w.client.chat_postMessage(channel=w.town.id, text="one")
        assert await error_of(w.client.chat_postMessage(channel=w.town.id, text="two")) == code


def test_every_switch_is_tested_here() -> None:
    source = Path(__file__).read_text("utf-8")
    missing = [name for name in Unconfirmed.__dataclass_fields__ if name not in source]
    assert missing == []
