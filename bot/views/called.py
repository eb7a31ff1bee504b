"""Whom the announcement calls: those whom the protocol wants mentioned there, and whether everybody who reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.views.scene import Scene
from bot.views.words import Safe, listed, mentions, name, say

EVERYONE = Safe("<!channel> ")
"""Rings whoever is in the channel. Source: https://docs.slack.dev/messaging/formatting-message-text (special mentions).
Never made from what somebody typed."""


def standing(scene: Scene) -> tuple[f.Word, ...]:
    """Everybody whom the announcement calls while the incident runs: an edit rings nobody again."""
    return _there(told.word for told in scene.incident.tellings) if scene.incident.running else ()


def at_once(scene: Scene, entry: Entry) -> tuple[f.Word, ...]:
    """Those who are called because it was raised by this entry."""
    return _there(told.word for told in scene.incident.tellings if told.at == entry.at)


def _there(words: Iterable[f.Word]) -> tuple[f.Word, ...]:
    return tuple(word for word in words if word.how == "mention" or (word.how == "channel" and not word.channels))


def everyone(words: Sequence[f.Word]) -> Safe:
    return EVERYONE if any(word.how == "channel" for word in words) else Safe()


def called(scene: Scene, words: Sequence[f.Word]) -> Safe:
    """`Called: @Bea, Ana`; whoever is rung otherwise stands there by name."""
    mentioned = [word for word in words if word.how == "mention"]
    people = tuple(dict.fromkeys(person for word in mentioned for person in word.people))
    aside = dict.fromkeys(person for word in mentioned for person in word.aside if person not in people)
    whom = listed([*(mentions([person]) for person in people), *(name(person, scene) for person in aside)])
    return say("tellings.called", people=whom) if whom else Safe()
