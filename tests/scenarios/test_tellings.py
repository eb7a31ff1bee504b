"""Who is told, lived through: the team in its own channel, the lead directly, an owner in the announcement; nobody
answers, which is said loudly; and the postmortem people meet for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.sandbox import Message, Person, Sandbox
from tests.living import Living, living
from tests.scenarios.world import MORNING, Clock, at, incident, quiet, said, shows, typed

OURS = """\
name: ours
extends: self-healing-pipeline
severities:
  P1:
    tell:
      data-engineering: channel, invite § 4.3.P1
      team-lead: direct § 4.3.lead
      product-owner: mention § 4.3.owner
      security: direct § 4.3.security
      category-team: none
      incident-manager: none
  P2:
    tell: {category-team: none, incident-manager: none}
postmortem:
  attendees: [incident-manager, data-engineering, product-owner]
  agenda: [Timeline, Root cause]
"""

CONFIG = """\
protocol: ours.yml
announce_channel: incidents
stakeholder_channel: data-stakeholders
timezone: Europe/Amsterdam
directory:
  incident-manager: [U0BEA]
  team-lead: [U0BEA]
  level-2: [U0TEC]
  director: [U0DIR]
  data-engineering: [C0TEAM, U0TEC, U0SME]
  product-owner: [U0MAX]
oncall:
  primary: {members: [U0ANA], starts: 2020-01-06, handoff: "mon 09:00"}
  secondary: {members: [U0CAR], starts: 2020-01-06, handoff: "mon 09:00"}
"""


def team_room(slack: Sandbox) -> None:
    slack.channel("data-engineering", [slack.people["U0TEC"], slack.people["U0SME"]], bot=True, id="C0TEAM")


def direct(person: Person, words: str) -> list[Message]:
    return [message for message in person.dms() if words in message.text]


async def settled(town: Living) -> None:
    await town.bot.db.read(lambda session: session.now())
    await quiet(town)


async def test_everybody_is_told_once_where_they_are_and_that_nobody_answers_is_said_loudly(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "ours.yml").write_text(OURS)
    async with living(sqlite_url, tmp_path, config=CONFIG, environ=clock.environ, before=team_room) as town:
        await clock.go(MORNING)
        answer = await typed(town.zoe, "declare P1 <!here> orders mart & co are stale")
        assert "Told by the protocol: everybody in the channel of data-engineering, Bea and Max." in answer
        assert "Nobody stands behind security" in answer
        assert "`directory:`" in answer
        room = await town.incident()
        await settled(town)
        (called,) = said(town, "data-engineering")
        assert called.text.startswith("<!channel> 🔴 *P1 · &lt;!here&gt; orders mart &amp; co are stale* → <#")
        assert room.id in called.text
        assert "§ 4.3.P1" in str(called.blocks)
        assert {town.tec.id, town.sme.id} <= set(room.members), "they were invited"
        (lead,) = [m for m in town.bea.dms() if "§ 4.3.lead" in str(m.blocks)]
        assert room.id in lead.text
        (announced,) = [m for m in said(town, "incidents") if not m.is_reply]
        assert f"Called: <@{town.max.id}>" in announced.text
        assert not town.max.dms(), "mentioned, and not rung again"
        assert not town.tec.dms()

        await clock.go(at(14))
        assert not said(town, "incidents", "Nobody has answered")
        await clock.go(at(16))
        (loud,) = [m for m in said(town, room, "*Nobody has answered") if not m.is_reply]
        assert all(name in loud.text for name in ("Ana <!date", "Car <!date", "Tec <!date"))
        assert "by phone" in loud.text
        assert "<@" not in loud.text
        (outside,) = said(town, "incidents", "Nobody has answered")
        assert room.id in outside.text
        assert direct(town.zoe, "Nobody has answered in")
        await shows(town, room, "Nobody has answered; called were Ana, Car")
        await clock.go(at(40))
        assert len(said(town, "incidents", "Nobody has answered")) == 1, "said once"

        await typed(town.car, "ack", room)
        await settled(town)
        card = town.slack.pinned(room)[0]
        assert "Nobody has answered" not in card.text + str(card.blocks)


async def test_a_postmortem_is_asked_for_quietly_and_announced_with_who_takes_part(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "ours.yml").write_text(OURS)
    async with living(sqlite_url, tmp_path, config=CONFIG, environ=clock.environ, before=team_room) as town:
        await clock.go(MORNING - timedelta(days=2))
        await typed(town.ana, "declare P2 orders mart is stale")
        room = await town.incident()
        await clock.go(MORNING - timedelta(days=2) + timedelta(minutes=10))
        await typed(town.ana, "category data-quality", room)
        await town.slack.wait_for(
            lambda: [m for m in town.ana.ephemerals() if "data-engineering is called" in m.text], 10
        )
        offer = town.ana.ephemerals()[-1]
        await town.ana.click(offer, "Call data-engineering")
        form = await town.ana.opened_view()
        assert "*data-engineering* Tec (09:10 there) and Sme (09:10 there)" in str(form)
        assert (await town.ana.submit(form, {"text": "Somebody who knows the loader."})).ok
        await settled(town)
        (needed,) = direct(town.sme, "needs data-engineering")
        assert "*Needed* Somebody who knows the loader." in needed.text
        assert "*So far* acknowledged" in needed.text

        answer = await typed(town.ana, "severity P1 everybody sees it", room)
        assert "Told by the protocol: everybody in the channel of data-engineering, Bea and Max." in answer
        await settled(town)
        (raised,) = said(town, "incidents", "Raised from P2 to P1")
        assert f"Called: <@{town.max.id}>" in raised.text
        (called,) = said(town, "data-engineering")
        assert called.text.startswith("<!channel> 🔴 *P1 ·")

        assert "Sme" in await typed(town.ana, "action test the sign @Sme due tomorrow", room)
        await typed(town.ana, "action warn earlier @Sme due tomorrow", room)
        await town.ana.command("/incident", "resolve", room)
        view = await town.ana.opened_view()
        assert (await town.ana.submit(view, {"fix": "Reverted.", "data": "repaired", "cause": "A deploy."})).ok
        await settled(town)
        before = len(town.slack.messages(room))
        await clock.go(MORNING - timedelta(days=1) + timedelta(minutes=30))
        (gathered,) = direct(town.sme, "The action items are due")
        assert "• test the sign\n• warn earlier" in gathered.text
        await town.sme.click(gathered, "Action items")
        await town.slack.wait_for(lambda: [m for m in town.sme.ephemerals() if "warn earlier" in m.text], 10)
        (warned,) = direct(town.bea, "The postmortem is due")
        assert {"Postmortem", "Postmortem done"} <= {b["text"]["text"] for b in _buttons(warned)}
        assert len(town.slack.messages(room)) == before, "never in the channel"

        answer = await typed(town.bea, "postmortem tomorrow 14:00 Room 4", room)
        assert "The meeting is announced" in answer
        assert "Max" in answer
        await settled(town)
        (meeting,) = said(town, room, "Postmortem of INC-1")
        assert "Room 4" in meeting.text
        assert "*Who* Bea, Tec, Sme and Max" in meeting.text
        assert "*Agenda* Timeline · Root cause" in meeting.text
        assert "<@" not in meeting.text
        assert len(direct(town.max, "You take part in the postmortem of")) == 1
        assert not direct(town.bea, "You take part"), "whoever announces it knows"
        assert [m for m in said(town, "incidents", "Postmortem of INC-1") if m.is_reply]

        await clock.go(at(30))
        assert direct(town.bea, "The postmortem is")
        assert "is done" in await typed(town.bea, "postmortem done", room)
        await settled(town)
        assert (await incident(town)).postmortem_done_by == town.bea.id
        assert [m for m in town.bea.dms() if m.text.startswith("✓") and "postmortem is done" in m.text]


def _buttons(message: Message) -> list[dict[str, dict[str, str]]]:
    return [e for block in message.blocks for e in block.get("elements", ()) if e.get("type") == "button"]
