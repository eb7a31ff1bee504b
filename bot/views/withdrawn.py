"""What was said and does not hold any more: one line where it stood, struck out, with who took it back and when."""

from __future__ import annotations

from bot.domain.fact import Entry
from bot.domain.message import NOTICE, STAKEHOLDERS
from bot.views import blocks, timeline
from bot.views.scene import Post, Scene
from bot.views.words import say

OUTSIDE = (STAKEHOLDERS, "consumers:", "management:")
"""Where people read who are not in the channel: they learn nothing of what it was."""


def withdrawn(scene: Scene, taken_back: Entry, said: Entry, slot: str) -> Post:
    """In place of the post in this slot, which was about the entry `said`."""
    if slot.startswith(("tell-", "direct-")):
        told = say("changes.withdrawn_direct", scene, entry=taken_back)
    elif slot.startswith(OUTSIDE):
        told = say("changes.withdrawn_outside", scene, entry=taken_back)
    elif slot == NOTICE:
        told = say("changes.withdrawn_notice", scene, entry=taken_back)
    else:
        told = say("changes.withdrawn", scene, entry=taken_back, said=timeline.told(scene, said))
    return blocks.paragraph(told)


def not_needed(scene: Scene, taken_back: Entry) -> Post:
    """The direct message to somebody who was called for and is not any more. It names no title: the incident may be
    private."""
    return blocks.paragraph(say("changes.not_needed", scene, entry=taken_back))
