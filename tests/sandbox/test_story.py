"""Stories are read strictly, played to the letter, and told the same way every time."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.sandbox import Sandbox
from bot.sandbox.moments import StoryClock, moment
from bot.sandbox.player import Player
from bot.sandbox.story import Story, StoryError, load
from tests.sandbox.probe import App, Connected, Later, actions, button, manifest, modal, option, section, text_input

STORY = """\
title: A lamp is broken
starts: 2026-11-17T02:41:00+01:00
zone: Europe/Amsterdam
people:
  ana: {name: Ana, id: U0ANA, about: has a ladder}
  bea: {name: Bea, id: U0BEA}
channels:
  lamps: {members: [ana, bea], bot: true}
config: "colour: red"
script:
  - note: It is dark.
  - who: ana
    command: /probe lamp
    in: lamps
  - at: +2m
    who: ana
    submit: {What: The lamp in the hall, Helper: bea, Since: "02:30", Bright: "No"}
  - wait: 20m
    who: bea
    click: Fixed
    in: lamps
  - at: "03:10"
    who: ana
    say: "Thank you @Bea"
    in: lamps
  - who: bea
    react: pushpin
    on: Thank you
  - who: bea
    reply: It was the bulb.
    on: still dark
    in: lamps
"""
COMMAND = {"command": "/probe", "description": "asks", "usage_hint": "lamp"}


class Lamps:
    """An app that asks by form, posts in three places at once, and reminds ten minutes later."""

    def __init__(self, app: App, clock: StoryClock) -> None:
        self.app, self.clock = app, clock
        self.app.answer = self.answer
        self.due: dt.datetime | None = None
        self.lamp = ""
        self.what = ""
        self.later = Later()

    async def answer(self, request: SocketModeRequest) -> dict[str, Any] | None:
        body = request.payload
        if request.type == "slash_commands":
            self.later(self.app.web.views_open(trigger_id=body["trigger_id"], view=form()))
            return {"text": "One question."}
        if body.get("type") == "view_submission":
            self.what = body["view"]["state"]["values"]["what"]["what"]["value"]
            self.due = self.clock.now + dt.timedelta(minutes=10)
            self.later(self.broken())
        if body.get("type") == "block_actions":
            text = f"✓ {self.what}"
            self.later(self.app.web.chat_update(channel="C0001", ts=self.lamp, text=text, blocks=[section(text)]))
        return None

    async def broken(self) -> None:
        """Parallel calls in another order every time."""
        blocks = [section(f"*{self.what}* is broken"), actions(button("Fixed", "fixed"), button("Later", "later"))]
        works = [self.post(blocks), self.tell("U0ANA"), self.tell("U0BEA")]
        random.shuffle(works)
        await asyncio.gather(*works)

    async def post(self, blocks: list[dict[str, Any]]) -> None:
        posted = await self.app.web.chat_postMessage(channel="C0001", text="broken", blocks=blocks)
        self.lamp = str(posted["ts"])

    async def tell(self, user: str) -> None:
        await self.app.web.chat_postMessage(channel=user, text=f"<!channel> {self.what} is broken")

    async def step(self, to: dt.datetime) -> dt.datetime | None:
        await self.later.rest()
        if self.due and to >= self.due:
            self.due = None
            reminder = (
                f"<@U0BEA> {self.what} is still dark, see https://sandbox.slack.com/archives/C0001/p{self.lamp[:10]}"
            )
            await self.app.web.chat_postMessage(channel="C0001", thread_ts=self.lamp, text=reminder)
        return self.due


def form() -> dict[str, Any]:
    def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
        element = {"type": kind, "action_id": name.lower(), **more}
        label = {"type": "plain_text", "text": name}
        return {"type": "input", "block_id": name.lower(), "label": label, "element": element, "optional": True}

    answers = [option("Yes", "y"), option("No", "n")]
    return modal(
        text_input("what", "What"),
        field("Helper", "users_select"),
        field("Since", "datetimepicker"),
        field("Bright", "static_select", options=answers),
    )


async def played(story: Story) -> list[str]:
    clock = StoryClock(story.starts)
    features = {"slash_commands": [COMMAND]}
    lines: list[str] = []
    async with Sandbox(manifest(features=features), clock=clock) as slack:
        player = Player(story, slack, clock)
        async with Connected(slack) as app:
            await player.play(Lamps(app, clock).step, lines.append)
    return lines


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return written(tmp_path, STORY)


def written(folder: Path, text: str) -> Story:
    file = folder / "story.yml"
    file.write_text(text, "utf-8")
    return load(file)


TOLD = """\
A lamp is broken
════════════════
Tuesday 17 November 2026, Europe/Amsterdam

  Ana      has a ladder
  Bea

— It is dark.

02:41  Ana types in #lamps
         /probe lamp

02:41  → Ana only · a form opens: “Form”

02:41  → Ana only, in #lamps
         One question.

02:43  Ana sends the form
         ┌ Form
         │ What: The lamp in the hall
         │ Helper (optional): @Bea
         │ Since (optional): 2026-11-17 02:30
         │ Bright (optional): No
         └ [Send]

02:43  #lamps · Probe
         The lamp in the hall is broken
         [Fixed] [Later]

02:43  direct message to Ana, Bea   🔔 rings
         @channel The lamp in the hall is broken

02:53  #lamps · Probe · in the thread of “The lamp in the hall is broken”   🔔 rings Bea
         @Bea The lamp in the hall is still dark, see https://sandbox.slack.com/archives/C0001/p…

03:03  Bea presses [Fixed] in #lamps, under “The lamp in the hall is broken”

03:03  #lamps · Probe · 02:43 message (edited)
         ✓ The lamp in the hall

03:10  #lamps · Ana   🔔 rings Bea
         Thank you @Bea

03:10  #lamps · Bea reacts 📌 to Ana: “Thank you @Bea”

03:10  #lamps · Bea · in the thread of “✓ The lamp in the hall”
         It was the bulb.

Counted in 0 h 29 min: 2 messages in channels (1 edited in place); Ana 0 rings · 1 direct message,
  Bea 1 · 1, nobody else.
"""


async def test_the_transcript_tells_everything_that_was_seen_in_order(story: Story) -> None:
    told = "\n".join(await played(story)) + "\n"
    assert told == TOLD


async def test_two_runs_of_a_story_print_the_same_bytes(story: Story) -> None:
    runs = [await played(story) for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]


async def test_a_story_that_does_not_go_as_written_says_when_and_why(tmp_path: Path) -> None:
    story = written(tmp_path, STORY.replace("click: Fixed", "click: Exploded"))
    with pytest.raises(StoryError, match="no message shows Exploded") as wrong:
        await played(story)
    assert str(wrong.value).splitlines() == [
        "story.yml, line 18, at 03:03: Bea cannot click: no message shows Exploded.",
        "",
        "Bea sees:",
        "  In #lamps:",
        "    “The lamp in the hall is broken” [Fixed] [Later]",
        "    “@Bea The lamp in the hall is still dark, see https://sandbox”",
    ]


async def test_a_form_that_lacks_something_stops_the_story(tmp_path: Path) -> None:
    story = written(tmp_path, STORY.replace("What: The lamp in the hall, ", ""))
    with pytest.raises(StoryError, match="line 15, at 02:43: Ana cannot submit: What: Please complete"):
        await played(story)


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        ("clik: Fixed", "click: Fixed", "Extra inputs"),
        ("who: cem", "who: bea", "cem is not among the people: ana, bea"),
        ("members: [ana, dirk]", "members: [ana, bea]", "dirk is not among the people"),
        ("click: Fixed\n    say: and more", "click: Fixed", "does click and say"),
        ("wait: soon", "wait: 20m", '"soon" is no length of time'),
        ('at: "25:10"', 'at: "03:10"', '"25:10" is no time'),
        ("zone: Mars/Olympus", "zone: Europe/Amsterdam", "no time zone"),
        ("starts: 2026-11-17T02:41:00", "starts: 2026-11-17T02:41:00+01:00", "timezone"),
        ("title: [", "title: A lamp is broken", "is not YAML"),
    ],
)
def test_a_broken_story_is_refused_with_its_file_and_a_sentence(
    tmp_path: Path, wrong: str, right: str, sentence: str
) -> None:
    with pytest.raises(StoryError, match=sentence) as refused:
        written(tmp_path, STORY.replace(right, wrong))
    assert "story.yml" in str(refused.value)


def test_a_time_on_the_wall_is_the_next_one() -> None:
    start = dt.datetime.fromisoformat("2026-11-17T23:50:00+01:00")

    def at(text: str) -> str:
        return moment(text, start, start, "Europe/Amsterdam").isoformat()

    assert at("23:50") == "2026-11-17T22:50:00+00:00"
    assert at("00:10") == "2026-11-17T23:10:00+00:00"
    assert moment("+1h5m", start, start, "Europe/Amsterdam") == start + dt.timedelta(minutes=65)
