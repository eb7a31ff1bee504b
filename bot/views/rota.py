"""Who is on call: now and next, for a month, and what people ask each other to change of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement

from bot.domain.calendar import zone
from bot.domain.duty.rotation import Rotation, Shift
from bot.domain.duty.swaps import Change, Given
from bot.views.blocks import Block, actions, button, context, paragraph, post, section, sections
from bot.views.ids import Action, value
from bot.views.scene import Post
from bot.views.words import Safe, escaped, line, lines, moment, say

SHOWN = 10
"""Changes that stand on one page, the first to come."""


@dataclass(frozen=True)
class Known:
    """Somebody as Slack describes them."""

    name: str
    zone: str
    email: str = ""


@dataclass(frozen=True)
class Company:
    """Who may be named here, by id; `zone` is the team's, for whoever is not known."""

    people: Mapping[str, Known]
    zone: str

    def name(self, person: str | None) -> str:
        if person is None:
            return "nobody"
        return line(self.people[person].name) if person in self.people else "somebody Slack does not know"

    def zone_of(self, person: str | None) -> str:
        return self.people[person].zone if person is not None and person in self.people else self.zone

    def clock(self, person: str | None, at: datetime) -> str:
        """The time where somebody is."""
        local = at.astimezone(zone(self.zone_of(person)))
        return f"{local:%H:%M} {local.tzname()}"


# who has it


def on_call(
    rotations: Sequence[Rotation],
    changes: Sequence[Change],
    company: Company,
    now: datetime,
    reader: str | None = None,
) -> Post:
    """Who is on call now and next, what is about to change of it, and whose turn is passed over. `reader` gets buttons
    for what is theirs to take back."""
    if not rotations:
        return paragraph(say("rota.no_rotation"))
    told = lines(say("rota.on_call"), *(_standing(one, company, now) for one in rotations))
    coming = sorted((one for one in changes if _stands(one, now)), key=lambda one: one.begins)[:SHOWN]
    rows = [_coming(one, company, now, reader) for one in coming]
    heads = [section(say("rota.changes"))] if rows else []
    left = gone(rotations, company)
    text = lines(told, *(_changed_line(one, company, now) for one in coming), left)
    warned = sections(left) if left else []
    blocks = [block for row in rows for block in row]
    return post(text, sections(told), warned, heads, blocks, context(say("rota.how")))


def _standing(rotation: Rotation, company: Company, now: datetime) -> Safe:
    person, until = rotation.at(now), rotation.next_handoff(now)
    following = rotation.at(until) if until else None
    until = None if person is not None and following == person else until
    return say(
        "rota.standing",
        rotation=rotation.name,
        covers=", ".join(rotation.covers),
        person=company.name(person),
        clock=company.clock(person, now) if person else "",
        until=moment(until, company.zone) if until else "",
        following=company.name(following),
    )


def gone(rotations: Iterable[Rotation], company: Company) -> Safe:
    """Who left or is unknown to Slack, and who is asked in their place; empty where nobody is."""
    return lines(*(_gone(one, person, company) for one in rotations for person in one.everyone if person in one.gone))


def _gone(rotation: Rotation, person: str, company: Company) -> Safe:
    if person not in company.people:
        return say("rota.unknown", rotation=rotation.name, person=line(person))
    return say("rota.gone", rotation=rotation.name, person=company.name(person))


def _stands(change: Change, now: datetime) -> bool:
    return change.ends > now and (change.holds or change.waits(now))


def _coming(change: Change, company: Company, now: datetime, reader: str | None) -> list[Block]:
    told = [section(_changed_line(change, company, now))]
    theirs = reader in change.people if change.holds else reader == change.by
    begun = change.kind == "swap" and change.begins <= now
    return told + (actions(take_back(change)) if theirs and not begun else [])


def _changed_line(change: Change, company: Company, now: datetime) -> Safe:
    phrase = "rota.waiting" if change.waits(now) else f"rota.{change.kind}_stands"
    return lines(
        say(phrase, by=company.name(change.by), other=company.name(change.other), rotation=change.rotation),
        *(hours(given, company) for given in change.hours),
    )


def take_back(change: Change) -> ButtonElement:
    """The button for whoever it concerns."""
    return button("Take it back", f"{Action.SHIFT_BACK}:{change.id}", value(None, ask=change.id))


# a month


def month(shifts: Mapping[str, Sequence[Shift]], first: datetime, company: Company) -> Post:
    """Who has it in a month, by rotation; `first` is an instant in it, in the team's zone."""
    if not shifts:
        return paragraph(say("rota.no_rotation"))
    heads = say("rota.month", month=f"{first.astimezone(zone(company.zone)):%B %Y}")
    rows = [_rows(name, own, company) for name, own in shifts.items()]
    return post(lines(heads, *rows), section(heads), *(sections(row) for row in rows), context(say("rota.month_how")))


def _rows(rotation: str, shifts: Sequence[Shift], company: Company) -> Safe:
    return lines(say("rota.month_of", rotation=rotation), *(_row(one, company) for one in shifts))


def _row(shift: Shift, company: Company) -> Safe:
    return say(
        "rota.row", start=moment(shift.start, company.zone), person=company.name(shift.person), why=WHY[shift.why]
    )


WHY = {
    "turn": "", "calendar": "", "nobody": "", "override": "as planned in the configuration", "swap": "swapped",
    "cover": "taken over", "passed over": "in place of somebody who left",
}  # fmt: skip
"""Why somebody has a shift that was not theirs."""


def file() -> Post:
    """That the calendar file is on its way."""
    return paragraph(say("rota.file"))


def month_text(shifts: Mapping[str, Sequence[Shift]], company: Company) -> str:
    """The same as plain words, a shift a line, in the team's zone."""
    where = zone(company.zone)
    rows = []
    for name, own in shifts.items():
        rows.append(name)
        for one in own:
            times = f"{one.start.astimezone(where):%a %d %b %H:%M} to {one.end.astimezone(where):%a %d %b %H:%M}"
            why = f" ({WHY[one.why]})" if WHY[one.why] else ""
            rows.append(f"  {times}  {company.name(one.person)}{why}")
    return "\n".join([*rows, f"Times are in {company.zone}."])


# changes


def hours(given: Given, company: Company) -> Safe:
    """Which hours go to whom, in both people's local time."""
    return say(
        "rota.hours",
        taker=company.name(given.taker),
        giver=company.name(given.giver),
        span=_in_both(given, company),
    )


def _in_both(given: Given, company: Company) -> Safe:
    zones = (company.zone_of(given.taker), company.zone_of(given.giver))
    theirs, others = (_span(given, one) for one in zones)
    if theirs == others or given.giver is None:
        return escaped(theirs)
    for_taker, for_giver = company.name(given.taker), company.name(given.giver)
    return say("rota.both", theirs=theirs, others=others, taker=for_taker, giver=for_giver)


def _span(given: Given, timezone: str) -> str:
    start, end = (at.astimezone(zone(timezone)) for at in (given.start, given.end))
    names = start.tzname() if start.tzname() == end.tzname() else f"{start.tzname()}, then {end.tzname()}"
    return f"{start:%a %d %b %H:%M} to {end:%a %d %b %H:%M} {names}"


def answered(change: Change, what: str, company: Company, reader: str) -> Post:
    """What whoever asked reads privately: what was done, and what is next."""
    told = lines(_said(f"rota.you_{what}", change, company), *(hours(given, company) for given in change.hours))
    more = {"asked", "accepted", "covered", "taken"}
    buttons = actions(take_back(change)) if what in more and reader in change.people else []
    return post(told, sections(told), buttons)


def question(change: Change, company: Company, now: datetime) -> Post:
    """The question to whoever was asked, and what became of it."""
    given = [hours(one, company) for one in change.hours]
    last = change.replies[-1].answer if change.replies else ""
    told = lines(_said(f"rota.question_{last or 'open'}", change, company), *given)
    if not change.waits(now):
        return post(told, sections(told))
    buttons = actions(
        button("Accept", Action.SWAP_ACCEPT, value(None, ask=change.id), style="primary"),
        button("Decline", Action.SWAP_DECLINE, value(None, ask=change.id)),
    )
    return post(told, sections(told), buttons, context(say("rota.until", at=moment(change.begins, company.zone))))


def told(change: Change, what: str, company: Company, reader: str) -> Post:
    """What somebody else reads whom it concerns."""
    last = change.replies[-1].by if change.replies else change.by
    words = say(f"rota.told_{what}", by=company.name(last), rotation=change.rotation)
    whole = lines(words, *(hours(given, company) for given in change.hours))
    back = what in ("covered", "taken", "accepted") and reader in change.people
    return post(whole, sections(whole), actions(take_back(change)) if back else [])


def _said(phrase: str, change: Change, company: Company) -> Safe:
    return say(phrase, by=company.name(change.by), other=company.name(change.other), rotation=change.rotation)
