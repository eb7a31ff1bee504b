"""The record: appended only, verifiable, and words can be forgotten."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.store import facts, guards, incidents
from bot.store.session import Database, NotSaved, Session
from tests.store.record import add, adding, declare, declared, entry

NOTES = tuple(f.NoteAdded(text=text) for text in ("First, the loader.", "Then the queue."))


def tamper(db: Database, *statements: str) -> None:
    """Do what only somebody with the database's own tools can do."""

    def work(session: Session) -> None:
        for name in guards.NAMES:
            on = f" ON {name.split('_')[0]}" if session.dialect == "postgresql" else ""
            session.conn.exec_driver_sql(f"DROP TRIGGER {name}{on}")
        for statement in statements:
            session.conn.exec_driver_sql(statement)

    db.run_sync(work)


def problems(db: Database, number: int) -> list[str]:
    return db.run_sync(lambda s: facts.verify(s, number))


def test_entries_come_back_as_they_were_recorded(db: Database, number: int) -> None:
    since = datetime(2026, 3, 2, 14, 30, 0, 123456, tzinfo=UTC)
    resolved = f.Resolved(fix="Réindexé 😀 完了", data="repaired", cause="", postmortem_owner="U2")
    told = [
        entry(number, 2, f.Snoozed(until=since, why="Lunch\nfirst")),
        entry(number, 3, resolved, by=None, via="clock", at=since),
    ]
    db.run_sync(lambda s: facts.append(s, told))
    assert db.run_sync(lambda s: facts.entries(s, number, since=1)) == told
    assert db.run_sync(lambda s: facts.entries(s, number, since=1, upto=2)) == told[:1]


def test_the_head_is_the_digest_of_the_last_entry_and_changes_with_each(db: Database, number: int) -> None:
    before = db.run_sync(lambda s: facts.head(s, number))
    db.run_sync(adding(number, *NOTES))
    after, count = db.run_sync(lambda s: (facts.head(s, number), facts.count(s, number)))
    assert before != after
    assert (len(after), count) == (64, 3)
    assert problems(db, number) == []


def test_what_people_wrote_is_not_in_the_body(db: Database) -> None:
    number = db.run_sync(lambda s: declare(s, "Salaries are public", affected="payroll"))
    body = db.run_sync(lambda s: s.conn.exec_driver_sql("SELECT body FROM facts").scalar_one())
    assert "Salaries" not in body
    assert "payroll" not in body
    assert db.run_sync(lambda s: facts.entries(s, number))[0].fact == declared(
        "Salaries are public", affected="payroll"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE facts SET body = '{}' WHERE seq = 1",
        "UPDATE facts SET seq = 9 WHERE seq = 1",
        "DELETE FROM facts",
        "UPDATE texts SET body = 'something else'",
        "INSERT INTO facts SELECT incident, 5, kind, at, recorded_at, body, digest FROM facts",
    ],
)
def test_the_database_refuses_to_change_the_record(db: Database, number: int, statement: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match=r"append-only|rewritten"):
        db.run_sync(lambda s: s.conn.exec_driver_sql(statement))
    assert problems(db, number) == []
    assert db.run_sync(lambda s: facts.count(s, number)) == 1


def test_replacing_or_emptying_is_refused_too(db: Database, number: int) -> None:
    sqlite = db.run_sync(lambda s: s.dialect) == "sqlite"
    replaced = "INSERT OR REPLACE INTO facts SELECT incident, seq, 'x', at, recorded_at, body, digest FROM facts"
    with pytest.raises(Exception, match=r"append-only|too many changes"):
        db.run_sync(lambda s: s.conn.exec_driver_sql(replaced if sqlite else "TRUNCATE facts CASCADE"))
    assert problems(db, number) == []


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE facts SET body = replace(body, 'U1', 'U9') WHERE seq = 2", "Entry 2 was changed"),
        ("UPDATE texts SET body = 'The queue.' WHERE seq = 3", "The text of entry 3 was changed"),
        ("UPDATE facts SET kind = 'closed' WHERE seq = 2", "Entry 2 stands in the wrong row"),
        ("DELETE FROM texts WHERE seq = 2; DELETE FROM facts WHERE seq = 2", "Entry 2 is missing"),
        ("DELETE FROM texts WHERE seq = 3; DELETE FROM facts WHERE seq = 3", "record ends with entry 2"),
    ],
)
def test_tampering_shows(db: Database, number: int, statement: str, sentence: str) -> None:
    db.run_sync(adding(number, *NOTES))
    assert problems(db, number) == []
    tamper(db, *statement.split("; "))
    assert any(sentence in problem for problem in problems(db, number))


def test_a_body_rewritten_with_its_digest_breaks_the_chain(db: Database, number: int) -> None:
    db.run_sync(adding(number, *NOTES))
    body = db.run_sync(lambda s: s.conn.exec_driver_sql("SELECT body FROM facts WHERE seq = 2").scalar_one())
    forged = body.replace("U1", "U9")
    tamper(db, f"UPDATE facts SET body = '{forged}', digest = '{facts._hashed(forged)}' WHERE seq = 2")
    assert any("chain is broken" in problem for problem in problems(db, number))


def test_words_can_be_forgotten_and_the_chain_still_holds(db: Database) -> None:
    number = db.run_sync(lambda s: declare(s, "About Ann's salary"))
    db.run_sync(adding(number, *NOTES))
    assert db.run_sync(lambda s: facts.forget_texts(s, number)) == 3
    assert problems(db, number) == []
    told = db.run_sync(lambda s: facts.entries(s, number))
    assert [each.fact for each in told[1:]] == [f.NoteAdded(text="(removed)")] * 2
    incident = db.run_sync(lambda s: incidents.load(s, number))
    assert incident
    assert incident.title == "(removed)"
    rows = db.run_sync(lambda s: s.conn.exec_driver_sql("SELECT state FROM incidents").scalars().all())
    assert "Ann" not in "".join(rows)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"fact": f.NoteAdded(text="a\0b")},
        {"fact": f.NoteAdded(text="a\ud800b")},
        {"fact": f.ChannelRefused(error="\udfff")},
        {"fact": f.NoteAdded(text="fine"), "recorded_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is the point
    ],
)
def test_what_cannot_be_stored_is_refused_before_anything_is_written(
    db: Database, number: int, spoilt: dict[str, Any]
) -> None:
    good = entry(number, 2, NOTES[0])
    with pytest.raises(ValueError):  # noqa: PT011 - Unicode's own error is one
        db.run_sync(lambda s: facts.append(s, [good, entry(number, 3, **spoilt)]))
    assert db.run_sync(lambda s: facts.count(s, number)) == 1
    assert problems(db, number) == []


@pytest.mark.parametrize("seq", [1, 3])
def test_an_entry_that_does_not_follow_the_last_is_not_saved(db: Database, number: int, seq: int) -> None:
    with pytest.raises(NotSaved, match="at the same moment"):
        db.run_sync(lambda s: facts.append(s, [entry(number, seq, NOTES[0])]))
    assert db.run_sync(lambda s: facts.count(s, number)) == 1


def test_entries_of_two_incidents_are_not_one_record(db: Database, number: int) -> None:
    with pytest.raises(ValueError, match="exactly one incident"):
        db.run_sync(lambda s: facts.append(s, [entry(number, 2, NOTES[0]), entry(number + 1, 1, NOTES[0])]))


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
times = st.datetimes(timezones=st.just(UTC))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=words, why=words, channel=words, until=times)
def test_whatever_people_write_comes_back(db: Database, text: str, why: str, channel: str, until: datetime) -> None:
    told = (
        f.NoteAdded(text=text),
        f.Snoozed(until=until, why=why),
        f.MessageMarked(channel=channel, ts="1.2", author=None, text=text, marker="pushpin"),
    )

    def work(session: Session) -> tuple[list[f.Entry], list[str], bool]:
        number = declare(session)
        incident = add(session, number, *told)
        same = incidents.rebuild(session, number) == incidents.load(session, number) == incident
        return facts.entries(session, number, since=1), facts.verify(session, number), same

    found, wrong, same = db.run_sync(work)
    assert [each.fact for each in found] == list(told)
    assert all(each.recorded_at - each.at == timedelta(0) for each in found)
    assert wrong == []
    assert same
