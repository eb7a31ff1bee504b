"""Shifts that people change, as those read of it whom it concerns: by direct message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from bot.domain.duty.rotation import Rotation
from bot.domain.duty.swaps import AHEAD, Change
from bot.outbound.desk import Desk, Errand, Result
from bot.outbound.errors import Refusal
from bot.outbound.people import PERSON
from bot.outbound.slack_files import attached, shared, uploaded
from bot.outbound.slack_posts import post, stand
from bot.store import people, shifts
from bot.store.session import Session
from bot.views import rota
from bot.views.rota import Company, Known


async def swap(desk: Desk, job: Errand) -> Result:
    """The question whether somebody swaps, as it stands."""
    person = _person(job)
    change, company = await desk.db.read(partial(_look, desk=desk, number=job.args["change"]), door=False)
    return await stand(desk, job, person, rota.question(change, company, desk.now()))


async def told(desk: Desk, job: Errand) -> Result:
    """What became of a change, to whoever did not do it."""
    person = _person(job)
    change, company = await desk.db.read(partial(_look, desk=desk, number=job.args["change"]), door=False)
    return job.placed(*await post(desk, job, person, rota.told(change, job.args["what"], company, person)))


async def file(desk: Desk, job: Errand) -> Result:
    """The coming shifts as a calendar file. It carries no metadata, so it is found again by its name."""
    person, name = _person(job), f"oncall-{job.args['number']}.ics"
    opened = await desk.api.call("conversations.open", users=person)
    channel = str(opened["channel"]["id"])
    if job.row.ambiguous and await attached(desk, job, name, channel):
        return Result()
    company = await desk.db.read(partial(_everyone, desk=desk), door=False)
    content = await asyncio.to_thread(_calendar, dict(desk.team.rotations), company, desk.now())
    uploading = await uploaded(desk, name, content)
    await shared(desk, {"id": uploading, "title": "On call"}, channel_id=channel)
    return Result()


def _calendar(rotations: Mapping[str, Rotation], company: Company, now: datetime) -> bytes:
    from bot.views import ics  # most of a second, for what is seldom asked

    told = {name: one.shifts(now, now + AHEAD) for name, one in rotations.items()}
    return ics.calendar(told, company, now).encode()


def _everyone(session: Session, desk: Desk) -> Company:
    return _company(session, desk, (person for one in desk.team.rotations.values() for person in one.everyone))


def _person(job: Errand) -> str:
    person = str(job.args["person"])
    if not PERSON.fullmatch(person):
        raise Refusal("user_not_found")
    return person


def _look(session: Session, desk: Desk, number: int) -> tuple[Change, Company]:
    change = shifts.get(session, number)
    if change is None:
        raise LookupError(f"shift change {number} is not kept")
    return change, _company(session, desk, change.people)


def _company(session: Session, desk: Desk, who: Iterable[str]) -> Company:
    known = people.many(session, who)
    company = {one: Known(person.name, person.tz, person.email or "") for one, person in known.items()}
    return Company(company, desk.team.protocol.calendar.timezone)
