"""A private incident from its first word to its last, full of words that nobody outside may read; then every surface
is searched for them: what was sent to Slack, what stands there, what people were answered, what is counted and logged.
"""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.cli_doctor import examine
from bot.sandbox import Call, Channel, Message, Person
from bot.views import answers
from tests.living import CONFIG, Living, living
from tests.our_log import as_the_bot_logs
from tests.scenarios.world import COMMAND, MORNING, Clock, access, at, quiet, said, typed

PATIENT = 60.0
"""Seconds for whatever is waited for: other tests run beside this one."""

CANARY = "kanary"
"""In every word that people of the private incident type, and in nothing that anybody else does."""

ASSETS = 'assets: {"*payroll*": {owner: [U0MAX], consumers: [U0ZOE]}}\n'


@contextlib.asynccontextmanager
async def loudly() -> AsyncIterator[None]:
    with as_the_bot_logs("DEBUG"):
        yield


def canary(what: str) -> str:
    return f"{CANARY} {what}"


@dataclass
class Watch:
    """Who may read: the private channels, and the people who are in them for whatever reason."""

    town: Living
    rooms: list[Channel] = field(default_factory=list)
    more: set[str] = field(default_factory=set)

    @property
    def inside(self) -> set[str]:
        return {person for room in self.rooms for person in room.members} | self.more

    def leaks(self) -> list[str]:
        """Every place outside where one of the words was sent or stands."""
        return [*self._calls(), *self._messages(), *self._views()]

    def _calls(self) -> Iterator[str]:
        for call in self.town.slack.calls:
            if CANARY in _flat(call.args) and not self._within(call):
                yield f"{call.method} {call.args}"

    def _within(self, call: Call) -> bool:
        if call.method in ("conversations.create", "views.open", "response_url", "upload"):
            return call.method != "conversations.create" or str(call.args["is_private"]).lower() in ("1", "true")
        where = str(call.args.get("channel") or call.args.get("channel_id"))
        return where in {room.id for room in self.rooms} or self._readers(where) <= self.inside

    def _readers(self, where: str) -> set[str]:
        if where.startswith("U"):
            return {where}
        channel = self.town.slack.find(where)
        bot = self.town.slack.bot_user_id
        return {*channel.members} - {bot} if channel.kind in ("im", "private") else {"everybody"}

    def _messages(self) -> Iterator[str]:
        slack = self.town.slack
        seen: list[tuple[set[str], Message]] = []
        for channel in slack.ws.channels.values():
            seen += [(self._readers(channel.id), m) for m in slack.ws.alive(channel.id)]
        seen += [({person}, m) for person, found in slack.ws.ephemerals.items() for m in found]
        for readers, message in seen:
            files = [(file.name, file.title, file.content.decode()) for file in message.files]
            if CANARY in _flat((message.text, message.blocks, message.metadata, files)) and not readers <= self.inside:
                yield f"{sorted(readers)} read {message.text!r} {message.blocks}"
        for channel in slack.channels:
            if channel.kind == "public" and CANARY in _flat((channel.name, channel.topic, channel.bookmarks)):
                yield f"#{channel.name}: {channel.topic}"

    def _views(self) -> Iterator[str]:
        for view in self.town.slack.views:
            if CANARY in _flat(view.definition) and view.user not in self.inside:
                yield f"{view.user} saw {view.definition}"


def _flat(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False).lower()


async def filled(person: Person, values: dict[str, Any], command: str, room: Channel | str) -> None:
    """Open a form by a command, fill it in and send it."""
    ack = await person.command(COMMAND, command, room)
    assert ack.ok, ack.error
    view = await person.opened_view(PATIENT)
    known = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    sent = await person.submit(view, {name: value for name, value in values.items() if name in known})
    assert sent.errors == {}, sent.errors


OUTSIDE = (
    *("show INC-{n}", "brief INC-{n}", "INC-{n} timeline all", "INC-{n} update any news", "INC-{n} ack", "INC-{n}"),
    *("INC-{n} promises", "INC-{n} roles", "INC-{n} actions", "INC-{n} similar", "INC-{n} data", "INC-{n} affected"),
    *("INC-{n} backfill", "INC-{n} cause", "INC-{n} call", "INC-{n} severity P2 why", "INC-{n} resolve done"),
    *("INC-{n} close", "INC-{n} cancel", "INC-{n} reopen again", "INC-{n} undo", "INC-{n} edit", "INC-{n} rename x"),
    *("INC-{n} lead", "INC-{n} add @Max", "INC-{n} page @Max", "INC-{n} escalate", "INC-{n} split a part"),
    *("INC-{n} note x", "INC-{n} propose drop it", "INC-{n} approve", "INC-{n} handoff @Ana", "INC-{n} checklist"),
    *("INC-{n} whatever it is", "INC-1 link INC-{n}", "INC-1 duplicate INC-{n}", "INC-1 unlink INC-{n}"),
)
"""What somebody may try with a number; INC-1 is a public incident."""


async def tried(person: Person, number: int, most: int | None = None) -> list[str]:
    """What they read, the number itself taken out."""
    answers = [await typed(person, words.format(n=number), "general") for words in OUTSIDE[:most]]
    return [re.sub(rf"INC-{number}\b", "INC-n", answer) for answer in answers]


async def test_a_private_incident_is_read_nowhere_outside(
    sqlite_url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {**clock.environ, "PORT": "0"}
    async with living(sqlite_url, tmp_path, config=CONFIG + ASSETS, environ=environ) as town, loudly():
        town.slack.person("Gus", guest=True, id="U0GUS")
        await clock.go(MORNING)
        watch = Watch(town)
        await typed(town.max, "declare P1 orders mart is stale")
        public = await town.incident()
        await quiet(town, PATIENT)

        room = await _begun(town, watch)
        await _worked_on(town, room, clock)
        await _broken(town, room, monkeypatch)
        assert CANARY in await typed(town.car, "show INC-2"), "the bot brought them in, so it is theirs from anywhere"
        await _changed(town, room, public, watch)
        for minutes in (31, 62, 95):
            await clock.go(at(minutes), PATIENT)
        await _in_and_out(town, watch, room)
        await _ended(town, room, clock)
        await clock.go(at(60 * 30), PATIENT)

        assert watch.leaks() == []
        await _tried_from_outside(town, watch)
        assert watch.leaks() == []
        assert town.bot.server is not None
        async with aiohttp.ClientSession() as http:
            for page in ("healthz", "readyz", "metrics"):
                async with http.get(f"{town.bot.server.url}/{page}") as answer:
                    assert CANARY not in (await answer.text()).lower(), page
        found = await examine(access(town.slack, sqlite_url), tmp_path, datetime.now(UTC))
        assert CANARY not in str(found).lower(), "doctor looks at channels and people"
    _seen_by_whoever_runs_it(sqlite_url, tmp_path, monkeypatch)
    logged = capsys.readouterr()
    assert '"incident": 2' in logged.err, "it was about this incident"
    assert "invalid literal for int() with base 10" in logged.err, "and whoever runs it can look for the mistake"
    assert CANARY not in (logged.out + logged.err).lower()


async def _begun(town: Living, watch: Watch) -> Channel:
    """Declared by a command that says so; Slack refuses the channel at first."""
    watch.more |= {town.bea.id, town.ana.id}
    create = town.slack.faults.add("conversations.create", "error:restricted_action")
    title = canary("salaries leaked")
    declared = {"title": title, "affected": "kanary_payroll", "severity": "P1"}
    await filled(town.bea, declared, f"declare P1 private {title}", "general")  # the form comes with *Private* ticked
    refused = await town.slack.wait_for(lambda: [m for m in town.bea.dms() if "did not let me" in m.text], PATIENT)
    assert create.used
    town.slack.faults.add("conversations.create", "429")
    town.slack.faults.add("conversations.invite", "429")
    await town.bea.click(refused[-1], "Retry")
    room = await town.incident(2)
    watch.rooms.append(room)
    await quiet(town, PATIENT)
    assert room.kind == "private"
    assert CANARY in room.name
    assert not said(town, "incidents", "INC-2")
    return room


async def _worked_on(town: Living, room: Channel, clock: Clock) -> None:
    for who, words in (
        (town.ana, "ack"),
        (town.ana, "impact kanary everybody reads salaries"),
        (town.bea, "update kanary the export was shared"),
        (town.bea, "note kanary the link is old"),
        (town.bea, "severity P2 kanary fewer than feared"),
        (town.bea, "severity P1 kanary more than feared"),
        (town.bea, "data suspect since 06:10 until 07:10 partitions kanary_2026"),
        (town.bea, "affected kanary_bonus"),
        (town.bea, "backfill kanary_payroll since 06:10 until 07:10"),
        (town.bea, "cause kanary a public bucket"),
        (town.bea, "action @Zoe kanary rotate the keys due tomorrow"),
        (town.bea, "task @Zoe kanary take the link down"),
        (town.bea, "call https://meet.example/kanary"),
        (town.bea, "add @Tec kanary knows the bucket"),
        (town.bea, "page @Sme kanary who shared it"),
        (town.bea, "hold 15m kanary wait"),
        (town.bea, "cover @Car 2h"),
        (town.bea, "role communications @Tec"),
        (town.bea, "snooze 10m kanary lunch"),
        (town.bea, "rename kanary wages leaked"),
        (town.bea, "edit kanary the export was public"),
        (town.bea, "declare kanary a second leak"),
    ):
        answer = await typed(who, words, room)
        assert "broke on my side" not in answer, words
    await quiet(town, PATIENT)
    await filled(town.bea, {"text": canary("by form"), "impact": canary("pay slips")}, "update", room)
    plan = {"what": canary("delete the bucket"), "why": canary("it is public"), "risk": canary("lost files")}
    await filled(town.bea, {**plan, "rollback": canary("restore")}, "propose", room)
    await quiet(town, PATIENT)
    message = await town.ana.say(room, canary("it began on Friday"))
    for emoji in ("pushpin", "clipboard", "mega"):
        await town.bea.react(message, emoji)
    await town.slack.settled(PATIENT)
    await quiet(town, PATIENT)
    await town.ana.edit(message, canary("it began on Thursday"))
    await town.bea.message_shortcut("Add to timeline", await town.ana.say(room, canary("look here")))
    await town.bea.mention(room, "note kanary said by mention")
    await town.slack.settled(PATIENT)
    await clock.go(at(16), PATIENT)


async def _broken(town: Living, room: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours, whose message holds what was written."""
    with monkeypatch.context() as broken:
        broken.setattr(answers, "answer", lambda scene, *_: int(scene.incident.title))
        assert "broke on my side" in await typed(town.bea, "note kanary and something breaks", room)


async def _changed(town: Living, room: Channel, public: Channel, watch: Watch) -> None:
    """Tied, parted, taken back; nothing ties it to what everybody reads."""
    for words in ("link INC-1", "duplicate INC-1"):
        assert "nothing may tie them" in await typed(town.bea, words, room)
    assert "There is no INC-2" in await typed(town.max, "duplicate INC-2", public)
    await typed(town.bea, "split kanary the bonus part", room)
    part = await town.incident(3)
    watch.rooms.append(part)
    await quiet(town, PATIENT)
    assert part.kind == "private", "a part of something private is private"
    await typed(town.bea, "link INC-2", part)
    await typed(town.bea, "undo", part)
    await typed(town.bea, "merge INC-2", part)
    await typed(town.bea, "undo", part)
    await typed(town.bea, "escalate kanary a lawyer", room)
    await typed(town.bea, "undo", room)
    await typed(town.bea, "handoff @Ana", room)
    await typed(town.bea, "cancel kanary not one", part)
    await quiet(town, PATIENT)


async def _in_and_out(town: Living, watch: Watch, room: Channel) -> None:
    """Who was in it and is out of it again is outside; who is on call and was never brought in is too."""
    eve = town.slack.person("Eve", id="U0EVE")
    await eve.join("general")
    watch.more.add(eve.id)  # she reads what she may while she is in it
    assert "There is no INC-2" in await typed(eve, "show INC-2")
    await town.bea.invite(room, eve)
    await town.slack.settled(PATIENT)
    assert CANARY in await typed(eve, "show INC-2")
    await town.bea.remove(room, eve)
    await town.slack.settled(PATIENT)
    assert await tried(eve, 2, 6) == await tried(eve, 77, 6)
    assert CANARY not in await typed(eve, "list all")

    await filled(town.bea, {"severity": "P3"}, "declare private kanary gossip", "general")
    small = await town.incident(4)
    watch.rooms.append(small)
    await quiet(town, PATIENT)
    assert town.car.id not in small.members, "nobody but the first on call is brought into a P3"
    assert "There is no INC-4" in await typed(town.car, "show INC-4")


async def _ended(town: Living, room: Channel, clock: Clock) -> None:
    ends = {"fix": canary("made it private"), "cause": canary("a checkbox"), "verified": canary("looked again")}
    await filled(town.bea, {**ends, "data": "repaired"}, "resolve", room)
    await quiet(town, PATIENT)
    await typed(town.bea, "reopen kanary it is back", room)
    await filled(town.bea, {**ends, "data": "repaired", "postmortem_owner": town.zoe.id}, "resolve", room)
    await quiet(town, PATIENT)
    await filled(town.bea, {"reason": canary("the rest is HR's")}, "close", room)
    await quiet(town, PATIENT)
    assert town.slack.files, "the timeline is attached"


async def _tried_from_outside(town: Living, watch: Watch) -> None:
    """Whoever is not in it: as if there were none of that number; and what it was says nothing by accident."""
    outsiders = [town.max, town.zoe, town.dir]
    assert not watch.inside & {person.id for person in outsiders}
    assert any("A private P1 incident, INC-2" in m.text for m in town.dir.dms()), "management hears that there is one"
    assert any("of the private incident INC-2" in m.text for m in town.zoe.dms()), "and who has something to do in it"
    assert await tried(town.max, 2) == await tried(town.max, 77)
    for person in outsiders:
        for words in (
            "list all", "list mine", "list", "oncall", "metrics 365d", "similar INC-1", "help", "actions", "brief",
            "declare salaries leaked", "declare P2 wages leaked", "kanari", "",
        ):  # fmt: skip
            ack = await person.command(COMMAND, words, "general")
            assert ack.ok
        await person.say(person.dm, "what is the state?")
        await person.say(person.dm, "INC-2 brief")
        await person.mention("general", "show INC-2")
        for message in copy.deepcopy(person.dms()):  # as it stood when they looked: some shrink at the first click
            for label in _labels(message):
                await person.click(message, label)
    await town.slack.settled(PATIENT)
    await quiet(town, PATIENT)
    done = [m.text for m in (*town.zoe.ephemerals(), *town.zoe.dms())]
    assert any("Noted in INC-2. It is private" in text for text in done), "what was put to them can be answered"


def _labels(message: Message) -> list[str]:
    rows = [block for block in message.blocks or () if block["type"] == "actions"]
    buttons = [e for row in rows for e in row["elements"] if e["type"] == "button"]
    return [one["text"]["text"] for one in buttons]


def _seen_by_whoever_runs_it(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line names no private title unless it is asked for that very incident."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.chdir(folder)
    listed = CliRunner().invoke(cli, ["list", "--all"])
    assert "INC-2" in listed.output
    assert CANARY not in listed.output
    assert CANARY not in CliRunner().invoke(cli, ["timeline", "verify", "INC-2"]).output
    assert CANARY in CliRunner().invoke(cli, ["show", "INC-2"]).output
