"""The people of a served workspace, driven and looked at by JSON over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.server import open_sandbox
from tests.sandbox.probe import MANIFEST, Connected, error_of, web_client


class Doors:
    def __init__(self, slack: Sandbox, http: aiohttp.ClientSession) -> None:
        self.slack, self.http = slack, http

    async def post(self, door: str, **body: Any) -> Any:
        async with self.http.post(f"{self.slack.url}/_sandbox/{door}", json=body) as answer:
            return await answer.json()

    async def get(self, door: str, **query: str) -> Any:
        async with self.http.get(f"{self.slack.url}/_sandbox/{door}", params=query) as answer:
            return await answer.json()


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_sandbox(MANIFEST) as slack, aiohttp.ClientSession() as http:
        yield Doors(slack, http)


async def test_messages_and_members(doors: Doors) -> None:
    said = await doors.post("say", user="Ana", channel="general", text="hi")
    await doors.post("edit", user="Ana", channel="general", ts=said["ts"], text="hello @crew")
    assert [m["text"] for m in (await doors.get("messages", channel="general"))["messages"]] == ["hello @crew"]
    await doors.post("delete", user="Ana", channel="general", ts=said["ts"])
    assert (await doors.get("messages", channel="general"))["messages"] == []
    await doors.post("people", name="Gus", guest=True)
    await doors.post("invite", user="Ana", channel="general", people=["Gus"])
    await doors.post("leave", user="Bea", channel="general")
    names = {doors.slack.people[one].name for one in doors.slack.find("general").members if one in doors.slack.people}
    assert names == {"Ana", "Cem", "Gus"}
    other = await doors.post("say", user="Ana", channel="general", text="x")
    refused = await doors.post("edit", user="Cem", channel="general", ts=other["ts"], text="y")
    assert "cannot change this message" in refused["error"]


async def test_a_group_and_somebody_slack_does_not_let_in(doors: Doors) -> None:
    group = await doors.post("groups", handle="crew", members=["Ana", "Bea"], id="S0CREW")
    assert (group["id"], len(group["users"])) == ("S0CREW", 2)
    await doors.post("faults", uninvitable="Bea", kind="ura_max_channels")
    async with Connected(doors.slack):
        client = web_client(doors.slack)
        channel = (await client.conversations_create(name="x"))["channel"]["id"]
        bea = doors.slack.person_named("Bea").id
        assert await error_of(client.conversations_invite(channel=channel, users=bea)) == "ura_max_channels"
