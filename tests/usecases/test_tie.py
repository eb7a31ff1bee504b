"""What concerns two incidents is recorded in both, or in neither."""

from __future__ import annotations

import threading

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.errors import BadInput, DomainError, NoSuchIncident, NotNow
from bot.domain.message import Message
from bot.usecases.record import Done
from bot.usecases.tie import split, tie
from tests.domain.life import ANA, BEA, DEE, EVE
from tests.usecases.desk import Desk


def tied(desk: Desk, number: int, request: r.OfTwo, by: str = ANA, key: str | None = None) -> Done:
    caller = Caller(by, "slash")
    return desk.db.run_sync(lambda s: tie(s, desk.team, number, request, caller, desk.now, key=key))


def links(desk: Desk, number: int) -> list[tuple[int, str]]:
    return [(link.other, link.how) for link in desk.row(number).links]


@pytest.fixture
def two(desk: Desk) -> Desk:
    desk.declare("Orders mart is stale")
    desk.declare("Revenue is doubled", by=DEE)
    return desk


def whole(desk: Desk) -> None:
    for number in (1, 2):
        desk.assert_whole(number)


def test_a_link_is_kept_on_both_sides_once_and_ended_on_both(two: Desk) -> None:
    done = tied(two, 2, r.Link(1), key="k")
    again = tied(two, 2, r.Link(1), key="k")
    assert (again.repeated, again.entries) == (True, done.entries)
    assert (links(two, 1), links(two, 2)) == ([(2, "related")], [(1, "related")])
    with pytest.raises(NotNow, match="linked already"):
        tied(two, 1, r.Link(2))
    tied(two, 1, r.Unlink(2))
    assert links(two, 1) == links(two, 2) == []
    with pytest.raises(NotNow, match="are not linked"):
        tied(two, 2, r.Unlink(1))
    whole(two)


def test_a_duplicate_is_cancelled_and_its_people_go_over_and_all_of_it_is_taken_back_as_one(two: Desk) -> None:
    tied(two, 2, r.Duplicate(1), by=DEE, key="merged")
    assert (two.row(2).stage, two.row(2).outcome) == ("cancelled", "duplicate")
    assert (links(two, 1), links(two, 2)) == ([(2, "has duplicate")], [(1, "duplicate of")])
    [linked] = [e.fact for e in two.entries(1) if isinstance(e.fact, f.Linked)]
    assert DEE in linked.people
    assert two.clock_table(2) == []
    with pytest.raises(NotNow, match=r"itself a duplicate of INC-1.*duplicate INC-1"):
        tied(two, two.declare("Revenue is tripled").incident.id, r.Duplicate(2))
    two.act(2, r.Undo(), DEE, key="undone")
    assert (two.row(2).running, links(two, 1), links(two, 2)) == (True, [], [])
    assert two.clock_table(2) != []
    whole(two)


@pytest.mark.parametrize(
    ("other", "error", "words"), [(9, NoSuchIncident, "There is no INC-9"), (1, BadInput, "is this incident")]
)
def test_what_cannot_be_merged_into_is_said(two: Desk, other: int, error: type[DomainError], words: str) -> None:
    with pytest.raises(error, match=words):
        tied(two, 1, r.Duplicate(other))
    assert two.row(1).running


def test_nothing_goes_on_in_what_is_over_and_nothing_ties_a_secret_to_what_everybody_reads(two: Desk) -> None:
    two.act(1, r.Cancel("false alarm"))
    with pytest.raises(NotNow, match=r"INC-1 is cancelled.*reopen"):
        tied(two, 2, r.Duplicate(1))
    secret = two.declare("Salaries leaked", private=True).incident.id
    for number, other in ((2, secret), (secret, 2)):
        with pytest.raises(NotNow, match=f"INC-{secret} is private"):
            tied(two, number, r.Link(other))
    assert links(two, secret) == []


def test_a_part_is_split_off_with_its_people_and_what_it_is_about(two: Desk) -> None:
    two.act(1, r.ChangeAffected(added=("orders_mart", "revenue")))
    wanted, caller = r.Split("Revenue is doubled", affected="Revenue", people=(DEE,)), Caller(BEA, "form")
    done = two.db.run_sync(lambda s: split(s, two.team, 1, wanted, caller, two.now, key="k"))
    again = two.db.run_sync(lambda s: split(s, two.team, 1, wanted, caller, two.now, key="k"))
    assert (again.repeated, again.entries) == (True, done.entries)
    number = done.incident.id
    assert (links(two, 1), links(two, number)) == ([(number, "split into")], [(1, "split from")])
    new = two.row(number)
    assert (new.severity, new.affected, two.row(1).affected) == ("P1", "Revenue", "orders_mart")
    assert DEE in _invited(two, number)
    with pytest.raises(NotNow, match="Cancel that one"):
        two.act(1, r.Undo(), BEA)
    two.assert_whole(number)
    whole(two)


def _invited(desk: Desk, number: int) -> set[str]:
    messages = [Message.model_validate_json(row.body) for row in desk.outbox(number) if row.kind == "invite"]
    return {person for message in messages for person in message.args["people"]}


def test_two_who_tie_the_same_two_at_once_do_not_wait_for_each_other(two: Desk) -> None:
    said: list[str] = []

    def try_it(number: int, other: int, by: str) -> None:
        try:
            tied(two, number, r.Link(other), by=by)
            said.append("linked")
        except DomainError as refusal:
            said.append(str(refusal))

    threads = [threading.Thread(target=try_it, args=args) for args in ((1, 2, ANA), (2, 1, EVE))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert min(said, key=len) == "linked"
    assert "linked already" in max(said, key=len)
    whole(two)
