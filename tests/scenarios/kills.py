"""Killing the real bot at every instruction of everything people do with it, and looking whether all of it is whole.

A `Ground` is a workspace with a bot in a process of its own. `strike` prepares an incident, lets somebody do one thing,
kills the bot at the N-th instruction of it, starts it again, and looks; then Slack delivers the same once more.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from bot.domain import fact as f
from bot.sandbox import Channel, Person, Sandbox, View
from bot.sandbox.delivery import Delivery
from bot.store import facts, incidents, migrate
from bot.store.session import Database, Session
from tests.living import CONFIG, MANIFEST, _people
from tests.scenarios.crash import INSTALL, Plan
from tests.scenarios.world import COMMAND, MORNING, Child, by_hand

NOT_SAVED, NOT_KNOWN = "Not saved", "I cannot say yet"
"""What people read on a machine that is too busy: honest, and said again here."""

PATIENCE = 60.0
"""Seconds for what comes at last however busy the machine is."""


@dataclass
class Ground:
    """Where it happens. `number` is the incident it is about, `word` what only this try says."""

    slack: Sandbox
    child: Child
    plan: Plan
    tries: int = 0
    number: int = 0
    other: int = 0
    now: Any = MORNING
    posted: Counter[str] = field(default_factory=Counter)
    seen_calls: int = 0
    excused: set[str] = field(default_factory=set)
    """Messages that may have been said twice: nobody can know that their sender slept just before it sent them."""

    @classmethod
    def of(cls, slack: Sandbox, url: str, folder: Path) -> Ground:
        return cls(slack, Child(slack, folder, url, before=INSTALL), Plan(folder))

    @property
    def word(self) -> str:
        """Unlike every other try's."""
        return sha256(str(self.tries).encode()).hexdigest()[:16]

    def person(self, name: str) -> Person:
        return self.slack.people[f"U0{name.upper()}"]

    async def up(self) -> None:
        await self.child.launch()
        await self.slack.connected(timeout=PATIENCE)
        await self.child.clock.go(self.now, PATIENCE)

    async def says(self, name: str, text: str, where: Channel | str = "general") -> str:
        """What they read in the end; on a machine that is too busy to save it, they say it again."""
        person = self.person(name)
        while True:
            ack = await person.command(COMMAND, text, where)
            assert ack.ok, f"{text}: {ack.error}"
            heard = ack.text
            if heard.startswith(NOT_KNOWN):
                await self.quiet()
                heard = next(m.text for m in reversed(person.ephemerals()) if not m.text.startswith(NOT_KNOWN))
            if not heard.startswith(NOT_SAVED):
                return heard

    async def quiet(self) -> None:
        """Until everything that was recorded is said."""
        await self.child.clock.go(self.now, PATIENCE)

    def room(self, number: int | None = None) -> Channel:
        [room] = rooms(self.slack, number or self.number)
        return room

    async def incident(self, severity: str = "P2") -> None:
        """An incident that is open and acknowledged by nobody; quiet."""
        await self.says("zoe", f"declare {severity} {self.word} {self.word[::-1]}")
        await self.quiet()
        [self.number] = self.titled()

    async def form(self, name: str, verb: str) -> View:
        await self.says(name, verb, self.room())
        return await self.person(name).opened_view(PATIENCE)

    def read(self, work: Callable[[Session], Any]) -> Any:
        database = Database(self.child.url)
        try:
            return database.read_sync(work)
        finally:
            database.dispose()

    def facts(self, number: int | None = None) -> list[f.Fact]:
        wanted = number or self.number
        return [e.fact for e in self.read(lambda session: facts.entries(session, wanted))]

    def count(self, kind: str, number: int | None = None) -> int:
        return sum(fact.kind == kind for fact in self.facts(number))

    def titled(self) -> list[int]:
        """The incidents of this try's title."""
        found = self.read(lambda session: incidents.listing(session, open_only=False))
        return [one.id for one in found if self.word in one.title]


@dataclass(frozen=True)
class Act:
    """`ready` prepares, `do` does one thing, `effects` counts how often it is on record."""

    ready: Callable[[Ground], Awaitable[Any]]
    do: Callable[[Ground, Any], Awaitable[Any]]
    effects: Callable[[Ground], int]


def rooms(slack: Sandbox, number: int) -> list[Channel]:
    return [c for c in slack.channels if c.name.startswith(f"inc-{number}-")]


async def strike(ground: Ground, target: int, *, act: Act) -> str:
    """One try: where it was killed and whole afterwards; empty when it was done before the target came."""
    ground.tries += 1
    made = await act.ready(ground)
    before = len(ground.slack.deliveries)
    ground.plan.arm(target)
    doing = asyncio.ensure_future(_done_and_said(ground, act, made))
    dead = asyncio.ensure_future(_process(ground).wait())
    await asyncio.wait({doing, dead}, return_when=asyncio.FIRST_COMPLETED)
    if doing.done() and not isinstance(doing.exception(), aiohttp.ClientError):
        await doing
        dead.cancel()
        ground.plan.disarm()
        delivery = _asked(ground.slack.deliveries[before:])
        assert act.effects(ground) == 1 or (delivery is not None and _busy(_first(delivery)))
        return ""
    await dead
    await ground.slack.wait_for(lambda: not ground.slack.sockets.sockets, PATIENCE, "the socket to be gone")
    doing.cancel()
    await asyncio.gather(doing, return_exceptions=True)
    where = ground.plan.killed_at
    delivery = _asked(ground.slack.deliveries[before:])
    _after_the_kill(ground, act, delivery)
    ground.plan.disarm()
    _forget_leases(ground.child.url)
    await ground.up()
    await _again(ground, act, made, delivery)
    await ground.quiet()
    check(ground)
    return where


async def _done_and_said(ground: Ground, act: Act, made: Any) -> None:
    await act.do(ground, made)
    await ground.quiet()


def _process(ground: Ground) -> Any:
    assert ground.child.process is not None
    return ground.child.process


def _asked(deliveries: list[Delivery]) -> Delivery | None:
    """What a person waited for: the command, click or form, not the events it caused."""
    return next((d for d in deliveries if d.kind != "events_api"), None)


def _after_the_kill(ground: Ground, act: Act, delivery: Delivery | None) -> None:
    """What was acknowledged is on record once; the rest is wholly there or not at all."""
    effects = act.effects(ground)
    assert effects <= 1
    if delivery is not None and delivery.acked and not _busy(_first(delivery)):
        assert effects == 1, "acknowledged, and not on record"


def _forget_leases(url: str) -> None:
    """So much later that the dead one's leases have run out."""
    with by_hand(url) as connection:
        connection.execute("UPDATE outbox SET lease_until = 0 WHERE state = 'sending'")


async def _again(ground: Ground, act: Act, made: Any, delivery: Delivery | None) -> None:
    """Slack delivers the same again; where there was no delivery, it is done again."""
    if delivery is None:
        await act.do(ground, made)
    else:
        first = _first(delivery)
        while True:
            [reply] = await ground.slack.redeliver(1, None, "timeout", lambda one: one is delivery)
            assert reply.ok
            await ground.quiet()
            if not _busy(reply.payload) or act.effects(ground):
                break
        kept = _busy(first) or _busy(reply.payload) or _text(first) in (_text(reply.payload), "")
        assert kept, f"another answer: {_text(first)} | {_text(reply.payload)}"
    assert act.effects(ground) == 1


def _first(delivery: Delivery) -> dict[str, Any] | None:
    """What was answered before it died."""
    return next((reply.payload for reply in delivery.replies if reply.ok), None)


def _busy(payload: dict[str, Any] | None) -> bool:
    return any(words in str(payload) for words in (NOT_SAVED, NOT_KNOWN))


def _text(payload: dict[str, Any] | None) -> str:
    return str((payload or {}).get("text", ""))


def check(ground: Ground) -> None:
    """Everything that was recorded is whole, and everything that was to be said was said once, in order."""
    for number in {ground.number, ground.other, *ground.titled()} - {0}:
        assert ground.read(partial(facts.verify, incident_id=number)) == []
        loaded = ground.read(partial(incidents.load, incident_id=number))
        assert loaded == ground.read(partial(incidents.rebuild, incident_id=number)), "row and facts differ"
        _whole(ground.slack, number)
    _said_once(ground)
    with by_hand(ground.child.url) as connection:
        left = connection.execute("SELECT kind, state, error FROM outbox WHERE state <> 'sent'").fetchall()
    assert left == [], "not everything was said"


def _whole(slack: Sandbox, number: int) -> None:
    """One channel with one card, pinned and bookmarked once, and announced once."""
    [room] = rooms(slack, number)
    cards = [m for m in slack.messages(room) if "Catch me up" in str(m.blocks) and not m.is_reply]
    assert len(cards) == 1
    assert [m.ts for m in slack.pinned(room)] == [cards[0].ts]
    assert len(room.bookmarks) == 1
    assert len(slack.files) == len({file.name for file in slack.files}), "attached twice"
    lines = [m.text for m in slack.messages("incidents") if f"<#{room.id}>" in m.text and not m.is_reply]
    assert lines
    assert len(lines) == len(set(lines)), "announced twice"
    topics = [m.text for m in slack.messages(room, system=True) if m.subtype == "channel_topic"]
    assert all(one != then for one, then in pairwise(topics)), "the same topic was set twice"


def _said_once(ground: Ground) -> None:
    """Each message of the outbox was posted at most once, and those of one lane in its order."""
    new = ground.slack.calls[ground.seen_calls :]
    ground.seen_calls = len(ground.slack.calls)
    posted = [_id(c.args) for c in new if c.method == "chat.postMessage" and c.ok]
    ground.posted.update(one for one in posted if one)
    assert [one for one, times in ground.posted.items() if times > 1 and one not in ground.excused] == [], (
        "posted twice"
    )
    with by_hand(ground.child.url) as connection:
        rows = connection.execute("SELECT id, lane, position FROM outbox").fetchall()
    lanes = {row[0]: (row[1], row[2]) for row in rows}
    last: dict[str, int] = {}
    for one in (one for one in posted if one in lanes and one not in ground.excused):
        lane, position = lanes[one]
        assert last.get(lane, 0) < position, f"out of order in {lane}"
        last[lane] = position


def said_so_far(slack: Sandbox) -> set[str]:
    """The messages of the outbox that Slack has been sent, by their ids."""
    return {one for call in slack.calls_of("chat.postMessage") if (one := _id(call.args))}


def _id(args: dict[str, Any]) -> str | None:
    metadata = args.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return str(payload["id"]) if payload else None


# the start itself


async def declares(ground: Ground, _: Any) -> None:
    ground.number = 0
    await ground.person("zoe").command(COMMAND, f"declare P1 {ground.word} {ground.word[::-1]}", "general")


async def strike_start(ground: Ground, target: int) -> str:
    """Killed while it starts with half of an incident still to be said; and started again."""
    ground.tries += 1
    await ground.says("zoe", f"declare P1 {ground.word} {ground.word[::-1]}")
    await ground.child.die()
    _forget_leases(ground.child.url)
    ground.plan.arm(target)
    where = await _killed_starting(ground)
    ground.plan.disarm()
    _forget_leases(ground.child.url)
    if where:
        await ground.up()
    assert len(ground.titled()) == 1
    [ground.number] = ground.titled()
    await ground.quiet()
    check(ground)
    return where


async def strike_first_start(ground: Ground, target: int) -> str:
    """Killed while it makes its tables; and started again."""
    ground.tries += 1
    await ground.child.end()
    await ground.slack.wait_for(lambda: not ground.slack.sockets.sockets, PATIENCE, "the socket to be gone")
    _empty(ground.child.url)
    ground.plan.arm(target)
    where = await _killed_starting(ground)
    ground.plan.disarm()
    if where:
        await ground.up()
    assert migrate.standing(ground.child.url) == "current"
    await ground.says("zoe", f"declare P3 {ground.word}")
    assert len(ground.titled()) == 1
    return where


def _empty(url: str) -> None:
    if url.startswith("sqlite"):
        for file in Path(url.removeprefix("sqlite:///")).parent.glob("*.db*"):
            file.unlink()
        return
    with by_hand(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


async def _up(ground: Ground) -> None:
    await ground.slack.connected(timeout=PATIENCE)
    await ground.quiet()


async def _killed_starting(ground: Ground) -> str:
    """Where it was killed; empty when it was up and had said everything before."""
    await ground.child.launch()
    starting = asyncio.ensure_future(_up(ground))
    dead = asyncio.ensure_future(_process(ground).wait())
    await asyncio.wait({starting, dead}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done() and not isinstance(starting.exception(), aiohttp.ClientError):
        await starting
        dead.cancel()
        return ""
    await dead
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await starting
    await ground.slack.wait_for(lambda: not ground.slack.sockets.sockets, PATIENCE, "the socket to be gone")
    return ground.plan.killed_at


@contextlib.asynccontextmanager
async def grounded(url: str, folder: Path) -> AsyncIterator[Ground]:
    """A workspace with a bot in a process of its own; whoever waits for a dead one is not waited for."""
    (folder / "sitrep.yml").write_text(CONFIG)
    async with Sandbox(manifest=MANIFEST) as slack:
        people = _people(slack)
        slack.channel("general", list(people.values()), general=True)
        for name in ("incidents", "data-stakeholders"):
            slack.channel(name, list(people.values()), bot=True)
        slack.timing.ack = PATIENCE
        ground = Ground.of(slack, url, folder)
        try:
            await ground.up()
            yield ground
        finally:
            await ground.child.end()
