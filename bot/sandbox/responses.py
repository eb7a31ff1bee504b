"""response_url: posting back where a payload came from (interactivity/handling-user-interaction#message_responses)."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox import messages
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json, Message
from bot.sandbox.triggers import ResponseUrl
from bot.sandbox.web.call import Args
from bot.sandbox.web.chat import whisper
from bot.sandbox.web.payload import TEXT_MAX, content, metadata_arg
from bot.sandbox.workspace import Workspace


def respond(ws: Workspace, key: str, body: Json) -> web.Response:
    """Five uses in thirty minutes, then 404 ``expired_url``; bypasses membership; errors are HTTP 400 texts."""
    url = ws.triggers.use_url(key)
    if url is None:
        return web.json_response({"ok": False, "error": "expired_url"}, status=404)
    try:
        _act(ws, url, body)
    except SlackError as refusal:
        return web.Response(status=400, text=refusal.code)
    return web.Response(text="ok")


def _act(ws: Workspace, url: ResponseUrl, body: Json) -> None:
    original = _original(ws, url)
    if body.get("delete_original"):
        if original is not None:
            _remove(ws, original)
        return
    said = content(ws, Args(body), TEXT_MAX)
    if body.get("replace_original") and original is not None:
        _rewrite(ws, original, said)
    else:
        url.last = _say(ws, url, body, said)


def _original(ws: Workspace, url: ResponseUrl) -> Message | None:
    """What replace and delete mean: the clicked message, or (a switch) a command's last private answer."""
    if url.kind == "commands":
        return url.last if ws.unconfirmed.command_response_replaces else None
    return url.message


def _rewrite(ws: Workspace, original: Message, said: Json) -> None:
    if original.ephemeral_to is None:
        messages.edit(ws, original, ws.bot_user_id, said)
        return
    for name, value in said.items():
        setattr(original, name, value)
    original.edits += 1
    ws.changed()


def _remove(ws: Workspace, original: Message) -> None:
    if original.ephemeral_to is None:
        messages.delete(ws, original)
        return
    original.deleted = True
    ws.changed()


def _say(ws: Workspace, url: ResponseUrl, body: Json, said: Json) -> Message:
    if body.get("response_type") != "in_channel":
        return whisper(ws, url.channel, url.user, said)
    channel = ws.channels[url.channel]
    keeps = ws.unconfirmed.respond_keeps_metadata
    return messages.post(
        ws,
        channel,
        ws.bot_user_id,
        bot_id=ws.bot_id,
        app_id=ws.app_id,
        thread_ts=body.get("thread_ts"),
        metadata=metadata_arg(ws, Args(body)) if keeps else None,
        **said,
    )


def answer_in_ack(ws: Workspace, url_key: str, payload: Json) -> Message | None:
    """The message a slash command's acknowledgement carries: ephemeral unless it says in_channel.

    Raises SlackError when Slack would not show it.
    """
    url = ws.triggers.urls[url_key]
    url.last = _say(ws, url, payload, content(ws, Args(payload), TEXT_MAX))
    return url.last
