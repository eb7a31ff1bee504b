"""What every door works with, and what all of them do alike: know the caller, do the work, answer without a lie."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import DomainError, Hidden, NotAllowed, NotYours, WhichOne
from bot.domain.fact import Door
from bot.inbound.clock import BusinessClock
from bot.inbound.doing import Call, Reply
from bot.inbound.letters import Letters, Return
from bot.inbound.rights import guard
from bot.inbound.tasks import Tasks
from bot.store import people, seen
from bot.store.people import Person
from bot.store.session import CannotSay, Database, NotSaved, Session, Unknown
from bot.usecases.able import cannot
from bot.usecases.declare import ReplyTo
from bot.usecases.team import Team
from bot.views import access, refusals
from bot.views.scene import Post

T = TypeVar("T")
log = structlog.get_logger()

PATIENCE = 0.5
"""Seconds a caller waits while Slack is asked who they are, once per person: doors answer within a second."""

NOWHERE = ReplyTo()


LOOKS = 5
"""How often Slack is asked about somebody who was put to work before it said who they are."""

MENTIONS = 5
"""How many unknown people one text makes us ask Slack about; more would take longer than a caller waits."""


class People(Protocol):
    """Who is who; the app joins the real one in."""

    async def person(self, person_id: str, /) -> Person | None: ...

    async def fresh(self, person_id: str, most: timedelta, /) -> Person | None: ...

    async def refresh(self, person_id: str, /) -> None: ...

    async def members(self, group: str, /) -> tuple[str, ...] | None: ...


@dataclass
class Doors:
    """Everything that arrives comes through here. `marks` are the reactions that keep a message, `workspace` the
    address permalinks begin with (`https://example.slack.com/`), `bot_user` and `team_id` who we are in Slack; `emoji`
    is what each reaction does (`mark`, `update`, `task`, `action`, `done`)."""

    db: Database
    team: Team
    people: People
    clock: BusinessClock
    client: AsyncWebClient
    marks: tuple[str, ...]
    bot_user: str
    bot_id: str
    team_id: str
    workspace: str = ""
    emoji: Mapping[str, str] = field(default_factory=dict)
    tasks: Tasks = field(default_factory=Tasks)

    def __post_init__(self) -> None:
        self.letters = Letters(self.client)

    async def settle(self) -> None:
        """Until every door is quiet: all answered, all private answers sent."""
        await self.tasks.settle()

    def call(
        self,
        person: str,
        via: Door,
        *,
        channel: str | None = None,
        key: str,
        reply: ReplyTo = NOWHERE,
        thread: str | None = None,
        shared: bool = False,
    ) -> Call:
        """A call as it arrives: now. `key` is the delivery's own id; `shared`: it may be somebody of another
        workspace."""
        return Call(person, via, self.clock.now(), channel=channel, key=key, reply=reply, thread=thread, shared=shared)

    def reply_to(self, body: Mapping[str, Any]) -> ReplyTo:
        """The payload's response URL, good from this second on."""
        url = body.get("response_url")
        return ReplyTo(url, time.time()) if url else NOWHERE

    async def read(self, work: Callable[[Session], T]) -> T:
        """Work that changes nothing: when it takes too long, that is all there is to say."""
        try:
            return await self.db.read(work)
        except CannotSay as error:
            raise NotSaved(SLOW) from error

    async def who(self, person_id: str, cached: Person | None) -> Person | None:
        """The caller. Somebody new is asked for, but Slack is not waited for longer than a person would wait."""
        if cached is not None:
            if cached.admin is None or datetime.now(UTC) - cached.fetched_at > DESCRIBED_FOR:
                self.tasks.start(self.people.person(person_id))  # which asks Slack anew
            return cached
        asking = asyncio.ensure_future(self.people.person(person_id))
        done, _ = await asyncio.wait({asking}, timeout=PATIENCE)
        person = asking.result() if done else None
        if person is None:  # Slack is slow, or failed
            self.tasks.start(self._checked(person_id, asking))
        return person

    async def admitted(self, call: Call) -> Call | None:
        """The call of somebody who may do things; None for who is no full member, and where people of other workspaces
        are, for whoever Slack does not describe in time."""
        person = await self.who(call.person, await self.db.read(lambda session: people.get(session, call.person)))
        if person is None:
            return None if call.shared else replace(call, known=False)
        return None if guard.not_a_member(person, self.team_id) else call

    async def admin(self, person_id: str) -> None:
        """Raises NotYours for who is no admin of the workspace, as Slack says now."""
        person = await self.people.fresh(person_id, ADMIN_FOR)
        if person is None:
            raise NotYours(NO_ADMIN_YET)
        if not person.admin:
            raise NotYours(NO_ADMIN)

    async def named(self, ids: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
        """Display names of people who are mentioned. Whom nobody knows yet Slack is asked about, as long as a caller
        would wait; who is not named then keeps their id."""
        missing = [one for one in dict.fromkeys(ids) if one not in known][:MENTIONS]
        if not missing:
            return dict(known)
        found: dict[str, str] = {}
        asking = [asyncio.create_task(self._named(one, found)) for one in missing]
        for task in asking:
            self.tasks.keep(task)
        await asyncio.wait(asking, timeout=PATIENCE)
        return {**known, **found}

    def look_at(self, call: Call, ids: Sequence[str]) -> None:
        """Look afterwards at those who were put to work before Slack said who they are; the caller hears of it if one
        should not be."""
        for one in ids:
            self.tasks.start(self._looked_at(call, one))

    async def _looked_at(self, call: Call, person_id: str) -> None:
        looks = (await self.people.person(person_id) for _ in range(LOOKS))
        person = await anext((found async for found in looks if found is not None), None)
        why = cannot(person, self.team_id) if person else None
        if why is not None and await self.read(lambda session: seen.seen(session, call.key or "")) is not None:
            log.warning("engaged_unchecked", person=person_id)  # the reason names them, and goes to the caller
            await self.letters.send(call.person, call.back(), refusals.refusal(f"{why} {STILL_THERE}"))

    async def members(self, groups: Sequence[str]) -> tuple[str, ...]:
        """The members of user groups. Raises NotSaved where Slack does not say in time who they are."""
        asking = [asyncio.ensure_future(self.people.members(group)) for group in groups]
        if not asking:
            return ()
        done, late = await asyncio.wait(asking, timeout=PATIENCE * 3)
        for task in late:
            task.cancel()
        found = [task.result() for task in asking if task in done]
        if late or any(one is None for one in found):
            raise NotSaved(NO_MEMBERS)
        return tuple(dict.fromkeys(person for members in found if members for person in members))

    async def _named(self, person_id: str, found: dict[str, str]) -> None:
        """Add somebody's name. Without it, whatever the reason, a text only shows an id."""
        try:
            person = await self.people.person(person_id)
        except (NotSaved, Unknown) as error:
            log.warning("not_named", person=person_id, error=str(error))
        else:
            found |= {person_id: person.name} if person else {}

    async def _checked(self, person_id: str, asking: Awaitable[Person | None]) -> None:
        """Somebody was let in before Slack said who they are: whoever runs Sitrep hears of it if they should not be."""
        person = await asking
        why = guard.not_a_member(person, self.team_id) if person else "Slack does not say who it is."
        if why is not None:
            log.warning("let_in_unchecked", person=person_id, reason=why)

    async def answered(self, call: Call, work: Awaitable[Reply], kept: str = "") -> Reply:
        """The work's reply, or a refusal in words; what is not known yet is told when it is."""
        try:
            return await work
        except CannotSay as error:
            self.follow(call, error.late, kept)
            return Reply(post=refusals.cannot_say())
        except Exception as error:  # noqa: BLE001 - the caller gets an apology, the log gets the error
            return Reply(post=refused(error, kept), refused=True)

    async def came_to_nothing(self, call: Call) -> None:
        """Keep in mind that this delivery was refused. Where that cannot be written, the answer is true all the
        same."""
        try:
            await self.db.run(lambda session: seen.came_to_nothing(session, call.key))
        except (NotSaved, CannotSay, Unknown) as error:
            log.info("refusal_not_kept", error=str(error))

    def follow(self, call: Call, late: Awaitable[Reply], kept: str = "") -> None:
        """Tell the caller what became of it when it is known."""
        self.tasks.start(self._late(call, late, kept))

    async def _late(self, call: Call, late: Awaitable[Reply], kept: str) -> None:
        """What became of it, told where it was promised."""
        try:
            reply = await late
        except Exception as error:  # noqa: BLE001 - the caller gets an apology, the log gets the error
            reply = Reply(post=refused(error, kept))
        if reply.post is not None:
            await self.letters.send(call.person, call.back(), reply.post)

    def tell(self, person: str, to: Return, post: Post, *, replace: bool = False) -> None:
        """Answer privately, beside everything else."""
        self.tasks.start(self.letters.send(person, to, post, replace=replace))

    def show(self, call: Call, trigger: str, view: Mapping[str, Any], kept: str = "") -> None:
        """Open a form, beside everything else; a trigger lives three seconds."""
        self.tasks.start(self._open(call, trigger, view, kept))

    async def _open(self, call: Call, trigger: str, view: Mapping[str, Any], kept: str) -> None:
        try:
            await self.client.views_open(trigger_id=trigger, view=dict(view))
        except (SlackApiError, ClientError, TimeoutError) as error:
            log.warning("form_not_opened", form=view.get("callback_id"), error=str(error))
            if not any(code in str(error) for code in OPENED_BEFORE):
                await self.letters.send(call.person, call.back(), refusals.refusal(NOT_OPENED, kept))


DESCRIBED_FOR = timedelta(days=1)
"""How old what is known of a caller may be before Slack is asked anew: it may not have told us of a change."""

ADMIN_FOR = timedelta(minutes=5)
"""How old may be what Slack said of an admin who uses that right."""

NO_ADMIN = "Slack says that you are no admin of this workspace, so it stays as it is. Nothing was changed."
NO_ADMIN_YET = "Slack does not tell me just now whether you are an admin. Nothing was changed; try again."
STILL_THERE = "Slack told me only now. Choose somebody else for it."
NO_MEMBERS = "Slack does not say who is in that group just now. Nothing was changed; name the people, or try again."
SLOW = "The database is slow just now. Nothing was changed; try again in a minute."
OPENED_BEFORE = ("exchanged_trigger_id", "trigger_exchanged")
"""The same delivery came twice and the form is open. Source: Slack, views.open, and "Handling user interaction"."""
NOT_OPENED = "Slack did not open the form in time. Nothing was changed; try again."


def refused(error: Exception, kept: str = "") -> Post:
    """What the caller reads instead of an answer. Only a mistake of ours needs an id."""
    match error:
        case WhichOne():
            return refusals.which_one(str(error), error.incident, error.verb, error.picks, error.rest)
        case NotAllowed(offer=str(offer)):
            return access.offered(refusals.refusal(str(error), kept), offer)
        case Hidden(offer=str(offer)):
            return access.offered(access.hidden(error.number), offer, private=True, looks=not error.acts)
        case DomainError() | NotSaved() | Unknown():
            return refusals.refusal(str(error), kept)
        case _:
            return refusals.bug(logged(error))


def logged(error: Exception) -> str:
    """The id under which the log has an unexpected error."""
    error_id = secrets.token_hex(2)
    log.error("bug", id=error_id, exc_info=error)
    return error_id
