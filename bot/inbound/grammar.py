"""What somebody typed after `/incident`, sorted into its parts; nothing is thrown away.

Pure: no incident, no database. Which words are verbs is `verbs`' matter; here a word loses its case, its quotes and its
punctuation before it is compared, and what is left over stays exactly as it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice

from bot.domain import duration
from bot.domain.calendar import instant, zone
from bot.domain.protocol import Protocol

_WORD = re.compile(r"[^\s—–:;,]+")
_SEPARATORS = re.compile(r"(?:[\s;,—–]|-(?=\s|$)|:(?![\w+'-]+:))*")  # a colon may begin an emoji, which stays
_LAST = re.compile(r"(\S+)\s*$")
_INCIDENT = re.compile(r"#?inc[-_‐‑]?([1-9]\d{0,8})(?:-[\w-]*)?")
_GRADE = re.compile(r"(?:p|s|sev|prio|priority|severity)[-_‐‑]?\d{1,3}")
_AT = re.compile(r"at\s+(\d{1,2})(?:[:.h](\d{2}))?\s*([ap]m)?(?=[\s,:;—–-]|$)[\s,:;—–-]*", re.IGNORECASE)
_LENGTH = re.compile(r"(?:for\s+)?(\d+)\s*([a-z]+)", re.IGNORECASE)
_STRAIGHT = str.maketrans("’‘ʼ“”", "'''\"\"")
_UNITS = {"m": "m", "min": "m", "minute": "m", "h": "h", "hr": "h", "hour": "h", "d": "d", "day": "d"}


@dataclass(frozen=True)
class Said:
    """What was typed, sorted. `verb` and `severity` are how they were written, `words` is what is left, as typed."""

    words: str = ""
    verb: str = ""
    severity: str | None = None
    incident: int | None = None


@dataclass(frozen=True)
class Context:
    """What decides how words are meant: the protocol they fall under, the caller's time zone and the time."""

    protocol: Protocol
    now: datetime
    zone: str = "UTC"
    inside: bool = False


@dataclass
class Reader:
    """Reads a text from its beginning, word by word; `rest` is what has not been taken yet, as typed."""

    rest: str
    context: Context
    severity: str | None = None
    incident: int | None = None

    def take(self, length: int) -> None:
        self.rest = _after(self.rest, length)

    def marks(self, *, graded: bool, numbered: bool = True) -> None:
        """Take severity and incident number, in any order, as far as they stand at the beginning."""
        while found := _WORD.match(self.rest):
            if not self._marks(found[0], graded=graded, numbered=numbered):
                return
            self.take(found.end())

    def last(self, *, graded: bool, numbered: bool) -> None:
        """Take a severity or an incident number that stands at the end."""
        while found := _LAST.search(self.rest):
            if not self._marks(found[1], graded=graded, numbered=numbered):
                return
            self.rest = self.rest[: found.start()].rstrip(" \n\t,;:—–")

    def _marks(self, word: str, *, graded: bool, numbered: bool) -> bool:
        number = incident_in(word)
        if numbered and number is not None and self.incident is None:
            self.incident = number
            return True
        if graded and self.severity is None and is_severity(word, self.context.protocol):
            self.severity = stripped(word)
            return True
        return False

    def phrase(self, phrases: Collection[str]) -> str | None:
        """Take the longest of these phrases the text begins with, if it begins with one."""
        found, self.rest = starts_with(self.rest, {phrase: phrase for phrase in phrases})
        return found

    def said(self, verb: str = "") -> Said:
        return Said(words=self.rest.strip(), verb=verb, severity=self.severity, incident=self.incident)


def normal(text: str) -> str:
    """Words as they are compared: one case, curly quotes made straight, no punctuation around them."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_STRAIGHT)
    return " ".join(filter(None, (stripped(word) for word in _WORD.findall(folded))))


def stripped(word: str) -> str:
    """A word without the punctuation around it."""
    start = next((i for i, c in enumerate(word) if c.isalnum()), len(word))
    end = next((i for i in range(len(word), start, -1) if word[i - 1].isalnum()), start)
    return word[start:end]


def incident_in(word: str) -> int | None:
    """The number in `INC-12`, `inc12:` or `#inc-12-orders-mart-is-stale`."""
    bare = unicodedata.normalize("NFKC", word).casefold().strip("“”\"'‘’()[]*_`.,:;!?")
    found = _INCIDENT.fullmatch(bare)
    return int(found[1]) if found else None


def is_severity(word: str, protocol: Protocol) -> bool:
    """Whether a word names a severity, or looks like one the protocol does not have. A title ("high") does not count:
    it begins too many sentences."""
    bare = normal(word)
    named = any(bare == normal(severity.name) for severity in protocol.severities)
    return named or _GRADE.fullmatch(bare) is not None


def time_in(words: str, context: Context) -> tuple[datetime | None, str]:
    """The time in `at 02:40 …`, by the caller's clock and never in the future, and what follows it."""
    found = _AT.match(words)
    if found is None:
        return None, words
    wall = _wall(found[1], found[2], found[3])
    if wall is None:
        return None, words
    today = context.now.astimezone(zone(context.zone)).date()
    at = instant(today, wall, context.zone)
    return (at if at <= context.now else instant(today - timedelta(days=1), wall, context.zone)), words[found.end() :]


def _wall(hours: str, minutes: str | None, half: str | None) -> time | None:
    """A clock face: `02:40`, `2.40pm`, `2pm`; a bare number is none."""
    hour, minute = int(hours), int(minutes or 0)
    if half is None and minutes is None:
        return None
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def length_in(words: str) -> tuple[timedelta | None, str]:
    """The length of time a text begins with (`30m`, `1h30m`, `30 min`, `for 2 hours`), and what follows it."""
    first = _WORD.match(words)
    if first is not None:
        try:
            length = duration.parse(stripped(first[0]))
        except ValueError:
            length = None
        if length is not None:
            return length, _after(words, first.end())
    return _spelt(words)


def _spelt(words: str) -> tuple[timedelta | None, str]:
    found = _LENGTH.match(words)
    unit = _UNITS.get(found[2].lower().removesuffix("s")) if found else None
    if found is None or unit is None:
        return None, words
    try:
        length = duration.parse(found[1] + unit)
    except ValueError:
        return None, words
    return length, _after(words, found.end())


def _after(words: str, end: int) -> str:
    between = _SEPARATORS.match(words, end)
    return words[between.end() if between else end :]


def starts_with(words: str, meanings: Mapping[str, str]) -> tuple[str | None, str]:
    """What the longest of these phrases at the beginning means, and what follows it."""
    known = {normal(phrase): meaning for phrase, meaning in meanings.items()}
    found = list(islice(_WORD.finditer(words), max(len(phrase.split()) for phrase in known)))
    for count in range(len(found), 0, -1):
        phrase = " ".join(normal(one[0]) for one in found[:count])
        if phrase in known:
            return known[phrase], _after(words, found[count - 1].end())
    return None, words


def first(words: str) -> tuple[str, str]:
    """The first word as it is compared, and what follows it."""
    found = _WORD.search(words)
    return (normal(found[0]), _after(words, found.end())) if found else ("", words)
