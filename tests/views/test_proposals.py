"""What is read of a high-impact change: who is called for it, what becomes of it, and where it stands afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import fact as f
from bot.views import answers, card, forms, matters, proposal_forms, proposals, summary
from bot.views.ids import read_value
from bot.views.read_forms import Values
from bot.views.scene import Post, Scene
from tests.builders import BEA, CHANNEL, NAMES, OPENED, TEC, Event, event, resolved, story
from tests.views.reading import carried, plainly, view_problems
from tests.views.slack_rules import harmless

HOSTILE = "<!channel> *drop* & <@U0BEA>"


def planned(minutes: float = 5, **changes: object) -> Event:
    held = {"what": HOSTILE, "why": HOSTILE, "risk": HOSTILE, "rollback": HOSTILE, "people": (BEA,), **changes}
    return event(minutes, f.ChangeProposed.model_validate(held), TEC)


def scene_of(*events: Event) -> Scene:
    scene = story(event(0, OPENED), *events)
    return Scene(scene.incident, scene.protocol, scene.now, NAMES, scene.entries)


def number(scene: Scene) -> int:
    return scene.incident.proposals[0].seq


def shown(scene: Scene, *, people: set[str]) -> Post:
    post = matters.matter(scene, number(scene))
    assert post is not None
    harmless(post, people=people, places={CHANNEL})
    return post


def answered(fact: type[f.Fact], **more: object) -> Scene:
    seq = number(scene_of(planned()))
    return scene_of(planned(), event(9, fact.model_validate({"proposal": seq, **more}), BEA))


def test_a_plan_calls_those_who_approve_and_says_everything_in_order() -> None:
    post = shown(scene_of(planned()), people={BEA})
    told = plainly(post["text"])
    assert [told.index(part) for part in ("asks for approval", "*Why*", "*Risk*", "*Rollback*")] == sorted(
        told.index(part) for part in ("asks for approval", "*Why*", "*Risk*", "*Rollback*")
    )
    assert "Incident Manager or Technical Coordinator, never by who planned it" in str(post["blocks"])
    assert "self-healing-pipeline § resolution.approval" in str(post["blocks"])
    assert list(carried(post)) == ["Approve", "Reject", "Change plan", "Go ahead without approval"]


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (answered(f.ChangeApproved), "✓ 07:52 CET Bea approved"),
        (answered(f.ChangeRejected, why=HOSTILE), "✗ 07:52 CET Bea rejected"),
        (answered(f.ChangeWentAhead, why=HOSTILE), "Bea went ahead without approval"),
        (
            scene_of(planned(), planned(9, replaces=number(scene_of(planned())))),
            "Tec changed this plan; the new one stands below",
        ),
        (scene_of(planned(), event(9, resolved())), "Not decided before INC-12 ended"),
    ],
)
def test_a_decided_plan_asks_nobody_any_more(scene: Scene, words: str) -> None:
    post = shown(scene, people=set())
    assert words in plainly(post["text"])
    still = scene.incident.running and scene.incident.proposals[0].state in ("approved", "rejected")
    assert list(carried(post)) == (["Change plan"] if still else [])


def test_a_rejected_plan_can_be_changed_where_its_planner_and_its_judge_read_of_it() -> None:
    scene = answered(f.ChangeRejected, why=HOSTILE)
    entry = scene.entries[-1]
    held = carried(proposals.direct(scene, entry))["Change plan"]
    assert read_value(held[1])[1] == number(scene)
    harmless(proposals.direct(scene, entry), people=set(), places={CHANNEL})
    assert "Change plan" in carried(answers.answer(replace(scene, reader=BEA), [entry]))
    approved = answered(f.ChangeApproved)
    assert "Change plan" not in carried(answers.answer(replace(approved, reader=BEA), [approved.entries[-1]]))
    over = scene_of(planned(), event(9, f.ChangeRejected(proposal=number(scene), why="no")), event(12, resolved()))
    assert carried(shown(over, people=set())) == {}


def test_of_several_plans_each_has_its_number_where_it_is_read() -> None:
    one, two = scene_of(planned(what="one")), scene_of(planned(what="one"), planned(6, what="two"))
    assert "Plan 1" not in str(matters.matter(one, number(one)))
    assert "Plan 2." in str(matters.matter(two, two.incident.proposals[1].seq))
    assert "Waiting for approval: 1 one (Tec); 2 two (Tec)" in card.card(two)["text"]
    assert "Change plan 2" in str(proposal_forms.propose(two, before=two.incident.proposals[1]))


def test_the_card_says_what_waits_and_the_end_says_what_became_of_it() -> None:
    waiting = planned(what="restart the loader")
    assert "Waiting for approval: restart the loader (Tec)" in card.card(scene_of(waiting))["text"]
    over = answered(f.ChangeWentAhead, why="disk full")
    assert "Waiting" not in card.card(over)["text"]
    assert "without approval by Bea" in plainly(summary.summary(over, "")["text"])
    assert "✗ without approval" in plainly(summary.scorecard(over)["text"])
    assert "✗ without approval" not in plainly(summary.scorecard(answered(f.ChangeApproved))["text"])
    assert "without approval by Bea" in str(forms.resolve(over))


def test_the_form_keeps_what_was_typed_and_what_the_plan_said() -> None:
    scene = scene_of(planned(what="restart"))
    fresh = proposal_forms.propose(scene, text="drop it because it is corrupt", metadata="m")
    again = proposal_forms.propose(scene, before=scene.incident.proposals[0])
    for view in (fresh, again, proposal_forms.reject(scene), proposal_forms.go_ahead(scene)):
        assert view_problems(view) == []
    typed = {b["block_id"]: b["element"].get("initial_value") for b in fresh["blocks"] if b["type"] == "input"}
    assert (typed["what"], typed["why"], typed["rollback"]) == ("drop it", "it is corrupt", None)
    values: Values = {"what": {"what": {"value": "x"}}, "rollback": {"rollback": {"value": "y"}}}
    assert proposal_forms.read_propose(values) == {
        "what": "x",
        "why": "",
        "risk": "",
        "rollback": "y",
        "environment": "",
        "step": "",
    }
