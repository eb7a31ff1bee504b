"""What happens at its hour and belongs to no incident, as Slack shows it; and who is in the user groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.outbound.desk import Desk, Errand, Result
from bot.outbound.errors import Refusal
from bot.outbound.people import PERSON
from bot.outbound.slack_posts import VANISHED, stand
from bot.views import calendar
from bot.views.calendar import Page
from bot.views.scene import Scene, everyone


async def told(desk: Desk, job: Errand) -> Result:
    """A message where it stands already, else into the channel or to the person it is for. A channel that is gone is
    found anew by its name, once."""
    drawn = calendar.drawn(await _page(desk, job))
    to = job.args["to"]
    if PERSON.fullmatch(to):
        return await stand(desk, job, to, drawn)
    place = job.own.channel if job.own and job.own.ts else await desk.people.channel(to)
    try:
        return await stand(desk, job, place, drawn)
    except Refusal as refusal:
        if refusal.error not in VANISHED or not await desk.people.forgotten(to, place):
            raise
    return await stand(desk, job, await desk.people.channel(to), drawn)


async def _page(desk: Desk, job: Errand) -> Page:
    named = {one for one in _strings(job.args) if PERSON.fullmatch(one)}
    named |= {person for person, _ in job.wishes if person}
    named |= {one for incident, _ in job.about for one in everyone(incident) if PERSON.fullmatch(one)}
    names = await desk.people.names(frozenset(named))
    scenes = {
        incident.id: Scene(incident, protocol, max(desk.now(), incident.recorded_at), names)
        for incident, protocol in job.about
    }
    return Page(job.args, scenes, names, job.wishes)


def _strings(held: Any) -> Iterator[str]:
    """Every string in it, however deep."""
    match held:
        case str():
            yield held
        case dict():
            for one in held.values():
                yield from _strings(one)
        case list() | tuple():
            for one in held:
                yield from _strings(one)
        case _:
            return


async def group(desk: Desk, job: Errand) -> Result:
    """Whoever is on call is in the group, and nobody else. Slack takes the whole list each time, so it may be said
    twice; where it is so already nothing is said."""
    wanted = job.args["people"]
    there = await desk.api.call("usergroups.users.list", usergroup=job.args["group"])
    if sorted(str(one) for one in there.get("users", ())) != sorted(wanted):
        await desk.api.call("usergroups.users.update", usergroup=job.args["group"], users=wanted)
    return Result()
