"""Posts: what is said in channels. Standing ones are edited where they stand, statements are said once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from bot.domain.message import CARD, NOTICE
from bot.outbound import look
from bot.outbound.desk import Desk, Errand, Job, Result
from bot.outbound.errors import Refusal
from bot.store.outbox import Slot
from bot.views import card as cards
from bot.views import matters, statements, summary
from bot.views import notice as notices
from bot.views import reminder as reminders
from bot.views.scene import Post
from bot.views.words import Safe

T = TypeVar("T")

QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
"""Links in our own words are not pictures. Source: https://docs.slack.dev/reference/methods/chat.postMessage."""

GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""Refusals of chat.update that mean: say it anew."""

VANISHED = frozenset({"channel_not_found", "is_archived", "is_inactive"})
"""Refusals that mean, of a channel found by its name: there may be another of that name by now."""


async def post(desk: Desk, job: Errand, channel: str, drawn: Post, thread: str | None = None) -> tuple[str, str]:
    """Say it once: (channel id, ts). After an unclear try the one that is there already counts."""
    if job.row.ambiguous and (found := await look.posted(desk.api, job.row, channel, thread)):
        return found
    more = {"thread_ts": thread} if thread else {}
    answer = await desk.api.call(
        "chat.postMessage", channel=channel, **drawn, **more, **QUIET, metadata=look.metadata(job.row)
    )
    if channel.startswith("#"):
        await desk.people.learned(channel, answer["channel"])
    return str(answer["channel"]), str(answer["ts"])


async def there(desk: Desk, job: Errand, channel: str) -> bool:
    """Whether an unclear try has said it; what has become stale meanwhile is not said in vain."""
    return job.row.ambiguous and await look.posted(desk.api, job.row, channel) is not None


async def stand(desk: Desk, job: Errand, channel: str, drawn: Post) -> Result:
    """Bring a standing message up to date, or post it where there is none (any more)."""
    own = job.own
    if own is None or own.ts is None:
        return job.placed(*await post(desk, job, channel, drawn))
    if job.row.ambiguous and await look.edited(desk.api, job.row, own.channel, own.ts):
        return Result()
    try:
        await desk.api.call("chat.update", channel=own.channel, ts=own.ts, **drawn, metadata=look.metadata(job.row))
    except Refusal as refusal:
        moved = refusal.error in VANISHED and channel != own.channel
        if refusal.error not in GONE and not moved:
            raise
        return job.placed(*await post(desk, job, channel if moved else own.channel, drawn))
    return Result()


SHOWS = "shows"
"""In a slot's `extra`: up to which entry what stands there was drawn."""

UNTRUE = "untrue"
"""In a slot's `extra`: what was wrong in what stood there. It heads what is said there next."""


def shown(job: Job, told: Result) -> Result:
    """The result, with up to which entry its place shows the incident."""
    place = told.slot or job.own
    return replace(told, slot=place.model_copy(update={"extra": {SHOWS: job.incident.seq}})) if place else told


def wrong(job: Job) -> Safe:
    """What was wrong in what stood in this message's place; nothing where nothing was."""
    return Safe(job.own.extra.get(UNTRUE, "")) if job.own else Safe()


async def card(desk: Desk, job: Job) -> Result:
    return await stand(desk, job, job.channel, cards.card(await desk.scene(job)))


async def say(desk: Desk, job: Job) -> Result:
    scene = await desk.scene(job, then=True)
    drawn = statements.statement(scene, job.entry, head=job.digest)
    return job.placed(*await post(desk, job, job.channel, drawn))


async def scorecard(desk: Desk, job: Job) -> Result:
    thread = job.slots[job.args["thread"]]
    drawn = summary.scorecard(await desk.scene(job, then=True))
    return job.placed(*await post(desk, job, thread.channel, drawn, thread.ts))


# reminders


async def ask(desk: Desk, job: Job) -> Result:
    """A reminder of a promise that was kept meanwhile is not posted any more; what climbs in its thread finds none."""
    asked = job.ask(job.args["ask"])
    unsaid = job.own is None or job.own.ts is None
    stale = unsaid and (not job.still_open(asked) or job.overtaken(asked))
    if stale and not await there(desk, job, job.channel):
        return job.placed(job.channel, None)
    told = desk.late(asked) if unsaid else asked
    return await stand(desk, job, job.channel, reminders.reminder(await desk.scene(job), told))


async def matter(desk: Desk, job: Job) -> Result:
    """What waits for an answer, and what became of it. What was taken back meanwhile is not said any more."""
    drawn = matters.matter(await desk.scene(job), job.args["about"])
    if drawn is None:
        return Result() if job.own else job.placed(job.channel, None)
    return await stand(desk, job, job.channel, drawn)


async def climb(desk: Desk, job: Job) -> Result:
    asked = job.ask(job.args["ask"])
    if not job.still_open(asked) or job.overtaken(asked):
        return Result()
    scene = await desk.scene(job, then=True)
    parent = job.slots.get(job.args.get("slot") or f"ask-{job.args['parent']}")
    await post(desk, job, job.channel, reminders.climb(scene, desk.late(asked)), parent.ts if parent else None)
    return Result()


# outside the incident's channel


async def notice(desk: Desk, job: Job) -> Result:
    drawn = notices.notice(await desk.scene(job))
    return await outside(desk, job, job.own, lambda place: stand(desk, job, place, drawn))


async def stakeholders(desk: Desk, job: Job) -> Result:
    drawn = notices.stakeholders(await desk.scene(job), wrong(job))
    if job.message.standing:
        told = await outside(desk, job, job.own, lambda place: stand(desk, job, place, drawn))
    else:
        told = job.placed(*await outside(desk, job, job.own, lambda place: post(desk, job, place, drawn)))
    return shown(job, told)


async def outside(desk: Desk, job: Job, at: Slot | None, say: Callable[[str], Awaitable[T]]) -> T:
    """Say it where we are already (`at`), else in the channel that the configuration names. One that is gone is found
    anew by its name, once."""
    name = job.args["channel"]
    place = at.channel if at and at.channel else await desk.people.channel(name)
    try:
        return await say(place)
    except Refusal as refusal:
        if refusal.error not in VANISHED or not await desk.people.forgotten(name, place):
            raise
    return await say(await desk.people.channel(name))


async def news(desk: Desk, job: Job) -> Result:
    thread = job.slots[NOTICE]
    drawn = notices.news(await desk.scene(job, then=True), job.entry)
    return job.placed(*await post(desk, job, thread.channel, drawn, thread.ts))


async def turning(desk: Desk, job: Job) -> Result:
    drawn = notices.turning(await desk.scene(job, then=True), job.entry)
    return job.placed(*await outside(desk, job, job.slots.get(NOTICE), lambda place: post(desk, job, place, drawn)))


# beside the card


async def topic(desk: Desk, job: Job) -> Result:
    """Setting a topic leaves a line in the channel each time, so one that is right is left alone when in doubt."""
    wanted = cards.topic(await desk.scene(job))
    if job.row.ambiguous:
        info = await desk.api.call("conversations.info", channel=job.channel)
        if _plain(info["channel"].get("topic")) == _plain({"value": wanted}):
            return Result()
    await desk.api.call("conversations.setTopic", channel=job.channel, topic=wanted)
    return Result()


def _plain(topic: dict[str, Any] | None) -> str:
    """Slack gives texts back escaped, and ours are escaped already."""
    value = str((topic or {}).get("value", ""))
    return value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


async def pin(desk: Desk, job: Job) -> Result:
    place = job.slots[CARD]
    await desk.api.call("pins.add", ("already_pinned",), channel=place.channel, timestamp=place.ts)
    return Result()


async def bookmark(desk: Desk, job: Job) -> Result:
    """Slack keeps two bookmarks of one link, so it is listed first when it may be there."""
    place = job.slots[CARD]
    answer = await desk.api.call("chat.getPermalink", channel=place.channel, message_ts=place.ts)
    link = str(answer["permalink"])
    if job.row.ambiguous:
        known = await desk.api.call("bookmarks.list", channel_id=place.channel)
        if any(one.get("link") == link for one in known.get("bookmarks", ())):
            return Result()
    await desk.api.call("bookmarks.add", channel_id=place.channel, title="Card", type="link", link=link)
    return Result()


# marks


NOT_TO_BE = (
    "not_in_channel", "channel_not_found", "message_not_found", "is_archived", "not_reactable", "thread_locked",
    "too_many_emoji", "too_many_reactions", "no_permission",
)  # fmt: skip
"""Refusals of a reaction that nobody needs to hear of: the mark is on the record, and its marker was answered."""


async def confirm_mark(desk: Desk, job: Job) -> Result:
    return await _react(desk, job, "reactions.add", "already_reacted")


async def unconfirm_mark(desk: Desk, job: Job) -> Result:
    return await _react(desk, job, "reactions.remove", "no_reaction")


CONFIRMED = "memo"
"""The reaction that says "kept": 📝. Not a check mark, which completes a task."""


async def _react(desk: Desk, job: Job, method: str, already: str) -> Result:
    at = {"channel": job.args["channel"], "timestamp": job.args["ts"], "name": CONFIRMED}
    await desk.api.call(method, (already, *NOT_TO_BE), **at)
    return Result()
