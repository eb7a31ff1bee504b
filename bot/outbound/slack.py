"""Slack's senders: one for every kind of message (`bot.domain.message.KINDS`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.outbound import (
    slack_amended,
    slack_calendar,
    slack_channels,
    slack_direct,
    slack_files,
    slack_people,
    slack_posts,
    slack_shifts,
)
from bot.outbound.desk import Desk, Errand, Result, Sender

_ALL: Mapping[str, Sender] = {
    "open_channel": slack_channels.open_channel,
    "invite": slack_channels.invite,
    "card": slack_posts.card,
    "pin": slack_posts.pin,
    "bookmark": slack_posts.bookmark,
    "topic": slack_posts.topic,
    "notice": slack_posts.notice,
    "news": slack_posts.news,
    "turning": slack_posts.turning,
    "stakeholders": slack_posts.stakeholders,
    "say": slack_posts.say,
    "ask": slack_posts.ask,
    "matter": slack_posts.matter,
    "climb": slack_posts.climb,
    "tell": slack_direct.tell,
    "management": slack_direct.management,
    "tell_declarer": slack_direct.tell_declarer,
    "summon": slack_people.summon,
    "scorecard": slack_posts.scorecard,
    "next": slack_people.next_steps,
    "answer": slack_people.answer,
    "confirm_mark": slack_posts.confirm_mark,
    "unconfirm_mark": slack_posts.unconfirm_mark,
    "attach_timeline": slack_files.attach_timeline,
    "withdraw": slack_amended.withdraw,
    "correct": slack_amended.correct,
    "shrink": slack_amended.shrink,
    "rename_channel": slack_channels.rename_channel,
}

_OF_NO_INCIDENT: Mapping[str, Callable[[Desk, Errand], Awaitable[Result]]] = {
    "calendar": slack_calendar.told,
    "group": slack_calendar.group,
    "swap": slack_shifts.swap,
    "shift_told": slack_shifts.told,
    "shift_file": slack_shifts.file,
}

SENDERS: Mapping[str, Callable[[Desk, Any], Awaitable[Result]]] = {
    **{kind: slack_amended.unless_taken_back(sender) for kind, sender in _ALL.items()},
    **_OF_NO_INCIDENT,
}
