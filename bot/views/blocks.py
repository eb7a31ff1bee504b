"""Block Kit: the few shapes the bot draws with, each within Slack's limits (reference/block-kit).

Text arrives here as finished mrkdwn (from `words.say`) or, for labels, as plain words. Every mrkdwn object is verbatim,
so that nothing a person typed is turned into a mention or a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from markupsafe import Markup
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
)

from bot.views.scene import Post

Block = dict[str, Any]

Safe = Markup
"""Finished mrkdwn: never escaped again. Only `words` makes it, from escaped parts, and here it is cut."""

Said = Safe | Literal[""]
"""Finished mrkdwn, or nothing. What somebody typed is a plain string and is not taken for it: mypy keeps that."""

SECTION_TEXT = 3000
"""Characters in a section's text (reference/block-kit/blocks/section-block)."""

CONTEXT_TEXT = 2000
"""Characters in one text of a context block."""

MESSAGE_TEXT = 4000
"""Characters of a message's `text` that `chat.update` accepts (reference/methods/chat.update)."""

MESSAGE_BLOCKS = 50
LABEL = 75
"""Characters on a button or in a menu (reference/block-kit/block-elements/button-element)."""

LONGEST_TEXT = 6
"""Sections one text may fill: 3,000 typed characters of which each needs escaping."""

TURNS_MOST = 8
"""Changes of the reading direction inside each other that a text may leave open. A house choice; Unicode allows 125."""

_ENDS = {**dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"), **dict.fromkeys("\u2066\u2067\u2068", "\u2069")}
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the reading direction, and what ends it. Source: Unicode, UAX #9 (explicit directional formatting)."""

_UNITS = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|.", re.DOTALL)


def escape(text: str) -> str:
    """What somebody wrote, made harmless: the three characters that mean something to Slack
    (messaging/formatting-message-text#escaping), and a turned reading direction ends where the text ends."""
    turned = "\n".join(map(_turned_back, text.split("\n"))) if _TURNS.search(text) else text
    return turned.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _turned_back(line: str) -> str:
    """The line with every change of direction in it ended; they end with a line anyway. Where there are so many that no
    language needs them, each shows as a question mark."""
    open_ones: list[str] = []
    for found in _TURNS.findall(line):
        if found in _ENDS:
            open_ones.append(_ENDS[found])
        elif found in open_ones:
            del open_ones[-1 - open_ones[::-1].index(found) :]
    return _TURNS.sub("\ufffd", line) if len(open_ones) > TURNS_MOST else line + "".join(reversed(open_ones))


def cut(text: str, limit: int) -> str:
    """Plain words of at most `limit` characters; what is left out shows as an ellipsis. Never for finished mrkdwn."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def trim(mrkdwn: Said, limit: int) -> Safe:
    """Finished mrkdwn of at most `limit` characters, never cut inside a mention, a time or an escaped character."""
    if len(mrkdwn) <= limit:
        return Safe(mrkdwn)
    return Safe(next(_pieces(mrkdwn, limit - 1)).rstrip() + "…")


def _pieces(mrkdwn: str, limit: int) -> Iterator[str]:
    """The text in pieces of at most `limit` characters, each ending after a line or a word where there is one."""
    piece = ""
    for unit in _UNITS.findall(mrkdwn):
        if len(piece) + len(unit) > limit:
            kept = _whole_words(piece)
            yield kept
            piece = piece[len(kept) :].lstrip()
        piece += unit
    yield piece


def _whole_words(piece: str) -> str:
    """Up to the last line break or space, unless that would leave less than half; a token's own spaces do not count."""
    bare = re.sub(r"<[^<>]*>", lambda token: "<" * len(token.group()), piece)
    end = max(bare.rfind("\n"), bare.rfind(" "))
    return piece[:end] if end > len(piece) // 2 else piece


def section(mrkdwn: Said, *, accessory: InteractiveElement | None = None) -> Block:
    """One paragraph, cut where it is longer than Slack shows."""
    text = MarkdownTextObject(text=trim(mrkdwn, SECTION_TEXT), verbatim=True)
    return _drawn(SectionBlock(text=text, accessory=accessory))


def sections(mrkdwn: Said) -> list[Block]:
    """A long text as several paragraphs, whole as far as six sections carry it."""
    pieces = [piece for piece in _pieces(mrkdwn, SECTION_TEXT - 1) if piece.strip()]
    if len(pieces) > LONGEST_TEXT:
        pieces = [*pieces[: LONGEST_TEXT - 1], pieces[LONGEST_TEXT - 1].rstrip() + "…"]
    return [section(Safe(piece)) for piece in pieces]


def context(*mrkdwn: Said) -> list[Block]:
    """Small print, one element for each text; nothing where all texts are empty."""
    texts = [MarkdownTextObject(text=trim(text, CONTEXT_TEXT), verbatim=True) for text in mrkdwn if text.strip()]
    return [_drawn(ContextBlock(elements=list(texts[:10])))] if texts else []


def plain(text: str, limit: int = LABEL) -> PlainTextObject:
    """Words on a button or in a menu: no mrkdwn, no tokens."""
    return PlainTextObject(text=cut(text, limit), emoji=True)


def button(
    label: str, action: str, value: str, *, style: str | None = None, confirm: ConfirmObject | None = None
) -> ButtonElement:
    """A button; `value` comes from `ids.value`. `style` is primary or danger. Raises ValueError for a value over 2,000
    characters: cutting it would lose what it carries."""
    if len(value) > 2000:
        raise ValueError("a button's value holds at most 2,000 characters")
    return ButtonElement(text=plain(label), action_id=action, value=value, style=style, confirm=confirm)


def confirm(title: str, text: str, yes: str, no: str = "Not now") -> ConfirmObject:
    """What is asked before a button acts that rings people or cannot be taken back."""
    return ConfirmObject(title=plain(title, 100), text=plain(text, 300), confirm=plain(yes, 30), deny=plain(no, 30))


def overflow(action: str, options: Iterable[tuple[str, str]]) -> OverflowMenuElement:
    """The `⋯` menu: (label, value) pairs, one to five; a value holds at most 150 characters."""
    return OverflowMenuElement(
        action_id=action, options=[Option(text=plain(label), value=value) for label, value in options]
    )


def copyable(command: str) -> Block:
    """What is to be typed, whole and exactly as it is written, so that it can be copied: Slack makes no link, emoji or
    curly quote of preformatted text (reference/block-kit/blocks/rich-text-block)."""
    leaf = {"type": "text", "text": command}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [leaf]}]}


def actions(*elements: InteractiveElement) -> list[Block]:
    """A row of buttons; nothing where there are none."""
    return [_drawn(ActionsBlock(elements=list(elements)))] if elements else []


def post(text: Said, *blocks: Block | Iterable[Block]) -> Post:
    """A message: `text` alone tells everything; `blocks` are single ones or lists of them."""
    flat: list[Block] = []
    for block in blocks:
        flat.extend([block] if isinstance(block, dict) else block)
    return {"text": trim(text, MESSAGE_TEXT), "blocks": flat[:MESSAGE_BLOCKS]}


def paragraph(text: Said) -> Post:
    """A message that is nothing but its words."""
    return post(text, sections(text))


def _drawn(block: Any) -> Block:
    drawn: Block = block.to_dict()
    return drawn
