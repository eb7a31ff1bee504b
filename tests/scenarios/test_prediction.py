"""What the simulator says would happen is what the bot does: for every protocol and severity, what Slack was told, of
whom, how loudly and at which minute, is the simulated timetable."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot import settings
from bot.domain.clocks import Clock
from bot.domain.oncall import Roster, roster_at
from bot.domain.protocol import Protocol
from bot.domain.scorecard import judged, verdict
from bot.domain.scribe import Audiences
from bot.domain.simulate import Plot, simulated
from bot.domain.timetable import INCIDENT, Line, Timetable
from bot.sandbox import Channel, Message, Person, Sandbox
from bot.store.protocols import builtin_names, load
from tests.living import Living, living
from tests.scenarios.world import Clock as Stepped
from tests.scenarios.world import access, incident

NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""A Friday at 03:00 in Amsterdam: what is promised in working hours comes much later."""

PLOTS = {
    "nobody": (None, None),
    "acknowledged": (timedelta(minutes=10), None),
    "resolved": (timedelta(minutes=10), timedelta(hours=2)),
}
"""When somebody acknowledges and resolves it, after it was declared."""

WATCHED = timedelta(hours=30)

APART = timedelta(days=35)
"""So long after one the next is declared: nobody is told that it happens again."""

Event = tuple[timedelta, str, str, tuple[str, ...]]
"""When, how, where and who."""


def config(protocol: Protocol) -> str:
    """Somebody of their own behind every name, and a channel beside a person among those who are told."""
    names = [name for name in protocol.directory_names() if name != "on-call"]
    behind = "".join(f"  {name}: [{user(name)}]\n" for name in names)
    return f"""\
protocol: {protocol.name}
announce_channel: incidents
stakeholder_channel: data-stakeholders
timezone: Europe/Amsterdam
directory:
{behind}oncall:
  primary: {{members: [U0ANA], starts: 2020-01-06, handoff: "mon 09:00"}}
  secondary: {{members: [U0CAR], starts: 2020-01-06, handoff: "mon 09:00"}}
"""


def user(name: str) -> str:
    return "U0" + re.sub(r"[^A-Z0-9]", "", name.upper())[:18]


@dataclass
class Night:
    """A bot under one protocol, its clock, and what the simulator is told of the same team."""

    town: Living
    clock: Stepped
    protocol: Protocol
    known: settings.Settings
    everybody: dict[str, Person]
    now: datetime = NIGHT - timedelta(days=7)

    def roster(self, at: datetime) -> Roster:
        return roster_at(at, self.known.oncall, self.known.directory)

    async def go(self, to: datetime) -> datetime | None:
        """The bot's clock is moved; when it has something to do next."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"http://127.0.0.1:{self.clock.port}/clock", json={"to": to.isoformat()}) as answer,
        ):
            assert answer.status == 200, await answer.text()
            due = (await answer.json())["next_due"]
        self.now = to
        return datetime.fromisoformat(due) if due else None


@asynccontextmanager
async def night(protocol: Protocol, url: str, folder: Path) -> AsyncIterator[Night]:
    clock, everybody = Stepped(), {}

    def filled(slack: Sandbox) -> None:
        for name in protocol.directory_names():
            if name != "on-call":
                everybody[user(name)] = slack.person(name, tz="Europe/Amsterdam", id=user(name))
        for place in ("incidents", "data-stakeholders"):
            found = slack.channel_named(place)
            assert found is not None
            found.members += [one for one in everybody if one not in found.members]

    async with living(url, folder, config=config(protocol), environ=clock.environ, before=filled) as town:
        everybody |= {person.id: person for person in town.people.values()}
        known = settings.load(access(town.slack, url), folder)
        yield Night(town, clock, load(protocol.name, known.calendar), known, everybody)


# what the bot does


async def happened(night: Night, plot: Plot, predicted: Timetable) -> list[Event]:
    """What Slack is told of one incident, until the time up to which the timetable goes."""
    seen = Seen(night.town.slack)
    await night.go(plot.at)
    seen.forget()
    acts = [line for line in predicted.lines if line.how == "act"]
    assert acts.pop(0).does == "declares"
    await night.everybody[plot.declarer].command("/incident", f"declare {plot.severity} made up", "general")
    due = await night.go(plot.at)
    events = [*seen.news(plot.at, plot.at)]
    while acts or (due is not None and due <= predicted.until):
        to = min(at for at in (due, acts[0].at if acts else None) if at is not None)
        due = await night.go(to)
        events += seen.news(plot.at, to)
        for act in [one for one in acts if one.at == to]:
            acts.remove(act)
            await does(night, act, seen.room())
            due = await night.go(to)
            events += seen.news(plot.at, to)
        if predicted.ended == "resolved" and to == predicted.until:
            break
    await night.go(predicted.until)
    events += seen.news(plot.at, predicted.until)
    found = await incident(night.town, seen.number)
    assert judgement(judged(found, night.protocol), predicted.until) == judgement(predicted.promises, predicted.until)
    if predicted.ended != "resolved":
        await night.everybody["U0ANA"].command("/incident", "cancel false alarm", seen.room())
    return events


async def does(night: Night, act: Line, room: Channel) -> None:
    person = night.everybody[act.people[0]]
    if act.does == "acknowledges":
        await person.command("/incident", "ack", room)
        return
    await person.command("/incident", "resolve", room)
    filled = {"Fix applied": "What was wrong is put right.", "State of the data": "repaired"}
    await person.submit(await person.opened_view(), filled)


def judgement(promises: Iterable[Clock], now: datetime) -> dict[tuple[str, int], tuple[str, datetime | None]]:
    """How each promise stands and when it was kept, as the scorecard reads it."""
    return {clock.name: (verdict(clock, now), clock.kept_at) for clock in promises}


class Seen:
    """What was new in the workspace each time it is looked at."""

    def __init__(self, slack: Sandbox) -> None:
        self.slack = slack
        self.messages: set[tuple[str, str]] = set()
        self.rung = 0
        self.members: set[str] = set()
        self.number = 0

    def room(self) -> Channel:
        return next(c for c in self._rooms() if c.name.startswith(f"inc-{self.number}-"))

    def forget(self) -> None:
        """What was there before is no news."""
        self.number = 1 + max((int(c.name.split("-")[1]) for c in self._rooms()), default=0)
        self.members = {self.slack.ws.bot_user_id}
        self.rung = len(self.slack.ws.pings)
        list(self._new())

    def _rooms(self) -> list[Channel]:
        return [c for c in self.slack.ws.channels.values() if c.name.startswith("inc-")]

    def news(self, began: datetime, at: datetime) -> Iterator[Event]:
        """What was said, and who came into the incident's channel, since it was last looked at."""
        rung: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for ping in self.slack.ws.pings[self.rung :]:
            rung.setdefault((ping.message.channel, ping.message.ts), []).append((ping.why, ping.user))
        self.rung = len(self.slack.ws.pings)
        for message in self._new():
            yield at - began, *self._told(message, rung.get((message.channel, message.ts), []))
        came = {*self.room().members} - self.members
        self.members |= came
        yield from ((at - began, "invite", INCIDENT, (one,)) for one in sorted(came))

    def _new(self) -> Iterator[Message]:
        for place, messages in self.slack.ws.messages.items():
            for message in messages:
                if (place, message.ts) not in self.messages:
                    self.messages.add((place, message.ts))
                    if message.bot_id == self.slack.ws.bot_id and not message.is_system:
                        yield message

    def _told(self, message: Message, pings: list[tuple[str, str]]) -> tuple[str, str, tuple[str, ...]]:
        channel = self.slack.ws.channels[message.channel]
        if channel.kind == "im":
            [reader] = [one for one in channel.members if one != self.slack.ws.bot_user_id]
            return "direct", "", (reader,)
        place = INCIDENT if channel.name.startswith("inc-") else channel.name
        if any(why in ("channel", "here", "everyone") for why, _ in pings):
            return "everyone", place, ()
        named = tuple(sorted({one for why, one in pings}))
        return ("mention" if named else "reply" if message.is_reply else "post"), place, named


# what was predicted


def foretold(timetable: Timetable) -> list[Event]:
    return [event for line in timetable.lines for event in _events(line, timetable.began)]


def _events(line: Line, began: datetime) -> Iterator[Event]:
    after = line.at - began
    if line.how in ("direct", "invite"):
        yield from ((after, line.how, line.place, (one,)) for one in line.people)
    elif line.how not in ("act", "edit"):
        yield after, line.how, line.place, tuple(sorted(line.people)) if line.how == "mention" else ()


def difference(foretold: list[Event], happened: list[Event]) -> str:
    """Line by line what only one of them has, for whoever reads a failure."""
    said, did = Counter(foretold), Counter(happened)
    only = [
        *(("foretold, did not happen", e) for e in said - did),
        *(("happened, not foretold", e) for e in did - said),
    ]
    return "\n".join(f"{what}: +{at} {how} {place} {', '.join(who)}" for what, (at, how, place, who) in only)


async def compared(protocol: str, severities: list[str], plots: list[str], url: str, folder: Path) -> None:
    async with night(load(protocol), url, folder) as one:
        at = NIGHT
        for severity in severities:
            for name in plots:
                acknowledged, resolved = PLOTS[name]
                plot = Plot(severity, at, acknowledged, resolved, WATCHED, declarer="U0ZOE")
                audiences = Audiences("incidents", "data-stakeholders")
                predicted = simulated(plot, one.protocol, one.roster, audiences)
                told = await happened(one, plot, predicted)
                assert not (found := difference(foretold(predicted), told)), f"{protocol} {severity}, {name}:\n{found}"
                at += APART


@pytest.mark.parametrize("protocol", builtin_names())
async def test_the_highest_severity_goes_as_predicted(protocol: str, sqlite_url: str, tmp_path: Path) -> None:
    await compared(protocol, [load(protocol).of_rank(1).name], ["resolved"], sqlite_url, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("protocol", builtin_names())
async def test_every_severity_goes_as_predicted(protocol: str, sqlite_url: str, tmp_path: Path) -> None:
    await compared(protocol, [one.name for one in load(protocol).severities], list(PLOTS), sqlite_url, tmp_path)
