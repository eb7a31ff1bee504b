"""Looking at the database without changing it, also while a bot works with it: what `sitrep doctor` asks."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bot.domain import checkup
from bot.domain.checkup import Finding, doubtful, listed, refused, right, wrong
from bot.domain.duty.swaps import Change
from bot.store import guards, migrate, places, shifts, sole
from bot.store.engines import StartError, address
from bot.store.session import Database, NotSaved, Session

ABOUT = "database"
SET = "correct DATABASE_URL"
UPGRADE = "run sitrep db upgrade, or start Sitrep, which does the same"

MOUNTS = Path("/proc/self/mounts")
NETWORK = ("nfs", "cifs", "smb", "fuse.sshfs", "fuse.s3fs", "fuse.gcsfuse", "glusterfs", "ceph", "lustre", "9p", "afs")
"""File systems of which several machines share one. SQLite's write-ahead log does not work over a network, and neither
do its locks: https://www.sqlite.org/wal.html, https://www.sqlite.org/useovernet.html."""


@dataclass
class Look:
    """What was found, the channels' ids that the bot has learnt, and what people changed of their shifts."""

    findings: list[Finding] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


def database(url: str) -> Look:
    """Look at the database behind a URL."""
    look = Look()
    try:
        place = address(url)
        if place.get_backend_name() == "sqlite":
            look.findings += _file(Path(str(place.database)).resolve())
        schema = _schema(url, _shown(place)) if not _wrong(look) else None
        look.findings += [schema] if schema else []
        if schema and schema.state == "right":
            _read(url, look)
            look.findings += _running(url)
    except StartError as error:
        look.findings.append(refused(ABOUT, str(error), SET))
    except NotSaved as error:  # nobody wanted to save anything
        look.findings.append(refused(ABOUT, str(error).removeprefix("Not saved: "), SET))
    return look


def _wrong(look: Look) -> bool:
    return any(finding.state == "wrong" for finding in look.findings)


def _shown(place: sa.URL) -> str:
    """Where it is, without who may enter."""
    if place.get_backend_name() == "sqlite":
        return str(Path(str(place.database)).resolve())
    return f"{place.database} at {place.host or 'this machine'}"


def _file(file: Path) -> Iterator[Finding]:
    folder = file.parent
    if not folder.is_dir():
        yield wrong(ABOUT, f"there is no folder {folder}", f"make it, or {SET}")
        return
    kind = file_system(folder, MOUNTS.read_text("utf-8") if MOUNTS.exists() else "")
    if kind.startswith(NETWORK):
        text = f"{folder} is on a network drive ({kind}), where SQLite loses what it was told to keep"
        yield wrong(ABOUT, text, "put it on a disk of this machine, or use PostgreSQL")
    for one in (folder, file):
        if one.exists() and not os.access(one, os.W_OK):
            yield wrong(ABOUT, f"{one} cannot be written by this user", "let the user that runs Sitrep write there")


def file_system(folder: Path, mounts: str) -> str:
    """The kind of file system that a folder lies on, by the lines of /proc/self/mounts; empty where they do not say."""
    found = ("", "")
    for line in mounts.splitlines():
        _, point, kind, *_ = (*line.split(" "), "", "", "")
        point = point.replace("\\040", " ")
        if point and len(point) >= len(found[0]) and folder.is_relative_to(point):
            found = (point, kind)
    return found[1]


def _schema(url: str, shown: str) -> Finding:
    match migrate.standing(url):
        case "missing":
            return doubtful(ABOUT, f"there is nothing in {shown} yet", UPGRADE)
        case "older":
            return wrong(ABOUT, f"{shown} has an older schema than this Sitrep", UPGRADE)
        case "newer":
            return right(ABOUT, f"{shown} has the schema of a newer Sitrep, with which this one may work too")
        case "beyond":
            return wrong(ABOUT, f"{shown} was made by a newer Sitrep", "run that version or a later one")
        case "current":
            return right(ABOUT, f"{shown} can be used and its schema is the newest")


def _read(url: str, look: Look) -> None:
    opened = Database(url)
    try:
        look.findings += opened.read_sync(_contents)
        look.places |= opened.read_sync(places.known)
        look.changes = opened.read_sync(shifts.latest)
    finally:
        opened.dispose()


def _contents(session: Session) -> list[Finding]:
    found = []
    if lacking := guards.missing(session.conn):
        text = f"what keeps the record from being changed is missing ({', '.join(lacking)})"
        found.append(wrong(ABOUT, text, UPGRADE))
    if session.dialect == "postgresql":
        before = time.time()
        theirs = session.now().timestamp()
        found.append(checkup.clock("database's", theirs - (before + time.time()) / 2))
        found += _rights(session.conn)
    return found


def _rights(connection: sa.Connection) -> Iterator[Finding]:
    """Whether this user may write: our own transaction only reads, so it is asked, not tried."""
    standby = connection.exec_driver_sql(
        "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"
    ).scalar_one()
    if standby:
        yield wrong(ABOUT, "this PostgreSQL only reads (a standby?)", "let DATABASE_URL name the one that writes")
    query = "SELECT t FROM unnest(ARRAY['facts', 'incidents', 'outbox']) t WHERE NOT has_table_privilege(t, 'INSERT')"
    if barred := connection.exec_driver_sql(query).scalars().all():
        user = connection.exec_driver_sql("SELECT current_user").scalar_one()
        remedy = f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {user}"
        yield wrong(ABOUT, f"the user {user} may not write into {listed(barred)}", remedy)


def _running(url: str) -> Iterator[Finding]:
    if sole.runs_with(url):
        yield right(ABOUT, "a Sitrep runs with it now")
