"""Messages that people put on the record, and what Slack refused to deliver."""

from __future__ import annotations

from bot.domain.fact.base import Fact, Prose


class MessageMarked(Fact):
    """A message kept on the record: `at` of the entry is the message's time, `by` the person who marked it."""

    kind = "message_marked"
    channel: str
    ts: str
    author: str | None
    text: Prose
    permalink: str | None = None
    marker: str  # the emoji's name, or "shortcut"


class MarkRetracted(Fact):
    kind = "mark_retracted"
    channel: str
    ts: str


class MarkedMessageEdited(Fact):
    kind = "marked_message_edited"
    channel: str
    ts: str
    text: Prose


class MarkedMessageDeleted(Fact):
    kind = "marked_message_deleted"
    channel: str
    ts: str


class DeliveryRefused(Fact):
    """Slack refused something for good; a person was told once what to do."""

    kind = "delivery_refused"
    message: str  # the outbox message's kind
    error: str
