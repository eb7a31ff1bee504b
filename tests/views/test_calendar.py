"""What happens at its hour, in words: long lists are cut and counted."""

from __future__ import annotations

from typing import Any

from bot.views.calendar import Page, drawn
from tests.builders import ANA, BEA, TEC, story
from tests.views.reading import read

AT = "2026-11-23T08:00:00+00:00"


def handed(**more: Any) -> str:
    scenes = {number: story(incident=number, drill=number == 13) for number in (12, 13)}
    told = {"rotation": "primary", "at": AT, "goes": ANA, "comes": TEC, "second": None, "taken": "", "begun": False}
    names = {ANA: "Ana", BEA: "Bea", TEC: "Tec"}
    return read(drawn(Page({"what": "handover", **told, "clause": "x", "zone": "UTC", **more}, scenes, names)))


def test_a_handover_counts_what_it_does_not_show_and_says_what_is_practice() -> None:
    text = handed(went=[ANA, BEA], more=30)
    assert "after Ana and Bea" in text
    assert "*Open* (32)" in text
    assert "and 20 more" in text
    first, second = (line for line in text.split("\n") if line.startswith("• *INC-"))
    assert "drill" not in first
    assert "drill" in second


def test_a_handover_that_an_earlier_version_recorded_is_drawn() -> None:
    text = handed()
    assert "after Ana." in text
    assert "*Open* (2)" in text
