"""One incident with Slack reaching the bot over HTTP: every kind of payload, signed, at one address."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox import Timing
from tests.living import PATIENCE, living
from tests.scenarios.world import kinds, quiet, shows, told, typed


async def test_from_the_declaration_to_the_resolution_over_http(sqlite_url: str, tmp_path: Path) -> None:
    timing = Timing(ack=PATIENCE, event_retries=(0.0, 0.0, 0.0))
    async with living(sqlite_url, tmp_path, http=True, timing=timing) as town:
        assert not town.slack.sockets.sockets
        title = "payload={broken} of orders &command=no"
        assert "INC-1 is saved" in await typed(town.bea, f"declare P1 {title}")
        room = await town.incident()
        await town.ana.join(room)

        await town.ana.click(await shows(town, room, "Acknowledge"), "Acknowledge")
        await told(town, town.ana, "You acknowledged INC-1")

        await town.ana.click(await shows(town, room, "Resolve"), "Resolve")
        form = await town.ana.opened_view()
        refused = await town.ana.submit(form, {"Fix applied": " ", "State of the data": "repaired"})
        assert refused.errors, "the form stays open, with the sentence in place"

        note = await town.ana.say(room, "the loader was deployed at eight")
        await town.ana.react(note, "pushpin")
        await town.slack.settled()
        again = await town.slack.redeliver(1, "reaction_added", reason="timeout")
        assert [reply.ok for reply in again] == [True], "a retry is acknowledged"

        sent = await town.ana.submit(form, {"Fix applied": "loader reverted", "State of the data": "repaired"})
        assert sent.ok
        assert not sent.errors
        await town.slack.wait_for(lambda: [m for m in town.slack.messages(room) if "Resolved" in m.text])
        await quiet(town)
        recorded = await kinds(town)
        assert [recorded.count(kind) for kind in ("declared", "acknowledged", "message_marked", "resolved")] == [1] * 4
        assert all(delivery.acked for delivery in town.slack.deliveries)
