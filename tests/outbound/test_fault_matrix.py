"""Every kind of message against everything that Slack does wrong: afterwards it is there, and there once."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bot.domain import request as r
from bot.domain.message import KINDS
from bot.outbound.slack import SENDERS
from tests.outbound import guarantees
from tests.outbound.guarantees import expected
from tests.outbound.matrix import Case, Outcome, once_each, pairs, played, refusals, singles
from tests.outbound.rigs import RIGS, Cell
from tests.outbound.town import Town

SEED = 20261120
CHUNK = 400
"""Cases of one workspace."""


@pytest.fixture(autouse=True)
def _many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages that get no answer stand in nobody's way here: there are dozens of them."""
    monkeypatch.setattr("bot.outbound.courier.AT_ONCE", 64)


def wrong(outcomes: Sequence[Outcome]) -> list[str]:
    told = ((o, expected(o.case)) for o in outcomes)
    return [
        f"{o.case.name}: {o.word}, expected {' or '.join(sorted(wanted))}" for o, wanted in told if o.word not in wanted
    ]


def some(cases: Sequence[Case], count: int) -> list[Case]:
    return random.Random(SEED).sample(cases, count)


def chunks(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for start in range(0, len(cases), CHUNK):
        yield cases[start : start + CHUNK]


async def retried(town: Town, cells: Sequence[Cell]) -> None:
    """Press *Retry* wherever the channel was refused."""
    for cell in cells:
        if (await town.incident(cell.number)).channel_error is not None:
            await town.act(r.RetryChannel(), incident=cell.number)
    await town.quiet(60)


def test_every_kind_of_message_stands_in_the_matrix() -> None:
    assert {rig.kind for rig in RIGS.values()} == set(KINDS) == set(SENDERS)


@pytest.mark.timeout(300)
async def test_whole_and_once_whatever_slack_does(sqlite_url: str) -> None:
    """Every kind by every fault, and samples of refusals and of two faults in a row: all under way together."""
    cases = [*once_each(), *some(refusals(), 40), *some(pairs(), 40)]
    assert wrong(await played(sqlite_url, cases)) == []


async def test_a_refused_channel_opens_when_it_is_tried_again(sqlite_url: str) -> None:
    cases = [case for case in refusals() if case.rig == "open_channel"]
    outcomes = await played(sqlite_url, cases, retried)
    assert {(o.count, o.state, o.told) for o in outcomes} == {(1, "sent", 1)}


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("which", [singles, refusals, pairs])
async def test_all_of_it(tmp_path: Path, sqlite_template: Path, which: Callable[[], list[Case]], part: int) -> None:
    for n, cases in enumerate(chunks(which()[part::4])):
        copied = tmp_path / f"{n}.db"
        shutil.copy(sqlite_template, copied)
        assert wrong(await played(f"sqlite:///{copied}", cases)) == []


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_on_postgresql_too(pg_url: str) -> None:
    assert wrong(await played(pg_url, [*once_each(), *some(pairs(), 100)])) == []


def test_the_page_says_what_is_tested() -> None:
    assert guarantees.PAGE.read_text("utf-8") == guarantees.page(), "python -m tests.outbound.guarantees writes it anew"
