"""From submitting the form to everything being there, with every Slack call taking 100 ms."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ground import Scale
from bot.sandbox.model import Call
from tests.living import Living, living

LATENCY = 0.1
ROUNDS = 7
TITLES = (
    "Orders mart is stale", "Revenue has the wrong sign", "No invoices since noon", "FX rates of last year",
    "Web sessions counted twice", "The loader cannot reach Kafka", "Half of all refunds lost", "dbt runs time out",
)  # fmt: skip
"""One for each incident: who declares what is running already is asked first."""


TEXT = """\
## From submitting the form

Medians of {rounds} P1 incidents declared by form, on SQLite; every Slack call is answered after {latency} ms.

| until | ms |
|---|---|
| the form is answered (saved and committed) | {answered} |
| the channel exists | {channel} |
| the declarer is a member | {member} |
| the card is there | {card} |
| everything is done (pin, bookmark, topic, invitations, announcement, pages) | {done} |

The declarer is in the channel with the card after **{usable} Slack calls in a row** ({usable_ms} ms of waiting for
Slack); all {calls} calls of a P1 with everybody configured are {depth} deep. A measured peer makes 8 calls in a row and
needs {peer} ms until the declarer is in: {ratio} times as long.
"""

PEER = 0.855
"""Seconds until the declarer is in the channel in the measured peer, with 8 calls of 100 ms one after another."""


async def section(scale: Scale, folder: Path) -> str:
    rounds = await measure(f"sqlite:///{folder}/sitrep.db", folder, scale.of(ROUNDS, 1))
    found = {name: median(rounds, name) for name in Round.__dataclass_fields__}
    return TEXT.format(
        rounds=len(rounds),
        latency=_ms(LATENCY),
        **{name: _ms(found[name]) for name in ("answered", "channel", "member", "card", "done")},
        usable=int(found["usable_depth"]),
        usable_ms=_ms(found["usable_depth"] * LATENCY),
        calls=int(found["calls"]),
        depth=int(found["depth"]),
        peer=_ms(PEER),
        ratio=f"{PEER / found['member']:.1f}",
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


@dataclass(frozen=True)
class Round:
    """Seconds from submitting; `calls` made for it, and how many of them had to wait for one another (`depth`)."""

    answered: float
    channel: float
    member: float
    card: float
    done: float
    calls: int
    usable_depth: int
    depth: int


async def measure(database_url: str, folder: Path, rounds: int) -> list[Round]:
    """Several incidents declared one after another by form; the first, which warms caches, is left out."""
    async with living(database_url, folder, latency=LATENCY) as life:
        await life.ana.command("/incident", "list", life.general)
        return [await _round(life, number) for number in range(1, rounds + 2)][1:]


async def _round(life: Living, number: int) -> Round:
    await life.zoe.command("/incident", "declare", life.general)
    view = await life.zoe.opened_view()
    before = len(life.slack.calls)
    began = time.monotonic()
    answer = await life.zoe.submit(view, {"Title": TITLES[number - 1], "Severity": "P1"})
    answered = time.monotonic() - began
    if not answer.ok:
        raise RuntimeError(f"the form was refused: {answer.errors}")
    channel = await life.incident(number)
    await life.slack.wait_for(lambda: life.zoe.id in channel.members, timeout=10)
    await life.bot.courier.quiet()
    calls = [c for c in life.slack.calls[before:] if c.method != "views.open"]
    return Round(
        answered=answered,
        channel=_ended(calls, "conversations.create") - began,
        member=_ended(calls, "conversations.invite", lambda c: life.zoe.id in str(c.args.get("users"))) - began,
        card=_ended(calls, "chat.postMessage", lambda c: c.args.get("channel") == channel.id) - began,
        done=max(_end(c) for c in calls) - began,
        calls=len(calls),
        usable_depth=depth(calls, _usable(calls, channel.id, life.zoe.id)),
        depth=depth(calls, calls),
    )


def _usable(calls: Sequence[Call], channel: str, person: str) -> list[Call]:
    invited = next(c for c in calls if c.method == "conversations.invite" and person in str(c.args.get("users")))
    card = next(c for c in calls if c.method == "chat.postMessage" and c.args.get("channel") == channel)
    return [invited, card]


def _ended(calls: Sequence[Call], method: str, which: Callable[[Call], bool] = lambda _: True) -> float:
    return min(_end(c) for c in calls if c.method == method and which(c))


def _end(call: Call) -> float:
    if call.ended is None:
        raise ValueError(f"{call.method} is not over")
    return call.ended


def depth(calls: Sequence[Call], of: Sequence[Call]) -> int:
    """The longest chain of calls that came one after another and ends in one of `of`."""
    chain: dict[int, int] = {}
    for call in sorted(calls, key=lambda c: c.started):
        before = [chain[id(c)] for c in calls if id(c) in chain and _end(c) <= call.started]
        chain[id(call)] = 1 + max(before, default=0)
    return max(chain[id(c)] for c in of)


def median(rounds: Sequence[Round], name: str) -> float:
    return float(statistics.median(getattr(r, name) for r in rounds))
