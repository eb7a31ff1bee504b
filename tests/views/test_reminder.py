from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from bot.domain import fact as f
from bot.views.reminder import climb, direct, nobody, reminder
from bot.views.scene import Post
from tests.builders import (
    ANA,
    BEA,
    CAR,
    CHANNEL,
    DIR,
    TEC,
    Event,
    asked,
    event,
    impact,
    minute,
    resolved,
    story,
    update,
)
from tests.views.slack_rules import accepted, buttons, called, harmless, shown, user_text

ACKNOWLEDGED = event(8, f.Acknowledged())
BACKLOG = event(9, update("loader restarted, backlog shrinking"))
UPDATE_DUE = asked(39, "update", occurrence=2)
PAGED = asked(0, "acknowledge", how="page", step="page", people=(ANA,), due=minute(15))
WHY_UPDATE = "P1 promises news every 30 min (self-healing-pipeline § updates.P1). Any update stops this."
SEND_THAT = "*Send that* takes what you last wrote in the incident's channel; you read it over first."


def _reminder(*events: Event, **more: Any) -> Post:
    scene = story(*events, **more)
    return accepted(reminder(scene, scene.incident.asks[0]))


def _last(draw: Any, *events: Event, **more: Any) -> Post:
    scene = story(*events, **more)
    return accepted(draw(scene, scene.incident.asks[-1]))


def test_a_due_update_asks_one_person_what_changed_and_says_why() -> None:
    drawn = _reminder(ACKNOWLEDGED, BACKLOG, UPDATE_DUE)
    assert called(drawn) == {BEA}
    assert shown(drawn).split("\n") == [
        f'⏰ <@{BEA}> The 08:22 CET update is due. What changed since "loader restarted, backlog shrinking"?',
        "[Post update] [No change] [Snooze] [Not me] [Send that]",
        WHY_UPDATE,
        SEND_THAT,
    ]
    assert "P1 · Orders mart is stale (INC-12, Triaged)" in drawn["text"]


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (event(41, update("fixed")), "✓ 08:24 CET Ana posted an update"),
        (event(41, f.UpdatePosted(no_change=True)), "✓ 08:24 CET Ana said nothing has changed"),
        (event(41, resolved()), "✓ 08:24 CET Ana resolved it"),
        (event(41, f.Cancelled(outcome="expected")), "✓ 08:24 CET INC-12 ended, so nobody is asked"),
    ],
)
def test_an_answered_reminder_shrinks_to_one_line(answer: Event, line: str) -> None:
    assert shown(_reminder(ACKNOWLEDGED, BACKLOG, UPDATE_DUE, answer)) == line


def test_a_promise_that_a_lower_severity_does_not_make_is_not_asked_about_any_more() -> None:
    lowered = event(20, f.SeverityChanged(old="P1", new="P4", raised=False))
    line = "✓ P4 does not promise this any more, so nobody is asked"
    assert shown(_reminder(asked(15, "impact"), lowered)) == line


@pytest.mark.parametrize(
    ("key", "answer", "line"),
    [
        ("acknowledge", event(16, f.Acknowledged(), CAR), "✓ 07:59 CET Car acknowledged"),
        ("triage", event(16, f.SeverityConfirmed(severity="P1")), "✓ 07:59 CET INC-12 is triaged as P1"),
        ("impact", event(16, impact(), CAR), "✓ 07:59 CET Car said what it means"),
        ("first_notice", event(16, impact()), "✓ 07:59 CET the announcement says what it means and who has it"),
    ],
)
def test_each_promise_has_its_own_answer(key: str, answer: Event, line: str) -> None:
    assert shown(_reminder(asked(15, key), answer)) == line


def test_a_shared_reminder_stays_until_the_last_of_its_promises_is_kept() -> None:
    shared = asked(30, "update", "impact")
    both = shown(_reminder(shared))
    assert "2 things are due:" in both
    assert "One update that says what changed and what it means answers them together." in both
    assert "[Post update] [Snooze] [Not me] [Send that]" in both
    left = shown(_reminder(shared, event(31, update("x"))))
    assert "What does it mean for those who use the data?" in left
    assert "update is due" not in left


@pytest.mark.parametrize(
    ("key", "labels"),
    [
        ("acknowledge", ["Acknowledge", "Not me"]),
        ("triage", ["Confirm P1", "Snooze", "Not me"]),
        ("impact", ["Post update", "Snooze", "Not me"]),
        ("first_notice", ["Post update", "Snooze", "Not me"]),
        ("update", ["Post update", "No change", "Snooze", "Not me", "Send that"]),
    ],
)
def test_buttons_are_those_that_keep_the_promise(key: str, labels: list[str]) -> None:
    assert buttons(_reminder(asked(15, key))) == labels


def test_a_phase_that_lasts_too_long_is_left_with_one_press() -> None:
    scene = story(
        event(5, f.PhaseMoved(old="triaging", new="investigating", stage="active")), asked(20, "phase", occurrence=2)
    )
    timed = tuple(
        phase.model_copy(update={"within": {"P1": minute(15) - minute(0)}}) for phase in scene.protocol.phases
    )
    protocol = scene.protocol.model_copy(update={"phases": timed})
    drawn = accepted(reminder(replace(scene, protocol=protocol), scene.incident.asks[0]))
    assert buttons(drawn) == ["Move to fixing", "Snooze", "Not me"]


def test_what_is_asked_late_says_since_when_it_could() -> None:
    down = asked(95, "update", occurrence=2, due=minute(39))
    assert "I could not ask before 09:18 CET." in shown(_reminder(ACKNOWLEDGED, BACKLOG, down))


def test_what_was_snoozed_is_not_blamed_on_the_bot() -> None:
    snoozed = event(20, f.Snoozed(until=minute(50), why="vendor call"))
    late = asked(50, "update", occurrence=2, due=minute(39))
    drawn = shown(_reminder(ACKNOWLEDGED, BACKLOG, snoozed, late))
    assert "Ana snoozed this until 08:33 CET." in drawn
    assert "could not ask" not in drawn


def test_a_page_calls_whoever_is_on_call() -> None:
    drawn = _reminder(PAGED)
    assert called(drawn) == {ANA}
    assert "nobody has acknowledged it. You are on call." in shown(drawn)


@pytest.mark.parametrize(
    ("step", "person", "role"),
    [
        ("again", ANA, "You are on call."),
        ("secondary", CAR, "You are second on call."),
        ("level 2", TEC, "You are level 2 of the ladder."),
    ],
)
def test_an_unanswered_page_says_who_is_asked_next_and_why(step: str, person: str, role: str) -> None:
    more = asked(5, "acknowledge", how="page", step=step, people=(person,), due=minute(15))
    drawn = _last(climb, PAGED, more)
    assert called(drawn) == {person}
    assert shown(drawn).startswith(f"<@{person}> P1 was declared 5 min ago and nobody has acknowledged it. {role}")


def test_an_unanswered_reminder_climbs_to_who_leads() -> None:
    first = asked(39, "update", occurrence=2, people=(ANA,))
    more = asked(54, "update", how="climb", step="climb", occurrence=2, due=minute(39))
    drawn = _last(climb, ACKNOWLEDGED, BACKLOG, first, more)
    assert shown(drawn).startswith(
        f"<@{BEA}> the P1 update is 15 min late and nobody has answered. You lead this incident."
    )
    assert WHY_UPDATE in shown(drawn)


def test_not_me_asks_the_next_and_says_who_passed_it_on() -> None:
    first = asked(39, "update", occurrence=2, people=(ANA,))
    declined = event(40, f.AskDeclined(covers=(f.Covered(key="update", occurrence=2),)))
    more = asked(40, "update", how="climb", step="passed on", occurrence=2, due=minute(39))
    drawn = _last(climb, ACKNOWLEDGED, BACKLOG, first, declined, more)
    assert shown(drawn).startswith(f"<@{BEA}> Ana passes this on: The 08:22 CET update is due.")


def test_nobody_left_is_said_once_with_the_next_try() -> None:
    first = asked(39, "update", occurrence=2, people=(ANA,))
    more = asked(54, "update", how="climb", step="climb", people=(), occurrence=2, due=minute(39))
    drawn = _last(climb, ACKNOWLEDGED, BACKLOG, first, more)
    assert called(drawn) == set()
    assert "everybody who could answer has been asked. I ask again at 08:52 CET." in shown(drawn)
    assert _last(nobody, ACKNOWLEDGED, BACKLOG, first, more) == drawn


def test_a_direct_message_says_how_soon_where_and_why_you() -> None:
    early = asked(34, "update", how="early", step="early", occurrence=2, due=minute(39))
    drawn = _last(direct, ACKNOWLEDGED, BACKLOG, early, reader=BEA)
    assert shown(drawn).split("\n") == [
        f"*P1 · Orders mart is stale* in <#{CHANNEL}>",
        "⏰ The update is due at 08:22 CET, in 5 min.",
        "You lead this incident.",
        "[Post update] [No change] [Snooze] [Not me] [Send that]",
        WHY_UPDATE,
        SEND_THAT,
    ]


def test_a_page_by_direct_message_says_how_long_nobody_has_come() -> None:
    assert "It was declared just now and needs somebody." in shown(_last(direct, PAGED, reader=ANA))
    again = asked(3, "acknowledge", how="page", step="again", people=(ANA,), due=minute(15))
    assert "it was declared 3 min ago" in shown(_last(direct, PAGED, again, reader=ANA))


def test_a_private_incident_has_no_title_for_whom_is_not_in_it() -> None:
    early = asked(34, "update", how="early", step="early", people=(DIR,), occurrence=2, due=minute(39))
    outside = str(_last(direct, ACKNOWLEDGED, BACKLOG, event(20, impact()), early, reader=DIR, private=True))
    assert "Orders" not in outside
    assert "Revenue" not in outside
    assert "backlog" not in outside
    assert "A private P1 incident" in outside
    inside = str(_last(direct, ACKNOWLEDGED, BACKLOG, early, reader=BEA, private=True))
    assert "Orders mart is stale" in inside


@given(user_text)
def test_nothing_anybody_types_calls_others_than_those_asked(text: str) -> None:
    told = [event(8, f.Acknowledged()), event(9, update(text)), event(10, f.ImpactStated(sentence=text))]
    scene = story(*told, UPDATE_DUE, title=text, reader=BEA)
    ask = scene.incident.asks[0]
    for draw in (reminder, climb, direct):
        harmless(draw(scene, ask), people={BEA}, places={CHANNEL})
