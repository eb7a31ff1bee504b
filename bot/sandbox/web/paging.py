"""Cursor pagination as Slack does it: pages are cut first, then filtered (apis/web-api/pagination)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TypeVar

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json
from bot.sandbox.web.call import Args

Item = TypeVar("Item")


def page(
    args: Args, items: list[Item], default: int, at_most: int = 999, keep: Callable[[Item], bool] | None = None
) -> tuple[list[Item], Json]:
    """(the page's items, response_metadata). Raises invalid_limit and invalid_cursor."""
    limit = args.number("limit", default, 1, at_most, "invalid_limit")
    start = _start(args.maybe("cursor"))
    cut = items[start : start + limit]
    more = start + limit < len(items)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""
    return [item for item in cut if keep is None or keep(item)], {"response_metadata": {"next_cursor": cursor}}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
