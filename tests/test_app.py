"""The wiring, where things go wrong around it: the stop, the second bot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot import settings
from bot.app import Bot
from bot.store.engines import StartError
from tests.living import living


async def test_a_second_bot_on_the_same_file_is_refused_and_a_start_without_slack_too(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with living(sqlite_url, tmp_path) as life:
        environ = {
            "SLACK_BOT_TOKEN": life.slack.bot_token,
            "SLACK_APP_TOKEN": life.slack.app_token,
            "SLACK_API_URL": life.slack.api_url,
            "DATABASE_URL": sqlite_url,
        }
        second = Bot(settings.load(environ, tmp_path))
        with pytest.raises(StartError, match="Another Sitrep runs with"):
            await second.start()
        await second.stop()
        await life.bot.stop()
        for trouble in ("503", "garbage", "429"):
            life.slack.faults.add("auth.test", trouble)
            with pytest.raises(StartError, match="does not say whether"):  # the token is not to blame
                await second.start()
            await second.stop()
        await second.start()
        await second.stop()


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_a_command_under_way_at_the_stop_is_still_answered(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, http: bool
) -> None:
    under_way, go_on = asyncio.Event(), asyncio.Event()
    async with living(sqlite_url, tmp_path, http=http) as life:
        run = life.bot.db.run

        async def slowly(work: Any, *, door: bool = True) -> object:
            done: object = await run(work, door=door)
            if door:
                under_way.set()
                await go_on.wait()
            return done

        monkeypatch.setattr(life.bot.db, "run", slowly)
        command = asyncio.create_task(life.zoe.command("/incident", "declare P1 orders are stale", "general"))
        await under_way.wait()
        stopping = asyncio.create_task(life.bot.stop())
        await asyncio.sleep(0)
        go_on.set()
        assert "INC-1 is saved" in (await command).text
        await stopping


async def test_an_answer_that_never_comes_does_not_hold_up_the_stop(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.SETTLE_SECONDS", 0.1)
    async with living(sqlite_url, tmp_path) as life:
        life.slack.faults.add("views.open", "hang", times=None, seconds=20)
        await life.zoe.command("/incident", "declare", "general")
        async with asyncio.timeout(5):
            await life.bot.stop()
