"""Events API: which change becomes an event for this app, and its outer envelope (apis/events-api)."""

from __future__ import annotations

from bot.sandbox.delivery import Dispatcher
from bot.sandbox.model import Channel, Json
from bot.sandbox.workspace import Workspace

BY_KIND = {"public": "channels", "private": "groups", "im": "im"}

SCOPES: dict[str, str | None] = {
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "app_mention": "app_mentions:read",
    "app_home_opened": None,
    "user_change": "users:read",
    "team_join": "users:read",
    "dnd_updated_user": "dnd:read",
    "tokens_revoked": None,
    "app_uninstalled": None,
    "app_rate_limited": None,
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}
"""Scope an event needs (reference/events/*); membership and channel events are looked up by the channel's kind."""

ALWAYS = frozenset({"tokens_revoked", "app_uninstalled", "app_rate_limited"})


class Events:
    def __init__(self, ws: Workspace, dispatcher: Dispatcher) -> None:
        self.ws = ws
        self.dispatcher = dispatcher
        ws.emit = self.emit

    def emit(self, name: str, event: Json, channel: Channel | None, membership: bool) -> None:
        """Send the event if the manifest subscribes to it, a scope allows it and the app may see where it happened."""
        if not self.dispatcher.road.known or name not in self.ws.manifest.events | ALWAYS:
            return
        scope = self._scope(name, channel)
        if scope is not None and scope not in self.ws.manifest.scopes:
            return
        if channel is not None and (membership or channel.kind != "public") and not self.ws.in_channel(channel):
            return
        self.dispatcher.event(self._outer(event | {"event_ts": event.get("event_ts") or self.ws.next_ts()}, channel))

    def _scope(self, name: str, channel: Channel | None) -> str | None:
        if name.startswith("member_") and channel:
            return f"{BY_KIND[channel.kind]}:read"
        if name.startswith("channel_"):
            return self.ws.unconfirmed.channel_events_scope
        if name.startswith("group_"):
            return self.ws.unconfirmed.group_events_scope
        return SCOPES[name]

    def _outer(self, event: Json, channel: Channel | None) -> Json:
        ws = self.ws
        number = ws.next_id("Ev")
        return {
            "token": ws.verification_token,
            "team_id": ws.team_id,
            "api_app_id": ws.app_id,
            "type": "event_callback",
            "event_id": number,
            "event_time": ws.now(),
            "event_context": f"EC-{number}",
            "is_ext_shared_channel": bool(channel and channel.shared),
            "context_team_id": ws.team_id,
            "context_enterprise_id": None,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": ws.team_id,
                    "user_id": ws.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "event": event,
        }

    def rate_limited(self) -> None:
        """Tell the app that the delivery cap was reached (apis/events-api#rate-limiting)."""
        ws = self.ws
        body: Json = {"type": "app_rate_limited", "minute_rate_limited": ws.now() // 60 * 60}
        ids = {"token": ws.verification_token, "team_id": ws.team_id, "api_app_id": ws.app_id}
        nested = {"type": "event_callback", "event": ids | body} if ws.unconfirmed.app_rate_limited_nested else body
        self.dispatcher.event(ids | nested)
