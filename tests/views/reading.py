"""How a caller reads a private answer or a form."""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.blockkit import Rules, check_view, text_length
from bot.views.scene import Post
from tests.builders import CHANNEL
from tests.views.slack_rules import harmless

MESSAGE_MOST = 13_200
"""Characters of a message's blocks that the sandbox takes unless told otherwise."""


def private(post: Post) -> Post:
    """The answer, if Slack takes it and it calls nobody: private answers mention no one."""
    harmless(post, people=set(), places={CHANNEL})
    assert text_length(post["blocks"]) <= MESSAGE_MOST
    assert json.loads(json.dumps(post)) == post
    return post


def plainly(text: str) -> str:
    """Mrkdwn as a reader sees it: times by their fallback, the escaped characters themselves."""
    seen = re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text)
    return seen.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def read(post: Post) -> str:
    """The text of a private answer that Slack takes."""
    return plainly(private(post)["text"])


def carried(post: Post) -> dict[str, tuple[str, str]]:
    """Label → action id and value of every button."""
    rows = [block["elements"] for block in post["blocks"] if block["type"] == "actions"]
    return {e["text"]["text"]: (e["action_id"], e["value"]) for row in rows for e in row}


def view_problems(view: Mapping[str, Any]) -> list[str]:
    """Every sentence Slack would answer about a form."""
    return check_view(json.loads(json.dumps(view)), "modal", Rules())
