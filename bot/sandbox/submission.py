"""What the app's acknowledgement does to the person who waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox import forms, modals
from bot.sandbox.delivery import Reply
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json, Message, View
from bot.sandbox.responses import answer_in_ack
from bot.sandbox.workspace import Workspace


@dataclass
class Ack:
    """How the app answered one command, click or form.

    ``error``: ``operation_timeout`` (no acknowledgement in time), ``dispatch_failed`` (nobody connected or an HTTP
    error), or what Slack found wrong with the answer.
    """

    ok: bool
    seconds: float
    payload: Json | None = None
    error: str | None = None
    message: Message | None = None
    """The message a command's acknowledgement carried."""
    view: View | None = None
    """The view the person looks at after a form's acknowledgement; None when all are closed."""
    errors: dict[str, str] = field(default_factory=dict)
    """Sentences at fields, by block_id."""

    @property
    def timed_out(self) -> bool:
        return self.error == "operation_timeout"

    @property
    def text(self) -> str:
        """The text of the answer, empty when there is none."""
        return self.message.text if self.message else ""

    @property
    def response_action(self) -> str | None:
        return (self.payload or {}).get("response_action")


def received(reply: Reply) -> Ack:
    if reply.ok:
        return Ack(True, reply.seconds, reply.payload)
    error = "operation_timeout" if reply.error == "timeout" else "dispatch_failed"
    return Ack(False, reply.seconds, error=error)


def command_answered(ws: Workspace, url_key: str, ack: Ack) -> Ack:
    """Show the message in the acknowledgement, if there is one and Slack accepts it."""
    if ack.ok and ack.payload:
        try:
            ack.message = answer_in_ack(ws, url_key, ack.payload)
        except SlackError as refusal:
            ack.ok, ack.error = False, str(refusal)
    return ack


def form_answered(ws: Workspace, view: View, ack: Ack) -> Ack:
    """Close, update, push, clear or mark fields; an answer Slack refuses leaves the form open with an error."""
    if ack.ok:
        try:
            _apply(ws, view, ack)
        except SlackError as refusal:
            ack.ok, ack.error = False, str(refusal)
    ack.view = ws.top_view(view.user)
    return ack


def _apply(ws: Workspace, view: View, ack: Ack) -> None:
    body = ack.payload or {}
    action = body.get("response_action")
    if not body:
        modals.close_top(ws, view)
    elif action == "clear":
        modals.close_all(ws, view.user)
    elif action == "update":
        modals.replace(ws, view, modals.checked(ws, body.get("view", {}), "modal", replaces=view))
    elif action == "push":
        modals.push(ws, view.user, modals.checked(ws, body.get("view", {}), "modal"))
    elif action == "errors":
        ack.errors = _field_errors(view, body.get("errors"))
        view.errors = ack.errors
        ws.changed()
    else:
        raise SlackError("invalid_arguments", [f"[ERROR] unknown answer to a form: {body}"])


def _field_errors(view: View, errors: object) -> dict[str, str]:
    """Errors must name input blocks (surfaces/modals#displaying_errors)."""
    if not isinstance(errors, dict) or not errors:
        raise SlackError("invalid_arguments", ["[ERROR] errors must be an object with at least one entry"])
    if unknown := [key for key in errors if key not in forms.input_blocks(view)]:
        raise SlackError("invalid_arguments", [f"[ERROR] errors name no input block: {unknown}"])
    if not all(isinstance(text, str) and text for text in errors.values()):
        raise SlackError("invalid_arguments", ["[ERROR] errors must be sentences"])
    return errors
