"""rich_text and table blocks (reference/block-kit/blocks/rich-text-block, …/table-block)."""

from __future__ import annotations

from bot.sandbox.blockkit.shapes import (
    Check,
    anything,
    boolean,
    by_type,
    choice,
    integer,
    listing,
    shape,
    string,
)

STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "unlink")
STYLE = shape({}, dict.fromkeys(STYLES, boolean))

LEAF = by_type(
    {
        "text": shape({"text": string(40_000)}, {"style": STYLE}),
        "link": shape({"url": string(3_000)}, {"text": string(40_000), "unsafe": boolean, "style": STYLE}),
        "user": shape({"user_id": string(30)}, {"style": STYLE}),
        "usergroup": shape({"usergroup_id": string(30)}, {"style": STYLE}),
        "channel": shape({"channel_id": string(30)}, {"style": STYLE}),
        "emoji": shape({"name": string(100)}, {"unicode": string(100), "url": string(3_000), "style": STYLE}),
        "broadcast": shape({"range": choice("here", "channel", "everyone")}, {"style": STYLE}),
        "date": shape(
            {"timestamp": integer(0, 9_999_999_999), "format": string(300)},
            {"url": string(3_000), "fallback": string(300), "style": STYLE},
        ),
        "color": shape({"value": string(20)}, {"style": STYLE}),
        "team": shape({"team_id": string(30)}, {"style": STYLE}),
    },
    "rich text element",
)

SECTION = shape({"elements": listing(LEAF, 0, 1_000)}, {})
ITEM = by_type({"rich_text_section": SECTION}, "item")
BORDERED = shape({"elements": listing(LEAF, 0, 1_000)}, {"border": integer(0, 1)})

PART = by_type(
    {
        "rich_text_section": SECTION,
        "rich_text_list": shape(
            {"style": choice("bullet", "ordered"), "elements": listing(ITEM, 1, 500)},
            {"indent": integer(0, 8), "offset": integer(0, 100_000), "border": integer(0, 1)},
        ),
        "rich_text_preformatted": shape(
            {"elements": listing(LEAF, 0, 1_000)}, {"border": integer(0, 1), "language": string(50)}
        ),
        "rich_text_quote": BORDERED,
    },
    "rich text part",
)

RICH_TEXT: Check = shape({"elements": listing(PART, 1, 500)}, {"block_id": string(255)})

CELL = by_type(
    {"raw_text": shape({"text": string(10_000)}, {}), "raw_number": anything, "rich_text": RICH_TEXT}, "cell"
)
COLUMN = shape({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})
TABLE: Check = shape(
    {"rows": listing(listing(CELL, 1, 20), 1, 100)},
    {"block_id": string(255), "column_settings": listing(COLUMN, 1, 20)},
)
