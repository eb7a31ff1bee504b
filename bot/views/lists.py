"""Lists of incidents, read privately. Which incidents the reader may see is decided before."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.promises.clocks import next_update_due
from bot.views import state
from bot.views.answers import away
from bot.views.blocks import context, post, section
from bot.views.scene import Post, Scene
from bot.views.words import Safe, joined, say

SHOWN = 20
"""Incidents in one list: the rest would not be read on a phone."""


def incidents(scenes: Sequence[Scene], which: str = "open", *, count: int | None = None, beyond: bool = False) -> Post:
    """The incidents given, in the order given, each in two lines. `which` says what was asked for: open, mine, all;
    `count`, how many there are, where more than those given; `beyond`, that some are missing because this version
    cannot read them."""
    missing = say("lists.beyond") if beyond else Safe("")
    if not scenes:
        none = missing or joined([say("lists.none", which=which)])
        return post(none, section(none))
    count = len(scenes) if count is None else count
    head = say("lists.head", which=which, count=count)
    lines = [_item(scene) for scene in scenes[:SHOWN]]
    left = count - len(lines)
    more = say("lists.more", count=left) if left else Safe("")
    under = joined([more, missing], by="\n")
    return post(joined([head, *lines, under], by="\n"), section(head), map(section, lines), context(under))


def _item(scene: Scene) -> Safe:
    incident, protocol = scene.incident, scene.protocol
    due = next_update_due(incident, protocol)
    known = {"emoji": state.emoji(incident), "word": state.word(incident, protocol)}
    distance = away(due, scene.now) if due else ""
    return say("lists.item", scene, lead=state.lead(incident, protocol), due=due, away=distance, **known)
