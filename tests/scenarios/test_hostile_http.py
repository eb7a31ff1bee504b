"""A bot over HTTP, and somebody who saw what Slack sent: sent again, sent later, sent from elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import structlog

from bot.sandbox import Timing
from tests.living import PATIENCE, Living, living
from tests.scenarios.world import kinds, quiet

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass
class Wire:
    """Whoever can send to the request URL; with the secret, as Slack does."""

    town: Living
    http: aiohttp.ClientSession

    async def send(self, body: bytes, kind: str = FORM, ago: float = 0, **more: str) -> tuple[int, str]:
        stamp = str(int(time.time() - ago))
        signed = hmac.new(self.town.slack.signing_secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
        signature = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed.hexdigest()}"}
        assert self.town.bot.server is not None
        url = f"{self.town.bot.server.url}/slack/events"
        async with self.http.post(url, data=body, headers={"Content-Type": kind, **signature, **more}) as answer:
            return answer.status, await answer.text()

    def command(self, text: str, trigger: str, **more: str) -> bytes:
        slack = self.town.slack
        fields = {
            "command": "/incident", "text": text, "user_id": self.town.bea.id, "trigger_id": trigger,
            "channel_id": slack.find("general").id, "team_id": slack.ws.team_id,
        }  # fmt: skip
        return urlencode({**fields, **more}).encode()

    def event(self, event_id: str, **more: Any) -> bytes:
        said = {"type": "message", "channel": self.town.slack.find("general").id, "user": self.town.bea.id, "ts": "1.0"}
        team = self.town.slack.ws.team_id
        body = {"type": "event_callback", "event_id": event_id, "team_id": team, "event": {**said, "text": "hello"}}
        return json.dumps({**body, **more}).encode()


@pytest.fixture
async def wire(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    timing = Timing(ack=PATIENCE, event_retries=(0.0, 0.0, 0.0))
    async with (
        living(sqlite_url, tmp_path, http=True, timing=timing) as town,
        aiohttp.ClientSession() as http,
    ):
        yield Wire(town, http)


async def test_what_is_sent_again_has_one_effect_and_the_same_answer(wire: Wire) -> None:
    """A request that somebody recorded is good for five minutes, so its own ids say that it came before."""
    body = wire.command("declare P2 orders mart is stale", "1.2.replay")
    first = await wire.send(body, ago=200)
    again = [await wire.send(body, ago=seconds) for seconds in (200, 10, 0)]
    assert first[0] == 200
    assert "INC-1 is saved" in first[1]
    assert again == [first] * 3
    assert (await wire.send(body, ago=310))[0] == 401
    await quiet(wire.town)
    assert (await kinds(wire.town)).count("declared") == 1
    assert wire.town.slack.channel_named("inc-2") is None


async def test_what_slack_wants_answered_is_answered(wire: Wire) -> None:
    challenge = {"token": "x", "type": "url_verification", "challenge": "3eZbrw1aB"}
    status, told = await wire.send(json.dumps(challenge).encode(), JSON)
    assert (status, "3eZbrw1aB" in told) == (200, True)
    assert (await wire.send(b"ssl_check=1&token=x"))[0] == 200
    limited = {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1518467820, "api_app_id": "A1"}
    assert (await wire.send(json.dumps(limited).encode(), JSON))[0] == 200
    assert (await wire.send(wire.event("Ev1", event={"type": "invented_tomorrow"}), JSON))[0] == 200


async def test_another_workspace_has_no_part_in_this_record(wire: Wire) -> None:
    """The same app installed elsewhere signs with the same secret."""
    other = {"team": {"id": "TELSEWHERE"}, "user": {"id": wire.town.bea.id}, "trigger_id": "1.4", "callback_id": "x"}
    strangers = [
        (wire.command("declare P1 mine", "1.3", team_id="TELSEWHERE"), FORM),
        (urlencode({"payload": json.dumps({"type": "shortcut", **other})}).encode(), FORM),
        (wire.event("Ev2", authorizations=[{"team_id": "TELSEWHERE"}]), JSON),
        (wire.event("Ev3", team_id="TELSEWHERE"), JSON),
    ]
    with structlog.testing.capture_logs() as lines:
        assert [await wire.send(*each) for each in strangers] == [(200, "")] * 4
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["from_another_workspace"], "once"
    connected = wire.event("Ev4", team_id="TELSEWHERE", authorizations=[{"team_id": wire.town.slack.ws.team_id}])
    assert (await wire.send(connected, JSON))[0] == 200
    ours = wire.command("declare P2 ours", "1.5")
    assert "INC-1 is saved" in (await wire.send(ours))[1]


async def test_whoever_looks_in_from_outside_learns_nothing(wire: Wire) -> None:
    """Titles, people, channels and texts are on none of the addresses that ask for no signature."""
    title = "the secret takeover of Acme"
    await wire.send(wire.command(f"declare P1 {title}", "1.6"))
    await quiet(wire.town)
    assert wire.town.bot.server is not None
    for path in ("/healthz", "/readyz", "/metrics"):
        async with wire.http.get(wire.town.bot.server.url + path) as answer:
            shown = (await answer.text() + str(answer.headers)).lower()
        secrets = [
            wire.town.slack.bot_token,
            wire.town.slack.signing_secret,
            *(p.id for p in wire.town.people.values()),
            "takeover",
            "inc-1",
        ]
        assert [word for word in secrets if word.lower() in shown] == [], path
        assert "aiohttp" not in shown
        assert "python" not in str(answer.headers).lower()
