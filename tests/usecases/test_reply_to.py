"""Where a private answer may be sent: a stored address is trusted no further than Slack's own."""

import pytest

from bot.usecases.declare import ReplyTo

MINUTE = 60.0


@pytest.mark.parametrize(
    ("url", "minutes", "usable"),
    [
        ("https://hooks.slack.com/commands/1/2", 0, True),
        ("https://hooks.slack.com/commands/1/2", 29, True),
        ("https://hooks.slack.com/commands/1/2", 30, False),
        ("http://hooks.slack.com/commands/1/2", 0, False),
        ("https://hooks.slack.com.example.org/commands/1/2", 0, False),
        ("http://slack.test/commands/1/2", 0, True),
        ("https://example.org/hooks.slack.com", 0, False),
        (None, 0, False),
    ],
)
def test_an_answer_goes_to_slack_only_and_not_too_late(url: str | None, minutes: int, usable: bool) -> None:
    assert ReplyTo(url, 1000.0).usable(1000.0 + minutes * MINUTE, "slack.test") is usable


def test_without_a_host_of_our_own_only_slacks_count() -> None:
    assert not ReplyTo("nonsense", 0.0).usable(0.0, None)
