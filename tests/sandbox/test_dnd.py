"""Do Not Disturb, and what every answer's headers say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Person, Sandbox
from tests.sandbox.probe import manifest, web_client


async def test_whoever_is_muted_is_not_rung_and_apps_may_know_it() -> None:
    now = datetime.now(UTC)
    async with Sandbox(manifest(scopes=["dnd:read"])) as slack:
        client, ana, bea = web_client(slack), slack.person("Ana"), slack.person("Bea")
        town = slack.channel("town", [ana, bea], bot=True)
        ana.mute(until=now + timedelta(hours=1))
        bea.mute(since=now + timedelta(hours=1), until=now + timedelta(hours=2))
        for who in (ana, bea):
            await client.chat_postMessage(channel=town.id, text=f"<@{who.id}> look")
        assert [ping.user for ping in slack.pings()] == [bea.id]
        told = await client.dnd_info(user=ana.id)
        assert told["dnd_enabled"]
        assert told["next_dnd_end_ts"] - told["next_dnd_start_ts"] == pytest.approx(3600, abs=2)
        ana.unmute()
        both = (await client.dnd_teamInfo(users=[ana.id, bea.id, "U0NOBODY"]))["users"]
        assert {one: state["dnd_enabled"] for one, state in both.items()} == {ana.id: False, bea.id: True}
        with pytest.raises(SlackApiError, match="no_users_provided"):
            await client.dnd_teamInfo(users="")


async def test_do_not_disturb_has_a_scope(client: AsyncWebClient, ana: Person) -> None:
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client.dnd_info(user=ana.id)


async def test_every_answer_names_the_scopes_and_the_time(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.skew = 3600
    good = await client.auth_test()
    with pytest.raises(SlackApiError) as refused:
        await client.users_info(user="U0NOBODY")
    for answer in (good, refused.value.response):
        assert set(answer.headers["x-oauth-scopes"].split(",")) == slack.ws.manifest.scopes
        ahead = parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC)
        assert ahead.total_seconds() == pytest.approx(3600, abs=3)
    client.token = "xoxb-somebody-elses"
    with pytest.raises(SlackApiError) as unknown:
        await client.auth_test()
    assert "x-oauth-scopes" not in unknown.value.response.headers
