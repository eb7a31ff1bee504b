"""An incident may be half made at any moment: no channel yet or none at all, nobody on call, no roles, no known names.

Everything that draws an incident draws such a one too, and Slack takes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain.duty.oncall import Roster
from bot.domain.errors import DomainError
from bot.domain.evolve import fold
from bot.domain.message import Message
from bot.domain.react import react
from bot.domain.scribe import Audiences
from bot.inbound.intents import Fill
from bot.inbound.verbs import FORMS, PAGES
from bot.inbound.verbs.verb import Opening, Reading
from bot.outbound.desk import Job
from bot.outbound.slack_direct import _drawn
from bot.store.outbox import Row
from bot.views import (
    answers,
    brief,
    card,
    lists,
    matters,
    next_steps,
    notice,
    promises,
    reminder,
    statements,
    summary,
    timeline,
)
from bot.views.scene import Post, Scene
from tests.builders import ANA, BEA, CAR, CHANNEL, DECLARED, DIR, NAMES, declaration, default_protocol, minute
from tests.views.reading import view_problems
from tests.views.slack_rules import accepted

CLAUSE = "self-healing-pipeline § updates"

Told = tuple[f.Fact, str | None]


def _asked(key: str, how: Any, people: tuple[str, ...], occurrence: int = 1) -> f.Asked:
    covers = (f.Covered(key=key, occurrence=occurrence),)
    return f.Asked(covers=covers, step="due", how=how, people=people, due=minute(5), clause=CLAUSE)


CHANNELS: tuple[tuple[f.Fact, ...], ...] = (
    (),
    (f.ChannelOpened(channel=CHANNEL, name="inc-12"),),
    (f.ChannelRefused(error="restricted_action"),),
    (f.ChannelRefused(error="a_code_nobody_knows"), f.ChannelRetried()),
    (f.ChannelRefused(error="name_taken"), f.ChannelRetried(), f.ChannelOpened(channel=CHANNEL, name="inc-12-2")),
)

MEANWHILE: tuple[Told, ...] = (
    (f.Acknowledged(), CAR),
    (f.Acknowledged(implied=True), None),
    (f.SeverityConfirmed(severity="P1"), ANA),
    (f.SeverityChanged(old="P1", new="P3", raised=False), ANA),
    (f.PhaseMoved(old="detecting", new="investigating", stage="active"), ANA),
    (f.UpdatePosted(text="Restarted."), CAR),
    (f.UpdatePosted(no_change=True), CAR),
    (f.ImpactStated(sentence="Revenue is wrong."), ANA),
    (f.ImpactStated(sentence="Revenue is wrong.", data="suspect", eta=minute(90)), None),
    (_asked("acknowledge", "page", ()), None),
    (_asked("acknowledge", "early", (ANA,)), None),
    (_asked("update", "due", ()), None),
    (_asked("update", "due", (BEA, CAR)), None),
    (_asked("update", "climb", (DIR,)), None),
    (_asked("resolve", "ladder", ()), None),
    (_asked("nothing_that_runs", "due", (BEA,)), None),
    (f.Escalated(level=2, people=(), by_clock=True, clause=CLAUSE), None),
    (f.Escalated(level=9, people=(DIR,), by_clock=False, clause=CLAUSE, help="anybody"), ANA),
    (f.ManagementCalled(people=(), channels=(), clause=CLAUSE), None),
    (f.ManagementCalled(people=(DIR,), channels=("C0BOARD",), clause=CLAUSE), None),
    (f.ManagementInformed(recipient=DIR), None),
    (f.RoleAssigned(role="incident-manager", person=BEA, chosen=True), ANA),
    (f.RoleAssigned(role="a-role-of-long-ago", person=BEA), None),
    (f.HandedOff(to=BEA, roles=("incident-manager",)), CAR),
    (f.PeopleAdded(people=(DIR,), why=""), None),
    (f.Paged(person=DIR, why="knows it"), ANA),
    (f.InviteRefused(people=(DIR,), errors=("a_code_nobody_knows",)), None),
    (f.FoundMuted(person=ANA), None),
    (f.RolesAsked(roles=("incident-manager",)), None),
    (f.QuestionHeard(channel="C0INCS", ts="1.2", thread="1.1", author="U0NOBODY", text="Since when?"), None),
    (f.ChangeProposed(what="replay"), None),
    (f.CategoriesSet(categories=("a-category-of-long-ago",)), None),
    (f.RunbookStarted(runbook="a-runbook-of-long-ago"), None),
    (f.CauseExplored(technique="a-technique-of-long-ago", answers="Why?\tNobody knows"), None),
    (f.AdviceShown(advice="advice-of-long-ago", why="recurrence"), None),
    (f.TicketLinked(ticket="DFG-INC-204"), None),
    (f.Linked(other=11, how="related"), None),
    (f.Linked(other=11, how="duplicate of", channel="C0OTHER"), ANA),
    (f.OwnersCalled(assets=("orders_*",), people=(), consumers=("C0READER",)), None),
    (f.DeliveryRefused(message="card", error="a_code_nobody_knows"), None),
    (f.MessageMarked(channel="C0INCS", ts="1795000000.0001", author=None, text="x", marker="pushpin"), ANA),
    (f.Renamed(title="Something else"), None),
    (f.Snoozed(until=minute(30), why="at it"), ANA),
)

ENDS: tuple[tuple[Told, ...], ...] = (
    (),
    ((f.Resolved(fix="reverted", data="not checked"), None),),
    ((f.Resolved(fix="reverted", data="repaired", postmortem_owner="U0GONE"), ANA),),
    ((f.Resolved(fix="reverted", data="lost"), ANA), (f.Closed(severity="P1", met=(), unmet=("postmortem",)), None)),
    ((f.Resolved(fix="x", data="repaired"), ANA), (f.Reopened(why="again"), None)),
    ((f.Cancelled(outcome="false alarm"), None),),
    ((f.Cancelled(outcome="duplicate"), ANA),),
)


@dataclass(frozen=True)
class Half:
    """What happened, who is known, who reads, and how many minutes later."""

    told: tuple[Told, ...]
    names: dict[str, str]
    reader: str | None
    later: int

    def scene(self) -> Scene:
        entries = _entries(self.told)
        now = entries[-1].recorded_at + timedelta(minutes=self.later)
        return Scene(fold(entries), default_protocol(), now, self.names, entries, self.reader)


@st.composite
def halves(draw: st.DrawFn) -> Half:
    """An incident with whatever may be missing missing."""
    private, by = draw(st.booleans()), draw(st.sampled_from([None, ANA]))
    told: list[Told] = [(declaration(private=private, affected="", started_at=None), by)]
    on_call = draw(st.sampled_from([None, (None, None), (ANA, None), (ANA, CAR)]))
    if on_call is not None:
        told.append((f.OnCallNamed(primary=on_call[0], secondary=on_call[1]), None))
    if draw(st.booleans()):
        told.append((f.RoleAssigned(role="incident-manager", person=BEA), None))
    told += [(fact, None) for fact in draw(st.sampled_from(CHANNELS))]
    told += draw(st.lists(st.sampled_from(MEANWHILE), max_size=8))
    told += draw(st.sampled_from(ENDS))
    names = draw(st.sampled_from([{}, {ANA: "Ana"}, NAMES]))
    return Half(
        tuple(told), names, draw(st.sampled_from([None, ANA, "U0NOBODY"])), draw(st.sampled_from([0, 1, 600, 60_000]))
    )


def _entries(told: Sequence[Told]) -> tuple[f.Entry, ...]:
    at = [DECLARED + timedelta(minutes=n) for n in range(len(told))]
    return tuple(
        f.Entry(incident=12, seq=n + 1, at=at[n], recorded_at=at[n], by=by, via="slash" if by else "clock", fact=fact)
        for n, (fact, by) in enumerate(told)
    )


def standing(scene: Scene) -> Iterator[Post]:
    """What stands somewhere or is read privately."""
    yield from (card.card(scene), notice.notice(scene), notice.management(scene), brief.brief(scene))
    yield from (promises.promises(scene), timeline.private(scene), timeline.private(scene, whole=True))
    yield from (lists.incidents([scene, scene]), answers.inside(scene), answers.outside(scene))
    yield from (next_steps.next_steps(scene), answers.refused(scene))
    if scene.incident.channel:
        yield answers.opened(scene)
    for page in PAGES.values():
        with suppress(DomainError):  # which says why there is none
            yield page(Reading(scene, "", Roster(), (scene,)))
    yield from (reminder.reminder(scene, ask) for ask in scene.incident.asks)
    yield from (reminder.direct(scene, ask) for ask in scene.incident.asks)
    yield from (found for seq in range(1, scene.incident.seq + 1) if (found := matters.matter(scene, seq)))
    if scene.incident.impact:
        yield notice.stakeholders(scene)
    if scene.incident.closed_at:
        yield from (summary.summary(scene, "0" * 64), summary.scorecard(scene))


def said(scene: Scene) -> Iterator[Post]:
    """What is said once about each entry, as its senders draw it."""
    readers = Audiences(team="incidents", stakeholders="data")
    for upto, entry in enumerate(scene.entries, start=1):
        entries = scene.entries[:upto]
        then = replace(scene, incident=fold(entries), entries=entries, now=entry.recorded_at)
        yield answers.answer(then, [entry])
        for message in react(entry, then.incident, scene.protocol, readers):
            yield from _of_message(scene, then, message)


def _of_message(scene: Scene, then: Scene, message: Message) -> Iterator[Post]:
    entry = then.entries[-1]
    match message.kind:
        case "say":
            yield statements.statement(then, entry, head="0" * 64)
        case "news":
            yield notice.news(then, entry)
        case "turning":
            yield notice.turning(then, entry)
        case "climb":
            yield reminder.climb(then, then.incident.asks[-1])
        case "tell" if message.args["what"] not in ("asked", "withdrawn"):
            row = Row(id="1", incident=12, message=message, attempts=1, tried_for=timedelta(0), ambiguous=False)
            reading = replace(then, reader=message.args["person"])
            yield _drawn(
                reading, Job(row, incident=scene.incident, protocol=scene.protocol, slots={}, entries=then.entries)
            )


def drawn_forms(scene: Scene) -> Iterator[dict[str, Any]]:
    """Every form that can be opened; one may say instead why it cannot."""
    for form, door in FORMS.items():
        if door.draw is not None:
            with suppress(DomainError):
                yield door.draw(Opening(scene, Fill(form), next(iter(scene.incident.asks), None), "{}", Roster()))


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.reuse, Phase.generate])
@given(halves())
def test_whatever_is_missing_everything_is_drawn(half: Half) -> None:
    _all_drawn(half.scene())


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
@given(halves())
def test_whatever_is_missing_in_depth(half: Half) -> None:
    _all_drawn(half.scene())


def _all_drawn(scene: Scene) -> None:
    for post in (*standing(scene), *said(scene)):
        accepted(post)
    for view in drawn_forms(scene):
        assert view_problems(view) == []
    assert 0 < len(card.topic(scene)) <= 250
    assert timeline.document(scene).startswith("# ")
