"""What the simulator says would happen is what the bot does: for every protocol and severity, what Slack was told, of
whom, how loudly and at which minute, is the simulated timetable."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import aiohttp
import pytest

from bot import settings
from bot.cli_simulate import people
from bot.domain.bench.simulate import Plot, simulated
from bot.domain.bench.timetable import INCIDENT, Line, Timetable
from bot.domain.promises.clocks import Clock
from bot.domain.promises.scorecard import judged, verdict
from bot.domain.protocol import Protocol
from bot.domain.scribe import Audiences
from bot.sandbox import Channel, Message, Person, Sandbox
from bot.store.files import protocols as files
from bot.store.files.protocols import builtin_names
from tests.living import Living, living
from tests.scenarios.world import Clock as Stepped
from tests.scenarios.world import access, incident

NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""A Friday at 03:00 in Amsterdam: what is promised in working hours comes much later."""

ACTS = (
    (None, None),
    (timedelta(minutes=10), None),
    (timedelta(minutes=10), timedelta(hours=2)),
)
"""When somebody acknowledges and resolves it, after it was declared."""

AUDIENCES = Audiences("incidents", "data-stakeholders")

HANDOFF = datetime(2026, 11, 23, 7, 10, tzinfo=UTC)
"""A Monday, fifty minutes before the next one is on call."""

WATCHED = timedelta(hours=30)

APART = timedelta(days=91)
"""So long after one the next is declared, a Friday too: nobody is told that it happens again, and no review is due."""

Event = tuple[timedelta, str, str, tuple[str, ...]]
"""When, how, where and who."""


load = cache(files.load)


def config(protocols: list[str], *, thin: bool) -> str:
    """Somebody of their own behind every name; in a `thin` team behind every other one a channel, no secondary, and two
    who take turns."""
    behind = "".join(f"  {name}: [{one}]\n" for name, one in directory(protocols, thin=thin).items())
    rooms = "".join(f'  "#{room(name)}": {name}\n' for name in protocols)
    members = "U0ANA, U0BEA" if thin else "U0ANA"
    secondary = '  secondary: {members: [U0CAR], starts: 2020-01-06, handoff: "mon 09:00"}\n'
    return f"""\
protocol: {protocols[0]}
protocols:
{rooms}announce_channel: incidents
stakeholder_channel: data-stakeholders
timezone: Europe/Amsterdam
directory:
{behind}oncall:
  primary: {{members: [{members}], starts: 2020-01-06, handoff: "mon 09:00"}}
{"" if thin else secondary}assets: {{"orders_*": {{owner: [U0MAX], consumers: [U0DIR]}}}}
"""


def room(protocol: str) -> str:
    """The channel in which one declares by a protocol."""
    return f"team-{protocol}"


def directory(protocols: list[str], *, thin: bool) -> dict[str, str]:
    every = dict.fromkeys(name for one in protocols for name in load(one).directory_names())
    names = [name for name in every if name not in ("on-call", "primary", "secondary")]
    return {name: channel(name) if thin and place % 2 else user(name) for place, name in enumerate(names)}


def channel(name: str) -> str:
    return user(name).replace("U", "C", 1)


def user(name: str) -> str:
    return "U0" + re.sub(r"[^A-Z0-9]", "", name.upper())[:18]


@dataclass
class Night:
    """A bot with some protocols, its clock, and what the simulator is told of the same team."""

    town: Living
    clock: Stepped
    known: settings.Settings
    everybody: dict[str, Person]

    def protocol(self, name: str) -> Protocol:
        return load(name, self.known.calendar)

    async def go(self, to: datetime) -> datetime | None:
        """The bot's clock is moved; when it has something to do next."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"http://127.0.0.1:{self.clock.port}/clock", json={"to": to.isoformat()}) as answer,
        ):
            assert answer.status == 200, await answer.text()
            due = (await answer.json())["next_due"]
        return datetime.fromisoformat(due) if due else None


@asynccontextmanager
async def night(protocols: list[str], url: str, folder: Path, *, thin: bool = False) -> AsyncIterator[Night]:
    clock, everybody = Stepped(), {}

    def filled(slack: Sandbox) -> None:
        for name, one in directory(protocols, thin=thin).items():
            if one.startswith("U"):
                everybody[one] = slack.person(name, tz="Europe/Amsterdam", id=one)
            else:
                slack.channel(name, [slack.people["U0ANA"]], bot=True, id=one)
        for name in protocols:
            slack.channel(room(name), list(slack.people.values()), bot=True)
        for place in ("incidents", "data-stakeholders"):
            found = slack.channel_named(place)
            assert found is not None
            found.members += [one for one in everybody if one not in found.members]

    async with living(url, folder, config=config(protocols, thin=thin), environ=clock.environ, before=filled) as town:
        everybody |= {person.id: person for person in town.people.values()}
        known = settings.load(access(town.slack, url), folder)
        yield Night(town, clock, known, everybody)


# what the bot does


async def happened(night: Night, plot: Plot, predicted: Timetable) -> list[Event]:
    """What Slack is told of one incident, until the time up to which the timetable goes."""
    seen = Seen(night.town.slack)
    await night.go(plot.at)
    seen.forget()
    acts = [line for line in predicted.lines if line.how == "act"]
    assert acts.pop(0).does == "declares"
    await declares(night, plot, night.protocol(predicted.protocol))
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
    real = judged(found, night.protocol(predicted.protocol))
    assert judgement(real, predicted.until) == judgement(predicted.promises, predicted.until)
    if predicted.ended != "resolved":
        await night.everybody[plot.declarer].command("/incident", "cancel false alarm", seen.room())
    return events


async def declares(night: Night, plot: Plot, protocol: Protocol) -> None:
    person, where = night.everybody[plot.declarer], room(protocol.name)
    place, kind = protocol.environment(plot.environment), protocol.category(plot.category or "")
    if kind is None and not plot.affected and (place is None or not place.softens):
        await person.command("/incident", f"declare {plot.severity} made up", where)
        return
    await person.command("/incident", "declare", where)
    filled = {"Title": "Made up", "Severity": plot.severity, "Environment": place.name if place else ""}
    filled["What is affected"] = plot.affected
    chosen = {**filled, **({"Category": [kind.title]} if kind else {})}
    await person.submit(await person.opened_view(), {label: value for label, value in chosen.items() if value})


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
        place = self.slack.ws.channels[message.channel]
        if place.kind == "im":
            [reader] = [one for one in place.members if one != self.slack.ws.bot_user_id]
            return "direct", "", (reader,)
        known = {one.id: one.name for one in self.slack.channels if one.name in ("incidents", "data-stakeholders")}
        known |= {one.id: INCIDENT for one in self._rooms()}
        where = known.get(place.id, place.id)
        if any(why in ("channel", "here", "everyone") for why, _ in pings):
            return "everyone", where, ()
        named = tuple(sorted({one for why, one in pings}))
        return ("mention" if named else "reply" if message.is_reply else "post"), where, named


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


async def compared(
    plots: list[tuple[str, Plot]], url: str, folder: Path, *, thin: bool = False, apart: timedelta = APART
) -> None:
    """Every plot under its protocol is what the bot does, one after the other."""
    async with night(list(dict.fromkeys(name for name, _ in plots)), url, folder, thin=thin) as one:
        for number, (name, plot) in enumerate(plots):
            made = replace(plot, at=plot.at + number * apart, until=WATCHED, declarer="U0ZOE")
            protocol = one.protocol(name)
            roster, _, _ = people(one.known, protocol, made.at)
            predicted = simulated(made, protocol, roster, AUDIENCES, one.known.oncall)
            told = await happened(one, made, predicted)
            assert not (found := difference(foretold(predicted), told)), f"{name}, {made}:\n{found}"


async def test_the_highest_severity_of_each_goes_as_predicted(sqlite_url: str, tmp_path: Path) -> None:
    soon = Plot("", NIGHT, timedelta(minutes=4), timedelta(minutes=35), affected="")
    plots = [(name, replace(soon, severity=load(name).of_rank(1).name)) for name in builtin_names()]
    await compared(plots, sqlite_url, tmp_path, apart=timedelta(days=7))  # they have nothing in common


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", builtin_names())
async def test_every_severity_goes_as_predicted(name: str, sqlite_url: str, tmp_path: Path) -> None:
    plots = [Plot(one, NIGHT, ack, done, affected="") for one in load(name).severity_names for ack, done in ACTS]
    await compared([(name, plot) for plot in plots], sqlite_url, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", builtin_names())
async def test_elsewhere_of_some_kind_and_with_half_a_team_it_goes_as_predicted(
    name: str, sqlite_url: str, tmp_path: Path
) -> None:
    known = load(name)
    severity = known.of_rank(1).name
    plots = [Plot(severity, NIGHT, environment=one.name, affected="orders_mart") for one in known.environments]
    plots += [
        Plot(severity, NIGHT, timedelta(minutes=20), category=one.name, affected="orders_mart")
        for one in known.categories
    ]
    plots += [Plot(severity, HANDOFF), Plot(severity, HANDOFF, timedelta(minutes=10))]
    await compared([(name, plot) for plot in plots], sqlite_url, tmp_path, thin=True)
