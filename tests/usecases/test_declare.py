"""Declaring: saved first, with everything that follows from it, in one transaction."""

from __future__ import annotations

import pytest

from bot.domain.errors import BadInput
from bot.store import incidents
from tests.domain.life import ANA, EVE, MONDAY, default, span
from tests.usecases.desk import Desk


def test_one_transaction_holds_the_facts_the_row_the_clocks_and_the_messages(desk: Desk) -> None:
    woken: list[bool] = []
    desk.team.wake = lambda: woken.append(True)
    done = desk.declare("Orders mart is stale")
    number = done.incident.id
    assert done.incident == desk.row(number)
    assert desk.kinds(number)[:2] == ["declared", "on_call_named"]
    assert {due.key for due in desk.clock_table(number)} >= {"acknowledge", "triage", "update", "escalate"}
    assert {"open_channel", "card", "tell_declarer"} <= {row.kind for row in desk.outbox(number)}
    assert woken
    desk.assert_whole(number)


def test_what_is_due_at_once_is_said_at_once(desk: Desk) -> None:
    done = desk.declare()
    assert {"asked", "management_called"} <= {each.fact.kind for each in done.entries}
    assert min(due.fire_at for due in desk.clock_table(done.incident.id)) == MONDAY + span("0:03")


def test_incidents_are_numbered_in_order_and_keep_their_protocol(desk: Desk) -> None:
    first, second = desk.declare().incident, desk.declare(by=ANA).incident
    assert (first.id, second.id) == (1, 2)
    assert first.protocol_digest == default().digest()


def test_what_cannot_be_declared_leaves_nothing_behind(desk: Desk) -> None:
    with pytest.raises(BadInput):
        desk.declare("   ")
    with pytest.raises(BadInput):
        desk.declare(severity="P9")
    assert desk.db.run_sync(lambda s: incidents.listing(s, open_only=False)) == []
    assert desk.declare().incident.id == 1


@pytest.mark.parametrize("title", ["🔥", "订单数据过期了", "x" * 3000, "<!channel> & *bold* <@U1>"])
def test_a_title_comes_back_as_it_was_typed(desk: Desk, title: str) -> None:
    number = desk.declare(title).incident.id
    assert desk.row(number).title == title
    desk.assert_whole(number)


def test_the_same_delivery_twice_declares_once_and_answers_the_same(desk: Desk) -> None:
    first = desk.declare(key="trigger-1")
    again = desk.declare(key="trigger-1")
    assert again.repeated
    assert not first.repeated
    assert (again.incident, again.entries) == (first.incident, first.entries)
    assert len(desk.db.run_sync(lambda s: incidents.listing(s, open_only=False))) == 1
    assert desk.states(first.incident.id, "open_channel") == ["waiting"]


def test_a_refused_delivery_may_come_again_corrected(desk: Desk) -> None:
    with pytest.raises(BadInput):
        desk.declare("", key="view-1")
    assert not desk.declare("Orders mart is stale", key="view-1").repeated


def test_two_deliveries_are_two_incidents(desk: Desk) -> None:
    assert desk.declare(key="trigger-1").incident.id != desk.declare(key="trigger-2").incident.id


def test_the_declarer_is_told_where_it_is_when_the_channel_is_there(desk: Desk) -> None:
    number = desk.declare().incident.id
    first = {row.message.kind for row in desk.claim()}
    assert "tell_declarer" not in first
    assert "open_channel" in first
    told = next(row for row in desk.outbox(number) if row.kind == "tell_declarer")
    assert EVE in told.body
