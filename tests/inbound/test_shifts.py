"""Words about shifts, as people type them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain import request as r
from bot.domain.duty.oncall import Rotation
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context
from bot.inbound.intents import Show
from bot.inbound.rota_watch import RotaWatch
from bot.inbound.understanding import understand
from bot.inbound.verbs import BUTTONS
from bot.inbound.verbs.verb import Click
from bot.settings import load
from bot.usecases.team import Team
from bot.views.ids import Action
from tests.builders import default_protocol, minute

NAMES = {"U0BEA": "Bea", "U0CAR": "Car"}
HERE = Context(default_protocol(), minute(0), zone="Europe/Amsterdam", names=NAMES)
"""07:43 on Friday, 20 November 2026."""

BEA = "<@U0BEA>"


@pytest.mark.parametrize(
    ("typed", "intent", "left"),
    [
        ("oncall", Show("oncall"), ""),
        ("on call", Show("oncall"), ""),
        ("oncall please", Show("oncall"), "please"),
        (f"oncall swap {BEA} fri", r.Swap("U0BEA", date(2026, 11, 27)), ""),
        (f"oncall swap with {BEA} on 2026-12-24", r.Swap("U0BEA", date(2026, 12, 24)), ""),
        (f"oncall swap fri {BEA}", r.Swap("U0BEA", date(2026, 11, 27)), ""),
        (f"oncall trade {BEA}: tomorrow", r.Swap("U0BEA", date(2026, 11, 21)), ""),
        (f"oncall swap {BEA} today", r.Swap("U0BEA", date(2026, 11, 20)), ""),
        (f"oncall swap {BEA} 2026-11-02", r.Swap("U0BEA", date(2026, 11, 2)), ""),
        (f"oncall swap {BEA} week 7 dec", r.Swap("U0BEA", date(2026, 12, 7), True), ""),
        (f"oncall swap {BEA} the week of 7 dec", r.Swap("U0BEA", date(2026, 12, 7), True), ""),
        (f"oncall cover {BEA} 2h", r.CoverShift("U0BEA", timedelta(hours=2)), ""),
        (f"oncall cover {BEA} for 30 min dentist", r.CoverShift("U0BEA", timedelta(minutes=30)), "dentist"),
        ("oncall take 2h", r.TakeShift(timedelta(hours=2)), ""),
        ("oncall take over 2h secondary", r.TakeShift(timedelta(hours=2), "secondary"), ""),
        ("oncall override secondary 2h", r.TakeShift(timedelta(hours=2), "secondary"), ""),
        ("oncall month", Show("oncall", "month 2026-11"), ""),
        ("oncall month 2026-12", Show("oncall", "month 2026-12"), ""),
        ("oncall month next", Show("oncall", "month 2026-12"), ""),
        ("oncall month of January", Show("oncall", "month 2027-01"), ""),
        ("oncall ics", r.SendShifts(), ""),
    ],
)
def test_what_was_meant(typed: str, intent: Any, left: str) -> None:
    meant = understand(typed, HERE)
    assert (meant.intent, meant.left) == (intent, left)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("oncall swap", "Swap with whom, and which day?"),
        ("oncall swap @bea fri", "I know people by mention only"),
        (f"oncall swap {BEA} <@U0CAR> fri", "Swap with whom"),
        (f"oncall swap {BEA}", "Which day?"),
        (f"oncall swap {BEA} whenever", "Which day?"),
        (f"oncall cover {BEA}", "Who covers, and for how long?"),
        ("oncall cover 2h", "Who covers, and for how long?"),
        ("oncall take", "Take over for how long?"),
        ("oncall take secondary", "Take over for how long?"),
        ("oncall month 2026-13", "Which month?"),
    ],
)
def test_what_is_missing_is_asked(typed: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        understand(typed, HERE)
    assert sentence in str(refused.value)


def test_buttons_carry_the_number_of_the_change() -> None:
    assert BUTTONS[Action.SWAP_ACCEPT](Click(None, 7, "", "")) == r.AnswerSwap(7, agrees=True)
    assert BUTTONS[Action.SWAP_DECLINE](Click(None, 7, "", "")) == r.AnswerSwap(7, agrees=False)
    assert BUTTONS[Action.SHIFT_BACK](Click(None, 7, "", "")) == r.TakeBack(7)
    for action in (Action.SWAP_ACCEPT, Action.SWAP_DECLINE, Action.SHIFT_BACK):
        with pytest.raises(BadInput, match="another version"):
            BUTTONS[action](Click(None, None, "", ""))


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:a
DTSTART:20261116T090000Z
DTEND:20261123T090000Z
SUMMARY:{who}
END:VEVENT
END:VCALENDAR
"""


async def test_a_calendar_that_is_edited_holds_at_once_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rota.ics"
    file.write_text(CALENDAR.format(who="U0ANA"))
    (tmp_path / "sitrep.yml").write_text("oncall: {primary: {calendar: rota.ics}}\n")
    team = Team(default_protocol(), load({}, tmp_path).oncall)

    async def resolved(rotations: Mapping[str, Rotation]) -> dict[str, Rotation]:
        unknown = frozenset({"typo@example.org"})
        return {name: one.model_copy(update={"gone": unknown & {*one.everyone}}) for name, one in rotations.items()}

    watch = RotaWatch(team, resolved)
    for who, then in (
        ("U0ANA", "U0ANA"),
        ("U0BEA", "U0BEA"),
        ("nobody", "U0BEA"),
        ("typo@example.org", "U0BEA"),
        ("U0CAR", "U0CAR"),
    ):
        file.write_text(CALENDAR.format(who=who))
        await watch.look()
        assert team.roster(minute(0)).primary == then
    file.unlink()
    await watch.look()
    assert team.roster(minute(0)).primary == "U0CAR"
