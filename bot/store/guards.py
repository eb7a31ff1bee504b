"""Triggers that keep the record append-only in the database itself: facts are added in order and never touched again.

Texts may be deleted (the right to be forgotten), never rewritten. Recreating a table drops its triggers without a word,
so every migration installs them anew and looks that they are there.
"""

from __future__ import annotations

import sqlalchemy as sa

TAKEN = "facts are append-only: this seq is taken"
"""What the guard says when two writers chose the same next seq; such a use case is run again."""

_GAP = "facts are append-only: seq must follow the last fact"
_TOUCHED = "facts are append-only"
_REWRITTEN = "texts may be deleted, not rewritten"
_LAST = "SELECT coalesce(max(seq), 0) FROM facts WHERE incident = NEW.incident"

NAMES = ("facts_delete", "facts_insert", "facts_update", "texts_update")

_SQLITE = (
    f"""CREATE TRIGGER facts_insert BEFORE INSERT ON facts BEGIN
        SELECT RAISE(ABORT, '{TAKEN}') WHERE NEW.seq <= ({_LAST});
        SELECT RAISE(ABORT, '{_GAP}') WHERE NEW.seq > ({_LAST}) + 1; END""",
    f"CREATE TRIGGER facts_update BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, '{_TOUCHED}'); END",
    f"CREATE TRIGGER facts_delete BEFORE DELETE ON facts BEGIN SELECT RAISE(ABORT, '{_TOUCHED}'); END",
    f"CREATE TRIGGER texts_update BEFORE UPDATE ON texts BEGIN SELECT RAISE(ABORT, '{_REWRITTEN}'); END",
)

_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION facts_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE last integer;
        BEGIN
            last := ({_LAST});
            IF NEW.seq <= last THEN RAISE EXCEPTION '{TAKEN}' USING ERRCODE = 'unique_violation'; END IF;
            IF NEW.seq > last + 1 THEN RAISE EXCEPTION '{_GAP}' USING ERRCODE = 'check_violation'; END IF;
            RETURN NEW;
        END $$""",
    """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'check_violation'; END $$""",
    "CREATE TRIGGER facts_insert BEFORE INSERT ON facts FOR EACH ROW EXECUTE FUNCTION facts_in_order()",
    f"CREATE TRIGGER facts_update BEFORE UPDATE ON facts FOR EACH ROW EXECUTE FUNCTION refuse_change('{_TOUCHED}')",
    f"""CREATE TRIGGER facts_delete BEFORE DELETE OR TRUNCATE ON facts
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{_TOUCHED}')""",
    f"CREATE TRIGGER texts_update BEFORE UPDATE ON texts FOR EACH ROW EXECUTE FUNCTION refuse_change('{_REWRITTEN}')",
)


def install(connection: sa.Connection) -> None:
    """Put the present guards in place of whatever there is; where there are no tables, take away what is left."""
    tables = sa.inspect(connection).get_table_names()
    on_postgresql = connection.dialect.name == "postgresql"
    if "facts" not in tables:
        for function in ("facts_in_order", "refuse_change") if on_postgresql else ():
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {function}()")
        return
    for name in NAMES:
        suffix = f" ON {name.split('_')[0]}" if on_postgresql else ""
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{suffix}")
    for statement in _POSTGRESQL if on_postgresql else _SQLITE:
        connection.exec_driver_sql(statement)


def missing(connection: sa.Connection) -> list[str]:
    """The names of guards that are not in force."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    present = set(connection.exec_driver_sql(query).scalars())
    return [name for name in NAMES if name not in present]
