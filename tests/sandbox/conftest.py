"""A workspace with a small probe app installed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Person, Sandbox
from tests.sandbox.probe import MANIFEST, App, Connected, web_client


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox(MANIFEST) as workspace:
        yield workspace


@pytest.fixture
async def client(slack: Sandbox) -> AsyncWebClient:
    return web_client(slack)


@pytest.fixture
async def ana(slack: Sandbox) -> Person:
    return slack.person("Ana", tz="Europe/Amsterdam")


@pytest.fixture
async def app(slack: Sandbox) -> AsyncIterator[App]:
    async with Connected(slack) as probe:
        yield probe
