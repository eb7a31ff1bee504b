"""What people find out and take on: causes, tasks and action items, and where they talk."""

from __future__ import annotations

from datetime import date
from typing import Literal

from bot.domain.fact.base import Fact, Prose


class OfWork(Fact):
    """A fact of the topic `domain/work.py`."""


class CauseProposed(OfWork):
    """A theory of the cause; the entry's seq is its number. `aside`: said in the same breath as what came before it,
    whose message tells it."""

    kind = "cause_proposed"
    v: int = 2
    text: Prose
    aside: bool = False


class CauseJudged(OfWork):
    """A theory held up or was ruled out; a confirmed cause is the primary one or contributed."""

    kind = "cause_judged"
    cause: int
    verdict: Literal["confirmed", "rejected"]
    part: Literal["primary", "contributing"] | None = None
    why: Prose = ""


class ActionAdded(OfWork):
    """Something to do: a `task` now, while it lasts, or an action item for afterwards. The entry's seq is its number.
    `channel` and `ts` name the message it was made from."""

    kind = "action_added"
    text: Prose
    owner: str | None = None
    due: date | None = None
    task: bool = False
    channel: str | None = None
    ts: str | None = None


class ActionChanged(OfWork):
    kind = "action_changed"
    action: int
    owner: str | None = None
    due: date | None = None


class ActionEnded(OfWork):
    """Done, or dropped with a reason."""

    kind = "action_ended"
    action: int
    done: bool
    why: Prose = ""


class CallLinked(OfWork):
    """Where people talk: the address of a call."""

    kind = "call_linked"
    url: str
