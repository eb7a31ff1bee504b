"""`sitrep doctor`: everything that must be right before the first incident, looked at without changing anything."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import textwrap
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import typer
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot import logs, settings
from bot.domain import checkup
from bot.domain.calendar import WEEKDAYS
from bot.domain.checkup import Finding, doubtful, refused, right, wrong
from bot.domain.choosing import Choice
from bot.domain.duty import swaps
from bot.domain.duty.oncall import ON_CALL, Roster, roster_at
from bot.domain.duty.swaps import Change
from bot.domain.rules import names_people
from bot.environment import Environment, SettingsError, read_environment
from bot.outbound.api import Api
from bot.outbound.checkup import Cast, Place, cast, channels, credentials, disturbance
from bot.outbound.checkup.credentials import APP_PAGE, BOT_PAGE
from bot.outbound.people import PLACE
from bot.settings import DEFAULT_FILE, Settings
from bot.store import manifest
from bot.store.checkup import database
from bot.store.files import protocols

MARKS = {"right": "✓", "doubtful": "!", "wrong": "✗"}
WIDTH, INDENT = 100, 21
SLACK_SECONDS = 20
"""How long one call to Slack may take."""


def doctor(
    as_json: bool = typer.Option(False, "--json", help="For programs: a list of findings."),
) -> None:
    """Check tokens, scopes, channels, people, database and clocks; 1 when something is wrong, with what to do."""
    logs.configure("CRITICAL")  # what calls log on the way is among the findings
    findings = asyncio.run(examine(os.environ, Path.cwd(), datetime.now(UTC)))
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in findings], indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(_drawn(findings)))
    raise typer.Exit(int(any(one.state == "wrong" for one in findings)))


def _drawn(findings: list[Finding]) -> Iterator[str]:
    for one in findings:
        head = f"{MARKS[one.state]} {one.about}"
        text = f"{one.text} — {one.remedy}" if one.remedy else one.text
        wrapped = textwrap.wrap(text, WIDTH - INDENT, break_long_words=False, break_on_hyphens=False)
        yield textwrap.indent("\n".join(wrapped), " " * INDENT).replace(" " * INDENT, f"{head:<{INDENT}}", 1)
    count = Counter(one.state for one in findings)
    yield f"{len(findings)} looked at: {count['wrong']} wrong, {count['doubtful']} to think about."


# ------------------------------------------------------------------------------------------------------ what is checked


async def examine(environ: Mapping[str, str], cwd: Path, now: datetime) -> list[Finding]:
    """Every finding, in the order in which they are best put right. What cannot be looked at says why."""
    try:
        environment = read_environment(environ)
    except SettingsError as error:
        missing = doubtful("everything else", "not looked at", "correct the environment first")
        return [refused("environment", str(error), "correct the variable"), missing]
    visit = _Visit(environment, cwd, now)
    visit.configuration(environ)
    look = await asyncio.to_thread(database, environment.database_url)  # it knows channels that the bot has found
    await visit.slack(look.places)
    visit.shifts(look.changes)
    visit.people()
    return [*visit.findings, *look.findings]


class _Visit:
    """What was found so far. `found` is None when the configuration cannot be used, `choices` are none when a protocol
    cannot."""

    def __init__(self, environment: Environment, cwd: Path, now: datetime) -> None:
        self.findings: list[Finding] = []
        self.environment = environment
        self.cwd = cwd
        self.now = now
        self.found: Settings | None = None
        self.choices: tuple[Choice, ...] = ()
        self.cast = Cast()

    def configuration(self, environ: Mapping[str, str]) -> None:
        self.findings += _environment(self.environment)
        try:
            found = self.found = settings.load(environ, self.cwd)
        except SettingsError as error:
            self.findings.append(refused("configuration", str(error), "correct it there"))
            text = "channels, people and protocol are not looked at"
            self.findings.append(doubtful("configuration", text, "correct the file first"))
            return
        self.cast = _as_written(found)
        self.findings += _configured(found, self.cwd)
        try:
            self.choices = found.choices()
        except protocols.ProtocolError as error:
            self.findings.append(
                refused("protocol", str(error), "correct it there; sitrep protocol check says the same")
            )
        else:
            self.findings += _promised(found, self.choices)

    async def slack(self, known: Mapping[str, str]) -> None:
        self.findings += _tokens(self.environment)
        if self.environment.slack_bot_token is None:
            text = "scopes, channels and people are not looked at"
            self.findings.append(doubtful("Slack", text, "set SLACK_BOT_TOKEN first"))
            return
        async with _client(self.environment, self.environment.slack_bot_token) as client:
            app_token = self.environment.slack_app_token
            access = await credentials(client, app_token.get_secret_value() if app_token else None, manifest.scopes())
            self.findings += access.findings
            if not access.team:
                text = "channels and people are not looked at"
                self.findings.append(doubtful("Slack", text, "put the bot token right first"))
            elif self.found:
                await self._workspace(Api(client), self.found, known, access.team)

    async def _workspace(self, api: Api, found: Settings, known: Mapping[str, str], team: str) -> None:
        assets = {f"assets.{name}": (*asset.owner, *asset.consumers) for name, asset in found.assets.items()}
        self.findings += [one async for one in channels(api, _places(found, assets), known)]
        ruled = {f"permissions.{verb}": tuple(filter(names_people, by)) for verb, by in found.permissions.items()}
        self.cast = await cast(api, found.directory, found.oncall, assets | ruled, team)
        self.findings += self.cast.findings
        roster = self._roster()
        called = [*roster.people(ON_CALL), *filter(None, [roster.secondary])]
        self.findings += [one async for one in disturbance(api, called, self.cast, self.now)]

    def shifts(self, changes: Sequence[Change]) -> None:
        """Rotations as people changed them."""
        for name, rotation in self.cast.rotations.items():
            changed = (*rotation.overrides, *swaps.overrides(changes, name))
            self.cast.rotations[name] = rotation.model_copy(update={"overrides": changed})

    def people(self) -> None:
        """Who is called, and whether somebody stands behind what the protocol says: as far as it is known by now."""
        if self.found:
            self.findings += checkup.on_call(self.found.oncall, self._roster(), self.cast.names, self.cast.unfit)
        for one in self.choices:
            self.findings += _by(one, self.choices, checkup.cast(one.protocol, self._roster()))

    def _roster(self) -> Roster:
        return roster_at(self.now, self.cast.rotations, self.cast.directory, self.cast.places)


def _environment(environment: Environment) -> Iterator[Finding]:
    if environment.sitrep_clock is None:
        yield right("environment", "every variable can be used")
    else:
        text = "SITREP_CLOCK is set, so business time stands still and no promise ever falls due"
        yield doubtful("environment", text, "unset it; it is for the demo and for tests")


def _configured(found: Settings, cwd: Path) -> Iterator[Finding]:
    file = found.environment.sitrep_config or (DEFAULT_FILE if (cwd / DEFAULT_FILE).is_file() else None)
    if file is None:
        yield doubtful("configuration", f"there is no {DEFAULT_FILE} here", "write one as the README shows")
    else:
        yield right("configuration", f"{file} can be used")
    for sentence in found.later:
        yield refused("configuration", sentence, "take it out, or wait for a later version", "doubtful")
    calendar = found.calendar
    days = checkup.listed(WEEKDAYS[day] for day in calendar.days)
    yield right(
        "time zone", f"{calendar.timezone}, at work {calendar.opens:%H:%M} to {calendar.closes:%H:%M} on {days}"
    )


def _promised(found: Settings, choices: tuple[Choice, ...]) -> Iterator[Finding]:
    """The protocols against what the configuration says of places and names."""
    protocols = [one.protocol for one in choices]
    yield from (right("protocol", f"{one.name} with {checkup.listed(one.severity_names)}") for one in protocols)
    for sentence in settings.unused_names(found, *protocols):
        yield refused("protocol", sentence, "correct the name, or take it out", "doubtful")
    for choice in choices:
        yield from _by(choice, choices, _announced(found, choice))


def _by(choice: Choice, choices: tuple[Choice, ...], found: Iterable[Finding]) -> Iterator[Finding]:
    """Findings about one of the protocols, which say of which where there are several."""
    several = len(choices) > 1
    yield from (dataclasses.replace(one, text=f"{choice.name}: {one.text}") if several else one for one in found)


def _announced(found: Settings, choice: Choice) -> Iterator[Finding]:
    protocol = choice.protocol
    announced = [one.name for one in protocol.severities if one.announce == "channel"]
    if announced and choice.announces is None:
        text = f"{checkup.listed(announced)} is announced nowhere: announce_channel is none"
        yield doubtful("protocol", text, "name a channel as announce_channel")
    told = [one.name for one in protocol.severities if one.stakeholders]
    if told and found.stakeholder_channel is None:
        text = f"stakeholders are told of {checkup.listed(told)} nowhere: there is no stakeholder_channel"
        yield doubtful("protocol", text, "name a channel as stakeholder_channel")


def _tokens(environment: Environment) -> Iterator[Finding]:
    """What is set; whether Slack takes it is asked afterwards."""
    if environment.slack_bot_token is None:
        yield wrong("bot token", "SLACK_BOT_TOKEN is missing", f"copy it from {BOT_PAGE}")
    if environment.slack_app_token is not None:
        return
    if environment.slack_signing_secret is None:
        text = "SLACK_APP_TOKEN is missing"
        yield wrong("app token", text, f"copy it from {APP_PAGE}; for HTTP set SLACK_SIGNING_SECRET instead")
        return
    place = f"{environment.host}:{environment.port}"
    yield right("signing secret", f"HTTP mode: Slack is to call https://…/slack/events, which leads to {place}")
    if manifest.socket_mode():
        text = "whether the app's Socket Mode is off is not seen from here; manifest.yml turns it on"
        remedy = "see that it is off on the app's page and the address is entered; otherwise Slack calls nobody"
        yield doubtful("signing secret", text, remedy)


def _places(found: Settings, assets: Mapping[str, Iterable[str]]) -> Iterator[Place]:
    own = ((f"protocols.{key}.announce_channel", use.announce_channel) for key, use in found.protocols.items())
    for key, where in (
        ("announce_channel", found.announce_channel),
        ("stakeholder_channel", found.stakeholder_channel),
        *((key, where) for key, where in own if where != "none"),
    ):
        if where is not None:
            yield Place(key, where)
    written = {f"directory.{name}": ones for name, ones in found.directory.items()}
    for key, ones in (written | dict(assets)).items():
        yield from (Place(key, one) for one in ones if PLACE.fullmatch(one))


def _as_written(found: Settings) -> Cast:
    """Who stands in the configuration, where Slack was not asked who that is."""
    return Cast(
        directory={
            name: tuple(one for one in ones if not PLACE.fullmatch(one)) for name, ones in found.directory.items()
        },
        places={name: tuple(one for one in ones if PLACE.fullmatch(one)) for name, ones in found.directory.items()},
        rotations=dict(found.oncall),
    )


@contextlib.asynccontextmanager
async def _client(environment: Environment, token: SecretStr) -> AsyncIterator[AsyncWebClient]:
    timeout = aiohttp.ClientTimeout(total=SLACK_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        url = environment.slack_api_url
        yield AsyncWebClient(token.get_secret_value(), base_url=url, session=session, retry_handlers=[])
