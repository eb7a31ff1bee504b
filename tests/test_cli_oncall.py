"""`sitrep oncall`: from the file alone, and with what the bot has kept of people and their changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from bot.cli_oncall import app
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.settings import load
from bot.store import people
from bot.store.people import Person
from bot.store.session import Database, Session
from bot.usecases.oncall import change_shifts
from bot.usecases.team import Team
from tests.builders import default_protocol

CONFIG = """\
timezone: Europe/Amsterdam
oncall:
  primary: {members: [ana@example.org, U0BEA], starts: 2020-01-06}
  secondary: {members: [U0CAR], starts: 2020-01-06}
"""


def ran(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def refused(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stderr.strip()


def test_who_is_on_call_from_the_file_alone_and_as_it_stands(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert refused() == (1, "No rotation is configured; name one under oncall in sitrep.yml.")
    (tmp_path / "sitrep.yml").write_text(CONFIG)
    assert "secondary: U0CAR" in ran().splitlines()[1]

    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    now = datetime.now(UTC)
    team = Team(default_protocol(), load({}, tmp_path).oncall)

    def changed(session: Session) -> None:
        people.put(session, Person(id="U0ANA", name="Ana", email="Ana@example.org", fetched_at=now))
        people.put(session, Person(id="U0CAR", name="Car", fetched_at=now))
        change_shifts(session, team, r.CoverShift("U0ANA", timedelta(hours=2)), Caller("U0CAR", "slash"), now)

    db = Database(sqlite_url)
    db.run_sync(changed)
    db.dispose()
    assert ran().splitlines()[1].startswith("secondary: Ana until ")
    assert "Ana (taken over)" in ran("month")
    assert "Ana" in ran("month", f"{now:%Y}-12"), "an address in the file is the person Slack knows by it"
    [event, *_] = Calendar.from_ical(ran("ics", "--rotation", "secondary")).walk("VEVENT")
    assert (str(event["summary"]), str(event["attendee"])) == ("On call (secondary): Ana", "mailto:Ana@example.org")
    assert refused("month", "2026-13") == (2, '"2026-13" is no month; write it like 2026-12.')
    assert refused("ics", "--rotation", "third") == (2, 'There is no rotation "third"; there is primary, secondary.')
