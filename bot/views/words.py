"""Words: the only place that knows Jinja, and the only one that escapes what people typed.

The words live in `templates/messages/<view>.j2`, where a phrase is a Jinja block; `say("card.headline", scene)` is the
phrase `headline` of `card.j2` as finished mrkdwn. A value that is put into a phrase is escaped once, there; what a
filter has made (a time, a mention) is mrkdwn already and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined, pass_context
from jinja2.runtime import Context

from bot.domain import duration
from bot.views import blocks, state
from bot.views.scene import Scene

Said = blocks.Said
Safe = blocks.Safe

_PACKAGE = Path(__file__).resolve().parent.parent
_FOLDERS = (_PACKAGE / "_resources" / "templates" / "messages", _PACKAGE.parent / "templates" / "messages")
"""The wheel keeps the words inside the package, a checkout beside it."""

TITLE = 150
"""Characters of a title that are shown; all of it stands on the timeline."""

_ID = re.compile(r"[A-Z][A-Z0-9]{1,20}")


def say(phrase: str, scene: Scene | None = None, **values: Any) -> Safe:
    """The phrase `<view>.<name>` in words. It sees `values`, and of a scene `incident`, `protocol`, `severity`, `now`,
    and what every view says of it: `title`, `state` with its `emoji`, `lead`.

    Raises jinja2.UndefinedError for a value the phrase needs and nobody gave, KeyError for a phrase that is not there.
    """
    view, _, name = phrase.partition(".")
    template = _WORDS.get_template(f"{view}.j2")
    context = template.new_context({**_seen(scene), **values})
    return Safe("".join(template.blocks[name](context)).strip())


def warm() -> None:
    """Compile every phrase now, so that the first incident does not wait for it."""
    for name in _WORDS.list_templates(extensions=["j2"]):
        _WORDS.get_template(name)


def _seen(scene: Scene | None) -> Mapping[str, Any]:
    if scene is None:
        return {}
    incident, protocol = scene.incident, scene.protocol
    severity = protocol.severity_in(incident.severity, incident.environment)
    return {
        "scene": scene,
        "incident": incident,
        "protocol": protocol,
        "severity": severity,
        "now": scene.now,
        "title": line(incident.title, TITLE),
        "emoji": state.emoji(incident),
        "state": state.word(incident, protocol),
        "lead": state.lead(incident, protocol),
    }


def joined(parts: Iterable[Said], by: str = " · ") -> Safe:
    """Finished phrases in one line, the empty ones left out."""
    return Safe(by.join(part for part in parts if part))


def lines(*parts: Said) -> Safe:
    """Finished phrases, one a line, the empty ones left out."""
    return joined(parts, "\n")


def listed(parts: Iterable[Said]) -> Safe:
    """Finished phrases as people list them: `a, b and c`."""
    *first, last = [*parts] or [""]
    return Safe(f"{', '.join(first)} and {last}" if first else last)


def escaped(text: str) -> Safe:
    """What somebody typed, as mrkdwn that shows exactly that."""
    return Safe(blocks.escape(text))


def time(at: datetime, scene: Scene) -> Safe:
    """A time in the reader's own zone, with its day where that is not today (as of `scene.now`).

    The fallback is the time in the protocol's zone with the zone's name, never a bare UTC stamp.
    """
    today = _local(at, scene).date() == _local(scene.now, scene).date()
    return _token(at, "{time}", wall(at, scene)) if today else day_time(at, scene)


def day_time(at: datetime, scene: Scene) -> Safe:
    """A time with its day, in the reader's own zone: `Nov 20 09:35`."""
    return _token(at, "{date_short_pretty} {time}", f"{_local(at, scene):%a %d %b} {wall(at, scene)}")


def moment(at: datetime, zone: str) -> Safe:
    """A time with its day where there is no incident to tell the zone; the fallback is in `zone`."""
    local = at.astimezone(ZoneInfo(zone))
    return _token(at, "{date_short_pretty} {time}", f"{local:%a %d %b %H:%M} {local.tzname()}")


def wall(at: datetime, scene: Scene) -> str:
    """A time in the protocol's zone, for places where tokens do not render: `09:35 CET`."""
    local = _local(at, scene)
    return f"{local:%H:%M} {local.tzname()}"


def in_both(at: datetime, scene: Scene) -> Safe:
    """A time that somebody said in words, told back: in the reader's zone, and in the protocol's where it differs."""
    zone = scene.zones.get(scene.reader or "", "")
    differs = bool(zone) and at.astimezone(ZoneInfo(zone)).utcoffset() != _local(at, scene).utcoffset()
    return Safe(f"{time(at, scene)} ({escaped(wall(at, scene))})") if differs else time(at, scene)


def _local(at: datetime, scene: Scene) -> datetime:
    return at.astimezone(ZoneInfo(scene.protocol.calendar.timezone))


def _token(at: datetime, form: str, fallback: str) -> Safe:
    return Safe(f"<!date^{int(at.timestamp())}^{form}|{fallback}>")


def mention(one: str) -> Safe:
    """Calls a person (U…, W…) or a user group (S…); only for those who must act."""
    if not _ID.fullmatch(one):
        return escaped(one)
    return Safe(f"<!subteam^{one}>" if one.startswith("S") else f"<@{one}>")


def mentions(people: Iterable[str]) -> Safe:
    return listed(mention(one) for one in people)


def channel(one: str) -> Safe:
    """A link to a channel."""
    return Safe(f"<#{one}>") if _ID.fullmatch(one) else escaped(one)


def name(person: str | None, scene: Scene) -> Safe:
    """A person by name: informs, calls nobody."""
    return escaped(line(scene.name(person)))


def line(text: str, limit: int = 300) -> str:
    """What somebody typed, on one line of at most `limit` characters; escaped where it is put into a phrase."""
    return blocks.cut(" ".join(text.split()), limit)


def lower_first(text: str) -> str:
    """For words in the middle of a sentence; abbreviations keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def ended(text: str) -> str:
    """With a full stop, unless it ends in a mark of its own."""
    return text if text.endswith((".", "!", "?", "…", "。")) else text + "."


def quoted(text: str) -> Safe:
    """What somebody typed, as a quotation."""
    return Safe("\n".join(f"> {blocks.escape(one)}" for one in text.split("\n")))


def _printed(value: Any) -> Any:
    """What a phrase prints: mrkdwn as it is, words escaped. What only a filter can say is a mistake in the phrase."""
    if isinstance(value, Safe | Undefined):
        return value
    if isinstance(value, str | int):
        return escaped(str(value))
    raise TypeError(f"a phrase prints words; {type(value).__name__} needs a filter")


@pass_context
def _time(context: Context, at: datetime) -> Safe:
    return time(at, context["scene"])


@pass_context
def _in_both(context: Context, at: datetime) -> Safe:
    return in_both(at, context["scene"])


@pass_context
def _day_time(context: Context, at: datetime) -> Safe:
    return day_time(at, context["scene"])


@pass_context
def _wall(context: Context, at: datetime) -> str:
    return wall(at, context["scene"])


@pass_context
def _name(context: Context, person: str | None) -> Safe:
    return name(person, context["scene"])


def _spoken(length: timedelta) -> str:
    return duration.spoken(length)


_WORDS = Environment(
    loader=FileSystemLoader(_FOLDERS),
    undefined=StrictUndefined,
    autoescape=True,
    finalize=_printed,
    trim_blocks=True,
    lstrip_blocks=True,
)
_WORDS.filters.update(
    time=_time, in_both=_in_both, day_time=_day_time, wall=_wall, name=_name, mention=mention, mentions=mentions,
    channel=channel, spoken=_spoken, line=line, cut=blocks.cut, lower_first=lower_first, ended=ended, quoted=quoted,
)  # fmt: skip
