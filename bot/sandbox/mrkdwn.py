"""Slack's message text: control sequences, escaping, and who a text notifies (messaging/formatting-message-text)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
BARE_BROADCAST = re.compile(r"(?<![\w<!@])@(here|channel|everyone)\b")
ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
BARE_URL = re.compile(r"(?<![<|\w])https?://[^\s<>|]+[^\s<>|.,;:!?)\]}'\"*_~`]")


def escape(text: str) -> str:
    """The three characters Slack escapes in what people type."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def as_stored(text: str) -> str:
    """What Slack keeps of an app's text: stray ``&`` ``<`` ``>`` escaped, bare URLs turned into links."""
    parts: list[str] = []
    end = 0
    for token in TOKEN.finditer(text):
        parts += [_plain_part(text[end : token.start()]), token.group()]
        end = token.end()
    return "".join([*parts, _plain_part(text[end:])])


def _plain_part(text: str) -> str:
    text = ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return BARE_URL.sub(lambda url: f"<{url.group()}>", text)


def mentions(text: str, parse_bare: bool) -> Iterator[tuple[str, str]]:
    """(why, id) of everybody the text calls: ``mention`` U…, ``subteam`` S…, ``here``/``channel``/``everyone`` "".

    ``parse_bare``: a typed @here counts too (text objects without ``verbatim``, or link_names).
    """
    for sign, body, _label in TOKEN.findall(text):
        if sign == "@":
            yield "mention", body
        elif sign == "!" and body.startswith("subteam^"):
            yield "subteam", body.removeprefix("subteam^")
        elif sign == "!" and body in ("here", "channel", "everyone"):
            yield body, ""
    if parse_bare:
        for word in BARE_BROADCAST.findall(TOKEN.sub("", text)):
            yield word, ""


def block_mentions(blocks: Any) -> Iterator[tuple[str, str]]:
    """The same for the texts of blocks: mrkdwn objects, rich_text leaves, markdown blocks; never plain_text."""
    if isinstance(blocks, list):
        for item in blocks:
            yield from block_mentions(item)
    elif isinstance(blocks, dict):
        kind = blocks.get("type")
        if kind in ("mrkdwn", "markdown"):
            yield from mentions(blocks["text"], parse_bare=not blocks.get("verbatim"))
        elif kind == "user":
            yield "mention", blocks["user_id"]
        elif kind == "usergroup":
            yield "subteam", blocks["usergroup_id"]
        elif kind == "broadcast":
            yield blocks["range"], ""
        elif kind != "plain_text":
            yield from block_mentions(list(blocks.values()))
