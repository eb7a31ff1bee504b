"""The tables: everything Sitrep remembers, in a shape that reads the same on SQLite and PostgreSQL.

Times are whole microseconds since 1970 UTC, so that they sort and compare identically on both; JSON is TEXT, so that
what was hashed is what is stored. The triggers that make facts append-only are in `guards`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(sa.TypeDecorator[datetime]):
    """An aware time in Python, microseconds since 1970 UTC in the database. Raises ValueError for a naive time."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; only aware times are stored")
        return (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else EPOCH + timedelta(microseconds=int(value))


class database_now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's own clock, by which leases are judged; real, never stepped."""

    inherit_cache = True
    type = Instant()


@compiles(database_now, "postgresql")
def _now_on_postgresql(_element: object, _compiler: object, **_kw: object) -> str:
    return "(extract(epoch from clock_timestamp()) * 1000000)::bigint"


@compiles(database_now, "sqlite")
def _now_on_sqlite(_element: object, _compiler: object, **_kw: object) -> str:
    return "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)"


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _incident(*, nullable: bool = False, primary_key: bool = False) -> sa.Column[int]:
    """Whose row this is. Checked at commit, so that a use case may record in any order."""
    key = sa.ForeignKey("incidents.id", deferrable=True, initially="DEFERRED")
    return sa.Column("incident", sa.Integer, key, nullable=nullable, primary_key=primary_key, autoincrement=False)


protocols = sa.Table(
    "protocols",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

numbers = sa.Table(
    "numbers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)

incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("state_version", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("channel", sa.Text, unique=True),
    sa.Column("protocol_digest", sa.Text, sa.ForeignKey("protocols.digest"), nullable=False),
    sa.Column("declared_at", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("id > 0", name="numbered"),
    sa.CheckConstraint("seq > 0", name="told"),
    sa.CheckConstraint(
        "stage IN ('triage', 'active', 'monitoring', 'resolved', 'closed', 'cancelled')", name="stage_known"
    ),
    sa.Index("ix_incidents_stage", "stage"),
    sa.Index("ix_incidents_private", "private", "stage", "state_version"),
    sa.Index("ix_incidents_declared_at", "declared_at"),
    sa.Index("ix_incidents_state_version", "stage", "state_version"),
)

facts = sa.Table(
    "facts",
    metadata,
    _incident(primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.CheckConstraint("seq > 0", name="counted"),
    sa.CheckConstraint("length(digest) = 64", name="hashed"),
    sa.Index("ix_facts_at", "incident", "at", "seq"),
)

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("incident", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["incident", "seq"], ["facts.incident", "facts.seq"]),
)

clocks = sa.Table(
    "clocks",
    metadata,
    _incident(primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("occurrence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("fire_at", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("clause", sa.Text, nullable=False),
    sa.CheckConstraint("occurrence > 0", name="occurrence_counted"),
    sa.Index("ix_clocks_fire_at", "fire_at", "incident"),
)

UNFINISHED = "state IN ('waiting', 'sending')"
SENDING = "state = 'sending'"
POOLED = "standing IS NOT NULL AND state IN ('waiting', 'parked') AND NOT ambiguous"
"""Rows that a newer refresh of the same standing message brings up to date instead of adding one more.

A row whose earlier try may have happened is not among them: what it finds in Slack's history is the older content.
"""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    _incident(nullable=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("fills", sa.Text),
    sa.Column("standing", sa.Text),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("lease_until", Instant),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("ambiguous", sa.Boolean, nullable=False),
    sa.Column("first_try_at", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("error", sa.Text),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'refused', 'parked')", name="state_known"),
    sa.CheckConstraint(
        "(state = 'sending') = (owner IS NOT NULL) AND (owner IS NULL) = (lease_until IS NULL)", name="leased"
    ),
    sa.Index(
        "ix_outbox_lane", "lane", "position", sqlite_where=sa.text(UNFINISHED), postgresql_where=sa.text(UNFINISHED)
    ),
    sa.Index(
        "uq_outbox_standing", "standing", unique=True, sqlite_where=sa.text(POOLED), postgresql_where=sa.text(POOLED)
    ),
    sa.Index("ix_outbox_incident", "incident", "state"),
    sa.Index(
        "ix_outbox_sending",
        "lease_until",
        "lane",
        sqlite_where=sa.text(SENDING),
        postgresql_where=sa.text(SENDING),
    ),
)

outbox_needs = sa.Table(
    "outbox_needs",
    metadata,
    sa.Column("message", sa.Text, sa.ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("slot", sa.Text, primary_key=True),
)

slots = sa.Table(
    "slots",
    metadata,
    _incident(primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("ts", sa.Text),
    sa.Column("extra", sa.Text, nullable=False),
)

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("tz", sa.Text, nullable=False),
    sa.Column("guest", sa.Boolean, nullable=False),
    sa.Column("bot", sa.Boolean, nullable=False),
    sa.Column("deactivated", sa.Boolean, nullable=False),
    sa.Column("team", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("fetched_at", Instant, nullable=False),
    sa.Column("admin", sa.Boolean),
)

places = sa.Table(
    "places",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
)

seen = sa.Table(
    "seen",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("incident", sa.Integer),
    sa.Column("seqs", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_seen_at", "at"),
)

shift_changes = sa.Table(
    "shift_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.CheckConstraint("id > 0", name="numbered"),
)
"""Shifts that somebody asked to exchange, or took over. Rows are only added."""

shift_answers = sa.Table(
    "shift_answers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("change", sa.Integer, sa.ForeignKey("shift_changes.id"), nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.CheckConstraint("answer IN ('accepted', 'declined', 'withdrawn')", name="answer_known"),
    sa.UniqueConstraint("change", "answer"),
)
"""What became of them: each is answered once, and may be taken back afterwards. Rows are only added."""

calendar = sa.Table(
    "calendar",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", Instant, primary_key=True, autoincrement=False),
    sa.Column("done_at", Instant, nullable=False),
    sa.Column("by", sa.Text),
    sa.Column("body", sa.Text, nullable=False),
)
"""What happened at its hour and belongs to no incident, each once; `at` is the hour, `done_at` when it was done."""

calendar_slots = sa.Table(
    "calendar_slots",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("ts", sa.Text),
    sa.Column("extra", sa.Text, nullable=False),
)
"""Places that Slack gave to messages of no incident."""
