"""kill -9 at any instruction: what was acknowledged is kept once, the rest is whole or not there; all is said once."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.deeds import STRIKES
from tests.scenarios.kills import Ground, grounded

EVERY = int(os.environ.get("KILLS_EVERY", "25"))
"""The long test kills at every so many-th instruction, beginning anywhere; at each one with 1, which takes hours."""

MOST = 5000
"""More instructions than anything has."""


@pytest.fixture
async def ground(database_url: str, tmp_path: Path) -> AsyncIterator[Ground]:
    async with grounded(database_url, tmp_path) as ground:
        yield ground


SAMPLE = {"declare, typed": (90, 330), "update": (60, 160), "duplicate": (110,), "a clock fires": (150,)}
"""Some instructions of the first transaction, and some while its messages are said."""


async def test_killed_at_some_instructions(ground: Ground, database_url: str) -> None:
    seed = random.Random(database_url.partition(":")[0])
    for what, places in SAMPLE.items():
        for place in places:
            assert await STRIKES[what](ground, place + seed.randrange(30)), f"{what} has fewer instructions"


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("what", STRIKES)
async def test_killed_at_every_instruction(ground: Ground, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    tried: Counter[str] = Counter()
    broken: list[str] = []
    for target in range(random.randrange(EVERY) + 1, MOST, EVERY):
        try:
            where = await STRIKES[what](ground, target)
        except Exception as error:  # noqa: BLE001 - the rest is tried too
            broken.append(f"{what} killed at {target}, {ground.plan.killed_at}: {error!r}")
            ground.plan.disarm()
            await ground.child.end()
            await ground.up()
            continue
        if not where:
            break
        tried[where] += 1
    told = ", ".join(f"{kind} {times}" for kind, times in sorted(tried.items()))
    with capsys.disabled():
        sys.stdout.write(f"\n{ground.child.url.partition(':')[0]}, {what}: {told}\n")
    assert broken == []
