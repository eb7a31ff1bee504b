"""A few short scripts of chaos, always the same, and what must hold after them; `make chaos` plays others for hours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.messages import post
from tests.chaos.doing import DOES
from tests.chaos.invariants import problems
from tests.chaos.plan import written
from tests.chaos.run import Databases, databases, played
from tests.chaos.script import Script, Step, read
from tests.chaos.shrinking import shrunk
from tests.chaos.town import town
from tests.scenarios.world import by_hand


@pytest.fixture(scope="module")
def made() -> Iterator[Databases]:
    with databases() as made:
        yield made


@pytest.mark.timeout(300)  # it takes seconds; a busy machine may let it wait
@pytest.mark.parametrize(("database", "replicas", "seed"), [("sqlite", 1, 1), ("postgresql", 2, 2)])
def test_whatever_happened_all_holds(database: str, replicas: int, seed: int, made: Databases, tmp_path: Path) -> None:
    script = written(seed, steps=30, database=database, replicas=replicas)
    outcome = played(script, made, tmp_path / "kept")
    (tmp_path / "script.txt").write_text(str(script), "utf-8")
    assert not outcome.problems, f"play it again: python -m tests.chaos --script {tmp_path / 'script.txt'}"


def test_a_seed_is_one_script_and_a_script_can_be_written_down() -> None:
    script = written(7, steps=200)
    assert written(7, steps=200) == script
    assert written(8, steps=200) != script
    assert read(str(script)) == script


def test_every_kind_of_step_is_written_sooner_or_later_and_can_be_done() -> None:
    seen = {step.do for seed in range(20) for step in written(seed, steps=200).steps}
    assert seen == set(DOES)


def test_a_failing_script_is_shortened_to_what_it_fails_by() -> None:
    steps = tuple(Step("waits", {"seconds": number}) for number in range(40))

    def fails(script: Script) -> bool:
        left = [step.args["seconds"] for step in script.steps]
        return 7 in left and 31 in left

    short = shrunk(Script("sqlite", 1, steps), fails, seconds=60)
    assert [step.args["seconds"] for step in short.steps] == [7, 31]


async def test_what_does_not_hold_is_seen(sqlite_url: str, tmp_path: Path) -> None:
    """Everything is made wrong by hand, and whoever looks afterwards sees it."""
    async with town(sqlite_url, tmp_path, 1) as here:
        await here.people["ana"].command("/incident", "declare", "general")
        form = await here.people["ana"].opened_view(30)
        await here.people["ana"].submit(form, {"title": "canarytok1k", "severity": "P1", "private": ["yes"]})
        await here.rest()
        assert await problems(here) == []
        assert here.private is not None
        (card,) = here.slack.pinned(here.private)
        for _ in range(2):
            post(here.slack.ws, here.slack.find("incidents"), here.slack.bot_user_id, card.text, metadata=card.metadata)
        post(here.slack.ws, here.slack.find("incidents"), here.slack.bot_user_id, "Look at canarytok1k.")
        with by_hand(sqlite_url) as other:
            other.execute("DELETE FROM clocks")
            other.execute("UPDATE outbox SET state = 'waiting', finished_at = NULL WHERE kind = 'topic'")
            other.execute("DELETE FROM outbox WHERE kind = 'bookmark'")
        with here.replicas[0].log.open("a") as log:
            log.write('{"event": "bug", "level": "error"}\n')
        found = {problem.partition(":")[0] for problem in await problems(here)}
    assert {"clocks", "left", "lost", "twice", "leak", "log"} <= found
