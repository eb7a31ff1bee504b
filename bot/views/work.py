"""How the topic of causes, tasks and action items, and where people talk reads: on the timeline, in private answers, in the incident's channel."""

from __future__ import annotations

from bot.domain.fact import Entry
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately; None where the bot or Slack did it."""
    match entry.fact:
        case _:
            return None


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")
