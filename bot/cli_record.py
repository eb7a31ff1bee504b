"""`sitrep list`, `show`, `timeline` and `db`: reading the record without Slack. No bot needs to run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

import typer

from bot import settings
from bot.domain.errors import DomainError
from bot.domain.incident import Incident
from bot.environment import SettingsError
from bot.store import facts, incidents, migrate, people, pinned
from bot.store.session import Database, NotSaved, Session
from bot.views import timeline
from bot.views.scene import Scene, everyone

T = TypeVar("T")

db = typer.Typer(help="The database.", no_args_is_help=True)
record = typer.Typer(help="The record of an incident.", no_args_is_help=True)


def register(cli: typer.Typer) -> None:
    """Hang these commands on the command line."""
    cli.command("list")(list_incidents)
    cli.command("show")(show)
    cli.add_typer(record, name="timeline")
    cli.add_typer(db, name="db")


def list_incidents(
    every: bool = typer.Option(False, "--all", help="Closed and cancelled ones too."),
) -> None:
    """List incidents, the newest first; private ones appear with their number only."""
    found = _asked(lambda session: incidents.listing(session, open_only=not every))
    if beyond := _asked(lambda session: incidents.beyond_us(session, open_only=not every)):
        typer.echo("Some incidents were written by a newer Sitrep and are missing here.", err=True)
    if not found and not beyond:
        typer.echo("No incident." if every else "No open incident; --all lists the others.")
    for one in found:
        title = "(private)" if one.private else one.title
        typer.echo(f"{one.number:8} {one.severity:4} {one.stage:10} {one.declared_at:%Y-%m-%d %H:%M} {title}")


def show(number: str) -> None:
    """Print an incident's timeline as Markdown."""
    typer.echo(timeline.document(_asked(lambda session: _scene(session, numbered(number)))))


@record.command("verify")
def verify(
    number: str,
    digest: str = typer.Option("", help="A digest that was printed, as in a closing summary: which entry has it?"),
) -> None:
    """Check that nothing on an incident's record was changed or removed; 1 when something was."""
    problems = _asked(lambda session: facts.verify(session, incident_of(session, numbered(number)).id))
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    digests = _asked(lambda session: facts.digests(session, numbered(number)))
    typer.echo(f"INC-{numbered(number)} is whole: {len(digests)} entries; its last digest is {digests[-1]}.")
    if digest and digest not in digests:
        fail("No entry has that digest.", 1)
    if digest:
        typer.echo(f"Entry {digests.index(digest) + 1} has that digest.")


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest schema; the bot does the same when it starts."""
    try:
        migrate.upgrade(_url())
    except migrate.StartError as error:
        fail(str(error), 1)
    typer.echo("The database is up to date.")


def _url() -> str:
    try:
        return settings.load(os.environ, Path.cwd()).database_url
    except SettingsError as error:
        fail(str(error), 2)


def fail(sentence: str, code: int) -> NoReturn:
    """One sentence on stderr, and the end."""
    typer.echo(sentence, err=True)
    sys.exit(code)


def _asked(question: Callable[[Session], T]) -> T:
    """The answer of the database, or one sentence on stderr and the end."""
    url = _url()
    try:
        if migrate.current(url) is None:
            fail("There is no record yet: the bot has not run with this database, or DATABASE_URL names another.", 1)
        database = Database(url)
        try:
            return database.read_sync(question)
        finally:
            database.dispose()
    except NotSaved as error:  # nobody wanted to save anything
        fail(f"Not read: {str(error).removeprefix('Not saved: ')}", 1)
    except (migrate.StartError, DomainError) as error:
        fail(str(error), 1)


def numbered(text: str) -> int:
    """The number of an incident as somebody wrote it; the end with 2 where that is none."""
    digits = text.strip().upper().removeprefix("INC-")
    if not (digits.isascii() and digits.isdecimal()):
        fail(f'"{text}" is no incident number; write INC-12.', 2)
    return int(digits)


def incident_of(session: Session, number: int) -> Incident:
    """Raises DomainError where there is none."""
    incident = incidents.load(session, number)
    if incident is None:
        raise DomainError(f"There is no INC-{number}.")
    return incident


def _scene(session: Session, number: int) -> Scene:
    incident = incident_of(session, number)
    protocol = pinned.get(session, incident.protocol_digest)
    entries = facts.entries(session, number)
    known = people.many(session, everyone(incident, entries))
    names = {one: person.name for one, person in known.items()}
    return Scene(incident, protocol, datetime.now(UTC), names=names, entries=entries)
