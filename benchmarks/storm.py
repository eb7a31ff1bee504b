"""Thirty incidents declared at the same moment, under the limits that Slack documents."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks.ground import Scale, table
from benchmarks.pages import WORDS
from bot.sandbox import Person
from bot.sandbox.model import Call
from bot.sandbox.timing import Limits
from bot.store import incidents
from bot.store.session import Database
from tests.living import Living, living

POSTS_A_MINUTE = 200
"""chat.postMessage in the whole workspace; Slack says "several hundred".
Source: https://docs.slack.dev/reference/methods/chat.postMessage#rate_limiting."""

LATENCY = 0.1
STEPS = ("answered", "channel", "member", "card", "announced")
LONGEST = 420.0

TEXT = """\
## {count} incidents declared at once

{count} people type `/incident declare P2 …` in the same second. Slack answers each call after {latency} ms and keeps to
its limits: 20 channels, pins, bookmarks and topics a minute, 50 invitations and edits, {posts} posts, and one post a
second and channel; above that it answers 429 with the rest of the minute. Real seconds, nothing is scaled.

{table}

Everything else (pins, bookmarks, topics, direct messages) is done after {done:.0f} s; {calls} calls were made,
{limited} of them answered 429. A measured peer delivered 8 of 30 incidents under the same limits and lost the others.
Here {delivered} of {count} were delivered: nobody waits for Slack to be told that it is saved, and what Slack's own
limit of 20 channels a minute holds back comes in the next minute.
"""


async def measure(url: str, folder: Path, scale: Scale) -> str:
    count = scale.of(30, 5)
    async with living(url, folder, latency=LATENCY) as life:
        people = [life.slack.person(f"Person {n}", id=f"U0P{n:02}") for n in range(count)]
        team = life.slack.channel("team", people)
        for start in range(0, count, 10):
            await asyncio.gather(*(p.command("/incident", "list", team) for p in people[start : start + 10]))
        limits = {"chat.postMessage": POSTS_A_MINUTE}
        life.slack.limits = Limits(messages=True, tiers=True, per_minute=limits)
        return await _storm(life, people, count)


async def _storm(life: Living, people: list[Person], count: int) -> str:
    before, began = len(life.slack.calls), time.monotonic()
    typed = (
        p.command("/incident", f"declare P2 {word}", "team")
        for p, word in zip(people, WORDS[:: len(WORDS) // count], strict=False)
    )
    answers = await asyncio.gather(*typed)
    async with asyncio.timeout(LONGEST):
        await life.bot.courier.quiet()
    calls = life.slack.calls[before:]
    team = life.slack.find("incidents").id
    found = [await _reached(life.bot.db, number, calls, began, team) for number in range(1, count + 1)]
    times = {"answered": [a.seconds for a in answers if a.ok]}
    times |= {step: [one[step] for one in found if step in one] for step in STEPS[1:]}
    rows = [[step, f"{len(each)} of {count}", *_within(each)] for step, each in times.items()]
    return TEXT.format(
        count=count,
        latency=int(LATENCY * 1000),
        posts=POSTS_A_MINUTE,
        table=table(["", "of them", "first after s", "half of them", "last"], rows),
        done=max(c.ended or 0.0 for c in calls) - began,
        calls=len(calls),
        delivered=min(len(times[step]) for step in STEPS),
        limited=sum(c.status == 429 for c in calls),
    )


def _within(seconds: list[float]) -> list[str]:
    known = sorted(seconds) or [float("nan")]
    return [f"{one:.1f}" for one in (known[0], known[len(known) // 2], known[-1])]


async def _reached(db: Database, number: int, calls: Iterable[Call], began: float, team: str) -> dict[str, float]:
    """Seconds until each step of one incident; a step that never came is left out."""
    incident = await db.read(lambda session: incidents.load(session, number))
    if incident is None or incident.channel is None:
        return {}
    place, who = incident.channel, str(incident.declared_by)
    done = [c for c in calls if c.ended is not None and c.status == 200 and c.error is None]
    made = [c for c in done if c.method == "conversations.create" and c.result["channel"]["id"] == place]
    asked = [c for c in done if c.method == "conversations.invite" and c.args.get("channel") == place]
    posts = [c for c in done if c.method == "chat.postMessage"]
    steps = {
        "channel": made,
        "member": [c for c in asked if who in str(c.args.get("users"))],
        "card": [c for c in posts if c.args.get("channel") == place],
        "announced": [c for c in posts if c.args.get("channel") == team and incident.title in str(c.args)],
    }
    return {step: min(c.ended or 0.0 for c in some) - began for step, some in steps.items() if some}
