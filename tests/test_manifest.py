"""The app manifest is one that Slack accepts, and asks for what its events need."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.store.resources import resource

SCHEMA = Path(__file__).parent / "slack" / "manifest.schema.2.0.0.json"

SCOPES_OF_EVENTS = {
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "user_change": {"users:read"},
}
"""What Slack's reference page of each event asks for (docs.slack.dev/reference/events)."""


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


def test_every_event_has_the_scopes_that_it_needs(manifest: dict[str, Any]) -> None:
    asked = set(manifest["oauth_config"]["scopes"]["bot"])
    missing = {
        event: SCOPES_OF_EVENTS[event] - asked
        for event in manifest["settings"]["event_subscriptions"]["bot_events"]
        if SCOPES_OF_EVENTS[event] - asked
    }
    assert missing == {}


def test_socket_mode_needs_no_address(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["socket_mode_enabled"]
    assert "url" not in json.dumps(manifest)


def test_mentions_arrive_as_ids(manifest: dict[str, Any]) -> None:
    assert all(command["should_escape"] for command in manifest["features"]["slash_commands"])
