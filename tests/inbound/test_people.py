"""Who does what, as it is typed; and people whom Slack describes only after they were put to work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.intents import Fill, Intent, Show
from bot.inbound.text import heard
from bot.inbound.understanding import understand
from bot.sandbox import Channel
from bot.views.ids import Form
from tests.inbound.test_grammar import context
from tests.living import Living


def meant(text: str) -> Intent:
    return understand(heard(text), context(inside=True)).intent


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("lead <@U0BEA>", r.AssignRole("U0BEA")),
        ("lead", r.AssignRole()),
        ("Lead me", r.AssignRole()),
        ("role comms <@U0BEA>", r.AssignRole("U0BEA", "comms")),
        ("role <@U0BEA|bea> Communications Coordinator", r.AssignRole("U0BEA", "communications coordinator")),
        ("role comms", r.AssignRole(None, "comms")),
        ("role comms me", r.AssignRole(None, "comms")),
        ("role", Show("roles")),
        ("roles", Show("roles")),
        ("take", r.Acknowledge(take=True)),
        ("take it", r.Acknowledge(take=True)),
        ("on it", r.Acknowledge(take=True)),
        ("take comms", r.AssignRole(None, "comms")),
        ("handoff <@U0BEA>", r.HandOff("U0BEA")),
        ("hand over to <@U0BEA> all", r.HandOff("U0BEA", everywhere=True)),
        ("hand over to <@U0BEA>", r.HandOff("U0BEA")),
        ("handoff <@U0BEA> ALL", r.HandOff("U0BEA", everywhere=True)),
        ("cover <@U0BEA> 2h", r.Cover("U0BEA", timedelta(hours=2))),
        ("cover <@U0BEA> for 90 min", r.Cover("U0BEA", timedelta(minutes=90))),
        ("cover <@U0BEA> until 11:00", r.Cover("U0BEA", timedelta(hours=1))),
        ("add <@U0BEA> and <@U0CAR> ledger", r.AddPeople(("U0BEA", "U0CAR"), (), "ledger")),
        ("add <!subteam^S0DATA|@data> ledger", r.AddPeople((), ("S0DATA",), "ledger")),
        ("invite <@U0BEA>", r.AddPeople(("U0BEA",))),
        ("page <@U0BEA> the Kafka owner", r.Page("U0BEA", "the Kafka owner")),
        ("page", Fill(Form.PAGE)),
        ("escalate", r.Escalate()),
        ("escalate someone who knows Kafka", r.Escalate("someone who knows Kafka")),
        ("hold 15m rolling out", r.HoldEscalation(timedelta(minutes=15), "rolling out")),
    ],
)  # fmt: skip
def test_what_is_typed_is_what_is_meant(typed: str, intent: Intent) -> None:
    assert meant(typed) == intent


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("lead @bea", "choose them from Slack's list"),
        ("lead the way", "Who leads"),
        ("lead <@U0BEA> <@U0CAR>", "Who leads"),
        ("role comms @bea", "choose them from Slack's list"),
        ("take comms <@U0BEA>", "Everybody takes for themselves"),
        ("handoff", "Hand over to whom"),
        ("cover 2h", "Who covers"),
        ("cover <@U0BEA>", "For how long"),
        ("add the team", "Bring in whom"),
        ("page <@U0BEA> <@U0CAR>", "one person at a time"),
        ("hold on", "Hold it for how long"),
    ],
)
def test_what_cannot_be_used_says_how_to_write_it(typed: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        meant(typed)


async def test_somebody_unknown_is_put_to_work_and_looked_at_afterwards(town: Living, room: Channel) -> None:
    """Rule 10: Slack is slow, so the role is given; that it went to a guest is told when it is known."""
    guest = town.slack.person("Gus", guest=True)
    town.slack.faults.add("users.info", "delay", seconds=0.8, match={"user": guest.id})
    with capture_logs() as logs:
        ack = await town.bea.command("/incident", "role comms @Gus", room)
        assert "is Communications Coordinator of INC-1 now" in ack.text
        late = await town.slack.wait_for(lambda: [m for m in town.bea.ephemerals() if "is a guest" in m.text], 5)
    assert "Choose somebody else for it" in late[0].text
    assert [one["person"] for one in logs if one["event"] == "engaged_unchecked"] == [guest.id]
    again = await town.bea.command("/incident", "lead @Gus", room)
    assert "Gus is a guest here" in again.text
