"""What is different between two protocols, in sentences: for the terminal, and for those whom it concerns in Slack."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any

from pydantic import BaseModel

from bot.domain.bench.difference import Difference, Value
from bot.domain.bench.timetable import Noise
from bot.domain.duration import spoken
from bot.domain.protocol import PROMISE_KEYS, Protocol
from bot.views.words import Safe, escaped, joined, line, listed, say

SECTIONS = {
    "phases": "phase", "roles": "role", "ladder": "level", "closure": "to close:", "categories": "category",
    "environments": "environment", "impact": "impact on", "validation": "check after a repair:",
    "messages": "message:", "questions": "first question:", "checklists": "checklist", "runbooks": "runbook",
    "backfills": "recipe", "techniques": "technique", "troubleshooting": "advice", "detection": "noticed by",
    "contacts": "contact", "standup": "stand-up", "review": "review of the protocol", "duty": "on-call duty",
    "ticket": "ticket", "definition": "what counts as an incident", "postmortem": "postmortem",
    "principles": "principles", "approvals": "approvals", "calendar": "working time", "title": "title",
    "severities": "severities",
}  # fmt: skip
"""What a section's members are called; one that is not here is called as the file does."""

WAYS = {
    "direct": "by direct message",
    "mention": "by name in the announcement",
    "channel": "by @channel where it stands",
    "invite": "by an invitation",
}
"""How somebody is told."""

TIMES = (*PROMISE_KEYS, "snooze_up_to", "within", "handover")
SHOWN = 160
"""Characters of a value in a sentence."""


def sentence(one: Difference, before: Protocol, after: Protocol) -> Safe:
    """`P1: updates every 20 min instead of 30 min (ours § 4.2)`."""
    told = _told(one, before, after)
    return joined([told, say("differences.source", clause=one.clause)], by=" ") if one.clause else told


def plain(told: Safe) -> str:
    """The same for a terminal."""
    return html.unescape(told)


def louder(severity: str, was: Noise, now: Noise) -> Safe:
    """What it does to the noise of a severity that nobody answers."""
    most = {"was_most": was.hits, "now_most": now.hits}
    return say("differences.noise", None, severity=severity, was=was.rings, now=now.rings, **most)


def _told(one: Difference, before: Protocol, after: Protocol) -> Safe:
    whom = _whom(one, before, after)
    if one.path[0] == "severities" and one.path[2:3] == ("tell",):
        return _told_of(one, after)
    if one.what != "changed":
        return say(f"differences.{one.what}", whom=whom)
    key, timed = one.key, next((key for key in reversed(one.path) if key in TIMES), None)
    was, now = _shown(one.before), _shown(one.after)
    if timed is not None and not isinstance(one.before, str | tuple) and not isinstance(one.after, str | tuple):
        return say("differences.promise" if one.after is not None else "differences.not_promised",
                   whom=whom, key=timed, was=was, now=now)  # fmt: skip
    if len(one.path) == 1 and one.section in ("severities", "phases", "ladder"):
        return say("differences.order", whom=whom, now=now)
    if one.path == ("management",):
        return say("differences.management", was=was, now=now)
    if key in ("title", "text"):
        return say("differences.renamed", whom=_whom(one, after, before), now=now)
    if key in ("hours", "announce", "stakeholders"):
        return say(f"differences.{key}", whom=whom, was=was, now=now)
    key = line(key.replace("_", " "), SHOWN)
    if isinstance(one.after, tuple) or isinstance(one.before, tuple):
        came, gone = _apart(one)
        return say("differences.listed", whom=whom, key=key, came=came, gone=gone)
    if isinstance(one.after, bool):
        return say("differences.switched", whom=whom, key=key, now=now)
    return say("differences.value", whom=whom, key=key, was=was, now=now)


def _told_of(one: Difference, after: Protocol) -> Safe:
    """Who is told at once of a severity, and how."""
    severity, who = one.path[1], one.path[3]
    known = next((one for one in after.severities if one.name == severity), None)
    ways = next((telling.ways for telling in known.tell if telling.who == who), ()) if known else ()
    told = _many(WAYS.get(way, way) for way in ways)
    return say("differences.tell", whom=severity, who=line(who, SHOWN), ways=told, new=one.what == "new")


def _apart(one: Difference) -> tuple[str, str]:
    """What a list gained and what it lost; one in another order says so by both."""
    was = one.before if isinstance(one.before, tuple) else ()
    now = one.after if isinstance(one.after, tuple) else ()
    came, gone = [each for each in now if each not in was], [each for each in was if each not in now]
    if not came and not gone:
        return _many(now), ""
    return _many(came), _many(gone)


def _many(texts: Iterable[str]) -> str:
    return html.unescape(listed(escaped(line(each, SHOWN)) for each in texts))


def _shown(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case timedelta():
            return spoken(value) if value else "at once"
        case time():
            return f"{value:%H:%M}"
        case tuple():
            return _many(value)
        case _:
            return line(str(value), SHOWN)


def _whom(one: Difference, before: Protocol, after: Protocol) -> str:
    """Whom or what it is about: the member's title, what is inside it by its own, and the severity it holds at."""
    names = list(one.path[:-1] if one.what == "changed" and len(one.path) > 1 else one.path)
    at = [names.pop() or "", one.path[-1]][1] if names and names[-1] == "within" else ""
    section, *below = names
    if section == "severities" and below:
        return below[0]
    titles = _titles((section, *below), after) or _titles((section, *below), before)
    called = " ".join(filter(None, [SECTIONS.get(section, section), ", ".join(titles or below)]))
    called = called[:1].upper() + called[1:]
    return f"{called} at {at}" if at else called


def _titles(path: tuple[str, ...], protocol: Protocol) -> list[str]:
    """The titles along a path; none where it leads nowhere in this protocol."""
    found: list[str] = []
    value: Any = getattr(protocol, path[0], None)
    for name in path[1:]:
        if isinstance(value, BaseModel):
            value = getattr(value, name, None)
        elif isinstance(value, tuple):
            value = next((one for one in value if name in _names(one)), None)
            if value is None:
                return []
            found.append(_called(value, name))
    return found


def _called(part: object, name: str) -> str:
    title, text = getattr(part, "title", ""), getattr(part, "text", "")
    return line(str(title), SHOWN) if title else f'"{line(str(text), SHOWN)}"' if text else name


def _names(one: object) -> set[str]:
    return {str(getattr(one, field)) for field in ("name", "id", "occasion", "who") if hasattr(one, field)}
