"""Load, decide, record: what everybody asks of an incident, and the clock with them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.errors import BadInput, NoSuchIncident, NotNow
from bot.domain.promises.asking import schedule
from bot.domain.protocol import Protocol
from bot.usecases.act import close_after_resolving
from tests.domain.life import ANA, BEA, CAR, DEE, EVE, MONDAY, default, graded_otherwise, span
from tests.usecases.desk import Desk

UPDATE = r.PostUpdate("Found the cause.")


def test_an_act_is_recorded_with_the_clocks_and_messages_that_follow(desk: Desk, number: int) -> None:
    desk.now = MONDAY + span("0:02")
    before = len(desk.outbox(number))
    done = desk.act(number, UPDATE)
    assert [e.fact.kind for e in done.entries] == [e.fact.kind for e in desk.entries(number)[-len(done.entries) :]]
    assert done.incident == desk.row(number)
    assert {(e.by, e.via, e.recorded_at) for e in done.entries} == {(ANA, "slash", desk.now)}
    assert len(desk.outbox(number)) > before
    (update,) = (due for due in desk.clock_table(number) if due.key == "update")
    assert (update.occurrence, update.due) == (2, MONDAY + span("0:32"))
    desk.assert_whole(number)


def test_an_incident_that_is_not_there_is_a_sentence(desk: Desk) -> None:
    with pytest.raises(NoSuchIncident, match="INC-77"):
        desk.act(77, UPDATE)


def test_a_refusal_leaves_nothing_behind(desk: Desk, number: int) -> None:
    before = desk.entries(number), desk.outbox(number), desk.clock_table(number)
    with pytest.raises(NotNow):
        desk.act(number, r.Close(met=()))
    with pytest.raises(BadInput):
        desk.act(number, r.PostUpdate(" "))
    assert (desk.entries(number), desk.outbox(number), desk.clock_table(number)) == before


def test_what_changes_nothing_is_not_recorded(desk: Desk, number: int) -> None:
    desk.act(number, r.Acknowledge())
    before = len(desk.entries(number))
    assert desk.act(number, r.Acknowledge(), by=CAR).entries == ()
    assert len(desk.entries(number)) == before


def test_the_same_delivery_twice_has_one_effect_and_one_answer(desk: Desk, number: int) -> None:
    first = desk.act(number, UPDATE, key="trigger-1")
    desk.act(number, r.AddNote("In between."), by=BEA)
    rows = len(desk.outbox(number))
    again = desk.act(number, UPDATE, key="trigger-1")
    assert again.repeated
    assert again.entries == first.entries
    assert len(desk.outbox(number)) == rows
    assert desk.kinds(number).count("update_posted") == 1


def test_a_repeated_delivery_is_known_even_when_it_would_be_refused_now(desk: Desk, number: int) -> None:
    first = desk.act(number, r.Resolve("Reverted.", "repaired"), key="view-1")
    again = desk.act(number, r.Resolve("Reverted.", "repaired"), key="view-1")
    assert (again.repeated, again.entries) == (True, first.entries)


def test_a_delivery_that_changed_nothing_is_known_too(desk: Desk, number: int) -> None:
    desk.act(number, r.Acknowledge())
    assert not desk.act(number, r.Acknowledge(), by=CAR, key="click-1").repeated
    assert desk.act(number, r.Acknowledge(), by=CAR, key="click-1").repeated


def test_a_refused_form_may_come_again(desk: Desk, number: int) -> None:
    with pytest.raises(BadInput):
        desk.act(number, r.Resolve("", "repaired"), key="view-1")
    assert not desk.act(number, r.Resolve("Reverted.", "repaired"), key="view-1").repeated


def test_a_note_of_what_happened_earlier_backdates_nothing_else(desk: Desk, number: int) -> None:
    desk.now = MONDAY + span("0:20")
    done = desk.act(number, r.AddNote("It began.", at=MONDAY - timedelta(hours=1)))
    noted = {e.fact.kind: (e.at, e.recorded_at) for e in done.entries}
    assert noted["note_added"] == (MONDAY - timedelta(hours=1), desk.now)
    assert noted["acknowledged"] == (desk.now, desk.now)
    assert done.incident.acknowledged_at == desk.now


def test_a_marked_message_happened_when_it_was_written(desk: Desk, number: int) -> None:
    desk.now = MONDAY + span("0:20")
    ts = f"{(MONDAY + span('0:05')).timestamp():.6f}"
    mark = r.MarkMessage(channel="C1", ts=ts, author=DEE, text="It began at six", marker="pushpin")
    entry = desk.act(number, mark, by=EVE, via="reaction").entries[-1]
    assert (entry.at, entry.recorded_at, entry.by) == (MONDAY + span("0:05"), desk.now, EVE)


def test_time_on_the_record_never_runs_backwards(desk: Desk, number: int) -> None:
    desk.now = MONDAY + span("0:10")
    desk.act(number, UPDATE)
    desk.now = MONDAY + span("0:09")  # another replica's clock is behind
    done = desk.act(number, r.AddNote("Late clock."))
    assert done.entries[-1].recorded_at == MONDAY + span("0:10")


def test_resolving_and_closing_in_one_is_both_or_neither(desk: Desk, number: int) -> None:
    def both(*requests: r.Resolve | r.Close) -> object:
        resolve, close = requests
        assert isinstance(resolve, r.Resolve)
        assert isinstance(close, r.Close)
        caller = Caller(ANA, "form")
        return desk.db.run_sync(
            lambda s: close_after_resolving(s, desk.team, number, (resolve, close), caller, desk.now)
        )

    resolve = r.Resolve("Reverted.", "repaired", cause="A deploy.")
    with pytest.raises(BadInput, match="workarounds"):
        both(resolve, r.Close(met=()))
    assert desk.row(number).stage == "triage"
    both(resolve, r.Close(met=("workarounds", "notified")))
    assert desk.row(number).stage == "closed"
    assert desk.kinds(number)[-2:] == ["resolved", "closed"]


# ---------------------------------------------------------------------------------------- the protocol stays


def other_promises() -> Protocol:
    return graded_otherwise("P1", update_every=timedelta(minutes=5))


def test_an_incident_keeps_the_protocol_it_was_declared_with(desk: Desk, number: int) -> None:
    desk.team.protocol = other_promises()
    done = desk.act(number, UPDATE)
    assert done.protocol == default()
    assert {due.due for due in desk.clock_table(number) if due.key == "update"} == {MONDAY + span("0:30")}
    fresh = desk.declare().incident.id
    assert {due.due for due in desk.clock_table(fresh) if due.key == "update"} == {MONDAY + span("0:05")}


# ---------------------------------------------------------------------------------------- the clock


def test_the_clock_records_what_is_due_and_nothing_twice(desk: Desk, number: int) -> None:
    desk.now = MONDAY + span("0:10")
    first = desk.tick(number)
    assert first is not None
    assert [e.fact.kind for e in first.entries].count("asked") >= 1
    assert {(e.by, e.via) for e in first.entries} == {(None, "clock")}
    before = desk.entries(number)
    again = desk.tick(number)
    assert again is None or again.entries == ()
    assert desk.entries(number) == before


def test_the_clock_table_is_what_the_facts_imply(desk: Desk, number: int) -> None:
    for minutes in (3, 5, 12, 16, 31, 90):
        desk.now = MONDAY + timedelta(minutes=minutes)
        desk.tick(number)
        expected = {
            (n.clock.key, n.clock.occurrence, n.step.name, n.step.at) for n in schedule(desk.row(number), default())
        }
        assert {(d.key, d.occurrence, d.step, d.fire_at) for d in desk.clock_table(number)} == expected
    desk.act(number, r.Resolve("Reverted.", "repaired"))
    assert [due.key for due in desk.clock_table(number)] == ["close", "postmortem"]
    desk.assert_whole(number)


def test_the_clock_of_an_incident_that_is_not_there_does_nothing(desk: Desk) -> None:
    assert desk.tick(77) is None


def test_a_long_outage_is_caught_up_in_one_transaction(desk: Desk, number: int) -> None:
    desk.now = MONDAY + timedelta(days=3)
    done = desk.tick(number)
    assert done is not None
    steps = [(c.key, a.step) for a in (e.fact for e in done.entries) if isinstance(a, f.Asked) for c in a.covers]
    assert len(steps) == len({key for key, _ in steps})  # one ask per promise
    assert "escalated" in [e.fact.kind for e in done.entries]
