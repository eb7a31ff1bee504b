"""What is ticked: which lists are open, how far they are, what they promise, and what ticking changes."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import checklists, sheets
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow
from bot.domain.evolve import fold
from bot.domain.incident import Incident
from bot.domain.promises.asking import schedule
from tests.domain.life import ANA, BEA, MONDAY, Line, acked, clock_of, closed, did, graded, incident_of, moved, reopened
from tests.domain.life import resolved as fixed
from tests.domain.life import tell as told_by
from tests.listed import listed

IMPACT, CONTAIN, BEST = "checklist/impact", "checklist/containment", "checklist/best"


def lived(*lines: Line, **story: Any) -> Incident:
    return incident_of(*lines, protocol=listed(), phase="triaging", **story)


def ticked(after: str, sheet: str, item: str, by: str = ANA) -> Line:
    return did(after, f.ItemTicked(sheet=sheet, item=item), by, "button")


def unticked(after: str, sheet: str, item: str, by: str = ANA) -> Line:
    return did(after, f.ItemUnticked(sheet=sheet, item=item), by, "button")


def open_in(incident: Incident) -> list[str]:
    return [one.sheet.key for one in sheets.opened(incident, listed())]


def decided(incident: Incident, request: r.OfChecklist, after: int = 60) -> list[f.Fact]:
    now = MONDAY + timedelta(minutes=after)
    return checklists.decided(incident, request, listed(), Roster(), Caller(ANA, "button"), now)


def test_lists_open_at_their_phase_and_at_the_end() -> None:
    assert open_in(lived()) == [IMPACT]
    there = lived(moved("0:05", "investigating"))
    assert open_in(there) == ["phase/investigating", IMPACT, CONTAIN]
    on = lived(moved("0:05", "investigating"), moved("0:09", "fixing"))
    assert open_in(on) == ["phase/fixing", IMPACT, CONTAIN], "a choice stays open; the steps are the present phase's"
    assert open_in(lived(fixed("0:30"))) == [BEST]
    assert open_in(lived(fixed("0:30"), closed("0:40"))) == [], "the closing summary has said how far it was"
    assert open_in(lived(fixed("0:30"), severity="P2")) == []
    assert open_in(lived(did("0:09", f.Cancelled(outcome="false alarm")))) == []


def test_a_list_of_a_higher_severity_opens_when_it_is_raised_and_goes_when_nobody_began() -> None:
    raised = lived(fixed("0:30"), graded("0:40", "P1"), severity="P2")
    best = listed().checklists[2]
    assert sheets.began(raised, listed(), best) == MONDAY + timedelta(minutes=40)
    lowered = (fixed("0:30"), graded("0:40", "P2"))
    assert open_in(lived(*lowered)) == []
    assert open_in(lived(ticked("0:35", BEST, "told"), *lowered)) == [BEST], "somebody has begun with it"


def test_ticks_stay_when_a_phase_is_entered_again_and_begin_anew_after_reopening() -> None:
    steps = "phase/investigating"
    back = (moved("0:05", "investigating"), ticked("0:06", steps, "logs"), moved("0:09", "fixing"))
    again = lived(*back, moved("0:12", "investigating"))
    found = sheets.sheet(steps, listed())
    assert found is not None
    assert [*sheets.ticks(again, found)] == ["logs"], "what was done is done; doing it again is unticking it"
    checks = sheets.sheet(sheets.VALIDATION, listed())
    assert checks is not None
    before = (ticked("0:20", sheets.VALIDATION, "fresh"), fixed("0:30"))
    assert [*sheets.ticks(lived(*before), checks)] == ["fresh"]
    assert not sheets.ticks(lived(*before, reopened("0:50")), checks), "it has to be looked at again"


def test_a_checklist_promises_its_due_time_and_any_of_a_choice_is_enough() -> None:
    late = MONDAY - timedelta(minutes=20)
    incident = lived(moved("0:05", "investigating"), at=MONDAY, detected_at=late)
    clock = clock_of(incident, listed(), "checklist")
    assert (clock.due, clock.clause, clock.kept_at) == (late + timedelta(minutes=30), "listed § 4", None)
    both = (ticked("0:06", IMPACT, "tables"), ticked("0:08", IMPACT, "money", BEA))
    assert clock_of(lived(*both), listed(), "checklist").kept_at == MONDAY + timedelta(minutes=8)
    assert clock_of(lived(both[0]), listed(), "checklist").open
    assert clock_of(lived(*both, unticked("0:09", IMPACT, "tables")), listed(), "checklist").open
    chosen = sheets.sheet(CONTAIN, listed())
    assert chosen is not None
    assert sheets.done_at(lived(ticked("0:07", CONTAIN, "pause")), chosen) == MONDAY + timedelta(minutes=7)
    assert not clock_of(lived(fixed("0:09")), listed(), "checklist").open


def test_lowering_erases_no_miss_and_a_severity_without_the_promise_makes_none() -> None:
    missed = clock_of(lived(graded("0:45", "P3")), listed(), "checklist")
    assert missed.standing(MONDAY + timedelta(hours=1)) == "late"
    dropped = clock_of(lived(graded("0:10", "P3")), listed(), "checklist")
    assert dropped.standing(MONDAY + timedelta(hours=1)) == "not applicable"


def test_another_protocol_neither_mixes_the_promises_of_lists_up_nor_forgets_a_list_that_it_drops() -> None:
    before, at = listed(), MONDAY + timedelta(hours=1)
    named = {one.name: number for number, (one, _) in enumerate(sheets.ever(before), start=1)}
    turned = before.followed_by(before.model_copy(update={"checklists": before.checklists[::-1]}), at)
    assert {one.name: number for number, (one, _) in enumerate(sheets.ever(turned), start=1)} == named
    fewer = before.followed_by(before.model_copy(update={"checklists": before.checklists[1:]}), at)
    late, gone = (clock_of(lived(acked("0:01")), held, "checklist") for held in (before, fewer))
    assert (late.standing(at), gone.due, gone.standing(at)) == ("late", late.due, "missed"), "nobody is asked any more"
    untimed = before.checklists[0].model_copy(update={"within": {}, "severities": ("P3",)})
    patient = before.followed_by(before.model_copy(update={"checklists": (untimed, *before.checklists[1:])}), at)
    still = clock_of(lived(acked("0:01")), patient, "checklist")
    assert (still.due, still.standing(at)) == (late.due, "late"), "that it is wanted of others only changes nothing"


def test_it_is_asked_of_the_lead_with_the_impact_and_afterwards_in_the_morning() -> None:
    steps = {(n.clock.key, n.step.name): n.step.at for n in schedule(lived(acked("0:01")), listed())}
    assert steps["checklist", "early"] == steps["impact", "early"]
    friday = MONDAY + timedelta(days=4, hours=11)  # 21:00 in Amsterdam
    after = lived(fixed("0:30"), at=friday)
    (asked,) = [n for n in schedule(after, listed()) if n.clock.key == "checklist"]
    assert asked.step.how in ("early", "direct")
    local = listed().calendar.local(asked.step.at)
    assert (local.isoweekday(), 9 <= local.hour < 18) in ((1, True), (5, True))


def test_ticking_twice_is_ticking_once_and_what_is_gone_is_said_so() -> None:
    request = r.TickItem(IMPACT, "tables")
    assert decided(lived(), request) == [f.ItemTicked(sheet=IMPACT, item="tables")]
    assert decided(lived(ticked("0:05", IMPACT, "tables", BEA)), request) == []
    assert decided(lived(), r.TickItem(IMPACT, "tables", False)) == []
    with pytest.raises(NotNow, match="on no list any more"):
        decided(lived(), r.TickItem("checklist/gone", "tables"))
    with pytest.raises(NotNow, match="is closed, so its lists stay"):
        decided(lived(fixed("0:30"), closed("0:40")), request)
    with pytest.raises(NotNow, match="is cancelled"):
        decided(lived(did("0:09", f.Cancelled(outcome="false alarm"))), request)


def test_what_the_record_proves_is_ticked_by_itself_and_stays() -> None:
    proved = listed().checklists[0].items[1].model_copy(update={"proof": "impact"})
    first = listed().checklists[0]
    own = first.model_copy(update={"items": (first.items[0], proved)})
    sheet = sheets.of_checklist(own)
    assert not sheets.ticks(lived(), sheet)
    known = lived(did("0:07", f.ImpactStated(sentence="No figures.")), ticked("0:05", IMPACT, "tables"))
    assert sheets.done_at(known, sheet) == MONDAY + timedelta(minutes=7)
    protocol = listed().model_copy(update={"checklists": (own,)})
    off = r.TickItem(IMPACT, proved.id, False)
    with pytest.raises(NotNow, match="on the record by itself"):
        checklists.decided(known, off, protocol, Roster(), Caller(ANA, "button"), MONDAY)


def test_a_step_that_needs_approval_is_not_ticked_without() -> None:
    here = lived(moved("0:05", "fixing"))
    with pytest.raises(NotNow, match="approv"):
        decided(here, r.TickItem("phase/fixing", "override"))


def test_first_answers_feed_what_the_incident_knows() -> None:
    empty = {"affected": "", "started_at": None}
    since = MONDAY - timedelta(hours=1)
    given_ = r.AnswerFirst((("what", "orders"), ("who", " finance "), ("impact", "Do not use revenue.")), since)
    kinds = [type(fact) for fact in decided(lived(**empty), given_)]
    assert kinds == [f.TimesCorrected, f.AffectedChanged, f.FirstAnswered, f.ImpactStated]
    left = [one.id for one in sheets.unanswered(lived(**empty), listed())]
    assert left == ["what", "when", "who", "impact"]
    answered = lived(did("0:04", f.FirstAnswered(question="who", text="finance")), affected="orders", started_at=since)
    assert [one.id for one in sheets.unanswered(answered, listed())] == ["impact"]
    with pytest.raises(BadInput, match="Answer at least one"):
        decided(lived(), r.AnswerFirst((("who", " "), ("else", "x"))))
    with pytest.raises(BadInput, match="not come yet"):
        decided(lived(), r.AnswerFirst((), MONDAY + timedelta(days=2)))


ITEMS = ("tables", "money")
ACTS = st.lists(st.tuples(st.sampled_from(ITEMS), st.booleans(), st.sampled_from((ANA, BEA))), max_size=6)


@settings(max_examples=40)
@given(ACTS)
def test_what_is_ticked_is_what_was_said_last_of_each_whatever_the_order_of_the_others(
    acts: list[tuple[str, bool, str]],
) -> None:
    """People who tick different things at once never take each other's ticks away."""
    lines = [(ticked if on else unticked)("0:10", IMPACT, item, by) for item, on, by in acts]
    incident = lived(*lines)
    last = {item: on for item, on, _ in acts}
    assert {tick.item for tick in incident.ticks} == {item for item, on in last.items() if on}
    assert len(incident.ticks) == len({tick.item for tick in incident.ticks})


def test_ticks_commute_and_taking_one_back_leaves_the_others() -> None:
    several = [ticked("0:10", IMPACT, item) for item in ITEMS] + [ticked("0:10", CONTAIN, "pause")]
    known = {frozenset((t.sheet, t.item) for t in lived(*order).ticks) for order in permutations(several)}
    assert len(known) == 1
    entries = told_by(*several, protocol=listed(), phase="triaging")
    undone = entries[-1].model_copy(update={"seq": entries[-1].seq + 1, "fact": f.Undone(seqs=(entries[-2].seq,))})
    assert [tick.item for tick in fold((*entries, undone)).ticks] == ["tables", "pause"]
