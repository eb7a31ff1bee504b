"""What somebody typed after `/incident`, sorted into its parts; nothing is thrown away.

Pure: no incident, no database. Which words are verbs is `verbs`' matter; here a word loses its case, its quotes and its
punctuation before it is compared, and what is left over stays exactly as it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from bot.domain import duration
from bot.domain.calendar import zone
from bot.domain.protocol import Protocol
from bot.inbound.text import named
from bot.inbound.times import Alone, Here, longest

_WORD = re.compile(r"[^\s—–:;,]+")
_SEPARATORS = re.compile(r"(?:[\s;,—–]|-(?=\s|$)|:(?![\w+'-]+:))*")  # a colon may begin an emoji, which stays
_LAST = re.compile(r"(\S+)\s*$")
_INCIDENT = re.compile(r"#?inc[-_‐‑]?([1-9]\d{0,8})(?:-[\w-]*)?")
_GRADE = re.compile(r"(?:p|s|sev|prio|priority|severity)[-_‐‑]?\d{1,3}")
_PERSON = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)(?:\|[^<>]*)?>")
_WHO = re.compile(r"<(?:@|!subteam\^)[A-Z0-9]+(?:\|[^<>]*)?>")
_ADDRESSED = re.compile(rf"(?:{_WHO.pattern}[\s,;:—–]*)+")
_AND = re.compile(rf"({_WHO.pattern})\s*(?:[,;&+]|and\b)\s*(?={_WHO.pattern})", re.IGNORECASE)
_LENGTH = re.compile(r"(?:for\s+)?(\d+)\s*([a-z]+)", re.IGNORECASE)
_STRAIGHT = str.maketrans("’‘ʼ“”", "'''\"\"")
_UNITS = {"m": "m", "min": "m", "minute": "m", "h": "h", "hr": "h", "hour": "h", "d": "d", "day": "d"}


@dataclass(frozen=True)
class Said:
    """What was typed, sorted. `verb` and `severity` are how they were written, `words` is what is left, as typed.

    `people` and `groups` are the ids of those mentioned, wherever they stood, in order and once. For a verb registered
    with `peopled=True` they are taken out of `words`; for any other they stay there by name, because they are part of
    the text. A name typed without choosing it from Slack's list (`@bea`) is not known to be anybody: it stays in words.

    What else may stand among the words: `length_in` (`30m …` at the beginning), `span_in` (that, or `until 14:00 …`),
    `time_in` (`at 02:40 …`, past), `moment_in` and `day_in` (`eta 14:30`, `due fri` anywhere, to come).
    """

    words: str = ""
    verb: str = ""
    severity: str | None = None
    incident: int | None = None
    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    heard: str = ""  # the words with their mentions as they arrived, for a button to carry


@dataclass(frozen=True)
class Context:
    """What decides how words are meant: the protocol they fall under, the caller's time zone, the time, and the names
    of people who are mentioned, by their ids. `others` are the further protocols that can be declared with."""

    protocol: Protocol
    now: datetime
    zone: str = "UTC"
    inside: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Protocol, ...] = ()

    @property
    def here(self) -> Here:
        """What decides which time is meant."""
        return Here(self.now, self.zone, self.protocol.calendar)


@dataclass
class Reader:
    """Reads a text from its beginning, word by word; `rest` is what has not been taken yet, as typed."""

    rest: str
    context: Context
    severity: str | None = None
    incident: int | None = None
    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

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

    def mentions(self) -> None:
        """Take out the people and groups that are mentioned, wherever they stand."""
        alone = _AND.sub(r"\1 ", self.rest)
        self.people = tuple(dict.fromkeys(_PERSON.findall(alone)))
        self.groups = tuple(dict.fromkeys(_GROUP.findall(alone)))
        pieces = [piece.rstrip() if n == 0 else _after(piece.rstrip(), 0) for n, piece in enumerate(_WHO.split(alone))]
        self.rest = " ".join(filter(None, pieces)) if len(pieces) > 1 else self.rest

    def addressed(self) -> str:
        """Take the mentions that stand at the beginning, before the verb."""
        found = _ADDRESSED.match(self.rest)
        self.rest = self.rest[found.end() :] if found else self.rest
        return found[0] if found else ""

    def _marks(self, word: str, *, graded: bool, numbered: bool) -> bool:
        number = incident_in(word)
        if numbered and number is not None and self.incident is None:
            self.incident = number
            return True
        if graded and self.severity is None and self._graded(word):
            self.severity = stripped(word)
            return True
        return False

    def _graded(self, word: str) -> bool:
        """Whether a word is a severity here; outside of an incident those of every protocol are."""
        known = (self.context.protocol, *(() if self.context.inside else self.context.others))
        return any(is_severity(word, protocol) for protocol in known)

    def phrase(self, phrases: Collection[str]) -> str | None:
        """Take the longest of these phrases the text begins with, if it begins with one."""
        found, self.rest = starts_with(self.rest, {phrase: phrase for phrase in phrases})
        return found

    def said(self, verb: str = "") -> Said:
        return Said(
            named(self.rest.strip(), self.context.names),
            verb,
            self.severity,
            self.incident,
            tuple(dict.fromkeys(_PERSON.findall(self.rest))) + self.people,
            tuple(dict.fromkeys(_GROUP.findall(self.rest))) + self.groups,
            self.rest.strip(),
        )


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
    found = re.match(r"at\s+", words, re.IGNORECASE)
    if found is None:
        return None, words
    at, length = longest(words[found.end() :], context.here, past=True)
    return at, _after(words, found.end() + length) if at else words


def moment_in(
    words: str, markers: Collection[str], context: Context, *, alone: Alone | None = "closes"
) -> tuple[datetime | None, str]:
    """The time to come that follows one of these markers (`eta 14:30`, `eta in 2h`), by the caller's clock, and the
    words without it. A day without an hour means when the team's work ends on it, or begins (`alone`)."""
    for found in re.finditer(rf"(?<!\S)(?:{'|'.join(markers)})\b:?\s*", words, re.IGNORECASE):
        at, end = _ahead(words, found.end(), context, alone)
        if at is not None:
            return at, f"{words[: found.start()].rstrip(' ,;—–')} {_after(words, end)}".strip()
    return None, words


def _ahead(words: str, start: int, context: Context, alone: Alone | None) -> tuple[datetime | None, int]:
    following = words[start:]
    length, rest = length_in(re.sub(r"^in\s+", "", following, flags=re.IGNORECASE))
    if length:
        return context.now + length, len(words) - len(rest)
    at, taken = longest(following, context.here, alone=alone)
    return at, start + taken


def day_in(words: str, markers: Collection[str], context: Context) -> tuple[date | None, str]:
    """The day to come that follows one of these markers (`due fri`, `by 27 nov`), and the words without it."""
    at, rest = moment_in(words, markers, context)
    return at.astimezone(zone(context.zone)).date() if at else None, rest


def span_in(words: str, context: Context) -> tuple[timedelta | None, str]:
    """How long something lasts: the length a text begins with (`30m`, `for 2 hours`), or from now `until 14:00`; and
    what follows it."""
    length, rest = length_in(words)
    if length is not None:
        return length, rest
    found = re.match(r"(?:until|till|til)\s+", words, re.IGNORECASE)
    if found is None:
        return None, words
    at, taken = longest(words[found.end() :], context.here, alone="opens")
    return (at - context.now, _after(words, found.end() + taken)) if at else (None, words)


def length_in(words: str) -> tuple[timedelta | None, str]:
    """The length of time a text begins with (`30m`, `1h30m`, `30 min`, `for 2 hours`), and what follows it; `-30m` is
    none."""
    first = _WORD.match(words)
    if first is not None and first[0][0] not in "-−":
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
