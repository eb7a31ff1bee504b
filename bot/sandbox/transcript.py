"""What people saw, in order, as plain lines for a terminal of 100 columns. Two runs of one story give the same bytes:
what depends on the run (digests, the numbers in links, which of several parallel calls came first) is not shown."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json
import re
import textwrap
import zoneinfo
from collections.abc import Iterable, Iterator

from bot.sandbox import counts
from bot.sandbox.model import Channel, Message
from bot.sandbox.people import Person
from bot.sandbox.render import EMOJI, Screen
from bot.sandbox.sandbox import Sandbox

WIDTH = 98
"""Columns; emoji take two, so a little is left free."""

INDENT = " " * 7
QUOTED = 48
"""Characters of a message by which another entry refers to it."""

NAME = 20
"""Characters of a channel's name in the head of an entry."""

FILE_LINES = 20
"""Lines of an attached file that are shown."""

WHOLE = 2
"""An edited message of up to this many lines is shown whole, a longer one by the lines that changed."""

DIGEST = re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,64}\b")
FRAME = re.compile(r"[│┊] +")
LEAD = re.compile(r"\s*(?:[•·>☑☐] )?")
LINK_NUMBER = re.compile(r"/p\d{10,}(\?thread_ts=[\d.]+&cid=\w+)?")


def quoted(text: str, most: int = QUOTED) -> str:
    """In quotation marks, cut at a word."""
    return f"“{textwrap.shorten(text, most, placeholder=' …')}”"


@dataclasses.dataclass
class _Place:
    """What was last seen of a channel beside its messages."""

    name: str = ""
    members: tuple[str, ...] = ()
    topic: str = ""
    pins: frozenset[str] = frozenset()
    bookmarks: tuple[str, ...] = ()
    archived: bool = False


@dataclasses.dataclass(frozen=True)
class _Entry:
    head: str
    body: tuple[str, ...] = ()


class Transcript:
    """Looks at a workspace again and again and writes down what is new. ``zone``: where the reader's clock hangs."""

    def __init__(self, slack: Sandbox, zone: str) -> None:
        self.slack = slack
        self.ws = slack.ws
        self.zone = zoneinfo.ZoneInfo(zone)
        self._public = Screen(slack.ws, zone)
        self._waiting: list[_Entry] = []
        self._day: dt.date | None = None
        self._known: dict[tuple[str, str, str], Message] = {}
        self._places: dict[str, _Place] = {}
        self._reactions: dict[tuple[str, str], dict[str, list[str]]] = {}
        self._views = 0
        self._furnished = [channel.id for channel in slack.channels]
        self._edited: set[counts.Key] = set()
        self._at_home: set[str] = set()
        for channel in slack.channels:
            self._places[channel.id] = _standing(channel)

    # what the player tells

    def did(self, head: str, body: Iterable[str]) -> None:
        """Somebody did something that leaves no message: it stands before what it brought about."""
        self._waiting.append(_Entry(head, tuple(body)))

    def sees_home(self, user: str) -> None:
        """Somebody looks at the app's home: what stands there is told at the next look."""
        self._at_home.add(user)

    def time(self, at: dt.datetime) -> str:
        return f"{at.astimezone(self.zone):%H:%M}"

    def place(self, channel: Channel) -> str:
        if channel.kind == "im":
            return f"the direct messages with {self._app}"
        name = channel.name if len(channel.name) <= NAME else f"{channel.name[: NAME - 1]}…"
        return f"#{name}"

    def first_line(self, message: Message, person: Person | None = None) -> str:
        lines = _plain(message, person.screen if person else self._public)
        return lines[0] if lines else ""

    # the lines

    def opening(self, title: str, starts: dt.datetime, cast: list[tuple[str, str]]) -> list[str]:
        """The title, when it begins, and who is in it."""
        local = starts.astimezone(self.zone)
        lines = [title, "═" * min(len(title), WIDTH), f"{local:%A} {local.day} {local:%B %Y}, {self.zone.key}", ""]
        return [*lines, *(f"  {name:<8} {about}".rstrip() for name, about in cast), ""]

    def note(self, text: str) -> list[str]:
        """A sentence for the reader, between the entries."""
        return [*textwrap.wrap(f"— {' '.join(text.split())}", WIDTH, subsequent_indent="  "), ""]

    def look(self, at: dt.datetime) -> list[str]:
        """Everything that is new since the last look, in an order that does not depend on the run."""
        entries = [*self._waiting, *self._forms(), *self._homes(), *self._private(), *self._channels(), *self._direct()]
        self._waiting = []
        lines = self._midnight(at) if entries else []
        return [*lines, *(line for entry in entries for line in self._drawn(entry, at))]

    def _midnight(self, at: dt.datetime) -> list[str]:
        day = at.astimezone(self.zone).date()
        before, self._day = self._day, day
        return [f"· · · {day:%A} {day.day} {day:%B} · · ·", ""] if before not in (None, day) else []

    def _drawn(self, entry: _Entry, at: dt.datetime) -> list[str]:
        lines = textwrap.wrap(f"{self.time(at)}  {entry.head}", WIDTH, subsequent_indent=INDENT)
        for line in entry.body:
            inner = len(line) - len(line.lstrip(" "))
            lines += textwrap.wrap(
                _steady(line),
                WIDTH,
                initial_indent=INDENT + "  " + " " * inner,
                subsequent_indent=INDENT + "  " + _hanging(line),
                break_long_words=False,
                break_on_hyphens=False,
            )
        return [*lines, ""]

    # private things

    def _forms(self) -> Iterator[_Entry]:
        views = self.slack.views
        opened, self._views = views[self._views :], len(views)
        for view in sorted((v for v in opened if v.type == "modal"), key=lambda v: (v.user, v.title)):
            yield _Entry(f"→ {self._name(view.user)} only · a form opens: {quoted(view.title)}")

    def _homes(self) -> Iterator[_Entry]:
        for user in self._people():
            home = self.ws.homes.get(user)
            if user in self._at_home and home:
                yield _Entry(
                    f"→ {self._name(user)} only · the home of {self._app}", tuple(self._screen(user).view(home))
                )
        self._at_home.clear()

    def _private(self) -> Iterator[_Entry]:
        for user in self._people():
            screen = self._screen(user)
            for message in self.ws.ephemerals.get(user, []):
                where = self.place(self.ws.channels[message.channel])
                head = f"→ {self._name(user)} only, in {where}"
                yield from self._told(message, head, screen, user)

    def _direct(self) -> Iterator[_Entry]:
        """Direct messages; the same one to several people is one entry."""
        same: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        for user in self._people():
            for message in self._conversation(user):
                way = "from" if message.user == user else "to"
                for entry in self._told(message, self._thread(message), self._screen(user)):
                    same.setdefault((way, entry.head, entry.body), []).append(self._name(user))
        for (way, mark, body), names in same.items():
            yield _Entry(f"direct message {way} {', '.join(names)}{mark}", body)
        for talk in self._talks():
            yield from self._reacted(talk)

    def _talks(self) -> list[Channel]:
        return [channel for channel in self.ws.channels.values() if channel.kind == "im"]

    def _conversation(self, user: str) -> list[Message]:
        return [message for talk in self._talks() if user in talk.members for message in self.ws.messages[talk.id]]

    # channels

    def _channels(self) -> Iterator[_Entry]:
        for channel in self._in_order():
            screen = self._public
            yield from self._slack_says(channel)
            messages = [m for m in self.ws.messages[channel.id] if not m.is_system or _gone(m)]
            for message in sorted(messages, key=lambda m: (bool(m.files), float(m.ts))):
                if not self._same(message):
                    yield from self._told(message, self._head(channel, message), screen)
            yield from self._reacted(channel)

    def _in_order(self) -> list[Channel]:
        """Channels made during the story by name, then those that were there before."""

        def place(channel: Channel) -> tuple[int, str]:
            old = channel.id in self._furnished
            return (self._furnished.index(channel.id) + 1 if old else 0, channel.name)

        return sorted(self.slack.channels, key=place)

    def _head(self, channel: Channel, message: Message) -> str:
        return f"{self.place(channel)} · {self._name(message.user)}{self._thread(message)}"

    def _thread(self, message: Message) -> str:
        parent = self.ws.find(message.channel, message.thread_ts) if message.is_reply and message.thread_ts else None
        return f" · in the thread of {quoted(self.first_line(parent))}" if parent else ""

    def _slack_says(self, channel: Channel) -> Iterator[_Entry]:
        """Who came and went, topic, pins and bookmarks: what Slack shows around the messages."""
        before = self._places.get(channel.id)
        now = self._places[channel.id] = _standing(channel)
        old = before or _Place()
        if old == now:
            return
        kind = "private channel" if channel.kind == "private" else "channel"
        lines = [] if before else [f"new {kind}: #{channel.name}"]
        came = [user for user in now.members if user not in old.members and user != self.ws.bot_user_id]
        went = [user for user in old.members if user not in now.members and user != self.ws.bot_user_id]
        lines += [f"new name: #{now.name}, was #{old.name}"] if before and now.name != old.name else []
        lines += [f"joins: {self._names(came)}"] if came else []
        lines += [f"leaves: {self._names(went)}"] if went else []
        lines += [f"topic: {self._public.text(now.topic)}"] if now.topic != old.topic else []
        lines += [f"pinned: {quoted(line)}" for line in self._pinned(channel, now.pins - old.pins)]
        lines += [f"bookmark: {title}" for title in now.bookmarks if title not in old.bookmarks]
        lines += ["archived" if now.archived else "open again"] if now.archived != old.archived else []
        if lines:
            yield _Entry(f"{self.place(channel)} · Slack", tuple(lines))

    def _pinned(self, channel: Channel, pins: frozenset[str]) -> list[str]:
        found = [self.ws.find(channel.id, ts) for ts in pins]
        return sorted(self.first_line(message) for message in found if message)

    def _reacted(self, channel: Channel) -> Iterator[_Entry]:
        for message in self.ws.alive(channel.id):
            old = self._reactions.get((channel.id, message.ts), {})
            if old == message.reactions:
                continue
            self._reactions[channel.id, message.ts] = copy.deepcopy(message.reactions)
            about = f"{self._name(message.user)}: {quoted(self.first_line(message))}"
            was, now = _pairs(old), _pairs(message.reactions)
            changes = [("reacts", "to", pair) for pair in now - was]
            changes += [("takes back", "from", pair) for pair in was - now]
            for does, way, (user, emoji) in sorted(changes, key=self._people_first):
                sign = EMOJI.get(emoji, f":{emoji}:")
                yield _Entry(f"{self.place(channel)} · {self._name(user)} {does} {sign} {way} {about}")

    def _people_first(self, change: tuple[str, str, tuple[str, str]]) -> tuple[bool, str, str]:
        does, _, (user, emoji) = change
        return user == self.ws.bot_user_id, does, f"{self._name(user)} {emoji}"

    # messages

    def _told(self, message: Message, head: str, screen: Screen, reader: str = "") -> Iterator[_Entry]:
        """A message that is new, or reads differently than before."""
        if self._same(message, reader):
            return
        key = (reader, message.channel, message.ts)
        old = self._known.get(key)
        self._known[key] = copy.copy(message)
        lines = _plain(message, screen)
        told = self.time(dt.datetime.fromtimestamp(float(message.ts), dt.UTC))
        if old is None:
            if not _gone(message):
                yield _Entry(head + self._rung(message), (*lines, *_contents(message)))
        elif _gone(message):
            yield _Entry(f"{head} · {told} message (deleted)", tuple(_plain(old, screen)[:1]))
        elif lines != (before := _plain(old, screen)):
            self._edited.add((message.channel, message.ts))
            yield _Entry(f"{head} · {told} message (edited)", tuple(_changed(before, lines)))

    def _same(self, message: Message, reader: str = "") -> bool:
        """Nothing about it has changed since it was last told to this reader."""
        old = self._known.get((reader, message.channel, message.ts))
        return old is not None and _raw(old) == _raw(message)

    def _rung(self, message: Message) -> str:
        rung = {ping.user for ping in self.ws.pings if ping.message is message}
        if rung and self.ws.channels[message.channel].kind == "im":
            return "   🔔 rings"
        return f"   🔔 rings {self._names(rung)}" if rung else ""

    # people

    @property
    def _app(self) -> str:
        return self._name(self.ws.bot_user_id)

    def _people(self) -> list[str]:
        """In the order in which the story names them."""
        return list(self.slack.people)

    def _name(self, user: str) -> str:
        known = self.ws.users.get(user)
        return known.real_name if known else user

    def _names(self, users: Iterable[str]) -> str:
        order = [*self._people(), self.ws.bot_user_id]
        return ", ".join(self._name(user) for user in sorted(users, key=order.index))

    def _screen(self, user: str) -> Screen:
        return self.slack.people[user].screen

    # the end

    def counted(self) -> counts.Counted:
        """How much the app has said so far, and whose device rang how often because of it."""
        return counts.count(self.slack, self._edited)

    def closing(self, starts: dt.datetime, ends: dt.datetime) -> list[str]:
        """The same as a sentence, which is how a transcript ends."""
        sentence = self.counted().sentence(ends - starts)
        return textwrap.wrap(sentence, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _standing(channel: Channel) -> _Place:
    titles = tuple(sorted(bookmark.title for bookmark in channel.bookmarks))
    return _Place(
        channel.name, tuple(channel.members), channel.topic, frozenset(channel.pins), titles, channel.archived
    )


def _pairs(reactions: dict[str, list[str]]) -> set[tuple[str, str]]:
    return {(user, emoji) for emoji, users in reactions.items() for user in users}


def _gone(message: Message) -> bool:
    """Deleted; the parent of a thread leaves a line of Slack's own in its place."""
    return message.deleted or message.subtype == "tombstone"


def _plain(message: Message, screen: Screen) -> list[str]:
    """The message without its reactions and without the word that it was edited: those are entries of their own."""
    return screen.message(dataclasses.replace(message, reactions={}, edited=None))


def _raw(message: Message) -> str:
    return json.dumps([message.text, message.blocks, _gone(message), len(message.files)], sort_keys=True)


def _contents(message: Message) -> Iterator[str]:
    for file in message.files:
        lines = file.text.splitlines()
        yield from (f"┊ {line}" for line in lines[:FILE_LINES])
        if len(lines) > FILE_LINES:
            yield f"┊ … {len(lines) - FILE_LINES} more lines"


def _changed(before: list[str], now: list[str]) -> Iterator[str]:
    """A short message whole, a long one by its lines that read differently."""
    fresh = [line for line in now if line not in before]
    gone = [line for line in before if line not in now]
    if len(now) <= WHOLE or len(fresh) > len(now) // 2:
        yield from now
        return
    yield from fresh
    if not fresh:
        yield from (f"(gone) {line}" for line in gone)


def _steady(line: str) -> str:
    return LINK_NUMBER.sub("/p…", DIGEST.sub("(digest)", line))


def _hanging(line: str) -> str:
    """Wrapped lines stand under the text of a list item or of a form's frame."""
    frame = FRAME.match(line)
    if frame:
        return frame.group()
    lead = LEAD.match(line)
    return " " * lead.end() if lead else ""
