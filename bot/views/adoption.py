"""How the topic of what an incident runs on reads: what would change, that there is something newer, that it was
adopted."""

from __future__ import annotations

from bot.domain import adoption
from bot.domain import fact as f
from bot.domain.bench.difference import concerning, differences
from bot.domain.fact import Entry
from bot.domain.incident_parts import Offer
from bot.domain.protocol import Protocol
from bot.views import blocks, phrases
from bot.views.differences import sentence
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, lines, say

SHOWN = 15
"""Differences that are told one by one; a page that nobody reads to its end helps nobody."""

DIGEST = 16
"""Letters of a digest by which what was shown is known again."""


def page(scene: Scene, newer: Protocol | None) -> Post:
    """What adopting would change for this incident, with the button that does it. Raises NotNow where it cannot be."""
    found = adoption.changes(scene.incident, scene.protocol, newer)
    if newer is None:
        raise TypeError("what is not there is refused before")
    felt = concerning(found, scene.incident, scene.protocol)
    rows = [say("adoption.row", what=sentence(one, scene.protocol, newer)) for one in felt[:SHOWN]]
    told = lines(
        say("adoption.head" if felt else "adoption.head_elsewhere", scene, newer=newer.title),
        *rows,
        say("adoption.more", count=len(felt) - SHOWN) if len(felt) > SHOWN else "",
        say("adoption.elsewhere", count=len(found) - len(felt)) if felt and len(found) > len(felt) else "",
    )
    carried = value(scene.incident.id, verb=newer.digest()[:DIGEST], text=newer.name)
    small = say("adoption.small")
    return blocks.post(
        lines(told, small),
        blocks.sections(told),
        blocks.actions(blocks.button("Adopt", Action.ADOPT, carried)),
        blocks.context(small),
    )


def offer(scene: Scene, one: Offer) -> Post:
    """The line in the incident's channel; what is left of it when it is answered, or overtaken."""
    incident = scene.incident
    if one.adopted_at is not None:
        return blocks.paragraph(say("adoption.answered", scene, offer=one))
    if not incident.running or one.seq != incident.offers[-1].seq:
        return blocks.paragraph(say("adoption.over", scene))
    told = say("adoption.offered", scene)
    press = blocks.button("Adopt", Action.ADOPT, value(incident.id))
    return blocks.post(phrases.aloud(told, scene), blocks.section(told), blocks.actions(press))


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:  # noqa: ARG001 - every topic's signature
    """What the timeline says of it."""
    match entry.fact:
        case f.ProtocolOffered(protocol=protocol):
            return say("adoption.told_offered", protocol=pen.said(protocol))
        case f.ProtocolAdopted(protocol=protocol, changes=changes):
            return say("adoption.told_adopted", protocol=pen.said(protocol), count=changes)
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately."""
    match entry.fact:
        case f.ProtocolAdopted():
            return say("adoption.adopted", scene)
        case _:
            return None


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said in the incident's channel."""
    match entry.fact:
        case f.ProtocolAdopted():
            before = scene.protocol.earlier[-1].protocol if scene.protocol.earlier else scene.protocol
            said = say("adoption.adopted_here", scene, by=entry.by)
            found = concerning(differences(before, scene.protocol.bare), scene.incident, before)
            rows = [say("adoption.row", what=sentence(one, before, scene.protocol)) for one in found[:SHOWN]]
            drawn = lines(said, *rows)
            return blocks.post(phrases.aloud(drawn, scene), blocks.sections(drawn))
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")
