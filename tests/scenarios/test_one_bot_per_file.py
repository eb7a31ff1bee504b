"""An SQLite file has one bot. A second is refused with a sentence, by whatever path it comes; who reads is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.kills import Ground, grounded
from tests.scenarios.world import access
from tests.zygote import sitrep


@pytest.fixture
async def ground(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Ground]:
    async with grounded(sqlite_url, tmp_path) as ground:
        yield ground


READS = (("list",), ("show", "INC-1"), ("timeline", "verify", "INC-1"), ("doctor",))


async def test_a_second_bot_is_refused_and_reading_is_not(ground: Ground, tmp_path: Path) -> None:
    await ground.incident()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.db").symlink_to(tmp_path / "sitrep.db")
    ways = ("sqlite:///sitrep.db", "sqlite:///./elsewhere/../sitrep.db", f"sqlite:///{tmp_path}/elsewhere/link.db")
    for way in ways:
        code, out, err = await sitrep(tmp_path, access(ground.slack, way), "run")
        assert code == 1, (way, out)
        assert f"Another Sitrep runs with {tmp_path}/sitrep.db; stop it first" in err
        assert "Traceback" not in err
    assert len(ground.slack.sockets.sockets) == 1

    writing = asyncio.create_task(_writes(ground))
    while not writing.done():
        for command in READS:
            code, out, err = await sitrep(tmp_path, access(ground.slack, ways[-1]), *command)
            assert "Another Sitrep" not in err
            assert "a Sitrep runs with it now" in out if command == ("doctor",) else code == 0, (command, out, err)
    await writing
    assert ground.count("note_added") == 20

    await ground.child.die()
    ground.child.url = ways[-1]  # the first is killed; the next comes by another path
    await ground.up()
    assert "Noted" in await ground.says("zoe", "note after the kill", ground.room())


async def _writes(ground: Ground) -> None:
    for number in range(20):
        assert "Noted" in await ground.says("zoe", f"note number {number}", ground.room())
