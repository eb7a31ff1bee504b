"""How it reads in an incident that somebody else is on call: on the timeline and in the incident's channel."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain.duty.handover import holds
from bot.domain.duty.oncall import PRIMARY
from bot.domain.fact import Entry
from bot.domain.roles import held_by
from bot.views import blocks, phrases
from bot.views.pen import Pen
from bot.views.people import moved
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, listed, say


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""

    def called(person: str | None) -> Safe:
        return pen.said(scene.name(person)) if person else Safe("nobody")

    match entry.fact:
        case f.ShiftChanged(rotation=rotation, goes=goes, comes=comes, unclaimed=unclaimed):
            named = "" if rotation == PRIMARY else pen.said(rotation)
            people = {"goes": called(goes), "comes": called(comes)}
            return say("handover.told_changed", None, rotation=named, unclaimed=unclaimed, **people)
        case f.TakenOver(goes=goes, comes=comes) as fact:
            own = entry.by == comes
            return say("handover.told_taken", goes=called(goes), comes=called(comes), own=own, what=moved(scene, fact))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.ShiftChanged() as fact:
            said = say("handover.unclaimed", scene, fact=fact, left=_left(scene, fact.goes))
        case f.TakenOver() as fact:
            said = say("handover.taken", scene, fact=fact, what=moved(scene, fact))
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")
    small = blocks.context(
        say("handover.by", clause=fact.clause, unclaimed=isinstance(fact, f.ShiftChanged)), phrases.next_update(scene)
    )
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), small)


def _left(scene: Scene, goes: str | None) -> Safe:
    """What whoever goes still has in it; nothing where they have nothing."""
    if goes is None or not holds(scene.incident, goes, scene.protocol):
        return Safe()
    roles = held_by(goes, scene.incident, scene.protocol)
    return listed(escaped(role.title) for role in roles) or Safe("what was asked")
