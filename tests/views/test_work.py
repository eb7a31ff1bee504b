"""Causes and things to do as they are read."""

from __future__ import annotations

from datetime import date

from bot.domain import fact as f
from bot.views.brief import brief
from bot.views.summary import summary
from bot.views.work import direct, theories, theory, todos
from tests.builders import BEA, TEC, event, minute, story
from tests.views.reading import read as shown
from tests.views.slack_rules import buttons, called

LOADER = event(5, f.CauseProposed(text="the *loader* <!channel>"))
ITEM = event(6, f.ActionAdded(text="test the sign", owner=TEC, due=date(2026, 11, 27)), BEA)
TASK = event(7, f.ActionAdded(text="restart it", task=True))


def test_a_theory_waits_with_its_buttons_and_shrinks_to_what_became_of_it() -> None:
    scene = story(LOADER)
    seq = scene.incident.theories[0].seq
    waiting = theory(scene, seq)
    assert waiting is not None
    assert buttons(waiting) == ["Confirmed", "Ruled out"]
    assert called(waiting) == set()
    judged = story(LOADER, event(9, f.CauseJudged(cause=seq, verdict="rejected", why="it ran")))
    over = theory(judged, seq)
    assert over is not None
    assert shown(over) == "✗ *Ruled out* the *loader* <!channel> — it ran · Ana"
    assert theory(scene, 99) is None
    assert "ruled out the *loader* <!channel> (it ran)" in shown(brief(judged))
    assert "1. ✗ ruled out: the *loader*" in shown(theories(judged))


def test_what_is_to_do_comes_tasks_first_then_what_is_over() -> None:
    scene = story(ITEM, TASK)
    item, task = scene.incident.todos
    told = shown(todos(scene)).split("\n")
    assert told[0] == "*To do for INC-12* 2 open, 0 done or dropped"
    assert told[1] == "☑️ task: restart it · nobody yet"
    assert "📋 action item: test the sign · Tec, due Fri 27 Nov" in told
    over = story(ITEM, TASK, event(9, f.ActionEnded(action=task.seq, done=True)))
    assert "✓ done" in shown(todos(over))
    assert "• 📋 action item: test the sign · Tec, due Fri 27 Nov" in shown(summary(over, "ab12"))
    assert "restart it" not in shown(summary(over, "ab12"))
    assert item.open


def test_a_duty_in_a_private_incident_is_not_named_to_who_is_not_in_it() -> None:
    scene = story(ITEM, reader=TEC)
    [given] = [one for one in scene.entries if isinstance(one.fact, f.ActionAdded)]
    assert "Bea gave you an action item of INC-12: test the sign, due Fri 27 Nov" in shown(direct(scene, given))
    hidden = scene.incident.model_copy(update={"private": True})
    assert "test the sign" not in str(
        direct(type(scene)(hidden, scene.protocol, minute(9), scene.names, reader=TEC), given)
    )
