"""A workspace with a courier at work."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.outbound.town import QUICK, Town, founded, running


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[Town]:
    async with founded(sqlite_url) as found, running(found):
        yield found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's history shows at once here, so an unclear try is looked into soon, and a failure tried again soon."""
    monkeypatch.setattr("tests.outbound.town.WAITS", QUICK)
