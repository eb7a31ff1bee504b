"""Slack's senders: one for every kind of message (`bot.domain.message.KINDS`)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.outbound import slack_channels, slack_direct, slack_files, slack_posts
from bot.outbound.desk import Sender

SENDERS: Mapping[str, Sender] = {
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
    "climb": slack_posts.climb,
    "tell": slack_direct.tell,
    "management": slack_direct.management,
    "tell_declarer": slack_direct.tell_declarer,
    "scorecard": slack_posts.scorecard,
    "confirm_mark": slack_posts.confirm_mark,
    "unconfirm_mark": slack_posts.unconfirm_mark,
    "attach_timeline": slack_files.attach_timeline,
}
