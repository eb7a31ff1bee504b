"""The player: lets the people of a story act, moves business time from one due time to the next, and tells what is
seen. Time stands still while anything is under way; nobody waits for it to pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox import forms
from bot.sandbox.errors import ClientRefused, FormRefused
from bot.sandbox.model import Channel, Message, View
from bot.sandbox.people import Person
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.story import Line, Story, StoryError, length, moment
from bot.sandbox.submission import Ack
from bot.sandbox.transcript import Transcript, quoted

Step = Callable[[dt.datetime], Awaitable[dt.datetime | None]]
"""Sets the app's business time, lets it do what is due, and returns, once the app has nothing left to do, the next time
something falls due (None: nothing will)."""

Show = Callable[[str], None]
"""Takes one finished line of the transcript."""

ROUNDS = 50
"""How often the workspace may still change after the app said that it is quiet, before the player gives up."""

FOREVER = 10_000
"""Due times the player follows between two lines; more is an app that asks without end."""


class StoryClock:
    """Business time of the workspace: stands still until the player moves it."""

    def __init__(self, start: dt.datetime) -> None:
        self.now = start

    def __call__(self) -> float:
        return self.now.timestamp()


class Player:
    """Furnishes the workspace for a story, then plays it. ``slack`` must have been made with ``clock``."""

    def __init__(self, story: Story, slack: Sandbox, clock: StoryClock) -> None:
        self.story = story
        self.slack = slack
        self.clock = clock
        self.people: dict[str, Person] = {}
        self._due: dt.datetime | None = None
        self._furnish()
        self.transcript = Transcript(slack, story.zone)
        self._acts: dict[str, Callable[[Person, Line], Awaitable[None]]] = {
            "command": self._command,
            "submit": self._submit,
            "dismiss": self._dismiss,
            "click": self._click,
            "react": self._react,
            "unreact": self._unreact,
            "say": self._say,
            "reply": self._reply,
            "shortcut": self._shortcut,
            "home": self._home,
        }

    def _furnish(self) -> None:
        for key, part in self.story.people.items():
            flags: dict[str, Any] = {"guest": part.guest, "stranger": part.stranger, "deleted": part.deleted}
            tz = part.tz or self.story.zone
            self.people[key] = self.slack.person(
                part.name, id=part.id, tz=tz, handle=part.name, email=f"{key}@example.com", **flags
            )
        for name, room in self.story.channels.items():
            members = [self.people[key] for key in room.members]
            self.slack.channel(name, members, private=room.private, bot=room.bot)

    async def play(self, step: Step, show: Show) -> None:
        """Play the whole story. Raises StoryError when it does not go as written."""
        self._tell(show, self._opening())
        await self._quiet(step)
        self._tell(show, self.transcript.look(self.clock.now))
        for line in self.story.script:
            await self._until(self._time_of(line), step, show)
            if line.note:
                self._tell(show, self.transcript.note(line.note))
            if line.action:
                await self._act(line)
                await self._quiet(step)
                self._tell(show, self.transcript.look(self.clock.now))
        self._tell(show, self.transcript.counts(self.story.starts, self.clock.now))

    def _opening(self) -> list[str]:
        cast = [(part.name, part.about) for part in self.story.people.values()]
        return self.transcript.opening(self.story.title, self.story.starts, cast)

    @staticmethod
    def _tell(show: Show, lines: list[str]) -> None:
        for line in lines:
            show(line)

    # time

    def _time_of(self, line: Line) -> dt.datetime:
        if line.wait:
            return self.clock.now + length(line.wait)
        if line.at:
            at = moment(line.at, self.story.starts, self.clock.now, self.story.zone)
            if at < self.clock.now:
                raise self._wrong(f"at: {line.at} has passed already")
            return at
        return self.clock.now

    async def _until(self, target: dt.datetime, step: Step, show: Show) -> None:
        """Move to ``target``, stopping at every time something is due on the way."""
        for _ in range(FOREVER):
            if self._due is None or self._due > target:
                break
            if self._due <= self.clock.now:
                raise self._wrong("the app says it is quiet, yet something is due already")
            await self._move(self._due, step, show)
        else:
            raise self._wrong(f"more than {FOREVER} things fell due")
        if target > self.clock.now:
            await self._move(target, step, show)

    async def _move(self, to: dt.datetime, step: Step, show: Show) -> None:
        self.clock.now = to
        await self._quiet(step)
        self._tell(show, self.transcript.look(to))

    async def _quiet(self, step: Step) -> None:
        """Until neither the app nor the workspace has anything left to do at this time."""
        for _ in range(ROUNDS):
            before = self.slack.ws.changes
            await self.slack.settled(30.0)
            self._due = await step(self.clock.now)
            await self.slack.settled(30.0)
            if self.slack.ws.changes == before:
                return
        raise self._wrong("the app does not come to rest")

    def _wrong(self, what: str) -> StoryError:
        return StoryError(f"At {self.transcript.time(self.clock.now)}: {what}.")

    # what people do

    async def _act(self, line: Line) -> None:
        person = self.people[line.who or ""]
        try:
            await self._acts[line.action or ""](person, line)
        except FormRefused as refusal:
            raise self._wrong(f"{person.name} cannot send the form: {refusal.problems}") from refusal
        except (ClientRefused, KeyError, ValueError) as refusal:
            raise self._wrong(f"{person.name} cannot {line.action}: {refusal}") from refusal

    def _done(self, ack: Ack, person: Person, line: Line) -> None:
        if not ack.ok:
            raise self._wrong(f"{person.name}'s {line.action} was not answered ({ack.error})")

    async def _command(self, person: Person, line: Line) -> None:
        name, _, text = str(line.command).partition(" ")
        place = self._place(person, line.place)
        self.transcript.did(f"{person.name} types in {self.transcript.place(place)}", [str(line.command)])
        self._done(await person.command(name, text, place), person, line)

    async def _submit(self, person: Person, line: Line) -> None:
        view = self._view(person)
        ack = await person.submit(view, self._values(view, line.submit or {}))
        sent = "tries to send" if ack.errors else "sends"
        self.transcript.did(f"{person.name} {sent} the form", person.screen.view(view))
        self._done(ack, person, line)

    async def _dismiss(self, person: Person, line: Line) -> None:
        view = self._view(person)
        self.transcript.did(f"{person.name} closes the form {quoted(view.title)}", [])
        await person.dismiss(view, all_views=True)

    def _view(self, person: Person) -> View:
        if person.view is None:
            raise ClientRefused("no form is open")
        return person.view

    def _values(self, view: View, written: dict[str, Any]) -> dict[str, Any]:
        """People by their keys and times on the wall as what the fields hold."""
        kinds = {block["label"]["text"]: element["type"] for block, element in forms.inputs(view)}
        return {label: self._value(kinds.get(label, ""), value) for label, value in written.items()}

    def _value(self, kind: str, value: Any) -> Any:
        if kind == "users_select" and value in self.people:
            return self.people[value]
        if kind == "datetimepicker":
            return self._past(str(value))
        return value

    def _past(self, text: str) -> dt.datetime:
        """``+4m``, or the last time a clock on the wall said so; ``next 10:30`` is the one to come."""
        if text.startswith("next "):
            return moment(text.removeprefix("next "), self.story.starts, self.clock.now, self.story.zone)
        day = dt.timedelta(days=1)
        at = moment(text, self.story.starts, self.clock.now - day, self.story.zone)
        return at + day if at + day <= self.clock.now else at

    async def _click(self, person: Person, line: Line) -> None:
        label = str(line.click)
        target = self._newest(person, line, lambda message: _offers(message, label), f"shows {label}")
        where = self.transcript.place(self.slack.ws.channels[target.channel])
        under = quoted(self.transcript.first_line(target, person))
        self.transcript.did(f"{person.name} presses [{label}] in {where}, under {under}", [])
        self._done(await person.click(target, label), person, line)

    async def _react(self, person: Person, line: Line) -> None:
        await person.react(self._meant(person, line), str(line.react))

    async def _unreact(self, person: Person, line: Line) -> None:
        await person.unreact(self._meant(person, line), str(line.unreact))

    async def _say(self, person: Person, line: Line) -> None:
        await person.say(self._place(person, line.place), str(line.say))

    async def _reply(self, person: Person, line: Line) -> None:
        parent = self._meant(person, line)
        await person.say(parent.channel, str(line.reply), parent.thread_ts or parent.ts)

    async def _shortcut(self, person: Person, line: Line) -> None:
        name = str(line.shortcut)
        target = self._meant(person, line) if line.on else None
        on = f" on {quoted(self.transcript.first_line(target, person))}" if target else ""
        self.transcript.did(f"{person.name} uses the shortcut {quoted(name)}{on}", [])
        ack = await (person.message_shortcut(name, target) if target else person.global_shortcut(name))
        self._done(ack, person, line)

    async def _home(self, person: Person, _line: Line) -> None:
        self.transcript.did(f"{person.name} opens the app's home", [])
        await person.open_home()

    # what they mean

    def _place(self, person: Person, name: str | None) -> Channel:
        if name in (None, "dm"):
            return person.dm
        found = self.slack.channel_named(str(name))
        if found is None:
            raise ClientRefused(f"there is no channel {name}")
        return found

    def _meant(self, person: Person, line: Line) -> Message:
        if line.on is None:
            raise ClientRefused("which message? Name a piece of its text with on:")
        return self._newest(person, line, lambda _message: True, "is there")

    def _newest(self, person: Person, line: Line, fits: Callable[[Message], bool], what: str) -> Message:
        places = [self._place(person, line.place)] if line.place else self._places(person)
        seen = [message for place in places for message in person.sees(place)]
        piece = line.on or ""
        found = [m for m in seen if fits(m) and piece in "\n".join(person.screen.message(m))]
        if not found:
            about = f" with {quoted(piece)}" if piece else ""
            raise ClientRefused(f"no message{about} {what}")
        return max(found, key=lambda message: float(message.ts))

    def _places(self, person: Person) -> list[Channel]:
        return [channel for channel in self.slack.ws.channels.values() if person.id in channel.members]


def _offers(message: Message, label: str) -> bool:
    try:
        forms.find_element(message.blocks, label, None)
    except ClientRefused:
        return False
    return True
