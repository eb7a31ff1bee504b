"""Words for changing one's mind, as people type them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill
from bot.inbound.understanding import understand
from bot.inbound.verbs import BUTTONS
from bot.inbound.verbs.verb import Click
from bot.views.ids import Action, Form
from tests.builders import default_protocol, minute

INSIDE = Context(default_protocol(), minute(0), inside=True)


@pytest.mark.parametrize(
    ("typed", "intent", "target", "left"),
    [
        ("undo", r.Undo(), None, ""),
        ("Take back!", r.Undo(), None, ""),
        ("undo INC-3", r.Undo(), 3, ""),
        ("undo that", r.Undo(), None, ""),
        ("undo the update", r.Undo(), None, "the update"),
        ("edit the loader is up", r.EditUpdate("the loader is up"), None, ""),
        ("edit", Fill(Form.EDIT), None, ""),
        ("rename to Orders are late", r.Rename("Orders are late"), None, ""),
        ("rename “Orders & more”", r.Rename("Orders & more"), None, ""),
        ('rename "Orders" and "returns"', r.Rename('"Orders" and "returns"'), None, ""),
        ("rename", r.Rename(""), None, ""),
        ("duplicate INC-9", r.Duplicate(9), None, ""),
        ("dup inc9", r.Duplicate(9), None, ""),
        ("merge into #inc-9-orders-mart", r.Duplicate(9), None, ""),
        ("duplicate of 9: the same loader", r.Duplicate(9), None, "the same loader"),
        ("INC-12 duplicate INC-9", r.Duplicate(9), 12, ""),
        ("link INC-9", r.Link(9), None, ""),
        ("unlink 9", r.Unlink(9), None, ""),
        ("split P3 the dashboard is slow since INC-9", r.Split("the dashboard is slow since INC-9", "P3"), None, ""),
        ("split", Fill(Form.SPLIT), None, ""),
    ],
)
def test_what_was_meant(typed: str, intent: Any, target: int | None, left: str) -> None:
    meant = understand(typed, INSIDE)
    assert (meant.intent, meant.incident, meant.left) == (intent, target, left)


@pytest.mark.parametrize("typed", ["duplicate", "link the other one", "merge INC-", "unlink 0"])
def test_which_other_one_is_asked(typed: str) -> None:
    with pytest.raises(BadInput, match=r"Which one\? Name its number: /incident \w+ INC-9\."):
        understand(typed, INSIDE)


@pytest.mark.parametrize("text", ["", "12;13", "all", "1,", "-1"])
def test_a_button_of_another_make_does_nothing(text: str) -> None:
    for action in (Action.UNDO, Action.SEPARATE):
        with pytest.raises(BadInput, match="another version"):
            BUTTONS[action](Click(1, None, "", text))
    assert BUTTONS[Action.UNDO](Click(1, None, "", "12,13")) == r.Undo((12, 13))
