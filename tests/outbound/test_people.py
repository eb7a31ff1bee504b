"""Who is who and where: asked of Slack once, then known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import request as r
from bot.domain.duty.oncall import Rotation
from bot.outbound.errors import Refusal
from bot.outbound.people import People
from bot.sandbox import Channel
from bot.store.session import NotSaved
from tests.outbound.town import Town


async def test_a_person_is_fetched_once_for_all_time(town: Town) -> None:
    assert await town.people.names([town.ana.id, town.bea.id]) == {town.ana.id: "Ana", town.bea.id: "Bea"}
    again = People(town.db, town.client)
    assert await again.names([town.ana.id]) == {town.ana.id: "Ana"}
    assert len(town.slack.calls_of("users.info")) == 2


async def test_what_matters_of_a_person_is_kept(town: Town) -> None:
    guest = town.slack.person("Gus", guest=True, tz="Asia/Tokyo")
    found = await town.people.person(guest.id)
    assert found is not None
    assert (found.guest, found.bot, found.deactivated, found.tz) == (True, False, False, "Asia/Tokyo")
    guest.change(guest=False, deleted=True)
    await town.people.refresh(guest.id)
    found = await town.people.person(guest.id)
    assert found is not None
    assert (found.guest, found.deactivated) == (False, True)


async def test_somebody_slack_does_not_name_is_missing_and_not_asked_for_at_every_look(town: Town) -> None:
    assert await town.people.names(["U0NOBODY", town.ana.id]) == {town.ana.id: "Ana"}
    assert await town.people.person("U0NOBODY") is None
    assert len([c for c in town.slack.calls_of("users.info") if c.args["user"] == "U0NOBODY"]) == 1


async def test_a_title_that_looks_like_a_person_is_nobody(town: Town) -> None:
    await town.declare("WAREHOUSE")
    await town.quiet()
    asked = {call.args["user"] for call in town.slack.calls_of("users.info")}
    assert asked
    assert asked <= set(town.slack.people)


async def test_who_was_never_needed_is_not_fetched_when_they_change(town: Town) -> None:
    await town.people.refresh(town.ana.id)
    assert town.slack.calls_of("users.info") == []


async def test_somebody_whom_the_database_cannot_keep_just_now_is_known_all_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise NotSaved("Not saved: the database was busy for too long.")

    monkeypatch.setattr(town.db, "run", busy)
    found = await town.people.fresh(town.ana.id, timedelta(0))
    assert found is not None
    assert await town.people.names([town.ana.id]) == {town.ana.id: "Ana"}


async def test_slow_slack_costs_a_name_and_not_the_message(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbound.people.PATIENCE", 0.05)
    town.slack.faults.add("users.info", "delay", seconds=0.5)
    assert await town.people.names([town.ana.id]) == {}


async def test_a_directory_is_looked_up_and_whoever_is_not_found_is_left_out(town: Town) -> None:
    group = town.slack.subteam("data-eng", [town.tec, town.car])
    lookup = {
        "data-engineering": [group.id],
        "team-lead": [town.bea.id, "bea@example.com"],
        "level-2": ["nobody@example.com", town.tec.id],
        "director": [town.dir.id, "C0BOARD"],
        "ghosts": ["S0GONE"],
    }
    people, places = await town.people.resolve(lookup)
    assert people == {
        "data-engineering": (town.tec.id, town.car.id),
        "team-lead": (town.bea.id,),
        "level-2": (town.tec.id,),
        "director": (town.dir.id,),
        "ghosts": (),
    }
    assert places == {"director": ("C0BOARD",)}


async def test_whoever_has_left_is_not_asked(town: Town) -> None:
    town.car.change(deleted=True)
    people, _ = await town.people.resolve({"level-2": [town.car.id, town.tec.id]})
    assert people == {"level-2": (town.tec.id,)}


async def test_a_member_of_a_rotation_who_is_not_found_moves_nobodys_week(town: Town) -> None:
    members = ("ana@example.com", "gone@example.com", town.car.id)
    rota = Rotation(name="primary", members=members, starts=date(2026, 11, 2))
    found = await town.people.rotations({"primary": rota})
    assert found["primary"].members == (town.ana.id, "gone@example.com", town.car.id)
    turns = [found["primary"].at(datetime(2026, 11, day, 12, tzinfo=UTC)) for day in (2, 9, 16)]
    assert turns == [town.ana.id, town.car.id, town.car.id], "whoever is next is asked instead"


async def test_slack_that_stumbles_at_the_start_is_asked_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbound.people.LOOKUP_PAUSES", (0.01, 0.01, 0.0))
    town.slack.faults.add("users.lookupByEmail", "500", times=2)
    people, _ = await town.people.resolve({"director": ["dir@example.com"]})
    assert people == {"director": (town.dir.id,)}


async def test_slack_that_is_down_at_the_start_takes_nobody_off_call(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbound.people.LOOKUP_PAUSES", (0.0,))
    rota = Rotation(name="primary", members=("Ana@example.com", "dir@example.com"), starts=date(2026, 11, 2))
    await town.people.rotations({"primary": rota.model_copy(update={"members": (town.ana.id, town.car.id)})})
    town.slack.faults.add("users.lookupByEmail", "500", times=None)
    found = await town.people.rotations({"primary": rota})
    assert (found["primary"].members[0], found["primary"].gone) == (town.ana.id, frozenset({"dir@example.com"})), (
        "whom it named"
    )


# channels


async def test_a_missing_channel_is_created_once(town: Town) -> None:
    made = await town.people.channel("#data-news")
    assert town.slack.find("data-news").id == made
    assert await People(town.db, town.client).channel("data-news") == made
    assert len([c for c in town.slack.calls_of("conversations.create") if c.args["name"] == "data-news"]) == 1


async def test_a_channel_we_are_in_is_found_by_its_name(town: Town) -> None:
    ours = town.slack.channel("war-room", [town.ana], bot=True, private=True)
    assert await town.people.channel("war-room") == ours.id
    assert not [c for c in town.slack.calls_of("conversations.create") if c.args["name"] == "war-room"]


async def test_a_channel_of_others_is_posted_to_by_name_and_its_id_learned(town: Town) -> None:
    assert await town.people.channel("incidents") == "#incidents"
    await town.declare()
    await town.quiet()
    assert town.said("incidents", "Orders mart is stale")
    assert await town.people.channel("incidents") == town.slack.find("incidents").id


async def test_the_workspace_is_never_listed(town: Town) -> None:
    await town.declare()
    await town.quiet()
    assert town.slack.calls_of("conversations.list", "users.list") == []


async def test_an_id_is_an_id_and_we_join_its_channel(town: Town) -> None:
    place = town.slack.find("incidents")
    assert await town.people.channel(place.id) == place.id
    assert town.slack.bot_user_id in place.members


async def test_no_channel_to_be_had_is_told_by_slack_when_it_is_posted_to(town: Town) -> None:
    town.slack.channel("secret", [town.ana], private=True)
    place = await town.people.channel("secret")
    assert place == "#secret"
    with pytest.raises(Refusal, match="channel_not_found"):
        await town.people._api.call("chat.postMessage", channel=place, text="hello")


@pytest.mark.parametrize("how", ["deleted", "renamed and archived"])
async def test_a_channel_that_was_made_anew_is_found_by_its_name(town: Town, how: str) -> None:
    await town.declare()
    await town.quiet()
    old = town.slack.find("incidents")
    assert town.said("incidents", "Orders mart is stale")
    gone(town, old, deleted=how == "deleted")
    new = town.slack.channel("incidents", [town.ana])
    await town.act(r.Acknowledge(), by="car")
    await town.quiet()
    assert [m for m in town.slack.messages(new) if "Orders mart is stale" in m.text]
    assert await town.people.channel("incidents") == new.id
    await town.declare("Another one")
    await town.quiet()
    assert len([m for m in town.slack.messages(new) if "Another one" in m.text]) == 1


async def test_a_channel_that_was_archived_and_has_no_successor_is_told_once(town: Town) -> None:
    await town.declare()
    await town.quiet()
    town.slack.find("incidents").archived = True
    await town.declare("Another one")
    await town.quiet()
    assert ("notice", "is_archived") in (await town.incident(2)).refusals


def gone(town: Town, channel: Channel, *, deleted: bool) -> None:
    if deleted:
        del town.slack.ws.channels[channel.id]
    else:
        channel.name, channel.archived = "incidents-old", True
