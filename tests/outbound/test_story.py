"""A whole incident, from its declaration to its closing summary: all is said, once, in order, and kept current."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa
import structlog

from bot.domain import request as r
from bot.domain.fact import Closed, Entry
from bot.domain.message import KINDS, OF_NO_INCIDENT
from bot.sandbox import Message
from bot.store import facts, outbox
from bot.store.session import Session
from bot.store.tables import outbox as rows
from bot.views import statements
from bot.views.scene import Post, Scene
from tests.outbound.town import Town, running

IMPACT = "Revenue figures since 06:10 are not reliable."


def states(session: Session) -> Counter[tuple[str, str]]:
    found = session.conn.execute(sa.select(rows.c.kind, rows.c.state))
    return Counter((row.kind, row.state) for row in found)


async def told(town: Town) -> Message:
    """A story in which every kind of message is sent; a message of Ana's that she marks."""
    await town.declare()
    await town.quiet()
    await town.act(r.Acknowledge(), by="car")
    await town.act(r.StateImpact(IMPACT, "suspect"), by="car")
    await town.act(r.PostUpdate("Loader restarted, backlog shrinking."), by="car")
    await town.act(r.Escalate("Somebody who knows the loader.", team="data-engineering"), by="car")
    await town.quiet()
    announced = (await town.db.read(lambda session: outbox.slots(session, 1)))["notice"]
    asked = r.HearQuestion(announced.channel, "1.1", announced.ts or "", town.dir.id, "Is yesterday right?")
    heard = (await town.act(asked, by="dir")).entries[-1]
    await town.act(r.AnswerQuestion(heard.seq, "Yes."), by="car")
    clue = await town.ana.say("inc-1-orders-mart-is-stale", "The loader was deployed at 08:00")
    mark = {"channel": clue.channel, "ts": clue.ts}
    await town.act(r.MarkMessage(**mark, author=town.ana.id, text=clue.text, marker="pushpin"))
    await town.quiet()
    await town.later(31)
    await town.quiet()
    await town.later(15)
    await town.quiet()
    await town.act(r.PostUpdate("It was the deploy."), by="car")
    await town.quiet()
    await town.act(r.EditUpdate("It was the deploy; reverting."), by="car")
    await town.later(1)
    await town.act(r.PostUpdate("Reverted."), by="car")
    await town.quiet()
    await town.act(r.Undo(), by="car")
    await town.act(r.Rename("Orders mart is stale since six"), by="car")
    await town.act(r.ChangeSeverity("P2"), by="car")
    await town.act(r.RetractMark(**mark))
    await town.quiet()
    await town.act(r.Resolve(fix="reverted", data="repaired", cause="a deploy", verified="tests"), by="car")
    await town.act(r.Close(met=(), reason="all done"), by="car")
    await town.quiet()
    return clue


async def test_every_kind_of_message_arrives_and_nothing_is_left(town: Town) -> None:
    await told(town)
    found = await town.db.read(states)
    assert {kind for kind, _ in found} == set(KINDS) - {"shrink"} - OF_NO_INCIDENT, (
        "that one is sent for duplicates only"
    )
    assert {state for _, state in found} == {"sent"}


async def test_what_each_place_reads_in_the_end(town: Town) -> None:
    clue = await told(town)
    posts = town.said("inc-1")
    assert len([m for m in posts if "INC-1" in m.text and m.pinned]) == 1
    assert town.updates() == [IMPACT, "Loader restarted, backlog shrinking.", "It was the deploy; reverting."]
    (reminder,) = [m for m in posts if m.text.startswith("✓") and "posted an update" in m.text]
    climbed = [m for m in posts if m.thread_ts == reminder.ts and m.is_reply]
    assert len(climbed) == 1, "who comes next is told in the thread of the reminder"
    (attached,) = [m for m in posts if m.files]
    (summary,) = [m for m in posts if m.ts == attached.thread_ts]
    assert "closed" in summary.text.lower()
    (file,) = town.slack.files
    assert "Loader restarted" in file.text
    assert clue.reactions == {}
    team = town.said("incidents")
    assert [m.is_reply for m in team if "closed" in m.text.lower()][-1]
    first, last = town.said("data-stakeholders")
    assert first.edits > 0, "news that change nothing for them are edited in"
    assert "right again" in last.text, "what is new to them is said anew"


async def test_the_summary_prints_the_digest_the_record_ends_with(town: Town) -> None:
    await told(town)
    told_of = await town.db.read(lambda session: facts.entries(session, 1))
    count = next(e.seq for e in told_of if isinstance(e.fact, Closed))
    digest = await town.db.read(lambda session: facts.head(session, 1, upto=count))
    assert [m for m in town.said("inc-1") if digest in str(m.blocks) and f"{count} timeline entries" in str(m.blocks)]


async def test_statements_tell_their_moment_though_they_are_said_late(town: Town) -> None:
    hold = town.slack.faults.add("chat.postMessage", "429", match=lambda args: "First" in str(args.get("text")))
    await town.declare()
    await town.quiet()
    await town.act(r.PostUpdate("First of two."), by="car")
    await town.act(r.PostUpdate("Second of two."), by="car")
    await town.quiet()
    assert hold.used == 1
    channel = [m for m in town.said("inc-1", "of two.") if not m.pinned and not m.is_reply]
    assert ["First" in channel[0].text, "Second" in channel[1].text] == [True, True], "a lane keeps its order"
    card = town.said("inc-1", "INC-1")[0]
    assert "Second of two." in card.text


async def test_the_card_is_edited_where_it_is_and_said_anew_when_somebody_deleted_it(town: Town) -> None:
    await town.declare()
    await town.quiet()
    card = town.said("inc-1", "INC-1")[0]
    await town.act(r.Acknowledge(), by="car")
    await town.quiet()
    assert card.edits == 1
    card.deleted = True
    await town.act(r.MovePhase("fixing"), by="car")
    await town.quiet()
    again = await town.slot("card")
    assert again is not None
    assert again.ts != card.ts
    assert "Fixing" in town.said("inc-1", "INC-1")[-1].text


async def test_what_was_asked_and_answered_meanwhile_is_not_asked_any_more(town: Town) -> None:
    await town.declare()
    await town.act(r.Acknowledge(), by="car")
    await town.act(r.PostUpdate("Known."), by="car")
    await town.quiet()
    before = [m.ts for m in town.said("inc-1")]
    town.courier.stop()
    await town.later(31)
    await town.later(16)
    await town.act(r.PostUpdate("Still on it."), by="car")
    await town.act(r.StateImpact(IMPACT), by="car")
    async with running(town, town.another()):
        await town.quiet()
    said = [m for m in town.said("inc-1") if m.ts not in before]
    assert [m.text for m in said if "⏰" in m.text or "✓" in m.text or "nobody has answered" in m.text] == []
    assert await town.waiting() == 0


async def test_a_private_incident_tells_somebody_outside_no_title(town: Town) -> None:
    await town.declare("Payroll leaked", private=True)
    await town.quiet()
    await town.later(45)
    await town.quiet()
    seen = [m.text for m in town.told("dir")]
    assert seen
    assert not [text for text in seen if "Payroll" in text]


async def test_a_mistake_of_ours_is_told_and_the_lane_goes_on(
    town: Town, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.declare()
    await town.quiet()
    drawn = statements.statement

    def broken(scene: Scene, entry: Entry, **more: str) -> Post:
        if "broken" in str(entry.fact):
            raise KeyError("no such phrase")
        return drawn(scene, entry, **more)

    monkeypatch.setattr(statements, "statement", broken)
    with structlog.testing.capture_logs() as logs:
        await town.act(r.PostUpdate("this one is broken"), by="car")
        await town.act(r.PostUpdate("this one is fine"), by="car")
        await town.quiet()
    assert town.updates() == ["this one is fine"]
    (told,) = town.told("ana", "bug ")
    assert [line["id"] for line in logs if line["event"] == "bug" and f"bug {line['id']}" in told.text]


async def test_nothing_is_sent_before_its_place_is_there(town: Town) -> None:
    await town.declare()
    await town.quiet()
    assert await town.db.read(outbox.waiting) == 0
    channel = (await town.incident()).channel
    created = next(c.ended or 0 for c in town.slack.calls_of("conversations.create") if c.ok)
    early = [c.method for c in town.slack.calls if c.args.get("channel") == channel and c.started < created]
    assert early == []
