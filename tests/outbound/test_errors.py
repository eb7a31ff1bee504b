"""Every way a call can fail is one of four."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.message import KINDS
from bot.outbound.api import Api
from bot.outbound.errors import Again, Limited, Refusal, Unclear
from bot.outbound.slack import SENDERS
from bot.outbound.waits import Waits
from tests.outbound.town import Town


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("429", Limited),
        ("500", Unclear),
        ("503", Unclear),
        ("html", Unclear),
        ("garbage", Unclear),
        ("lost_request", Unclear),
        ("lost_reply", Unclear),
        ("error:fatal_error", Unclear),
        ("error:ratelimited", Limited),
        ("error:token_revoked", Again),
        ("error:restricted_action", Refusal),
    ],
)
async def test_a_failure_is_sorted(town: Town, kind: str, expected: type[Exception]) -> None:
    town.slack.faults.add("chat.postMessage", kind)
    with pytest.raises(Exception) as failed:  # noqa: PT011 - which one is what is tested
        await Api(town.client).call("chat.postMessage", channel=town.ana.id, text="hello")
    assert type(failed.value) is expected


async def test_slack_names_how_long_to_wait_and_it_is_waited(town: Town) -> None:
    town.slack.faults.add("chat.postMessage", "429", retry_after=7)
    api = Api(town.client)
    with pytest.raises(Limited) as limited:
        await api.call("chat.postMessage", channel=town.ana.id, text="hello")
    assert limited.value.after_seconds == 7
    with pytest.raises(Again) as paced:
        await api.call("chat.postMessage", channel=town.ana.id, text="hello")
    assert paced.value.after_seconds == pytest.approx(7, abs=1)
    assert len(town.slack.calls_of("chat.postMessage")) == 1


async def test_a_missing_scope_is_named(town: Town) -> None:
    granted = town.slack.ws.manifest
    town.slack.ws.manifest = replace(granted, scopes=granted.scopes - {"pins:write"})
    with pytest.raises(Refusal, match="pins:write"):
        await Api(town.client).call("pins.add", channel=town.slack.find("incidents").id, timestamp="1.000000")


async def test_a_call_that_hangs_is_unclear(town: Town) -> None:
    town.slack.faults.add("chat.postMessage", "hang", seconds=0.5)
    with pytest.raises(Unclear):
        await Api(town.client, waits=Waits(call=0.05)).call("chat.postMessage", channel=town.ana.id, text="hello")


async def test_no_connection_is_no_doubt() -> None:
    async with aiohttp.ClientSession() as session:
        nowhere = AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:1/api/", session=session, retry_handlers=[])
        with pytest.raises(Again):
            await Api(nowhere).call("chat.postMessage", channel="C1", text="hello")


def test_a_client_that_repeats_posts_by_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="retry_handlers"):
        Api(AsyncWebClient("xoxb-1"))


def test_every_kind_of_message_has_one_sender() -> None:
    assert set(SENDERS) == set(KINDS)
