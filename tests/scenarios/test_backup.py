"""A backup made while the bot works, put back somewhere else after the original is gone: as docs/operations.md says."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.outbound.waits import Waits
from bot.store import facts
from tests.living import Living, living
from tests.postgres import Cluster, _binaries
from tests.scenarios.conftest import opened
from tests.scenarios.world import another, by_hand, incident, kinds, quiet, said, told, typed


def backed_up(url: str, to: Path) -> None:
    """What whoever runs it types."""
    file = url.removeprefix("sqlite:///")
    if url.startswith("sqlite") and shutil.which("sqlite3"):
        command = ["sqlite3", file, f".backup {to}"]
    elif url.startswith("sqlite"):
        copy = f"import sqlite3; sqlite3.connect({file!r}).backup(sqlite3.connect({str(to)!r}))"
        command = [sys.executable, "-c", copy]
    else:
        command = [str(_binaries() / "pg_dump"), "--format=custom", f"--file={to}", url]
    subprocess.run(command, check=True)


def restored(backup: Path, request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of the new place."""
    if request.node.callspec.params["database_url"] == "sqlite":
        backup.rename(folder / "restored.db")
        return f"sqlite:///{folder / 'restored.db'}"
    cluster: Cluster = request.getfixturevalue("pg_cluster")
    cluster.execute("CREATE DATABASE {}", f"restored_{id(backup)}")
    url = cluster.url(f"restored_{id(backup)}")
    subprocess.run([str(_binaries() / "pg_restore"), "--no-owner", f"--dbname={url}", str(backup)], check=True)
    return url


async def test_a_backup_that_was_made_under_way_goes_on_elsewhere(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bot.outbound.courier.Waits", partial(Waits, look_after=0.1, first_pause=0.1, longest_pause=0.5)
    )
    backup = tmp_path / "sitrep-backup"
    async with living(database_url, tmp_path) as town:
        room, slack = await opened(town), town.slack
        assert "Update saved" in await typed(town.bea, "update long ago", room)
        await quiet(town)
        card = slack.pinned(room)[0]
        held = slack.faults.add("chat.postMessage", "hold", times=None, match=lambda a: "just then" in str(a))
        assert "Update saved" in await typed(town.bea, "update just then", room)
        await slack.wait_for(lambda: held.used)
        assert "Update saved" in await typed(town.bea, "update right behind", room)
        await asyncio.to_thread(backed_up, database_url, backup)

        slack.faults.release()
        assert "Update saved" in await typed(town.ana, "update after the backup", room)
        assert "INC-2 is saved" in await typed(town.zoe, "declare P2 invoices are late")
        second = await town.incident(2)
        await slack.wait_for(lambda: slack.pinned(second), 10)
        await quiet(town)
        places = (room, "incidents", "data-stakeholders")
        slack.channel("inc-20260101-of-somebody-else", [town.zoe], bot=True)
        before = [[m.ts for m in said(town, place)] for place in places]
        await town.bot.stop()

        url = await asyncio.to_thread(restored, backup, request, tmp_path)
        with by_hand(url) as other:  # the backup is from an hour ago
            other.execute("UPDATE numbers SET value = value - 3600 WHERE name = 'alive'")
        with capture_logs() as log:
            async with another(town, url, tmp_path) as town.bot:
                await quiet(town)
                assert await town.bot.db.read(lambda session: facts.verify(session, 1)) == []
                assert [[m.ts for m in said(town, place)] for place in places] == before, "nothing is said again"
                assert (await kinds(town)).count("update_posted") == 3, "what came after the backup is not on record"
                assert len(said(town, room, ":* after the backup")) == 1, "and stays in Slack"

                await town.zoe.click(slack.pinned(second)[0], "Acknowledge")
                assert "There is no INC-2" in (await told(town, town.zoe, "There is no INC-2")).text
                assert "INC-3 is saved" in await typed(town.zoe, "declare P2 invoices are late again")
                third = await town.incident(3)
                assert third.id != second.id
                assert "Update saved" in await typed(town.bea, "update we go on", room)
                await quiet(town)
                assert [m.ts for m in slack.pinned(room)] == [card.ts], "the card is brought up to date where it stands"
                assert "we go on" in slack.pinned(room)[0].text + str(slack.pinned(room)[0].blocks)
                assert len([c for c in slack.channels if c.name.startswith("inc-")]) == 4
                assert (await incident(town)).seq == len(await kinds(town)) + (await joins(town))
        assert [line["up_to"] for line in log if line["event"] == "numbers_skipped"] == [2]


async def joins(town: Living) -> int:
    entries = await town.bot.db.read(lambda session: facts.entries(session, 1))
    return sum(entry.fact.kind == "joined" for entry in entries)
