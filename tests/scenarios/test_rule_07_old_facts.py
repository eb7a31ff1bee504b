"""Rule 7: old facts live for ever. Rows are copies that are folded anew; what a newer version wrote is left alone.

Every released kind replays in tests/domain (golden facts).
"""

from __future__ import annotations

import json

import pytest

from bot.domain.incident import STATE_VERSION
from bot.sandbox import Channel
from bot.store import incidents
from tests.living import Living
from tests.scenarios.world import by_hand, incident, kinds, quiet, typed


@pytest.mark.parametrize("state", ["", "{}", '{"id": 1, "title": "of another shape"}'])
async def test_a_row_of_another_version_is_folded_anew(
    both: Living, room_of_both: Channel, database_url: str, state: str
) -> None:
    await typed(both.bea, "update loader restarted", room_of_both)
    before, brief = await incident(both), await typed(both.bea, "brief", room_of_both)
    older = STATE_VERSION - 1 if state else STATE_VERSION + 1
    with by_hand(database_url) as other:
        other.execute(f"UPDATE incidents SET state_version = {older}, state = '{state}'")
    assert await incident(both) == before
    assert await typed(both.bea, "brief", room_of_both) == brief
    assert "Noted" in await typed(both.bea, "note it was the disk", room_of_both)
    with by_hand(database_url) as other:
        [(version, stored)] = other.execute("SELECT state_version, state FROM incidents").fetchall()
    assert version == STATE_VERSION
    assert json.loads(stored)["updates"][0]["text"] == "loader restarted"


async def test_the_row_is_what_the_facts_tell(town: Living, room: Channel) -> None:
    for text in (
        "ack",
        "update loader restarted",
        "severity P2 fewer customers",
        "phase monitoring",
        "cancel duplicate",
    ):
        await typed(town.bea, text, room)
    await typed(town.bea, "reopen it was none", room)
    await quiet(town)
    assert await town.bot.db.read(lambda session: incidents.rebuild(session, 1)) == await incident(town)


async def test_a_message_of_a_newer_version_is_left_to_it_and_stops_nothing(
    town: Living, room: Channel, sqlite_url: str
) -> None:
    """Two versions share a database while one is rolled out."""
    await quiet(town)
    with by_hand(sqlite_url) as other:
        names = "id, incident, kind, lane, rank, body, state, next_at, attempts, ambiguous"
        body = '{"kind":"sing","lane":"songs","seq":1}'
        other.execute(
            f"INSERT INTO outbox ({names}) VALUES ('new', 1, 'sing', 'songs', 1, '{body}', 'waiting', 0, 0, 0)"
        )
    await typed(town.bea, "update loader restarted", room)
    await town.slack.wait_for(lambda: [m for m in town.slack.messages(room) if ":* loader restarted" in m.text], 10)
    with by_hand(sqlite_url) as other:
        [(state, attempts)] = other.execute("SELECT state, attempts FROM outbox WHERE id = 'new'").fetchall()
        other.execute("DELETE FROM outbox WHERE id = 'new'")
    assert (state, attempts) == ("waiting", 0)


async def test_the_record_cannot_be_rewritten_by_anybody(
    both: Living, room_of_both: Channel, database_url: str
) -> None:
    before = await kinds(both)
    for statement in ("UPDATE facts SET body = '{}'", "DELETE FROM facts", "UPDATE texts SET body = 'never said'"):
        with by_hand(database_url) as other, pytest.raises(Exception, match=r"append-only|not rewritten"):
            other.execute(statement)
    assert await kinds(both) == before
