"""Messages: what must be said or done outside, as an intent that outlives any crash.

A message never holds blocks: the courier draws it when it is sent. A *standing* message (card, notice, reminder) is one
place that is always current, its `slot`; refreshes of one slot that are still waiting are one. A *statement* draws the
incident as it was at `seq`. A message that `needs` a slot waits until Slack has filled it. A `lane` orders what
happens in one place; things that do not depend on each other have lanes of their own, so that they go out in parallel.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

CHANNEL = "channel"
CARD = "card"
NOTICE = "notice"
STAKEHOLDERS = "stakeholders"
NEXT = "next"


class Message(BaseModel):
    """One intent. `rank` is the severity's, 1 first: who is served first when Slack makes us wait."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    lane: str
    seq: int
    args: dict[str, Any] = {}
    needs: tuple[str, ...] = ()
    fills: str | None = None
    standing: bool = False
    rank: int = 4


KINDS: dict[str, str] = {
    "open_channel": "creates the incident's channel",
    "invite": "brings people into the channel",
    "card": "draws the card",
    "pin": "pins the card",
    "bookmark": "bookmarks the card",
    "topic": "sets the channel's topic",
    "notice": "draws the announcement",
    "news": "adds a line to the announcement's thread",
    "stakeholders": "draws what stakeholders read",
    "say": "posts a statement in the incident's channel",
    "matter": "posts what waits for somebody's answer, and what became of it",
    "ask": "posts a reminder with its buttons",
    "climb": "answers in a reminder's thread, naming the next person",
    "tell": "sends a direct message",
    "management": "tells management",
    "tell_declarer": "tells the declarer where the incident is, in place of the answer that it was saved",
    "turning": "posts a turning point in the announcement channel",
    "summon": "calls a team in the channel where it already is",
    "scorecard": "posts the promises one by one in the closing summary's thread",
    "next": "lists what is to be found out next, and the roles nobody holds",
    "answer": "answers a question in the announcement's thread",
    "confirm_mark": "confirms a marked message with one reaction",
    "unconfirm_mark": "takes that reaction back",
    "withdraw": "marks something that was said as withdrawn, where it stands",
    "correct": "draws something that was said anew, where it stands",
    "shrink": "shrinks direct messages about roles to a line once the incident is a duplicate",
    "rename_channel": "renames the incident's channel",
    "attach_timeline": "attaches the timeline as a file",
    "calendar": "says what happens at its hour and belongs to no incident",
    "group": "puts those who are on call into their user group",
    "swap": "asks somebody to swap shifts, and tells what became of it",
    "shift_told": "tells somebody that their shift was changed",
    "shift_file": "sends somebody the coming shifts as a calendar file",
}
"""Every kind of message, and what it does. Each has exactly one sender (kept by the house test)."""

OF_NO_INCIDENT = frozenset({"calendar", "group", "swap", "shift_told", "shift_file"})
"""Kinds that belong to no incident."""

AFTER_INCIDENTS = 50
"""The rank of what belongs to none: every incident is served before it."""


_PLACES = {
    **dict.fromkeys(("notice", "news", "turning", "answer"), "announcement"),
    **dict.fromkeys(("management", "stakeholders", "tell", "tell_declarer", "confirm_mark", "unconfirm_mark"), ""),
}

_REASONS = {"is_inactive": "is_archived", "user_disabled": "user_not_found", "user_not_visible": "user_not_found"}
"""Codes of different methods for the same thing."""


def cause_of(kind: str, error: str) -> tuple[str, str]:
    """What several refusals have in common: the place where they were to be said, and Slack's reason. What stands in
    an incident's channel is all one place; a mistake of ours has an id of its own each time."""
    reason = "bug" if error.startswith("bug ") else _REASONS.get(error, error)
    return _PLACES.get(kind, "channel") or kind, reason


def gathered(messages: Iterable[Message]) -> list[Message]:
    """The same messages, with the invitations of one lane made one: people who come together are one call."""
    kept: list[Message] = []
    for message in messages:
        same = next((m for m in kept if m.kind == "invite" == message.kind and m.lane == message.lane), None)
        if same is None:
            kept.append(message)
        else:
            people = list(dict.fromkeys([*same.args["people"], *message.args["people"]]))
            args = {**message.args, **same.args, "people": people}
            kept[kept.index(same)] = same.model_copy(update={"args": args})
    return kept
