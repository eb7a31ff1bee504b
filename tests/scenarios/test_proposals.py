"""A high-impact change, lived through: planned, rejected, changed, approved; and one that went ahead without."""

from __future__ import annotations

from bot.domain import request as r
from bot.inbound.rights import guard
from bot.sandbox import Channel, Message, Person
from tests.living import Living
from tests.scenarios.world import COMMAND, Clock, at, quiet, said, shows, told, typed


def read(person: Person, message: Message) -> str:
    return "\n".join(person.screen.message(message))


def test_who_is_not_known_yet_decides_nothing() -> None:
    """While Slack is slow to say who somebody is, they may speak, and neither approve nor re-grade."""
    assert not {r.Approve, r.Reject, r.GoAhead, r.Propose, r.AcceptSeverity, r.ChangeSeverity} & {*guard.UNCHECKED}


async def standing(town: Living, room: Channel, words: str) -> Message:
    """The message in the channel, once it reads like this."""
    found = await town.slack.wait_for(lambda: said(town, room, words), 10, what=words)
    return found[-1]


def own(person: Person) -> list[Message]:
    return [m for m in person.ephemerals() if "You planned this" in m.text]


async def letter(town: Living, person: Person, words: str) -> Message:
    found = await town.slack.wait_for(lambda: [m for m in person.dms() if words in m.text], 10, what=words)
    return found[-1]


async def test_a_change_is_planned_changed_approved_and_one_goes_ahead_without(
    slow: Living, slow_room: Channel, clock: Clock
) -> None:
    town, room = slow, slow_room
    await quiet(town)

    # half a plan opens the form with what was typed; it reaches whoever approves, and nobody else is called
    await town.tec.command(COMMAND, "propose drop the 06:00 partition because it is corrupt", room)
    form = await town.tec.opened_view()
    text = "\n".join(town.tec.screen.view(form))
    for words in ("drop the 06:00 partition", "it is corrupt", "Needs approval when"):
        assert words in text
    refused = await town.tec.submit(form, {"How it is taken back": " "})
    assert "taken back" in str(refused.errors)
    assert not (await town.tec.submit(form, {"How it is taken back": "restore the snapshot"})).errors
    await told(town, town.tec, "Asked to approve it: Bea")
    plan = await standing(town, room, "asks for approval: *drop the 06:00 partition*")
    assert f"<@{town.bea.id}>" in plan.text
    assert "[Approve] [Reject] [Change plan] [Go ahead without approval]" in read(town.bea, plan)
    assert "Waiting for approval: drop the 06:00 partition (Tec)" in read(town.bea, await shows(town, room, "Waiting"))

    # not by its planner, not by anybody; the lead rejects it and its planner hears why
    await town.tec.click(plan, "Approve")
    assert "Incident Manager" in (await told(town, town.tec, "You planned this")).text
    assert "for the Incident Manager" in await typed(town.zoe, "approve", room)
    await town.tec.command(COMMAND, "reject", room)
    assert len(await town.slack.wait_for(lambda: own(town.tec), 10, what="refused before a form")) == 2
    await town.bea.click(plan, "Reject")
    await town.bea.submit(await town.bea.opened_view(), {"What speaks against it": "The backup is not done yet"})
    await standing(town, room, "Bea rejected: *drop the 06:00 partition* — The backup is not done yet")
    assert "[Approve]" not in read(town.bea, plan)
    assert "[Change plan]" in read(town.bea, plan)
    assert "[Change plan]" in read(town.bea, await told(town, town.bea, "Rejected. Tec hears why."))
    assert "[Change plan]" in read(town.tec, await letter(town, town.tec, "The backup is not done yet"))

    # the changed plan needs an approval of its own
    one_line = (
        "propose drop it after the backup because it is corrupt, risk an hour late, rollback restore the snapshot"
    )
    assert "Asked to approve it: Bea" in await typed(town.tec, one_line, room)
    second = await standing(town, room, "*drop it after the backup*")
    await town.tec.click(second, "Change plan")
    changed = await town.tec.opened_view(where=lambda view: "Change plan" in str(view))
    await town.tec.submit(changed, {"What is to be changed": "drop it after the second backup"})
    await standing(town, room, "Tec changed this plan; the new one stands below")
    third = await standing(town, room, "asks for approval: *drop it after the second backup*")
    await clock.go(at(5))
    assert "Approved. Tec hears" in await typed(town.bea, "approve", room)
    await standing(town, room, "Bea approved: *drop it after the second backup*")
    assert "Rollback restore the snapshot" in read(town.ana, third)
    await letter(town, town.tec, "approved your change in INC-1")

    # taken back it waits again, with its buttons
    await typed(town.bea, "undo", room)
    await standing(town, room, "asks for approval: *drop it after the second backup*")
    await town.bea.click(third, "Approve")
    await standing(town, room, "Bea approved: *drop it after the second backup*")

    # several wait: each is a button, and typed by its number
    await typed(town.tec, "propose lower the limit because it is high, risk none, rollback raise it", room)
    await typed(town.tec, "propose free the disk because it is full, risk none, rollback none", room)
    assert "4 is “lower the limit”; 5 is “free the disk”" in await typed(town.bea, "reject not now", room)
    await town.bea.click(await told(town, town.bea, "Which plan?"), "4 · lower the limit")
    await standing(town, room, "Bea rejected: *lower the limit* — not now")
    assert "was rejected already" in await typed(town.bea, "approve 4", room)

    # without approval: only with a reason, for everybody to see, and on the scorecard
    assert "goes ahead without approval" in await typed(town.tec, "propose go ahead full in ten minutes", room)
    ahead = await standing(town, room, "Going ahead without approval")
    assert "full in ten minutes" in ahead.text
    await clock.go(at(10))
    await town.bea.command(COMMAND, "resolve freed the disk", room)
    view = await town.bea.opened_view()
    assert "free the disk without approval by Tec" in "\n".join(town.bea.screen.view(view))
    ticked = {
        "State of the data": "repaired",
        "What was checked": ["The fault is gone"],
        "How it was verified": "dbt green",
    }
    assert not (await town.bea.submit(view, ticked)).errors
    await standing(town, room, "The fault is gone. dbt green")
    await town.bea.command(COMMAND, "close", room)
    closing = await town.bea.opened_view()
    await town.bea.submit(closing, {"Why it is closed without the rest": "the rest follows"})
    summary = await standing(town, room, "Closed · P1")
    await quiet(town)
    assert "drop it after the second backup approved by Bea" in summary.text
    [card] = [m for m in town.slack.messages(room) if m.is_reply and "Promises of INC-1" in m.text]
    assert "✗ without approval: free the disk, Tec" in card.text
