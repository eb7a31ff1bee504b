"""Direct messages: what one person reads, wherever they are."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import aiohttp
import structlog

from bot.domain import fact as f
from bot.domain import request as r
from bot.outbound.desk import Desk, Job, Result
from bot.outbound.errors import Refusal
from bot.outbound.people import PERSON
from bot.outbound.slack_people import heard
from bot.outbound.slack_posts import post, shown, stand, there, wrong
from bot.store import seen
from bot.usecases.declare import ReplyTo
from bot.views import (
    answers,
    data,
    grading,
    newcomers,
    people_direct,
    postmortem,
    proposals,
    reminder,
    state,
    statements,
    tellings_direct,
    withdrawn,
    work,
)
from bot.views import notice as notices
from bot.views.scene import Post, Scene

log = structlog.get_logger()

ANSWER_SECONDS = 5.0

BEGINS = ("assigned", "handed", "added", "paged")
"""What begins something for its reader."""

DECIDES = (f.SeverityChanged, f.SeverityRequestDeclined, f.ChangeApproved, f.ChangeRejected)
"""What decides on something that its reader had asked for."""

AS_IT_STANDS = ("channel_refused", "told", *BEGINS)
"""What tells how it stands now, not how it stood when it was decided."""


async def tell(desk: Desk, job: Job) -> Result:
    """A direct message about a fact. What was asked and is answered by now is not asked any more."""
    person, what = job.args["person"], job.args["what"]
    if what == "withdrawn":
        return await _withdrawn(desk, job, person)
    if not PERSON.fullmatch(person):
        raise Refusal("user_not_found")
    if what == "asked":
        return await _asked(desk, job, person)
    scene = await desk.scene(job, then=what not in AS_IT_STANDS, reader=person)
    if what == "turning" and state.hidden(scene):
        return job.placed(person, None)  # who follows a private incident follows it no further than they are in it
    drawn = _drawn(scene, job)
    if what in BEGINS and await _first_met(desk, person):
        drawn = newcomers.with_hints(drawn)
    told = job.placed(*await post(desk, job, person, drawn))
    return await heard(desk, person, told) if what in ("paged", "escalated") else told


async def _first_met(desk: Desk, person: str) -> bool:
    """Whether it is the first that somebody hears of us."""
    return await desk.db.run(lambda session: seen.first_met(session, person), door=False)


async def _withdrawn(desk: Desk, job: Job, reader: str) -> Result:
    """That something was taken back, to whoever was rung for it, where they were; nobody hears of what was never
    sent."""
    place = job.slots.get(job.args["slot"])
    if place is None or (place.ts is None and place.extra.get("withdrawn") != job.message.seq):
        return Result()
    said = next(e for e in job.entries if e.seq == job.args["of"])
    scene = await desk.scene(job, then=True, reader=reader)
    drawn = withdrawn.direct(scene, job.entry, said, job.args["was"])
    return job.placed(*await post(desk, job, place.channel, drawn))


async def _asked(desk: Desk, job: Job, person: str) -> Result:
    """An ask stands in the direct message too, and shrinks there when it is answered; answered before it was said, it
    is not said any more."""
    ask = job.ask(job.args["ask"])
    unsaid = job.own is None or job.own.ts is None
    stale = unsaid and (not job.still_open(ask) or job.overtaken(ask, person))
    if stale and not await there(desk, job, person):
        return job.placed(person, None)
    as_late = desk.late(ask) if unsaid else ask
    told = await stand(desk, job, person, reminder.direct(await desk.scene(job, reader=person), as_late))
    rings = unsaid and person in ask.people and not job.row.ambiguous
    return await heard(desk, person, told) if rings else told


def _drawn(scene: Scene, job: Job) -> Post:
    match job.entry.fact:
        case f.Escalated():
            return statements.escalated_direct(scene, job.entry)
        case fact if isinstance(fact, DECIDES) and state.hidden(scene):
            return people_direct.unnamed(scene)
        case _ if job.args["what"] == "turning":
            return people_direct.follower(scene, notices.turning(scene, job.entry))
        case f.SeverityChanged() | f.SeverityRequestDeclined():
            return grading.direct(scene, job.entry)
        case f.ChangeApproved() | f.ChangeRejected():
            return proposals.direct(scene, job.entry)
        case f.DeliveryRefused():
            return statements.delivery_refused(scene, job.entry)
        case f.RoleAssigned() | f.OfPeople() | f.Asked():
            return people_direct.direct(scene, job.entry, job.args["what"])
        case f.OfWork():
            return work.direct(scene, job.entry)
        case f.OfTelling():
            return tellings_direct.direct(scene, job.entry, job.args)
        case f.OfPostmortem():
            return postmortem.direct(scene, job.entry)
        case f.OwnersCalled():
            return data.owner(scene, job.entry)
        case _:
            return answers.refused(scene)


async def management(desk: Desk, job: Job) -> Result:
    """To a person or a channel; that it arrived is what keeps the promise."""
    to = job.args["to"]
    if to not in job.incident.management_to:
        return Result() if job.own else job.placed("", None)  # it was taken back that they are to be told
    drawn = notices.management(await desk.scene(job, reader=to if PERSON.fullmatch(to) else None), wrong(job))
    place = await desk.people.channel(to)
    if job.message.standing:
        result = await stand(desk, job, place, drawn)
    else:
        result = job.placed(*await post(desk, job, place, drawn))
    return replace(shown(job, result), news=r.Informed(recipient=to))


async def tell_declarer(desk: Desk, job: Job) -> Result:
    """In place of "saved", where the declarer waits; by direct message when that place is gone or unclear: what was
    said there cannot be found again, so it is tried once, and a direct message is found."""
    person = job.args["person"]
    drawn = answers.opened(await desk.scene(job, reader=person))
    first = job.row.attempts == 1 and not job.row.ambiguous
    if not first or not await _answered(desk, job, drawn):
        await post(desk, job, person, drawn)
    return Result()


async def _answered(desk: Desk, job: Job, drawn: Post) -> bool:
    """Whether Slack took the answer at the response URL."""
    url = job.args.get("url")
    api = desk.api.client
    waits = ReplyTo(url, job.args.get("at", 0.0)).usable(time.time(), api.base_url)
    if not url or not waits or api.session is None:
        return False
    body = {**drawn, "response_type": "ephemeral", "replace_original": True}
    limit = aiohttp.ClientTimeout(total=min(ANSWER_SECONDS, desk.api.call_seconds))
    await desk.api.going_out()
    async with api.session.post(url, json=body, timeout=limit, proxy=api.proxy, allow_redirects=False) as response:
        taken = response.status == 200 and _taken(await response.text())
    if not taken:
        log.info("response_url_refused", status=response.status, incident=job.incident.id)
    return taken


def _taken(body: str) -> bool:
    """Whether an answer with status 200 says yes: Slack writes "ok", or JSON, in which an error may stand.
    Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors."""
    try:
        said = json.loads(body)
    except ValueError:
        return body.strip() in ("", "ok")
    return isinstance(said, dict) and bool(said.get("ok"))
