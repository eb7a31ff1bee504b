"""Taking back: whatever a person did, without it the incident is as if it had not been."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain import undoing, undoing_words
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.errors import DomainError, NotNow, NotYours
from bot.domain.evolve import fold
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.promises.asking import due_fact, schedule
from bot.domain.promises.clocks import clocks
from bot.domain.scribe import Audiences, Scribe
from tests.domain.life import ANA, BEA, CAR, DEE, EVE, MONDAY, ROSTER, declaration, default, span

CLOSURE = tuple(c.id for c in default().closure)
BOOKKEEPING = {"seq", "recorded_at", "last_acts", "participants", "undone"}
"""That somebody was there and did something stays true."""

EXAMPLES: list[tuple[r.Request, ...]] = [
    (r.Acknowledge(),),
    (r.Acknowledge(take=True),),
    (r.Confirm(),),
    (r.PostUpdate("Loader restarted."),),
    (r.PostUpdate("Loader restarted.", impact="Revenue is too low.", data="suspect"),),
    (r.PostUpdate("", no_change=True),),
    (r.StateImpact("Revenue is too low.", "suspect"),),
    (r.ChangeSeverity("P1", "Everybody sees it."),),
    (r.ChangeSeverity("P3"),),
    (r.MovePhase("fixing"),),
    (r.AddNote("The queue was full."),),
    (r.SnoozeAsking(timedelta(minutes=10), "On a train."),),
    (r.Resolve("Reverted.", "repaired", "A deploy."),),
    (r.Resolve("Reverted.", "repaired", "A deploy."), r.Close(CLOSURE)),
    (r.Cancel("false alarm"),),
    (r.Cancel("false alarm"), r.Reopen("It was real.")),
    (r.PostUpdate("Loader restarted."), r.EditUpdate("The loader was restarted.")),
    (r.Rename("Orders are late"),),
    (r.Correct(title="Orders are late", affected="orders_mart", environment="staging"),),
    (r.Correct(detected_at=MONDAY - timedelta(minutes=5), started_at=MONDAY - timedelta(hours=1)),),
    (r.JoinIn(),),
    (r.MarkMessage("C1", "1763283600.000100", DEE, "It began at six", "shortcut"),),
    (r.ChangeAffected(added=("customers_mart",)),),
    (r.StateData("suspect", since=MONDAY),),
    (r.Monitor("Restarted.", "late"),),
    (r.StateData("suspect"), r.PlanBackfill("orders", owner=BEA)),
    (r.PlanBackfill("orders"), r.EndBackfill()),
    (r.SetCategories((default().categories[0].name,)),),
    (r.SetEnvironment("staging"),),
    (r.AssignRole(DEE),),
    (r.AssignRole(ANA), r.HandOff(BEA)),
    (r.Cover(CAR, timedelta(hours=2)),),
    (r.AddPeople((DEE,), why="Knows the loader."),),
    (r.Page(DEE, "Knows the loader."),),
    (r.Escalate("Somebody who knows Kafka."),),
    (r.ChangeSeverity("P1"), r.HoldEscalation(timedelta(minutes=60), "Nearly there.")),
    (r.Follow(),),
    (r.Propose("Drop the table.", why="It is wrong.", risk="Data is lost.", rollback="Restore it."),),
    (r.ProposeCause("A deploy."),),
    (r.ProposeCause("A deploy."), r.JudgeCause("confirmed", part="primary")),
    (r.AddAction("Test the loader.", owner=BEA),),
    (r.Explore("5 whys", ((0, "The tests failed."), (1, "There were nulls."))),),
    (r.LinkCall("https://meet.example.org/x"),),
    (r.SchedulePostmortem(MONDAY + timedelta(days=2), "Room 4"),),
    (r.OwnPostmortem(BEA),),
    (r.Resolve("Reverted.", "repaired", "A deploy."), r.EndPostmortem()),
    (r.TickItem("closure", CLOSURE[0]),),
    (r.TickItem("closure", CLOSURE[0]), r.TickItem("closure", CLOSURE[0], False)),
    (r.AnswerFirst((("who", "Finance."), ("impact", "No figures."))),),
]
"""The last of each is taken back, by whoever did it; what comes before it was done earlier."""

NEED_ANOTHER = {
    r.AnswerQuestion: "answers a question that Slack delivers",
    r.Assess: "needs the dimensions of a protocol",
    r.AcceptSeverity: "is a change of severity, made by somebody else",
    r.DeclineSeverity: "answers somebody else's request",
    r.Approve: "answers somebody else's proposal",
    r.Reject: "answers somebody else's proposal",
    r.ChangeAction: "names an entry by its number",
    r.EndAction: "names an entry by its number",
    r.StartRunbook: "needs a protocol with runbooks (tests/domain/test_runbooks.py)",
    r.LinkTicket: "needs a protocol with a tracker (tests/domain/test_runbooks.py)",
    r.KeepSeverity: "needs categories with a typical severity (tests/domain/test_grading.py)",
    r.Link: "is recorded in two incidents (tests/usecases/test_tie.py)",
    r.Unlink: "is recorded in two incidents (tests/usecases/test_tie.py)",
    r.Duplicate: "is recorded in two incidents (tests/usecases/test_tie.py)",
}
"""Can be taken back, and is not told in one line; their kinds of fact are tried below."""

STAY = {
    r.Declare: "declared",
    r.Undo: "undone",
    r.Adopt: "protocol_adopted",
    r.OfferProtocol: "protocol_offered",
    r.DeclineAsk: "ask_declined",
    r.RetractMark: "mark_retracted",
    r.RetryChannel: "channel_retried",
    r.GoAhead: "change_went_ahead",
    r.Speak: "heard",
    r.NoteEdit: "marked_message_edited",
    r.ChannelIs: "channel_opened",
    r.Informed: "management_informed",
    r.Refused: "delivery_refused",
    r.Tick: "asked",
    r.HearQuestion: "question_heard",
    r.Join: "joined",
    r.Leave: "left",
    r.LookIn: "admin_looked_in",
    r.IsMuted: "found_muted",
    r.NotInvited: "invite_refused",
    r.ChangeShift: "shift_changed",
    r.TakeOver: "taken_over",
}
"""Requests that are never taken back, and the kind of fact whose reason (`undoing_words.FIXED`) says so."""

OTHERWISE = {r.Split: "the new incident is cancelled instead"}


def kinds_of(of: type[r.Request]) -> Iterator[type[r.Request]]:
    for each in of.__subclasses__():
        yield from kinds_of(each)
        if not each.__subclasses__():
            yield each


def first(by: str = EVE) -> list[f.Entry]:
    fact = declaration("P2", affected="orders_mart, revenue")
    return [f.Entry(incident=12, seq=1, at=MONDAY, recorded_at=MONDAY, by=by, via="form", fact=fact)]


def acted(
    told: Sequence[f.Entry], facts: Sequence[f.Fact], by: str | None, now: datetime, via: f.Door = "slash"
) -> list[f.Entry]:
    """The record with these facts added."""
    number = itertools.count(len(told) + 1)
    new = [f.Entry(incident=12, seq=next(number), at=now, recorded_at=now, by=by, via=via, fact=each) for each in facts]
    return [*told, *new]


def did(told: list[f.Entry], request: r.Request, by: str, now: datetime) -> list[f.Entry]:
    return acted(told, decide(fold(told), request, default(), ROSTER, Caller(by, "slash"), now), by, now)


def undone(told: Sequence[f.Entry], by: str | None, now: datetime, seqs: Sequence[int] = ()) -> list[f.Entry]:
    acts = [tuple(e.seq for e in group) for _, group in itertools.groupby(told, lambda e: (e.by, e.recorded_at))]
    return acted(told, [undoing.decided(undoing.Past(told, acts), seqs, default(), by, now)], by, now)


def same(one: Incident, two: Incident) -> bool:
    """Whether two incidents differ in nothing but bookkeeping, and promise the same at the same times."""
    alike = one.model_dump(exclude=BOOKKEEPING) == two.model_dump(exclude=BOOKKEEPING)
    return alike and clocks(one, default()) == clocks(two, default()) and _coming(one) == _coming(two)


def _coming(incident: Incident) -> list[tuple[object, ...]]:
    return [(n.clock.name, n.step.name, n.step.at) for n in schedule(incident, default())]


@pytest.mark.parametrize("requests", EXAMPLES, ids=lambda requests: type(requests[-1]).__name__)
def test_taken_back_it_is_as_if_it_had_not_been(requests: tuple[r.Request, ...]) -> None:
    told, now = first(), MONDAY
    for request in requests[:-1]:
        now += span("0:01")
        told = did(told, request, ANA, now)
    before = told if requests[:-1] else acted(told, [f.Acknowledged()], CAR, now)
    before = before if not isinstance(requests[-1], r.Acknowledge) else told
    after = did(before, requests[-1], ANA, now + span("0:01"))
    assert not same(fold(before), fold(after)) or isinstance(requests[-1], r.AddNote | r.JoinIn)
    back = undone(after, ANA, now + span("0:05"))
    assert same(fold(before), fold(back))
    assert fold(back).seq == len(back)


def test_every_request_can_be_taken_back_or_says_why_not() -> None:
    shown = {type(requests[-1]) for requests in EXAMPLES}
    told = [*shown, *NEED_ANOTHER, *STAY, *OTHERWISE]
    assert len(told) == len(set(told)), "one of these"
    assert set(kinds_of(r.Request)) == set(told)
    assert set(STAY.values()) <= set(undoing_words.FIXED)


def test_every_kind_of_fact_can_be_taken_back_or_says_why_not() -> None:
    assert set(undoing_words.NOUNS) | set(undoing_words.FIXED) == set(f.KINDS)
    assert set(undoing_words.NOUNS) & set(undoing_words.FIXED) == set()


PEOPLE = st.sampled_from([ANA, BEA, CAR, EVE])
ACTS = st.lists(st.tuples(PEOPLE, st.sampled_from([e[-1] for e in EXAMPLES]), st.integers(0, 9)), max_size=7)


@settings(max_examples=150, deadline=None)
@given(before=ACTS, who=PEOPLE, last=st.sampled_from([e[-1] for e in EXAMPLES]), wait=st.integers(0, 10))
def test_whatever_came_before(before: list[tuple[str, r.Request, int]], who: str, last: r.Request, wait: int) -> None:
    """People do things, the clock asks; then one thing is done and taken back before anybody builds on it."""
    told, now = acted(first(), [f.Acknowledged()], CAR, MONDAY), MONDAY
    for person, request, minutes in before:
        now += timedelta(minutes=minutes)
        while due := due_fact(fold(told), default(), ROSTER, now):
            told = acted(told, [due], None, now, "clock")
        try:
            told = did(told, request, person, now)
        except DomainError:
            continue
    now += timedelta(minutes=1)
    try:
        after = did(told, last, who, now)
    except DomainError:
        return
    own = undoing.can_be(after[len(told) :], who)
    if own:
        back = undone(after, who, now + timedelta(minutes=wait), own)
        assert same(fold(told), fold(back))


# ------------------------------------------------------------------------------------------------ refusals


def story(*acts: tuple[str, str, r.Request]) -> list[f.Entry]:
    told = first()
    for minutes, who, request in acts:
        told = did(told, request, who, MONDAY + span(minutes))
    return told


UPDATED = ("0:01", ANA, r.PostUpdate("Loader restarted."))


@pytest.mark.parametrize(
    ("acts", "by", "at", "why"),
    [
        ([UPDATED], ANA, "0:12", "more than 10 minutes ago.*incident update"),
        ([UPDATED, ("0:02", BEA, r.PostUpdate("It helped."))], ANA, "0:03", "later update builds on it"),
        ([UPDATED, ("0:02", BEA, r.Resolve("Restarted.", "repaired"))], ANA, "0:03", "later resolution builds on it"),
        ([("0:01", ANA, r.Resolve("Done.", "repaired")), ("0:02", BEA, r.Reopen("No."))], ANA, "0:03", "open again"),
        ([("0:01", ANA, r.ChangeSeverity("P1")), ("0:02", BEA, r.ChangeSeverity("P2"))], ANA, "0:03", "severity"),
        ([UPDATED], DEE, "0:02", "done nothing here"),
        ([("0:01", DEE, r.Speak())], DEE, "0:02", "done nothing here"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_back_is_said_with_what_to_do(
    acts: list[tuple[str, str, r.Request]], by: str, at: str, why: str
) -> None:
    with pytest.raises(NotNow, match=why):
        undone(story(*acts), by, MONDAY + span(at))


def test_only_whoever_did_it_takes_it_back_and_once() -> None:
    told = story(UPDATED)
    seqs = undoing.can_be(told, ANA)
    with pytest.raises(NotYours, match="whoever did it"):
        undone(told, BEA, MONDAY + span("0:02"), seqs)
    back = undone(told, ANA, MONDAY + span("0:02"), seqs)
    with pytest.raises(NotNow, match="already"):
        undone(back, ANA, MONDAY + span("0:03"), seqs)
    with pytest.raises(NotNow, match="Do it again instead"):
        undone(back, ANA, MONDAY + span("0:03"), [back[-1].seq])
    with pytest.raises(NotNow, match="incident cancel"):
        undone(told, EVE, MONDAY + span("0:03"), [1])


def test_what_the_clock_asked_meanwhile_takes_nothing_from_it() -> None:
    told = story(UPDATED)
    asked = due_fact(fold(told), default(), ROSTER, MONDAY + span("0:09"))
    if asked is None:
        asked = f.Heard()
    assert fold(undone(acted(told, [asked], None, MONDAY + span("0:09"), "clock"), ANA, MONDAY + span("0:10")))


def test_the_last_act_is_the_last_that_can_be_taken_back() -> None:
    mark = r.MarkMessage("C1", "1763283600.000100", DEE, "It began at six", "pushpin")
    told = story(UPDATED, ("0:02", ANA, r.AddNote("Hm.")), ("0:03", ANA, mark))
    once = undone(told, ANA, MONDAY + span("0:04"))
    assert [told[seq - 1].fact.kind for seq in fold(once).undone] == ["note_added"]
    twice = undone(once, ANA, MONDAY + span("0:05"))
    assert fold(twice).updates == ()


def test_who_takes_something_back_is_there_and_is_not_called_for_again() -> None:
    told = story(("0:01", ANA, r.AddNote("Looking.")))
    back = fold(undone(told, ANA, MONDAY + span("0:02")))
    assert (back.acknowledged_by, back.undone) == (ANA, (3,))
    with pytest.raises(NotNow, match="done nothing here"):
        undone(told, ANA, MONDAY + span("0:02"), [2])
    acked = story(("0:01", ANA, r.Acknowledge()))
    assert fold(undone(acked, ANA, MONDAY + span("0:02"))).acknowledged_at is None


# ------------------------------------------------------------------------------------------------ outside

OUTSIDE = Audiences(team="C0TEAM", stakeholders="C0BIZ")


def withdrawn(told: list[f.Entry], by: str = ANA, at: str = "0:05") -> list[Message]:
    back = undone(told, by, MONDAY + span(at))
    return undoing.withdrawals(Scribe(back[-1], fold(back), default(), OUTSIDE), told)


def places(messages: list[Message]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in messages:
        found.setdefault(one.kind, set()).add(one.args.get("slot") or one.fills or one.lane)
    return found


def test_an_update_is_withdrawn_wherever_it_was_posted_and_what_stands_is_drawn_anew() -> None:
    told = story(("0:01", CAR, r.Acknowledge()), UPDATED)
    found = places(withdrawn(told))
    news = told[-1].seq
    assert found["withdraw"] == {f"say-{news}", f"news-{news}"}
    assert {"card", "notice", "topic"} <= set(found)
    assert not {"say", "news", "turning"} & set(found), "nothing is said anew"


def test_a_first_impact_leaves_nothing_to_read_for_stakeholders_a_second_leaves_the_first() -> None:
    one = ("0:01", ANA, r.StateImpact("Revenue is too low.", "suspect"))
    two = ("0:02", ANA, r.StateImpact("All figures are wrong.", "suspect"))
    assert "stakeholders" in places(withdrawn(story(("0:00", CAR, r.ChangeSeverity("P1")), one)))["withdraw"]
    second = withdrawn(story(("0:00", CAR, r.ChangeSeverity("P1")), one, two))
    assert "stakeholders" not in places(second)["withdraw"]
    assert [m.standing for m in second if m.kind == "stakeholders"] == [True], "edited where it stands"


def test_a_closing_is_withdrawn_with_its_scorecard() -> None:
    resolved = ("0:01", ANA, r.Resolve("Reverted.", "repaired", "A deploy."))
    told = story(resolved, ("0:02", ANA, r.Close(CLOSURE)))
    number = told[-1].seq
    assert {f"summary-{number}", f"scorecard-{number}"} <= places(withdrawn(told))["withdraw"]


SAFE = r.StateImpact("Revenue is right.", "unaffected")


@pytest.mark.parametrize(
    ("acts", "anew"),
    [
        ([("0:01", ANA, r.Resolve("Reverted.", "repaired"))], True),
        ([("0:01", ANA, r.Resolve("Gave up.", "lost"))], True),
        ([("0:01", ANA, r.Cancel("false alarm"))], True),
        ([("0:01", ANA, SAFE)], True),
        ([("0:01", ANA, r.StateData("repaired"))], True),
        ([("0:01", ANA, r.StateData("repaired")), ("0:02", ANA, r.StateData("unaffected"))], False),
        ([("0:01", ANA, r.StateData("late"))], False),
        ([("0:01", ANA, r.StateImpact("All figures are wrong.", "suspect"))], False),
        ([("0:01", ANA, r.Resolve("Reverted.", "repaired")), ("0:02", ANA, r.Reopen("No."))], False),
    ],
)
def test_who_was_told_that_figures_are_safe_is_told_anew_when_it_was_wrong(
    acts: list[tuple[str, str, r.Request]], anew: bool
) -> None:
    before = [("0:00", CAR, r.ChangeSeverity("P1")), ("0:00", CAR, r.StateImpact("Revenue is too low.", "suspect"))]
    found = withdrawn(story(*before, *acts))
    struck = [m for m in found if m.kind == "withdraw" and m.args.get("untrue")]
    assert bool(struck) == anew
    for one in struck:
        after = [m for m in found[found.index(one) :] if m.fills == one.args["slot"] and m.lane == one.lane]
        assert after, "what holds is said behind it"


def test_a_raise_that_is_taken_back_takes_back_that_management_was_told() -> None:
    told = story(("0:01", ANA, r.ChangeSeverity("P1")))
    called = f.ManagementCalled(people=(DEE,), channels=(), clause="c")
    told = acted(told, [called, f.ManagementInformed(recipient=DEE)], None, MONDAY + span("0:02"), "clock")
    back = fold(undone(told, ANA, MONDAY + span("0:03")))
    assert (back.management_called_at, back.management_informed_at, back.management_to) == (None, None, ())
    said = withdrawn(told)
    assert f"management:{DEE}" in places(said)["withdraw"]
    assert [m.args["was"] for m in said if m.kind == "tell"] == ["told", "management"], "as was the lead"
    noted = acted(told, [f.NoteAdded(text="Hm.")], ANA, MONDAY + span("0:04"))
    assert fold(undone(noted, ANA, MONDAY + span("0:05"))).management_to == (DEE,), "another act takes nothing of it"


def test_what_is_not_announced_any_more_is_withdrawn_from_the_announcement_channel() -> None:
    told = first()
    quiet = told[0].model_copy(update={"fact": declaration("P4")})
    told = did([quiet], r.ChangeSeverity("P1"), ANA, MONDAY + span("0:01"))
    found = places(withdrawn(told))
    assert "notice" in found["withdraw"]
    assert "notice" not in found


def test_whom_an_escalation_called_hears_that_they_are_not_needed() -> None:
    called = f.Escalated(level=2, people=(BEA,), by_clock=False, clause="c")
    told = acted(first(), [called], ANA, MONDAY + span("0:01"))
    said = withdrawn(told)
    assert f"tell-2:{BEA}" in places(said)["withdraw"]
    assert [m.args["what"] for m in said if m.kind == "tell"] == ["withdrawn"]
