"""Rule 6: the protocol an incident was declared under is the one it keeps, whatever is configured later."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox import Channel
from tests.living import CONFIG, Living, living
from tests.scenarios.conftest import opened
from tests.scenarios.world import Clock, another, at, entries, incident, said, typed

OURS = """\
name: ours
extends: self-healing-pipeline
severities:
  P1:
    update_every: {every} § ours.updates.P1
"""
CONFIGURED = "protocol: ours.yml\n"


def write(folder: Path, every: str, timezone: str = "Europe/Amsterdam") -> None:
    (folder / "ours.yml").write_text(OURS.format(every=every))
    (folder / "sitrep.yml").write_text(CONFIG.replace("Europe/Amsterdam", timezone) + CONFIGURED)


async def promised(town: Living, room: Channel) -> str:
    return await typed(town.bea, "promises", room)


async def test_a_running_incident_keeps_its_promises_when_the_protocol_changes(
    database_url: str, tmp_path: Path, clock: Clock
) -> None:
    write(tmp_path, "20m")
    async with living(
        database_url, tmp_path, config=(tmp_path / "sitrep.yml").read_text(), environ=clock.environ
    ) as town:
        await clock.go(at(0))
        room = await opened(town)
        await typed(town.bea, "confirm", room)
        before, digest = await promised(town, room), (await incident(town)).protocol_digest
        assert "ours.updates.P1" in before
        await town.bot.stop()
        write(tmp_path, "2h", timezone="Asia/Tokyo")
        later = Clock()
        async with another(town, database_url, tmp_path, later.environ) as town.bot:
            await later.go(at(0))
            assert await promised(town, room) == before
            assert (await incident(town)).protocol_digest == digest
            await later.go(at(21))
            due = [
                m for m in said(town, room) if "Not me" in str(m.blocks) and "ours.updates.P1" in m.text + str(m.blocks)
            ]
            assert due, "the update was asked for after the 20 minutes that were promised"
            await typed(town.bea, "declare P1 invoices are late")
            second = await town.incident(2)
            assert (await incident(town, 2)).protocol_digest != digest
            assert (await incident(town, 2)).protocol == "ours"
            assert second is not None


async def test_the_protocol_is_kept_whole_so_that_its_file_may_go(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    write(tmp_path, "20m")
    async with living(
        sqlite_url, tmp_path, config=(tmp_path / "sitrep.yml").read_text(), environ=clock.environ
    ) as town:
        await clock.go(at(0))
        room = await opened(town)
        before = await promised(town, room)
        await town.bot.stop()
        (tmp_path / "ours.yml").unlink()
        (tmp_path / "sitrep.yml").write_text(CONFIG)
        later = Clock()
        async with another(town, sqlite_url, tmp_path, later.environ) as town.bot:
            await later.go(at(0))
            assert await promised(town, room) == before


async def test_who_was_asked_stays_on_the_record_when_the_rota_changes(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    async with living(sqlite_url, tmp_path, environ=clock.environ) as town:
        await clock.go(at(0))
        room = await opened(town)
        before = await entries(town)
        await town.bot.stop()
        (tmp_path / "sitrep.yml").write_text(CONFIG.replace("[U0ANA]", "[U0MAX]"))
        later = Clock()
        async with another(town, sqlite_url, tmp_path, later.environ) as town.bot:
            await later.go(at(3))
            now = await entries(town)
            assert now[: len(before)] == before
            assert (await incident(town)).primary == town.ana.id
            assert town.ana.name in await typed(town.bea, "timeline all", room)
