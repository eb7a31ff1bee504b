"""The postmortem: promised from resolving on, asked for quietly in working hours, and announced with who takes part."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.assets import Asset
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow
from bot.domain.incident import Incident
from bot.domain.postmortem import attendees
from bot.domain.promises.asking import schedule
from bot.domain.promises.clocks import open_clocks
from bot.domain.protocol import Protocol
from bot.domain.protocol.around import Meeting
from bot.store.files import protocols
from tests.domain.life import (
    ANA,
    BEA,
    CAR,
    DEE,
    EVE,
    MONDAY,
    ROSTER,
    SME,
    TEC,
    acked,
    clock_of,
    closed,
    default,
    did,
    graded,
    incident_of,
    leads,
    local,
    reopened,
    resolved,
    span,
    watch,
)

OVER = (leads("0:01"), acked("0:01"), resolved("1:00"))


def done(
    incident: Incident, request: r.Request, roster: Roster = ROSTER, protocol: Protocol | None = None
) -> list[f.Fact]:
    return decide(incident, request, protocol or default(), roster, Caller(BEA, "slash"), MONDAY + span("2:00"))


@pytest.mark.parametrize("name", protocols.builtin_names())
def test_each_protocol_promises_it_from_resolving_on_and_warns_half_way(name: str) -> None:
    protocol = protocols.load(name, default().calendar)
    for severity in protocol.severities:
        phase = protocol.phases_of("triage")[0].name
        story = {"severity": severity.name, "protocol": protocol, "phase": phase}
        incident = incident_of(acked("0:01"), resolved("1:00"), **story)
        promised = [c for c in open_clocks(incident, protocol) if c.key == "postmortem"]
        assert bool(promised) is (severity.postmortem_within is not None)
        if promised and severity.postmortem_within:
            (clock,) = promised
            assert clock.start == MONDAY + span("1:00")
            (coming,) = [step for step in schedule(incident, protocol) if step.clock.key == "postmortem"]
            assert coming.step.name == "early"
            assert clock.start < coming.step.at < clock.start + severity.postmortem_within


def test_the_owner_is_asked_at_half_time_and_when_it_is_due_by_direct_message_only() -> None:
    seen = watch(*OVER, until="60:00", roster=ROSTER)
    asks = [fact for fact in seen.facts if isinstance(fact, f.Asked) and fact.covers[0].key == "postmortem"]
    assert [(a.step, a.how, a.people) for a in asks][:2] == [("early", "early", (BEA,)), ("due", "direct", (BEA,))]
    assert "25:00 early postmortem → Bea" in seen.log


def test_over_a_weekend_the_warning_comes_before_it_and_the_asking_after() -> None:
    friday = local("2026-11-20 10:00")
    incident = incident_of(leads("0:01"), acked("0:01"), resolved("1:00"), at=friday)
    (coming,) = [step for step in schedule(incident, default()) if step.clock.key == "postmortem"]
    assert (coming.step.name, coming.step.at) == ("early", local("2026-11-20 17:00"))
    assert clock_of(incident, default(), "postmortem").due == local("2026-11-22 11:00"), "the promise stays as it is"
    seen = watch(leads("0:01"), acked("0:01"), resolved("1:00"), at=friday, until="80:00", roster=ROSTER)
    assert [line.split(" ", 1)[1] for line in seen.about("postmortem")] == [
        "early postmortem → Bea",
        "due postmortem → Bea",
    ]


def test_whoever_is_named_has_it_and_closing_does_not_end_it() -> None:
    owned = (did("1:10", f.PostmortemOwned(person=DEE, before=BEA)), closed("2:00"))
    seen = watch(*OVER, *owned, until="50:00", roster=ROSTER)
    assert "25:00 early postmortem → Dee" in seen.log
    assert [c.key for c in open_clocks(seen.incident, default())] == ["postmortem"]
    over = incident_of(*OVER, *owned, did("3:00", f.PostmortemDone(), DEE))
    assert open_clocks(over, default()) == ()
    assert clock_of(over, default(), "postmortem").standing(MONDAY + span("90:00")) == "kept"


def test_reopened_it_is_promised_anew_and_a_drill_owes_none() -> None:
    again = incident_of(*OVER, did("2:00", f.PostmortemDone()), reopened("3:00"), resolved("4:00"))
    assert clock_of(again, default(), "postmortem", 2).start == MONDAY + span("4:00")
    assert clock_of(again, default(), "postmortem", 2).open
    assert [c.key for c in open_clocks(incident_of(*OVER, drill=True), default())] == ["close"]
    assert [c.key for c in open_clocks(incident_of(graded("0:05", "P3"), resolved("1:00")), default())] == ["close"]


def test_resolving_again_without_naming_anybody_keeps_its_owner() -> None:
    assert incident_of(did("0:30", f.PostmortemOwned(person=DEE)), resolved("1:00")).postmortem_owner == DEE


# the meeting


def meeting(*names: str) -> Protocol:
    return default().model_copy(update={"postmortem": Meeting(attendees=names, clauses={"attendees": "ours § 6"})})


def test_roles_teams_and_owners_are_found_and_who_is_not_there_is_said() -> None:
    roster = ROSTER.model_copy(
        update={
            "directory": {**ROSTER.directory, "data-engineering": (TEC, SME), "product-owner": ()},
            "assets": (Asset(pattern="orders_*", owners=(DEE,), consumers=("C0FIN", EVE)),),
        }
    )
    protocol = meeting("incident-manager", "on-call-responder", "data-engineering", "asset-owners", "asset-consumers")
    incident = incident_of(*OVER, affected="orders_mart")
    assert attendees(incident, protocol, roster) == ((BEA, ANA, TEC, SME, DEE, EVE), ())
    assert attendees(incident, meeting("product-owner", "category-team"), roster) == ((), ("product-owner",))
    assert attendees(incident, default().model_copy(update={"postmortem": Meeting()}), roster)[0] == (ANA, BEA)


def test_it_is_announced_once_to_those_who_take_part_and_moved_when_it_moves() -> None:
    incident, protocol = incident_of(*OVER), meeting("incident-manager", "level-2")
    ask = r.SchedulePostmortem(MONDAY + timedelta(days=2), "Room 4", owner=CAR)
    owned, planned = done(incident, ask, protocol=protocol)
    assert isinstance(owned, f.PostmortemOwned)
    assert owned.person == CAR
    assert isinstance(planned, f.PostmortemScheduled)
    assert (planned.attendees, planned.clause, planned.again) == ((CAR, BEA, TEC, SME), "ours § 6", False)
    there = incident_of(*OVER, did("1:30", planned, BEA), did("1:30", owned, BEA))
    assert done(there, ask, protocol=protocol) == []
    (moved,) = done(there, r.SchedulePostmortem(MONDAY + timedelta(days=3)), protocol=protocol)
    assert isinstance(moved, f.PostmortemScheduled)
    assert moved.again


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(BadInput, match="When do you meet"):
        done(incident_of(*OVER), r.SchedulePostmortem(None))
    with pytest.raises(BadInput, match="still to come"):
        done(incident_of(*OVER), r.SchedulePostmortem(MONDAY))
    with pytest.raises(NotNow, match="still open"):
        done(incident_of(acked("0:01")), r.EndPostmortem())
    with pytest.raises(NotNow, match="cancelled"):
        done(incident_of(did("0:05", f.Cancelled(outcome="false alarm"))), r.OwnPostmortem())
    assert done(incident_of(*OVER, did("1:30", f.PostmortemDone())), r.EndPostmortem()) == []


# action items


def item(text: str, owner: str | None, day: int) -> f.ActionAdded:
    return f.ActionAdded(text=text, owner=owner, due=date(2026, 11, day))


def test_an_action_item_asks_its_owner_in_the_mornings_and_all_of_one_person_together() -> None:
    items = (
        did("0:30", item("Test the sign.", BEA, 19)),
        did("0:31", item("Warn earlier.", BEA, 19)),
        did("0:32", item("Alert on rows.", DEE, 19)),
        did("0:33", f.ActionAdded(text="Without a day.", owner=DEE)),
        did("0:34", f.ActionAdded(text="For now.", owner=DEE, due=date(2026, 11, 19), task=True)),
    )
    seen = watch(leads("0:01"), acked("0:01"), *items, resolved("1:00"), until="100:00", roster=ROSTER)
    asks = [fact for fact in seen.facts if isinstance(fact, f.Asked) and fact.covers[0].key in ("action", "postmortem")]
    assert all(fact.how in ("early", "direct") for fact in asks), "never in the channel"
    early = [
        (fact.people, len(fact.covers)) for fact in asks if fact.step == "early" and fact.covers[0].key == "action"
    ]
    assert sorted(early) == [((BEA,), 2), ((DEE,), 1)]
    late = [fact for fact in asks if fact.step == "due" and BEA in fact.people]
    assert sum(len(fact.covers) for fact in late) == 3, "two items, and the postmortem"


def test_done_or_dropped_it_is_owed_no_more() -> None:
    added = did("0:30", item("Test the sign.", BEA, 19))
    open_now = incident_of(*OVER, added)
    number = open_now.todos[0].seq
    assert [c.key for c in open_clocks(open_now, default())][-1] == "action"
    done_ = incident_of(*OVER, added, did("2:00", f.ActionEnded(action=number, done=True)))
    assert clock_of(done_, default(), "action", number).standing(MONDAY + span("90:00")) == "kept"
    dropped = incident_of(*OVER, added, did("2:00", f.ActionEnded(action=number, done=False, why="No need.")))
    assert clock_of(dropped, default(), "action", number).standing(MONDAY + span("90:00")) == "not applicable"


def test_of_a_private_incident_only_those_inside_hear_and_of_practice_no_owner_or_reader() -> None:
    known = Asset(pattern="orders_*", owners=(DEE,), consumers=(EVE,))
    roster = ROSTER.model_copy(update={"directory": {**ROSTER.directory, "team": (TEC, SME)}, "assets": (known,)})
    protocol = meeting("incident-manager", "team", "asset-owners", "asset-consumers")
    secret = incident_of(*OVER, private=True, affected="orders_mart")
    assert attendees(secret, protocol, roster) == ((BEA,), ()), "nobody learns by it that there is one"
    assert attendees(incident_of(*OVER, drill=True, affected="orders_mart"), protocol, roster)[0] == (BEA, TEC, SME)
