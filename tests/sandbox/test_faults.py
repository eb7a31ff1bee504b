from __future__ import annotations

import time

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Person, Sandbox
from tests.sandbox.probe import error_of


@pytest.fixture
def town(slack: Sandbox, ana: Person) -> str:
    return slack.channel("town", [ana], bot=True).id


@pytest.mark.parametrize(
    ("kind", "stored"),
    [("lost_request", 0), ("lost_reply", 1)],
)
async def test_a_lost_connection_before_or_after_the_effect(
    slack: Sandbox, client: AsyncWebClient, town: str, kind: str, stored: int
) -> None:
    slack.faults.add("chat.postMessage", kind)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=town, text="x")
    assert len(slack.messages(town)) == stored
    await client.chat_postMessage(channel=town, text="again")
    assert [call.error for call in slack.calls_of("chat.postMessage")] == ["dropped", None]


@pytest.mark.parametrize(
    ("kind", "status", "stored"),
    [("500", 500, 0), ("502", 502, 0), ("503", 503, 0), ("500_after", 500, 1), ("html", 502, 0), ("429", 429, 0)],
)
async def test_http_errors(
    slack: Sandbox, client: AsyncWebClient, town: str, kind: str, status: int, stored: int
) -> None:
    slack.faults.add("chat.postMessage", kind, retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=town, text="x")
    response = caught.value.response
    assert getattr(response, "status_code", None) == status
    assert len(slack.messages(town)) == stored
    if kind == "429":
        assert response.headers["Retry-After"] == "7"


async def test_an_error_before_and_after_the_effect(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    slack.faults.add("chat.postMessage", "error:fatal_error")
    assert await error_of(client.chat_postMessage(channel=town, text="x")) == "fatal_error"
    slack.faults.add("chat.postMessage", "error_after:fatal_error")
    assert await error_of(client.chat_postMessage(channel=town, text="y")) == "fatal_error"
    assert [m.text for m in slack.messages(town)] == ["y"]


async def test_json_that_is_none(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    slack.faults.add("chat.postMessage", "garbage")
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=town, text="x")


async def test_how_often_after_how_many_and_for_whom(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    slack.faults.add("*", "error:internal_error", times=2, after=1, match={"text": "x"})
    results = []
    for text in ("x", "other", "x", "x", "x"):
        body = (
            await client.api_call("chat.postMessage", json={"channel": town, "text": text}) if text == "other" else None
        )
        results.append("ok" if body else await _outcome(client, town, text))
    assert results == ["ok", "ok", "internal_error", "internal_error", "ok"]
    slack.faults.add("chat.postMessage", "error:fatal_error", times=None, match=lambda args: args["text"] == "z")
    assert [await _outcome(client, town, "z") for _ in range(3)] == ["fatal_error"] * 3
    slack.faults.clear()
    assert await _outcome(client, town, "z") == "ok"


async def _outcome(client: AsyncWebClient, channel: str, text: str) -> str:
    try:
        await client.chat_postMessage(channel=channel, text=text)
    except SlackApiError as refusal:
        return str(refusal.response["error"])
    return "ok"


async def test_an_unknown_fault_is_a_mistake_of_the_test(slack: Sandbox) -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        slack.faults.add("chat.postMessage", "explode")


async def test_delay_hang_and_latency(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    slack.latency = 0.05
    started = time.monotonic()
    await client.chat_postMessage(channel=town, text="x")
    assert time.monotonic() - started >= 0.05
    slack.faults.add("chat.postMessage", "delay", seconds=0.1)
    await client.chat_postMessage(channel=town, text="y")
    call = slack.calls[-1]
    assert call.ended is not None
    assert call.ended - call.started >= 0.15
    slack.faults.add("chat.postMessage", "hang", seconds=0.05)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=town, text="z")
    assert [m.text for m in slack.messages(town)] == ["x", "y"]


async def test_the_log_of_calls(slack: Sandbox, client: AsyncWebClient, town: str) -> None:
    await client.chat_postMessage(channel=town, text="x")
    await error_of(client.pins_add(channel=town, timestamp="1.000001"))
    posted, pinned = slack.calls
    assert (posted.method, posted.args["text"], posted.status, posted.ok) == ("chat.postMessage", "x", 200, True)
    assert posted.result["ts"] == slack.messages(town)[0].ts
    assert (pinned.ok, pinned.error) == (False, "message_not_found")
