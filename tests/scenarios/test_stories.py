"""Whole nights, played with the real bot: what everybody saw is compared with the transcript that is kept.

`stories/*.yml` and the drills that ship. `make stories` writes the transcripts anew: read their difference before you
commit it.
"""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import settings, staging
from bot.app import Bot
from bot.sandbox import Sandbox
from bot.sandbox.story import StoryError, load
from bot.store.resources import resource

KEPT = Path(__file__).parent / "stories"
FILES = {file.stem: file for folder in (KEPT, resource("templates", "drills")) for file in sorted(folder.glob("*.yml"))}
WRITES = os.environ.get("STORIES") == "write"


class Here:
    """The bot in this process: it cannot die alone."""

    def __init__(self, logs: list[Any]) -> None:
        self.logs = logs

    def alive(self) -> None:
        pass

    def tail(self) -> str:
        return "\n".join(map(str, self.logs[-25:]))


async def told(file: Path) -> str:
    """The transcript of a story. The bot may have said that something is odd, but not that something broke."""
    lines: list[str] = []
    with capture_logs() as logs:

        @contextlib.asynccontextmanager
        async def run(folder: Path, slack: Sandbox, clock_port: int) -> AsyncIterator[Here]:
            bot = Bot(settings.load(staging.access(folder, slack, clock_port), folder))
            try:
                await bot.start()
                await slack.connected()
                yield Here(logs)
            finally:
                await bot.stop()

        try:
            await staging.played(load(file), run, lines.append)
        except (StoryError, staging.BotFailed) as error:
            pytest.fail(f"{error}\n\nThe bot said last:\n{Here(logs).tail()}")
    broken = [entry for entry in logs if entry["log_level"] in ("error", "critical")]
    assert not broken
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", FILES)
async def test_a_story_is_told_as_it_was_kept(name: str) -> None:
    kept, now = KEPT / f"{name}.txt", await told(FILES[name])
    if WRITES:
        kept.write_text(now, "utf-8")
    before = kept.read_text("utf-8") if kept.exists() else ""
    difference = difflib.unified_diff(before.splitlines(), now.splitlines(), kept.name, "now", lineterm="")
    assert before == now, "\n".join(["`make stories` keeps what is told now:", *difference])


def test_every_transcript_has_its_story() -> None:
    assert {file.stem for file in KEPT.glob("*.txt")} <= FILES.keys()


def test_no_two_stories_have_one_name() -> None:
    files = [*KEPT.glob("*.yml"), *resource("templates", "drills").glob("*.yml")]
    assert len(files) == len(FILES)
