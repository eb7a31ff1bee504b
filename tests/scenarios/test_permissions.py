"""Who may, lived through: rules that no door goes round, an admin who does it all the same on the record, and a private
incident that is its people's only."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain.permissions import DOES, READING
from bot.inbound.verbs import VERBS
from bot.sandbox import Channel, Message, Person, Sandbox
from tests.living import CONFIG, Living, living
from tests.scenarios.world import entries, kinds, quiet, said, told, typed

RULES = """\
permissions:
  close: [incident-manager, responder]
  cancel: [S0CREW]
  approve: [director]
  severity: lead
  update: [on-call, responder, lead]
  rename: lead
  metrics: [director]
"""

TEXT = "the loader was restarted and the backlog is shrinking again"


def crowd(slack: Sandbox) -> None:
    slack.subteam("crew", [slack.person_named("Car")], id="S0CREW")
    slack.person("Adm", id="U0ADM", admin=True)


async def test_a_rule_holds_at_every_door(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path, config=CONFIG + RULES, before=crowd) as town:
        await typed(town.zoe, "declare P2 orders mart is stale")
        room = await town.incident()
        await quiet(town)
        before = await kinds(town)
        card = town.slack.pinned(room)[0]

        answer = await typed(town.zoe, "close", room)
        assert answer.startswith("Only the Incident Manager (Bea) or the On-Call Responder (Ana) may close incidents")
        assert "Ask Bea or Ana." in answer
        assert "Only a user group (Car) may cancel incidents here. Ask Car." in await typed(town.zoe, "noise", room)
        await typed(town.zoe, "declare P4 another one")
        assert "may cancel incidents here" in await typed(town.zoe, "duplicate INC-2", room), "a duplicate ends it too"
        assert "may read the metrics" in await typed(town.zoe, "metrics")
        assert "may read" not in await typed(town.dir, "metrics")

        await town.max.join(room)
        await town.zoe.mention(room, f"update {TEXT}")
        kept = await told(town, town.zoe, "may post updates here")
        assert TEXT in str(kept.blocks), "what was typed is not lost"
        message = await town.max.say(room, TEXT)
        await town.zoe.react(message, "mega")
        await town.slack.wait_for(
            lambda: len(_told(town.zoe, "may post updates")) == 2, 20, what="the reaction's answer"
        )
        await town.zoe.message_shortcut("update", message)
        await town.slack.wait_for(
            lambda: len(_told(town.zoe, "may post updates")) == 3, 20, what="the shortcut's answer"
        )
        await town.zoe.click(card, "Post update")
        await town.slack.wait_for(lambda: len(_told(town.zoe, "may post updates")) == 4, 20, what="the button's answer")
        assert town.zoe.view is None, "no form opens that could not be sent"
        (asked,) = said(town, room, "🔔")
        await town.zoe.say(room, TEXT, thread_ts=asked.ts)
        await town.slack.wait_for(lambda: len(_told(town.zoe, "may post updates")) == 5, 20, what="the reply's answer")
        assert TEXT in str(_told(town.zoe, "may post updates")[-1].blocks)

        assert (await town.zoe.command("/incident", "edit", room)).ok
        form = await town.zoe.opened_view(20)
        sent = await town.zoe.submit(form, {"title": "orders are fine"})
        assert "may rename incidents here" in str(sent.errors)
        await quiet(town)
        assert await kinds(town) == before, "nothing of all this is on record"

        await town.ana.mention(room, f"update {TEXT}")
        await town.slack.wait_for(lambda: said(town, room, TEXT), 20, what="the update of who is on call")
        await _a_severity_is_asked_for(town, room)
        await _a_plan_is_put_to_whom_the_rule_names(town, room)
        await typed(town.car, "cancel false alarm it was a test", room)
        await quiet(town)
        assert (await kinds(town))[-1] == "cancelled"


def _told(person: Person, words: str) -> list[Message]:
    return [message for message in person.ephemerals() if words in message.text]


async def _a_severity_is_asked_for(town: Living, room: Channel) -> None:
    """On call is not enough any more, and the request waits for whom the rule names."""
    answer = await typed(town.ana, "severity P1 it is everything", room)
    assert "may" not in answer
    assert "severity_requested" in await kinds(town)
    await quiet(town)
    (request,) = said(town, room, "asks for P1")
    await town.ana.click(request, "Accept")
    await told(town, town.ana, "Only the Incident Manager (Bea) may change the severity here.")
    assert "severity_changed" not in await kinds(town)
    await town.bea.click(request, "Accept")
    await quiet(town)
    assert "severity_changed" in await kinds(town)


async def _a_plan_is_put_to_whom_the_rule_names(town: Living, room: Channel) -> None:
    await typed(town.ana, "propose restart it because it hangs, risk none, rollback none", room)
    await quiet(town)
    (plan,) = said(town, room, "asks for approval")
    assert f"<@{town.dir.id}>" in plan.text, "whoever may approve is asked, not whoever leads"
    await town.bea.click(plan, "Approve")
    await told(town, town.bea, "Only director (Dir) may approve changes here. Ask Dir.")
    await town.bea.click(plan, "Reject")
    await told(town, town.bea, "Only director (Dir) may reject changes here.")
    await town.dir.click(plan, "Approve")
    await quiet(town)
    assert "change_approved" in await kinds(town)


EVERYTHING = "".join(f"  {verb}: [U0BEA]\n" for verb in DOES if verb not in READING)
WORDS = ("", "P1 because it hangs", "@Max 30m because INC-2")


async def test_where_everything_is_left_to_one_person_nobody_else_does_anything(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Every verb with whatever words, and every button there is: nothing is recorded, and no form opens."""
    config = CONFIG + "permissions:\n" + EVERYTHING
    async with living(sqlite_url, tmp_path, config=config, before=crowd) as town:
        await typed(town.bea, "declare P2 orders mart is stale")
        room = await town.incident()
        await typed(town.bea, "declare P4 another one")
        await typed(town.bea, "INC-1 propose restart it because it hangs, risk none, rollback none")
        await typed(town.bea, "INC-1 action write it down")
        await typed(town.bea, "INC-1 cause a full disk")
        await quiet(town)
        before = await kinds(town), await kinds(town, 2)
        for verb in (one.name for one in VERBS if one.name not in READING):
            said_so = [town.ana.command("/incident", f"{verb} {words}", room) for words in WORDS]
            assert all(ack.ok for ack in await asyncio.gather(*said_so))
        for message in town.slack.messages(room):
            for block in message.blocks:
                for one in block.get("elements", ()) if block["type"] == "actions" else ():
                    if one["type"] == "button" and one["action_id"] not in FOR_ANYBODY:
                        await town.ana.click(message, one["action_id"])
        await quiet(town)
        asked = [kind for kind in await kinds(town) if kind != "severity_requested"]
        assert (asked, await kinds(town, 2)) == before, "asking for a severity is for everybody"
        assert town.ana.view is None
        await typed(town.bea, "INC-1 approve")
        assert "may approve changes" not in str([m.text for m in town.bea.ephemerals()])


FOR_ANYBODY = ("follow", "catch_up")
"""Buttons that only read, or are about oneself."""


async def test_an_admin_goes_round_a_rule_on_the_record_and_only_when_they_press(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with living(sqlite_url, tmp_path, config=CONFIG + RULES, before=crowd) as town:
        adm = town.slack.person_named("Adm")
        await adm.join("general")
        await typed(town.zoe, "declare P3 orders mart is stale")
        room = await town.incident()
        await quiet(town)
        await adm.join(room)
        ack = await adm.command("/incident", "cancel false alarm it was a drill", room)
        assert ack.message is not None
        assert "Only a user group (Car) may cancel" in ack.text
        assert "As an admin you can do it all the same. It goes on the record." in ack.text
        assert "cancelled" not in await kinds(town)
        assert "As an admin" not in await typed(town.max, "INC-1 cancel false alarm it was a drill")

        await adm.click(ack.message, "Do it all the same")
        await quiet(town)
        overrode, cancelled = (await entries(town))[-2:]
        assert (overrode.fact.kind, overrode.by) == ("admin_overrode", adm.id)
        assert (cancelled.fact.kind, cancelled.by) == ("cancelled", adm.id)
        assert "Adm used an admin's right to cancel incidents, which is for S0CREW here" in await typed(
            town.zoe, "INC-1 timeline"
        )
        assert not said(town, room, "an admin's right"), "in public the record is enough"

        await typed(adm, "INC-1 reopen it is none")
        ack = await adm.command("/incident", "INC-1 update all good again, says the warehouse")
        assert ack.message is not None
        adm.change(admin=False)
        await quiet(town)
        await town.slack.settled(20)
        await adm.click(ack.message, "Do it all the same")
        await told(town, adm, "Slack says that you are no admin of this workspace")
        assert "update_posted" not in await kinds(town)


async def test_a_private_incident_is_its_peoples_and_an_admin_who_looks_in_is_seen(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with living(sqlite_url, tmp_path, config=CONFIG + RULES, before=crowd) as town:
        adm = town.slack.person_named("Adm")
        await adm.join("general")
        await town.zoe.global_shortcut("declare")
        form = await town.zoe.opened_view(20)
        assert (await town.zoe.submit(form, {"title": "salaries are open", "severity": "P3", "private": ["yes"]})).ok
        room = await town.incident()
        await quiet(town)
        assert room.kind == "private"
        nobody = await typed(town.max, "show INC-7")
        assert await typed(town.max, "show INC-1") == nobody.replace("INC-7", "INC-1")
        assert await typed(adm, "show INC-7") == nobody

        ack = await adm.command("/incident", "show INC-1")
        assert ack.message is not None
        assert "salaries" not in str(ack.message.blocks)
        assert "INC-1 is private, and you are none of its people." in ack.text
        assert "admin_looked_in" not in await kinds(town)
        await adm.click(ack.message, "Look in")
        await told(town, adm, "salaries are open")
        await quiet(town)
        assert (await kinds(town))[-1] == "admin_looked_in"
        assert said(town, room, "Adm, an admin of the workspace, looked into this private incident.")
        assert "INC-1 is private" in await typed(adm, "show INC-1"), "once is once"
        ack = await adm.command("/incident", "INC-1 rename an open secret")
        assert ack.message is not None
        assert "do it all the same. It goes on the record, and its people are told." in ack.text
        await adm.click(ack.message, "Do it all the same")
        await quiet(town)
        done = [kind for kind in await kinds(town) if kind != "channel_renamed"]
        assert done[-3:] == ["admin_looked_in", "admin_overrode", "renamed"]
        assert said(town, room, "Adm uses an admin's right to rename incidents")

        await typed(town.zoe, "add @Tec please look", room)
        await quiet(town)
        assert "an open secret" in await typed(town.tec, "show INC-1")
        await town.zoe.remove(room, town.tec)
        await town.slack.settled(20)
        await town.slack.wait_for(lambda: town.tec.id not in room.members, 20, what="Tec to be gone")
        assert "left" in await kinds(town)
        assert await typed(town.tec, "show INC-1") == nobody.replace("INC-7", "INC-1")
        assert "INC-1" not in await typed(town.tec, "list all")
        await typed(town.zoe, "add @Tec after all", room)
        assert "an open secret" in await typed(town.tec, "show INC-1")
