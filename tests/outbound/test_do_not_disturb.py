"""Do Not Disturb: whoever cannot hear it is found out, where Slack says so, and never waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain import fact as f
from bot.outbound.slack_people import muted_until
from bot.store import facts
from tests.outbound.town import Town

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
BEGAN, ENDS = int((NOW - timedelta(hours=4)).timestamp()), int((NOW + timedelta(hours=4)).timestamp())


@pytest.mark.parametrize(
    ("state", "until"),
    [
        ({"dnd_enabled": True, "next_dnd_start_ts": BEGAN, "next_dnd_end_ts": ENDS}, ENDS),
        ({"dnd_enabled": True, "next_dnd_start_ts": ENDS, "next_dnd_end_ts": ENDS + 3600}, None),
        ({"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}, None),
        ({"dnd_enabled": False, "snooze_enabled": True, "snooze_endtime": ENDS}, ENDS),
        ({"dnd_enabled": False, "snooze_enabled": True, "snooze_endtime": BEGAN}, None),
        ({"ok": False, "error": "missing_scope"}, None),
    ],
)
def test_what_slack_says_is_read_for_this_moment(state: dict[str, Any], until: int | None) -> None:
    muted, ends = muted_until(state, NOW)
    assert muted == (until is not None)
    assert ends == (datetime.fromtimestamp(until, UTC) if until else None)


async def found(town: Town) -> list[f.Fact]:
    entries = await town.db.read(lambda session: facts.entries(session, 1))
    return [entry.fact for entry in entries if isinstance(entry.fact, f.FoundMuted | f.Asked)]


@pytest.mark.parametrize("fault", [None, "error:missing_scope", "error:internal_error"])
async def test_the_next_is_asked_at_once_where_slack_says_so(town: Town, fault: str | None) -> None:
    town.car.mute(town.now + timedelta(hours=6), since=town.now - timedelta(hours=1))
    if fault:
        town.slack.faults.add("dnd.info", fault, times=None)
    await town.declare(severity="P1")
    await town.quiet()
    kinds = [fact.kind for fact in await found(town)]
    assert kinds == (["asked"] if fault else ["asked", "found_muted", "asked"])
    assert town.told("car", "needs somebody"), "they read it all the same"
