from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import ClientRefused, Person, Sandbox
from tests.sandbox.probe import error_of, manifest, refused, web_client


async def test_the_creator_is_a_member(slack: Sandbox, client: AsyncWebClient) -> None:
    made = await client.conversations_create(name="inc-1-orders")
    assert made["channel"]["is_member"]
    assert made["channel"]["creator"] == slack.bot_user_id
    assert slack.find("inc-1-orders").members == [slack.bot_user_id]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("---", "invalid_name_punctuation"),
        ("Orders", "invalid_name_specials"),
        ("or ders", "invalid_name_specials"),
        ("#orders", "invalid_name_specials"),
        ("注文", "invalid_name_specials"),
        ("taken", "name_taken"),
        ("old", "name_taken"),
    ],
)
async def test_names_create_refuses(slack: Sandbox, client: AsyncWebClient, ana: Person, name: str, error: str) -> None:
    slack.channel("taken", [ana])
    old = slack.channel("old", [ana], bot=True)
    await client.conversations_archive(channel=old.id)
    assert await error_of(client.conversations_create(name=name)) == error


async def test_rename_fits_the_name_where_create_refuses(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    made = await client.conversations_create(name="mine")
    renamed = await client.conversations_rename(channel=made["channel"]["id"], name="My Orders")
    assert renamed["channel"]["name"] == "my-orders"
    theirs = slack.channel("theirs", [ana], bot=True)
    assert await error_of(client.conversations_rename(channel=theirs.id, name="mine")) == "not_authorized"


async def test_an_invitation_is_all_or_nothing(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    bea = slack.person("Bea")
    channel = (await client.conversations_create(name="x"))["channel"]["id"]
    body = await refused(client.conversations_invite(channel=channel, users=[ana.id, "U404"]))
    assert body["error"] == "user_not_found"
    assert body["errors"] == [{"user": "U404", "ok": False, "error": "user_not_found"}]
    assert ana.id not in slack.find("x").members
    forced = await client.conversations_invite(channel=channel, users=[ana.id, "U404"], force=True)
    assert forced["errors"] == body["errors"]
    assert await error_of(client.conversations_invite(channel=channel, users=[ana.id])) == "already_in_channel"
    await client.conversations_invite(channel=channel, users=[bea.id])
    assert slack.find("x").members == [slack.bot_user_id, ana.id, bea.id]


async def test_whom_one_cannot_invite(slack: Sandbox, client: AsyncWebClient) -> None:
    channel = (await client.conversations_create(name="x"))["channel"]["id"]
    left = slack.person("Left", deleted=True)
    guest = slack.person("Guest", single_channel_guest=True)
    slack.channel("home", [guest])
    for user, error in (
        (left.id, "cant_invite"),
        (guest.id, "ura_max_channels"),
        (slack.person("Ext", stranger=True).id, "no_external_invite_permission"),
        (slack.bot_user_id, "cant_invite_self"),
    ):
        assert await error_of(client.conversations_invite(channel=channel, users=user)) == error


async def test_a_deactivated_account_fails_the_call_but_stops_nobody_else(
    slack: Sandbox, client: AsyncWebClient, ana: Person
) -> None:
    channel = (await client.conversations_create(name="x"))["channel"]["id"]
    left = slack.person("Left", deleted=True)
    body = await refused(client.conversations_invite(channel=channel, users=[left.id, ana.id, ana.id]))
    assert body["errors"] == [{"user": left.id, "ok": False, "error": "cant_invite"}]
    assert slack.find("x").members == [slack.bot_user_id, ana.id]


async def test_one_person_whom_slack_does_not_let_in(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    bea = slack.person("Bea")
    channel = (await client.conversations_create(name="x"))["channel"]["id"]
    slack.faults.uninvitable[bea.id] = "user_is_restricted"
    assert await error_of(client.conversations_invite(channel=channel, users=[ana.id, bea.id])) == "user_is_restricted"
    assert slack.find("x").members == [slack.bot_user_id]
    forced = await client.conversations_invite(channel=channel, users=[ana.id, bea.id], force=True)
    assert forced["errors"] == [{"user": bea.id, "ok": False, "error": "user_is_restricted"}]
    assert slack.find("x").members == [slack.bot_user_id, ana.id]
    slack.faults.clear()
    await client.conversations_invite(channel=channel, users=bea.id)
    assert bea.id in slack.find("x").members


async def test_an_invitation_has_its_size(slack: Sandbox, client: AsyncWebClient) -> None:
    channel = (await client.conversations_create(name="x"))["channel"]["id"]
    crowd = [slack.person(f"P{n}").id for n in range(101)]
    assert await error_of(client.conversations_invite(channel=channel, users=crowd)) == "invalid_arguments"
    await client.conversations_invite(channel=channel, users=crowd[:100])
    assert len(slack.find("x").members) == 101


async def test_changing_a_channel_needs_membership(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    outside = slack.channel("outside", [ana]).id
    for call in (
        client.conversations_setTopic(channel=outside, topic="x"),
        client.conversations_setPurpose(channel=outside, purpose="x"),
        client.conversations_invite(channel=outside, users=[ana.id]),
        client.conversations_rename(channel=outside, name="y"),
        client.conversations_archive(channel=outside),
        client.conversations_history(channel=outside),
    ):
        assert await error_of(call) == "not_in_channel"


async def test_topic_and_purpose(slack: Sandbox, client: AsyncWebClient) -> None:
    channel = (await client.conversations_create(name="x"))["channel"]["id"]
    await client.conversations_setTopic(channel=channel, topic="t" * 250)
    assert await error_of(client.conversations_setTopic(channel=channel, topic="t" * 251)) == "too_long"
    await client.conversations_setPurpose(channel=channel, purpose="why")
    assert (slack.find("x").topic, slack.find("x").purpose) == ("t" * 250, "why")
    assert [m.subtype for m in slack.messages("x", system=True)] == ["channel_join", "channel_topic", "channel_purpose"]


async def test_archive_and_back(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    channel = (await client.conversations_create(name="x"))["channel"]["id"]
    await client.conversations_archive(channel=channel)
    assert await error_of(client.conversations_archive(channel=channel)) == "already_archived"
    assert await error_of(client.conversations_setTopic(channel=channel, topic="x")) == "is_archived"
    slack.unconfirmed.bot_tokens_unarchive = True
    await client.conversations_unarchive(channel=channel)
    assert await error_of(client.conversations_unarchive(channel=channel)) == "not_archived"
    general = slack.channel("general", [ana], bot=True, general=True)
    assert await error_of(client.conversations_archive(channel=general.id)) == "cant_archive_general"


async def test_what_people_do_to_a_channel(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    bea, guest = slack.person("Bea"), slack.person("Guest", guest=True)
    town = slack.channel("town", [ana, guest], bot=True)
    slack.channel("taken", [ana])
    await ana.invite(town, bea)
    await ana.rename(town, "city")
    with pytest.raises(ClientRefused, match="name_taken"):
        await ana.rename(town, "taken")
    with pytest.raises(ClientRefused, match="guests"):
        await guest.invite(town, bea)
    await bea.remove(town, guest)
    await ana.archive(town)
    assert await error_of(client.chat_postMessage(channel=town.id, text="x")) == "is_archived"
    with pytest.raises(ClientRefused, match="archived"):
        await ana.say(town, "x")
    await ana.unarchive(town)
    assert (town.name, town.members) == ("city", [ana.id, bea.id])
    assert await error_of(client.chat_postMessage(channel=town.id, text="x")) == "not_in_channel"


async def test_join_twice_is_a_warning(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    town = slack.channel("town", [ana])
    await client.conversations_join(channel=town.id)
    again = await client.conversations_join(channel=town.id)
    assert again["warning"] == "already_in_channel"


async def test_kick_and_leave(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    town = slack.channel("town", [ana], bot=True)
    await client.conversations_kick(channel=town.id, user=ana.id)
    await client.conversations_leave(channel=town.id)
    assert town.members == []


async def test_private_channels_are_invisible_to_outsiders(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    secret = slack.channel("secret", [ana], private=True)
    assert await error_of(client.conversations_info(channel=secret.id)) == "channel_not_found"
    listed = await client.conversations_list(types="public_channel,private_channel")
    assert listed["channels"] == []
    await ana.invite_bot(secret)
    listed = await client.conversations_list(types="public_channel,private_channel")
    assert [c["id"] for c in listed["channels"]] == [secret.id]


async def test_pages_are_cut_before_they_are_filtered(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    for index in range(4):
        slack.channel(f"c{index}", [ana], bot=True)
    await client.conversations_archive(channel=slack.find("c0").id)
    await client.conversations_archive(channel=slack.find("c1").id)
    first = await client.conversations_list(limit=2, exclude_archived=True)
    assert first["channels"] == []
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_list(limit=2, cursor=cursor, exclude_archived=True)
    assert [c["name"] for c in second["channels"]] == ["c2", "c3"]
    assert await error_of(client.conversations_list(cursor="junk!")) == "invalid_cursor"
    assert await error_of(client.conversations_list(limit=1_001)) == "invalid_limit"
    assert await error_of(client.conversations_list(types="squares")) == "invalid_types"


async def test_my_channels_and_their_members(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    slack.channel("outside", [ana])
    town = slack.channel("town", [ana], bot=True)
    mine = await client.users_conversations()
    assert [c["name"] for c in mine["channels"]] == ["town"]
    members = await client.conversations_members(channel=town.id)
    assert members["members"] == [ana.id, slack.bot_user_id]


async def test_history_by_time_newest_first_in_pages(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    town = slack.channel("town", [ana], bot=True)
    one, two, three = [await ana.say(town, text) for text in ("one", "two", "three")]
    page = await client.conversations_history(channel=town.id, oldest=one.ts, limit=1)
    assert [m["text"] for m in page["messages"]] == ["three"]
    assert page["has_more"]
    rest = await client.conversations_history(
        channel=town.id, oldest=one.ts, cursor=page["response_metadata"]["next_cursor"], limit=1
    )
    assert [m["text"] for m in rest["messages"]] == ["two"]
    exact = await client.conversations_history(channel=town.id, latest=two.ts, inclusive=True, limit=1)
    assert exact["messages"][0]["ts"] == two.ts
    wrong = client.api_call("conversations.history", params={"channel": town.id, "oldest": "yesterday"})
    assert await error_of(wrong) == "invalid_ts_oldest"
    assert three.ts > two.ts


async def test_direct_conversations(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    first = await client.conversations_open(users=ana.id)
    again = await client.conversations_open(users=ana.id)
    assert first["channel"]["id"] == again["channel"]["id"]
    assert again["already_open"]
    gone = slack.person("Gone", deleted=True)
    assert await error_of(client.conversations_open(users=gone.id)) == "user_disabled"
    assert await error_of(client.conversations_open(users="U404")) == "user_not_found"
    call = client.api_call("conversations.open", params={"users": ""})
    assert await error_of(call) == "users_list_not_supplied"


@pytest.mark.parametrize(
    ("scope", "needed", "method", "arguments"),
    [
        ("channels:manage", "channels:manage", "conversations.create", {"name": "x"}),
        ("groups:write", "groups:write", "conversations.create", {"name": "x", "is_private": "1"}),
        ("chat:write", "chat:write", "chat.postMessage", {"channel": "town", "text": "x"}),
        ("channels:history", "channels:history", "conversations.history", {"channel": "C0001"}),
        ("pins:write", "pins:write", "pins.add", {"channel": "C0001", "timestamp": "1.000001"}),
        ("users:read.email", "users:read.email", "users.lookupByEmail", {"email": "ana@example.com"}),
        ("files:write", "files:write", "files.getUploadURLExternal", {"filename": "x", "length": 1}),
    ],
)
async def test_a_missing_scope_is_named(scope: str, needed: str, method: str, arguments: dict[str, object]) -> None:
    async with Sandbox(manifest(without=[scope])) as slack:
        slack.channel("town", [slack.person("Ana")], bot=True, id="C0001")
        body = await refused(web_client(slack).api_call(method, params=arguments))
    assert (body["error"], body["needed"]) == ("missing_scope", needed)
    assert scope not in body["provided"].split(",")


async def test_people(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    guest = slack.person("Guest", guest=True)
    info = await client.users_info(user=ana.id)
    assert (info["user"]["tz"], info["user"]["profile"]["email"]) == ("Europe/Amsterdam", "ana@example.com")
    assert (await client.users_info(user=guest.id))["user"]["is_restricted"]
    found = await client.users_lookupByEmail(email="ANA@example.com")
    assert found["user"]["id"] == ana.id
    ana.change(deleted=True)
    assert await error_of(client.users_lookupByEmail(email="ana@example.com")) == "users_not_found"
    assert await error_of(client.users_info(user="U404")) == "user_not_found"
    everybody = await client.users_list()
    assert [u["id"] for u in everybody["members"]] == [slack.bot_user_id, ana.id, guest.id]
    flags = {"guest": "is_restricted", "single_channel_guest": "is_ultra_restricted", "stranger": "is_stranger"}
    for kind, flag in flags.items():
        flagged: dict[str, Any] = {kind: True}
        odd = slack.person(f"A {kind}", **flagged)
        assert (await client.users_info(user=odd.id))["user"][flag]
    assert (await client.users_info(user=ana.id))["user"]["deleted"]


async def test_user_groups(slack: Sandbox, client: AsyncWebClient, ana: Person) -> None:
    crew = slack.subteam("crew", [ana])
    listed = await client.usergroups_list(include_users=True)
    assert [(g["handle"], g["users"]) for g in listed["usergroups"]] == [("crew", [ana.id])]
    members = await client.usergroups_users_list(usergroup=crew.id)
    assert members["users"] == [ana.id]
    gone = slack.subteam("gone", [ana], id="S0GONE", disabled=True)
    assert len((await client.usergroups_list())["usergroups"]) == 1
    assert len((await client.usergroups_list(include_disabled=True, include_count=True))["usergroups"]) == 2
    assert await error_of(client.usergroups_users_list(usergroup=gone.id)) == "no_such_subteam"
    bea, guest = slack.person("Bea"), slack.person("Guest", guest=True)
    put = await client.usergroups_users_update(usergroup=crew.id, users=[bea.id])
    assert put["usergroup"]["users"] == [bea.id], "the whole list in place of what there was"
    assert await error_of(client.usergroups_users_update(usergroup=crew.id, users=[guest.id])) == "invalid_users"
    assert await error_of(client.usergroups_users_update(usergroup=crew.id, users=["U404"])) == "invalid_users"
    assert await error_of(client.usergroups_users_update(usergroup=crew.id, users=[])) == "no_users_provided"
    assert await error_of(client.usergroups_users_update(usergroup=gone.id, users=[bea.id])) == "no_such_subteam"


async def test_without_the_email_scope_profiles_hide_it() -> None:
    async with Sandbox(manifest(without=["users:read.email"])) as slack:
        info = await web_client(slack).users_info(user=slack.person("Ana").id)
        assert "email" not in info["user"]["profile"]


async def test_credentials(slack: Sandbox) -> None:
    assert (await web_client(slack).auth_test())["user_id"] == slack.bot_user_id
    assert await error_of(web_client(slack, "xoxb-wrong").auth_test()) == "invalid_auth"
    assert await error_of(web_client(slack, slack.app_token).auth_test()) == "not_allowed_token_type"
    by_bot = web_client(slack).api_call("apps.connections.open")
    assert await error_of(by_bot) == "not_allowed_token_type"
    assert await error_of(web_client(slack).api_call("chat.sing")) == "unknown_method"
    slack.ws.revoked = True
    assert await error_of(web_client(slack).auth_test()) == "token_revoked"


async def test_missing_and_malformed_arguments(slack: Sandbox, client: AsyncWebClient) -> None:
    body = await refused(client.api_call("conversations.info", params={}))
    assert body["error"] == "invalid_arguments"
    assert body["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]
    reading = client.api_call("conversations.info", json={"channel": "C0001"})
    assert await error_of(reading) == "invalid_arguments"
