"""Several can be meant: each button says in full what was typed, with the one it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.duty.oncall import Roster
from bot.domain.errors import WhichOne
from bot.inbound.grammar import Context
from bot.inbound.understanding import said_with
from bot.views.ids import read_value
from bot.views.refusals import which_one
from tests.builders import ANA, BEA, default_protocol, event, minute, story
from tests.views.reading import carried

PLANS = [event(5, f.ChangeProposed(what=what, rollback="undo it", people=(BEA,)), ANA) for what in ("drop", "restart")]
THEORIES = [event(5, f.CauseProposed(text=text)) for text in ("the loader", "a full disk")]
BACKFILLS = [event(5, f.BackfillPlanned(what=what)) for what in ("orders", "fx")]


@pytest.mark.parametrize(
    ("request_", "second"),
    [
        (r.Approve(), r.Approve(nth=2)),
        (r.Reject("not now, 3 h at least"), r.Reject("not now, 3 h at least", nth=2)),
        (r.GoAhead("the disk is full"), r.GoAhead("the disk is full", nth=2)),
        (r.JudgeCause("confirmed"), r.JudgeCause("confirmed", nth=2)),
        (
            r.JudgeCause("confirmed", part="contributing", why="seen in the log"),
            r.JudgeCause("confirmed", part="contributing", why="seen in the log", nth=2),
        ),
        (r.JudgeCause("rejected", why="40% is free"), r.JudgeCause("rejected", why="40% is free", nth=2)),
        (r.EndBackfill(), r.EndBackfill(2)),
        (r.EndBackfill(done=False, why="not needed"), r.EndBackfill(2, done=False, why="not needed")),
    ],
)
def test_each_button_says_what_was_typed_of_the_one_it_names(request_: r.Request, second: r.Request) -> None:
    scene = story(*PLANS, *THEORIES, *BACKFILLS)
    with pytest.raises(WhichOne) as which:
        decide(scene.incident, request_, scene.protocol, Roster(), Caller(BEA, "slash"), minute(6))
    error = which.value
    labels = carried(which_one(str(error), error.incident, error.verb, error.picks, error.rest))
    assert [label[:4] for label in labels] == ["1 · ", "2 · "]
    _, held = [*labels.values()][1]
    incident, _, verb, words = read_value(held)
    pressed = said_with(verb, words, Context(default_protocol(), minute(6), inside=True))
    assert (pressed.intent, incident) == (second, scene.incident.id)
    assert replace(second, **{name: None for name in ("nth", "backfill") if hasattr(second, name)}) == request_
