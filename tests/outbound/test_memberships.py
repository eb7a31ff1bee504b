"""Who stands behind a user group or an address: known before anybody asks, and never guessed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.outbound import memberships
from bot.outbound.memberships import Memberships
from tests.outbound.town import Town


async def test_members_are_known_from_the_start_and_followed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memberships, "EVERY", 0.01)
    monkeypatch.setattr(memberships, "AGAIN", 0.01)
    crew = town.slack.subteam("crew", [town.ana], id="S0CREW")
    found = Memberships(town.people, ("S0CREW", "bea@example.com", "S0GONE"))
    await found.begin()
    assert found.behind == {"S0CREW": (town.ana.id,), "bea@example.com": (town.bea.id,), "S0GONE": ()}
    crew.users.append(town.bea.id)
    running = asyncio.create_task(found.run())
    await _until(lambda: found.behind["S0CREW"] == (town.ana.id, town.bea.id))
    town.slack.faults.add("usergroups.users.list", "503", times=None)
    crew.users.clear()
    calls = len(town.slack.calls_of("usergroups.users.list"))
    await _until(lambda: len(town.slack.calls_of("usergroups.users.list")) > calls + 4)
    assert found.behind["S0CREW"] == (town.ana.id, town.bea.id), "what was known counts while Slack says nothing"
    monkeypatch.setattr(memberships, "KEPT", 0.0)
    await _until(lambda: "S0CREW" not in found.behind)
    found.stop()
    await running


async def test_a_slow_slack_keeps_nobody_from_starting(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memberships, "AT_START", 0.05)
    town.slack.subteam("crew", [town.ana], id="S0CREW")
    town.slack.faults.add("usergroups.users.list", "hold", times=None)
    found = Memberships(town.people, ("S0CREW",))
    await found.begin()
    assert found.behind == {}, "nobody is known to be in it, and nobody is said to be out of it"
    town.slack.faults.release()


async def test_an_admin_is_asked_about_anew_unless_slack_said_so_just_now(town: Town) -> None:
    boss = town.slack.person("Boss", admin=True)
    found = await town.people.fresh(boss.id, timedelta(minutes=5))
    assert found is not None
    assert found.admin
    boss.user.admin = False
    found = await town.people.fresh(boss.id, timedelta(minutes=5))
    assert found is not None
    assert found.admin, "told within the last minutes"
    found = await town.people.fresh(boss.id, timedelta(0))
    assert found is not None
    assert not found.admin


async def _until(true: object) -> None:
    for _ in range(2_000):
        if callable(true) and true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came")
