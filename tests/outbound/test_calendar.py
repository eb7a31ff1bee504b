"""What belongs to no incident, at Slack's end: the user group, and that somebody hears of what Slack refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.duty.oncall import Override
from bot.usecases.calendar_said import say, to
from bot.usecases.keep_calendar import groups
from tests.outbound.town import QUICK, Town, founded, running

GROUP = "S0ONCALL"
SORRY = "Slack did not let me put whoever is on call into the user group"


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[Town]:
    """Car is primary on call, and the group of whoever that is has Tec in it."""
    async with founded(sqlite_url, QUICK) as town:
        (car,) = town.team.rotations.values()
        town.team = replace(town.team, rotations={"primary": car.model_copy(update={"group": GROUP})})
        town.slack.subteam("on-call", [town.tec], id=GROUP)
        town.courier = town.another()
        async with running(town):
            yield town


async def follow(town: Town, *, anew: bool = False) -> bool:
    changed = await town.db.run(lambda s: groups(s, town.team, town.now, anew=anew), door=False)
    await town.quiet()
    return changed


def taken_over(town: Town, *people: str) -> None:
    """Each of these has it for an hour, one after the other, from now on."""
    (one,) = town.team.rotations.values()
    hours = [(town.now + timedelta(hours=n), person) for n, person in enumerate(people)]
    changed = tuple(Override(person=person, start=at, end=at + timedelta(hours=1)) for at, person in hours)
    town.team.rotations = {"primary": one.model_copy(update={"overrides": changed})}


async def test_the_group_holds_whoever_is_on_call_and_is_left_alone_where_it_does(town: Town) -> None:
    assert await follow(town)
    assert town.slack.ws.subteams[GROUP].users == [town.car.id]
    assert not await follow(town), "nothing has changed"
    town.slack.ws.subteams[GROUP].users[:] = [town.tec.id]
    assert await follow(town, anew=True), "somebody changed it by hand; when we start it is looked at"
    assert town.slack.ws.subteams[GROUP].users == [town.car.id]
    before = len(town.slack.calls_of("usergroups.users.update"))
    await follow(town, anew=True)
    assert len(town.slack.calls_of("usergroups.users.update")) == before, "it is so already"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("permission_denied", "An admin lets everybody change user groups"),
        ("plan_upgrade_required", "User groups need a paid plan"),
        ("no_such_subteam", "There is no such user group any more"),
        ("missing_scope", "An admin installs me anew"),
    ],
)
async def test_that_slack_refuses_is_told_once_with_what_to_do(town: Town, error: str, advice: str) -> None:
    town.slack.faults.add("usergroups.users.update", f"error:{error}", times=None)
    taken_over(town, town.ana.id, town.bea.id)
    await follow(town)
    town.now += timedelta(hours=1)
    await follow(town)
    (sorry,) = [m for who in town.persons for m in town.told(who, SORRY)]
    assert advice in sorry.text
    town.slack.faults.clear()
    town.now += timedelta(hours=1)
    await follow(town)
    assert town.slack.ws.subteams[GROUP].users == [town.car.id]
    town.slack.faults.add("usergroups.users.update", f"error:{error}", times=None)
    taken_over(town, town.bea.id)
    await follow(town)
    assert len([m for who in town.persons for m in town.told(who, SORRY)]) == 2, "it worked meanwhile"


async def test_whoever_cannot_be_told_is_not_the_last_to_be_tried(town: Town) -> None:
    """Car is on call and cannot be written to; the next one hears what Slack refused, and where."""
    gone = town.slack.channel("reports", [town.bea], bot=True)
    gone.archived = True
    town.slack.faults.add("chat.postMessage", "error:user_not_found", match=lambda a: a["channel"] == town.car.id)
    args = {"goes": town.car.id, "comes": town.bea.id, "at": town.now.isoformat(), "taken": "", "zone": "UTC"}
    await town.db.run(lambda s: say(s, town.team, [to(gone.id, "going", "x", **args)]), door=False)
    await town.quiet()
    told = {who: town.told(who, "Slack did not let me say in") for who in town.persons}
    assert [who for who, messages in told.items() if messages] == ["bea"]
    assert f"<#{gone.id}>" in told["bea"][0].text
