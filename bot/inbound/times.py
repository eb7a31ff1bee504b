"""Times as people say them: `14:30`, `fri 5pm`, `tomorrow morning`, `eod`, `in 2h`.

The arithmetic is a library's (docs/decisions/0006-dateparser.md). It also takes `2`, `may` and `a` for dates, so a
phrase gets there only when each of its words is one people say of times and one of them fixes a day or an hour; and
what it answers counts only when it lies on the right side of now.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Literal

from bot.domain.calendar import Calendar, instant, zone

WORDS_MOST = 6
"""Words of the longest phrase: `on fri 27 nov at 14:30`."""

FARTHEST = timedelta(days=366)
"""Nobody means a time more than a year away; more is a slip of the pen."""

_DAYS = {
    **dict.fromkeys(("mon", "monday", "tue", "tues", "tuesday", "wed", "wednesday", "thu", "thur", "thurs"), "day"),
    **dict.fromkeys(("thursday", "fri", "friday", "sat", "saturday", "sun", "sunday"), "day"),
    **dict.fromkeys(("today", "tomorrow", "tmr", "tmrw", "yesterday"), "day"),
}
_HOURS = dict.fromkeys(("noon", "midnight", "now"), "hour")
_BETWEEN = dict.fromkeys(("at", "on", "by", "in", "next", "this", "the", "of", "am", "pm"), "between")
_ZONES = dict.fromkeys(
    ("utc", "gmt", "cet", "cest", "bst", "eet", "eest", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "ist"),
    "zone",
)
_VOCABULARY = {**_DAYS, **_HOURS, **_BETWEEN, **_ZONES}

_SHAPES = (
    (re.compile(r"\d{1,2}[:.h]\d{2}(?:am|pm|z)?"), "hour"),
    (re.compile(r"\d{1,2}(?:am|pm|h)"), "hour"),
    (re.compile(r"20\d\d-\d\d-\d\d"), "day"),
    (re.compile(r"20\d\d-\d\d-\d\dt\d\d:\d\d(?:z)?"), "hour"),
    (re.compile(r"\d{1,2}(?:st|nd|rd|th)?"), "number"),
    (
        re.compile(
            "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
            "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
        ),
        "month",
    ),
)
_PARTS_OF_A_DAY = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), meant)
    for pattern, meant in (
        (r"eow|end of (?:the )?week", "friday {closes:%H:%M}"),
        (r"(?:by |at )?(?:eod|cob|(?:end of|close of) (?:the )?(?:day|business))", "{closes:%H:%M}"),
        (r"(?:in the )?morning", "{opens:%H:%M}"),
        (r"(?:in the )?afternoon", "15:00"),
        (r"(?:in the )?evening", "20:00"),
        (r"tonight", "today 20:00"),
        (r"tmrw?", "tomorrow"),
        (r"(\d{1,2}(?:[:.]\d{2})?)\s+([ap]m)", r"\1\2"),
        (r"(\d{1,2})h(?!\d)", r"\1:00"),
    )
)
"""Said of a part of a day → the hour it means. Afternoon and evening are house choices."""

_PUNCTUATION = ",.;:!?)]}\"'”’"


@dataclass(frozen=True)
class Here:
    """Where and when a phrase is said: the time, the speaker's zone and the team's working hours."""

    now: datetime
    zone: str
    calendar: Calendar

    @property
    def local(self) -> datetime:
        """Now on the speaker's own clock, without its zone."""
        return self.now.astimezone(zone(self.zone)).replace(tzinfo=None)


Alone = Literal["opens", "closes", "begins", "ends"]
"""What a day without an hour means: when the team's work on it begins or ends, or the day itself."""


def moment(phrase: str, here: Here, *, past: bool = False, alone: Alone | None = None) -> datetime | None:
    """The instant a phrase means, after now (`past`: up to now); None where it means none. A day without an hour counts
    only with `alone`."""
    said = _spelt_out(phrase, here.calendar)
    kinds = [_kind(word) for word in said.split()]
    dated = "day" in kinds or ("month" in kinds and "number" in kinds)
    stray = None in kinds or ("month" in kinds) != ("number" in kinds)
    if stray or ("hour" not in kinds and (not dated or alone is None)):
        return None
    if "hour" not in kinds:
        whole = {"begins": time(0), "ends": time(23, 59), "opens": here.calendar.opens}
        wall = whole.get(alone or "", here.calendar.closes)
        said = f"{said} {wall:%H:%M}"
    return _on_the_right_side(said, here, past=past)


def _on_the_right_side(said: str, here: Here, *, past: bool) -> datetime | None:
    found = _library(said, here.local, "past" if past else "future")
    if found is None:
        return None
    try:
        at = found.astimezone(UTC) if found.tzinfo else instant(found.date(), found.time(), here.zone)
    except OverflowError:
        return None
    wrong = at > here.now if past else at <= here.now
    return None if wrong or abs(at - here.now) > FARTHEST else at


def longest(words: str, here: Here, *, past: bool = False, alone: Alone | None = None) -> tuple[datetime | None, int]:
    """The instant of the longest phrase these words begin with, and how many characters it takes."""
    found = list(islice(re.finditer(r"\S+", words), WORDS_MOST))
    for count in range(len(found), 0, -1):
        phrase = words[: found[count - 1].end()].rstrip(_PUNCTUATION)
        at = moment(phrase, here, past=past, alone=alone)
        if at is not None:
            return at, len(phrase)
    return None, 0


def warm() -> None:
    """Load the library and its words now, so that the first who names a time does not wait for it."""
    moment("tomorrow 9:00", Here(datetime(2026, 1, 1, tzinfo=UTC), "UTC", Calendar()))


def _spelt_out(phrase: str, calendar: Calendar) -> str:
    """The phrase in words the library knows; parts of a day are the team's working hours."""
    said = " ".join(unicodedata.normalize("NFKC", phrase).casefold().replace(",", " ").split())
    for pattern, meant in _PARTS_OF_A_DAY:
        said = pattern.sub(meant.format(opens=calendar.opens, closes=calendar.closes), said)
    return said


def _kind(word: str) -> str | None:
    """What a word says of a time; None for one that says nothing of it."""
    known = _VOCABULARY.get(word)
    return known or next((kind for shape, kind in _SHAPES if shape.fullmatch(word)), None)


def _library(said: str, local: datetime, prefer: str) -> datetime | None:
    import dateparser  # half a second, and most commands name no time; `warm` loads it for the bot

    settings = {"RELATIVE_BASE": local, "PREFER_DATES_FROM": prefer, "DATE_ORDER": "DMY"}
    found: datetime | None = dateparser.parse(said, languages=["en"], settings=settings)
    return found
