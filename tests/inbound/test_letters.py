"""Private answers find the person by the best road left."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.inbound.letters import Letters, Return, opened, sealed
from bot.sandbox import Channel
from bot.views.scene import Post
from tests.living import Living

POST: Post = {"text": "Saved.", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Saved."}}]}


@pytest.mark.parametrize("to", [Return(), Return("https://hooks.slack.com/x", 1.5, "C1", 12, 7), Return(channel="C1")])
def test_what_a_form_carries_is_read_back(to: Return) -> None:
    assert opened(sealed(to)) == to
    assert len(sealed(to)) < 3000


@pytest.mark.parametrize(
    "metadata", ["", "[]", "5", "{", "[" * 100_000, '{"u":5}', '{"t":"now"}', '{"i":"7"}', '{"i":true}', '{"c":["C1"]}']
)
def test_a_form_that_carries_nothing_of_ours(metadata: str) -> None:
    assert opened(metadata) == Return()


async def fresh_url(town: Living) -> str:
    await town.zoe.command("/incident", "list", "general")
    return str(town.slack.deliveries[-1].payload["response_url"])


@pytest.fixture
async def letters(town: Living) -> AsyncIterator[Letters]:
    async with aiohttp.ClientSession() as session:
        token, url = town.slack.bot_token, town.slack.api_url
        yield Letters(AsyncWebClient(token, base_url=url, retry_handlers=[], session=session))


async def test_the_response_url_first(town: Living, letters: Letters) -> None:
    await letters.send(town.zoe.id, Return(await fresh_url(town), time.time(), "C0NOWHERE"), POST)
    assert town.zoe.ephemerals("general")[-1].text == "Saved."


@pytest.mark.parametrize("trouble", ["old", "used up", "foreign", "fails"])
async def test_then_where_the_person_was(town: Living, letters: Letters, trouble: str) -> None:
    url, at, place = await fresh_url(town), time.time(), town.slack.find("incidents").id
    if trouble == "used up":
        town.slack.timing.response_url_uses = 0
    if trouble == "fails":
        town.slack.faults.add("response_url", "500")
    if trouble == "foreign":
        url = "https://hooks.slack.com.evil.example/steal"
    await letters.send(town.zoe.id, Return(url, 0 if trouble == "old" else at, place), POST)
    assert town.zoe.ephemerals("incidents")[-1].text == "Saved."


async def test_then_directly(town: Living, letters: Letters) -> None:
    secret = town.slack.channel("secret", [town.zoe], private=True)
    await letters.send(town.zoe.id, Return(channel=secret.id), POST)
    assert town.zoe.dms()[-1].text == "Saved."
    for number, trouble in enumerate(("503", "html", "garbage"), 2):  # what no answer of Slack's own looks like
        town.slack.faults.add("chat.postEphemeral", trouble)
        await letters.send(town.zoe.id, Return(channel=secret.id), POST)
        assert [message.text for message in town.zoe.dms()] == ["Saved."] * number


async def test_an_answer_nobody_takes_breaks_nothing(town: Living, letters: Letters) -> None:
    town.slack.faults.add("chat.postMessage", "error:account_inactive")
    before: list[Channel] = town.slack.channels
    await letters.send(town.zoe.id, Return(), POST)
    assert town.slack.channels == before


async def test_an_answer_is_not_sent_on() -> None:
    """Where a response URL leads further, the answer does not follow, whatever else fails then."""
    asked: list[str] = []

    async def sent_on(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.add_routes([web.post("/response/1", sent_on), web.post("/elsewhere", sent_on)])
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        client = AsyncWebClient("xoxb-0", base_url=str(server.make_url("/api/")), retry_handlers=[], session=session)
        await Letters(client).send("U0ZOE", Return(str(server.make_url("/response/1")), time.time()), POST)
    assert asked == ["/response/1"]
