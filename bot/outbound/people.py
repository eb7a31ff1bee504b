"""People and channels by id: a cache in the database before Slack is asked."""

from __future__ import annotations

import asyncio
import re
import time
import zoneinfo
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.duty.oncall import Rotation
from bot.outbound.api import Api
from bot.outbound.errors import Again, Refusal, Unclear
from bot.store import people, places
from bot.store.people import Person
from bot.store.session import Database, NotSaved, Unknown

log = structlog.get_logger()

PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")
PLACE = re.compile(r"[CGD][A-Z0-9]{2,20}")
GROUP = re.compile(r"S[A-Z0-9]{2,20}")

ZONES = zoneinfo.available_timezones()

STALE = timedelta(days=1)
"""Older than this, a person is fetched again behind the scenes; Slack tells most changes by itself (`user_change`)."""

PATIENCE = 1.0
"""Seconds a reader waits for somebody's name; a message without one name is better than a late one."""

FORGET_FAILURE = 60.0
"""Seconds until somebody whom Slack would not name is asked for again."""

LOOKUP_PAUSES = (1.0, 2.0, 4.0, 0.0)
"""Seconds between the tries to find out whom the configuration means; it is read once, so it is worth some waiting."""

Failed = (Refusal, Again, Unclear)


class People:
    """Who is who, and where; every answer is remembered in the database."""

    def __init__(self, db: Database, client: AsyncWebClient) -> None:
        self._db = db
        self._api = Api(client)
        self._known: dict[str, Person] = {}
        self._failed: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[Person | None]] = {}
        self._learning: set[asyncio.Task[None]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._joined: set[str] = set()
        self._me = ""
        self.workspace = ""
        """The id of ours, once Slack has said it."""

    async def me(self) -> str:
        """The app's own user id. Raises what a call raises."""
        if not self._me:
            self._me = str((await self._api.call("auth.test"))["user_id"])
        return self._me

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """Display names of those who are known or whom Slack names soon; the others are missing."""
        await self._remembered([one for one in ids if one not in self._known])
        missing = [one for one in ids if one not in self._known]
        if missing:
            await asyncio.wait([self._fetching(one) for one in missing], timeout=PATIENCE)
        return {one: people.shown(self._known[one], self.workspace) for one in ids if one in self._known}

    def learn(self, ids: Collection[str]) -> None:
        """Begin to fetch whoever of these is not known, without waiting: they will be named soon."""
        task = asyncio.create_task(self._learnt(ids))
        self._learning.add(task)
        task.add_done_callback(self._learning.discard)

    async def _learnt(self, ids: Collection[str]) -> None:
        try:
            await self.names(ids)
        except (NotSaved, Unknown) as error:  # whoever needs a name asks for it again
            log.warning("names_not_learnt", error=str(error))

    async def person(self, person_id: str) -> Person | None:
        """What is known of a person, at once where it is known; None when Slack does not say who it is (in time)."""
        await self._remembered([person_id] if person_id not in self._known else [])
        known = self._known.get(person_id)
        if known is None:
            await asyncio.wait([self._fetching(person_id)], timeout=PATIENCE)
        elif known.admin is None or datetime.now(UTC) - known.fetched_at > STALE:
            _ = self._fetching(person_id)
        return self._known.get(person_id)

    async def fresh(self, person_id: str, most: timedelta) -> Person | None:
        """A person as Slack describes them now, unless it did so within `most`; None when it does not say in time."""
        await self._remembered([person_id] if person_id not in self._known else [])
        known = self._known.get(person_id)
        if known is not None and datetime.now(UTC) - known.fetched_at <= most:
            return known
        self._failed.pop(person_id, None)
        asking = self._fetching(person_id)
        done, _ = await asyncio.wait([asking], timeout=PATIENCE)
        return asking.result() if done else None

    async def refresh(self, person_id: str) -> None:
        """Fetch a person anew, because Slack said that something about them changed. Slack says it of everybody in the
        workspace, so who was never fetched is nobody we need."""
        if person_id in self._tasks:  # its answer may be older than the change
            await asyncio.wait([self._tasks[person_id]])
        self._failed.pop(person_id, None)
        await self._remembered([] if person_id in self._known else [person_id])
        if person_id in self._known:
            await self._fetching(person_id)

    async def close(self) -> None:
        """Stop whatever is still being fetched behind the scenes."""
        tasks = [*self._tasks.values(), *self._learning]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _remembered(self, ids: Collection[str]) -> None:
        if ids:
            self._known |= await self._db.read(lambda session: people.many(session, ids), door=False)

    def _fetching(self, person_id: str) -> asyncio.Task[Person | None]:
        """One fetch per person at a time, whoever waits for it."""
        if person_id not in self._tasks:
            task = asyncio.create_task(self._fetch(person_id))
            task.add_done_callback(lambda _: self._tasks.pop(person_id, None))
            self._tasks[person_id] = task
        return self._tasks[person_id]

    async def _fetch(self, person_id: str) -> Person | None:
        if self._failed.get(person_id, 0.0) > time.monotonic():
            return None
        try:
            answer = await self._api.call("users.info", user=person_id)
        except Failed as error:
            self._failed[person_id] = time.monotonic() + FORGET_FAILURE
            log.warning("person_unknown", person=person_id, error=str(error))
            return None
        person = described(answer["user"])
        self._known[person_id] = person
        try:
            await self._db.run(lambda session: people.put(session, person), door=False)
        except (NotSaved, Unknown) as error:  # known until the next start, and asked for again after it
            log.warning("person_not_kept", person=person_id, error=str(error))
        return person

    # who a configuration means

    async def resolve(
        self, directory: Mapping[str, Iterable[str]]
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
        """(people, channels) behind each name of the directory: user ids as they are, user groups by their members,
        e-mail addresses looked up. Whoever is not found is logged and left out."""
        who: dict[str, tuple[str, ...]] = {}
        where: dict[str, tuple[str, ...]] = {}
        for name, ones in directory.items():
            found = [one for each in ones for one in await self._behind(name, each)]
            who[name] = tuple(dict.fromkeys(one for one in found if PERSON.fullmatch(one)))
            channels = tuple(dict.fromkeys(one for one in found if PLACE.fullmatch(one)))
            if channels:
                where[name] = channels
        await self.names({person for everyone in who.values() for person in everyone})
        return {name: self._here(name, everyone) for name, everyone in who.items()}, where

    def _here(self, name: str, everyone: tuple[str, ...]) -> tuple[str, ...]:
        """Without those whose account is deactivated: they read nothing, and the next must be asked at once."""
        gone = [one for one in everyone if one in self._known and self._known[one].deactivated]
        for one in gone:
            log.warning("directory_entry_deactivated", name=name, person=one)
        return tuple(one for one in everyone if one not in gone)

    async def rotations(self, rotations: Mapping[str, Rotation]) -> dict[str, Rotation]:
        """The same rotations with ids instead of e-mail addresses. The turn of somebody Slack does not know goes to
        whoever is next, and nobody else's week moves."""
        found = {}
        for name, rotation in rotations.items():
            meant = {one: next(iter(await self._behind(name, one)), one) for one in rotation.everyone}
            unknown = frozenset(one for one in meant.values() if not PERSON.fullmatch(one))
            found[name] = rotation.meaning(meant).model_copy(update={"gone": unknown})
            await self.names([one for one in meant.values() if PERSON.fullmatch(one)])
            await asyncio.gather(*(self.fresh(one, STALE) for one in meant.values() if PERSON.fullmatch(one)))
        return found

    async def _behind(self, name: str, one: str) -> list[str]:
        for pause in LOOKUP_PAUSES:
            try:
                return await self._looked_up(one)
            except Refusal as refusal:
                log.warning("directory_entry_not_found", name=name, entry=one, error=str(refusal))
                return []
            except (Again, Unclear) as error:
                log.warning("directory_entry_unanswered", name=name, entry=one, error=str(error), again_in=pause)
                await asyncio.sleep(pause)
        return await self._named_before(one)

    async def _named_before(self, address: str) -> list[str]:
        """Whom Slack named for it before: nobody loses their turn on call because we start while Slack is slow."""
        known = await self._db.read(lambda session: people.by_address(session, (address,)), door=False)
        return list(known.values())

    async def meant(self, one: str) -> tuple[str, ...]:
        """The people behind an id or an address, named soon. Raises Refusal, Again or Unclear."""
        found = tuple(await self._looked_up(one))
        if new := [person for person in found if person not in self._known]:
            self.learn(new)
        return found

    async def _looked_up(self, one: str) -> list[str]:
        if "@" in one:
            answer = await self._api.call("users.lookupByEmail", email=one)
            return [str(answer["user"]["id"])]
        if GROUP.fullmatch(one):
            members = await self._api.call("usergroups.users.list", usergroup=one)
            return [str(user) for user in members["users"]]
        return [one]

    async def members(self, group: str) -> tuple[str, ...] | None:
        """The members of a user group; None when Slack does not say, or knows no such group."""
        try:
            answer = await self._api.call("usergroups.users.list", usergroup=group)
        except Failed as error:
            log.warning("group_unknown", group=group, error=str(error))
            return None
        people = tuple(str(user) for user in answer["users"])
        self.learn(people)
        return people

    # channels outside an incident

    async def channel(self, place: str) -> str:
        """The id of a channel given by id or name; it is created when it is missing and we may. `#name` where we are
        not in it and cannot learn its id: a post there tells it (`learned`). Raises Again or Unclear."""
        name = place.removeprefix("#")
        if PLACE.fullmatch(name) or PERSON.fullmatch(name):
            return await self._present(name)
        async with self._locks.setdefault(name, asyncio.Lock()):
            known = await self._db.read(lambda session: places.get(session, name), door=False)
            return await self._present(known) if known else await self._found(name)

    async def known_channel(self, name: str) -> str | None:
        """The id of a channel that we are in, by name or id; None where Slack does not tell us. Nothing is created."""
        if PLACE.fullmatch(name):
            return name
        known = await self._db.read(lambda session: places.get(session, name), door=False)
        try:
            return known or await self._among_ours(name)
        except Failed as error:
            log.warning("channel_not_found_yet", place=name, error=str(error))
            return None

    async def learned(self, name: str, channel_id: str) -> None:
        """Slack told the id behind a name. Being in that channel is what lets us hear a question there."""
        await self._db.run(lambda session: places.put(session, name.removeprefix("#"), channel_id), door=False)
        await self._present(channel_id)

    async def forgotten(self, name: str, channel_id: str) -> bool:
        """Slack does not know the channel any more that this name meant: `channel` is to find it anew. False when there
        is nothing to find, as for an id."""
        stale = name.removeprefix("#")
        return await self._db.run(lambda session: places.forget(session, stale, channel_id), door=False)

    async def _found(self, name: str) -> str:
        found = await self._among_ours(name) or await self._made(name)
        if found is None:
            return f"#{name}"
        await self.learned(name, found)
        return found

    async def _made(self, name: str) -> str | None:
        try:
            made = await self._api.call("conversations.create", name=name, is_private=False)
        except Refusal as refusal:
            ours = await self._among_ours(name)  # another replica may have made it just now
            if ours is None:
                log.info("channel_not_created", name=name, error=str(refusal))
            return ours
        return str(made["channel"]["id"])

    async def _among_ours(self, name: str) -> str | None:
        """A channel we are in, by name. Never by listing the workspace: that is slow and seen by its admins."""
        kinds = "public_channel,private_channel"
        async for channel in self._api.pages("users.conversations", "channels", types=kinds, exclude_archived=True):
            if channel.get("name") == name:
                return str(channel["id"])
        return None

    async def _present(self, channel_id: str) -> str:
        """Be in a channel that is given by id, once per run: what we post there is found again only from inside."""
        if channel_id.startswith("C") and channel_id not in self._joined:
            self._joined.add(channel_id)
            try:
                await self._api.call("conversations.join", channel=channel_id)
            except Failed as error:
                log.info("channel_not_joined", channel=channel_id, error=str(error))
        return channel_id


def _storable(name: str) -> str:
    """The name without what no database holds: NUL, and half a character."""
    return name.replace("\0", "").encode("utf-8", "replace").decode()


def _zone(name: object) -> str:
    """The person's zone, or UTC when this machine does not know it."""
    return str(name) if name in ZONES else "UTC"


def described(user: Mapping[str, Any]) -> Person:
    """One user object. Source: https://docs.slack.dev/reference/objects/user-object."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    name = profile.get("display_name") or user.get("real_name") or profile.get("real_name") or user.get("name")
    return Person(
        id=user["id"],
        name=_storable(str(name or "")) or user["id"],
        tz=_zone(user.get("tz")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")),
        bot=bool(user.get("is_bot") or user.get("is_app_user") or user["id"] == "USLACKBOT"),
        deactivated=bool(user.get("deleted")),
        team=profile.get("team") or user.get("team_id"),
        email=profile.get("email"),
        admin=any(bool(user.get(flag)) for flag in ("is_admin", "is_owner", "is_primary_owner")),
        fetched_at=datetime.now(UTC),
    )
