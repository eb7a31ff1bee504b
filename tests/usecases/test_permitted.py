"""Whatever a door forgets, the transaction asks: no guest, nobody of another workspace, and no rule is gone round."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.errors import NotAllowed, NotYours
from bot.store import people
from bot.store.people import Person
from bot.usecases import permitted
from bot.usecases.act import act
from bot.usecases.declare import declare
from bot.usecases.permitted import SLOW
from bot.usecases.record import Done
from bot.usecases.tie import split, tie
from tests.domain.life import ANA, BEA, EVE
from tests.usecases.desk import Desk

STRANGERS: dict[str, dict[str, Any]] = {
    "guest": {"guest": True},
    "of another workspace": {"team": "T0EXT"},
    "deactivated": {"deactivated": True},
    "app": {"bot": True},
}


@pytest.fixture
def two(desk: Desk) -> Desk:
    """Two incidents, known people, and our workspace."""
    desk.team.workspace = "T0US"
    desk.declare()
    desk.declare("Payments are late")
    known = [
        Person(id=f"U0{number}", name=name, fetched_at=datetime(2026, 11, 1, tzinfo=UTC), **{"team": "T0US", **flags})
        for number, (name, flags) in enumerate(STRANGERS.items())
    ]
    known += [Person(id=ANA, name="Ana", team="T0US", fetched_at=datetime(2026, 11, 1, tzinfo=UTC))]
    for person in known:
        desk.db.run_sync(partial(people.put, person=person))
    return desk


def does(desk: Desk, request: r.Request, caller: Caller) -> Done:
    """By the use case that a request has."""

    def work(session: Any) -> Done:
        match request:
            case r.Declare():
                return declare(session, desk.team, request, caller, desk.now)
            case r.OfTwo():
                return tie(session, desk.team, 1, request, caller, desk.now)
            case r.Split():
                return split(session, desk.team, 1, request, caller, desk.now)
            case _:
                return act(session, desk.team, 1, request, caller, desk.now)

    return desk.db.run_sync(work)


REQUESTS = (
    *(r.Declare("x"), r.Link(2), r.Unlink(2), r.Duplicate(2), r.Split("x"), r.PostUpdate("x"), r.Acknowledge()),
    *(r.MarkMessage("C1", "1.0", None, "x", "star"), r.AddNote("x"), r.Undo(), r.Speak(), r.Follow(), r.JoinIn()),
)


def test_who_is_no_full_member_does_nothing_by_any_use_case(two: Desk) -> None:
    before = two.entries(1), two.entries(2)
    for number, _ in enumerate(STRANGERS):
        for request in REQUESTS:
            with pytest.raises(NotYours):
                does(two, request, Caller(f"U0{number}", "button"))
    assert (two.entries(1), two.entries(2)) == before


def test_no_use_case_goes_round_a_rule_and_an_admin_does_so_on_the_record(two: Desk) -> None:
    ruled = ("declare", "link", "unlink", "duplicate", "split", "update", "ack", "note", "undo", "add")
    two.team.permissions = dict.fromkeys(ruled, (BEA,))
    before = two.entries(1), two.entries(2)
    open_to_all = (r.Speak, r.Follow)
    for request in (one for one in REQUESTS if not isinstance(one, open_to_all)):
        with pytest.raises(NotAllowed, match=r"^Only U0BEA may"):
            does(two, request, Caller(ANA, "button"))
        with pytest.raises(NotYours, match=SLOW[:40]):
            does(two, request, Caller(BEA, "button", known=False))
    assert (two.entries(1), two.entries(2)) == before
    for request in (r.Link(2), r.PostUpdate("x"), r.Declare("x"), r.Split("y")):
        seen = [e.fact for e in two.entries(1)]
        done = does(two, request, Caller(ANA, "button", admin=True))
        first, *rest = [e.fact for e in done.entries if not isinstance(e.fact, f.Acknowledged)]
        here = [e.fact for e in two.entries(1)][len(seen) :]
        went_round = rest[0] if isinstance(request, r.Declare) else here[0] if isinstance(request, r.Split) else first
        assert isinstance(went_round, f.AdminOverrode), "it stands before what they did"
        assert went_round.rule == (BEA,)
    done = does(two, r.AddNote("mine"), Caller(BEA, "button", admin=True))
    assert not any(isinstance(e.fact, f.AdminOverrode) for e in done.entries), "who may needs no right of an admin"


def test_a_severity_that_is_for_others_to_change_becomes_a_request(two: Desk) -> None:
    two.team.permissions = {"severity": (BEA,)}
    done = does(two, r.ChangeSeverity("P3", "only one table"), Caller(ANA, "slash"))
    assert [e.fact.kind for e in done.entries if e.fact.kind != "acknowledged"] == ["severity_requested"]
    seq = done.entries[-1].seq
    with pytest.raises(NotAllowed, match="may change the severity"):
        does(two, r.AcceptSeverity(seq), Caller(ANA, "button"))
    done = does(two, r.AcceptSeverity(seq), Caller(BEA, "button"))
    assert "severity_changed" in [e.fact.kind for e in done.entries]


def test_a_group_that_slack_has_not_described_is_said_to_be_so(two: Desk) -> None:
    two.team.permissions = {"note": ("S0CREW",)}
    with pytest.raises(NotYours, match="Slack has not told me yet who may add to the timeline here") as told:
        does(two, r.AddNote("x"), Caller(ANA, "slash"))
    assert not isinstance(told.value, NotAllowed), "nobody is offered to go round what is not known"
    two.team.behind = {"S0CREW": (EVE,)}
    with pytest.raises(NotAllowed):
        does(two, r.AddNote("x"), Caller(ANA, "slash"))
    two.team.behind = {"S0CREW": (EVE, ANA)}
    assert does(two, r.AddNote("x"), Caller(ANA, "slash")).entries


def test_what_an_admin_did_can_be_taken_back_and_that_they_did_it_stays(two: Desk) -> None:
    two.team.permissions = {"note": (BEA,)}
    note = r.AddNote("a wrong one")
    two.db.run_sync(lambda s: act(s, two.team, 1, note, Caller(ANA, "button", admin=True), two.now, key="press"))
    does(two, r.Undo(), Caller(ANA, "slash"))
    overrode, noted = [e.seq for e in two.entries(1) if e.fact.kind in ("admin_overrode", "note_added")]
    assert noted in two.row(1).undone
    assert overrode not in two.row(1).undone


def test_who_leaves_a_private_incident_is_out_until_they_are_needed_again(two: Desk) -> None:
    number = two.declare("Salaries are open", by=ANA, private=True).incident.id
    two.act(number, r.AddPeople((EVE,)), by=ANA)
    left = two.act(number, r.Leave(EVE), by=None)
    assert [e.fact.kind for e in left.entries] == ["left"]
    assert two.act(number, r.Leave(EVE), by=None).entries == ()
    assert two.row(number).left == (EVE,)
    two.act(number, r.Join(EVE), by=None)
    assert two.row(number).left == ()
    two.act(number, r.Leave(EVE), by=None)
    two.act(number, r.Join(EVE), by=None)
    assert two.row(number).left == (), "and as often as they come back"
    assert two.act(1, r.Leave(ANA), by=None).entries == (), "who leaves a public one still reads it"


def test_every_use_case_that_a_person_calls_asks() -> None:
    rooms = Path(permitted.__file__).parent.glob("*.py")
    called = {file.name: text for file in rooms if "caller: Caller" in (text := file.read_text("utf-8"))}
    below = {"record.py", "taking_back.py", "permitted.py", "forget.py"}  # which no door of Slack leads to
    below |= {"answer_calendar.py", "calendar_said.py"}  # answers of the one who was asked by name, whom no verb names
    assert below < set(called)
    assert [
        name for name, text in called.items() if name not in below and not re.search(r"\bpermitted(_anywhere)?\(", text)
    ] == []
