"""No payload falls through: everything has a handler, and what nobody expects is acknowledged all the same."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.inbound import buttons, events, shortcuts
from bot.inbound.doors import Doors, build
from bot.inbound.verbs import FORMS
from bot.outbound.people import People
from bot.sandbox import Channel
from bot.store import facts, people
from bot.store.resources import resource
from bot.store.session import NotSaved
from bot.views.ids import Action, Form, Shortcut
from tests.living import Living


def test_everything_that_is_drawn_is_handled() -> None:
    assert set(Action) == buttons.HANDLED
    assert set(Form) == set(FORMS)
    assert set(Shortcut) == set(shortcuts.HANDLED)


def test_every_event_the_manifest_asks_for_is_handled() -> None:
    manifest = yaml.safe_load(resource("manifest.yml").read_text())
    asked = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {name.partition(".")[0] for name in asked} == set(events.HANDLED)


def test_the_token_in_the_environment_is_not_warned_about(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Bolt reads the variable by itself, and it is set wherever Sitrep runs."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-not-a-real-one")
    town = cast(Doors, SimpleNamespace(client=AsyncWebClient("xoxb-not-a-real-one")))
    assert build(town).client.token is None
    assert caplog.text == ""


@pytest.mark.parametrize("nested", [True, False])
async def test_dropped_events_are_acknowledged(town: Living, nested: bool) -> None:
    town.slack.unconfirmed.app_rate_limited_nested = nested
    town.slack.events.rate_limited()
    await town.slack.settled()
    assert town.slack.deliveries[-1].replies[0].ok


async def test_a_changed_person_is_known_at_once(town: Living, room: Channel) -> None:
    town.zoe.change(guest=True)
    await town.slack.settled()
    async with asyncio.timeout(10):
        while True:
            known = await town.bot.db.read(lambda session: people.get(session, town.zoe.id))
            if known is not None and known.guest:
                break
            await asyncio.sleep(0.01)
    ack = await town.zoe.command("/incident", "p1 another", room)
    assert "Guests" in ack.text


async def test_a_form_opened_twice_by_one_delivery_is_not_complained_about(town: Living) -> None:
    await town.zoe.command("/incident", "declare", "general")
    await town.zoe.opened_view()
    await town.slack.redeliver(1, "/incident")
    await town.slack.wait_for(lambda: len(town.slack.calls_of("views.open")) == 2)
    assert town.zoe.ephemerals() == []
    assert town.zoe.view is not None


async def test_a_name_that_cannot_be_looked_up_costs_the_name_and_not_the_words(
    town: Living, room: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(_: People, __: object) -> None:
        raise NotSaved("Not saved: the database was busy for too long.")

    monkeypatch.setattr(People, "_remembered", busy)
    stranger = town.slack.person("New")
    ack = await town.bea.command("/incident", f"note ask <@{stranger.id}> about the disk", room)
    assert "Noted on the timeline" in ack.text
    entries = await town.bot.db.read(lambda session: facts.entries(session, 1))
    assert "about the disk" in entries[-1].fact.model_dump_json()
