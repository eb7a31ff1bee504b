from typing import Any

from hypothesis import given

from bot.domain import fact as f
from bot.views import blocks, checklists
from bot.views.scene import Scene
from bot.views.summary import scorecard, summary
from tests.builders import BEA, CAR, CHANNEL, Event, event, impact, resolved, story, update
from tests.views.slack_rules import accepted, called, harmless, shown, user_text

HEAD = "3f9a" * 16
TOLD = f.ManagementInformed(recipient="U0DIR")
CALM = [event(0, TOLD, None), event(8, f.Acknowledged()), event(9, update("loader restarted")), event(12, impact())]
LEVEL_2 = event(30, f.Escalated(level=2, people=(CAR,), by_clock=True, clause="c"), None, via="clock")
CLOSED = event(300, f.Closed(severity="P1", met=("resolved",)), BEA)


def _marked(minutes: float, text: str, **more: Any) -> Event:
    fact = f.MessageMarked(channel="C1", ts=str(minutes), author=CAR, text=text, marker="pushpin")
    return event(minutes, fact, via="reaction", **more)


def _closed(*events: Event, **declared: Any) -> Scene:
    return story(*CALM, *events, CLOSED, **declared)


def test_the_summary_tells_outcome_durations_promises_and_thanks() -> None:
    scene = _closed(_marked(15, "found it: sign flipped"), event(25, resolved()))
    drawn = accepted(summary(scene, HEAD))
    assert called(drawn) == set()
    assert shown(drawn).split("\n") == [
        "✅ *Closed · P1 · Orders mart is stale* — INC-12",
        "Resolved after 25 min; data repaired.",
        "*Cause* a deploy flipped the sign in the loader",
        "*Fix* reverted, 06:10–08:20 backfilled",
        "*Detect* 1 h 33 min · *Acknowledge* 8 min · *Triage* 9 min · *Resolve* 25 min · *Figures wrong* 1 h 58 min",
        "*Promises* all 9 kept",
        shown(blocks.paragraph(checklists.left_unticked(scene))),
        "*Moments*",
        "• 07:58 CET Car: found it: sign flipped",
        "*On-Call Responder* Ana · *Incident Manager* Bea",
        "Thanks to Ana, Car and Bea.",
        f"11 timeline entries, attached as a file · record digest `{HEAD}`",
    ]


def test_late_promises_are_named_with_how_late() -> None:
    scene = _closed(LEVEL_2, event(48, update("backlog gone")), event(60, resolved()))
    assert "*Promises* 9 of 10 kept; the 08:22 CET update came 9 min late" in shown(summary(scene, HEAD))


def test_what_was_not_ticked_stands_with_its_reason() -> None:
    closed = f.Closed(severity="P1", met=(), unmet=("workarounds",), reason="follows on Monday", automatable=False)
    drawn = shown(summary(story(event(25, resolved()), event(30, closed)), HEAD))
    assert "*Not ticked* temporary workarounds are gone — follows on Monday" in drawn
    assert "*Could automation have handled it?* no" in drawn


def test_five_moments_from_beginning_to_end_in_the_order_they_happened() -> None:
    marks = [_marked(10 + n, f"moment {n}") for n in (3, 1, 2, 0, 8, 5, 4, 6, 7)]
    drawn = shown(summary(_closed(*marks, event(25, resolved())), HEAD))
    told = [line.split("moment ")[1] for line in drawn.split("\n") if line.startswith("• ")]
    assert told == ["0", "2", "4", "6", "8"]


def test_a_mark_that_was_taken_back_is_no_moment() -> None:
    taken_back = event(16, f.MarkRetracted(channel="C1", ts="15"), via="reaction")
    drawn = shown(summary(_closed(_marked(15, "wrong one"), taken_back, event(25, resolved())), HEAD))
    assert "wrong one" not in drawn
    assert "Moments" not in drawn


def test_the_scorecard_lists_every_promise_with_its_clause_the_broken_first() -> None:
    scene = _closed(LEVEL_2, event(48, update("backlog gone")), event(60, resolved()))
    lines = shown(accepted(scorecard(scene))).split("\n")
    assert lines[:2] == [
        "*Promises of INC-12, by self-healing-pipeline*",
        "✗ late by 9 min: update due 08:22 CET, done 08:31 CET · P1 · self-healing-pipeline § updates.P1",
    ]
    assert all("✓ kept: " in line or "✗ late by " in line for line in lines[1:-1])
    assert lines[-1] == "… runs: postmortem by Sun 22 Nov 08:43 CET · P1 · house default for P1"
    assert (
        "✓ kept: acknowledgement due 07:58 CET, done 07:51 CET · P1 · self-healing-pipeline § on-call.expectations.P1"
        in lines
    )


def test_missed_and_not_applicable_are_different_things() -> None:
    early = shown(scorecard(story(event(5, resolved()), CLOSED)))
    assert "– not applicable: triage due 07:58 CET" in early
    late = shown(scorecard(story(event(20, resolved()), CLOSED)))
    assert "✗ missed: triage due 07:58 CET" in late


def test_what_was_late_because_it_was_snoozed_says_by_whom_and_why() -> None:
    asleep = event(35, f.Snoozed(until=story(now=50).now, why="waiting for the backfill"))
    scene = _closed(LEVEL_2, asleep, event(48, update("backlog gone")), event(60, resolved()))
    why = "(snoozed by Ana: waiting for the backfill)"
    assert f"9 of 10 kept; the 08:22 CET update came 9 min late {why}" in shown(summary(scene, HEAD))
    assert f"✗ late by 9 min {why}: update due 08:22 CET, done 08:31 CET · P1" in shown(scorecard(scene))


@given(user_text)
def test_nothing_anybody_types_breaks_the_summary(text: str) -> None:
    marks = [_marked(10 + n, text) for n in range(5)]
    done = f.Resolved(fix=text, data="repaired", cause=text, verified=text)
    closed = event(300, f.Closed(severity="P1", met=(), unmet=("workarounds",), reason=text))
    scene = story(*CALM, *marks, event(25, done), closed, title=text)
    harmless(summary(scene, HEAD), people=set(), places={CHANNEL})
    harmless(scorecard(scene), people=set(), places={CHANNEL})
