"""Calendar files that say who is on call: what is read from them, and the sentence where nothing can be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.duty.rotation import Rotation, parse_local
from bot.store.files import ics
from bot.store.files.ics import CalendarError

ZONE = "Europe/Amsterdam"
NOW = datetime(2026, 11, 21, tzinfo=UTC)

ANA = """
UID:a
DTSTART;TZID=Europe/Amsterdam:20261005T090000
DTEND;TZID=Europe/Amsterdam:20261012T090000
RRULE:FREQ=WEEKLY;INTERVAL=2
EXDATE;TZID=Europe/Amsterdam:20261214T090000
SUMMARY:Ana has it
ATTENDEE;CN=Ana:mailto:Ana@example.org"""
"""Every second week from before the clocks change, but not the week of 14 December."""

BEA = """
UID:b
DTSTART;TZID=Europe/Amsterdam:20261012T090000
DURATION:P7D
RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20261223T000000Z
SUMMARY:on call: U0BEA"""

MOVED = """
UID:a
RECURRENCE-ID;TZID=Europe/Amsterdam:20261130T090000
DTSTART;TZID=Europe/Amsterdam:20261201T120000
DTEND;TZID=Europe/Amsterdam:20261202T120000
SUMMARY:zoe@example.org instead"""

CHRISTMAS = """
UID:c
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Christmas, zoe@example.org"""


def written(folder: Path, *events: str) -> Path:
    file = folder / "rota.ics"
    body = "".join(f"BEGIN:VEVENT{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n"
    file.write_bytes(text.replace("\n", "\r\n").encode())
    return file


def rotation(folder: Path, *events: str) -> Rotation:
    return Rotation(name="primary", turns=ics.read(written(folder, *events), ZONE, NOW))


def test_weeks_recur_at_the_wall_time_with_what_was_left_out_and_moved(tmp_path: Path) -> None:
    made = rotation(tmp_path, ANA, BEA, MOVED, CHRISTMAS)

    def at(text: str) -> str | None:
        return made.at(parse_local(text, ZONE))

    assert [at(f"2026-{day}") for day in ("10-05 08:59", "10-05 09:00", "10-12 09:00")] == [
        *(None, "ana@example.org", "U0BEA")
    ]
    assert [at(f"2026-{day}") for day in ("11-02 08:59", "11-02 09:00")] == ["U0BEA", "ana@example.org"]
    assert [at(f"2026-{day}") for day in ("11-30 12:00", "12-01 12:00", "12-02 12:00")] == [
        *(None, "zoe@example.org", None)
    ]
    assert at("2026-12-15 12:00") is None, "left out"
    assert [at(f"2026-{day}") for day in ("12-23 23:59", "12-24 00:00", "12-26 23:59", "12-27 00:00")] == [
        *("U0BEA", "zoe@example.org", "zoe@example.org", "U0BEA")
    ]
    assert at("2027-01-05 12:00") is None, "the series has ended"
    assert at("2027-02-10 12:00") == "ana@example.org", "this one goes on"


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (ANA.replace("ATTENDEE;CN=Ana:mailto:Ana@example.org", "X-A:b"), 'the event "Ana has it" of 2026-10-05 names'),
        (ANA.replace("Europe/Amsterdam", "Team/Own"), 'is in a time zone nobody knows ("Team/Own")'),
        (f"{ANA}\nATTENDEE:mailto:bea@example.org", "names 2 people (ana@example.org, bea@example.org)"),
        (
            ANA.replace("FREQ=WEEKLY", "FREQ=HOURLY"),
            'the event "Ana has it" of 2026-10-05 recurs more often than daily',
        ),
        (
            ANA.replace("20261012T090000", "20261004T090000"),
            'the event "Ana has it" of 2026-10-05 ends before it begins',
        ),
        (f"{MOVED}".replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;"), "changes all later ones"),
        ("\nUID:x\nSUMMARY:zoe@example.org", "has no beginning or no end"),
    ],
)
def test_what_is_not_certain_is_refused_with_the_event(tmp_path: Path, event: str, sentence: str) -> None:
    with pytest.raises(CalendarError) as refused:
        rotation(tmp_path, event)
    assert sentence in str(refused.value)


def test_a_file_that_is_no_calendar_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_text("Not a calendar.")
    for file, sentence in (("rota.ics", "it is no calendar file"), ("none.ics", "it cannot be read")):
        with pytest.raises(CalendarError, match=sentence):
            ics.read(tmp_path / file, ZONE, NOW)
    with pytest.raises(CalendarError, match="it has no event"):
        ics.read(written(tmp_path), ZONE, NOW)
