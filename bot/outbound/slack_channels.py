"""The incident's channel: opened once, and filled with people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import structlog

from bot.domain import request as r
from bot.domain.incident import Incident
from bot.outbound import look
from bot.outbound.desk import Desk, Job, Result, people_in
from bot.outbound.errors import Refusal
from bot.outbound.people import PERSON
from bot.store import incidents

log = structlog.get_logger()

NAME = 80
"""Characters of a channel's name. Source: https://docs.slack.dev/reference/methods/conversations.create."""

SUFFIXES = 9
"""How many names are tried when the first ones are taken."""

CLOCKS_DIFFER = timedelta(seconds=60)
"""A channel made this much before our first try may still be from it: how Slack dates its answers is coarse."""

_ASCII = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def slug(text: str) -> str:
    """Words as Slack takes them in a channel's name: small ASCII letters, digits and hyphens. May be empty."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_ASCII)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def names(incident: Incident) -> Iterator[str]:
    """What the channel may be called, the best name first: `inc-12-orders-mart-is-stale`, then `…-2`, `…-3`."""
    base = f"inc-{incident.id}-{slug(incident.title)}".strip("-")
    yield base[:NAME].strip("-")
    for number in range(2, SUFFIXES + 1):
        yield f"{base[: NAME - 2].strip('-')}-{number}"


async def open_channel(desk: Desk, job: Job) -> Result:
    """Create the channel, or adopt the one that an unclear try created. Meanwhile learn who is who, for the card."""
    desk.people.learn(people_in(job))
    channel = (await _ours(desk, job) if job.row.ambiguous else None) or await _created(desk, job)
    at = job.placed(channel["id"], None, name=channel["name"])
    return Result(at.slot, r.ChannelIs(channel=channel["id"], name=channel["name"]))


TAKEN = "name_taken"


async def rename_channel(desk: Desk, job: Job) -> Result:
    """Give the channel the name that the incident has now; `inc-12-` stays. Slack keeps a name in its own way."""
    current = job.incident.channel_name or ""
    if job.row.ambiguous:
        found = await desk.api.call("conversations.info", channel=job.channel)
        current = str(found["channel"]["name"])
    return Result(news=r.ChannelIs(channel=job.channel, name=await _renamed(desk, job, current)))


async def _renamed(desk: Desk, job: Job, current: str) -> str:
    """The name it has in the end. Raises Refusal when all that it may be called are taken."""
    for name in names(job.incident):
        if name == current:
            return name
        answer = await desk.api.call("conversations.rename", (TAKEN,), channel=job.channel, name=name)
        if answer.get("ok"):
            return str(answer["channel"]["name"])
    raise Refusal(TAKEN)


async def _created(desk: Desk, job: Job) -> dict[str, Any]:
    taken = Refusal("name_taken")
    for name in names(job.incident):
        try:
            made = await desk.api.call("conversations.create", name=name, is_private=job.incident.private)
        except Refusal as refusal:
            if refusal.error != "name_taken":
                raise
            taken = refusal
        else:
            channel: dict[str, Any] = made["channel"]
            return channel
    raise taken


async def _ours(desk: Desk, job: Job) -> dict[str, Any] | None:
    """The channel an unclear try created: one of ours, of our names, made after it, and of no other incident."""
    wanted, me = set(names(job.incident)), await desk.people.me()
    oldest = (await look.since(desk.api, job.row, CLOCKS_DIFFER)).timestamp()
    kind = "private_channel" if job.incident.private else "public_channel"
    async for channel in desk.api.pages("users.conversations", "channels", types=kind, exclude_archived=True):
        mine = channel.get("creator") == me and channel.get("name") in wanted and channel.get("created", 0) >= oldest
        if mine and await _free(desk, channel["id"]):
            return channel
    return None


async def _free(desk: Desk, channel_id: str) -> bool:
    return await desk.db.read(lambda session: incidents.by_channel(session, channel_id), door=False) is None


# people

BATCH = 100
"""People per invitation. Source: https://docs.slack.dev/reference/methods/conversations.invite (argument `users`)."""

THERE = ("already_in_channel", "cant_invite_self")

BARRED = (
    "user_not_found", "cant_invite", "user_is_restricted", "ura_max_channels", "org_user_not_in_team", "user_disabled",
    "invitee_cant_see_channel", "no_external_invite_permission", "user_not_visible", "user_is_bot",
)  # fmt: skip
"""Refusals that are about one person, not about the invitation."""


async def invite(desk: Desk, job: Job) -> Result:
    """Bring people in. One who cannot come never keeps the others out; whoever wanted them there is told."""
    people = [one for one in job.args["people"] if PERSON.fullmatch(one)]
    failed: dict[str, str] = {one: "user_not_found" for one in job.args["people"] if one not in people}
    found = await _members(desk, job.args["members_of"]) if job.args.get("members_of") else []
    wanted = list(dict.fromkeys([*people, *found]))
    for start in range(0, len(wanted), BATCH):
        barred = await _invited(desk, job.channel, wanted[start : start + BATCH])
        failed |= {one: why for one, why in barred.items() if one in people}  # of the others nobody named one
    if not failed:
        return Result()
    log.warning("not_invited", incident=job.incident.id, people=failed)
    return Result(news=r.NotInvited(tuple(failed.items()), job.args.get("by")))


async def _members(desk: Desk, channel: str) -> list[str]:
    """Who sits in another channel now, but for ourselves; nobody where it is gone."""
    me = await desk.people.me()
    try:
        found = [str(one) async for one in desk.api.pages("conversations.members", "members", channel=channel)]
    except Refusal as refusal:
        log.info("members_unknown", channel=channel, error=refusal.error)
        return []
    return [one for one in found if one != me]


async def _invited(desk: Desk, channel: str, people: Sequence[str]) -> dict[str, str]:
    """Those who could not be invited, and why."""
    answer = await desk.api.call(
        "conversations.invite", (*THERE, *BARRED), channel=channel, users=list(people), force=True
    )
    if answer.get("ok") or len(people) == 1 or answer.get("errors"):
        return _barred(answer, people)
    failed: dict[str, str] = {}
    for one in people:  # Slack named one reason and nobody, so each is invited alone
        failed |= await _invited(desk, channel, [one])
    return failed


def _barred(answer: dict[str, Any], people: Sequence[str]) -> dict[str, str]:
    alone = [] if answer.get("ok") or answer.get("errors") else [{"user": people[0], "error": answer.get("error")}]
    errors = [*(answer.get("errors") or ()), *alone]
    return {str(e.get("user")): str(e["error"]) for e in errors if e.get("error") and e["error"] not in THERE}
