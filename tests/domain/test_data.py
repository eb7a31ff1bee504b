"""The data axis: what is affected, who is told of it once, and what can be said of the data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import assets
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.assets import Asset
from bot.domain.caller import Caller
from bot.domain.data import decided
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, DomainError, NotNow, WhichOne
from bot.domain.evolve import evolve, fold
from bot.domain.incident import UNSETTLED_DATA, DataState, Incident
from tests.builders import ANA, BEA, DIR, TEC, default_protocol, entries, minute, resolved

ORDERS = Asset(pattern="orders_*", owners=(TEC,), consumers=("C0FINANCE",), tier=1)
ALL = Asset(pattern="*", owners=(BEA,))
KNOWN = Roster(assets=(ORDERS, ALL))
OWNED = Roster(
    assets=(ORDERS, Asset(pattern="fx", owners=(TEC, BEA)), Asset(pattern="fx_*", owners=(ANA,)), Asset(pattern="log"))
)


def asked(of: Incident, request: r.OfData, minutes: float = 10, roster: Roster = KNOWN) -> list[f.Fact]:
    return decided(of, request, default_protocol(), roster, Caller(ANA, "slash"), minute(minutes))


def incident(**declared: Any) -> Incident:
    return fold(entries(**declared))


def after(of: Incident, *facts: f.Fact) -> Incident:
    for fact in facts:
        at = minute(10)
        entry = f.Entry(incident=of.id, seq=of.seq + 1, at=at, recorded_at=at, by=ANA, via="slash", fact=fact)
        of = evolve(of, entry)
    return of


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("orders_mart, revenue dashboard", ("orders_mart", "revenue dashboard")),
        ("orders_mart;  fx \n ORDERS_MART", ("orders_mart", "fx")),
        (" , ;\n", ()),
    ],
)
def test_a_list_of_things_names_each_once(text: str, named: tuple[str, ...]) -> None:
    assert assets.things(text) == named


def test_the_first_pattern_that_fits_owns_a_thing() -> None:
    assert assets.known(["Orders_Mart"], KNOWN.assets) == (ORDERS,)
    assert assets.known(["fx", "orders_raw", "orders_mart"], KNOWN.assets) == (ALL, ORDERS)


def test_owners_are_told_once_and_those_inside_are_not() -> None:
    begun = incident(affected="")
    (changed, called) = asked(begun, r.ChangeAffected(added=("orders_mart",)))
    theirs: dict[str, tuple[str, ...]] = {TEC: ("orders_*",)}
    assert called == f.OwnersCalled(assets=("orders_*",), people=(TEC,), consumers=("C0FINANCE",), owned=theirs)
    told = after(begun, changed, called)
    assert asked(told, r.ChangeAffected(added=("orders_raw",))) == [f.AffectedChanged(added="orders_raw")]


def test_each_owner_is_told_of_their_own_and_nobody_of_what_they_take_part_in() -> None:
    mine = Asset(pattern="fx_*", owners=(ANA,))
    (_, called) = asked(incident(affected=""), r.ChangeAffected(("orders_mart", "fx", "fx_rates")), roster=OWNED)
    assert isinstance(called, f.OwnersCalled)
    assert called.owned == {TEC: ("orders_*", "fx"), BEA: ("fx",)}
    assert "fx_*" not in called.assets, "Ana declared it"
    (alone,) = asked(incident(affected=""), r.ChangeAffected(("fx_rates",)), roster=Roster(assets=(mine,)))
    assert isinstance(alone, f.AffectedChanged), "nobody is left to tell, so nothing says that somebody was told"


@pytest.mark.parametrize("changes", [{"private": True}, {"drill": True}, {"environment": "staging"}])
def test_nobody_outside_hears_of_what_is_private_or_no_production(changes: dict[str, Any]) -> None:
    (changed,) = asked(incident(affected="", **changes), r.ChangeAffected(added=("orders_mart",)))
    assert isinstance(changed, f.AffectedChanged)


def test_what_is_affected_already_and_what_never_was_changes_nothing() -> None:
    with pytest.raises(NotNow, match="names orders_mart, revenue dashboard as affected"):
        asked(incident(), r.ChangeAffected(added=("ORDERS_mart",), removed=("fx",)))


@given(st.lists(st.tuples(st.booleans(), st.text(max_size=12)), max_size=8))
def test_whatever_is_named_the_list_holds_each_thing_once(named: list[tuple[bool, str]]) -> None:
    now = incident(affected="")
    for added, text in named:
        request = r.ChangeAffected(added=(text,)) if added else r.ChangeAffected(removed=(text,))
        try:
            now = after(now, asked(now, request)[0])
        except DomainError:
            continue
    listed = [one.casefold() for one in assets.things(now.affected)]
    assert len(listed) == len(set(listed))


def test_repaired_data_is_trusted_from_now_unless_somebody_says_otherwise() -> None:
    (stated,) = asked(incident(), r.StateData("repaired"))
    assert isinstance(stated, f.DataStated)
    assert stated.trusted_from == minute(10)
    (earlier,) = asked(incident(), r.StateData("Repaired", trusted_from=minute(5)))
    assert isinstance(earlier, f.DataStated)
    assert after(incident(), earlier).trusted_from == minute(5)


def test_what_is_not_said_again_stays_as_it_was_said() -> None:
    suspect = f.DataStated(state="suspect", since=minute(-93), partitions="2026-11-20")
    now = after(incident(), suspect, f.DataStated(state="quarantined"))
    assert (now.data, now.data_since, now.partitions) == (DataState.QUARANTINED, minute(-93), "2026-11-20")


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (r.StateData("broken"), "The data can be not checked, unaffected"),
        (r.StateData("suspect", since=minute(9), until=minute(8)), "ends before it begins"),
        (r.StateData("suspect", since=minute(60)), "has not come yet"),
        (r.StateData("lost"), "Who accepts the loss"),
        (r.StateData("late", eta=minute(1)), "still to come"),
        (r.Monitor("", "late"), "Say what was done"),
        (r.Monitor("restarted", "late", eta=minute(1)), "still to come"),
        (r.PlanBackfill(" "), "Say what is written again"),
        (r.ChangeAffected(), "Name what is affected"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(request_: r.OfData, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        asked(incident(), request_)


def test_a_loss_is_accepted_by_somebody_or_explained() -> None:
    assert asked(incident(), r.StateData("lost", accepted_by=DIR))
    assert asked(incident(), r.StateData("lost", why="the source keeps one day"))


def test_planning_a_backfill_says_what_the_data_is_now() -> None:
    suspect = after(incident(), f.DataStated(state="suspect"))
    assert [fact.kind for fact in asked(suspect, r.PlanBackfill("orders"))] == ["backfill_planned", "data_stated"]
    fine = after(incident(), f.DataStated(state="unaffected"))
    assert [fact.kind for fact in asked(fine, r.PlanBackfill("orders"))] == ["backfill_planned"]


def test_one_open_backfill_needs_no_number_and_two_do() -> None:
    one = after(incident(), f.BackfillPlanned(what="orders"))
    (ended,) = asked(one, r.EndBackfill())
    assert ended == f.BackfillEnded(backfill=one.backfills[0].seq)
    assert asked(one, r.EndBackfill(1)) == [ended]
    two = after(one, f.BackfillPlanned(what="fx"))
    for done, word in ((True, "done"), (False, "drop")):
        with pytest.raises(WhichOne, match=f"Which one.*backfill {word} 1") as which:
            asked(two, r.EndBackfill(done=done))
        assert which.value.picks == (("1 · orders", f"{word} 1"), ("2 · fx", f"{word} 2"))
    with pytest.raises(NotNow, match="No backfill is open"):
        asked(after(one, ended), r.EndBackfill())


def test_a_button_knows_its_backfill_whatever_its_line_is_by_now() -> None:
    two = after(incident(), f.BackfillPlanned(what="orders"), f.BackfillPlanned(what="fx"))
    orders, fx = two.backfills
    moved = two.model_copy(update={"backfills": (fx,)})
    assert asked(moved, r.EndBackfill(planned=fx.seq)) == [f.BackfillEnded(backfill=fx.seq)]
    with pytest.raises(NotNow, match="not open any more"):
        asked(moved, r.EndBackfill(planned=orders.seq))


def test_what_is_right_again_or_lost_is_not_expected_any_more() -> None:
    late = after(incident(), *asked(incident(), r.StateData("late", eta=minute(60))))
    assert after(late, f.DataStated(state="suspect")).eta == minute(60)
    assert [after(late, f.DataStated(state=word)).eta for word in ("repaired", "lost", "unaffected")] == [None] * 3


@pytest.mark.parametrize("state", sorted(UNSETTLED_DATA))
def test_a_resolved_incident_has_no_data_that_is_wrong(state: DataState) -> None:
    over = after(incident(), resolved())
    with pytest.raises(NotNow, match="Reopen it"):
        asked(over, r.StateData(state))
    assert asked(over, r.StateData("lost", accepted_by=DIR))


def test_monitoring_keeps_the_fix_as_an_update() -> None:
    facts = asked(incident(), r.Monitor("restarted the loader", "late", eta=minute(10) + timedelta(hours=4)))
    assert [fact.kind for fact in facts] == ["update_posted", "data_stated", "phase_moved"]
    now = after(incident(), *facts)
    assert (now.stage, now.eta, now.data) == ("monitoring", minute(250), DataState.LATE)
