"""The pen: Slack and Markdown differ in how a time is written and in which of the typed characters mean something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.views.words import Safe


@dataclass(frozen=True)
class Pen:
    """How one kind of page writes a time, what somebody typed, and something that was struck out."""

    when: Callable[[datetime], Safe]
    said: Callable[[str], Safe]
    struck: str
