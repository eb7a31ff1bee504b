"""`sitrep timeline forget`: what people wrote is deleted because somebody has a right to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot import settings
from bot.cli_record import fail, incident_of, numbered, record
from bot.domain import fact as f
from bot.domain.caller import Caller
from bot.domain.errors import DomainError
from bot.domain.scribe import Audiences
from bot.environment import SettingsError
from bot.store import facts, forgetting, migrate, pinned
from bot.store.facts import REMOVED
from bot.store.session import Database, NotSaved, Session, Unknown
from bot.usecases.forget import forget as forget_texts
from bot.usecases.forget import must_be_over
from bot.usecases.record import Done
from bot.usecases.team import Team

SHOWN = 70
"""Characters of each text that are shown before it is deleted."""

CLI = Caller(None, "cli")


def forget(
    number: Annotated[str, typer.Argument(help="The incident, as INC-12.")],
    entry: Annotated[
        list[int] | None, typer.Option(min=1, help="Only this entry of the record; may be given several times.")
    ] = None,
    by: Annotated[str, typer.Option(help="Only what this person wrote; their Slack id.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete what people wrote: in an incident that is over, or single entries of any. The record stays whole.

    What would be deleted is shown first, with its entry's number.
    """
    found = _settings()
    which = numbered(number)
    database = _database(found.database_url)
    try:
        told = database.read_sync(partial(_record, number=which, everything=not (entry or by)))
        seqs = _seqs(told, which, entry or [], by)
        _confirmed(database, which, seqs, yes=yes)
        done = database.run_sync(partial(_deleted, found=found, number=which, seqs=seqs if entry or by else []))
        forgetting.sweep(found.database_url)
    except (DomainError, NotSaved, Unknown) as error:
        fail(str(error), 1)
    except forgetting.NotSwept as error:
        fail(f"Deleted, but the database's files may still hold it ({error}).", 1)
    finally:
        database.dispose()
    [said] = [e.fact for e in done.entries if isinstance(e.fact, f.TextsForgotten)]
    count = "1 text" if said.texts == 1 else f"{said.texts} texts"
    typer.echo(f"Deleted {count} of INC-{which}; sitrep timeline verify INC-{which} shows that the rest is whole.")


def register() -> None:
    """Hang this command on the command line."""
    record.command("forget")(forget)


def _record(session: Session, number: int, *, everything: bool) -> list[f.Entry]:
    incident = incident_of(session, number)
    if everything:
        must_be_over(incident)
    return facts.entries(session, number)


def _seqs(record: Sequence[f.Entry], number: int, wanted: Sequence[int], by: str) -> list[int]:
    """Entries with words of people among those that are meant."""
    for seq in wanted:
        if seq > len(record):
            raise DomainError(f"INC-{number} has no entry {seq}; its last is {len(record)}.")
    meant = [e for e in record if (not wanted or e.seq in wanted) and (not by or _writer(e) == by)]
    seqs = [e.seq for e in meant if _words(e)]
    if not seqs:
        raise DomainError(f"Nothing that {by or 'people'} wrote is left {'there' if wanted else f'in INC-{number}'}.")
    return seqs


def _writer(entry: f.Entry) -> str | None:
    author: str | None = getattr(entry.fact, "author", None)
    return author or entry.by


def _words(entry: f.Entry) -> dict[str, str]:
    """What people wrote in an entry, by the field it stands in."""
    words = {field: getattr(entry.fact, field) for field in entry.fact.prose_fields()}
    return {field: text for field, text in words.items() if text and text != REMOVED}


def _confirmed(database: Database, number: int, seqs: Sequence[int], *, yes: bool) -> None:
    """Show what would go, and ask. Leaves with 1 where the answer is no."""
    for each in database.read_sync(lambda session: facts.of_seqs(session, number, seqs)):
        for field, text in _words(each).items():
            shown = " ".join(text.split())
            typer.echo(f"entry {each.seq}, {field}: {shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + '…'}")
    typer.echo("This is deleted for good. What Sitrep posted in Slack stays there, and so do your backups.")
    if not yes and not _said_yes():
        fail("Nothing was deleted.", 1)


def _said_yes() -> bool:
    try:
        return typer.confirm("Delete it?")
    except typer.Abort:  # nobody is there to answer
        return False


def _deleted(session: Session, found: settings.Settings, number: int, seqs: Sequence[int]) -> Done:
    protocol = pinned.get(session, incident_of(session, number).protocol_digest)
    audiences = Audiences(team=found.announce_channel, stakeholders=found.stakeholder_channel)
    return forget_texts(session, Team(protocol, audiences=audiences), number, seqs, CLI, datetime.now(UTC))


def _settings() -> settings.Settings:
    try:
        return settings.load(os.environ, Path.cwd())
    except SettingsError as error:
        fail(str(error), 2)


def _database(url: str) -> Database:
    """The database, which must be there with the schema of this version: deleting is writing."""
    try:
        if migrate.standing(url) not in ("current", "newer"):
            fail("The database is not there, or not of this version; sitrep db upgrade says more.", 1)
        return Database(url)
    except migrate.StartError as error:
        fail(str(error), 1)
