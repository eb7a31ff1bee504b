"""Everything that people do at their Slack client can be written as a line of a story, and reaches the app as it does
there. One story does it all; others name what is not there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.sandbox import Sandbox
from bot.sandbox.counts import Counted
from bot.sandbox.moments import StoryClock
from bot.sandbox.player import Player
from bot.sandbox.story import StoryError, load
from tests.sandbox.probe import (
    MANIFEST,
    App,
    Connected,
    Later,
    actions,
    button,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    text_input,
)

HEAD = """\
title: A busy week
starts: 2026-11-17T22:00:00+01:00
zone: Europe/Amsterdam
people:
  ana: {name: Ana, id: U0ANA}
  bea: {name: Bea, id: U0BEA}
  gus: {name: Gus, id: U0GUS, guest: true}
  max: {name: Max, id: U0MAX, uninvitable: user_is_restricted}
channels:
  town: {members: [ana, bea, gus], bot: true, id: C0TOWN}
  back: {members: [ana], private: true}
groups:
  crew: {members: [ana, bea], id: S0CREW}
script:
"""

MESSAGES = """\
  - {who: ana, say: "hello @crew", in: town}
  - {who: bea, mention: status, in: town}
  - {who: bea, mention: status here, on: hello, in: town}
  - {who: ana, reply: fine, on: hello, in: town}
  - {who: ana, edit: fine indeed, on: fine}
  - {who: bea, react: eyes, on: fine indeed}
  - {who: bea, unreact: eyes, on: fine indeed}
  - {who: ana, pin: true, on: fine indeed}
  - {who: bea, shortcut: Keep this, on: fine indeed}
  - {who: bea, say: never mind, in: town}
  - {who: bea, delete: true, on: never mind}
  - {who: ana, say: a question}
  - {who: ana, reply: and more, on: a question, in: dm}
  - {who: ana, react: tada, on: a question, in: dm}
  - {who: bea, mute: "23:00"}
  - {who: ana, say: "@Bea asleep?", in: town}
  - {who: bea, unmute: true}
  - {who: ana, say: "@Bea awake?", in: town}
"""

CHANNELS = """\
  - {who: ana, invite: [bea], in: back}
  - {who: ana, remove: [bea], in: back}
  - {who: max, join: true, in: town}
  - {who: max, leave: true, in: town}
  - {who: ana, rename: village, in: town}
  - {who: ana, archive: true, in: village}
  - {who: ana, unarchive: true, in: village}
"""

CARD = """\
  - {who: ana, command: /probe card, in: town}
  - {who: ana, click: Tidy, in: town}
  - {who: ana, click: Swept, in: town}
  - {who: ana, click: Tidy, in: town}
  - {who: ana, click: Brief, in: town}
  - {who: ana, click: Give it to, choose: bea, in: town}
  - {who: bea, click: High, in: town}
  - {who: ana, click: Done, beside: second, on: first thing}
  - {who: ana, home: true}
  - {who: ana, click: Refresh, in: home}
"""

FORM = """\
  - {who: ana, shortcut: Open a ticket}
  - {who: ana, click: Recount}
  - at: "wed 09:00"
    who: ana
    submit:
      Title: A lamp
      Rank: High
      Marks: [High, Low]
      Flags: Low
      Sure: "Low"
      Helper: bea
      Helpers: [ana, bea]
      Place: town
      Since: "22:30"
      Until: 2026-11-20 10:00
      Day: 2026-11-21
  - {at: 2026-11-19 09:00, note: Two days later.}
  - {at: tomorrow 09:00, who: ana, shortcut: Open a ticket}
  - {who: ana, dismiss: true}
"""


class Desk:
    """An app with a card, a form and a home, that keeps quiet otherwise."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.later = Later()
        app.answer = self.answer

    async def answer(self, request: SocketModeRequest) -> dict[str, Any] | None:
        body = request.payload
        if request.type == "slash_commands":
            self.later(self.app.web.chat_postMessage(channel=body["channel_id"], text="card", blocks=card()))
        elif body.get("callback_id") == "open_ticket":
            self.later(self.app.web.views_open(trigger_id=body["trigger_id"], view=form()))
        elif body.get("event", {}).get("type") == "app_home_opened":
            self.later(self.app.web.views_publish(user_id=body["event"]["user"], view=home()))
        return None

    async def step(self, _to: dt.datetime) -> None:
        await self.later.rest()


def card() -> list[dict[str, Any]]:
    options = [option("High", "1"), option("Low", "2")]
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": [option("Tidy", "t"), option("Swept", "s")]}
    more = {"type": "overflow", "action_id": "more", "options": [option("Close", "close"), option("Brief", "brief")]}
    give = {"type": "users_select", "action_id": "give", "placeholder": plain("Give it to")}
    return [
        section("first thing", accessory=button("Done", "done", value="1")),
        section("second thing", accessory=button("Done", "done2", value="2")),
        actions(boxes, more, give, {"type": "static_select", "action_id": "rank", "options": options}),
    ]


def home() -> dict[str, Any]:
    return {"type": "home", "blocks": [section("Nothing is open."), actions(button("Refresh", "refresh"))]}


def form() -> dict[str, Any]:
    def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
        element = {"type": kind, "action_id": name.lower(), **more}
        return {"type": "input", "block_id": name, "label": plain(name), "element": element, "optional": True}

    options = [option("High", "1"), option("Low", "2")]
    return modal(
        text_input("title", "Title"),
        actions(button("Recount", "recount")),
        field("Rank", "static_select", options=options),
        field("Marks", "multi_static_select", options=options),
        field("Flags", "checkboxes", options=options),
        field("Sure", "radio_buttons", options=options),
        field("Helper", "users_select"),
        field("Helpers", "multi_users_select"),
        field("Place", "conversations_select"),
        field("Since", "datetimepicker"),
        field("Until", "datetimepicker"),
        field("Day", "datepicker"),
    )


class Played:
    def __init__(self, folder: Path, script: str) -> None:
        file = folder / "story.yml"
        file.write_text(HEAD + script, "utf-8")
        self.story = load(file)
        self.lines: list[str] = []

    async def through(self) -> Played:
        clock = StoryClock(self.story.starts)
        async with Sandbox(MANIFEST, clock=clock) as slack:
            player = Player(self.story, slack, clock)
            async with Connected(slack) as app:
                await player.play(Desk(app).step, self.lines.append)
                self.asked, self.got = app.asked, app.got
                self.counted: Counted = player.transcript.counted()
        return self

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [r.payload["event"] for r in self.got if r.payload.get("event", {}).get("type") == kind]

    def told(self, *pieces: str) -> None:
        """Each piece stands in the transcript, in this order."""
        text, place = "\n".join(self.lines), 0
        for piece in pieces:
            found = text.find(piece, place)
            assert found >= 0, f"{piece!r} is not told after {text[max(place - 60, 0) : place]!r} in\n{text}"
            place = found + len(piece)


async def test_what_people_write(tmp_path: Path) -> None:
    night = await Played(tmp_path, MESSAGES).through()
    hello = night.events("message")[0]
    assert hello["text"] == "hello <!subteam^S0CREW>"
    calls = [(e["text"], e.get("thread_ts")) for e in night.events("app_mention")]
    assert calls == [("<@U0BOT> status", None), ("<@U0BOT> status here", hello["ts"])]
    kept = night.asked[-1]
    assert (kept["type"], kept["callback_id"], kept["message"]["text"]) == ("message_action", "keep", "fine indeed")
    direct = [e for e in night.events("message") if e["channel_type"] == "im"]
    assert [e.get("thread_ts") for e in direct] == [None, direct[0]["ts"]]
    assert [e["item"]["channel"] for e in night.events("reaction_added")] == ["C0TOWN", direct[0]["channel"]]
    assert len(night.events("pin_added")) == len(night.events("reaction_removed")) == 1
    night.told(
        "#town · Ana   🔔 rings Bea",
        "#town · Bea\n         @Probe status",
        "#town · Bea · in the thread of “hello @crew”",
        "#town · Ana · in the thread of “hello @crew” · 22:00 message (edited)",
        "Bea reacts 👀 to Ana: “fine indeed”",
        "Bea takes back 👀",
        "pinned: “fine indeed”",
        "Bea uses the shortcut “Keep this” on “fine indeed”",
        "#town · Bea · 22:00 message (deleted)\n         never mind",
        "direct message from Ana · in the thread of “a question”",
        "Ana reacts 🎉",
        "Bea is in Do Not Disturb until 23:00",
        "#town · Ana\n         @Bea asleep?",
        "Bea ends Do Not Disturb",
        "#town · Ana   🔔 rings Bea\n         @Bea awake?",
        "0 messages in channels (0 edited in place); nobody was rung or written to.",
    )


async def test_what_people_do_to_channels(tmp_path: Path) -> None:
    night = await Played(tmp_path, CHANNELS).through()
    assert [e["user"] for e in night.events("member_joined_channel")] == ["U0MAX"]
    assert night.events("channel_rename")[0]["channel"]["name"] == "village"
    night.told(
        "Ana brings Bea into #back",
        "Ana sends Bea out of #back",
        "joins: Max",
        "leaves: Max",
        "new name: #village, was #town",
        "Ana archives #village",
        "archived",
        "open again",
    )


async def test_what_people_press(tmp_path: Path) -> None:
    night = await Played(tmp_path, CARD).through()
    pressed = [payload["actions"][0] for payload in night.asked if payload.get("actions")]
    ticked = [[one["value"] for one in p["selected_options"]] for p in pressed if p["action_id"] == "boxes"]
    assert ticked == [["t"], ["t", "s"], ["s"]]
    chosen = {p["action_id"]: p for p in pressed}
    assert chosen["more"]["selected_option"]["value"] == "brief"
    assert chosen["give"]["selected_user"] == "U0BEA"
    assert chosen["rank"]["selected_option"]["value"] == "1"
    assert (chosen["done2"]["value"], "done" in chosen) == ("2", False)
    night.told(
        "Ana presses [Give it to: bea] in #town, under “first thing [Done]”",
        "Ana presses [Done] beside “second” in #town",
        "Ana only · the home of Probe\n         Nothing is open.\n         [Refresh]",
        "Ana presses [Refresh] in the app's home",
    )


async def test_what_people_fill_in_on_which_day(tmp_path: Path) -> None:
    night = await Played(tmp_path, FORM).through()
    assert [p["actions"][0]["action_id"] for p in night.asked if p.get("actions")] == ["recount"]
    (sent,) = [payload for payload in night.asked if payload["type"] == "view_submission"]
    values = {name: entry for block in sent["view"]["state"]["values"].values() for name, entry in block.items()}
    assert [one["value"] for one in values["marks"]["selected_options"]] == ["1", "2"]
    assert [one["value"] for one in values["flags"]["selected_options"]] == ["2"]
    assert (values["rank"]["selected_option"]["value"], values["sure"]["selected_option"]["value"]) == ("1", "2")
    assert (values["helper"]["selected_user"], values["helpers"]["selected_users"]) == ("U0BEA", ["U0ANA", "U0BEA"])
    assert values["place"]["selected_conversation"] == "C0TOWN"
    assert values["day"]["selected_date"] == "2026-11-21"
    picked = [dt.datetime.fromtimestamp(values[one]["selected_date_time"], dt.UTC) for one in ("since", "until")]
    assert [f"{at:%m-%d %H:%M}" for at in picked] == ["11-17 21:30", "11-20 09:00"]
    night.told(
        "22:00  Ana presses [Recount] in the form “Form”",
        "· · · Wednesday 18 November · · ·",
        "09:00  Ana sends the form",
        "— Two days later.",
        "· · · Friday 20 November · · ·",
        "09:00  Ana uses the shortcut",
        "Ana closes the form “Form”",
    )


async def test_what_the_app_said_is_counted_by_person(tmp_path: Path) -> None:
    """An edit rings nobody, nor does what only its reader sees; a group and @channel ring everybody they reach once."""

    class Loud(Desk):
        async def answer(self, request: SocketModeRequest) -> dict[str, Any] | None:
            if request.type == "slash_commands":
                self.later(self.shout())
                return {"text": "<@U0ANA> <!channel> only you read this"}
            return None

        async def shout(self) -> None:
            web = self.app.web
            said = await web.chat_postMessage(channel="C0TOWN", text="x", blocks=[section("<@U0BEA> look")])
            self.ts = str(said["ts"])
            await web.chat_postMessage(channel="C0TOWN", text="<!subteam^S0CREW> and <@U0ANA> too")
            await web.chat_postMessage(channel="C0TOWN", text="everybody", blocks=[section("<!channel>")])
            await web.chat_postMessage(channel="U0GUS", text="<@U0GUS> you")
            context = [{"type": "context", "elements": [mrkdwn("<@U0MAX> is not in here")]}]
            await web.chat_postMessage(channel="C0TOWN", text="small", blocks=context)

        async def step(self, to: dt.datetime) -> None:
            await super().step(to)
            if to.minute == 10 and self.ts:
                await self.app.web.chat_update(channel="C0TOWN", ts=self.ts, text="<!channel> <@U0ANA> changed")
                self.ts = ""

    file = tmp_path / "story.yml"
    file.write_text(HEAD + "  - {who: ana, command: /probe, in: town}\n  - {at: +10m, note: later}\n", "utf-8")
    story, lines = load(file), list[str]()
    clock = StoryClock(story.starts)
    async with Sandbox(MANIFEST, clock=clock) as slack:
        player = Player(story, slack, clock)
        async with Connected(slack) as app:
            await player.play(Loud(app).step, lines.append)
        counted = player.transcript.counted()
    assert (counted.messages, counted.edited) == (4, 1)
    assert counted.rings == {"Ana": 2, "Bea": 3, "Gus": 1, "Max": 0}
    assert counted.direct == {"Ana": 0, "Bea": 0, "Gus": 1, "Max": 0}
    assert counted.private == {"Ana": 1, "Bea": 0, "Gus": 0, "Max": 0}
    assert " ".join(" ".join(lines[-2:]).split()) == (
        "Counted in 0 h 10 min: 4 messages in channels (1 edited in place); "
        "Ana 2 rings · 0 direct messages, Bea 3 · 0, Gus 1 · 1, nobody else."
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{who: ana, click: Gone, in: town}", "no message shows Gone.\n\nAna sees:\n  In #town:\n    “hi there”"),
        ("{who: ana, click: Gone, in: home}", "the home shows no Gone.\n\nAna sees:\n  nothing"),
        ("{who: ana, reply: x, on: unheard}", "no message with “unheard” is there"),
        ("{who: bea, edit: x, on: hi there}", "no message with “hi there” is Bea's own"),
        ("{who: ana, submit: {Title: x}}", "no form is open.\n\nAna sees:\n  In #town:"),
        ("{who: ana, say: x, in: inc-9}", "there is no channel inc-9.\n\nAna sees:\n  #town"),
        ("{who: ana, react: eyes}", "which message? Name a piece of its text with on:"),
        ("{who: ana, command: /nothing}", "/nothing is not a valid command"),
        ("{who: gus, archive: true, in: town}", "guests cannot change channels"),
        ("{at: 2026-11-16 09:00, note: x}", "at: 2026-11-16 09:00 has passed already"),
        ("{trouble: {method: chat.update, kind: gremlins}}", "unknown fault 'gremlins'"),
    ],
)
async def test_a_line_that_names_what_is_not_there_says_what_is(tmp_path: Path, line: str, sentence: str) -> None:
    night = Played(tmp_path, "  - {who: ana, say: hi there, in: town}\n  - " + line + "\n")
    with pytest.raises(StoryError) as wrong:
        await night.through()
    assert str(wrong.value).startswith("story.yml, line 16, at 22:00: ")
    assert sentence in str(wrong.value)


async def test_trouble_begins_where_it_is_written(tmp_path: Path) -> None:
    trouble = "  - trouble: {method: chat.postMessage, kind: 'error:restricted_action'}\n"
    trouble += "  - trouble: {uninvitable: bea}\n"
    file = tmp_path / "story.yml"
    file.write_text(HEAD + trouble, "utf-8")
    story = load(file)
    clock = StoryClock(story.starts)
    async with Sandbox(MANIFEST, clock=clock) as slack, Connected(slack) as app:
        player = Player(story, slack, clock)
        assert slack.faults.uninvitable == {"U0MAX": "user_is_restricted"}
        await player.play(Desk(app).step, lambda _line: None)
        assert slack.faults.uninvitable == {"U0MAX": "user_is_restricted", "U0BEA": "cant_invite"}
        assert slack.faults.strike("chat.postMessage", {}) is not None


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{who: ana, say: x, on: hello}", "line 15: say takes no on"),
        ("{who: ana, command: /probe, beside: x}", "line 15: command takes no beside"),
        ("{note: x, in: town}", "line 15: a line without action takes no in"),
        ("{who: ana, invite: [zed], in: town}", "zed is not among the people"),
        ("{at: someday, note: x}", 'line 15: at: "someday" is no time; write [+]4m, 03:15'),
        ("{who: ana, clik: Done}", "line 15: clik: Extra inputs"),
    ],
)
def test_a_line_that_cannot_be_is_refused_before_the_night_begins(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(StoryError, match=sentence):
        Played(tmp_path, f"  - {line}\n")
