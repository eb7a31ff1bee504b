from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.sandbox import Person, Sandbox, Timing
from tests.sandbox.probe import App, Connected, error_of, manifest, web_client


async def socket_url(slack: Sandbox) -> str:
    answer = await web_client(slack, slack.app_token).api_call("apps.connections.open")
    return str(answer["url"])


async def test_hello_and_a_ticket_for_one_use(slack: Sandbox) -> None:
    url = await socket_url(slack)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json()
            await socket.ping(b"are you there")
            assert (hello["type"], hello["num_connections"]) == ("hello", 1)
            assert hello["debug_info"]["approximate_connection_time"] == 18_060
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
        async with session.ws_connect(await socket_url(slack) + "&debug_reconnects=true") as socket:
            hello = await socket.receive_json()
            assert hello["debug_info"]["approximate_connection_time"] == 360


async def test_the_eleventh_socket_is_sent_away(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(await socket_url(slack)) for _ in range(11)]
        frames = [await socket.receive_json() for socket in sockets]
        for socket in sockets:
            await socket.close()
    assert [f["type"] for f in frames] == ["hello"] * 10 + ["disconnect"]
    assert frames[-1]["reason"] == "too_many_websockets"


async def test_payloads_go_to_any_of_several_sockets(slack: Sandbox, app: App, ana: Person) -> None:
    async with Connected(slack) as second:
        for _ in range(4):
            assert (await ana.global_shortcut("open_ticket")).ok
        assert (len(app.got), len(second.got)) == (2, 2)


async def test_only_some_envelopes_accept_a_payload(slack: Sandbox, app: App, ana: Person) -> None:
    await ana.command("/probe")
    await ana.global_shortcut("open_ticket")
    await ana.open_home()
    await slack.settled()
    flags = {d.name: d.accepts_response for d in slack.deliveries}
    assert flags == {"/probe": True, "shortcut": False, "app_home_opened": False}


@pytest.mark.parametrize("kind", ["refresh_requested", "warning", "too_many_websockets", "abort"])
async def test_the_client_comes_back_after_losing_its_socket(slack: Sandbox, app: App, ana: Person, kind: Any) -> None:
    before = len(slack.calls_of("apps.connections.open"))
    await slack.close_sockets(kind)
    await slack.wait_for(lambda: len(slack.calls_of("apps.connections.open")) > before)
    await slack.wait_for(lambda: any(not socket.draining for socket in slack.sockets.sockets))
    assert (await ana.command("/probe", "after")).ok


async def test_a_silent_socket_takes_payloads_and_answers_nothing(slack: Sandbox, app: App, ana: Person) -> None:
    slack.timing.ack = 0.05
    await slack.close_sockets("silent")
    assert (await ana.command("/probe")).timed_out
    fresh = await slack.wait_for(lambda: [s for s in slack.sockets.sockets if not s.silent], timeout=10)
    assert fresh[0].number == 2


async def test_socket_mode_switched_off(slack: Sandbox, app: App) -> None:
    await slack.close_sockets("link_disabled")
    call = web_client(slack, slack.app_token).api_call("apps.connections.open")
    assert await error_of(call) == "forbidden_team"


async def test_nobody_connected(slack: Sandbox, ana: Person) -> None:
    ack = await ana.command("/probe")
    assert (ack.ok, ack.error) == (False, "dispatch_failed")


async def test_a_command_is_not_sent_again(slack: Sandbox, app: App, ana: Person) -> None:
    slack.timing.ack = 0.05
    slack.timing.event_retries = (0.0, 0.0, 0.0)
    app.deaf = True
    ack = await ana.command("/probe")
    await slack.settled()
    assert ack.timed_out
    assert len(app.got) == 1


async def test_an_unacknowledged_event_comes_four_times() -> None:
    async with (
        Sandbox(manifest(), timing=Timing(ack=0.05, event_retries=(0.0, 0.02, 0.04))) as slack,
        Connected(slack) as app,
    ):
        app.deaf = True
        await slack.person("Ana").open_home()
        await slack.settled()
        (delivery,) = slack.deliveries
    assert [r.retry_attempt for r in app.got] == [0, 1, 2, 3]
    assert [r.retry_reason for r in app.got] == ["", "timeout", "timeout", "timeout"]
    assert len({r.payload["event_id"] for r in app.got}) == 1
    assert not delivery.acked


async def test_retries_stop_at_the_first_acknowledgement() -> None:
    async with (
        Sandbox(manifest(), timing=Timing(ack=0.4, event_retries=(0.0, 0.0, 0.0))) as slack,
        Connected(slack) as app,
    ):
        app.deaf = True

        async def wake_up(request: SocketModeRequest) -> None:
            app.deaf = request.retry_attempt != 1

        app.answer = wake_up
        await slack.person("Ana").open_home()
        await slack.settled()
    assert [r.retry_attempt for r in app.got] == [0, 1]


async def test_duplicates_on_demand(slack: Sandbox, app: App, ana: Person) -> None:
    await ana.command("/probe", "once")
    await ana.open_home()
    await slack.settled()
    await slack.redeliver(name="/probe")
    await slack.redeliver(name="app_home_opened", reason="timeout")
    commands = [r for r in app.got if r.type == "slash_commands"]
    events = [r for r in app.got if r.type == "events_api"]
    assert len({(r.envelope_id, r.payload["trigger_id"]) for r in commands}) == 1
    assert [(r.retry_attempt, r.retry_reason) for r in events] == [(0, ""), (1, "timeout")]
    assert len(commands) == 2


async def test_what_happens_before_the_app_exists_is_no_event(slack: Sandbox, ana: Person) -> None:
    slack.channel("town", [ana], bot=True)
    async with Connected(slack) as app:
        await slack.settled()
        assert app.got == []


async def test_a_raw_frame_is_what_slack_documents(slack: Sandbox, ana: Person) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(await socket_url(slack)) as socket:
        await socket.receive_json()
        await ana.open_home()
        frame = json.loads((await socket.receive()).data)
        await socket.send_json({"envelope_id": frame["envelope_id"]})
        await slack.settled()
    assert frame.keys() == {
        "type",
        "envelope_id",
        "payload",
        "accepts_response_payload",
        "retry_attempt",
        "retry_reason",
    }
    assert (frame["type"], frame["payload"]["type"]) == ("events_api", "event_callback")
    assert frame["payload"]["authorizations"][0]["user_id"] == slack.bot_user_id
