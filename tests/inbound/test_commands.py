"""`/incident` over the wire: every verb answers the caller privately, at once, in the acknowledgement."""

from __future__ import annotations

from bot.sandbox import Ack, Channel, Person
from bot.store import facts
from bot.views.ids import Form
from tests.living import Living

COMMAND = "/incident"


async def typed(person: Person, text: str, where: Channel | str = "general") -> str:
    """What the person reads in answer, which only they see."""
    ack = await person.command(COMMAND, text, where)
    assert ack.ok, ack.error
    assert ack.message is not None, f"{text!r} was not answered"
    assert ack.message.ephemeral_to == person.id
    return ack.message.text


async def form(person: Person, text: str, where: Channel | str = "general") -> tuple[Ack, str]:
    """The acknowledgement, and the callback id of the form that opened."""
    ack = await person.command(COMMAND, text, where)
    view = await person.opened_view()
    return ack, view.callback_id


async def recorded(town: Living, number: int = 1) -> list[str]:
    """Kinds of what people did, by an incident's record."""
    entries = await town.bot.db.read(lambda session: facts.entries(session, number))
    return [entry.fact.kind for entry in entries if entry.by]


async def test_one_line_declares_and_says_what_happens(town: Living) -> None:
    assert "INC-1 is saved" in await typed(town.zoe, "p1 orders mart is stale")
    channel = await town.incident()
    assert town.zoe.id in channel.members
    told = await town.slack.wait_for(lambda: [m for m in town.zoe.ephemerals() if f"<#{channel.id}>" in m.text])
    assert "INC-1 is open" in told[-1].text


async def test_the_same_delivery_again_declares_once_and_answers_the_same(town: Living) -> None:
    first = await typed(town.zoe, "declare P1 orders mart is stale")
    [reply] = await town.slack.redeliver(1, COMMAND)
    assert reply.payload is not None
    assert reply.payload["text"] == first
    await town.incident()
    assert "INC-2" not in await typed(town.zoe, "list")


async def test_nothing_typed_opens_the_form_outside_and_tells_what_to_do_inside(town: Living, room: Channel) -> None:
    ack, opened = await form(town.zoe, "")
    assert (ack.text, opened) == ("", Form.DECLARE)
    assert "orders mart is stale" in await typed(town.bea, "", room)


async def test_each_verb_is_recorded_before_it_is_answered(town: Living, room: Channel) -> None:
    verbs = {
        "ack": "acknowledged",
        "confirm": "severity_confirmed",
        "update loader restarted": "update_posted",
        "impact do not use today's figures": "impact_stated",
        "severity P2 fewer customers": "severity_changed",
        "phase fixing": "phase_moved",
        "note at 00:10 the loader died": "note_added",
        "snooze 10m lunch": "snoozed",
        "cancel false alarm a test": "cancelled",
        "reopen it was none": "reopened",
    }
    for text, fact in verbs.items():
        before = (await recorded(town)).count(fact)
        assert await typed(town.bea, text, room)
        assert (await recorded(town)).count(fact) == before + 1, text


async def test_reading_changes_nothing(town: Living, room: Channel) -> None:
    pages = {
        "promises": "acknowledgement",
        "why?": "acknowledgement",
        "timeline": "declared P1",
        "timeline all": "declared P1",
        "brief": "Impact",
        "status": "Impact",
        "list": "INC-1",
        "list mine": "INC-1",
        "list all": "INC-1",
        "help": "declare",
        "help snooze": "snooze",
    }
    before = await recorded(town)
    for text, told in pages.items():
        assert told in await typed(town.bea, text, room), text
    assert await recorded(town) == before


async def test_without_its_words_a_verb_opens_its_form(town: Living, room: Channel) -> None:
    for text, opened in {"update": Form.UPDATE, "snooze": Form.SNOOZE, "resolved reverted it": Form.RESOLVE}.items():
        ack, callback = await form(town.bea, text, room)
        assert (ack.ok, callback) == (True, opened)
    assert "reverted it" in str(town.bea.view.blocks if town.bea.view else "")


async def test_a_form_that_would_be_refused_is_not_opened(town: Living, room: Channel) -> None:
    assert "not resolved yet" in await typed(town.bea, "close", room)
    assert "nothing to reopen" in await typed(town.bea, "reopen", room)
    await typed(town.bea, "cancel expected a migration", room)
    for text in ("update", "snooze", "resolve", "ack", "p2"):
        assert "cancelled" in await typed(town.bea, text, room), text
    assert town.bea.view is None


async def test_outside_a_verb_asks_which_incident_and_keeps_the_words(town: Living, room: Channel) -> None:
    ack = await town.bea.command(COMMAND, "update loader restarted", "general")
    assert ack.message is not None
    assert "Which incident" in ack.text
    await town.bea.click(ack.message, "pick:0")
    await town.slack.wait_for(lambda: [m for m in town.slack.messages(room) if "loader restarted" in m.text])


async def test_a_number_says_which_from_anywhere(town: Living, room: Channel) -> None:
    assert "saved" in await typed(town.bea, "INC-1 update loader restarted")
    assert "There is no INC-7" in await typed(town.bea, "ack INC-7")


async def test_words_that_are_no_verb_offer_what_there_is(town: Living, room: Channel) -> None:
    ack = await town.zoe.command(COMMAND, "invoices are late", "general")
    assert ack.message is not None
    await town.zoe.click(ack.message, "Declare")
    form = await town.zoe.opened_view()
    assert "invoices are late" in str(form.blocks)
    assert town.slack.channel_named("inc-2") is None, "nobody is rung before the form is sent"
    await town.zoe.submit(form)
    await town.incident(2)
    inside = await town.bea.command(COMMAND, "loader restarted", room)
    assert inside.message is not None
    await town.bea.click(inside.message, "Update")
    await town.slack.wait_for(lambda: [m for m in town.slack.messages(room) if "loader restarted" in m.text])


async def test_who_is_not_asked_is_offered_to_take_it(town: Living, room: Channel) -> None:
    ack = await town.zoe.command(COMMAND, "ack", room)
    assert "not on call" in ack.text
    assert "acknowledged" not in await recorded(town)
    assert ack.message is not None
    await town.zoe.click(ack.message, "I take it")
    assert "acknowledged" in await recorded(town)


async def test_what_acknowledging_has_no_use_for_is_offered_back(town: Living, room: Channel) -> None:
    assert "looking at the loader" in await typed(town.bea, "ack looking at the loader", room)


async def test_slow_slack_never_makes_the_bot_deaf(town: Living, room: Channel) -> None:
    town.slack.faults.add("*", "hang", times=None)
    assert "saved" in await typed(town.bea, "update loader restarted", room)
    stranger_to_us = town.slack.person("New")
    await stranger_to_us.join(room)
    assert "saved" in await typed(stranger_to_us, "update I restarted it", room)
    assert "who you are" in await typed(stranger_to_us, "severity P3", room)
    town.slack.faults.clear()
