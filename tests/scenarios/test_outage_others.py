"""What else can break around a bot that runs: a token taken away, the machine's clock moved, the socket lost in the
middle of an answer."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import time_machine
from structlog.testing import capture_logs

from bot.inbound.edge import slack_socket
from bot.outbound.waits import Waits
from bot.sandbox import Timing
from bot.store import facts
from tests.living import PATIENCE, Living, living, until
from tests.scenarios.conftest import opened
from tests.scenarios.world import COMMAND, another, by_hand, entries, incident, kinds, quiet, said, told, typed


async def slack_state(town: Living) -> dict[str, object]:
    assert town.bot.server is not None
    async with aiohttp.ClientSession() as http, http.get(f"{town.bot.server.url}/readyz") as answer:
        assert answer.status == 200, "what people say can be kept"
        return dict((await answer.json())["slack"])


METHODS = (
    *("chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "users.info", "dnd.info", "auth.test"),
    *("conversations.history", "conversations.replies", "conversations.info", "conversations.join"),
    *("conversations.open", "conversations.setTopic", "conversations.invite", "users.conversations", "bookmarks.add"),
)
"""What Sitrep calls with its token while an incident runs; a response URL needs none."""


async def test_the_bot_token_is_revoked_while_it_runs(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbound.errors.CREDENTIALS_PAUSE", 0.1)  # as many tries as in hours
    monkeypatch.setattr("bot.outbound.courier.Waits", partial(Waits, look_after=0.1, longest_pause=0.1))
    async with living(sqlite_url, tmp_path, environ={"PORT": "0"}) as town:
        room, slack = await opened(town), town.slack
        await quiet(town)
        with capture_logs() as log:
            revoked = [slack.faults.add(method, "error:token_revoked", times=None) for method in METHODS]
            assert "Update saved" in await typed(town.bea, "update loader restarted", room)
            assert "Update saved" in await typed(town.ana, "update backlog shrinks", room)
            assert (await town.zoe.command(COMMAND, "update", room)).ok
            await told(town, town.zoe, "Slack did not open the form")
            await slack.wait_for(lambda: sum(one.used for one in revoked) > 12, 20)
            assert (await slack_state(town))["trouble"] == "token_revoked"
        loud = [line["event"] for line in log if line["log_level"] == "error"]
        assert loud == ["slack_refuses_the_token"], "once, not for every call"
        await town.bot.stop()
        slack.faults.clear()
        with by_hand(sqlite_url) as other:  # somebody looks for the token for a while
            other.execute("UPDATE numbers SET value = value - 3600 WHERE name = 'alive'")
        async with another(town, sqlite_url, tmp_path) as town.bot:
            await quiet(town)
            new = [m.text for m in said(town, room) if ":* loader" in m.text or ":* backlog" in m.text]
            assert [":* loader restarted" in text for text in new] == [True, False], "both, in order, once"
            assert (await incident(town)).refusals == ()


async def test_the_socket_is_lost_while_somebody_is_answered(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is saved, so they read it by another way; and what Slack could not hand over is handed over once."""
    monkeypatch.setattr(slack_socket, "PAUSES", (0.0, 0.05))
    timing = Timing(ack=PATIENCE, event_retries=(0.0, 0.0, 0.0))
    async with living(sqlite_url, tmp_path, environ={"PORT": "0"}, timing=timing) as town:
        room, slack = await opened(town), town.slack
        under_way, go_on, run = asyncio.Event(), asyncio.Event(), town.bot.db.run

        async def slowly(work: object, *, door: bool = True) -> object:
            done: object = await run(work, door=door)  # type: ignore[arg-type]
            if door:
                under_way.set()
                await go_on.wait()
            return done

        monkeypatch.setattr(town.bot.db, "run", slowly)
        slack.sockets.failing_handshakes = 10**6
        command = asyncio.create_task(town.ana.command(COMMAND, "update loader restarted", room))
        await under_way.wait()
        await slack.close_sockets("abort")
        tickets = len(slack.calls_of("apps.connections.open"))
        await slack.wait_for(lambda: len(slack.calls_of("apps.connections.open")) > tickets + 2)
        go_on.set()
        assert "Update saved" in (await told(town, town.ana, "Update saved")).text
        command.cancel()
        marked = await town.zoe.say(room, "deployed at eight")
        await town.zoe.react(marked, "pushpin")
        await slack.settled()
        assert (await slack_state(town))["connected"] is False

        slack.sockets.failing_handshakes = 0
        await slack.connected()
        for _ in range(2):
            [again] = await slack.redeliver(name="reaction_added", reason="timeout")
            assert again.ok
        await quiet(town)
        assert [(await kinds(town)).count(kind) for kind in ("update_posted", "message_marked")] == [1, 1]


async def test_the_machines_clock_is_moved_both_ways(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inbound.clock.SIGN_SECONDS", 1)
    monkeypatch.setattr("bot.outbound.courier.Waits", partial(Waits, look_after=0.1))
    morning = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    with time_machine.travel(morning, tick=True) as now:
        async with living(sqlite_url, tmp_path) as town:
            room, slack = await opened(town), town.slack
            await typed(town.bea, "ack", room)
            await quiet(town)
            with capture_logs() as log:
                now.shift(timedelta(minutes=40))  # forward: what is due speaks, each once
                await slack.wait_for(lambda: said(town, room, "could not ask before"), 20, "a reminder")
                await quiet(town)
                asked = [kind for kind in await kinds(town) if kind == "asked"]

                now.shift(timedelta(hours=-2))  # back: an hour before it was declared
                await until(lambda: [line for line in log if line["event"] == "clock_moved"][1:])
            moved = [round(float(line["seconds"]) / 60) for line in log if line["event"] == "clock_moved"]
            assert moved == [40, -120]
            assert "Update saved" in await typed(town.ana, "update loader restarted", room)
            page = await typed(town.zoe, "show", room)
            assert not re.search(r"(?<!INC)-\d", page), "nothing lasts less than no time"
            await quiet(town)
            times = [entry.recorded_at for entry in await entries(town)]
            assert times == sorted(times)
            assert [kind for kind in await kinds(town) if kind == "asked"] == asked, "nothing is asked again"

            with by_hand(sqlite_url) as other:  # as the database's own clock leaves it when it is put back
                await typed(town.bea, "update backlog shrinks", room)
                other.execute("UPDATE outbox SET next_at = next_at + 7200000000 WHERE state = 'waiting'")
            await slack.wait_for(lambda: said(town, room, ":* backlog shrinks"), 20, "the update")
            assert town.bot.ticker._gone.times == 0
            assert await town.bot.db.read(lambda session: facts.verify(session, 1)) == []
