"""What is said of people beside the usual posts: the first questions, an answer from the incident, and whether somebody
whom the bot rings can hear it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.domain import request as r
from bot.outbound.desk import Desk, Job, Result
from bot.outbound.errors import Again, Refusal, Unclear
from bot.outbound.slack_posts import outside, post, stand
from bot.views import next_steps as pages
from bot.views import people, tellings_direct

log = structlog.get_logger()


async def next_steps(desk: Desk, job: Job) -> Result:
    """What is to be found out next; it is not begun where there is nothing."""
    scene = await desk.scene(job)
    unsaid = (job.own is None or job.own.ts is None) and not job.row.ambiguous
    if unsaid and not pages.anything_next(scene):
        return job.placed(job.channel, None)
    return await stand(desk, job, job.channel, pages.next_steps(scene))


async def answer(desk: Desk, job: Job) -> Result:
    """The answer to a question, in the announcement's thread where it was asked."""
    scene = await desk.scene(job, then=True)
    asked = people.question_of(scene, job.args["question"])
    return job.placed(*await post(desk, job, asked.channel, people.answer(scene, job.entry), asked.thread))


async def summon(desk: Desk, job: Job) -> Result:
    """A team in the channel where it already is, with the way to the incident; not any more once that is over."""
    if not (job.incident.running or job.row.ambiguous):
        return job.placed("", None)
    drawn = tellings_direct.summon(await desk.scene(job), job.entry, job.args)
    return job.placed(*await outside(desk, job, None, lambda place: post(desk, job, place, drawn)))


# who can hear it


async def heard(desk: Desk, person: str, told: Result) -> Result:
    """The result of ringing somebody, with the news that Slack holds their notifications back, if it does. Without the
    scope `dnd:read`, and when Slack does not say, they count as reachable."""
    try:
        state = await desk.api.call("dnd.info", NOT_GRANTED, user=person)
    except (Refusal, Again, Unclear) as error:
        log.info("do_not_disturb_unknown", person=person, error=str(error))
        return told
    muted, until = muted_until(state, desk.now())
    return replace(told, news=r.IsMuted(person, until)) if muted else told


NOT_GRANTED = ("missing_scope", "not_allowed_token_type", "user_not_found")
"""Refusals that mean: it cannot be known here. `doctor` says which scope is missing."""


def muted_until(state: Mapping[str, Any], now: datetime) -> tuple[bool, datetime | None]:
    """Whether notifications are held back now, and until when. Source:
    https://docs.slack.dev/reference/methods/dnd.info (times in Unix seconds)."""
    snoozed = state.get("snooze_endtime") if state.get("snooze_enabled") else None
    if snoozed and now.timestamp() < snoozed:
        return True, datetime.fromtimestamp(snoozed, UTC)
    begins, ends = state.get("next_dnd_start_ts") or 0, state.get("next_dnd_end_ts") or 0
    if state.get("dnd_enabled") and begins <= now.timestamp() < ends:
        return True, datetime.fromtimestamp(ends, UTC)
    return False, None
