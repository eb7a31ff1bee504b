"""The socket: whatever happens to it, Slack reaches us again, and what came by it is answered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.inbound.edge import slack_socket
from bot.inbound.edge.slack_socket import SlackSocket
from bot.sandbox import Person, Sandbox, Timing
from bot.store.engines import StartError
from tests.living import INSTALLED, PATIENCE, until

QUICK = Timing(ack=PATIENCE, disconnect_warning=0.1)


class App:
    """What stands behind the socket: it answers a command with its own words, when it may."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.got: list[str] = []
        self.unheard: list[str] = []

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        self.got.append(request.body.get("text", ""))
        await self.go_on.wait()
        return BoltResponse(status=200, body=f'{{"text": "heard {request.body.get("text")}"}}')

    def lost(self, _body: dict[str, Any], answer: dict[str, Any]) -> None:
        self.unheard.append(answer["text"])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_socket, "PAUSES", (0.0, 0.01, 0.02))


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox(INSTALLED, timing=QUICK) as slack:
        slack.channel("general", [slack.person("Ana")])
        yield slack


@contextlib.asynccontextmanager
async def by_socket(slack: Sandbox, app: App) -> AsyncIterator[SlackSocket]:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(base_url=slack.api_url, session=session, retry_handlers=[])
        async with SlackSocket(client, slack.app_token, app.dispatch, app.lost) as socket:
            yield socket


def ana(slack: Sandbox) -> Person:
    return next(iter(slack.people.values()))


async def says(slack: Sandbox, text: str) -> str:
    ack = await ana(slack).command("/incident", text, "general")
    return ack.text if ack.ok else str(ack.error)


def tickets(slack: Sandbox) -> int:
    return len(slack.calls_of("apps.connections.open"))


async def fresh(slack: Sandbox, after: int) -> None:
    """Once there is a socket that was opened after so many."""
    there = slack.sockets
    await slack.wait_for(lambda: any(s.number > after and not s.draining for s in there.sockets), 10, "a new socket")


async def test_whatever_happens_to_a_socket_there_is_another(slack: Sandbox) -> None:
    async with by_socket(slack, App()) as socket:
        for number, kind in enumerate(("abort", "refresh_requested", "warning", "abort", "abort"), start=1):
            await slack.close_sockets(kind)  # type: ignore[arg-type]
            await fresh(slack, number)
            assert await says(slack, kind) == f"heard {kind}"
            assert socket.trouble is None
        assert tickets(slack) == 6, "one for each, and no more"


async def test_a_socket_that_says_nothing_any_more_is_given_up(slack: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_socket, "PING_SECONDS", 0.4)
    async with by_socket(slack, App()):
        await slack.close_sockets("silent")
        await fresh(slack, 1)
        async with asyncio.timeout(20):
            while await says(slack, "still there") != "heard still there":  # noqa: ASYNC110 - a busy machine may lose one
                await asyncio.sleep(0.1)


async def test_a_ticket_is_tried_once(slack: Sandbox) -> None:
    slack.sockets.failing_handshakes = 1
    async with by_socket(slack, App()) as socket:
        assert tickets(slack) == 2
        slack.sockets.failing_handshakes = 3
        await slack.close_sockets("abort")
        await fresh(slack, 1)
        assert tickets(slack) == 6
        assert socket.connected
        assert await says(slack, "at last") == "heard at last"


async def test_no_moment_without_a_socket_when_slack_calls_one_off(slack: Sandbox) -> None:
    """The next opens before the old one closes, and what came by the old one is answered on it."""
    slack.unconfirmed.ack_on_another_socket_counts = False
    slack.timing.disconnect_warning = 30
    app, least = App(), [1]

    def counted() -> bool:
        least.append(len(slack.sockets.sockets))
        return any(s.number == 2 for s in slack.sockets.sockets)

    async with by_socket(slack, app):
        app.go_on.clear()
        early = asyncio.create_task(says(slack, "early"))
        await until(lambda: "early" in app.got)
        watching = asyncio.create_task(slack.wait_for(counted))
        await slack.close_sockets("refresh_requested")
        await watching
        late = asyncio.create_task(says(slack, "late"))
        await until(lambda: "late" in app.got)
        app.go_on.set()
        assert {await early, await late} == {"heard early", "heard late"}
    assert min(least) == 1


async def test_too_many_sockets(slack: Sandbox) -> None:
    """Ten others have one each; when they leave we are in."""
    async with aiohttp.ClientSession() as session:
        others = [await session.ws_connect(slack.sockets.open()) for _ in range(9)]
        app = App()
        async with by_socket(slack, app):
            tenth = await session.ws_connect(slack.sockets.open())
            assert (await tenth.receive_json())["type"] == "disconnect", "it is the eleventh"
            others.append(tenth)
            before = tickets(slack)
            ours = next(s for s in slack.sockets.sockets if s.number == 10)
            ours.abort()
            await slack.wait_for(lambda: ours not in slack.sockets.sockets)
            others.append(await session.ws_connect(slack.sockets.open()))
            await slack.wait_for(lambda: tickets(slack) >= before + 4, 10, "some tries")
            for one in others:
                await one.close()
            await slack.wait_for(lambda: len(slack.sockets.sockets) == 1, 10, "ours")
            assert await says(slack, "in") == "heard in"


async def test_a_refusal_is_said_once_and_outlived(slack: Sandbox) -> None:
    """Whatever apps.connections.open answers for a while: the log has a line per reason, and the reason is at hand."""
    async with by_socket(slack, App()) as socket:
        for kind, why in (
            ("500", "HTTP 500"),
            ("html", "HTTP 502"),
            ("error:internal_error", "internal_error"),
            ("lost_request", "ServerDisconnectedError"),
            ("error:invalid_auth", "invalid_auth"),
            ("garbage", ""),
        ):
            fault = slack.faults.add("apps.connections.open", kind, times=None)
            with capture_logs() as log:
                newest = max(s.number for s in slack.sockets.sockets)
                await slack.close_sockets("abort")
                await slack.wait_for(lambda fault=fault: fault.used >= 4, 10, f"{kind}, again and again")  # type: ignore[misc]
                assert not socket.connected
                assert why in str(socket.trouble)
                slack.faults.clear()
                await fresh(slack, newest)
            told = [(line["event"], line["log_level"]) for line in log if line.get("error")]
            word = ("slack_refuses_the_socket", "error") if kind == "error:invalid_auth" else ("no_socket", "warning")
            assert told == [word], "not at every try"
            assert [line["event"] for line in log][-1] == "socket_open"
            assert socket.trouble is None
        await slack.close_sockets("link_disabled")
        await until(lambda: socket.trouble == "forbidden_team")
        slack.sockets.enabled = True
        await slack.connected()
        assert await says(slack, "turned on again") == "heard turned on again"


async def test_asked_too_often_it_waits_as_long_as_slack_says(slack: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def at_once(headers: dict[str, str]) -> float:
        waited.append(float(headers["Retry-After"]))
        return 0.0

    monkeypatch.setattr(slack_socket, "_wait", at_once)
    async with by_socket(slack, App()):
        slack.faults.add("apps.connections.open", "429", times=2, retry_after=7)
        await slack.close_sockets("abort")
        await fresh(slack, 1)
    assert waited == [7.0, 7.0]


async def test_an_answer_that_no_socket_takes_is_handed_back(slack: Sandbox) -> None:
    app = App()
    async with by_socket(slack, app):
        app.go_on.clear()
        asked = asyncio.create_task(says(slack, "hello"))
        await until(lambda: bool(app.got))
        slack.faults.add("apps.connections.open", "500", times=None)
        await slack.close_sockets("abort")
        await slack.wait_for(lambda: tickets(slack) > 2)
        app.go_on.set()
        await until(lambda: app.unheard == ["heard hello"])
        asked.cancel()


async def test_frames_of_another_shape_do_no_harm(slack: Sandbox) -> None:
    async with by_socket(slack, App()):
        [socket] = slack.sockets.sockets
        for frame in ("", "no json", "[]", '{"type": "slash_commands", "envelope_id": "1"}', '{"type": "news"}', "{}"):
            await socket.ws.send_str(frame)
        await socket.ws.send_json({"type": "slash_commands", "envelope_id": "2", "payload": {"command": 5}})
        assert await says(slack, "still here") == "heard still here"
        assert len(slack.sockets.sockets) == 1
        assert [ack["envelope_id"] for ack in slack.sockets.acks] == [slack.deliveries[-1].envelope_id]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("error:forbidden_team", "Socket Mode is off"),
        ("error:invalid_auth", r"Slack does not accept SLACK_APP_TOKEN \(invalid_auth\)"),
        ("500", r"did not open in time \(HTTP 500\)"),
    ],
)
async def test_a_start_without_a_socket_says_why(
    slack: Sandbox, monkeypatch: pytest.MonkeyPatch, kind: str, told: str
) -> None:
    monkeypatch.setattr(slack_socket, "CONNECT_SECONDS", 0.2 if kind == "500" else 60)
    slack.faults.add("apps.connections.open", kind, times=None)
    with pytest.raises(StartError, match=told):
        async with by_socket(slack, App()):
            pass
