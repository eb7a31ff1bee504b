"""Several replicas on one PostgreSQL: everything once, whichever of them starts first, dies, or sleeps too long."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.fact import Acknowledged, Asked, Escalated, UpdatePosted
from bot.sandbox import Sandbox
from bot.store import migrate
from tests.living import CONFIG, INSTALLED, _people
from tests.postgres import Cluster
from tests.scenarios.kills import PATIENCE, Ground, check, said_so_far
from tests.scenarios.test_kills import EVERY, MOST
from tests.scenarios.world import COMMAND, Child, at, by_hand


@asynccontextmanager
async def workspace(folder: Path) -> AsyncIterator[Sandbox]:
    (folder / "sitrep.yml").write_text(CONFIG)
    async with Sandbox(INSTALLED) as slack:
        people = _people(slack)
        slack.channel("general", list(people.values()), general=True)
        for name in ("incidents", "data-stakeholders"):
            slack.channel(name, list(people.values()), bot=True)
        slack.timing.ack = PATIENCE
        yield slack


async def test_started_at_one_moment_on_an_empty_database_they_do_everything_once(
    empty_pg_url: str, tmp_path: Path
) -> None:
    async with workspace(tmp_path) as slack:
        ground = Ground.of(slack, empty_pg_url, tmp_path)
        replicas = [ground.child, *(Child(slack, tmp_path, empty_pg_url) for _ in range(2))]
        try:
            await asyncio.gather(*(replica.launch() for replica in replicas))
            await slack.connected(len(replicas), PATIENCE)
            assert migrate.standing(empty_pg_url) == "current"

            async def go(minutes: float) -> None:
                await asyncio.gather(*(replica.clock.go(at(minutes), PATIENCE) for replica in replicas))

            await go(0)
            await ground.incident("P1")
            room, names = ground.room(), ("ana", "bea", "car")
            for person in (ground.person(name) for name in names):
                if person.id not in room.members:
                    await person.join(room)
            await asyncio.gather(*(ground.says(name, "ack", room) for name in ("ana", "car")))
            await ground.says("bea", "confirm", room)
            await asyncio.gather(*(ground.says(name, f"update number {n}", room) for n, name in enumerate(names)))
            for minutes in (30, 46):
                await go(minutes)
            everything_once(ground)
        finally:
            await asyncio.gather(*(replica.end() for replica in replicas))


def everything_once(ground: Ground) -> None:
    record = ground.facts()
    steps = Counter((c.key, c.occurrence, a.step) for a in record if isinstance(a, Asked) for c in a.covers)
    assert steps
    assert set(steps.values()) == {1}
    assert [sum(isinstance(fact, kind) for fact in record) for kind in (Acknowledged, Escalated)] == [1, 1]
    told = [m.text.splitlines()[0].partition(":* ")[2] for m in ground.slack.messages(ground.room())]
    updates = [fact.text for fact in record if isinstance(fact, UpdatePosted)]
    assert sorted(updates) == [f"number {n}" for n in range(3)]
    assert [text for text in told if text.startswith("number ")] == updates, "in the order of the record"
    check(ground)


async def test_one_dies_while_it_opens_the_incident_and_the_other_goes_on(pg_url: str, tmp_path: Path) -> None:
    async with workspace(tmp_path) as slack:
        ground = Ground.of(slack, pg_url, tmp_path)
        other = Child(slack, tmp_path, pg_url)
        try:
            await ground.up()
            struck = slack.faults.add("conversations.create", "hold", times=None)
            ack = await slack.people["U0ZOE"].command(COMMAND, "declare P1 orders mart is stale", "general")
            assert "INC-1 is saved" in ack.text
            await ground.child.when(lambda: struck.used, "the channel, asked for")
            await other.launch()
            await slack.connected(2, PATIENCE)
            await ground.child.end()
            slack.faults.clear()
            slack.faults.release()
            expire(pg_url)
            await other.clock.go(at(0), PATIENCE)
            ground.number = 1
            check(ground)
        finally:
            await ground.child.end()
            await other.end()


def expire(url: str) -> None:
    """So much later that every lease has run out, as far as nobody is writing it just now."""
    free = "SELECT id FROM outbox WHERE state = 'sending' FOR UPDATE SKIP LOCKED"
    with by_hand(url) as connection:
        connection.execute(f"UPDATE outbox SET lease_until = 0 WHERE id IN ({free})")


def under_way(url: str) -> set[str]:
    """What a replica has taken out of the outbox, and perhaps not sent."""
    with by_hand(url) as connection:
        return {str(one) for (one,) in connection.execute("SELECT id FROM outbox WHERE state = 'sending'").fetchall()}


async def sleeps(slack: Sandbox, url: str, folder: Path, target: int | None) -> str:
    """One replica stands still while its update is said, at this instruction or while Slack has the post, until another
    has said it all; then it wakes. Where it stood; empty when it was done before."""
    ground = Ground.of(slack, url, folder)
    other = Child(slack, folder, url)
    try:
        await ground.up()
        await ground.incident("P1")
        if target is None:
            slack.faults.add("chat.postMessage", "hold", match=lambda args: "*Bea:* loader restarted" in str(args))
        else:
            ground.plan.arm(target, signal.SIGSTOP)
        asked = asyncio.create_task(ground.says("bea", "update loader restarted", ground.room()))
        where = await stopped(ground, asked)
        ground.excused = under_way(url) - said_so_far(slack)
        await other.launch()
        await slack.connected(2, PATIENCE)
        slack.faults.release()
        expire(url)
        if where:
            await other.clock.go(at(0), PATIENCE)
            ground.child.process.send_signal(signal.SIGCONT)  # type: ignore[union-attr]
        assert "Update saved" in await asked
        await asyncio.gather(ground.quiet(), other.clock.go(at(0), PATIENCE))
        assert ground.count("update_posted") == 1
        check(ground)
        return where
    finally:
        await ground.child.end()
        await other.end()


async def stopped(ground: Ground, asked: asyncio.Task[str]) -> str:
    """Where the first replica stands still; empty when it has said everything."""

    def stands() -> str:
        held = [c for c in ground.slack.calls_of("chat.postMessage") if c.fault == "hold" and c.ended is None]
        return "while Slack has its post" if held else ground.plan.killed_at

    async with asyncio.timeout(PATIENCE):
        said = asyncio.create_task(_said(ground, asked))
        while not (where := stands()) and not said.done():  # noqa: ASYNC110 - a file tells it
            await asyncio.sleep(0.01)
    said.cancel()
    if where == "while Slack has its post" and ground.child.process is not None:
        async with asyncio.timeout(PATIENCE):
            while any([beside(ground.child.url), await asyncio.sleep(0.1, 0), beside(ground.child.url)]):
                continue
        ground.child.process.send_signal(signal.SIGSTOP)
    return where


def beside(url: str) -> int:
    """How many other messages than the one Slack has are on their way: as long as there is one, the replica may be in
    the middle of a transaction, and nobody else gets at what it has locked."""
    with by_hand(url) as connection:
        query = "SELECT count(*) FROM outbox WHERE state = 'sending' AND kind <> 'say'"
        [(found,)] = connection.execute(query).fetchall()
    return int(found)


async def _said(ground: Ground, asked: asyncio.Task[str]) -> None:
    await asyncio.shield(asked)
    await ground.quiet()


async def test_one_sleeps_longer_than_its_lease_and_wakes(pg_url: str, tmp_path: Path) -> None:
    """A machine that was suspended: another replica has said it all by then."""
    async with workspace(tmp_path) as slack:
        assert await sleeps(slack, pg_url, tmp_path, None)


@pytest.mark.long
@pytest.mark.timeout(0)
async def test_one_sleeps_at_any_instruction(pg_cluster: Cluster, pg_template: str, tmp_path: Path) -> None:
    for target in range(random.randrange(EVERY) + 1, MOST, EVERY):
        with pg_cluster.database(pg_template) as url:
            async with workspace(tmp_path) as slack:
                if not await sleeps(slack, url, tmp_path, target):
                    break
