"""What somebody reads who meets the bot in an incident for the first time."""

from __future__ import annotations

from bot.views.blocks import paragraph
from bot.views.scene import Post
from bot.views.words import say


def hints() -> Post:
    """Two lines: what they can do here, and what is kept."""
    return paragraph(say("people.hints"))


def with_hints(post: Post) -> Post:
    """The same message with those two lines at its end."""
    more = hints()
    return {"text": f"{post['text']}\n{more['text']}", "blocks": [*post["blocks"], *more["blocks"]]}
