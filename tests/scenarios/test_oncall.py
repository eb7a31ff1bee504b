"""Living shifts: a swap that both agree to, a cover, a deactivated member, a specialist who is called; and two replicas
on one PostgreSQL that see the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.domain.fact import Asked, Escalated
from bot.sandbox import Message, Person
from tests.living import Living, living, until
from tests.scenarios.world import Clock, another, at, entries, quiet, typed

CONFIG = """\
announce_channel: incidents
timezone: Europe/Amsterdam
directory: {incident-manager: [U0BEA], level-2: [U0SME]}
oncall:
  primary: {members: [U0ANA, U0BEA], starts: 2026-11-16, handoff: "mon 09:00"}
  secondary: {members: [U0DIR, U0CAR], starts: 2026-11-16, handoff: "mon 09:00"}
  ingestion: {members: [U0TEC], starts: 2026-11-16, for: ["raw_*"]}
"""
"""The tests begin on Friday, 20 November 2026, in Ana's week; Bea's begins on the 23rd."""


async def dm(town: Living, person: Person, words: str) -> Message:
    """The direct message with these words, once it is there."""

    def there() -> Message | None:
        return next((m for m in reversed(person.dms()) if words in m.text), None)

    return await town.slack.wait_for(there, 10, what=words)


async def reads(town: Living, person: Person, words: str) -> str:
    """What the person reads privately, once it is there."""
    found = await town.slack.wait_for(lambda: [m for m in person.ephemerals() if words in m.text], 10, what=words)
    return found[-1].text


def labels(message: Message) -> list[str]:
    return [e["text"]["text"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]]


async def test_shifts_change_hands_and_whoever_has_it_is_asked(sqlite_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(sqlite_url, tmp_path, config=CONFIG, environ=clock.environ) as town:
        await clock.go(at(0))
        ana, bea = town.ana, town.bea
        assert "*primary* Ana, 09:00 CET where they are" in await typed(ana, "oncall")

        # a swap that is declined, and one that is agreed to
        answer = await typed(ana, "oncall swap @Bea sat")
        assert "Nothing changes until they accept" in answer
        assert "Bea takes Sat 21 Nov 09:00 to Sun 22 Nov 09:00 CET, from Ana" in answer
        asked = await dm(town, bea, "asks you to swap")
        assert labels(asked) == ["Accept", "Decline"]
        await bea.click(asked, "Decline")
        assert "so nothing changes" in (await dm(town, ana, "Bea declined the swap")).text
        await town.slack.wait_for(lambda: not labels(bea.dms()[-1]), what="the buttons to go")
        assert "Take it back" in labels_of(await typed(ana, "oncall swap @Bea sat"), town, ana)
        await quiet(town)
        again = bea.dms()[-1]
        await bea.click(again, "Accept")
        await bea.click(again, "Accept")
        await dm(town, ana, "Bea accepted the swap")
        assert "You accepted it already" in await reads(town, bea, "accepted it already")
        assert len([m for m in ana.dms() if "accepted the swap" in m.text]) == 1
        month = await typed(town.zoe, "oncall month")
        assert "Bea (swapped)" in month

        # the shifts as a file, by direct message
        assert "as a file for your calendar" in await typed(town.zoe, "oncall ics")
        await quiet(town)
        [file] = [one for one in town.slack.files if one.name.endswith(".ics")]
        assert b"SUMMARY:On call (primary): Bea" in file.content

        # whoever has it on Saturday is asked on Saturday
        await clock.go(at(25 * 60))
        await typed(town.zoe, "declare P1 raw orders are missing")
        await town.incident()
        await quiet(town)
        pages = [e.fact for e in await entries(town) if isinstance(e.fact, Asked)]
        assert pages[0].people == (bea.id,)

        # a cover holds at once, and ends when it is given back
        assert "Max has your shift now" in await typed(bea, "oncall cover @Max 2h")
        told = await dm(town, town.max, "You are on call now in place of Bea")
        assert "*primary* Max" in await typed(ana, "oncall")
        await town.max.click(told, "Take it back")
        await dm(town, bea, "Max took this back")
        assert "*primary* Bea" in await typed(ana, "oncall")

        # the specialist stands before level 2 of the directory
        room = await town.incident()
        await typed(bea, "affected raw_orders", room)
        await clock.go(at(26 * 60))
        escalated = [e.fact for e in await entries(town) if isinstance(e.fact, Escalated)]
        assert escalated[0].people == (town.tec.id, town.sme.id)

        # who left is passed over
        bea.change(deleted=True)
        await town.slack.settled()
        await clock.go(at(26 * 60 + 1))
        page = await typed(ana, "oncall")
        assert "Bea has left, so their turns in *primary* go to whoever is next" in page
        assert "*primary* Ana" in page


def labels_of(answer: str, town: Living, person: Person) -> list[str]:
    assert answer
    return [label for m in person.ephemerals()[-1:] for label in labels(m)]


async def test_two_replicas_see_the_same(pg_url: str, tmp_path: Path) -> None:
    """Whichever hears it; the other knows within a second."""
    config = CONFIG.replace("2026-11-16", "2020-01-06")
    async with living(pg_url, tmp_path, config=config) as town, another(town, pg_url, tmp_path) as second:
        await town.slack.connected(2)
        assert "You are on call now (ingestion)" in await typed(town.ana, "oncall take 2h ingestion")
        teams = [bot.ticker._team for bot in (town.bot, second)]
        await until(
            lambda: [one.roster(datetime.now(UTC)).people("ingestion") for one in teams] == [(town.ana.id,)] * 2
        )
        told = await dm(town, town.tec, "Ana has taken over your shift")
        await town.tec.click(told, "Take it back")
        await dm(town, town.ana, "Tec took this back")
        await until(
            lambda: [one.roster(datetime.now(UTC)).people("ingestion") for one in teams] == [(town.tec.id,)] * 2
        )
        assert len([m for m in town.tec.dms() if "has taken over" in m.text]) == 1
