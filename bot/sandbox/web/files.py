"""Files in three steps: getUploadURLExternal, the upload itself, completeUploadExternal; files.info."""

from __future__ import annotations

import secrets
from typing import Any

from bot.sandbox import messages, mrkdwn
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, File, Json
from bot.sandbox.web import access
from bot.sandbox.web.call import Args, method
from bot.sandbox.web.payload import checked_blocks
from bot.sandbox.wire import file_json
from bot.sandbox.workspace import Workspace

SNIPPET_MAX = 1_000_000
ALT_MAX = 1_000
CHANNELS_MAX = 100


@method("files.getUploadURLExternal", "files:write", tier=4)
def get_upload_url(ws: Workspace, args: Args) -> Json:
    name = args.text("filename", "missing_argument")
    length = args.number("length", 0, 0, 10**15, "invalid_arguments")
    if length == 0:
        raise SlackError("missing_argument")
    if length > ws.unconfirmed.file_size_max:
        raise SlackError("file_upload_size_restricted")
    snippet = args.maybe("snippet_type") or None
    if snippet and length > SNIPPET_MAX:
        raise SlackError("snippet_too_large")
    if len(args.maybe("alt_txt")) > ALT_MAX:
        raise SlackError("alt_txt_too_large")
    file = File(ws.next_id("F"), name, name, ws.bot_user_id, ws.now(), length, snippet_type=snippet)
    ws.files[file.id] = file
    return {"upload_url": f"{ws.base_url}/upload/v1/{file.id}/{secrets.token_hex(4)}", "file_id": file.id}


def receive(ws: Workspace, file_id: str, content: bytes) -> str | None:
    """Take the raw bytes; the complaint when the file is unknown, already there or of another length."""
    file = ws.files.get(file_id)
    if file is None or file.uploaded:
        return "invalid upload url"
    if len(content) != file.size:
        return f"expected {file.size} bytes, got {len(content)}"
    file.content, file.uploaded = content, True
    ws.changed()
    return None


@method("files.completeUploadExternal", "files:write", tier=4)
def complete_upload(ws: Workspace, args: Args) -> Json:
    """Callable once per upload; posts one message per channel. Unlike text, a file needs membership."""
    entries = args.parsed("files", "invalid_arguments")
    found = [_uploaded(ws, entry) for entry in _entries(entries)]
    blocks = args.parsed("blocks", "invalid_blocks_format")
    said: Json = {"blocks": checked_blocks(ws, blocks)} if blocks else {}
    said |= {"bot_id": ws.bot_id, "app_id": ws.app_id, "subtype": "file_share"}
    targets = [_target(ws, channel_id) for channel_id in _targets(args)]
    thread = _thread(ws, targets, args.maybe("thread_ts"))
    for file, entry in zip(found, entries, strict=True):
        file.completed, file.title = True, str(entry.get("title") or file.name)
        file.channels += [channel.id for channel in targets]
    for channel in targets:
        text = mrkdwn.as_stored(args.maybe("initial_comment"))
        messages.post(ws, channel, ws.bot_user_id, text, files=list(found), thread_ts=thread, **said)
    ws.changed()
    return {"files": [file_json(ws, file) for file in found]}


def _entries(entries: Any) -> list[Json]:
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) and "id" in e for e in entries):
        raise SlackError("invalid_arguments", ["[ERROR] files must be a list of objects with an id"])
    return entries


def _uploaded(ws: Workspace, entry: Json) -> File:
    file = ws.files.get(str(entry["id"]))
    if file is None or file.completed or not file.uploaded:
        raise SlackError("file_not_found")
    return file


def _targets(args: Args) -> list[str]:
    wanted = args.listed("channels") or args.listed("channel_id")
    if len(wanted) > CHANNELS_MAX:
        raise SlackError("channels_limit_exceeded")
    if "thread_ts" in args and len(wanted) != 1:
        raise SlackError("invalid_arguments", ["[ERROR] thread_ts needs exactly one channel_id"])
    return wanted


def _thread(ws: Workspace, targets: list[Channel], ts: str) -> str | None:
    return access.message_arg(ws, targets[0], ts, "thread_not_found").ts if ts else None


def _target(ws: Workspace, channel_id: str) -> Channel:
    channel = ws.visible(channel_id)
    access.member(ws, channel)
    access.living(channel)
    return channel


@method("files.info", "files:read", tier=4, takes_json=False)
def info(ws: Workspace, args: Args) -> Json:
    file = ws.files.get(args.text("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": file_json(ws, file)}
