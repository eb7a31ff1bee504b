"""What `sitrep protocol show` prints of the parts that people work through: lists, runbooks, hours, contacts."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from bot.domain.calendar import WEEKDAYS
from bot.domain.duration import short
from bot.domain.protocol import Protocol, Severity
from bot.domain.protocol.parts import Item, Sourced


def source(part: Sourced, key: str = "") -> str:
    """The clause a part, or one of its values, comes from, in brackets; nothing where it knows none."""
    return f" ({part.clause(key)})" if part.clause(key) else ""


def times(within: dict[str, timedelta | None]) -> str:
    """`, within P0 5m, P1 20m` of a promise by severity; nothing where nothing is promised."""
    spans = [f"{name} {short(span)}" for name, span in within.items() if span is not None]
    return f", within {', '.join(spans)}" if spans else ""


def told(severity: Severity) -> Iterator[str]:
    """Who is told as soon as it is one, and how loudly."""
    for one in severity.tell:
        yield f"  tells                      {one.who}: {', '.join(one.ways)} ({one.clause})"


def beginning(protocol: Protocol) -> Iterator[str]:
    """What counts as an incident, how it is noticed, and what is to be found out first."""
    definition = protocol.definition
    if definition.text:
        yield f"An incident is: {definition.text}{source(definition)}"
        yield from (f"  - {one}" for one in definition.counts)
    yield from (f"Noticed by  {one.title}{source(one)}" for one in protocol.detection)
    yield from _items("First questions", protocol.questions)


def lists(protocol: Protocol) -> Iterator[str]:
    """Steps, checklists, runbooks and everything else that is worked through or looked up."""
    for phase in protocol.phases:
        yield from _items(f"Steps while {phase.title}", phase.steps)
    for sheet in protocol.checklists:
        where = f" at {', '.join(sheet.severities)}" if sheet.severities else ""
        yield from _items(f"List {sheet.title}: opens {sheet.opens}{where}{times(sheet.within)}", sheet.items)
    for book in protocol.runbooks:
        yield f"Runbook {book.title}: {', '.join((*book.categories, *book.alarms, *book.symptoms))}{source(book)}"
        for section in book.sections:
            yield from _items(f"  {section.title}", section.steps)
    yield from (f"Backfill    {one.title}{source(one)}" for one in protocol.backfills)
    yield from (f"Cause by    {one.title}: {' · '.join(one.prompts)}{source(one)}" for one in protocol.techniques)
    yield from (f"Advice      {one.title}: {' · '.join(one.advice)}{source(one)}" for one in protocol.troubleshooting)


def hours(protocol: Protocol) -> Iterator[str]:
    """What happens at an hour, and what is looked up: meetings, reviews, the ticket, contacts."""
    standup, review, duty, meeting = protocol.standup, protocol.review, protocol.duty, protocol.postmortem
    yield f"Stand-up    {', '.join(WEEKDAYS[day] for day in standup.days)} {standup.at:%H:%M}{source(standup, 'at')}"
    if review.every != "none":
        yield f"Review      every {review.every}, by {', '.join(review.by)}{source(review, 'every')}"
    before = f"{short(duty.handover)} before a handoff" if duty.handover else "not announced"
    asked = ", asked how it was" if duty.review else ""
    monthly = ", published every month" if duty.published == "month" else ""
    yield f"On call     {before}{asked}{monthly}{source(duty)}"
    if meeting.attendees or meeting.agenda:
        who = ", ".join(meeting.attendees) or "nobody is named"
        yield f"Postmortem  {who}: {' · '.join(meeting.agenda)}{source(meeting)}"
    if protocol.ticket is not None:
        yield f"Ticket      {protocol.ticket.pattern} {protocol.ticket.where}{source(protocol.ticket)}"
    yield from (f"Contact     {one.title}: {one.who or 'nobody is named'}{source(one)}" for one in protocol.contacts)


def _items(head: str, items: Iterable[Item]) -> Iterator[str]:
    inset = " " * (len(head) - len(head.lstrip()))
    for number, item in enumerate(items):
        if number == 0:
            yield head
        approval = ", once it is approved" if item.approval else ""
        yield f"{inset}  - {item.text}{approval}{source(item)}"
        yield from (f"{inset}      {line}" for line in item.command.splitlines())
