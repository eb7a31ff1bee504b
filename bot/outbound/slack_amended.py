"""Amended: what was said once and reads differently now, or does not hold any more, changed where it stands."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import fact as f
from bot.domain.evolve import fold
from bot.domain.fact import Entry
from bot.domain.message import NOTICE
from bot.domain.undoing import names
from bot.outbound import look
from bot.outbound.desk import Desk, Job, Result, Sender
from bot.outbound.errors import Refusal
from bot.outbound.slack_posts import SHOWS, UNTRUE, post
from bot.store.outbox import Slot
from bot.views import notice as notices
from bot.views import people_direct, statements, withdrawn
from bot.views.scene import Post

SAID_ONCE = frozenset(
    {"say", "news", "turning", "tell", "answer", "stakeholders", "management", "scorecard", "attach_timeline", "summon"}
)
"""Kinds that say something about one entry, when they are not standing."""

FROZEN = ("cant_update_message", "edit_window_closed")
"""Refusals of chat.update where the message stands as it was: what it says now is said beside it."""

GONE = ("message_not_found", "is_archived", "channel_not_found", "not_in_channel")
"""Refusals that mean that nobody reads it there any more."""


def unless_taken_back(send: Sender) -> Sender:
    """What was taken back before it was said is not said. Where an earlier try may have said it, it is found or said,
    and withdrawn after that."""

    async def sent(desk: Desk, job: Job) -> Result:
        undone = job.incident.undone
        about = job.message.seq in undone and job.message.kind in SAID_ONCE and not job.message.standing
        asked = job.args.get("ask") in undone  # an ask that is no more cannot be drawn any more
        if not asked and (job.row.ambiguous or not (about or names(job.message.fills, undone))):
            return await send(desk, job)
        return Result() if job.own else job.placed("", None)

    return sent


async def withdraw(desk: Desk, job: Job) -> Result:
    """Strike out what stands in a slot. A place that others will fill again is empty from now on. With `untrue` only
    where the entry was read: what is said there next begins with what was wrong."""
    slot, untrue = job.args["slot"], job.args.get("untrue", False)
    place = job.slots.get(slot)
    if place is None or place.ts is None:
        return Result()
    said = next(e for e in job.entries if e.seq == job.args["of"])
    if untrue and not said.seq <= place.extra.get(SHOWS, 0) < job.message.seq:
        return Result()
    scene = await desk.scene(job, then=True)
    drawn = withdrawn.withdrawn(scene, job.entry, said, slot, untrue=untrue)
    await _amended(desk, job, place, drawn)
    if names(slot, (said.seq,)):
        return Result()
    left = {"withdrawn": job.message.seq, **({UNTRUE: withdrawn.untrue(scene, said)} if untrue else {})}
    return Result(place.model_copy(update={"ts": None, "extra": left}))


async def correct(desk: Desk, job: Job) -> Result:
    """Draw an update anew as it reads now: the moment it told, with other words; without an update, what leads to
    somewhere that was not there then."""
    place = job.slots.get(job.args["slot"])
    if "update" not in job.args:
        return await _led(desk, job, place)
    news = next((n for n in job.incident.updates if n.seq == job.args["update"]), None)
    if place is None or place.ts is None or news is None:
        return Result()
    told = [_reading(e, news.text) if e.seq == news.seq else e for e in job.entries if e.seq <= job.args["of"]]
    scene = replace(await desk.scene(job), incident=fold(told), now=told[-1].recorded_at, entries=told)
    drawn = notices.news if place.name.startswith("news-") else statements.statement
    await _amended(desk, job, place, drawn(scene, told[-1]))
    return Result()


async def _led(desk: Desk, job: Job, place: Slot | None) -> Result:
    if place is not None and place.ts is not None:
        await _amended(desk, job, place, statements.statement(await desk.scene(job, then=True), job.entry))
    return Result()


async def shrink(desk: Desk, job: Job) -> Result:
    """A role in a duplicate asks nothing of anybody: its direct message is one line. Reopened, it reads as before."""
    over = job.incident.stage == "cancelled"
    for entry in job.entries:
        person = _given(entry.fact)
        place = job.slots.get(f"tell-{entry.seq}:{person}")
        if person is None or place is None or place.ts is None or entry.seq in job.incident.undone:
            continue
        scene = await desk.scene(job, reader=person)
        await _amended(desk, job, place, withdrawn.merged(scene) if over else people_direct.direct(scene, entry, ""))
    return Result()


def _given(fact: f.Fact) -> str | None:
    """Whom a fact gave a role."""
    match fact:
        case f.RoleAssigned(person=person) | f.HandedOff(to=person):
            return person
        case _:
            return None


def _reading(entry: Entry, text: str) -> Entry:
    fact = entry.fact
    return entry.model_copy(update={"fact": fact.model_copy(update={"text": text})}) if _worded(fact) else entry


def _worded(fact: f.Fact) -> bool:
    return isinstance(fact, f.UpdatePosted)


async def _amended(desk: Desk, job: Job, place: Slot, drawn: Post) -> None:
    """Edit the message; where it cannot be edited any more, say it beside it."""
    if job.row.ambiguous and await look.edited(desk.api, job.row, place.channel, place.ts or ""):
        return
    mark = look.metadata(job.row)
    try:
        await desk.api.call("chat.update", channel=place.channel, ts=place.ts, **drawn, metadata=mark)
    except Refusal as refusal:
        if refusal.error in GONE:
            return
        if refusal.error not in FROZEN:
            raise
        head = job.slots.get(NOTICE) if place.name.startswith("news-") else None
        await post(desk, job, place.channel, drawn, head.ts if head else None)
