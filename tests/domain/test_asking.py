"""Who is asked, when, how loudly, and who comes after them, watched to the second."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.promises.asking import ROUNDS, chain, passed_on, schedule, still_asked
from bot.domain.promises.clocks import Clock, clocks, open_clocks
from bot.domain.promises.early import lead_time
from tests.domain.life import (
    ANA,
    BEA,
    CAR,
    DEE,
    EVE,
    MONDAY,
    NOBODY,
    ROSTER,
    SME,
    TEC,
    Line,
    Watched,
    acked,
    cancelled,
    clock_of,
    confirmed,
    default,
    did,
    entry,
    graded,
    graded_otherwise,
    incident_of,
    leads,
    local,
    moved,
    office,
    reopened,
    resolved,
    snoozed,
    span,
    speaks,
    stated,
    told,
    updated,
    watch,
)

STAFF = (leads("0:00"), speaks("0:00"))


def declined(after: str, *keys: str, by: str = ANA) -> Line:
    return did(after, f.AskDeclined(covers=tuple(f.Covered(key=key, occurrence=1) for key in keys)), by, "button")


def asks(seen: Watched, key: str) -> list[f.Asked]:
    return [a for a in seen.facts if isinstance(a, f.Asked) and any(c.key == key for c in a.covers)]


# ---------------------------------------------------------------------- acknowledge


@pytest.mark.parametrize("severity", ["P1", "P2"])
def test_an_unacknowledged_incident_pages_primary_secondary_and_level_2(severity: str) -> None:
    seen = watch(until="0:14", severity=severity)
    assert seen.about("acknowledge") == [
        "0:00 page acknowledge → Ana",
        "0:03 again acknowledge → Ana",
        "0:05 secondary acknowledge → Car",
        "0:06 once more acknowledge → Ana",
        "0:10 level 2 acknowledge → Tec, Sme",
    ]


def test_a_shorter_promise_has_no_pages_after_it_is_due() -> None:
    quick = graded_otherwise("P1", acknowledge_within=timedelta(minutes=5))
    steps = [line.split()[:2] for line in watch(until="0:09", protocol=quick).about("acknowledge")]
    assert steps[:3] == [["0:00", "page"], ["0:03", "again"], ["0:05", "due"]]
    assert ["0:06", "once"] not in steps


def test_a_low_rank_sends_the_primary_one_direct_message() -> None:
    seen = watch(until="3:00", severity="P3")
    (ask,) = asks(seen, "acknowledge")
    assert (ask.how, ask.people) == ("direct", (ANA,))
    assert seen.log[0].startswith("0:00 ")


def test_acknowledging_ends_the_pages() -> None:
    assert watch(acked("0:04"), until="0:14").about("acknowledge") == [
        "0:00 page acknowledge → Ana",
        "0:03 again acknowledge → Ana",
    ]


def test_who_said_not_me_is_not_paged_again() -> None:
    seen = watch(declined("0:01", "acknowledge"), until="0:14")
    assert [line for line in seen.about("acknowledge")[1:] if "Ana" in line] == []
    assert "0:03 again acknowledge → Car" in seen.log


def muted(after: str, person: str) -> Line:
    return did(after, f.FoundMuted(person=person, until=MONDAY + timedelta(hours=8)), None, "courier")


def test_whose_phone_is_silent_is_not_paged_again_while_another_rings() -> None:
    seen = watch(muted("0:01", ANA), until="0:14")
    rung = [line for line in seen.about("acknowledge") if "nobody" not in line]
    assert rung[1:3] == ["0:03 again acknowledge → Car", "0:06 once more acknowledge → Car"]
    everybody = watch(*(muted("0:01", person) for person in (ANA, CAR, BEA, TEC)), until="0:04")
    assert everybody.about("acknowledge")[-1] == "0:03 again acknowledge → Ana"


def test_what_climbs_goes_to_those_whose_phone_rings() -> None:
    heard = (acked("0:01"), confirmed("0:01"), stated("0:01"), leads("0:01"), speaks("0:01"))
    assert "0:45 climb update → Bea" in watch(*heard, until="0:46").log
    silent = watch(*heard, muted("0:02", BEA), until="0:46")
    assert "0:45 climb update → Eve" in silent.log, "level 2 was called at 0:30"


def test_somebody_is_paged_even_where_nobody_is_on_call() -> None:
    seen = watch(until="0:14", roster=NOBODY)
    assert seen.about("acknowledge")[0] == "0:00 page acknowledge → Ana"  # she declared it


def test_raised_unacknowledged_the_pages_begin_then() -> None:
    seen = watch(graded("2:00", "P1", by=EVE), until="2:14", severity="P3")
    since = [line for line in seen.about("acknowledge") if line.startswith("2:")]
    assert since[0].startswith("2:00 page")
    assert "2:05 secondary acknowledge → Car" in since
    assert since[-1] == "2:10 level 2 acknowledge → Tec, Sme"


# ---------------------------------------------------------------------- early

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("interval", "before"),
    [
        (15 * MINUTE, timedelta(minutes=3, seconds=45)),  # a quarter is less than five minutes
        (20 * MINUTE, 5 * MINUTE),
        (30 * MINUTE, 5 * MINUTE),
        (2 * HOUR, 5 * MINUTE),
        (4 * HOUR, 30 * MINUTE),
        (8 * HOUR, 30 * MINUTE),
    ],
)
def test_how_long_before_it_is_due_a_promise_is_mentioned(interval: timedelta, before: timedelta) -> None:
    protocol = graded_otherwise("P1", update_every=interval)
    clock = clock_of(incident_of(protocol=protocol), protocol, "update")
    assert clock.due is not None
    assert lead_time(clock, protocol) == clock.due - before


@pytest.mark.parametrize("declared", ["2026-11-18 10:00", "2026-11-20 15:00", "2026-11-21 12:00"])
def test_no_early_word_where_the_working_morning_before_is_over_already(declared: str) -> None:
    incident = incident_of(severity="P4", at=local(declared))
    assert lead_time(clock_of(incident, default(), "acknowledge"), default()) is None


def test_a_promise_of_three_days_is_mentioned_the_working_morning_before() -> None:
    slow = graded_otherwise("P4", acknowledge_within=timedelta(days=4))
    incident = incident_of(severity="P4", protocol=slow, at=local("2026-11-19 15:00"))  # Thursday; due Monday 15:00
    assert lead_time(clock_of(incident, slow, "acknowledge"), slow) == local("2026-11-20 09:00")


def test_early_words_are_direct_messages() -> None:
    seen = watch(*STAFF, until="0:29")
    assert {a.how for a in seen.facts if isinstance(a, f.Asked) and a.step == "early"} == {"early"}


def test_an_acknowledgement_that_takes_hours_is_mentioned_early_too() -> None:
    assert "early acknowledge" in " ".join(watch(until="3:59", severity="P3").about("3:30"))


# ---------------------------------------------------------------------- due, climb, ladder


def test_an_unanswered_update_climbs_to_the_lead_and_up_the_ladder() -> None:
    calm = (*STAFF, acked("0:01"), stated("0:02"), updated("0:03"), told("0:04"))
    assert watch(*calm, until="1:59").about("update") == [
        "0:28 early update → Dee",  # communications, five minutes before
        "0:33 due update → Dee",
        "0:48 climb update → Bea",  # half an interval later, the incident manager
        "1:03 ladder update → Eve",  # level 2 was called at 0:30 and has not answered: the next level
        "1:33 round 2 update → Dee",  # everybody was asked: from the beginning, an interval apart
    ]


def test_what_nobody_answers_is_asked_five_times_and_then_the_bot_is_silent() -> None:
    calm = (*STAFF, acked("0:01"), stated("0:02"), updated("0:03"))
    log = watch(*calm, until="99:00").about("update")
    assert log[4:] == [f"{at} round {n} update → Dee" for n, at in enumerate(("1:33", "2:03", "2:33", "3:03"), start=2)]


def test_without_communications_the_lead_is_asked_and_the_ask_climbs_past_them() -> None:
    log = watch(leads("0:00"), acked("0:01"), stated("0:02"), updated("0:03"), until="1:00").about("update")
    assert log == ["0:28 early update → Bea", "0:33 due update → Bea", "0:48 climb update → Eve"]


@pytest.mark.parametrize(
    ("staff", "asked"),
    [
        ((leads("0:00"), speaks("0:00"), acked("0:01", TEC)), DEE),
        ((leads("0:00"), acked("0:01", TEC)), BEA),
        ((acked("0:01", TEC),), TEC),
        ((), ANA),
    ],
)
def test_an_update_is_asked_of_communications_else_lead_else_responder_else_primary(
    staff: tuple[Line, ...], asked: str
) -> None:
    calm = (acked("0:00"), *staff, stated("0:02"), updated("0:03", EVE))
    assert asks(watch(*calm, until="0:29"), "update")[0].people == (asked,)


@pytest.mark.parametrize(("key", "asked"), [("triage", TEC), ("impact", BEA), ("first_notice", DEE)])
def test_each_promise_is_asked_of_the_person_whose_it_is(key: str, asked: str) -> None:
    heard = did("0:23", f.NoteAdded(text="Here."), BEA)  # an ask had climbed to her
    assert asks(watch(*STAFF, acked("0:01", TEC), heard, until="0:30"), key)[0].people == (asked,)


def test_a_promise_of_a_day_goes_by_direct_message_only_and_climbs_after_a_working_day() -> None:
    seen = watch(leads("0:00"), until="99:00", severity="P4")
    assert {a.how for a in asks(seen, "acknowledge")} <= {"direct", "early"}
    assert seen.about("acknowledge")[1:] == ["24:00 due acknowledge → Car", "54:00 climb acknowledge → Bea"]


@pytest.mark.parametrize("declared", ["2026-11-18 13:30", "2026-11-20 16:00", "2026-11-21 12:00", "2026-10-23 13:30"])
def test_promises_in_working_hours_ask_in_working_hours(declared: str) -> None:
    seen = watch(*STAFF, acked("0:01"), until="150:00", severity="P3", protocol=office(), at=local(declared))
    asked = [(ask.step, ask.at) for ask in seen.incident.asks if ask.step != "message"]
    assert [(step, at) for step, at in asked if office().calendar.next_opening(at) != at] == []
    assert [step for step, _ in asked if step in ("due", "climb", "ladder")][:3] == ["due", "due", "climb"]


def test_lowered_to_working_hours_what_was_late_rings_nobody_in_the_evening() -> None:
    friday = local("2026-11-20 17:50")
    lowered = (*STAFF, acked("0:01"), graded("0:32", "P3"))
    seen = watch(*lowered, until="80:00", severity="P2", protocol=office(), at=friday)
    later = [ask.at for ask in seen.incident.asks if ask.at > friday + span("0:32")]
    assert later, "it is still owed, and still asked for"
    assert min(later) == local("2026-11-23 09:00")


def test_what_opens_at_nine_for_one_person_is_one_message() -> None:
    seen = watch(*STAFF, acked("0:01"), until="70:00", severity="P3", protocol=office(), at=local("2026-11-20 16:00"))
    monday = [ask for ask in seen.incident.asks if ask.at == local("2026-11-23 09:00")]
    asked = Counter(person for ask in monday for person in ask.people)
    assert asked
    assert set(asked.values()) == {1}


def test_closing_is_asked_of_the_lead_at_four_on_the_next_working_day() -> None:
    friday = local("2026-11-20 10:00")
    seen = watch(*STAFF, acked("0:01"), resolved("0:02"), until="240:00", at=friday)
    first, *later = asks(seen, "close")
    assert (first.how, first.people, first.due) == ("direct", (BEA,), local("2026-11-23 16:00"))
    assert {a.how for a in later} <= {"direct"}


def test_nothing_is_asked_after_the_end_but_closing() -> None:
    seen = watch(acked("0:01"), resolved("0:10"), until="500:00")
    asked = {c.key for a in seen.facts if isinstance(a, f.Asked) for c in a.covers}
    assert asked <= {"acknowledge", "close", "postmortem"}
    assert watch(acked("0:01"), cancelled("0:10"), until="500:00").log == [
        "0:00 management → Dir",
        "0:00 page acknowledge → Ana",
    ]


# ---------------------------------------------------------------------- sharing, others


def test_promises_due_within_ten_minutes_share_one_ask() -> None:
    seen = watch(*STAFF, until="0:29", roster=ROSTER)
    assert "0:15 due acknowledge, triage, first_notice → Bea" in seen.log


def test_ten_minutes_share_eleven_do_not() -> None:
    def due_first(apart: int) -> list[str]:
        protocol = graded_otherwise("P1", first_notice_within=timedelta(minutes=15 + apart))
        return watch(acked("0:01"), until="0:15", protocol=protocol).about("0:15 due")

    assert due_first(10) == ["0:15 due triage, first_notice → Ana"]
    assert due_first(11) == ["0:15 due triage → Ana"]


def test_a_person_with_an_open_ask_is_not_asked_a_second_time() -> None:
    seen = watch(*STAFF, acked("0:01"), until="3:00")
    loud: dict[str, list[datetime]] = {}
    for fact in seen.facts:
        if isinstance(fact, f.Asked) and fact.how != "early" and fact.step not in ROUNDS:
            for person in fact.people:
                loud.setdefault(person, []).append(fact.due)
    assert {person: len(times) for person, times in loud.items() if person != ANA} == {DEE: 1, BEA: 1, CAR: 1, EVE: 1}
    assert len(loud[ANA]) == 2  # the page, which she answered, and triage


def test_any_act_answers_and_the_person_may_be_asked_again() -> None:
    seen = watch(*STAFF, acked("0:01"), did("0:20", f.NoteAdded(text="Looking."), DEE), until="0:30")
    assert asks(seen, "update")[-1].people == (DEE,)


def test_a_reaction_is_not_an_answer() -> None:
    mark = f.MessageMarked(channel="C1", ts="1.1", author=DEE, text="Hm", marker="pushpin")
    seen = watch(*STAFF, acked("0:01"), did("0:20", mark, DEE, "reaction"), until="0:30")
    assert DEE not in asks(seen, "update")[-1].people


def test_what_was_noted_for_an_earlier_time_is_an_answer_now() -> None:
    asked = watch(*STAFF, acked("0:01"), until="0:15").incident
    assert DEE in still_asked(asked, default())
    note = f.Entry(
        incident=12, seq=asked.seq + 1, at=MONDAY, recorded_at=MONDAY + span("0:16"), by=DEE, via="slash",
        fact=f.NoteAdded(text="It began at 10:00."),
    )  # fmt: skip
    assert DEE not in still_asked(evolve(asked, note), default())


def test_when_nobody_is_left_promises_due_together_are_still_one_ask() -> None:
    due = [line for line in watch(until="0:20").log if " due " in line]
    assert due == ["0:15 due acknowledge, triage, first_notice → nobody"]
    assert watch(until="4:00", severity="P3").about("4:00 due") == [
        "4:00 due acknowledge, triage, first_notice, impact, update → Car"
    ]


@pytest.mark.parametrize(
    ("what", "lines", "down"),
    [
        ("undisturbed", (), None),
        ("after an outage", (), ("0:12", "1:07")),
        ("after a snooze", (*STAFF, acked("0:01"), snoozed("0:12", "0:42")), None),
    ],
)
def test_an_ask_that_found_nobody_says_when_the_next_try_comes(
    what: str, lines: tuple[Line, ...], down: tuple[str, str] | None
) -> None:
    seen = watch(*lines, until="5:00", down=down)
    stamps = [(ask.seq, ask.at) for ask in seen.incident.asks]
    said = [a for a in seen.facts if isinstance(a, f.Asked)]
    alone = [(fact, at) for fact, (_, at) in zip(said, stamps, strict=True) if not fact.people and fact.step != "early"]
    assert alone
    for fact, at in alone:
        first = fact.covers[0]
        later = [b for (_, b), other in zip(stamps, said, strict=True) if first in other.covers and b > at]
        assert fact.again_at == (later[0] if later else None)


# ---------------------------------------------------------------------- Not me


def test_not_me_asks_the_next_person_in_the_chain_and_then_the_ladder() -> None:
    seen = watch(*STAFF, acked("0:01", TEC), until="0:15")
    incident, ask = seen.incident, asks(seen, "triage")[-1]
    assert ask.people == (TEC,)
    people = []
    for asker in (TEC, ANA, *(p for p in (SME, BEA))):
        passed = passed_on(ask, asker, incident, default(), ROSTER, MONDAY + span("0:16"))
        people.append(passed.people)
        line = declined("0:16", *(c.key for c in ask.covers), by=asker)
        incident = evolve(incident, entry(incident, line.say(incident, default()), MONDAY + span("0:16"), asker))
        incident = evolve(incident, entry(incident, passed, MONDAY + span("0:16"), None, "clock"))
    assert people[0] == (ANA,)  # the primary stands in for the responder
    assert people[1] in {(BEA,), (SME,), (TEC, SME)}
    assert len({p for group in people for p in group}) == len([p for group in people for p in group])


def test_who_said_not_me_to_one_promise_can_be_passed_another() -> None:
    lines = (*STAFF, acked("0:01", TEC), declined("0:05", "update", by=ANA))
    seen = watch(*lines, until="0:15")
    assert passed_on(asks(seen, "triage")[-1], TEC, seen.incident, default(), ROSTER, MONDAY + span("0:16")).people == (
        ANA,
    )


@pytest.mark.parametrize(
    ("how", "then"), [("direct", "direct"), ("early", "direct"), ("due", "climb"), ("page", "climb")]
)
def test_not_me_on_a_direct_message_stays_out_of_the_channel(how: str, then: str) -> None:
    incident = incident_of(*STAFF, resolved("0:10"))
    covers = (f.Covered(key="close", occurrence=1),)
    ask = f.Asked.model_validate(
        {"covers": covers, "step": "due", "how": how, "people": (BEA,), "due": MONDAY, "clause": "c"}
    )
    assert passed_on(ask, BEA, incident, default(), ROSTER, MONDAY + span("0:16")).how == then


def test_not_me_with_nobody_left_asks_nobody() -> None:
    seen = watch(until="0:04", roster=NOBODY)
    passed = passed_on(asks(seen, "acknowledge")[-1], ANA, seen.incident, default(), NOBODY, MONDAY + span("0:04"))
    assert passed.people == ()


# ---------------------------------------------------------------------- snooze, downtime

QUIET = (*STAFF, acked("0:01"), stated("0:02"), updated("0:03"))
"""Only the update is promised from here on: early 0:28, due 0:33, climb 0:48, ladder 1:03; level 2 is called 0:30."""


def test_snoozing_pauses_the_asking_and_then_only_due_speaks() -> None:
    log = watch(*QUIET, snoozed("0:20", "0:45"), until="0:59").about("update")
    assert log == ["0:45 due update → Dee"]


def test_after_a_snooze_people_get_the_promised_time_to_answer() -> None:
    log = watch(*QUIET, snoozed("0:20", "0:45"), until="1:30").about("update")
    assert log[1:] == ["1:00 climb update → Bea", "1:15 ladder update → Eve"]


def test_a_snooze_that_ends_before_the_due_time_does_not_move_the_due_reminder() -> None:
    log = watch(*QUIET, snoozed("0:20", "0:31"), until="0:40").about("update")
    assert log == ["0:31 early update → Dee", "0:33 due update → Dee"]


def test_a_snooze_pauses_no_escalation() -> None:
    assert "0:30 escalate → Tec, Sme" in watch(*QUIET, snoozed("0:20", "0:45"), until="0:40").log


@pytest.mark.parametrize("line", [graded("0:35", "P1"), moved("0:35", "fixing")], ids=["raised", "phase changed"])
def test_a_snooze_ends_with_a_raise_or_a_phase_change(line: Line) -> None:
    seen = watch(*STAFF, acked("0:01"), snoozed("0:10", "1:00"), line, until="0:59", severity="P2")
    assert seen.incident.snooze is None
    assert [text for text in seen.about("0:35") if "due" in text] != []


def test_a_snooze_ends_with_an_update() -> None:
    assert watch(*QUIET, snoozed("0:10", "1:00"), updated("0:20"), until="0:30").incident.snooze is None


def test_a_snooze_does_not_end_by_lowering() -> None:
    assert watch(*QUIET, snoozed("0:10", "1:00"), graded("0:20", "P2"), until="0:30").incident.snooze is not None


def test_after_an_outage_each_promise_asks_once_and_climbs_from_then() -> None:
    log = watch(*QUIET, until="2:10", down=("0:20", "1:20")).about("update")
    assert log == ["1:20 due update → Dee", "1:35 climb update → Bea", "1:50 ladder update → Eve"]


def test_an_outage_over_the_early_word_does_not_move_the_due_reminder() -> None:
    log = watch(*QUIET, until="0:40", down=("0:27", "0:31")).about("update")
    assert log == ["0:31 early update → Dee", "0:33 due update → Dee"]


def test_an_outage_during_the_pages_sends_the_loudest_one_only() -> None:
    log = watch(until="0:14", down=("0:02", "0:08")).about("acknowledge")
    assert log[:2] == ["0:00 page acknowledge → Ana", "0:08 once more acknowledge → Ana"]
    assert watch(until="0:14", down=("0:01", "0:08")).about("0:15") == []


def test_an_outage_asks_those_whose_phone_rings_by_then() -> None:
    until_seven = f.FoundMuted(person=ANA, until=MONDAY + timedelta(minutes=7))
    log = watch(did("0:01", until_seven, None, "courier"), until="0:08", down=("0:02", "0:08")).about("acknowledge")
    assert log[-1] == "0:08 once more acknowledge → Ana", "0:06 was when it should have been asked"


def test_an_outage_longer_than_everything_asks_once_per_promise() -> None:
    seen = watch(until="72:00", down=("0:02", "72:00"))
    at_return = [line for line in seen.log if line.startswith("72:00")]
    counted = Counter(c.key for fact in seen.facts[-len(at_return) :] if isinstance(fact, f.Asked) for c in fact.covers)
    assert set(counted.values()) == {1}
    assert "72:00 escalate → Tec, Sme" in at_return


# ---------------------------------------------------------------------- what the bot does


def test_management_is_called_once() -> None:
    assert [line for line in watch(until="3:00").log if "management" in line] == ["0:00 management → Dir"]
    assert [line for line in watch(until="3:00", severity="P2").log if "management" in line] == [
        "2:00 management → Dir"
    ]


def test_raising_calls_management_at_once() -> None:
    seen = watch(acked("0:01"), graded("0:20", "P1"), until="0:20", severity="P2")
    assert "0:20 management → Dir" in seen.log


def test_level_2_is_called_although_somebody_acknowledged() -> None:
    assert "0:30 escalate → Tec, Sme" in watch(acked("0:01"), until="1:00").log
    assert not any("escalate" in line for line in watch(acked("0:01"), resolved("0:29"), until="9:00").log)


def test_after_reopening_level_2_is_called_again_and_updates_are_asked_for() -> None:
    seen = watch(acked("0:01"), resolved("0:10"), reopened("5:00"), until="5:30")
    assert "5:30 escalate → Tec, Sme" in seen.log
    assert any(line.startswith("5:30 due update") for line in seen.log)


def test_the_fact_says_who_was_asked_about_what_by_which_clause() -> None:
    (ask,) = asks(watch(*QUIET, until="0:33"), "update")[-1:]
    assert ask.clause == "self-healing-pipeline § updates.P1"
    assert ask.due == MONDAY + span("0:33")
    assert (ask.step, ask.how, ask.people) == ("due", "due", (DEE,))


def test_early_steps_come_before_due_ones_and_chains_are_in_order() -> None:
    for severity in ("P1", "P2", "P3", "P4"):
        incident = incident_of(severity=severity, protocol=office())
        for clock in clocks(incident, office()):
            steps = chain(clock, incident, office())
            assert [s.at for s in steps] == sorted(s.at for s in steps)
            assert len({s.name for s in steps}) == len(steps)


def test_nothing_is_scheduled_for_what_is_not_promised() -> None:
    incident = incident_of(severity="P4")
    assert {n.clock.key for n in schedule(incident, default())} == {"acknowledge"}
    nothing = Clock("update", 1, MONDAY, None, None, "P4", "c")
    assert chain(nothing, incident, default()) == []


# ---------------------------------------------------------------------- any life

ROSTERS = {"everybody": ROSTER, "nobody": NOBODY, "only Car": NOBODY.model_copy(update={"primary": CAR})}


@st.composite
def stories(draw: st.DrawFn) -> list[Line]:
    """Things people do at random times while the clock runs; the incident ends at most once, at the end."""
    at, lines = 0, []
    for _ in range(draw(st.integers(0, 10))):
        at += draw(st.integers(0, 90))
        after, who = f"{at // 60}:{at % 60:02}", draw(st.sampled_from([ANA, BEA, CAR, DEE, TEC, EVE]))
        lines.append(
            draw(
                st.sampled_from(
                    [
                        acked(after, who), updated(after, who), stated(after, who), leads(after, who),
                        speaks(after, who), graded(after, draw(st.sampled_from(["P1", "P2", "P3", "P4"])), who),
                        moved(after, draw(st.sampled_from(["fixing", "monitoring"]))), told(after),
                        snoozed(after, f"{at // 60 + 1}:{at % 60:02}"), declined(after, "update", "triage", by=who),
                        did(after, f.NoteAdded(text="Looking."), who),
                    ]
                )
            )
        )  # fmt: skip
    end = f"{at // 60 + 1}:{at % 60:02}"
    return [*lines, *draw(st.sampled_from([[], [resolved(end)], [cancelled(end)]]))]


@settings(max_examples=60)
@given(
    stories(),
    st.sampled_from(["P1", "P2", "P3", "P4"]),
    st.sampled_from(sorted(ROSTERS)),
    st.sampled_from([None, ("0:04", "0:50"), ("1:00", "30:00")]),
)
def test_whatever_happens_the_asking_ends_and_no_step_is_taken_twice(
    lines: list[Line], severity: str, who: str, down: tuple[str, str] | None
) -> None:
    seen = watch(*lines, until="200:00", severity=severity, roster=ROSTERS[who], protocol=office(), down=down)
    steps = Counter((c.key, c.occurrence, a.step) for a in seen.incident.asks for c in a.covers)
    assert [step for step, times in steps.items() if times > 1] == []
    for clock in open_clocks(seen.incident, office()):
        assert clock.due is None or clock.due > MONDAY + span("200:00") or _was_asked(seen.incident, clock)


def _was_asked(incident: Incident, clock: Clock) -> bool:
    acts = clock.key in ("escalate", "management")
    return acts or any((c.key, c.occurrence) == clock.name for a in incident.asks for c in a.covers)
