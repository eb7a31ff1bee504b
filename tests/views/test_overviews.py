"""Pages over several incidents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.measures import Measures
from bot.domain.promises.scorecard import Tally
from bot.views.overviews import measures, similar
from bot.views.scene import Scene
from tests.builders import story
from tests.views.reading import read as shown
from tests.views.slack_rules import links


def other(number: int, title: str) -> Scene:
    scene = story()
    return replace(
        scene,
        incident=scene.incident.model_copy(update={"id": number, "title": title, "affected": "", "fix": "reverted"}),
    )


def test_numbers_in_three_lines() -> None:
    found = Measures({"P2": 1, "P1": 2}, timedelta(minutes=6), None, 9, 12)
    assert shown(measures(found, timedelta(days=30))).split("\n") == [
        "*Last 30 days* 3 incidents: 2 P1, 1 P2",
        "*Half of them* acknowledged within 6 min · none resolved yet",
        "*Promises* 9 of 12 kept (75 %)",
    ]
    worst = (Tally("update", "ours § news.P1", kept=3, snoozed=1, late=2), Tally("impact", "house", missed=1))
    broken = replace(found, clauses=(*worst, Tally("triage", "ours § triage.P1", kept=4)))
    assert shown(measures(broken, timedelta(days=30))).split("\n")[3:] == [
        "• update: 3 of 6 kept, 2 late, 1 snoozed · ours § news.P1",
        "• impact: 0 of 1 kept, 1 missed · house",
        "The other one was kept each time.",
    ]
    nothing = Measures({}, None, None, 0, 0)
    assert shown(measures(nothing, timedelta(days=7))) == "No incident was declared in the last 7 days."


def test_what_is_like_it_but_never_itself() -> None:
    here = other(12, "orders mart is stale")
    known = [
        here,
        other(3, "office printer"),
        other(4, "Orders mart stale <!channel>"),
        other(5, "stale orders mart is late"),
    ]
    told = similar(here, known)
    assert {line.split(" ")[1] for line in shown(told).split("\n")[1:]} == {"*INC-4", "*INC-5"}
    assert links(told) == []
    assert "No other incident is like INC-3" in shown(similar(other(3, "office printer"), [here]))
