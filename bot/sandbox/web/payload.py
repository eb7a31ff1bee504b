"""The content arguments chat methods share: text, blocks, attachments, metadata."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.sandbox import mrkdwn
from bot.sandbox.blockkit import check_blocks, text_length
from bot.sandbox.errors import SlackError
from bot.sandbox.modals import named_blocks
from bot.sandbox.model import Json
from bot.sandbox.web.call import Args
from bot.sandbox.workspace import Workspace

TEXT_MAX = 40_000
ATTACHMENTS_MAX = 100


def blocks_arg(ws: Workspace, args: Args) -> list[Json] | None:
    """Checked blocks with ids, None when not given. Raises invalid_blocks(_format), msg_blocks_too_long."""
    blocks = args.parsed("blocks", "invalid_blocks_format")
    return None if blocks is None else checked_blocks(ws, blocks)


def checked_blocks(ws: Workspace, blocks: Any) -> list[Json]:
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if problems := check_blocks(blocks, "message", ws.rules):
        if any("only_one_table_allowed" in problem for problem in problems):
            raise SlackError("invalid_attachments", problems)
        raise SlackError("invalid_blocks", problems)
    if text_length(blocks) > ws.unconfirmed.message_blocks_max_chars:
        raise SlackError("msg_blocks_too_long")
    return named_blocks(ws, blocks)


def attachments_arg(ws: Workspace, args: Args) -> list[Json] | None:
    """Attachments, their blocks checked too. Raises invalid_attachments, too_many_attachments."""
    attachments = args.parsed("attachments", "invalid_attachments")
    if attachments is None:
        return None
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > ATTACHMENTS_MAX:
        raise SlackError("too_many_attachments")
    for one in attachments:
        if "blocks" in one:
            checked_blocks(ws, one["blocks"])
    return attachments


def metadata_arg(ws: Workspace, args: Args) -> Json | None:
    """Message metadata (messaging/message-metadata). Raises invalid_metadata_format / _schema, metadata_too_large."""
    metadata = args.parsed("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_format")
    event_type, payload = metadata["event_type"], metadata["event_payload"]
    if not isinstance(event_type, str) or not re.fullmatch(r"[A-Za-z0-9_.:-]{1,50}", event_type):
        raise SlackError("invalid_metadata_format")
    if not isinstance(payload, dict) or not all(map(_flat, payload.values())):
        raise SlackError("invalid_metadata_schema")
    if not all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in payload):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > ws.unconfirmed.metadata_max_bytes:
        raise SlackError("metadata_too_large")
    return metadata


def _flat(value: Any) -> bool:
    """Values are plain, lists of plain values, or one level of object; objects do not nest."""
    if isinstance(value, dict):
        return not any(isinstance(inner, dict) for inner in value.values())
    return True


def text_arg(ws: Workspace, args: Args, limit: int | None) -> str:
    """The text as stored; over ``limit`` characters msg_too_long, over 40,000 cut."""
    text = args.maybe("text")
    if limit is not None and len(text) > limit:
        raise SlackError("msg_too_long")
    return mrkdwn.as_stored(text[:TEXT_MAX])


def content(ws: Workspace, args: Args, limit: int | None) -> Json:
    """Everything a posted message says. Raises no_text when it says nothing, markdown_text_conflict."""
    if "markdown_text" in args:
        if "text" in args or args.values.get("blocks"):
            raise SlackError("markdown_text_conflict")
        if len(args.text("markdown_text")) > 12_000:
            raise SlackError("msg_too_long")
        return {"text": mrkdwn.as_stored(args.text("markdown_text")), "blocks": [], "attachments": []}
    made: Json = {
        "text": text_arg(ws, args, limit),
        "blocks": blocks_arg(ws, args) or [],
        "attachments": attachments_arg(ws, args) or [],
    }
    if not any(made.values()):
        raise SlackError("no_text")
    return made
