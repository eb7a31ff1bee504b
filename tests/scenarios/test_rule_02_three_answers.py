"""Rule 2: three answers and no lie. Saved; not saved, as the rollback was seen; or not known yet, and told later."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.sandbox import Channel, Message, Person
from tests.living import Living, living
from tests.scenarios.conftest import opened
from tests.scenarios.world import COMMAND, by_hand, elsewhere, kinds, quiet, told, typed


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else holds what every writer of INC-1 needs."""
    with by_hand(url) as other:
        other.execute("BEGIN" if url.startswith("postgresql") else "BEGIN EXCLUSIVE")
        if url.startswith("postgresql"):
            other.execute("SELECT * FROM incidents FOR UPDATE")
        yield
        other.execute("ROLLBACK")


SLOW_DISK = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.2); RETURN NULL; END $$;
CREATE TRIGGER slow_facts AFTER INSERT ON facts FOR EACH STATEMENT EXECUTE FUNCTION slow();
CREATE TRIGGER slow_rows AFTER UPDATE ON incidents FOR EACH STATEMENT EXECUTE FUNCTION slow()
"""


async def heard(town: Living, person: Person, *endings: str) -> str:
    """What the person reads in the end: on the spot, or after "I cannot say yet"."""

    def there() -> Message | None:
        return next((m for m in person.ephemerals() if any(ending in m.text for ending in endings)), None)

    found = await town.slack.wait_for(there, 10, what=" or ".join(endings))
    return found.text


async def test_a_database_that_stays_locked_is_said_to_have_saved_nothing(
    both: Living, room_of_both: Channel, database_url: str
) -> None:
    before = await kinds(both)
    with locked(database_url):
        ack = await both.ana.command(COMMAND, "update loader restarted", room_of_both)
        assert ack.ok, "Slack gave up before the bot answered"
        assert "Not saved" in ack.text or "cannot say yet" in ack.text
        assert "Not saved" in await heard(both, both.ana, "Not saved", "Update saved")
    assert [kind for kind in await kinds(both) if kind == "update_posted"] == []
    assert len(await kinds(both)) >= len(before)
    assert "Update saved" in await typed(both.ana, "update loader restarted", room_of_both)
    assert (await kinds(both)).count("update_posted") == 1


async def test_what_cannot_be_known_yet_is_told_when_it_is(town: Living, room: Channel, sqlite_url: str) -> None:
    """Three wait for the lock in turn; the last cannot know in time, and is saved when the lock is gone."""
    people = [town.ana, town.bea, town.car]
    with locked(sqlite_url):
        acks = await asyncio.gather(*(p.command(COMMAND, f"update from {p.name}", room) for p in people))
        assert [ack.error for ack in acks] == [None, None, None]
        late = [person for person, ack in zip(people, acks, strict=True) if "cannot say yet" in ack.text]
        assert late
        assert "update_posted" not in await elsewhere(sqlite_url)
    ends = [await heard(town, person, "Update saved", "Not saved") for person in people]
    saved = sum("Update saved" in end for end in ends)
    assert saved >= 1, "the last came after the lock was gone"
    assert (await elsewhere(sqlite_url)).count("update_posted") == saved


async def test_postgresql_that_is_slow_to_save_is_no_failure(pg_url: str, tmp_path: Path) -> None:
    async with living(pg_url, tmp_path) as town:
        room = await opened(town)
        await quiet(town)
        with by_hand(pg_url) as other:
            other.execute(SLOW_DISK)
        ack = await town.bea.command(COMMAND, "update loader restarted", room)
        assert "cannot say yet" in ack.text
        await told(town, town.bea, "Update saved")
        assert (await elsewhere(pg_url)).count("update_posted") == 1


async def test_a_form_that_could_not_be_saved_stays_open_with_what_was_typed(
    both: Living, room_of_both: Channel, database_url: str
) -> None:
    await both.bea.command(COMMAND, "update", room_of_both)
    view = await both.bea.opened_view()
    with locked(database_url):
        ack = await both.bea.submit(view, {"What changed": "loader restarted"})
        sentence = " ".join(ack.errors.values())
        assert "Not saved" in sentence or "cannot say yet" in sentence
        assert view.open
        if "cannot say yet" in sentence:
            await heard(both, both.bea, "Not saved")
    again = await both.bea.submit(view, {})
    assert again.view is None
    assert (await kinds(both)).count("update_posted") == 1


async def test_a_form_that_was_saved_late_is_saved_once_when_it_is_sent_again(
    town: Living, room: Channel, sqlite_url: str
) -> None:
    await town.bea.command(COMMAND, "update", room)
    view = await town.bea.opened_view()
    with locked(sqlite_url):
        others = [asyncio.create_task(p.command(COMMAND, "note before", room)) for p in (town.ana, town.car, town.tec)]
        await town.slack.wait_for(
            lambda: len([d for d in town.slack.deliveries if d.payload.get("text") == "note before"]) == 3
        )
        ack = await town.bea.submit(view, {"What changed": "loader restarted"})
    await asyncio.gather(*others)
    assert "cannot say yet" in " ".join(ack.errors.values())
    await told(town, town.bea, "Update saved")
    again = await town.bea.submit(view, {})
    assert again.view is None
    assert (await kinds(town)).count("update_posted") == 1


async def test_a_bug_saves_nothing_and_gets_an_apology_with_an_id_that_the_log_has(
    town: Living, room: Channel, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await kinds(town)
    with by_hand(sqlite_url) as other:
        other.execute("CREATE TRIGGER broken BEFORE INSERT ON seen BEGIN SELECT RAISE(ABORT, 'no such luck'); END")
        answer = await typed(town.bea, "update loader restarted", room)
        other.execute("DROP TRIGGER broken")
    assert await kinds(town) == before
    printed = capsys.readouterr().out
    known = [word for line in printed.splitlines() if "bug" in line for word in line.split() if word.startswith("id=")]
    assert any(one.removeprefix("id=") in answer for one in known)


RESULT = re.compile("Update saved|Not saved")


def heard_by(person: Person) -> str:
    return " ".join(m.text for m in person.ephemerals())


@pytest.mark.parametrize("doors", [6])
async def test_doors_are_answered_in_time_however_many_wait(
    both: Living, room_of_both: Channel, database_url: str, doors: int
) -> None:
    """More people than there are connections, and the database stands still: each hears something within 3 s."""
    people = list(both.people.values())[:doors]
    with locked(database_url):
        acks = await asyncio.gather(
            *(person.command(COMMAND, f"update from {person.name}", room_of_both) for person in people)
        )
        assert [ack.error for ack in acks] == [None] * doors
    for person, ack in zip(people, acks, strict=True):
        if "cannot say yet" in ack.text:
            await both.slack.wait_for(lambda p=person: RESULT.search(heard_by(p)), 20)  # type: ignore[misc]
    heard = [heard_by(person) for person in people]
    saved = (await kinds(both)).count("update_posted")
    assert sum("Update saved" in text for text in heard) == saved


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_loop_that_is_stuck_keeps_no_door_waiting(
    both: Living, room_of_both: Channel, database_url: str
) -> None:
    """What Slack answered for INC-2 cannot be recorded; INC-1 goes on."""
    both.slack.faults.add("conversations.create", "delay", seconds=0.5)
    await typed(both.zoe, "declare P2 invoices are late")
    with by_hand(database_url) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM incidents WHERE id = 2 FOR UPDATE")
        await both.slack.wait_for(lambda: both.slack.channel_named("inc-2"))
        ack = await both.bea.command(COMMAND, "update loader restarted", room_of_both)
        assert "Update saved" in ack.text
        other.execute("ROLLBACK")
    await both.incident(2)


async def test_a_post_whose_result_could_not_be_written_holds_its_lane_up_no_longer_than_the_lock(
    town: Living, room: Channel, sqlite_url: str
) -> None:
    await quiet(town)
    post = town.slack.faults.add("chat.postMessage", "delay", seconds=0.5, match=lambda a: "the first" in str(a))
    await typed(town.bea, "update the first", room)
    await typed(town.bea, "update the second", room)
    await town.slack.wait_for(lambda: post.used)
    with locked(sqlite_url):
        for _ in range(2):  # each waits for the lock, and then hears that nothing was saved
            await town.ana.command(COMMAND, "note in vain", room)
    await town.slack.wait_for(lambda: [m for m in town.slack.messages(room) if ":* the second" in m.text], 15)
    await quiet(town)
    assert len([m for m in town.slack.messages(room) if ":* the first" in m.text]) == 1
