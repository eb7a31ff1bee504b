"""Delivery by signed HTTP requests, and the doors another process drives people through."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.sandbox import Sandbox, Timing
from bot.sandbox.http_delivery import UrlNotVerified
from bot.sandbox.server import open_sandbox
from tests.sandbox.probe import MANIFEST, Connected, manifest


class Endpoint:
    """An app behind a request URL."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], str]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = ""
        self.challenged = ""
        """How a challenge is answered: `{challenge}` stands for it."""

    async def handle(self, request: web.Request) -> web.Response:
        text = await request.text()
        self.got.append((dict(request.headers), text))
        if '"url_verification"' in text:
            said = self.challenged.replace("{challenge}", json.loads(text)["challenge"])
            return web.Response(status=self.status, text=said)
        return web.Response(status=self.status, text=self.body, headers=self.headers)


@pytest.fixture
async def endpoint() -> AsyncIterator[tuple[Endpoint, str]]:
    app, received = web.Application(), Endpoint()
    app.router.add_post("/slack/events", received.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield received, f"http://{host}:{port}/slack/events"
    await runner.cleanup()


async def test_requests_are_signed_and_answers_read(endpoint: tuple[Endpoint, str]) -> None:
    received, url = endpoint
    received.body = json.dumps({"text": "hello"})
    async with Sandbox(manifest(), request_url=url) as slack:
        ana = slack.person("Ana")
        ack = await ana.command("/probe", "with payload inside")
        await ana.open_home()
        await slack.settled()
        verifier = SignatureVerifier(slack.signing_secret)
    assert ack.text == "hello"
    assert all(verifier.is_valid_request(body, headers) for headers, body in received.got)
    assert "command=%2Fprobe" in received.got[0][1]
    assert json.loads(received.got[1][1])["event"]["type"] == "app_home_opened"


@pytest.mark.parametrize("answer", ["{challenge}", "challenge={challenge}", '{"challenge": "{challenge}"}'])
async def test_a_request_url_is_taken_once_it_answers_the_challenge(
    endpoint: tuple[Endpoint, str], answer: str
) -> None:
    received, url = endpoint
    received.challenged = answer
    async with Sandbox(manifest()) as slack:
        await slack.deliver_to(url)
        headers, body = received.got[0]
        assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
        await slack.person("Ana").open_home()
        await slack.settled()
    assert [json.loads(body)["type"] for _, body in received.got] == ["url_verification", "event_callback"]


async def test_a_request_url_that_does_not_is_not_taken(endpoint: tuple[Endpoint, str]) -> None:
    received, url = endpoint
    async with Sandbox(manifest()) as slack:
        for received.status, received.challenged in ((200, "hello"), (500, "{challenge}")):
            with pytest.raises(UrlNotVerified, match="without the challenge"):
                await slack.deliver_to(url)
        with pytest.raises(UrlNotVerified, match="does not answer"):
            await slack.deliver_to("http://127.0.0.1:9/")
        assert slack.dispatcher.road is slack.sockets


async def test_redirects_are_followed_twice(endpoint: tuple[Endpoint, str]) -> None:
    received, url = endpoint
    received.status, received.headers = 307, {"Location": url}
    async with Sandbox(manifest(), request_url=url, timing=Timing(event_retries=(0.0,))) as slack:
        await slack.person("Ana").open_home()
        await slack.settled()
    assert [headers.get("X-Slack-Retry-Reason") for headers, _ in received.got] == [
        *(None, None, None),
        *("too_many_redirects",) * 3,
    ]


async def test_failed_events_come_again_with_their_reason(endpoint: tuple[Endpoint, str]) -> None:
    received, url = endpoint
    received.status = 500
    timing = Timing(event_retries=(0.0, 0.0, 0.0))
    async with Sandbox(manifest(), request_url=url, timing=timing) as slack:
        await slack.person("Ana").open_home()
        await slack.settled()
        numbers = [headers.get("X-Slack-Retry-Num") for headers, _ in received.got]
        assert numbers == [None, "1", "2", "3"]
        assert received.got[1][0]["X-Slack-Retry-Reason"] == "http_error"
        received.got.clear()
        received.headers = {"X-Slack-No-Retry": "1"}
        await slack.person("Bea").open_home()
        await slack.settled()
        assert len(received.got) == 1


async def post(session: aiohttp.ClientSession, url: str, **body: Any) -> dict[str, Any]:
    async with session.post(url, json=body) as answer:
        result: dict[str, Any] = await answer.json()
    return result


async def test_people_are_driven_from_outside() -> None:
    async with open_sandbox(MANIFEST) as slack, Connected(slack) as app, aiohttp.ClientSession() as session:
        doors = f"{slack.url}/_sandbox"
        said = await post(session, f"{doors}/say", user="Ana", channel="general", text="hi @Bea")
        assert said["text"].startswith("hi <@U")
        await post(session, f"{doors}/react", user="Bea", channel="general", ts=said["ts"], emoji="eyes")
        answered = await post(session, f"{doors}/command", user="ana", command="/probe", channel="general", text="x")
        assert answered["ok"]
        refused = await post(session, f"{doors}/command", user="Ana", command="/nothing", channel="general")
        assert refused == {"error": "/nothing is not a valid command"}
        async with session.get(f"{doors}/messages", params={"channel": "general", "user": "Bea"}) as answer:
            (message,) = (await answer.json())["messages"]
        assert message["lines"] == ["hi @Bea", "👀 1"]
        for what in ("people", "channels", "views", "calls", "pings"):
            async with session.get(f"{doors}/{what}") as answer:
                assert answer.status == 200
        assert [r.type for r in app.got if r.type == "slash_commands"] == ["slash_commands"]
