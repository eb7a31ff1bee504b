"""What is read of severities asked for, kinds and the judged impact; and nothing that was typed calls anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import fact as f
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol
from bot.views import answers, card, grading_forms, matters, notice, reminder, statements, timeline
from bot.views.scene import Post, Scene
from tests.builders import (
    BEA,
    CHANNEL,
    LEADS,
    NAMES,
    OPENED,
    Event,
    asked,
    default_protocol,
    event,
    impact,
    resolved,
    story,
)
from tests.views.reading import carried, plainly, read, view_problems
from tests.views.slack_rules import harmless

HOSTILE = "<!channel> *P1* & <@U0BEA> | ```x```"
ACKED = event(1, f.Acknowledged())
ZOE = "U0ZOE"


def requested(why: str = HOSTILE, severity: str = "P1") -> Event:
    return event(5, f.SeverityRequested(severity=severity, why=why), ZOE)


def scene_of(*events: Event, severity: str = "P3") -> Scene:
    scene = story(event(0, OPENED), *events, severity=severity)
    return Scene(scene.incident, scene.protocol, scene.now, {**NAMES, ZOE: "Zoe"}, scene.entries, ZOE)


def shown(scene: Scene, *, people: set[str]) -> Post:
    post = matters.matter(scene, waiting(scene.incident))
    assert post is not None
    harmless(post, people=people, places={CHANNEL})
    return post


def waiting(incident: Incident) -> int:
    return incident.severity_requests[0].seq


def test_a_request_calls_only_whoever_decides_and_shows_what_was_typed() -> None:
    post = shown(scene_of(ACKED, event(2, LEADS), requested()), people={BEA})
    assert "Zoe asks for P1; it is P3 now" in post["text"]
    assert "<!channel>" in plainly(post["text"])
    assert set(carried(post)) == {"Accept", "Decline"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (f.SeverityRequestDeclined(request=6, why=HOSTILE), "declined P1, which Zoe had asked for"),
        (f.SeverityChanged(old="P3", new="P1", raised=True), "made it P1, as Zoe had asked"),
        (f.Cancelled(outcome="expected"), "nobody had answered when INC-12 ended"),
    ],
)
def test_an_answered_request_is_one_line_that_calls_nobody(answer: f.Fact, words: str) -> None:
    before = scene_of(ACKED, event(2, LEADS), requested())
    number = waiting(before.incident)
    if isinstance(answer, f.SeverityRequestDeclined):
        answer = answer.model_copy(update={"request": number})
    post = shown(scene_of(ACKED, event(2, LEADS), requested(), event(9, answer, BEA)), people=set())
    assert words in plainly(post["text"])
    assert carried(post) == {}


def test_an_accepted_severity_says_who_asked_and_who_accepted() -> None:
    """The reason is the asker's: nobody reads it as the words of whoever accepted."""
    low = ACKED, event(2, LEADS), requested(why="the bank gets it at noon")
    given = f.SeverityChanged(old="P3", new="P1", raised=True, why="the bank gets it at noon")
    for by, why, accepted in ((BEA, given.why, True), (BEA, "I saw it too", False), (ZOE, given.why, False)):
        scene = scene_of(*low, event(9, given.model_copy(update={"why": why}), by))
        entry = scene.entries[-1]
        drawn = [statements.statement(scene, entry), notice.turning(scene, entry), notice.news(scene, entry)]
        for post in drawn:
            assert (f"Zoe asked, Bea accepted: {why}" in plainly(post["text"])) is accepted
            assert why in post["text"]
            harmless(post, people=set(), places={CHANNEL})
        line = plainly(timeline.told(scene, entry))
        assert ("Bea raised the severity from P3 to P1, as Zoe had asked: the bank" in line) is accepted


def test_what_does_not_count_any_more_is_not_drawn() -> None:
    assert matters.matter(scene_of(), 99) is None


def test_the_private_answer_offers_the_usual_severity_once() -> None:
    filed = event(5, f.CategoriesSet(categories=("security",)))
    scene = scene_of(filed, severity="P2")
    post = answers.answer(scene, scene.entries[-1:])
    assert "Security is typically P1 (self-healing-pipeline § severity-levels.P1). This one is P2." in read(post)
    assert "`/incident escalate security`" in read(post)
    assert list(carried(post))[:2] == ["Make it P1", "Keep P2"]
    right = scene_of(filed, severity="P1")
    assert list(carried(answers.answer(right, right.entries[-1:]))) == ["Call security"]
    low = scene_of(event(5, f.CategoriesSet(categories=("data-quality",))), severity="P4")
    assert "escalate" not in read(answers.answer(low, low.entries[-1:])), "nobody is called for a P4"


def test_at_declaring_it_is_asked_once_where_the_channel_is_told() -> None:
    filed = event(0, f.CategoriesSet(categories=("security",)), via="form")
    declared = scene_of(filed, severity="P2")
    waiting = replace(declared, incident=declared.incident.model_copy(update={"channel": None}))
    saved = answers.answer(waiting, [waiting.entries[0], waiting.entries[-1]])
    assert "typically" not in read(saved)
    assert "Make it P1" not in carried(saved)
    there = answers.opened(declared)
    assert "Security is typically P1" in read(there)
    assert list(carried(there)) == ["Make it P1", "Keep P2"]
    kept = event(1, f.TypicalKept(severity="P2", categories=("security",)))
    assert carried(answers.opened(scene_of(filed, kept, severity="P2"))) == {}


def test_the_card_says_what_kind_it_is() -> None:
    scene = scene_of(event(5, f.CategoriesSet(categories=("security", "infrastructure"))))
    assert "security, infrastructure" in str(card.card(scene)["blocks"])


def test_asked_again_for_the_impact_one_reads_what_was_judged_before() -> None:
    judged = event(4, f.ImpactAssessed(levels={"business": "severe"}, proposed="P1"))
    lowered = event(9, f.SeverityChanged(old="P1", new="P2", raised=False))
    again = asked(39, "impact")
    again = event(39, again.fact.model_copy(update={"covers": (f.Covered(key="impact", occurrence=2),)}), None)
    scene = story(event(0, OPENED), ACKED, event(3, impact()), judged, lowered, again)
    assert "Judged before: business impact severe." in plainly(
        reminder.reminder(scene, scene.incident.asks[-1])["text"]
    )


def test_the_form_judges_each_side_and_slack_takes_it() -> None:
    scene = scene_of(event(4, f.ImpactAssessed(levels={"users": "limited"}, proposed="P3")))
    view = grading_forms.assess(scene, text=HOSTILE * 20, metadata="m")
    assert view_problems(view) == []
    assert "People outside must read: severity, estimated impact" in str(view["blocks"])
    sides = [b for b in view["blocks"] if b["type"] == "input" and b["block_id"].startswith("impact_")]
    assert [b["label"]["text"] for b in sides] == ["Business impact", "Technical impact", "User impact", "Recovery"]
    assert sides[2]["element"]["initial_option"]["value"] == "limited"
    assert sides[0]["element"]["options"][0]["description"]["text"] == "points to P1"


def timed() -> Protocol:
    """The default protocol in which investigating and resolving have their times."""
    base = default_protocol()
    within = {"P1": timedelta(minutes=30)}
    phases = tuple(p.model_copy(update={"within": within}) if p.name == "investigating" else p for p in base.phases)
    promised = (base.severities[0].model_copy(update={"resolve_within": timedelta(hours=4)}), *base.severities[1:])
    return base.model_copy(update={"phases": phases, "severities": promised})


@pytest.mark.parametrize(
    ("key", "occurrence", "question", "why"),
    [
        ("phase", 2, "Investigating was to be over by", "At P1 investigating may last 30 min"),
        ("resolve", 1, "It was to be resolved by", "P1 promises a resolution within 4 h"),
    ],
)
def test_a_phase_and_a_resolution_that_take_too_long_are_asked_about(
    key: str, occurrence: int, question: str, why: str
) -> None:
    moved = event(9, f.PhaseMoved(old="detecting", new="investigating", stage="active"))
    about = event(
        300, asked(300, key).fact.model_copy(update={"covers": (f.Covered(key=key, occurrence=occurrence),)}), None
    )
    for ended in (
        (),
        (event(301, f.PhaseMoved(old="investigating", new="fixing", stage="active")), event(302, resolved())),
    ):
        scene = story(event(0, OPENED), ACKED, moved, about, *ended)
        drawn = Scene(scene.incident, timed(), scene.now, NAMES, scene.entries)
        post = reminder.reminder(drawn, next(a for a in drawn.incident.asks if a.covers[0].key == key))
        harmless(post, people={BEA}, places={CHANNEL})
        if ended:
            assert plainly(post["text"]).startswith("✓ ")
        else:
            assert question in plainly(post["text"])
            assert why in plainly(str(post["blocks"]))
