"""Block Kit checked as Slack does: unknown keys and types refused, documented limits kept."""

from bot.sandbox.blockkit.blocks import Rules, check_blocks, check_view, elements_of, has_input, text_length, view_bytes
from bot.sandbox.blockkit.elements import INTERACTIVE

__all__ = [
    "INTERACTIVE",
    "Rules",
    "check_blocks",
    "check_view",
    "elements_of",
    "has_input",
    "text_length",
    "view_bytes",
]
