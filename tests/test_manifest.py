"""The app manifest is one that Slack accepts, and asks for what its events need."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.inbound.events import HANDLED
from bot.store.resources import resource

SCHEMA = Path(__file__).parent / "slack" / "manifest.schema.2.0.0.json"


@pytest.fixture
def manifest() -> dict[str, Any]:
    loaded = yaml.safe_load(resource("manifest.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def errors(manifest: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
    return [error.message for error in validator.iter_errors(manifest)]


def test_slack_accepts_the_manifest(manifest: dict[str, Any]) -> None:
    assert errors(manifest) == []


def test_the_schema_refuses_what_slack_refuses(manifest: dict[str, Any]) -> None:
    manifest["features"]["shortcuts"][0]["name"] = "Declare an incident right now"
    manifest["features"]["slash_commands"][0]["command"] = "incident"
    assert len(errors(manifest)) == 2


def test_the_colour_is_one(manifest: dict[str, Any]) -> None:
    # The schema names its pattern with a word that validators do not know.
    assert re.fullmatch(r"#[0-9a-f]{6}", manifest["display_information"]["background_color"])


def test_socket_mode_needs_no_address(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["socket_mode_enabled"]
    assert "url" not in json.dumps(manifest)


def test_mentions_arrive_as_ids(manifest: dict[str, Any]) -> None:
    assert all(command["should_escape"] for command in manifest["features"]["slash_commands"])


# ------------------------------------------------------------------------- nothing more and nothing less than is used

CHANNELS = {"channels:read", "groups:read"}
SCOPES: dict[str, set[str]] = {
    "auth.test": set(),
    "apps.connections.open": set(),
    "bookmarks.add": {"bookmarks:write"},
    "bookmarks.list": {"bookmarks:read"},
    "bots.info": {"users:read"},
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write", "chat:write.public"},
    "chat.update": {"chat:write"},
    "conversations.create": {"channels:manage", "groups:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.info": CHANNELS,
    "conversations.invite": {"channels:manage", "groups:write"},
    "conversations.join": {"channels:join"},
    "conversations.list": CHANNELS,
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "conversations.setTopic": {"channels:manage", "groups:write"},
    "dnd.info": {"dnd:read"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "pins.add": {"pins:write"},
    "reactions.add": {"reactions:write"},
    "reactions.get": {"reactions:read"},
    "reactions.remove": {"reactions:write"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "usergroups.users.update": {"usergroups:write"},
    "users.conversations": CHANNELS,
    "users.info": {"users:read"},
    "users.lookupByEmail": {"users:read.email"},
    "views.open": set(),
    "views.update": set(),
}
"""Bot scopes per method. Source: the method's page under https://docs.slack.dev/reference/methods."""

EVENTS: dict[str, set[str]] = {
    "app_mention": {"app_mentions:read"},
    "member_joined_channel": CHANNELS,
    "member_left_channel": CHANNELS,
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "user_change": {"users:read"},
}
"""Scopes per event. Source: the event's page under https://docs.slack.dev/reference/events."""

CALL = re.compile(r'"((?:\w+\.)+\w+)"|client\.(\w+)\(')


def _called() -> set[str]:
    """Web API methods that the bot names, as strings or as methods of the client."""
    known = {re.sub(r"\W", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower(): name for name in SCOPES}
    rooms = (path for path in Path("bot").rglob("*.py") if "sandbox" not in path.parts)
    found = {match for path in rooms for match in CALL.findall(path.read_text())}
    return {name for text, method in found for name in (text if text in SCOPES else known.get(method),) if name}


def test_scopes_are_exactly_those_in_use(manifest: dict[str, Any]) -> None:
    methods = (SCOPES[name] for name in _called())
    needed = set().union(*methods, *(EVENTS[event] for event in _events(manifest)))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed | {"commands"}


def test_every_event_is_asked_for_and_handled(manifest: dict[str, Any]) -> None:
    assert {event.partition(".")[0] for event in _events(manifest)} == set(HANDLED)


def _events(manifest: dict[str, Any]) -> list[str]:
    events: list[str] = manifest["settings"]["event_subscriptions"]["bot_events"]
    return events
