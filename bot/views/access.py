"""How it reads that a rule was gone round, or that somebody went out: on the timeline, in a private incident's channel,
and the refusal that offers it."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.permissions import DOES
from bot.views import blocks, phrases
from bot.views.ids import Action
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, say


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:  # noqa: ARG001 - every topic's signature
    """What the timeline says of it."""
    match entry.fact:
        case f.AdminOverrode(verb=verb, rule=rule):
            return say("access.told_overrode", does=does(verb), rule=pen.said(", ".join(rule)))
        case f.AdminLookedIn():
            return say("access.told_looked_in")
        case f.Left():
            return say("access.told_left")
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def statement(scene: Scene, entry: Entry) -> Post:
    """What the people of a private incident read in its channel."""
    match entry.fact:
        case f.AdminOverrode(verb=verb):
            said = say("access.overrode_here", scene, by=entry.by, does=does(verb))
        case f.AdminLookedIn():
            said = say("access.looked_in_here", scene, by=entry.by)
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said))


def hidden(number: int) -> Post:
    """What an admin reads who asks for a private incident that is not theirs to see."""
    return blocks.paragraph(say("access.hidden", number=number))


def offered(refusal: Post, carried: str, *, private: bool = False, looks: bool = False) -> Post:
    """A refusal with the button by which an admin does it all the same. `private`: in an incident whose people hear of
    it; `looks`: only to read there."""
    more = say("access.offer", private=private, looks=looks)
    press = blocks.button("Look in" if looks else "Do it all the same", Action.OVERRIDE, carried)
    asked = blocks.post(more, blocks.section(more), blocks.actions(press))
    return {"text": f"{refusal['text']}\n{asked['text']}", "blocks": [*refusal["blocks"], *asked["blocks"]]}


def does(verb: str) -> str:
    """What a verb does, in words; the verb itself for one that this version does not know any more."""
    return DOES.get(verb, verb)
