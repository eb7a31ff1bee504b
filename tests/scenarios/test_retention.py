"""The rule on how long people's words are kept, in a bot that runs; and the right of one person to be forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.usecases.act import act
from bot.usecases.team import Team
from tests.builders import default_protocol
from tests.living import CONFIG, Living, living
from tests.scenarios.conftest import opened
from tests.scenarios.world import entries, quiet, shows, typed

SECRET = "Schrödinger"
KEPT = CONFIG + "retention: {texts: 400d}\n"


@dataclass
class Ahead:
    """How far business time is ahead of the real one."""

    by: timedelta = timedelta()


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    ahead = Ahead()
    monkeypatch.setattr("bot.inbound.clock.BusinessClock.now", lambda _: datetime.now(UTC) + ahead.by)
    return ahead


@pytest.fixture
async def forgetful(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: Ahead
) -> AsyncIterator[Living]:
    monkeypatch.setattr("bot.inbound.clock.FORGETTING", timedelta(seconds=0.5))
    async with living(sqlite_url, tmp_path, config=KEPT) as town:
        yield town


async def closed(town: Living) -> None:
    """INC-1, in which people wrote a name again and again, is resolved and closed."""
    bea, team, now = Caller(town.bea.id, "slash"), Team(default_protocol()), datetime.now(UTC)
    for done in (r.Rename(f"{SECRET}'s loader"), r.Resolve(f"{SECRET} did", "repaired"), r.Close((), SECRET)):
        await town.bot.db.run(partial(act, team=team, incident_id=1, request=done, caller=bea, now=now))


async def forgotten(town: Living) -> None:
    async with asyncio.timeout(30):
        while not any(isinstance(e.fact, f.TextsForgotten) for e in await entries(town)):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.05)


async def test_after_400_days_the_words_are_gone_and_everything_still_draws(forgetful: Living, ahead: Ahead) -> None:
    town = forgetful
    room = await opened(town)
    await typed(town.bea, f"update {SECRET} is on it", room)
    await shows(town, room, f"{SECRET} is on it")
    await closed(town)
    await quiet(town)
    ahead.by = timedelta(days=401)
    await forgotten(town)
    for text in ("list all", "show INC-1", "similar loader", "metrics 800d", "brief INC-1", "timeline INC-1"):
        answer = await typed(town.zoe, text)
        assert "broke" not in answer, text
        assert SECRET not in answer, text
    assert "400 days after it was over" in await typed(town.zoe, "show INC-1")
    await typed(town.zoe, "reopen INC-1 it came back")
    card = await shows(town, room, "(removed)")
    assert "What people wrote was deleted on" in str(card.blocks)
    assert "it came back" in await typed(town.zoe, "timeline INC-1"), "what is written from now on is kept anew"


def asked(url: str, *words: str, said: str = "") -> Result:
    return CliRunner().invoke(cli, ["timeline", *words], input=said, env={"DATABASE_URL": url, "SITREP_CONFIG": None})


async def test_one_persons_words_are_deleted_at_their_request(town: Living, sqlite_url: str) -> None:
    room = await opened(town)
    await typed(town.zoe, f"note {SECRET} was ill that day", room)
    await typed(town.bea, f"update {SECRET} is on it", room)
    await shows(town, room, f"{SECRET} is on it")

    shown = asked(sqlite_url, "forget", "INC-1", "--by", town.zoe.id, said="n\n")
    assert (shown.exit_code, SECRET in shown.output, "is on it" in shown.output) == (1, True, False)
    assert shown.stderr.endswith("Nothing was deleted.\n")
    assert SECRET in await typed(town.zoe, "timeline all", room)

    assert asked(sqlite_url, "forget", "INC-1", "--by", town.zoe.id, said="y\n").exit_code == 0
    update = next(e.seq for e in await entries(town) if isinstance(e.fact, f.UpdatePosted))
    assert asked(sqlite_url, "forget", "INC-1", "--entry", str(update), "--yes").exit_code == 0
    assert SECRET not in await typed(town.zoe, "timeline all", room)
    await shows(town, room, "(removed)")
    assert asked(sqlite_url, "verify", "INC-1").exit_code == 0

    for words, code, sentence in (
        (("INC-1",), 1, "INC-1 is not over, so only single entries can be deleted: name them with --entry."),
        (("INC-1", "--entry", str(update)), 1, "Nothing that people wrote is left there."),
        (("INC-1", "--entry", "999"), 1, "INC-1 has no entry 999"),
        (("INC-1", "--by", "U0NOBODY"), 1, "Nothing that U0NOBODY wrote is left in INC-1."),
        (("INC-9", "--yes"), 1, "There is no INC-9."),
        (("nine",), 2, '"nine" is no incident number; write INC-12.'),
        (("INC-1", "--entry", "0"), 2, "--entry"),
    ):
        refused = asked(sqlite_url, "forget", *words, *(["--yes"] if "--yes" not in words else []))
        assert (refused.exit_code, sentence in refused.stderr) == (code, True), (words, refused.output)
