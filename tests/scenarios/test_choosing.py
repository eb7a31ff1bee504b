"""Several protocols: the channel's own, the one somebody chooses in the form, the one that a severity names; and where
each is announced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import View
from tests.living import CONFIG, Living, living
from tests.scenarios.world import incident, said, told, typed

FORGE = """\
name: forge
title: Forge runbook
severities:
  SEV1: {update_every: 15m § comms.3}
  SEV2: {}
  SEV3: {}
phases:
  triage: {stage: triage}
  mitigate: {stage: active}
  recover: {stage: monitoring}
roles:
  engineer: {leads: true, communicates: true, responds: true, staffed_by: [on-call]}
ladder: {}
closure: {}
categories:
  ingestion: {title: Ingestion failures}
"""

SEVERAL = """\
protocols:
  "#forge-incident": {protocol: forge.yml, announce_channel: forge-incident}
"""


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Living]:
    (tmp_path / "forge.yml").write_text(FORGE)

    async with living(sqlite_url, tmp_path, config=CONFIG + SEVERAL, before=_forge_channel) as town:
        yield town


def _forge_channel(slack) -> None:  # type: ignore[no-untyped-def]  # a Sandbox
    slack.channel("forge-incident", list(slack.people.values()), bot=True)


def labels(view: View, label: str) -> list[str]:
    block = next(b for b in view.blocks if b.get("label", {}).get("text") == label)
    return [option["value"] for option in block["element"]["options"]]


async def test_a_channel_has_its_protocol_and_is_where_its_incidents_are_announced(town: Living) -> None:
    answer = await typed(town.zoe, "declare SEV1 ingestion stopped", "forge-incident")
    assert "INC-1 is saved: SEV1" in answer
    assert "the protocol Forge runbook" in answer
    await town.incident()
    assert (await incident(town)).protocol == "forge"
    await town.slack.wait_for(lambda: said(town, "forge-incident", "ingestion stopped"), 10, "the announcement")

    answer = await typed(town.zoe, "declare P1 orders mart is stale", "general")
    assert "the protocol Self-healing data pipeline" in answer
    await town.slack.wait_for(lambda: said(town, "incidents", "orders mart"), 10, "the announcement")
    assert not said(town, "incidents", "ingestion stopped")
    assert not said(town, "forge-incident", "orders mart")

    assert "INC-3 is saved: SEV2" in await typed(town.zoe, "declare SEV2 dashboards are slow", "general")
    assert (await incident(town, 3)).protocol == "forge", "a severity that only another protocol has names it"


async def test_the_form_shows_the_protocols_and_is_drawn_anew_for_another(town: Living) -> None:
    await town.zoe.command("/incident", "declare", "general")
    view = await town.zoe.opened_view()
    assert labels(view, "Protocol") == ["self-healing-pipeline", "forge"]
    assert labels(view, "Severity") == ["P1", "P2", "P3", "P4"]
    view.state["title"] = {"title": {"type": "plain_text_input", "value": "ingestion stopped"}}
    await town.zoe.click(view, "protocol", "Forge runbook")
    await town.slack.wait_for(lambda: labels(view, "Severity") == ["SEV1", "SEV2", "SEV3"], 10, "the other form")
    assert view.state["title"]["title"]["value"] == "ingestion stopped"
    ack = await town.zoe.submit(view, {"Severity": "SEV1: rings Ana", "Category": ["Ingestion failures"]})
    assert ack.ok, ack.error
    await told(town, town.zoe, "INC-1 is saved: SEV1")
    assert (await incident(town)).categories == ("ingestion",)
