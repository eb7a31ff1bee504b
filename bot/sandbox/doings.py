"""What people do in a story: each line of the script as something one person does at their Slack client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox import fields, forms, moments, sight
from bot.sandbox.errors import ClientRefused, FormRefused
from bot.sandbox.model import Channel, Message, View
from bot.sandbox.moments import StoryClock
from bot.sandbox.people import Person
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.sight import NotThere
from bot.sandbox.story import Line, Story
from bot.sandbox.submission import Ack
from bot.sandbox.transcript import Transcript, quoted

HOME = "home"
"""``in: home``: the app's Home tab."""


class Doings:
    """``act`` lets a line happen. Raises ClientRefused (NotThere says what was to be seen instead), KeyError and
    ValueError when it cannot."""

    def __init__(
        self, story: Story, slack: Sandbox, people: dict[str, Person], clock: StoryClock, transcript: Transcript
    ) -> None:
        self.story = story
        self.slack = slack
        self.people = people
        self.clock = clock
        self.transcript = transcript
        self._acts: dict[str, Callable[[Person, Line], Awaitable[None]]] = {
            "command": self._command,
            "submit": self._submit,
            "dismiss": self._dismiss,
            "click": self._click,
            "react": self._react,
            "unreact": self._unreact,
            "pin": self._pin,
            "say": self._say,
            "reply": self._reply,
            "mention": self._mention,
            "edit": self._edit,
            "delete": self._delete,
            "shortcut": self._shortcut,
            "home": self._home,
            "join": self._join,
            "leave": self._leave,
            "invite": self._invite,
            "remove": self._remove,
            "rename": self._rename,
            "archive": self._archive,
            "unarchive": self._unarchive,
            "mute": self._mute,
            "unmute": self._unmute,
        }

    async def act(self, line: Line) -> None:
        await self._acts[line.action or ""](self.people[line.who or ""], line)

    def _done(self, ack: Ack, person: Person, line: Line) -> None:
        if not ack.ok:
            raise ClientRefused(f"{person.name} got no answer in time or one that Slack refuses ({ack.error})")

    # commands and shortcuts

    async def _command(self, person: Person, line: Line) -> None:
        name, _, text = str(line.command).partition(" ")
        place = self._place(person, line.place)
        self.transcript.did(f"{person.name} types in {self.transcript.place(place)}", [str(line.command)])
        self._done(await person.command(name, text, place), person, line)

    async def _shortcut(self, person: Person, line: Line) -> None:
        name = str(line.shortcut)
        target = self._meant(person, line) if line.on else None
        on = f" on {quoted(self.transcript.first_line(target, person))}" if target else ""
        self.transcript.did(f"{person.name} uses the shortcut {quoted(name)}{on}", [])
        ack = await (person.message_shortcut(name, target) if target else person.global_shortcut(name))
        self._done(ack, person, line)

    async def _home(self, person: Person, _line: Line) -> None:
        self.transcript.did(f"{person.name} opens the app's home", [])
        self.transcript.sees_home(person.id)
        await person.open_home()

    # forms

    async def _submit(self, person: Person, line: Line) -> None:
        view = self._view(person)
        values = self._values(person, view, line.submit or {})
        try:
            ack = await person.submit(view, values)
        except FormRefused as refusal:
            labels = {block["block_id"]: block["label"]["text"] for block, _ in forms.inputs(view)}
            problems = "; ".join(f"{labels[block]}: {text}" for block, text in refusal.problems.items())
            raise NotThere(problems, person.screen.view(view)) from refusal
        sent = "tries to send" if ack.errors else "sends"
        self.transcript.did(f"{person.name} {sent} the form", person.screen.view(view))
        self._done(ack, person, line)

    async def _dismiss(self, person: Person, _line: Line) -> None:
        view = self._view(person)
        self.transcript.did(f"{person.name} closes the form {quoted(view.title)}", [])
        await person.dismiss(view, all_views=True)

    def _view(self, person: Person) -> View:
        if person.view is None:
            raise NotThere("no form is open", sight.in_channels(person, self._places(person)))
        return person.view

    def _values(self, person: Person, view: View, written: dict[str, Any]) -> dict[str, Any]:
        """People and channels by their keys and times on the wall as what the fields hold."""
        kinds = {block["label"]["text"]: element["type"] for block, element in forms.inputs(view)}
        if unknown := [label for label in written if label not in kinds]:
            raise NotThere(f"the form {quoted(view.title)} has no field {unknown[0]}", person.screen.view(view))
        return {label: self._value(person, kinds[label], value) for label, value in written.items()}

    def _value(self, person: Person, kind: str, value: Any) -> Any:
        if kind in fields.MANY:
            items = value if isinstance(value, list) else [value] if value else []
            return [self._one(person, kind, item) for item in items]
        return self._one(person, kind, value) if value != "" else None

    def _one(self, person: Person, kind: str, value: Any) -> Any:
        if "users_select" in kind:
            if value not in self.people:
                raise NotThere(f"{value} is not among the people", self.people)
            return self.people[value]
        if "channels_select" in kind or "conversations_select" in kind:
            return self._place(person, value)
        if kind == "datetimepicker":
            return moments.entered(str(value), self.story.starts, self.clock.now, self.story.zone)
        return value

    # buttons and menus

    async def _click(self, person: Person, line: Line) -> None:
        label, beside = str(line.click), line.beside or ""
        target, where = self._pressed(person, line)
        _, element, _ = forms.find_element(target.blocks, label, line.choose, beside)
        choice = self._value(person, element["type"], line.choose) if line.choose else None
        shown = f"{label}: {line.choose}" if line.choose else label
        at = f" beside {quoted(beside)}" if beside else ""
        self.transcript.did(f"{person.name} presses [{shown}]{at} {where}", [])
        self._done(await person.click(target, label, choice, beside=beside), person, line)

    def _pressed(self, person: Person, line: Line) -> tuple[Message | View, str]:
        """What is pressed in, and how the transcript calls it: the home, the open form, else a message."""

        def offers(target: Message | View) -> bool:
            return bool(forms.matching(target.blocks, str(line.click), line.choose, line.beside or ""))

        if line.place == HOME:
            if person.home is None or not offers(person.home):
                shown = person.screen.view(person.home) if person.home else ["nothing"]
                raise NotThere(f"the home shows no {line.click}", shown)
            self.transcript.sees_home(person.id)
            return person.home, "in the app's home"
        form = person.view
        if form and not line.place and not line.on and offers(form):
            return form, f"in the form {quoted(form.title)}"
        beside = f" beside {quoted(line.beside)}" if line.beside else ""
        found = self._newest(person, line, offers, f"shows {line.click}{beside}")
        place = self.transcript.place(self.slack.ws.channels[found.channel])
        return found, f"in {place}, under {quoted(self.transcript.first_line(found, person))}"

    # messages

    async def _say(self, person: Person, line: Line) -> None:
        await person.say(self._place(person, line.place), str(line.say))

    async def _reply(self, person: Person, line: Line) -> None:
        parent = self._meant(person, line)
        await person.say(parent.channel, str(line.reply), parent.thread_ts or parent.ts)

    async def _mention(self, person: Person, line: Line) -> None:
        """In a channel, or with ``on`` in the thread of a message."""
        parent = self._meant(person, line) if line.on else None
        place = parent.channel if parent else self._place(person, line.place)
        await person.mention(place, str(line.mention), parent.thread_ts or parent.ts if parent else None)

    async def _edit(self, person: Person, line: Line) -> None:
        await person.edit(self._own(person, line), str(line.edit))

    async def _delete(self, person: Person, line: Line) -> None:
        await person.delete(self._own(person, line))

    async def _react(self, person: Person, line: Line) -> None:
        await person.react(self._meant(person, line), str(line.react))

    async def _unreact(self, person: Person, line: Line) -> None:
        await person.unreact(self._meant(person, line), str(line.unreact))

    async def _pin(self, person: Person, line: Line) -> None:
        await person.pin(self._meant(person, line))

    # channels

    async def _join(self, person: Person, line: Line) -> None:
        await person.join(self._place(person, line.place))

    async def _leave(self, person: Person, line: Line) -> None:
        await person.leave(self._place(person, line.place))

    async def _invite(self, person: Person, line: Line) -> None:
        place = self._place(person, line.place)
        guests = [self.people[key] for key in line.invite or ()]
        self._changes(person, f"brings {', '.join(guest.name for guest in guests)} into", place)
        await person.invite(place, *guests)

    async def _remove(self, person: Person, line: Line) -> None:
        place = self._place(person, line.place)
        for key in line.remove or ():
            self._changes(person, f"sends {self.people[key].name} out of", place)
            await person.remove(place, self.people[key])

    async def _rename(self, person: Person, line: Line) -> None:
        place = self._place(person, line.place)
        self._changes(person, "renames", place)
        await person.rename(place, str(line.rename))

    async def _archive(self, person: Person, line: Line) -> None:
        place = self._place(person, line.place)
        self._changes(person, "archives", place)
        await person.archive(place)

    async def _unarchive(self, person: Person, line: Line) -> None:
        place = self._place(person, line.place)
        self._changes(person, "opens again", place)
        await person.unarchive(place)

    def _changes(self, person: Person, does: str, place: Channel) -> None:
        self.transcript.did(f"{person.name} {does} {self.transcript.place(place)}", [])

    # Do Not Disturb

    async def _mute(self, person: Person, line: Line) -> None:
        until = moments.moment(str(line.mute), self.story.starts, self.clock.now, self.story.zone)
        self.transcript.did(f"{person.name} is in Do Not Disturb until {self.transcript.time(until)}", [])
        person.mute(until)

    async def _unmute(self, person: Person, _line: Line) -> None:
        self.transcript.did(f"{person.name} ends Do Not Disturb", [])
        person.unmute()

    # what they mean

    def _place(self, person: Person, name: str | None) -> Channel:
        if name in (None, "dm"):
            return person.dm
        found = self.slack.channel_named(str(name))
        if found is None:
            raise NotThere(f"there is no channel {name}", (f"#{channel.name}" for channel in self.slack.channels))
        return found

    def _meant(self, person: Person, line: Line) -> Message:
        return self._newest(person, line, lambda _message: True, "is there")

    def _own(self, person: Person, line: Line) -> Message:
        return self._newest(person, line, lambda message: message.user == person.id, f"is {person.name}'s own")

    def _newest(self, person: Person, line: Line, fits: Callable[[Message], bool], what: str) -> Message:
        if line.on is None and line.action != "click":
            raise ClientRefused("which message? Name a piece of its text with on:")
        places = [self._place(person, line.place)] if line.place else self._places(person)
        seen = [message for place in places for message in person.sees(place)]
        piece = line.on or ""
        found = [m for m in seen if fits(m) and piece in "\n".join(person.screen.message(m))]
        if not found:
            about = f" with {quoted(piece)}" if piece else ""
            raise NotThere(f"no message{about} {what}", sight.in_channels(person, places))
        return max(found, key=lambda message: float(message.ts))

    def _places(self, person: Person) -> list[Channel]:
        return [channel for channel in self.slack.ws.channels.values() if person.id in channel.members]
