"""What stands in Slack shows the present: once all is well, the card and the announcement say what the record says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.domain.message import CARD, NOTICE
from bot.sandbox import mrkdwn
from bot.views.card import card
from bot.views.notice import notice
from bot.views.scene import Scene
from tests.chaos.world import Record, World

BY_THE_WAY = ("*Lead*", "*Next update*", "Next update", "Detected", "*Comms*")
"""How lines begin that say names, which Slack may not have told in time, or how late something is by now."""


def current(world: World) -> Iterator[str]:
    for number, record in world.records.items():
        scene = Scene(record.incident, record.protocol, world.town.now)
        for slot, drawn in ((CARD, card(scene)), (NOTICE, notice(scene))):
            place = record.slots.get(slot)
            message = place and place.ts and world.town.slack.ws.find(place.channel, place.ts)
            if not message or _given_up(record, slot):
                continue
            wanted, there = (_lines(blocks, world) for blocks in (drawn["blocks"], message.blocks))
            if wanted != there:
                yield f"stale: the {slot} of INC-{number}: it says {there}, the record {wanted}"


def _given_up(record: Record, slot: str) -> bool:
    """Whether Slack refused to bring it up to date, of which somebody was told."""
    return any(row.fills == slot and row.state in ("refused", "parked") for row in record.outbox)


def _lines(blocks: Sequence[dict[str, Any]], world: World) -> list[str]:
    """Without anybody's name, which the bot may not have known in time."""
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section" and block.get("text")]
    names = sorted({mrkdwn.escape(one.name) for one in world.town.people.values()} | {"Max", "someone"}, key=len)
    anybody = "|".join(map(re.escape, reversed(names)))
    told = re.sub(rf"({anybody})( \((guest|another workspace)\))?", "…", "\n".join(texts))  # and whose guest they are
    told = re.sub(r"<!date\^(\d+)\^[^>]*>", r"<\1>", told)  # the day is named where it is another by now
    return [line for line in told.splitlines() if line.strip() and not line.startswith(BY_THE_WAY)]
