"""The player: lets the people of a story act, moves business time from one due time to the next, and tells what is
seen. Time stands still while anything is under way; nobody waits for it to pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox import moments
from bot.sandbox.doings import Doings
from bot.sandbox.errors import ClientRefused
from bot.sandbox.moments import StoryClock
from bot.sandbox.people import Person
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.sight import NotThere
from bot.sandbox.story import Line, Part, Story, StoryError, Trouble
from bot.sandbox.transcript import Transcript

Step = Callable[[dt.datetime], Awaitable[dt.datetime | None]]
"""Sets the app's business time, lets it do what is due, and returns, once the app has nothing left to do, the next time
something falls due (None: nothing will)."""

Show = Callable[[str], None]
"""Takes one finished line of the transcript."""

ROUNDS = 50
"""How often the workspace may still change after the app said that it is quiet, before the player gives up."""

FOREVER = 10_000
"""Due times the player follows between two lines; more is an app that asks without end."""


class Player:
    """Furnishes the workspace for a story, then plays it. ``slack`` must have been made with ``clock``."""

    def __init__(self, story: Story, slack: Sandbox, clock: StoryClock) -> None:
        self.story = story
        self.slack = slack
        self.clock = clock
        self.people: dict[str, Person] = {}
        self._due: dt.datetime | None = None
        self._line: Line | None = None
        self._furnish()
        self.transcript = Transcript(slack, story.zone)
        self._doings = Doings(story, slack, self.people, clock, self.transcript)

    def _furnish(self) -> None:
        for key, part in self.story.people.items():
            self.people[key] = self._person(key, part)
        for handle, group in self.story.groups.items():
            self.slack.subteam(handle, [self.people[one] for one in group.members], id=group.id)
        for name, room in self.story.channels.items():
            members = [self.people[one] for one in room.members]
            made: dict[str, Any] = {"private": room.private, "bot": room.bot, "id": room.id, "shared": room.shared}
            self.slack.channel(name, members, **made)

    def _person(self, key: str, part: Part) -> Person:
        flags = part.model_dump(include={"guest", "single_channel_guest", "stranger", "deleted"})
        tz, email = part.tz or self.story.zone, f"{key}@example.com"
        person = self.slack.person(part.name, id=part.id, tz=tz, handle=part.name, email=email, **flags)
        if part.uninvitable:
            self.slack.faults.uninvitable[person.id] = part.uninvitable
        return person

    async def play(self, step: Step, show: Show) -> None:
        """Play the whole story. Raises StoryError when it does not go as written."""
        self._tell(show, self._opening())
        await self._quiet(step)
        self._look(show)
        for line in self.story.script:
            self._line = line
            await self._until(self._time_of(line), step, show)
            if line.note:
                self._tell(show, self.transcript.note(line.note))
            if line.trouble:
                self._break(line.trouble)
            if line.action:
                await self._act(line)
                await self._quiet(step)
                self._look(show)
        self._tell(show, self.transcript.closing(self.story.starts, self.clock.now))

    def _opening(self) -> list[str]:
        cast = [(part.name, part.about) for part in self.story.people.values()]
        return self.transcript.opening(self.story.title, self.story.starts, cast)

    def _look(self, show: Show) -> None:
        self._tell(show, self.transcript.look(self.clock.now))

    @staticmethod
    def _tell(show: Show, lines: list[str]) -> None:
        for line in lines:
            show(line)

    # time

    def _time_of(self, line: Line) -> dt.datetime:
        if line.wait:
            return self.clock.now + moments.length(line.wait)
        if line.at:
            at = moments.moment(line.at, self.story.starts, self.clock.now, self.story.zone)
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
        self._look(show)

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

    # lines

    def _break(self, trouble: Trouble) -> None:
        if trouble.uninvitable:
            self.slack.faults.uninvitable[self.people[trouble.uninvitable].id] = trouble.kind
            return
        try:
            self.slack.faults.add(trouble.method or "*", trouble.kind, trouble.times, trouble.after)
        except ValueError as error:
            raise self._wrong(str(error)) from error

    async def _act(self, line: Line) -> None:
        name = self.people[line.who or ""].name
        try:
            await self._doings.act(line)
        except NotThere as refusal:
            raise self._wrong(f"{name} cannot {line.action}: {refusal}", refusal.seen) from refusal
        except (ClientRefused, KeyError, ValueError) as refusal:
            raise self._wrong(f"{name} cannot {line.action}: {refusal}") from refusal

    def _wrong(self, what: str, seen: list[str] | None = None) -> StoryError:
        """A sentence with the line of the file, and what was on the screen instead."""
        place = f"{self.story.file}, line {self._line.number}, at" if self._line else "At"
        screen = ["", f"{self._whose()} sees:", *(f"  {line}" for line in seen)] if seen else []
        sentence = f"{place} {self.transcript.time(self.clock.now)}: {what.removesuffix('.')}."
        return StoryError("\n".join([sentence, *screen]))

    def _whose(self) -> str:
        return self.people[self._line.who].name if self._line and self._line.who else "nobody"
