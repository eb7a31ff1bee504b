"""Where a private answer may be sent: a stored address is trusted no further than Slack's own."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.usecases.declare import ReplyTo

MINUTE = 60.0
SLACK = "https://slack.com/api/"
BOX = "http://127.0.0.1:8123/api/"


@pytest.mark.parametrize(
    ("url", "minutes", "usable"),
    [
        ("https://hooks.slack.com/commands/1/2", 0, True),
        ("https://hooks.slack-gov.com/commands/1/2", 0, True),
        ("https://hooks.slack.com/commands/1/2", 29, True),
        ("https://hooks.slack.com/commands/1/2", 30, False),
        ("https://hooks.slack.com/commands/1/2", -1, True),
        ("https://hooks.slack.com/commands/1/2", -6, False),
        ("https://hooks.slack.com/commands/1/2", math.nan, False),
        ("http://hooks.slack.com/commands/1/2", 0, False),
        ("HTTPS://hooks.slack.com/commands/1/2", 0, False),
        ("https://slack.com/commands/1/2", 0, False),
        ("http://slack.com/api/1/2", 0, False),
        ("https://hooks.slack.com.example.org/commands/1/2", 0, False),
        ("https://hooks.slack.com:8443/commands/1/2", 0, False),
        ("https://hooks.slack.com:x@example.org/commands/1/2", 0, False),
        ("https://hooks.slack.com@example.org/commands/1/2", 0, False),
        ("https://hooks.slack.com\\@example.org/commands/1/2", 0, False),
        ("https://ana@hooks.slack.com/commands/1/2", 0, False),
        ("https://hooks。slack.com/commands/1/2", 0, False),
        ("https://hooks.ѕlack.com/commands/1/2", 0, False),
        ("https://hooks.slack.com/1\n/2", 0, False),
        (" https://hooks.slack.com/1", 0, False),
        ("https://hooks.slack.com", 0, False),
        ("//hooks.slack.com/1", 0, False),
        ("https://[::1]/hooks.slack.com", 0, False),
        ("https://[/", 0, False),
        ("http://127.0.0.1:8123/commands/1/2", 0, False),
        ("https://example.org/hooks.slack.com", 0, False),
        ("", 0, False),
        (None, 0, False),
        (7, 0, False),
    ],
)
def test_an_answer_goes_to_slack_only_and_not_too_late(url: Any, minutes: float, usable: bool) -> None:
    assert ReplyTo(url, 1000.0).usable(1000.0 + minutes * MINUTE, SLACK) is usable


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("http://127.0.0.1:8123/response/1", True),
        ("https://hooks.slack.com/commands/1/2", True),
        ("http://127.0.0.1:81234/response/1", False),
        ("http://127.0.0.1:8123@example.org/response/1", False),
        ("http://127.0.0.1/response/1", False),
        ("https://127.0.0.1:8123/response/1", False),
    ],
)
def test_a_workspace_in_a_box_is_answered_where_its_api_is(url: str, usable: bool) -> None:
    assert ReplyTo(url, 0.0).usable(0.0, BOX) is usable


@given(
    st.text("https:/.@\\%?#\t hookslackcomgv-evil。0", max_size=40), st.sampled_from(["", "https://hooks.slack.com"])
)
def test_whatever_is_let_through_leads_to_slack(text: str, begun: str) -> None:
    """As the library reads an address that calls it."""
    if ReplyTo(begun + text, 0.0).usable(0.0, SLACK):
        read = URL(begun + text)
        assert (read.scheme, read.host, read.port, read.user) == ("https", "hooks.slack.com", 443, None)
