"""The first seconds of an incident: its channel, who is in it, and where its declarer is told of it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import request as r
from bot.outbound.slack_channels import NAME, slug
from bot.sandbox import Call, channels
from bot.usecases.declare import ReplyTo
from tests.outbound.town import Town, founded, running


async def test_the_declarer_is_in_a_channel_with_a_card_after_two_calls_in_a_row(town: Town) -> None:
    for method in ("chat.postMessage", "conversations.invite", "conversations.setTopic"):
        town.slack.faults.add(method, "hold", times=None)
    await town.declare()

    def made() -> list[Call]:
        """The card and the declarer's invitation, once both are on their way."""
        here = [c for c in town.slack.calls if (c.result or {}).get("channel") or c.args.get("channel")]
        invite = [c for c in here if c.method == "conversations.invite" and c.args["users"] == town.ana.id]
        into = invite[0].args["channel"] if invite else None
        return invite if any(c.method == "chat.postMessage" and c.args["channel"] == into for c in here) else []

    [invite] = await town.slack.wait_for(made, 20, "they go out beside each other")
    channel = invite.args["channel"]
    before = [c.method for c in town.slack.calls if channel in str(c.args) and c.ended is not None]
    assert before == [], "nothing that was asked of the channel is waited for"
    town.slack.faults.release()
    await town.quiet()


async def test_everything_follows_by_itself(town: Town) -> None:
    await town.declare()
    await town.quiet()
    channel = town.slack.channel_named("inc-1")
    assert channel is not None
    assert channel.name == "inc-1-orders-mart-is-stale"
    assert {town.ana.id, town.bea.id, town.car.id} <= set(channel.members)
    (card,) = town.said("inc-1", "INC-1")[:1]
    assert card.pinned
    assert [b.link for b in channel.bookmarks] == [town.slack.ws.permalink(channel.id, card.ts)]
    assert "Orders mart is stale" in channel.topic
    (notice,) = town.said("incidents")
    assert "P1 · Orders mart is stale" in notice.text
    assert [m.text.splitlines()[0] for m in town.told("ana")] == [f"INC-1 is open: <#{channel.id}>"]
    assert town.told("car", "declared just now")
    assert town.told("dir", "Orders mart is stale")
    assert (await town.incident()).management_informed_at == town.now


async def test_people_are_called_by_their_names(town: Town) -> None:
    await town.declare()
    await town.quiet()
    card = town.said("inc-1", "INC-1")[0]
    assert "*lead* bea" in card.text.lower()
    assert "someone" not in card.text


@pytest.mark.parametrize("taken", [1, 3])
async def test_a_taken_name_gets_a_number(town: Town, taken: int) -> None:
    for number in range(1, taken + 1):
        town.slack.channel("inc-1-orders-mart-is-stale" + (f"-{number}" if number > 1 else ""), [town.bea])
    await town.declare()
    await town.quiet()
    assert (await town.incident()).channel_name == f"inc-1-orders-mart-is-stale-{taken + 1}"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("🔥🔥🔥", "inc-1"),
        ("注文が遅れています", "inc-1"),
        ("Bücher & Straße: größer?!", "inc-1-bucher-strasse-grosser"),
        ("x" * 3000, ("inc-1-" + "x" * NAME)[:NAME]),
        ("-- --", "inc-1"),
    ],
)
async def test_any_title_makes_a_name_slack_takes(town: Town, title: str, name: str) -> None:
    await town.declare(title)
    await town.quiet()
    assert (await town.incident()).channel_name == name


@given(st.text())
def test_a_slug_holds_only_what_slack_takes(title: str) -> None:
    assert set(slug(title)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


async def test_a_private_incident_has_a_private_channel_and_no_announcement(town: Town) -> None:
    await town.declare(private=True)
    await town.quiet()
    channel = town.slack.channel_named("inc-1")
    assert channel is not None
    assert channel.kind == "private"
    assert town.said("incidents") == []
    assert town.said("inc-1", "INC-1")[0].pinned


# refused


def of_incident(args: dict[str, Any]) -> bool:
    return "inc-" in str(args.get("name"))


async def test_a_refused_channel_is_told_once_and_can_be_tried_again(town: Town) -> None:
    fault = town.slack.faults.add("conversations.create", "error:restricted_action", times=None, match=of_incident)
    await town.declare()
    await town.quiet()
    (told,) = town.told("ana")
    assert "INC-1 is saved" in told.text
    assert any(e.get("action_id") == "retry_channel" for b in told.blocks for e in b.get("elements", ()))
    assert town.said("incidents", "Orders mart is stale"), "the team hears of it all the same"
    fault.times = 0
    await town.act(r.RetryChannel())
    await town.quiet()
    assert (await town.incident()).channel_name == "inc-1-orders-mart-is-stale"
    assert town.said("inc-1", "INC-1")[0].pinned
    assert town.told("ana", "INC-1 is open")


async def test_one_who_cannot_be_invited_keeps_nobody_out_and_is_told_of(town: Town) -> None:
    town.bea.change(deleted=True)
    await town.declare()
    await town.quiet()
    channel = town.slack.channel_named("inc-1")
    assert channel is not None
    assert {town.ana.id, town.car.id} <= set(channel.members)
    (told,) = town.told("ana", "Slack did not let me bring Bea into")
    assert "Bea: Slack lets nobody invite this account" in told.text


async def test_a_missing_permission_is_told_once(town: Town) -> None:
    town.slack.faults.add("pins.add", "error:missing_scope", times=None)
    await town.declare()
    await town.quiet()
    assert len(town.told("ana", "pin its card")) == 1
    assert town.said("inc-1", "INC-1")


# where the declarer is told


def response_url(town: Town) -> str:
    path = town.slack.ws.triggers.url_path("commands", town.ana.id, town.slack.find("incidents").id)
    return f"{town.slack.url}/{path}"


async def test_the_answer_to_the_command_says_where_the_incident_is(town: Town) -> None:
    await town.declare(reply_to=ReplyTo(response_url(town), time.time()))
    await town.quiet()
    assert [m.text.splitlines()[0] for m in town.ana.ephemerals("incidents")] == [
        f"INC-1 is open: <#{(await town.incident()).channel}>"
    ]
    assert town.told("ana") == []


@pytest.mark.parametrize("lost", ["too old", "expired", "foreign", "unanswered"])
async def test_a_place_that_is_gone_becomes_a_direct_message(town: Town, lost: str, impatient: None) -> None:
    url, at = response_url(town), time.time()
    match lost:
        case "too old":
            at -= 3600
        case "expired":
            town.slack.timing.response_url_uses = 0
        case "foreign":
            url = "https://hooks.slack.com.example.org/commands/1"
        case _:
            town.slack.faults.add("response_url", "lost_request")
    await town.declare(reply_to=ReplyTo(url, at))
    await town.quiet()
    assert len(town.told("ana", "INC-1 is open")) == 1
    assert town.ana.ephemerals("incidents") == []


# unclear

UNCLEAR = ["lost_reply", "lost_request"]


@pytest.mark.parametrize("kind", UNCLEAR)
async def test_one_channel_whatever_happened_to_the_call(town: Town, kind: str, impatient: None) -> None:
    town.slack.faults.add("conversations.create", kind, match=of_incident)
    await town.declare()
    await town.quiet()
    assert [c.name for c in town.slack.channels if c.name.startswith("inc-")] == ["inc-1-orders-mart-is-stale"]
    assert len(town.said("inc-1", "INC-1")) >= 1


async def test_a_channel_of_somebody_else_is_never_adopted(town: Town, impatient: None) -> None:
    town.slack.faults.add("conversations.create", "lost_request", match=of_incident)
    await town.declare()
    await town.slack.wait_for(lambda: [c for c in town.slack.calls_of("conversations.create") if c.fault])
    theirs = channels.create(town.slack.ws, "inc-1-orders-mart-is-stale", False, town.bea.id)
    channels.join(town.slack.ws, theirs, town.slack.bot_user_id)
    await town.quiet()
    assert (await town.incident()).channel_name == "inc-1-orders-mart-is-stale-2"


async def test_an_old_channel_of_ours_is_never_adopted(sqlite_url: str, impatient: None) -> None:
    async with founded(sqlite_url) as town:
        old = channels.create(town.slack.ws, "inc-1-orders-mart-is-stale", False, town.slack.bot_user_id)
        old.created -= 3600
        town.slack.faults.add("conversations.create", "lost_request", match=of_incident)
        async with running(town):
            await town.declare()
            await town.quiet()
            assert (await town.incident()).channel_name == "inc-1-orders-mart-is-stale-2"


async def test_who_is_rung_does_not_wait_for_another_incidents_channel(town: Town) -> None:
    """Slack is slow to open INC-1's channel, and Dir is to be brought into it; meanwhile INC-2 needs Dir."""
    slow = town.slack.faults.add("conversations.create", "hold", match=lambda args: "inc-1-" in str(args["name"]))
    await town.declare(severity="P3")
    await town.slack.wait_for(lambda: slow.used)
    await town.act(r.AddPeople((town.dir.id,)))
    await town.declare("Returns mart is stale")
    await town.act(r.Page(town.dir.id, "knows the loader"), incident=2)
    await town.slack.wait_for(lambda: town.told("dir", "Returns mart"))
    assert town.told("dir", "Orders mart") == []
    town.slack.faults.release()
    await town.quiet()
    assert len(town.told("dir", "Orders mart")) == 1
