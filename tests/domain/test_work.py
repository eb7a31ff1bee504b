"""Causes and things to do: what is decided, and what the incident knows afterwards."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain import work
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow, WhichOne
from bot.domain.incident import Incident
from tests.builders import ANA, BEA, default_protocol, event, minute, story

LOADER, DISK = f.CauseProposed(text="the loader"), f.CauseProposed(text="a full disk")


def decided(incident: Incident, request: r.OfWork) -> list[f.Fact]:
    return work.decided(incident, request, default_protocol(), Roster(), Caller(ANA, "slash"), minute(60))


def lived(*facts: f.Fact) -> Incident:
    return story(*(event(5 + n, fact) for n, fact in enumerate(facts))).incident


def seqs(incident: Incident) -> list[int]:
    return [one.seq for one in incident.theories]


def test_the_only_open_theory_is_meant_and_two_need_a_number() -> None:
    one = lived(LOADER)
    [judged] = decided(one, r.JudgeCause("confirmed"))
    assert judged == f.CauseJudged(cause=seqs(one)[0], verdict="confirmed", part="primary")
    two = lived(LOADER, DISK)
    with pytest.raises(BadInput, match="1 is “the loader”; 2 is “a full disk”"):
        decided(two, r.JudgeCause("confirmed"))
    with pytest.raises(WhichOne, match="Which theory") as which:
        decided(two, r.JudgeCause("confirmed", nth=3, why="seen"))
    assert (which.value.picks, which.value.rest) == (
        (("1 · the loader", "confirmed 1"), ("2 · a full disk", "confirmed 2")),
        "seen",
    )
    with pytest.raises(BadInput, match="what ruled it out"):
        decided(two, r.JudgeCause("rejected", nth=2))
    [rejected] = decided(two, r.JudgeCause("rejected", nth=2, why="40% free"))
    assert rejected == f.CauseJudged(cause=seqs(two)[1], verdict="rejected", why="40% free")


def test_a_cause_in_a_sentence_judges_nothing_that_was_ruled_out() -> None:
    said = r.JudgeCause("confirmed", why="the loader")  # "cause it was the loader"
    assert decided(lived(), said) == [f.CauseProposed(text="the loader")]
    out = f.CauseJudged(cause=seqs(lived(DISK))[0], verdict="rejected", why="40% free")
    with pytest.raises(WhichOne, match="1 is “a full disk”"):
        decided(lived(DISK, out), said)


def test_a_confirmed_primary_cause_is_the_root_cause_until_it_falls() -> None:
    first = seqs(lived(LOADER))[0]
    confirmed = f.CauseJudged(cause=first, verdict="confirmed", part="primary")
    assert lived(LOADER, DISK, confirmed).cause == "the loader"
    [second] = decided(lived(LOADER, DISK, confirmed), r.JudgeCause("confirmed", nth=2))
    assert isinstance(second, f.CauseJudged)
    assert second.part == "contributing"
    fallen = f.CauseJudged(cause=first, verdict="rejected", why="it was not")
    assert lived(LOADER, confirmed, fallen).cause == ""
    assert decided(lived(LOADER, confirmed), r.JudgeCause("confirmed", nth=1)) == []


def test_a_theory_that_stands_is_not_proposed_twice() -> None:
    with pytest.raises(NotNow, match="stands already"):
        decided(lived(LOADER), r.ProposeCause("The Loader "))
    out = f.CauseJudged(cause=seqs(lived(LOADER))[0], verdict="rejected", why="no")
    assert decided(lived(LOADER, out), r.ProposeCause("the loader")) == [LOADER]


def test_a_message_becomes_one_thing_to_do_and_ends_once() -> None:
    added = f.ActionAdded(text="alert on row counts", channel="C1", ts="1.0")
    known = lived(added)
    again = r.AddAction("alert on row counts", channel="C1", ts="1.0")
    assert decided(known, again) == []
    [ended] = decided(known, r.EndAction(channel="C1", ts="1.0"))
    assert ended == f.ActionEnded(action=known.todos[0].seq, done=True)
    assert decided(lived(added, ended), r.EndAction(channel="C1", ts="1.0")) == []
    with pytest.raises(NotNow, match="no task or action item"):
        decided(known, r.EndAction(channel="C1", ts="2.0"))


def test_a_day_that_is_over_is_no_due_day() -> None:
    with pytest.raises(BadInput, match="That day is over"):
        decided(lived(), r.AddAction("test the sign", due=date(2026, 11, 19)))
    [added] = decided(lived(), r.AddAction("test the sign", owner=BEA, due=date(2026, 11, 20)))
    known = lived(added).todos[0]
    assert (known.owner, known.due, known.open) == (BEA, date(2026, 11, 20), True)
    assert decided(lived(added), r.ChangeAction(known.seq, owner=BEA)) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://meet.example.com/a?b=c", "https://meet.example.com/a?b=c"),
        (" meet.example.com/a ", "https://meet.example.com/a"),
        ("me maybe", None),
        ("javascript://alert", None),
        ("", None),
        ("http://[", None),
    ],
)
def test_a_call_needs_an_address(typed: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(BadInput, match="no address"):
            decided(lived(), r.LinkCall(typed))
    else:
        assert decided(lived(), r.LinkCall(typed)) == [f.CallLinked(url=kept)]


def test_what_is_cancelled_is_not_worked_on() -> None:
    with pytest.raises(NotNow, match="is cancelled"):
        decided(lived(f.Cancelled(outcome="expected")), r.ProposeCause("the loader"))
