"""Bad input gets a sentence and no loss, and never rings anybody: what a person reads for each kind of it."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from pathlib import Path

import pytest

from bot.domain import fact as f
from bot.sandbox import Channel, FormRefused, Message, Person, Sandbox
from bot.store import people
from bot.store.session import Session
from tests.living import MANIFEST, Living
from tests.scenarios.world import COMMAND, access, entries, incident, kinds, quiet, said, shows, told, typed
from tests.zygote import sitrep

HOSTILE = (
    "<!channel> <!here> <@U0MAX> <#C0001|x> @channel @here @Max *b* `c` <https://evil.example|login> &lt;!everyone&gt;"
)
"""Everything that could ring or mislead somebody if it were not escaped once. Max has no part in any incident."""

CHANNEL_NAME = re.compile(r"inc-\d+(-[a-z0-9-]*[a-z0-9])?")

JARGON = ("Traceback", "invalid", "Error", "None", "null", "stage", "heartbeat", "clock_", "{", "}")


def plain_words(text: str) -> None:
    """A refusal is one or two sentences a tired person understands."""
    assert text.strip()
    assert not [word for word in JARGON if word in text], text


def rang_by_mistake(town: Living) -> list[str]:
    """Whom something rang that only hostile text can have rung."""
    crowd = ("channel", "here", "everyone", "subteam")
    return [
        f"{ping.user} by {ping.why}: {ping.message.text}"
        for ping in town.slack.pings()
        if ping.message.user == town.slack.bot_user_id and (ping.why in crowd or ping.user == town.max.id)
    ]


async def known(town: Living, person: Person, *, deactivated: bool = False) -> None:
    """Until the bot knows the person like this."""
    await person.command(COMMAND, "help", "general")
    person.change(deleted=deactivated)
    await town.slack.settled()
    async with asyncio.timeout(10):
        while not await town.bot.db.read(lambda session: _cached(session, person, deactivated)):
            await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=0.02)


def _cached(session: Session, person: Person, deactivated: bool) -> bool:
    found = people.get(session, person.id)
    return found is not None and found.deactivated is deactivated


async def fact_of(town: Living, kind: type[f.Fact], number: int = 1) -> f.Fact:
    """The last fact of a kind on an incident's record."""
    return next(e.fact for e in reversed(await entries(town, number)) if isinstance(e.fact, kind))


# titles -------------------------------------------------------------------------------------------------------------


async def by_command(town: Living, title: str) -> None:
    assert "INC-1 is saved" in await typed(town.zoe, f"declare P1 {title}")


async def by_form(town: Living, title: str) -> None:
    await town.zoe.command(COMMAND, "", "general")
    ack = await town.zoe.submit(await town.zoe.opened_view(), {"Title": title, "Severity": "P1"})
    assert ack.ok
    assert not ack.errors


Declaring = Callable[[Living, str], Awaitable[None]]

TITLES = {
    "3,000 characters": ("orders mart is stale " * 150)[:2999].strip(),
    "only emoji": "🔥🔥 🚨",
    "CJK": "订单数据延迟 売上が合わない",
    "NUL and half a character": "orders \0 are \ud83d stale",
    "markup and mentions": HOSTILE,
    "many lines": "orders\r\nare\nstale",
}


@pytest.mark.parametrize("declare", [by_command, by_form])
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
async def test_any_title_opens_an_incident_and_rings_nobody_it_names(
    town: Living, title: str, declare: Declaring
) -> None:
    await known(town, town.max)
    await declare(town, title)
    room = await town.incident()
    await quiet(town)
    assert CHANNEL_NAME.fullmatch(room.name)
    assert len(room.name) <= 80
    kept = (await incident(town)).title
    for word in re.findall(r"\w+", title):
        assert word in kept, f"{word!r} is lost"
    assert "\0" not in kept
    kept.encode()
    assert len(town.slack.pinned(room)) == 1
    assert rang_by_mistake(town) == []


@pytest.mark.parametrize("title", ["", "   ", "\n\t "])
async def test_an_empty_title_is_asked_for(town: Living, title: str) -> None:
    await town.zoe.command(COMMAND, f"declare {title}", "general")
    view = await town.zoe.opened_view()
    try:
        ack = await town.zoe.submit(view, {"Title": title})
    except FormRefused:
        return  # Slack's own client asks for it
    assert "what is wrong" in ack.errors["title"]
    assert town.zoe.view is not None
    assert "No incident is open" in await typed(town.zoe, "list")


# any other text -----------------------------------------------------------------------------------------------------

TEXTS: dict[str, tuple[str, type[f.Fact], str]] = {
    "update": (f"update {HOSTILE}", f.UpdatePosted, "text"),
    "impact": (f"impact {HOSTILE}", f.ImpactStated, "sentence"),
    "note": (f"note {HOSTILE}", f.NoteAdded, "text"),
    "severity": (f"severity P2 {HOSTILE}", f.SeverityChanged, "why"),
    "snooze": (f"snooze 10m {HOSTILE}", f.Snoozed, "why"),
    "cancel": (f"cancel expected {HOSTILE}", f.Cancelled, "why"),
}


@pytest.mark.parametrize("verb", TEXTS)
async def test_markup_in_any_text_is_kept_as_typed_and_rings_nobody(town: Living, room: Channel, verb: str) -> None:
    await known(town, town.max)
    text, kind, field = TEXTS[verb]
    await typed(town.bea, text, room)
    await quiet(town)
    kept = str(getattr(await fact_of(town, kind), field))
    for part in (
        "<!channel>",
        "<!here>",
        "@channel",
        "@Max",
        "*b*",
        "`c`",
        "https://evil.example",
        "&lt;!everyone&gt;",
    ):
        assert part in kept, f"{part} is lost"
    for page in ("timeline all", "brief", "promises", ""):
        await typed(town.bea, page, room)
    assert rang_by_mistake(town) == []


async def test_markup_in_a_form_and_in_the_summary_rings_nobody(town: Living, room: Channel) -> None:
    await town.bea.command(COMMAND, f"resolve {HOSTILE}", room)
    values = {"State of the data": "repaired", "Root cause": HOSTILE, "How it was verified": HOSTILE}
    await town.bea.submit(await town.bea.opened_view(), values)
    await told(town, town.bea, "INC-1 is resolved")
    await town.bea.command(COMMAND, "close", room)
    ack = await town.bea.submit(await town.bea.opened_view(), {"Why it is closed without the rest": HOSTILE})
    assert not ack.errors
    await town.slack.wait_for(lambda: said(town, room, "Closed"), 10, "the summary")
    await quiet(town)
    assert rang_by_mistake(town) == []
    assert (await incident(town)).fix.count("<!channel>") == 1


async def test_a_marked_message_with_markup_rings_nobody_again(town: Living, room: Channel) -> None:
    await known(town, town.max)
    await town.zoe.say(room, "<!channel> the loader <b>died</b> & left @Max")
    message = said(town, room, "the loader")[-1]
    rung = len(town.slack.pings())
    await town.bea.react(message, "pushpin")
    await town.slack.wait_for(lambda: "memo" in message.reactions, 10, "the confirmation")
    assert "<!channel> the loader <b>died</b> & left @Max" in str(await fact_of(town, f.MessageMarked))
    await typed(town.bea, "timeline all", room)
    assert len(town.slack.pings()) == rung


@pytest.mark.parametrize("verb", ["update", "note", "impact"])
async def test_3000_characters_are_kept_whole(town: Living, room: Channel, verb: str) -> None:
    text = ("loader restarted, backlog shrinking; " * 100)[:2990].strip()
    await typed(town.bea, f"{verb} {text}", room)
    await quiet(town)
    kept = [str(e.fact) for e in await entries(town)]
    assert any(text in one for one in kept)
    if verb == "update":
        posted = "".join(str(m.blocks) for m in said(town, room))
        assert posted.count("loader restarted") >= text.count("loader restarted")


# unknown severity, person, phase, number ----------------------------------------------------------------------------

UNKNOWN = {
    "severity P9 it is bad": ("P9", "P1, P2, P3, P4"),
    "p7": ("p7", "P1, P2, P3, P4"),
    "severity terrible": ("terrible", "P1, P2, P3, P4"),
    "phase flying": ("flying", "investigating"),
    "ack INC-99": ("INC-99", "/incident list"),
    "update INC-99 loader restarted": ("INC-99", "/incident list"),
    "ack @Nobody": ("ack", "themselves"),
    "list theirs": ("list mine", "list all"),
}


@pytest.mark.parametrize("text", UNKNOWN)
async def test_what_is_unknown_is_named_with_what_there_is(town: Living, room: Channel, text: str) -> None:
    before = await kinds(town)
    answer = await typed(town.bea, text, room)
    plain_words(answer)
    for words in UNKNOWN[text]:
        assert words in answer
    assert await kinds(town) == before


async def test_an_unknown_severity_declares_nothing_and_gives_the_text_back(town: Living) -> None:
    title = "orders mart is stale since the night and nobody knows why"
    ack = await town.zoe.command(COMMAND, f"declare P9 {title}", "general")
    assert "P9" in ack.text
    assert "P1, P2, P3, P4" in ack.text
    assert ack.message is not None
    assert title in str(ack.message.blocks)
    assert "No incident is open" in await typed(town.zoe, "list")


async def test_a_person_who_is_not_there_is_only_a_word(town: Living) -> None:
    assert "INC-1 is saved" in await typed(town.zoe, "declare P2 @Qwerty broke orders")
    assert (await incident(town)).title == "@Qwerty broke orders"


async def test_who_has_left_cannot_own_the_postmortem(town: Living, room: Channel) -> None:
    await known(town, town.max, deactivated=True)
    await town.bea.command(COMMAND, "resolve reverted", room)
    values = {"State of the data": "repaired", "Postmortem owner": town.max}
    ack = await town.bea.submit(await town.bea.opened_view(), values)
    assert "Choose somebody who works here" in ack.errors["postmortem_owner"]
    plain_words(ack.errors["postmortem_owner"])
    assert "resolved" not in await kinds(town)


# the wrong place ----------------------------------------------------------------------------------------------------

NEED_AN_INCIDENT = (
    "ack", "confirm", "update loader restarted", "impact no figures", "severity P2 fewer", "phase fixing",
    "note seen by Zoe", "promises", "timeline", "snooze 10m lunch", "resolve reverted", "cancel noise a test", "brief",
)  # fmt: skip


async def test_in_the_wrong_channel_the_open_incidents_are_offered_with_the_text_kept(
    town: Living, room: Channel
) -> None:
    for text, where in product(NEED_AN_INCIDENT, ("general", "incidents")):
        ack = await town.bea.command(COMMAND, text, where)
        assert "Which incident" in ack.text, text
        assert ack.message is not None
        button = next(e for b in ack.message.blocks if b["type"] == "actions" for e in b["elements"])
        assert "INC-1" in button["text"]["text"]
        assert text.partition(" ")[2] in button["value"], text


async def test_the_offered_incident_takes_what_was_typed(town: Living, room: Channel) -> None:
    ack = await town.bea.command(COMMAND, "update loader restarted, 40k left", "general")
    assert ack.message is not None
    await town.bea.click(ack.message, "pick:0")
    await town.slack.wait_for(lambda: said(town, room, "loader restarted, 40k left"), 10, "the update")


async def test_with_nothing_open_the_text_is_given_back(town: Living) -> None:
    ack = await town.bea.command(COMMAND, "update loader restarted, 40k left", "general")
    assert "none is open" in ack.text
    assert "/incident declare" in ack.text
    assert ack.message is not None
    assert "loader restarted, 40k left" in str(ack.message.blocks)


# twice --------------------------------------------------------------------------------------------------------------


async def test_a_form_sent_twice_is_one_incident(town: Living) -> None:
    await town.zoe.command(COMMAND, "declare", "general")
    await town.zoe.submit(await town.zoe.opened_view(), {"Title": "orders mart is stale"})
    await town.incident()
    await town.slack.redeliver(1, "view_submission")
    await quiet(town)
    assert [c.name for c in town.slack.channels if c.name.startswith("inc-")] == ["inc-1-orders-mart-is-stale"]
    assert (await typed(town.zoe, "list")).count("INC-") == 1


async def test_of_two_who_resolve_the_second_is_told_and_keeps_what_was_typed(town: Living, room: Channel) -> None:
    for person in (town.ana, town.bea):
        await person.command(COMMAND, "resolve", room)
    values = {"Fix applied": "reverted the loader", "State of the data": "repaired"}
    forms = [await person.opened_view() for person in (town.ana, town.bea)]
    first = await town.ana.submit(forms[0], values)
    second = await town.bea.submit(forms[1], values)
    assert not first.errors
    [sentence] = second.errors.values()
    assert "INC-1 is resolved" in sentence
    assert "reopen" in sentence
    assert town.bea.view is not None, "the form stays with what was typed"
    assert (await kinds(town)).count("resolved") == 1


# what is over -------------------------------------------------------------------------------------------------------


async def over(town: Living, room: Channel) -> None:
    """INC-1 is closed."""
    await town.bea.command(COMMAND, "resolve reverted", room)
    await town.bea.submit(await town.bea.opened_view(), {"State of the data": "repaired", "Root cause": "a deploy"})
    await told(town, town.bea, "INC-1 is resolved")
    await town.bea.command(COMMAND, "close", room)
    what_holds = ["resolved", "root-cause", "workarounds", "service", "notified"]
    await town.bea.submit(await town.bea.opened_view(), {"What holds": what_holds})
    await told(town, town.bea, "INC-1 is closed")
    await quiet(town)


async def test_a_closed_incident_says_so_and_what_to_do_instead(town: Living, room: Channel) -> None:
    await over(town, room)
    before = await kinds(town)
    refused = (
        "ack",
        "confirm",
        "update x y",
        "impact x",
        "p2",
        "phase fixing",
        "snooze 5m x",
        "resolve",
        "cancel noise",
    )
    for text in refused:
        answer = await typed(town.bea, text, room)
        assert "INC-1 is closed" in answer, text
        assert "/incident reopen" in answer, text
        plain_words(answer)
    assert "closed" in await typed(town.bea, "close", room)
    assert await kinds(town) == before
    assert "Noted" in await typed(town.bea, "note what we learned later", room)


async def test_buttons_of_an_old_card_do_nothing_and_say_so(town: Living, room: Channel) -> None:
    old = copy.deepcopy(await shows(town, room, "Acknowledge"))
    await over(town, room)
    before = await kinds(town)
    for label in ("Acknowledge", "Confirm P1", "Post update", "Resolve"):
        read = len(town.ana.ephemerals())
        ack = await town.ana.click(old, label)
        assert ack.ok
        await town.slack.wait_for(lambda n=read: len(town.ana.ephemerals()) > n, 10, label)  # type: ignore[misc]
        assert "INC-1 is closed" in town.ana.ephemerals()[-1].text
    assert await kinds(town) == before
    assert town.ana.view is None


async def test_an_old_offer_to_take_it_does_nothing_and_says_so(town: Living, room: Channel) -> None:
    offer = (await town.zoe.command(COMMAND, "ack", room)).message
    assert offer is not None
    await over(town, room)
    await town.zoe.click(offer, "I take it")
    await told(town, town.zoe, "INC-1 is closed")


# what Slack does not allow -------------------------------------------------------------------------------------------

STEPS = {"pins.add": "pin its card", "bookmarks.add": "bookmark its card", "conversations.setTopic": "topic"}


@pytest.mark.parametrize("method", STEPS)
async def test_a_missing_scope_is_told_once_and_the_incident_runs_on(town: Living, method: str) -> None:
    town.slack.faults.add(method, "error:missing_scope", times=None)
    await typed(town.zoe, "declare P1 orders mart is stale")
    room = await town.incident()
    await quiet(town)
    sentences = [m.text for m in town.zoe.dms() if STEPS[method] in m.text]
    assert len(sentences) == 1
    assert "INC-1 itself is saved and runs on" in sentences[0]
    assert "manifest" in sentences[0]
    await typed(town.bea, "update loader restarted", room)
    await town.slack.wait_for(lambda: said(town, room, "loader restarted"), 10, "the update")


async def test_without_the_scope_for_channels_the_incident_is_saved_and_retried(town: Living) -> None:
    town.slack.faults.add("conversations.create", "error:missing_scope", times=None)
    await typed(town.zoe, "declare P1 orders mart is stale")
    found: list[Message] = await town.slack.wait_for(
        lambda: [m for m in [*town.zoe.ephemerals(), *town.zoe.dms()] if "Retry" in str(m.blocks)], 10, "the refusal"
    )
    assert "INC-1 is saved" in found[-1].text
    assert "permission" in found[-1].text
    assert "INC-1" in await typed(town.zoe, "list")
    town.slack.faults.clear()
    await town.zoe.click(found[-1], "Retry")
    room = await town.incident()
    await town.slack.wait_for(lambda: town.slack.pinned(room), 10, "the card")


# the start ----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox(manifest=MANIFEST) as slack:
        yield slack


async def start(folder: Path, environ: dict[str, str], *command: str) -> tuple[int, list[str]]:
    """Exit code, and what a person reads on stderr (the log is JSON, one object a line)."""
    async with asyncio.timeout(40):
        code, _, err = await sitrep(folder, environ, *(command or ("run",)))
    return code, [line for line in err.splitlines() if not line.startswith('{"')]


OURS = "name: ours\nextends: self-healing-pipeline\nseverities:\n  P1:\n    {}\n"

FILES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "unknown key": ({"sitrep.yml": "timezone: UTC\nanounce_channel: x\n"}, ("sitrep.yml, line 2", "announce_channel")),
    "wrong value": ({"sitrep.yml": "timezone: Europe/Amstrdam\n"}, ("line 1", "timezone", "Europe/Amsterdam")),
    "wrong id": ({"sitrep.yml": "directory:\n  director: [bob]\n"}, ("line 2", "director", "bob")),
    "no YAML": ({"sitrep.yml": "directory: [\ntimezone: UTC\n"}, ("sitrep.yml, line",)),
    "no such protocol": ({"sitrep.yml": "protocol: self-heeling\n"}, ("line 1", "self-healing-pipeline")),
    "protocol, unknown key": (
        {"sitrep.yml": "protocol: ours.yml\n", "ours.yml": OURS.format("acknowlege_within: 5m")},
        ("ours.yml, line 5", "severities.P1", "acknowledge_within"),
    ),
    "protocol, no length of time": (
        {"sitrep.yml": "protocol: ours.yml\n", "ours.yml": OURS.format("acknowledge_within: soon")},
        ("ours.yml, line 5", "acknowledge_within", "15m"),
    ),
}


@pytest.mark.parametrize("case", FILES)
async def test_a_broken_file_is_named_with_line_and_key(slack: Sandbox, tmp_path: Path, case: str) -> None:
    files, words = FILES[case]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    code, lines = await start(tmp_path, access(slack, "sqlite:///sitrep.db"))
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert code == (1 if case.startswith("protocol") else 2), "a protocol fails its check; a wrong setting is wrong use"
    assert not (tmp_path / "sitrep.db").exists(), "nothing is made before the configuration is right"


ENVIRONS: dict[str, tuple[dict[str, str], tuple[str, ...], int]] = {
    "unknown variable": ({"SITREP_CONFG": "x.yml"}, ("SITREP_CONFG", "SITREP_CONFIG"), 2),
    "a file that is not there": ({"SITREP_CONFIG": "x.yml"}, ("SITREP_CONFIG", "x.yml"), 2),
    "no token": ({"SLACK_BOT_TOKEN": ""}, ("SLACK_BOT_TOKEN", "OAuth"), 2),
    "no token at all": ({"SLACK_BOT_TOKEN": "hunter2"}, ("SLACK_BOT_TOKEN", "xoxb-"), 2),
    "wrong token": ({"SLACK_BOT_TOKEN": "xoxb-hunter2"}, ("SLACK_BOT_TOKEN", "not accept"), 1),
    "wrong app token": ({"SLACK_APP_TOKEN": "xapp-hunter2"}, ("SLACK_APP_TOKEN", "not accept"), 1),
    "no database of ours": ({"DATABASE_URL": "mysql://me:hunter2@db/x"}, ("DATABASE_URL", "postgresql://"), 2),
    "a folder that is not there": ({"DATABASE_URL": "sqlite:///nowhere/s.db"}, ("database", "nowhere"), 1),
    "a database that cannot be written": (
        {"DATABASE_URL": "sqlite:////proc/version"},
        ("database", "/proc/version"),
        1,
    ),
    "no server": ({"DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/x"}, ("database", "127.0.0.1"), 1),
    "no Slack": ({"SLACK_API_URL": "http://127.0.0.1:1/api/"}, ("Slack", "127.0.0.1:1"), 1),
}


@pytest.mark.parametrize("case", ENVIRONS)
async def test_a_start_that_cannot_be_fails_at_once_with_a_sentence(slack: Sandbox, tmp_path: Path, case: str) -> None:
    environ, words, expected = ENVIRONS[case]
    code, lines = await start(tmp_path, {**access(slack, "sqlite:///sitrep.db"), **environ})
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert "hunter2" not in lines[0], "secrets are not shown"
    assert code == expected


async def test_a_protocol_is_checked_without_running_anything(slack: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "ours.yml").write_text(OURS.format("update_evry: 5m"))
    code, lines = await start(tmp_path, {}, "protocol", "check", "ours.yml")
    assert (code, len(lines)) == (1, 1)
    assert "ours.yml, line 5" in lines[0]
    assert "update_every" in lines[0]
