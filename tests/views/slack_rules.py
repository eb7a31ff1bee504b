"""What Slack would say of a message: the sandbox's own checks, and who it would call."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from bot.sandbox.blockkit.blocks import Rules, check_blocks
from bot.sandbox.mrkdwn import TOKEN, block_mentions, mentions
from bot.views.scene import Post

NASTY = (
    "<!channel>", "<!here|here>", "<!everyone>", "<@U0EVE>", "<!subteam^S0EVE>", "@here", "@channel", "<#C0EVE>",
    "<https://evil.example|click>", "&", "&amp;", "<", ">", "&lt;!channel&gt;", "<!date^1^{time}|x>",
    "{{ 7 * 7 }}", "{% raw %}", "*", "_", "~", "`", "```", "\n", "\n\n", " ", "\t",
    '"', "'", "订单", "🔥", "\u202e", "\u200b", "\x0b",
)  # fmt: skip

_mixed = (
    st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=20)), max_size=40)
    .map(lambda parts: "".join(parts)[:3000])
    .filter(lambda text: bool(text.strip()))
)
_long = st.sampled_from([nasty * (3000 // len(nasty)) for nasty in NASTY if nasty.strip()])

user_text = st.one_of(_mixed, _long)
"""Anything a person may type, after the doors have cleaned it of NUL and lone surrogates."""


def called(post: Post) -> set[str]:
    """Everybody the message mentions, in its text or its blocks; a broadcast by its own name."""
    found = [*mentions(post["text"], parse_bare=False), *block_mentions(post["blocks"])]
    return {who or why for why, who in found}


def links(post: Post) -> list[str]:
    """Targets of all links; times, people and channels are none."""
    texts = [post["text"], *_mrkdwn(post["blocks"])]
    return [body for text in texts for sign, body, _ in TOKEN.findall(text) if not sign]


def channels(post: Post) -> set[str]:
    texts = [post["text"], *_mrkdwn(post["blocks"])]
    return {body for text in texts for sign, body, _ in TOKEN.findall(text) if sign == "#"}


def _mrkdwn(item: Any) -> list[str]:
    if isinstance(item, list):
        return [text for one in item for text in _mrkdwn(one)]
    if isinstance(item, dict):
        return [item["text"]] if item.get("type") == "mrkdwn" else _mrkdwn(list(item.values()))
    return []


def accepted(post: Post) -> Post:
    """The message, if Slack takes it; fails with what Slack would answer."""
    problems = check_blocks(post["blocks"], "message", Rules())
    assert not problems, problems
    assert 0 < len(post["text"]) <= 4000
    return post


def harmless(post: Post, people: set[str], places: set[str]) -> Post:
    """The message, if Slack takes it and it calls and links nobody but these."""
    accepted(post)
    assert called(post) <= people
    assert channels(post) <= places
    assert links(post) == []
    return post


def shown(post: Post) -> str:
    """All words of the blocks as a person in the protocol's zone sees them, buttons in brackets, small print last."""
    return "\n".join(_times(line) for block in post["blocks"] for line in _lines(block))


def buttons(post: Post) -> list[str]:
    """Labels of the buttons in order; a menu's options follow it."""
    rows = (block for block in post["blocks"] if block["type"] == "actions")
    return [label for row in rows for element in row["elements"] for label in _labels(element)]


def _labels(element: dict[str, Any]) -> list[str]:
    one = [element["text"]["text"]] if "text" in element else []
    return [*one, *(option["text"]["text"] for option in element.get("options", ()))]


def _lines(block: dict[str, Any]) -> list[str]:
    match block["type"]:
        case "section":
            return [block["text"]["text"]]
        case "context":
            return [element["text"] for element in block["elements"]]
        case _:
            return [" ".join(f"[{label}]" for element in block["elements"] for label in _labels(element))]


def _times(text: str) -> str:
    return re.sub(r"<!date\^\d+\^[^|]*\|([^>]*)>", r"\1", text)
