"""Who does what, lived through: roles, a handoff, a page nobody answers, who cannot hear it, and those outside."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox import Channel, Message, Person
from tests.living import Living, living
from tests.scenarios.world import (
    MORNING,
    Clock,
    at,
    incident,
    kinds,
    quiet,
    said,
    shows,
    told,
    typed,
)


def direct(person: Person, words: str) -> list[Message]:
    return [message for message in person.dms() if words in message.text]


async def settled(town: Living) -> None:
    """Until what people did has come in, and what follows has gone out."""
    await town.bot.db.read(lambda session: session.now())
    await quiet(town)


async def begun(town: Living, by: Person, text: str) -> Channel:
    await typed(by, text)
    room = await town.incident()
    await quiet(town)
    return room


async def test_before_people_have_spoken_three_things_stand_and_roles_find_their_people(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    async with living(sqlite_url, tmp_path, environ=clock.environ) as town:
        await clock.go(MORNING)
        room = await begun(town, town.zoe, "declare P1 orders mart is stale")
        await clock.go(at(14))
        first = [m for m in town.slack.messages(room) if not m.is_reply]
        heads = [m.text.split("\n")[0].split(" · Detecting")[0] for m in first[:2]]
        assert heads == ["*P1 · orders mart is stale* — INC-1", "*Next*"]
        assert len(first) == 3, "the card, what is next, one page line"
        assert "<@" not in first[1].text, "what is next rings nobody"
        assert not direct(town.bea, "You are *"), "whom the protocol chose is not rung to read a list"

        await town.max.join(room)
        welcome = await told(town, town.max, "*Waiting on*")
        assert "React with 📌" in welcome.text
        await town.max.click(first[1], "Take it", beside="Communications")
        await told(town, town.max, "You are Communications Coordinator of INC-1")
        now = await incident(town)
        assert (now.roles["communications-coordinator"], now.acknowledged_by) == (town.max.id, town.max.id)
        await town.bea.click(first[1], "Assign", beside="Stakeholder")
        form = await town.bea.opened_view()
        assert (await town.bea.submit(form, {"person": town.zoe.id})).ok
        await told(town, town.bea, "Zoe is Stakeholder Representative of INC-1 now")
        await quiet(town)
        assert "Max" not in direct(town.zoe, "You are *Stakeholder Representative*")[0].text.split("\n")[0]
        assert "• Judge the harm to the business" in direct(town.zoe, "You are *Stakeholder Representative*")[0].text
        assert "Roles" not in said(town, room, "*Next*")[0].text

        assert "That role is yours already" in await typed(town.max, "take comms", room)
        assert "Max is Incident Manager" in await typed(town.bea, "lead @Max", room)
        answer = await typed(town.max, "handoff @Ana", room)
        assert answer.startswith("Ana has Incident Manager, Communications Coordinator and On-Call Responder in INC-1")
        await quiet(town)
        assert said(town, room, "Max handed over to Ana: Incident Manager")
        assert len(direct(town.ana, "hands over to you")) == 1
        assert "nothing to hand over" in await typed(town.max, "handoff @Ana", room)
        await typed(town.zoe, "declare P3 another one")
        assert "INC-1" in await typed(town.ana, "handoff @Bea all")
        assert (await incident(town)).roles["incident-manager"] == town.bea.id


async def test_a_page_nobody_answers_goes_back_with_the_next_on_offer(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    async with living(sqlite_url, tmp_path, environ=clock.environ) as town:
        await clock.go(MORNING)
        town.car.mute(at(600), since=at(-600))
        room = await begun(town, town.ana, "declare P1 orders mart is stale")
        answer = await typed(town.ana, "page @Tec kafka", room)
        assert answer.startswith("Tec (09:00 there) is asked now, and again after 3 and 6 min.")
        assert "paged already" in await typed(town.zoe, "INC-1 page @Tec please")
        for minutes in (4, 7, 11):
            await clock.go(at(minutes))
        assert len(direct(town.tec, "needs you in")) == 3
        (page,) = [m for m in said(town, room, "needs you: kafka") if not m.is_reply]
        assert len([m for m in said(town, room, "still needs you") if m.thread_ts == page.ts]) == 2
        await shows(town, room, "Paged")
        (back,) = direct(town.ana, "Tec has not answered")
        await town.ana.click(back, "Page the next")
        form = await town.ana.opened_view()
        assert "This asks Car (09:11 there)." in str(form.definition)
        assert (await town.ana.submit(form, {})).ok
        await quiet(town)
        (muted,) = direct(town.ana, "Car has notifications paused until")
        assert "your page may not be seen" in muted.text
        await shows(town, room, "Car has notifications paused")

        await typed(town.ana, "page @Tec again", room)
        await town.tec.say(room, "I am here")
        await clock.go(at(16))
        assert not direct(town.tec, "still needs you"), "whatever the paged person writes stops it"
        assert len(direct(town.tec, "✓")) == 2, "and what repeated the first page is one line"
        assert "not asked before" in await typed(town.ana, "hold 20m rolling out", room)
        await clock.go(at(31))
        assert not said(town, room, "Level 2")
        await town.ana.click(town.slack.pinned(room)[0], "Escalate")
        form = await town.ana.opened_view()
        assert "This asks Tec (09:31 there) and Sme (09:31 there)." in str(form.definition)
        assert (await town.ana.submit(form, {"text": "Kafka retention"})).ok
        await quiet(town)
        (up,) = said(town, room, "⬆️ Level 2")
        assert "*Needed* Kafka retention" in up.text
        assert "at its end" in await typed(town.ana, "escalate", room)
        await clock.go(at(40))
        assert (await kinds(town)).count("escalated") == 1


async def test_people_are_brought_in_asked_outside_and_kept_up_to_date(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path) as town:
        guest = town.slack.person("Gus", guest=True)
        stranger = town.slack.person("Ext", stranger=True)
        gone = town.slack.person("Old", deleted=True)
        town.slack.subteam("data-team", [town.tec, town.dir, guest])
        room = await begun(town, town.ana, "declare P1 orders mart is stale")
        for words, why in (
            (f"handoff @{guest.name}", "guests take no part"),
            (f"lead @{stranger.name}", "belongs to another workspace"),
            (f"cover @{gone.name} 2h", "account is deactivated"),
            ("cover @Bea 8d", "7 days at most"),
            ("page @bea_nobody_knows help", "choose them from Slack's list"),
        ):
            assert why in await typed(town.ana, words, room), words
        town.slack.faults.uninvitable[town.max.id] = "cant_invite"
        answer = await typed(town.ana, "add @Max @Zoe @data-team they know the ledger", room)
        assert answer.startswith("Max, Zoe and Dir are invited"), "Tec is in a role already, and guests take no part"
        await quiet(town)
        assert {town.zoe.id, town.dir.id} <= set(room.members)
        assert "they know the ledger" in direct(town.zoe, "Ana brings you into")[0].text
        (refused,) = direct(town.ana, "Slack did not let me bring Max into")
        assert "Max: Slack lets nobody invite this account" in refused.text
        calls = [c for c in town.slack.calls_of("conversations.invite") if town.max.id in str(c.args["users"])]
        assert len(calls) == 1, "not again and again"

        (notice,) = town.slack.messages("incidents")
        await town.max.click(notice, "Follow")
        await told(town, town.max, "You follow INC-1")
        await town.max.say("incidents", "Can finance use yesterday?", thread_ts=notice.ts)
        await town.slack.wait_for(lambda: said(town, room, "Max asks under the announcement"), 10, "the question")
        await town.zoe.mention("incidents", "and what about today?", thread_ts=notice.ts)
        await town.slack.wait_for(lambda: said(town, room, "Zoe asks under the announcement"), 10, "the question")
        assert not [m for m in town.zoe.ephemerals() if "no command" in m.text], "as if it had not been named"
        await town.ana.say("incidents", "we are on it", thread_ts=notice.ts)
        await town.ana.click(said(town, room, "Max asks")[0], "Answer")
        form = await town.ana.opened_view()
        assert (await town.ana.submit(form, {"text": "Yes, yesterday is right."})).ok
        await quiet(town)
        thread = [m.text for m in town.slack.messages("incidents", thread=notice.ts)]
        assert thread[-1] == "Max asked: Can finance use yesterday?\n*Ana, INC-1:* Yes, yesterday is right."
        assert (await kinds(town)).count("question_heard") == 2, (
            "what people of the incident write there is no question"
        )
        assert said(town, room, "Ana answered Max")

        await typed(town.ana, "impact Revenue is wrong.", room)
        await typed(town.ana, "data suspect", room)
        await quiet(town)
        assert direct(town.max, "orders mart is stale")[-1].text.startswith("🔴")
        await typed(town.ana, "severity P2 only yesterday", room)
        await typed(town.ana, "severity P1 it is all of it", room)
        await quiet(town)
        assert not direct(town.max, "only yesterday"), "lowered is no turning point"
        assert direct(town.max, "it is all of it")
        assert "You no longer follow" in (await _clicked(town, town.max, notice, "Follow")).text


async def _clicked(town: Living, person: Person, message: Message, label: str) -> Message:
    await person.click(message, label)
    return await told(town, person, "no longer")
