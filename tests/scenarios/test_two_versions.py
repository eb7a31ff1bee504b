"""A newer version beside this one: what this one cannot read it leaves alone and says so, and the rest goes on."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from bot.domain.incident import STATE_VERSION
from bot.inbound.clock import Ticker
from bot.sandbox import Channel
from bot.store import facts
from tests.living import Living, living
from tests.scenarios.conftest import opened
from tests.scenarios.world import Clock, at, by_hand, entries, incident, kinds, quiet, said, typed
from tests.zygote import sitrep


def newer_wrote(url: str, kind: str, data: dict[str, object], number: int = 1) -> None:
    """A newer version added a fact, with a message about it, and wrote the row as only it reads it."""
    with by_hand(url) as other:
        [(seq, prev)] = other.execute(f"SELECT seq, digest FROM incidents WHERE id = {number}").fetchall()
        [(last,)] = other.execute(f"SELECT body FROM facts WHERE incident = {number} AND seq = {seq}").fetchall()
        said = {**json.loads(last), "seq": seq + 1, "kind": kind, "data": data, "prev": prev}
        body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = sha256(body.encode()).hexdigest()
        other.execute("BEGIN")
        other.execute(
            "INSERT INTO facts (incident, seq, kind, at, recorded_at, body, digest) SELECT incident, seq + 1, "
            f"'{kind}', at, recorded_at, '{body}', '{digest}' FROM facts WHERE incident = {number} AND seq = {seq}"
        )
        other.execute(
            f"UPDATE incidents SET seq = {seq + 1}, digest = '{digest}', state_version = {STATE_VERSION + 1}, "
            f"state = '{{}}' WHERE id = {number}"
        )
        message = json.dumps({"kind": "say", "lane": f"inc-{number}:posts", "seq": seq + 1, "fills": f"say-{seq + 1}"})
        other.execute(
            "INSERT INTO outbox (id, incident, kind, lane, rank, fills, body, state, next_at, attempts, ambiguous) "
            f"VALUES ('newer', {number}, 'say', 'inc-{number}:posts', 1, 'say-{seq + 1}', '{message}', 'waiting', 0, "
            f"0, {'FALSE' if url.startswith('postgresql') else 0})"
        )
        other.execute("COMMIT")


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with by_hand(url) as other:
        return [tuple(row) for row in other.execute(query).fetchall()]


EVERYTHING = "SELECT seq, digest, state_version, state, stage FROM incidents WHERE id = 1"
CLOCKS = "SELECT key, occurrence, step, fire_at FROM clocks WHERE incident = 1 ORDER BY key, occurrence, step"
SUNG: dict[str, object] = {"v": 1, "song": "la"}
"""Of a kind that this version does not know."""


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.long), "sqlite"], indirect=True)
async def test_an_incident_that_a_newer_version_works_on_is_left_to_it(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(database_url, tmp_path, environ=clock.environ) as town:
        await clock.go(at(0))
        room = await opened(town)
        await quiet(town)
        newer_wrote(database_url, "sung", SUNG)
        before, promised = rows(database_url, EVERYTHING), rows(database_url, CLOCKS)

        for text in ("update loader restarted", "brief", "timeline", "resolve", "undo", "link INC-1"):
            assert "INC-1 is being handled by a newer version of me" in await typed(town.bea, text, room), text
        message = await town.ana.say(room, "I am looking")
        await town.bea.react(message, "pushpin")
        await town.slack.wait_for(lambda: attempts(database_url), 15, "the newer message to be handed back")

        assert "INC-2 is saved" in await typed(town.zoe, "declare P2 invoices are late", room)
        await town.incident(2)
        listed = await typed(town.zoe, "list")
        assert "INC-2" in listed
        assert "INC-1" not in listed
        assert "newer version of me" in listed
        assert "is saved" in await typed(town.zoe, "declare P3 a table is empty")

        ticker = Ticker(town.bot.db, town.bot.courier._delivery.team)
        for minutes in (5, 16, 31, 61):
            await ticker.tick(at(minutes))
        assert "asked" in await kinds(town, 2), "the others' promises are kept"
        assert rows(database_url, EVERYTHING) == before
        assert rows(database_url, CLOCKS) == promised
        [(state, why)] = rows(database_url, "SELECT state, error FROM outbox WHERE id = 'newer'")
        assert state in ("waiting", "sending")
        assert "newer version" in str(why)
        code, out, err = await sitrep(tmp_path, {"DATABASE_URL": database_url}, "list")
        assert (code, "INC-2" in out, "INC-1" in out) == (0, True, False)
        assert "newer Sitrep" in err
        with by_hand(database_url) as other:
            other.execute("DELETE FROM outbox WHERE incident = 1")


def attempts(url: str) -> int:
    [(found,)] = rows(url, "SELECT attempts FROM outbox WHERE id = 'newer'")
    assert isinstance(found, int)
    return found


async def test_a_protocol_that_promises_what_this_version_does_not_know_is_not_guessed(
    town: Living, room: Channel, sqlite_url: str
) -> None:
    await quiet(town)
    [(body,)] = rows(sqlite_url, "SELECT body FROM protocols")
    newer = json.dumps({**json.loads(str(body)), "sirens": True})
    with by_hand(sqlite_url) as other:
        other.execute("INSERT INTO protocols VALUES ('newer', 'newer', ?)", (newer,))
        other.execute("UPDATE incidents SET protocol_digest = 'newer', state = replace(state, ?, ?)", changed(town))
    assert "handled by a newer version of me" in await typed(town.bea, "update loader restarted", room)
    assert "newer version of me" in await typed(town.bea, "list")
    assert "INC-2 is saved" in await typed(town.zoe, "declare P2 invoices are late")


def changed(town: Living) -> tuple[str, str]:
    return town.bot.courier._delivery.team.protocol.digest(), "newer"


async def test_what_an_older_version_wrote_is_made_whole_at_the_next_tick(slow: Living, sqlite_url: str) -> None:
    """The older one knows fewer clocks, and removes those it does not know when it writes."""
    room = await opened(slow)
    await typed(slow.bea, "ack", room)
    await quiet(slow)
    whole, promised = await incident(slow), rows(sqlite_url, CLOCKS)
    with by_hand(sqlite_url) as other:
        older = f"UPDATE incidents SET state_version = {STATE_VERSION - 1}, state = '{{}}'"
        other.execute(older)
        other.execute("DELETE FROM clocks WHERE key = 'update'")
    ticker = Ticker(slow.bot.db, slow.bot.courier._delivery.team)
    assert await ticker.tick(at(1)) == 0, "nothing is due"
    assert rows(sqlite_url, CLOCKS) == promised
    assert rows(sqlite_url, "SELECT state_version FROM incidents") == [(STATE_VERSION,)]
    assert await incident(slow) == whole
    assert await slow.bot.db.read(lambda session: facts.verify(session, 1)) == []
    assert len(await entries(slow)) == whole.seq
    assert not said(slow, room, "newer version")


async def test_a_row_of_a_newer_version_is_acted_on_where_its_facts_can_be_read(
    town: Living, room: Channel, sqlite_url: str
) -> None:
    with by_hand(sqlite_url) as other:
        other.execute(f"UPDATE incidents SET state_version = {STATE_VERSION + 1}, state = '{{\"sirens\": 1}}'")
    assert "Update saved" in await typed(town.bea, "update loader restarted", room)
    assert (await incident(town)).updates[-1].text == "loader restarted"
