"""The app manifest that Sitrep brings along: what it asks Slack for."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from bot.store.resources import resource


def scopes() -> frozenset[str]:
    """The bot scopes that an app made from the manifest has."""
    return frozenset(_manifest()["oauth_config"]["scopes"]["bot"])


def socket_mode() -> bool:
    """Whether an app made from the manifest is reached by Socket Mode; Slack then calls no address."""
    return bool(_manifest()["settings"]["socket_mode_enabled"])


@cache
def _manifest() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(resource("manifest.yml").read_text("utf-8"))
    return read
