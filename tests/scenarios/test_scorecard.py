"""How promises were kept is told the same everywhere: in `promises`, at the close and in `metrics`."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox import Channel
from tests.living import Living
from tests.scenarios.world import COMMAND, Clock, at, quiet, said, typed

SNOOZED = "snoozed by Ana: the backfill runs"
NEWS = "self-healing-pipeline § updates.P1"


async def test_what_was_late_because_it_was_snoozed_says_so_to_the_end(
    slow: Living, slow_room: Channel, clock: Clock
) -> None:
    ana, room = slow.ana, slow_room
    for text in ("ack", "confirm", "impact figures of today are wrong"):
        await typed(ana, text, room)
    await clock.go(at(20))
    await typed(ana, "snooze 30m the backfill runs", room)
    await clock.go(at(40))
    await typed(ana, "update the backfill is through", room)
    told = await typed(ana, "promises", room)
    late = next(line for line in told.split("\n") if line.startswith("• update: due") and "kept" in line)
    assert "Snoozed and late" in told
    assert late.endswith(f"late by 10 min · {NEWS} · {SNOOZED}")

    await clock.go(at(50))
    await ana.command(COMMAND, "resolve", room)
    await ana.submit(await ana.opened_view(), {"Fix applied": "a larger disk", "State of the data": "repaired"})
    await quiet(slow)
    await slow.bea.command(COMMAND, "close", room)
    await slow.bea.submit(await slow.bea.opened_view(), {"reason": "the postmortem follows"})
    await quiet(slow)
    [summary] = said(slow, room, "Closed · P1")
    assert f"update came 10 min late ({SNOOZED})" in summary.text
    [card] = said(slow, room, "Promises of INC-1")
    assert f"✗ late by 10 min ({SNOOZED}): update due" in card.text
    assert "✓ kept: acknowledgement" in card.text

    await clock.go(at(50) + timedelta(days=1))
    measured = await typed(slow.zoe, "metrics")
    assert f"• update: 1 of 2 kept, 1 snoozed · {NEWS}" in measured
