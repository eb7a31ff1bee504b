"""What Slack answers: the outbox row and the facts change together."""

from __future__ import annotations

import pytest

from bot.domain import request as r
from bot.domain.errors import NotNow
from bot.store import outbox
from tests.domain.life import ANA, DIR, EVE
from tests.usecases.desk import OWNER, Desk


def taken(desk: Desk, kind: str, what: str | None = None) -> outbox.Row:
    """The first message of a kind that may be sent; everything that may go before it or beside it has arrived."""
    while rows := desk.claim():
        wanted = [row for row in rows if row.message.kind == kind and what in (None, row.message.args.get("what"))]
        for row in rows:
            if row not in wanted[:1]:
                desk.arrive(row)
        if wanted:
            return wanted[0]
    raise AssertionError(f"no {kind} is waiting")


def test_the_channel_is_a_fact_and_lets_the_rest_go(desk: Desk, number: int) -> None:
    assert desk.arrive(taken(desk, "open_channel"))
    assert desk.row(number).channel == f"C{number}"
    assert desk.kinds(number)[-1] == "channel_opened"
    assert {"card", "invite", "tell_declarer"} <= {row.message.kind for row in desk.claim()}
    desk.assert_whole(number)


def test_everything_that_was_declared_arrives(desk: Desk, number: int) -> None:
    desk.deliver()
    assert {row.state for row in desk.outbox(number)} == {"sent"}


def test_an_answer_that_comes_twice_counts_once(desk: Desk, number: int) -> None:
    row = taken(desk, "open_channel")
    assert desk.arrive(row)
    assert not desk.arrive(row)
    assert desk.kinds(number).count("channel_opened") == 1


def test_who_lost_the_lease_changes_nothing(desk: Desk, number: int) -> None:
    row = taken(desk, "open_channel")
    assert desk.db.run_sync(lambda s: outbox.again(s, row.id, OWNER, after_seconds=0, error="timeout", ambiguous=False))
    assert not desk.arrive(row)
    assert not desk.bounce(row, "restricted_action")
    assert desk.row(number).channel is None
    assert "channel_refused" not in desk.kinds(number)


def test_management_told_is_a_promise_kept(desk: Desk, number: int) -> None:
    assert desk.arrive(taken(desk, "management"))
    assert desk.row(number).management_told == (DIR,)
    assert [due for due in desk.clock_table(number) if due.key == "management"] == []


def test_a_refused_channel_parks_what_needs_it_and_tells_the_declarer(desk: Desk, number: int) -> None:
    assert desk.bounce(taken(desk, "open_channel"), "restricted_action")
    assert desk.row(number).channel_error == "restricted_action"
    assert desk.states(number, "card") == ["parked"]
    told = [row for row in desk.claim() if row.message.kind == "tell" and row.message.args["person"] == EVE]
    assert [row.message.args["what"] for row in told] == ["channel_refused"]
    desk.assert_whole(number)


def test_the_incident_of_a_refused_channel_goes_on(desk: Desk, number: int) -> None:
    desk.bounce(taken(desk, "open_channel"), "restricted_action")
    desk.act(number, r.PostUpdate("We work from the team's channel."))
    desk.act(number, r.Resolve("Reverted.", "repaired"))
    assert desk.row(number).stage == "resolved"
    assert set(desk.states(number, "say")) == {"parked"}


def test_retry_revives_what_was_parked(desk: Desk, number: int) -> None:
    desk.bounce(taken(desk, "open_channel"), "restricted_action")
    desk.act(number, r.PostUpdate("We work from the team's channel."))
    desk.act(number, r.RetryChannel(), by=EVE, key="click-1")
    again = desk.act(number, r.RetryChannel(), by=EVE, key="click-1")
    assert again.repeated
    assert desk.kinds(number).count("channel_retried") == 1
    assert desk.row(number).channel_error is None
    sent = desk.deliver()
    assert {"open_channel", "card", "say", "tell_declarer"} <= {row.message.kind for row in sent}
    assert {row.state for row in desk.outbox(number)} == {"sent"}
    assert desk.row(number).channel == f"C{number}"
    desk.assert_whole(number)


def test_retrying_again_after_another_refusal(desk: Desk, number: int) -> None:
    for _ in range(2):
        desk.bounce(taken(desk, "open_channel"), "ratelimited")
        desk.act(number, r.RetryChannel(), by=EVE)
    desk.deliver()
    assert desk.states(number, "open_channel") == ["sent"]


def test_there_is_nothing_to_retry_once_the_channel_is_there(desk: Desk, number: int) -> None:
    desk.arrive(taken(desk, "open_channel"))
    with pytest.raises(NotNow):
        desk.act(number, r.RetryChannel())


def test_another_refusal_is_told_once_and_does_not_stop_the_rest(desk: Desk, number: int) -> None:
    assert desk.bounce(taken(desk, "notice"), "not_in_channel")
    assert "delivery_refused" in desk.kinds(number)
    desk.deliver()
    assert desk.states(number, "notice") == ["refused"]
    assert set(desk.states(number, "card")) == {"sent"}


def test_that_a_refusal_could_not_be_told_is_not_told_again(desk: Desk, number: int) -> None:
    desk.bounce(taken(desk, "notice"), "not_in_channel")
    sorry = taken(desk, "tell", "delivery_refused")
    before = desk.kinds(number)
    assert desk.bounce(sorry, "user_disabled")
    assert desk.kinds(number) == before


def test_what_arrives_after_the_end_is_still_recorded(desk: Desk, number: int) -> None:
    row = taken(desk, "open_channel")
    desk.act(number, r.Cancel("noise"), by=ANA)
    assert desk.arrive(row)
    assert (desk.row(number).stage, desk.row(number).channel) == ("cancelled", f"C{number}")


def test_a_refused_announcement_does_not_stop_the_one_after_it(desk: Desk, number: int) -> None:
    """News waits for the announcement's thread, and behind it, in the same lane, the announcement is drawn anew."""
    desk.act(number, r.PostUpdate("Found the cause."))
    first = taken(desk, "notice")
    desk.act(number, r.ChangeSeverity("P2"))
    desk.bounce(first, "not_in_channel")
    desk.deliver()
    assert desk.states(number, "notice") == ["refused", "sent"]
    assert set(desk.states(number, "news")) == {"sent"}
