"""A protocol's file is edited while incidents run: they keep what they were declared with until somebody adopts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.promises.clocks import clocks
from bot.sandbox import Channel, Message
from bot.store import pinned
from tests.living import CONFIG, Living, living
from tests.scenarios.world import Clock, at, incident, kinds, quiet, said, told, typed

OURS = """\
name: ours
extends: self-healing-pipeline
severities:
  P1: {update_every: 30m § 4.2}
"""


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Living]:
    (tmp_path / "ours.yml").write_text(OURS)
    config = CONFIG + "protocol: ours.yml\n"
    async with living(sqlite_url, tmp_path, config=config, environ=clock.environ) as town:
        await clock.go(at(0))
        yield town


async def dues(town: Living) -> dict[tuple[str, int], timedelta]:
    """When each promise of INC-1 fell or falls due, from nine o'clock."""
    one = await incident(town)
    protocol = await town.bot.db.read(lambda session: pinned.get(session, one.protocol_digest))
    return {clock.name: clock.due - at(0) for clock in clocks(one, protocol) if clock.due is not None}


def line(town: Living, room: Channel) -> list[Message]:
    return said(town, room, "was changed while INC-1 runs")


async def test_an_edit_is_for_new_incidents_until_it_is_adopted(town: Living, clock: Clock, tmp_path: Path) -> None:
    await typed(town.bea, "declare P1 orders mart is stale")
    room = await town.incident()
    await quiet(town)
    await clock.go(at(31))
    before = await dues(town)
    assert before["update", 1] == timedelta(minutes=30)

    (tmp_path / "ours.yml").write_text(OURS.replace("30m", "3O minutes"))
    await town.bot.watch.look()
    assert town.bot.watch._team.protocol.severity("P1").update_every == timedelta(minutes=30), "the last good one"
    assert not line(town, room)

    (tmp_path / "ours.yml").write_text(OURS.replace("P1", "P4"))
    await town.bot.watch.look()
    await quiet(town)
    assert not line(town, room), "a P1 feels nothing of what changed for a P4"

    (tmp_path / "ours.yml").write_text(OURS.replace("30m", "20m"))
    await town.bot.watch.look()
    await town.bot.watch.look()
    await town.slack.wait_for(lambda: line(town, room), 10, "the offer")
    assert (await incident(town)).protocol_digest != town.bot.watch._team.protocol.digest()
    assert await dues(town) == before, "nothing changes by itself"

    await town.zoe.join(room)
    [offered] = line(town, room)
    await town.zoe.click(offered, "Adopt")
    shown = await told(town, town.zoe, "Adopting")
    assert "P1: updates every 20 min instead of 30 min (ours § 4.2)" in shown.text
    await town.zoe.click(shown, "Adopt")
    assert "for its people to change" in (await told(town, town.zoe, "for its people")).text
    await town.bea.click(offered, "Adopt")
    await town.bea.click(await told(town, town.bea, "Adopting"), "Adopt")
    await told(town, town.bea, "INC-1 runs on ours as it is now")
    await quiet(town)

    assert [kind for kind in await kinds(town) if "protocol" in kind] == ["protocol_offered", "protocol_adopted"]
    assert said(town, room, "P1: updates every 20 min instead of 30 min")
    assert said(town, room, "adopted a newer protocol")
    assert not line(town, room), "the line has shrunk"
    after = await dues(town)
    assert after["update", 1] == timedelta(minutes=30), "what fell due stays judged by what held then"
    await typed(town.bea, "update loader restarted", room)
    assert (await dues(town))["update", 2] == timedelta(minutes=51), "from then on the newer one holds"
    assert "nothing is different" in await typed(town.bea, "adopt", room)

    (tmp_path / "ours.yml").write_text(OURS)
    await town.bot.watch.look()
    await town.slack.wait_for(lambda: line(town, room), 10, "the offer to go back, for the file was seen to change")


async def test_what_is_in_use_must_be_there(town: Living, tmp_path: Path) -> None:
    await typed(town.bea, "declare P1 orders mart is stale")
    room = await town.incident()
    whole = Path(__file__).parent.parent.parent / "templates" / "protocols" / "self-healing-pipeline.yml"
    text = (
        whole.read_text().replace("name: self-healing-pipeline", "name: ours").replace("\n  detecting:", "\n  seeing:")
    )
    (tmp_path / "ours.yml").write_text(text)
    await town.bot.watch.look()
    assert not line(town, room)
    assert "has no phase detecting, which INC-1 uses" in await typed(town.bea, "adopt", room)
    assert '"theirs" is no protocol here. There is ours.' in await typed(town.bea, "adopt theirs", room)
