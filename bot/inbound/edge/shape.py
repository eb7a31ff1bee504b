"""The shape of what Slack sends, as far as a door reads it without asking whether it is there.

Sources: https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads, https://docs.slack.dev/apis/events-api.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "command": ("command", "user_id", "trigger_id"),
    "block_actions": ("user.id", "trigger_id", "actions.0.action_id"),
    "view_submission": ("user.id", "view.id", "view.type", "view.callback_id", "view.state.values."),
    "shortcut": ("user.id", "trigger_id", "callback_id"),
    "message_action": ("user.id", "trigger_id", "callback_id", "channel.id", "message.ts"),
    "event": ("event_id", "event.type"),
}
"""By kind, paths to the texts that must be there; one that ends in a dot leads to an object."""

_IN_EVENT: Mapping[str, tuple[str, ...]] = {
    "reaction_added": ("event.user", "event.reaction", "event.item."),
    "reaction_removed": ("event.user", "event.reaction", "event.item."),
    "message": ("event.channel",),
    "app_mention": ("event.channel",),
    "user_change": ("event.user.id",),
}


def missing(body: Mapping[str, Any]) -> str | None:
    """What a payload lacks: its kind and the path, in our own words; None where it lacks nothing, or is not for us."""
    kind = _kind(body)
    return next((f"{kind}: {path}" for path in _paths(kind, body) if not _there(body, path)), None)


def elsewhere(body: Mapping[str, Any], team: str) -> bool:
    """Whether it happened to the app as another workspace has installed it: whoever makes the app installable there
    would let its people into this record. What people of a connected workspace press in a shared channel happened
    here, and an app that a whole organisation installed is asked by all its workspaces."""
    if str(body.get("is_enterprise_install", "")).lower() == "true":
        return False
    named = [where for where in _installed(body) if isinstance(where, str) and where]
    return bool(named) and team not in named


def _installed(body: Mapping[str, Any]) -> Iterator[Any]:
    """Ids of the workspaces whose installation this is about, where the payload says so."""
    match body:
        case {"command": _}:
            yield body.get("team_id")
        case {"type": "shortcut" | "message_action", "team": {"id": team}}:
            yield team
        case {"authorizations": [_, *_] as installed}:
            yield from (one.get("team_id") for one in installed if isinstance(one, Mapping))
        case {"event": _}:
            yield body.get("team_id")
        case _:
            pass


def _kind(body: Mapping[str, Any]) -> str | None:
    if "command" in body:
        return "command"
    named = body.get("type")
    if "event" in body or named == "event_callback":
        return "event"
    return named if isinstance(named, str) and named in _NEEDED else None


def _paths(kind: str | None, body: Mapping[str, Any]) -> Iterator[str]:
    event = body.get("event")
    if kind is None or (isinstance(event, Mapping) and event.get("type") == "app_rate_limited"):
        return
    yield from _NEEDED[kind]
    if kind == "block_actions" and body.get("view") is not None:
        yield from ("view.id", "view.callback_id", "view.state.values.")
    if kind == "event" and isinstance(event, Mapping):
        yield from _IN_EVENT.get(str(event.get("type")), ())


def _there(body: Mapping[str, Any], path: str) -> bool:
    found: Any = body
    *steps, last = path.split(".")
    for step in (*steps, *filter(None, [last])):
        match found:
            case Mapping():
                found = found.get(step)
            case [first, *_] if step == "0":
                found = first
            case _:
                return False
    return isinstance(found, str if last else Mapping)
