"""Rule 1: commit, then answer. Whoever reads "saved" is on the record, in the same second, whatever Slack does."""

from __future__ import annotations

import asyncio

from bot.sandbox import Channel
from tests.living import Living
from tests.scenarios.world import COMMAND, by_hand, elsewhere, kinds, quiet, told

SAVED = {
    "ack": "acknowledged",
    "update loader restarted": "update_posted",
    "impact today's figures are wrong": "impact_stated",
    "note the loader died of a full disk": "note_added",
    "severity P2 fewer customers": "severity_changed",
    "cancel false alarm it was a test": "cancelled",
}


async def test_answered_is_committed_while_every_call_to_slack_hangs(
    both: Living, room_of_both: Channel, database_url: str
) -> None:
    await quiet(both)
    both.slack.faults.add("*", "hang", times=None, seconds=4.0)
    for text, fact in SAVED.items():
        before = len(both.slack.calls)
        ack = await both.bea.command(COMMAND, text, room_of_both)
        assert ack.ok
        assert ack.payload is not None, "the answer travels in the acknowledgement"
        assert ack.payload["response_type"] == "ephemeral"
        assert fact in await elsewhere(database_url), f"{text!r} was answered and is not committed"
        assert "response_url" not in [call.method for call in both.slack.calls[before:]]
    declared = await both.zoe.command(COMMAND, "declare P2 invoices are late", "general")
    assert "INC-2 is saved" in declared.text
    assert "declared" in await elsewhere(database_url, 2)
    both.slack.faults.clear()


async def test_no_answer_before_the_commit(town: Living, room: Channel, sqlite_url: str) -> None:
    with by_hand(sqlite_url) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = asyncio.create_task(town.bea.command(COMMAND, "update loader restarted", room))
        answered, _ = await asyncio.wait({answer}, timeout=0.5)
        assert not answered, "answered while nothing could be committed"
        other.execute("ROLLBACK")
    assert "Update saved" in (await answer).text
    assert (await kinds(town)).count("update_posted") == 1


async def test_a_saved_form_closes_and_its_answer_follows(town: Living, room: Channel, sqlite_url: str) -> None:
    await town.bea.command(COMMAND, "update", room)
    view = await town.bea.opened_view()
    town.slack.faults.add("*", "hang", times=None, seconds=1.0)
    ack = await town.bea.submit(view, {"What changed": "loader restarted"})
    assert (ack.ok, ack.view) == (True, None)
    assert "update_posted" in await elsewhere(sqlite_url)
    town.slack.faults.clear()
    await told(town, town.bea, "Update saved")


async def test_a_form_that_slack_does_not_open_says_so_and_keeps_the_words(town: Living, room: Channel) -> None:
    words = "reverted the deploy of the loader, and the mart is loaded again since half past nine"
    town.slack.faults.add("views.open", "hang", seconds=0.5)
    ack = await town.bea.command(COMMAND, f"resolve {words}", room)
    assert ack.ok
    message = await told(town, town.bea, "did not open the form")
    assert words in message.text + str(message.blocks)
