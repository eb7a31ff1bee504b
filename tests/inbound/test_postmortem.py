"""The postmortem's one verb: a time, a place, a person, or that it is done; whatever else is kept for the form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain import request as r
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill, Intent
from bot.inbound.understanding import understand
from bot.views.ids import Form
from tests.builders import default_protocol

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""A Friday, 09:00 in Amsterdam."""


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("postmortem", Fill(Form.POSTMORTEM)),
        ("postmortem done", r.EndPostmortem()),
        ("post-mortem is done.", r.EndPostmortem()),
        ("postmortem <@U0BEA>", r.OwnPostmortem("U0BEA")),
        ("postmortem mine", r.OwnPostmortem()),
        (
            "postmortem thu 14:00 Room 4",
            r.SchedulePostmortem(datetime(2026, 11, 26, 13, 0, tzinfo=UTC), "Room 4"),
        ),
        (
            "postmortem in Room 4 on thu at 14:00 <@U0BEA>",
            r.SchedulePostmortem(datetime(2026, 11, 26, 13, 0, tzinfo=UTC), "in Room 4", "U0BEA"),
        ),
        ("postmortem tomorrow", r.SchedulePostmortem(datetime(2026, 11, 21, 8, 0, tzinfo=UTC))),
        ("postmortem somewhere nice", Fill(Form.POSTMORTEM, text="somewhere nice")),
    ],
)
def test_what_is_said_of_a_postmortem(typed: str, intent: Intent) -> None:
    inside = Context(default_protocol(), NOW, "Europe/Amsterdam", inside=True, names={"U0BEA": "Bea"})
    assert understand(typed, inside).intent == intent
