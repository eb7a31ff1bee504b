"""`sitrep oncall`: who is on call, for a month, and as a calendar file. No bot needs to run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import typer

from bot import settings
from bot.domain.duty import swaps
from bot.domain.duty.rotation import Rotation, month_of
from bot.environment import SettingsError
from bot.settings import Settings
from bot.store import migrate, people, shifts
from bot.store.engines import StartError
from bot.store.session import Database, NotSaved, Session
from bot.views import rota
from bot.views.rota import Company, Known

app = typer.Typer(help="Who is on call.", invoke_without_command=True)

AHEAD = timedelta(days=182)
"""How far ahead a calendar file tells."""


@app.callback()
def now(context: typer.Context) -> None:
    """Print who is on call now and next."""
    if context.invoked_subcommand is None:
        found, rotations, company = _read()
        at = datetime.now(UTC)
        told = {name: (one.shift_at(at), one.next_handoff(at), one) for name, one in rotations.items()}
        for name, (shift, until, one) in told.items():
            following = f" until {_at(until, found)}, then {company.name(one.at(until))}" if until else ""
            typer.echo(f"{name}: {company.name(shift.person)}{following}")


@app.command("month")
def month(which: str = typer.Argument("", help="The month, like 2026-12; without one, this month.")) -> None:
    """Print who is on call in a month."""
    found, rotations, company = _read()
    try:
        _, told = month_of(rotations, which, found.calendar.timezone, datetime.now(UTC))
    except ValueError:
        _fail(f'"{which}" is no month; write it like 2026-12.', 2)
    typer.echo(rota.month_text(told, company))


@app.command("ics")
def calendar(
    rotation: str = typer.Option("", help="Only this rotation, like primary."),
) -> None:
    """Print the next half year as a calendar file (.ics)."""
    from bot.views import ics  # most of a second, which no other command needs

    _, rotations, company = _read()
    if rotation and rotation not in rotations:
        _fail(f'There is no rotation "{rotation}"; there is {", ".join(rotations)}.', 2)
    at = datetime.now(UTC)
    told = {
        name: one.shifts(one.shift_at(at).start, at + AHEAD) if one.at(at) else one.shifts(at, at + AHEAD)
        for name, one in rotations.items()
        if rotation in ("", name)
    }
    typer.echo(ics.calendar(told, company, at), nl=False)


def _at(at: datetime, found: Settings) -> str:
    return f"{found.calendar.local(at):%a %d %b %H:%M %Z}"


def _read() -> tuple[Settings, Mapping[str, Rotation], Company]:
    """The configuration, its rotations as they stand, and who people are, as far as the bot has kept it; the end where
    there is no rotation."""
    try:
        found = settings.load(os.environ, Path.cwd())
        if not found.oncall:
            _fail("No rotation is configured; name one under oncall in sitrep.yml.", 1)
        if migrate.standing(found.database_url) not in ("current", "newer"):
            return found, found.oncall, Company(_as_written(found.oncall), found.calendar.timezone)
        database = Database(found.database_url)
        try:
            return database.read_sync(lambda session: _standing(session, found))
        finally:
            database.dispose()
    except SettingsError as error:
        _fail(str(error), 2)
    except (StartError, NotSaved) as error:
        _fail(f"Not read: {str(error).removeprefix('Not saved: ')}", 1)


def _standing(session: Session, found: Settings) -> tuple[Settings, Mapping[str, Rotation], Company]:
    everyone = _everyone(found.oncall)
    meant = people.by_address(session, (one for one in everyone if "@" in one))
    changes = shifts.latest(session)
    known = people.many(session, {*(meant.get(one, one) for one in everyone), *(p for c in changes for p in c.people)})
    gone = frozenset(one for one, person in known.items() if person.deactivated)
    written = {name: one.meaning(meant) for name, one in found.oncall.items()}
    named = {one: Known(person.name, person.tz, person.email or "") for one, person in known.items()}
    company = Company({**_as_written(written), **named}, found.calendar.timezone)
    return found, swaps.in_force(written, changes, gone), company


def _everyone(rotations: Mapping[str, Rotation]) -> Iterable[str]:
    return {person for one in rotations.values() for person in one.everyone}


def _as_written(rotations: Mapping[str, Rotation]) -> dict[str, Known]:
    """People by what the configuration calls them."""
    return {one: Known(one, "UTC", one if "@" in one else "") for one in _everyone(rotations)}


def _fail(sentence: str, code: int) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
