"""The app's manifest: the scopes, events, commands and shortcuts the workspace grants."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Command:
    name: str
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    callback_id: str
    name: str
    kind: str
    """``global`` or ``message``."""


@dataclass(frozen=True)
class Manifest:
    """The parts of a v2 manifest (reference/app-manifest) a workspace acts on."""

    name: str
    bot_name: str
    scopes: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    commands: dict[str, Command] = field(default_factory=dict)
    shortcuts: dict[str, Shortcut] = field(default_factory=dict)
    home_tab: bool = False
    messages_tab: bool = True
    messages_read_only: bool = False
    interactive: bool = False
    socket_mode: bool = True
    request_url: str | None = None
    interactivity_url: str | None = None
    command_urls: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, source: Path | dict[str, Any]) -> Manifest:
        """Read a manifest from a YAML file or a parsed document. Raises KeyError when a required part is missing."""
        document = yaml.safe_load(source.read_text("utf-8")) if isinstance(source, Path) else source
        name = document["display_information"]["name"]
        features = document.get("features") or {}
        settings = document.get("settings") or {}
        oauth = (document.get("oauth_config") or {}).get("scopes") or {}
        subscriptions = settings.get("event_subscriptions") or {}
        interactivity = settings.get("interactivity") or {}
        commands = features.get("slash_commands") or []
        home = features.get("app_home")
        return cls(
            name=name,
            bot_name=(features.get("bot_user") or {}).get("display_name", name),
            scopes=frozenset(oauth.get("bot") or ()),
            events=frozenset(subscriptions.get("bot_events") or ()),
            commands={c["command"]: Command(c["command"], bool(c.get("should_escape"))) for c in commands},
            shortcuts={s["callback_id"]: _shortcut(s) for s in features.get("shortcuts") or []},
            home_tab=bool((home or {}).get("home_tab_enabled")),
            messages_tab=True if home is None else bool(home.get("messages_tab_enabled")),
            messages_read_only=bool((home or {}).get("messages_tab_read_only_enabled")),
            interactive=bool(interactivity.get("is_enabled")),
            socket_mode=bool(settings.get("socket_mode_enabled")),
            request_url=subscriptions.get("request_url"),
            interactivity_url=interactivity.get("request_url"),
            command_urls={c["command"]: c["url"] for c in commands if c.get("url")},
        )


def _shortcut(entry: dict[str, Any]) -> Shortcut:
    return Shortcut(entry["callback_id"], entry["name"], entry["type"])
