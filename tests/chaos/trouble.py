"""How trouble is made: of Slack's, of the database's, of the bots', and of time's."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import time
from datetime import timedelta
from typing import Any

import psycopg

from tests.chaos.town import Town, cut_connections
from tests.scenarios.world import by_hand

Args = dict[str, Any]


async def slack(town: Town, args: Args) -> None:
    for name, value in args["switches"].items():
        setattr(town.slack.unconfirmed, name, value)
    town.slack.latency = args["latency"]
    town.slack.limits.messages = args["limited"]


async def fault(town: Town, args: Args) -> None:
    town.slack.faults.add(**args)


async def storm(town: Town, args: Args) -> None:
    """Everything fails for a while."""
    planned = town.slack.faults.add("*", args["kind"], times=None)
    await asyncio.sleep(args["seconds"])
    with contextlib.suppress(ValueError):
        town.slack.faults.plan.remove(planned)


async def sockets(town: Town, args: Args) -> None:
    await town.slack.close_sockets(args["kind"], 1)


async def kill(town: Town, args: Args) -> None:
    replica = town.replicas[args["which"] % len(town.replicas)]
    await town.kill(replica)
    if args["start"]:
        await town.start(replica)


async def stop(town: Town, args: Args) -> None:
    """As whoever supervises it stops it: with a signal, and with patience."""
    replica = town.replicas[args["which"] % len(town.replicas)]
    replica.signal(signal.SIGTERM)
    await replica.gone()
    await town.start(replica)


async def start(town: Town, _: Args) -> None:
    for replica in town.replicas:
        if not replica.alive:
            await town.start(replica)


async def freeze(town: Town, args: Args) -> None:
    replica = town.replicas[args["which"] % len(town.replicas)]
    replica.signal(signal.SIGSTOP)
    await asyncio.sleep(args["seconds"])
    replica.signal(signal.SIGCONT)


async def clock(town: Town, args: Args) -> None:
    """Business time goes on, for all bots that can be told; each must say what is due before it answers."""
    town.shift += timedelta(minutes=args["minutes"])
    await asyncio.gather(*(replica.go(town.now, 1.5) for replica in town.replicas if replica.alive))


async def lock(town: Town, args: Args) -> None:
    """Somebody else holds what every writer needs."""
    if town.url.startswith("sqlite"):
        await asyncio.to_thread(_locked, town.url, args["seconds"])
        return
    with by_hand(town.url) as other, contextlib.suppress(psycopg.Error):
        other.execute("BEGIN")
        other.execute("SELECT * FROM incidents FOR UPDATE NOWAIT")
        await asyncio.sleep(args["seconds"])
        other.execute("ROLLBACK")


def _locked(url: str, seconds: float) -> None:
    with by_hand(url) as other:
        other.execute("PRAGMA busy_timeout = 3000")
        with contextlib.suppress(sqlite3.OperationalError):
            other.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            other.execute("ROLLBACK")


async def cut(town: Town, args: Args) -> None:
    await asyncio.to_thread(cut_connections, town.url, every=args["all"])


async def waits(_: Town, args: Args) -> None:
    await asyncio.sleep(args["seconds"])
