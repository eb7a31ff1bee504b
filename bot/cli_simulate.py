"""`sitrep protocol simulate`: what a protocol would do to whom, minute by minute, before anybody lives through it."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import typer

from bot.cli_loading import FAILED, WRONG_USE, configured, loaded, refused
from bot.domain.assets import Asset
from bot.domain.bench.simulate import Plot, RosterAt, made_up_roster, simulated
from bot.domain.bench.timetable import Timetable, noise
from bot.domain.calendar import Calendar, instant, parse_wall
from bot.domain.choosing import of_name
from bot.domain.duration import parse
from bot.domain.duty.oncall import ON_CALL, Roster, roster_at
from bot.domain.errors import DomainError
from bot.domain.promises.scorecard import verdict
from bot.domain.protocol import Protocol
from bot.domain.scribe import Audiences
from bot.settings import AssetSettings, Settings
from bot.store.files.protocols import ProtocolError
from bot.views import simulation

_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
YEARS = range(2000, 2101)
LONGEST = timedelta(days=31)
"""Nobody reads more than a month of it."""

_File = Annotated[str, typer.Argument(help="A built-in protocol's name or a file.")]
_Severity = Annotated[str, typer.Argument(help="The severity, like P1.")]
_At = Annotated[str, typer.Option(help="When it is declared: 03:00 (the next one) or 2026-11-20T03:00.")]
_Ack = Annotated[str, typer.Option(help="Somebody acknowledges it so long afterwards, like 10m.")]
_Resolve = Annotated[str, typer.Option(help="Somebody resolves it so long afterwards, like 2h.")]
_Until = Annotated[str, typer.Option(help="How long it is watched.")]
_Where = Annotated[str, typer.Option(help="The environment it happens in.")]
_Category = Annotated[str, typer.Option(help="What kind of incident it is.")]
_Affected = Annotated[str, typer.Option(help="What is affected, by its name under assets.")]
_Json = Annotated[bool, typer.Option("--json", help="For programs: every line, and the noise.")]


def simulate(  # noqa: PLR0913, PLR0917  each is a choice on the command line
    file: _File,
    severity: _Severity,
    at: _At = "03:00",
    ack_after: _Ack = "none",
    resolve_after: _Resolve = "none",
    until: _Until = "24h",
    environment: _Where = "",
    category: _Category = "",
    affected: _Affected = "something",
    as_json: _Json = False,
) -> None:
    """Play an incident that is made up: who would be asked, told and paged, minute by minute, and by which clause.

    Nobody answers unless you say when. The people are those of sitrep.yml, or made up where there is none.
    """
    protocol, settings = loaded(file), configured()
    try:
        plot = Plot(
            _severity(severity, protocol),
            _moment(at, protocol.calendar),
            _length(ack_after, "--ack-after"),
            _length(resolve_after, "--resolve-after"),
            _length(until, "--until") or timedelta(days=1),
            _environment(environment, protocol),
            _kind(category, protocol),
            affected,
        )
        roster, names, unmanned = people(settings, protocol, plot.at)
        timetable = simulated(plot, protocol, roster, _audiences(settings, protocol), settings.oncall)
    except (ValueError, DomainError) as error:
        raise refused(error, WRONG_USE) from error
    except ProtocolError as error:
        raise refused(error, FAILED) from error
    if as_json:
        typer.echo(json.dumps(_keyed(timetable), indent=2, ensure_ascii=False))
    else:
        typer.echo(simulation.page(timetable, plot, protocol, names, unmanned))


# what is asked for


def _severity(text: str, protocol: Protocol) -> str:
    found = protocol.parse_severity(text)
    if found is None:
        raise ValueError(
            f'"{text[:40]}" is no severity of {protocol.name}; it has {", ".join(protocol.severity_names)}.'
        )
    return found.name


def _moment(text: str, calendar: Calendar) -> datetime:
    """The next time the team's clock shows this, or that very moment. Raises ValueError with one sentence."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    try:
        written = datetime.fromisoformat(text) if len(text) > len("00:00") else None
    except ValueError:
        raise ValueError(f'--at: "{text[:40]}" is no time; write it like 03:00 or 2026-11-20T03:00.') from None
    if written is not None and written.year not in YEARS:
        raise ValueError(f"--at: choose a year from {YEARS.start} to {YEARS.stop - 1}.")
    if written is not None and written.tzinfo is not None:
        return written.astimezone(UTC)
    if written is not None:
        return instant(written.date(), written.time(), calendar.timezone)
    try:
        wall = parse_wall(text)
    except ValueError as error:
        raise ValueError(f"--at: {error}.") from error
    today: date = calendar.local(now).date()
    found = instant(today, wall, calendar.timezone)
    return found if found >= now else instant(today + timedelta(days=1), wall, calendar.timezone)


def _length(text: str, option: str) -> timedelta | None:
    try:
        found = parse(text)
    except ValueError as error:
        raise ValueError(f"{option}: {error}.") from error
    if found is not None and found > LONGEST:
        raise ValueError(f"{option}: {text} is longer than {LONGEST.days} days.")
    return found


def _environment(text: str, protocol: Protocol) -> str:
    known = [one.name for one in protocol.environments]
    if not text:
        return known[0] if known else "production"
    found = protocol.parse_environment(text)
    if found is None:
        raise ValueError(f'"{text[:40]}" is no environment of {protocol.name}; it has {", ".join(known) or "none"}.')
    return found.name


def _kind(text: str, protocol: Protocol) -> str | None:
    found = protocol.parse_category(text) if text else None
    if text and found is None:
        known = ", ".join(one.name for one in protocol.categories) or "none"
        raise ValueError(f'"{text[:40]}" is no category of {protocol.name}; it has {known}.')
    return found.name if found else None


# who is who


def people(settings: Settings, protocol: Protocol, at: datetime) -> tuple[RosterAt, Callable[[str], str], list[str]]:
    """The roster, what everybody in it is called, and the names that nobody answers to."""
    if not settings.directory and not settings.oncall:
        return made_up_roster(protocol), lambda person: person, []
    persons = {
        name: tuple(one for one in ids if not _CHANNEL.fullmatch(one)) for name, ids in settings.directory.items()
    }
    places = {name: tuple(one for one in ids if _CHANNEL.fullmatch(one)) for name, ids in settings.directory.items()}

    assets = tuple(_asset(pattern, one) for pattern, one in settings.assets.items())

    def roster(now: datetime) -> Roster:
        return roster_at(now, settings.oncall, persons, places, assets)

    known = roster(at)
    used = protocol.directory_names()
    unmanned = [one for one in used if not known.people(one) and not known.channels.get(one)]
    return roster, _named(known, (ON_CALL, "secondary", *used)), unmanned


def _audiences(settings: Settings, protocol: Protocol) -> Audiences:
    """Where its incidents are told. Raises ProtocolError where another protocol that is configured is broken."""
    own = of_name(settings.choices(), protocol.name)
    team = own.announces if own else settings.announce_channel
    return Audiences(team, settings.stakeholder_channel)


def _asset(pattern: str, one: AssetSettings) -> Asset:
    """A channel that owns something reads like its consumers."""
    rooms = tuple(owner for owner in one.owner if _CHANNEL.fullmatch(owner))
    owners = tuple(owner for owner in one.owner if owner not in rooms)
    return Asset(pattern=pattern, owners=owners, consumers=(*rooms, *one.consumers), tier=one.tier)


def _named(roster: Roster, used: Iterable[str]) -> Callable[[str], str]:
    """`U0ANA (on-call)`: who nobody can look up here is told by what they are to the protocol."""
    parts: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(used):
        for person in roster.people(name):
            parts[person].append(name)
    return lambda person: f"{person} ({', '.join(parts[person][:2])})" if person in parts else person


# for programs


def _keyed(timetable: Timetable) -> dict[str, Any]:
    found = noise(timetable)
    return {
        "protocol": timetable.protocol,
        "severity": timetable.severity,
        "began": timetable.began.isoformat(),
        "ended": timetable.ended,
        "lines": [
            {
                **asdict(line),
                "at": line.at.isoformat(),
                "after_minutes": (line.at - timetable.began) / timedelta(minutes=1),
            }
            for line in timetable.lines
        ],
        "promises": [
            {"key": one.key, "clause": one.clause, "stands": verdict(one, timetable.until)}
            for one in timetable.promises
        ],
        "noise": {
            **asdict(found),
            "busiest": found.busiest.isoformat() if found.busiest else None,
            "rings": found.rings,
        },
    }
