"""What cannot be saved is not acknowledged, or is said not to be; nothing is stored, and the next try works."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.domain.fact import NoteAdded
from bot.sandbox import Channel, Person
from tests.living import Living
from tests.scenarios.test_again import again, answer
from tests.scenarios.world import by_hand, entries, kinds, quiet, shows, told, typed

BROKEN = """
CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
CREATE CONSTRAINT TRIGGER broken AFTER INSERT ON facts DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION broken()"""
"""The COMMIT itself fails."""


@contextmanager
def no_commit(url: str) -> Iterator[None]:
    """Nothing that anybody does can be committed."""
    with by_hand(url) as other:
        if url.startswith("sqlite"):
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        else:
            other.execute(BROKEN)
            yield
            other.execute("DROP TRIGGER broken ON facts")


async def test_what_cannot_be_committed_is_not_acknowledged_and_works_the_next_time(
    both: Living, room_of_both: Channel, database_url: str
) -> None:
    """Commands, clicks and shortcuts are answered with what is true; events are left to Slack, which brings them
    again."""
    town, room = both, room_of_both
    message = await town.ana.say(room, "the disk of the loader is full")
    card = await shows(town, room, "Confirm P1")
    await quiet(town)
    before = await kinds(town)
    town.slack.timing.event_retries = ()
    since = len(town.slack.deliveries)
    with no_commit(database_url):
        ack = await town.bea.command("/incident", "update loader restarted", room)
        assert ack.text.startswith(("Not saved", "I cannot say yet"))
        await town.car.click(card, "Confirm P1")
        await town.tec.message_shortcut("Add to timeline", message)
        for person in (town.car, town.tec):
            await told(town, person, "Not saved")
        await town.sme.react(message, "pushpin")
        await town.slack.settled(30)
    assert not {"update_posted", "severity_confirmed"} & set(await kinds(town))
    events = [d for d in town.slack.deliveries[since:] if d.name == "reaction_added"]
    assert [d.acked for d in events] == [False]
    for delivery in reversed(town.slack.deliveries[since:]):
        if delivery.name in ("/incident", "block_actions", "message_action", "reaction_added"):
            assert (await again(town, delivery)).ok
    await quiet(town)
    new = [kind for kind in await kinds(town) if kind not in before]
    assert {"update_posted", "severity_confirmed", "message_marked"} <= set(new)
    assert max(new.count(kind) for kind in ("update_posted", "severity_confirmed", "message_marked")) == 1
    first = next(d for d in town.slack.deliveries[since:] if d.name == "/incident")
    assert "Update saved" in answer(await again(town, first))


async def test_a_newcomer_is_told_how_it_stands_though_the_database_was_slow(
    town: Living, room: Channel, sqlite_url: str
) -> None:
    """What is saved after the answer was due is known when Slack brings the event again, so it must be told then."""
    newcomer = town.slack.person("Nia")
    with by_hand(sqlite_url) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(p.command("/incident", "note before", room)) for p in (town.ana, town.car)]
        await town.slack.wait_for(lambda: notes(town) == 2)
        await newcomer.join(room)
        await town.slack.wait_for(lambda: _refused(town), 20, "the event to be left unacknowledged")
        other.execute("ROLLBACK")
    await asyncio.gather(*waiting)
    await town.slack.wait_for(newcomer.ephemerals, 20, "how it stands")
    await town.slack.settled(30)
    assert len(newcomer.ephemerals()) == 1


def notes(town: Living) -> int:
    return sum(delivery.payload.get("text") == "note before" for delivery in town.slack.deliveries)


def _refused(town: Living) -> bool:
    joins = [d for d in town.slack.deliveries if d.name == "member_joined_channel"]
    return any(not reply.ok for reply in joins[-1].replies)


# many at once


PEOPLE = 50


async def crowd(town: Living, room: Channel) -> list[str]:
    """What fifty people read who each keep a note at the same moment; where it cannot be said yet, what came later."""
    people = [town.slack.person(f"Person {n}") for n in range(PEOPLE)]
    for person in people:
        room.members.append(person.id)
    acks = await asyncio.gather(*(p.command("/incident", f"note by {p.name}.", room) for p in people))
    assert [ack.error for ack in acks] == [None] * PEOPLE, "each is answered"
    texts = [ack.text for ack in acks]
    return [await _at_last(town, p, text) for p, text in zip(people, texts, strict=True)]


def answered(town: Living) -> int:
    return sum(d.kind == "slash_commands" and d.acked for d in town.slack.deliveries)


async def _at_last(town: Living, person: Person, text: str) -> str:
    if not text.startswith("I cannot say yet"):
        return text

    def known() -> str | None:
        found = [m.text for m in person.ephemerals() if not m.text.startswith("I cannot say yet")]
        return found[0] if found else None

    return await town.slack.wait_for(known, 50, f"what became of the note of {person}")


async def honest(town: Living, answers: list[str]) -> None:
    """Whoever read "saved" is on record once, whoever read "not saved" is not."""
    kept = [e.fact.text for e in await entries(town) if isinstance(e.fact, NoteAdded)]
    assert len(kept) == len(set(kept))
    for number, text in enumerate(answers):
        assert ("Not saved" in text) != ("Noted" in text), text
        assert (f"by Person {number}." in kept) == ("Noted" in text), text


@pytest.mark.parametrize("database_url", [pytest.param("sqlite", marks=pytest.mark.long), "postgresql"], indirect=True)
async def test_fifty_people_at_once_while_every_call_to_slack_hangs(both: Living, room_of_both: Channel) -> None:
    await quiet(both)
    held = both.slack.faults.add("*", "hold", times=None)
    answers = await crowd(both, room_of_both)
    assert held.used
    await honest(both, answers)
    assert any("Noted" in text for text in answers)
    both.slack.faults.release()


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.long), "sqlite"], indirect=True)
async def test_fifty_people_at_once_while_the_database_stands_still(
    both: Living, room_of_both: Channel, database_url: str
) -> None:
    await quiet(both)
    with by_hand(database_url) as other:
        other.execute("BEGIN" if database_url.startswith("postgresql") else "BEGIN EXCLUSIVE")
        if database_url.startswith("postgresql"):
            other.execute("SELECT * FROM incidents FOR UPDATE")
        answers = asyncio.create_task(crowd(both, room_of_both))
        await both.slack.wait_for(lambda: answered(both) >= PEOPLE // 2, 50, "half of them to be answered")
        other.execute("ROLLBACK")
    found = await answers
    await honest(both, found)
    assert "Noted" in await typed(both.bea, "note by herself", room_of_both)
