from collections.abc import Sequence

import pytest
from hypothesis import given

from bot.domain import fact as f
from bot.domain import request as r
from bot.views.answers import CHANNEL_ERRORS, answer, away, inside, opened, refused
from bot.views.ids import read_value
from bot.views.scene import Post, Scene
from tests.builders import (
    ANA,
    BEA,
    CAR,
    CHANNEL,
    Event,
    asked,
    default_protocol,
    event,
    impact,
    minute,
    resolved,
    story,
    update,
)  # fmt: skip
from tests.views.reading import carried, private, read
from tests.views.slack_rules import buttons, user_text

MARKED = f.MessageMarked(channel=CHANNEL, ts="1.0", author=BEA, text="I see it", marker="pushpin")
COVERED = (f.Covered(key="update", occurrence=1),)


def told(scene: Scene, entries: Sequence[f.Entry], request: r.Request | None = None) -> str:
    return read(answer(scene, entries, request))


def after(*events: Event, last: int = 1, request: r.Request | None = None, now: float | None = None) -> str:
    """What the caller reads after the last so many events of a story."""
    scene = story(*events, now=now)
    return told(scene, scene.entries[-last:], request)


ACKED = event(3, f.Acknowledged())
STATED = event(9, impact())


def test_a_declarer_hears_that_it_is_saved_and_who_is_asked() -> None:
    scene = story()
    assert told(scene, scene.entries[:3]) == (
        "INC-12 is saved: P1, Orders mart is stale. Opening its channel. Ana is on call and is asked now."
    )


def test_a_declarer_who_is_on_call_hears_that_it_counts_as_acknowledged() -> None:
    scene = story(event(0, f.Acknowledged(implied=True)))
    entries = [e for e in scene.entries if not isinstance(e.fact, f.ChannelOpened)]
    assert told(scene, entries).endswith("It counts as acknowledged by you: you are its responder.")


def test_a_declarer_hears_when_nobody_is_on_call() -> None:
    scene = story(event(0, f.OnCallNamed(primary=None, secondary=None), None))
    assert "Nobody is on call, so nobody is asked yet." in told(scene, scene.entries[:3])


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([ACKED], "You acknowledged INC-12 and are its responder.\nNext: triage is due 07:58 CET, in 12 min."),
        ([ACKED, STATED], "Impact saved for INC-12; the data is suspect.\nNext: triage is due 07:58 CET, in 6 min."),
        ([ACKED, STATED, event(12, update("x"))], "Update saved for INC-12.\nNext one is due 08:25 CET, in 30 min."),
        (
            [ACKED, STATED, event(12, update("x")), event(20, f.UpdatePosted(no_change=True))],
            (
                "Saved for INC-12: no change. Only the card in its channel shows it.\n"
                "Next one is due 08:33 CET, in 30 min."
            ),
        ),
        (
            [STATED, event(10, f.SeverityConfirmed(severity="P1"))],
            "INC-12 is confirmed as P1.\nNext: acknowledgement is due 07:58 CET, in 5 min.",
        ),
        ([event(5, f.NoteAdded(text="x"))], "Noted on the timeline of INC-12."),
        ([event(55, f.NoteAdded(text="x"), at=minute(20))], "Noted on the timeline of INC-12, at 08:03 CET."),
        ([event(5, f.Cancelled(outcome="expected"))], "INC-12 is cancelled: expected. Its promises have stopped."),
        (
            [event(135, resolved())],
            "INC-12 is resolved after 2 h 15 min.\nNext: postmortem is due Sun 22 Nov 09:58 CET, in 2 days.",
        ),
        ([event(135, resolved()), event(140, f.Closed(severity="P1", met=()))],
         "INC-12 is closed. Its summary stands in its channel."),
        ([event(5, MARKED, at=minute(2))], "Added to the timeline of INC-12."),
        ([event(5, MARKED, at=minute(2)), event(6, f.MarkRetracted(channel=CHANNEL, ts="1.0"))],
         "Taken off the timeline of INC-12; that it was there stays on the record."),
        ([event(1, f.ChannelRefused(error="x"), None), event(2, f.ChannelRetried())],
         "Trying again to open the channel of INC-12."),
    ],
)  # fmt: skip
def test_first_what_was_done_then_what_is_next(events: list[Event], expected: str) -> None:
    assert after(*events) == expected


def test_what_is_late_is_said_before_what_is_next() -> None:
    lines = after(ACKED, event(40, impact())).split("\n")
    assert lines[0] == "Impact saved for INC-12; the data is suspect."
    assert lines[1] == "Late: triage was due 07:58 CET, 25 min ago."


def test_the_clause_of_the_nearest_promise_stands_in_small_print() -> None:
    scene = story(ACKED, STATED, event(12, update("x")))
    small = answer(scene, scene.entries[-1:])["blocks"][-1]
    assert small["type"] == "context"
    assert small["elements"][0]["text"] == "self-healing-pipeline § updates.P1"


def test_taking_it_says_so_once() -> None:
    taken = f.RoleAssigned(role=default_protocol().responder_role.name, person=CAR)
    text = after(event(3, taken, CAR), event(3, f.Acknowledged(), CAR), last=2)
    assert text.startswith("INC-12 is yours: you are its On-Call Responder.\nNext: ")


def test_whatever_someone_on_call_does_acknowledges_and_they_hear_it() -> None:
    text = after(event(9, f.Acknowledged(implied=True)), event(9, impact()), last=2)
    assert text.startswith("Impact saved")
    assert "It counts as acknowledged by you: you are its responder." in text


def test_a_snooze_says_until_when_and_when_it_was_cut_short() -> None:
    snoozed = event(20, f.Snoozed(until=minute(50), why="asleep"))
    exact = after(ACKED, snoozed, request=r.SnoozeAsking(minute(50) - minute(20), "asleep"))
    assert exact.startswith("Reminders are quiet until 08:33 CET, for 30 min. No due time moves")
    assert "at most" not in exact
    assert "P1 allows 30 min at most." in after(
        ACKED, snoozed, request=r.SnoozeAsking(minute(90) - minute(0), "asleep")
    )


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((CAR,), "Not you, then: Car is asked now."),
        ((CAR, ANA), "Not you, then: Car and Ana are asked now."),
        ((), "Not you, then. There is nobody else to ask, so the promise is still open."),
    ],
)
def test_not_me_says_who_is_asked_instead(people: tuple[str, ...], expected: str) -> None:
    declined = event(31, f.AskDeclined(covers=COVERED), BEA, via="button")
    passed_on = asked(31, "update", how="climb", step="passed on", people=people)
    assert after(asked(30, "update"), declined, passed_on, last=2) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (r.Acknowledge(), "INC-12 is already acknowledged by Ana, 07:46 CET."),
        (r.Confirm(), "INC-12 is P1 already, and that is confirmed."),
        (r.MarkMessage(CHANNEL, "1.0", BEA, "I see it", "star"),
         "That message is on the timeline of INC-12 already, added by Ana."),
        (r.RetractMark(CHANNEL, "2.0"), "That message is not on the timeline of INC-12."),
        (None, "Nothing changed: INC-12 is P1, triaged."),
    ],
)  # fmt: skip
def test_what_changes_nothing_says_why(request_: r.Request | None, expected: str) -> None:
    events = (ACKED, event(4, f.SeverityConfirmed(severity="P1")), event(5, MARKED, at=minute(2)))
    assert told(story(*events), [], request_) == expected


def test_reopening_and_regrading_are_answered() -> None:
    assert after(event(90, resolved()), event(95, f.Reopened(why="again"))).startswith("INC-12 is open again.\n")
    regraded = event(20, f.SeverityChanged(old="P1", new="P2", raised=False))
    assert after(ACKED, regraded).startswith("INC-12 is P2 now; it was P1.")
    moved = event(20, f.PhaseMoved(old="detecting", new="fixing", stage="active"))
    assert after(ACKED, moved).startswith("INC-12 is in fixing now.")


# ------------------------------------------------------------------------------------------- the channel, and bare


def test_the_declarer_hears_where_it_is_and_what_is_wanted_first() -> None:
    post = private(opened(story()))
    assert post["text"].startswith(f"INC-12 is open: <#{CHANNEL}>\nSay there what it means")
    assert opened(story(STATED))["text"] == f"INC-12 is open: <#{CHANNEL}>"


@pytest.mark.parametrize("error", [*CHANNEL_ERRORS, "never_heard_of"])
def test_a_refused_channel_says_why_and_offers_to_retry(error: str) -> None:
    post = private(refused(story(event(1, f.ChannelRefused(error=error), None))))
    assert "INC-12 is saved and its promises run. Ask an admin" in post["text"]
    action, value = carried(post)["Retry"]
    assert (action, read_value(value)[0]) == ("retry_channel", 12)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], ["Acknowledge", "Confirm P1", "Post update", "Resolve", "Catch me up"]),
        ([ACKED, event(4, f.SeverityConfirmed(severity="P1"))], ["Post update", "Resolve", "Catch me up"]),
        ([event(90, resolved())], ["Close", "Reopen", "Catch me up"]),
        ([event(90, f.Cancelled(outcome="expected"))], ["Reopen", "Catch me up"]),
    ],
)
def test_bare_incident_inside_offers_what_would_do_something(events: list[Event], expected: list[str]) -> None:
    post = inside(story(*events))
    assert buttons(post) == expected
    assert read(post).startswith("*INC-12 · P1 · Orders mart is stale*")


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "now"), (12, "in 12 min"), (-75, "1 h 15 min ago"), (1500, "in 1 day 1 h")]
)
def test_distances_are_written_in_words(minutes: int, words: str) -> None:
    assert away(minute(minutes), minute(0)) == words


# ------------------------------------------------------------------------------------------- whatever is typed


@given(user_text)
def test_no_text_breaks_an_answer_or_gets_out_of_it(text: str) -> None:
    events = (ACKED, event(9, impact(text)), event(12, update(text)), event(20, f.Snoozed(until=minute(50), why=text)))
    scene = story(*events, title=text, affected=text)
    posts: list[Post] = [answer(scene, [entry]) for entry in scene.entries]
    posts += [inside(scene), opened(scene), answer(scene, scene.entries), answer(scene, [])]
    for post in posts:
        private(post)


def test_what_slack_did_is_no_answer_to_anybody() -> None:
    refused_one = f.ChannelRefused(error="restricted_action")
    scene = story(event(1, refused_one, None), event(2, f.DeliveryRefused(message="pin", error="x"), None))
    assert told(scene, scene.entries[-2:]) == "Nothing changed: INC-12 is P1, detecting."
