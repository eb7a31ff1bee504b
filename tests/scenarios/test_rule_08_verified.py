"""Rule 8: the record of a real incident can be verified against its closing summary, and its words forgotten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.sandbox import Channel, Message
from bot.store import facts
from tests.living import Living
from tests.scenarios.world import COMMAND, by_hand, entries, quiet, said, typed

DIGEST = re.compile(r"[0-9a-f]{64}")


@pytest.fixture
async def closed(town: Living, room: Channel) -> Message:
    """The closing summary of a whole P1."""
    for text in (
        "ack",
        "confirm",
        "impact figures of today are wrong",
        "update loader restarted",
        "note it was the disk",
    ):
        await typed(town.bea, text, room)
    message = await town.ana.say(room, "the disk of the loader is full")
    await town.ana.react(message, "pushpin")
    await town.slack.wait_for(lambda: "memo" in message.reactions)
    await town.bea.command(COMMAND, "resolve", room)
    filled = {"Fix applied": "a larger disk", "State of the data": "repaired"}
    await town.bea.submit(await town.bea.opened_view(), filled)
    await quiet(town)
    await town.bea.command(COMMAND, "close", room)
    await town.bea.submit(await town.bea.opened_view(), {"reason": "the postmortem follows"})
    await quiet(town)
    [summary] = [m for m in said(town, room) if DIGEST.search(m.text + str(m.blocks))]
    return summary


def verified(url: str, folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["timeline", "verify", "INC-1"], env={"DATABASE_URL": url, "SITREP_CONFIG": None})
    return result.exit_code, result.output


async def test_the_summary_prints_what_verify_finds(
    town: Living, closed: Message, sqlite_url: str, tmp_path: Path
) -> None:
    await town.bot.stop()
    code, told = verified(sqlite_url, tmp_path)
    assert code == 0
    [printed] = set(DIGEST.findall(closed.text))
    assert DIGEST.findall(told) == [printed]


async def test_the_summary_counts_the_entries_up_to_its_digest(town: Living, closed: Message) -> None:
    [printed] = set(DIGEST.findall(closed.text))
    small = next(line for line in closed.text.splitlines() if printed in line)
    count = int(re.search(r"\b(\d+)\b", small.replace(printed, "")).group(1))  # type: ignore[union-attr]
    assert await town.bot.db.read(lambda session: facts.count(session, 1)) == count


async def test_the_summary_is_right_when_something_is_noted_before_it_is_said(town: Living, room: Channel) -> None:
    await typed(town.bea, "ack", room)
    await town.bea.command(COMMAND, "resolve", room)
    await town.bea.submit(await town.bea.opened_view(), {"Fix applied": "reverted", "State of the data": "repaired"})
    await quiet(town)
    await town.bea.command(COMMAND, "close", room)
    view = await town.bea.opened_view()
    town.slack.faults.add("chat.postMessage", "429", times=None)
    await town.bea.submit(view, {"reason": "the postmortem follows"})
    closed_with = await town.bot.db.read(lambda session: (facts.count(session, 1), facts.head(session, 1)))
    await typed(town.bea, "note and one thing more", room)
    town.slack.faults.clear()
    await quiet(town)
    [summary] = [m for m in said(town, room) if DIGEST.search(m.text)]
    count, head = closed_with
    assert f"{count} timeline entries" in summary.text
    assert DIGEST.findall(summary.text) == [head], "the digest is that of the last entry that was counted"


HARMS = (
    "UPDATE facts SET body = replace(body, 'U0BEA', 'U0ZOE') WHERE kind = 'acknowledged'",
    "UPDATE facts SET body = replace(body, 'false', 'true') WHERE seq = 1",
    "DELETE FROM facts WHERE seq = 4",
    "DELETE FROM facts WHERE seq = (SELECT max(seq) FROM facts)",
    "UPDATE texts SET body = 'all was well' WHERE seq = 1",
    "UPDATE facts SET kind = 'note_added' WHERE seq = 2",
)


async def test_tampering_is_found(town: Living, closed: Message, sqlite_url: str, tmp_path: Path) -> None:
    await town.bot.stop()
    for number, harm in enumerate(HARMS):
        url = f"sqlite:///{tmp_path / f'harmed-{number}.db'}"
        with by_hand(sqlite_url) as whole, by_hand(url) as other:
            whole.backup(other)
            for guard in ("facts_update", "facts_delete", "texts_update"):
                other.execute(f"DROP TRIGGER {guard}")
            assert other.execute(harm).rowcount == 1, harm
        code, told = verified(url, tmp_path)
        assert (code, bool(re.search(r"[Ee]ntry \d+", told))) == (1, True), f"{harm}: {told}"


async def test_forgetting_what_people_wrote_keeps_the_record_whole(
    town: Living, room: Channel, closed: Message, sqlite_url: str, tmp_path: Path
) -> None:
    before = [(e.seq, e.fact.kind, e.by) for e in await entries(town)]
    assert await town.bot.db.run(lambda session: facts.forget_texts(session, 1)) > 5
    assert "loader restarted" not in await typed(town.bea, "timeline all", room)
    assert [(e.seq, e.fact.kind, e.by) for e in await entries(town)] == before
    await town.bot.stop()
    code, told = verified(sqlite_url, tmp_path)
    assert code == 0
    assert DIGEST.findall(told) == list(set(DIGEST.findall(closed.text)))
    with by_hand(sqlite_url) as other:
        assert "loader restarted" not in "\n".join(other.iterdump())
