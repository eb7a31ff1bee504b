"""Shifts that people change, as those read of it whom it concerns: by direct message."""

from __future__ import annotations

from functools import partial

from bot.domain.swaps import Change
from bot.outbound.desk import Desk, Errand, Result
from bot.outbound.errors import Refusal
from bot.outbound.people import PERSON
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


def _person(job: Errand) -> str:
    person = str(job.args["person"])
    if not PERSON.fullmatch(person):
        raise Refusal("user_not_found")
    return person


def _look(session: Session, desk: Desk, number: int) -> tuple[Change, Company]:
    change = shifts.get(session, number)
    if change is None:
        raise LookupError(f"shift change {number} is not kept")
    known = people.many(session, change.people)
    company = {one: Known(person.name, person.tz) for one, person in known.items()}
    return change, Company(company, desk.team.protocol.calendar.timezone)
