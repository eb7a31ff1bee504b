"""Nothing private outside: words of private incidents are read by those who are in them, and by nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.chaos.town import Town
from tests.chaos.world import Record, World


def nothing_private(world: World) -> Iterator[str]:
    """Words of private incidents stand nowhere but in their channel and with those who are in it or wrote them."""
    town = world.town
    for number, record in world.records.items():
        if not record.incident.private:
            continue
        words = _words_of(record) - _said_elsewhere(world, number)
        insiders = _insiders(town, record)
        for one in town.watch.posted:
            leaked = {word for word in words if word in one.text}
            if leaked and not _may_read(town, one.channel, record, insiders, leaked):
                yield f"leak: {sorted(leaked)} of INC-{number} stands in {one.channel}: {one.text[:160]!r}"
        for person, messages in town.slack.ws.ephemerals.items():
            for message in messages:
                leaked = {word for word in words if word in message.text + str(message.blocks)}
                mine = {word for word in leaked if town.words.get(word.removeprefix("canary")) == person}
                if leaked - mine and person not in insiders:
                    yield f"leak: {sorted(leaked)} of INC-{number} was shown to {person}: {message.text[:160]!r}"
    for line in world.logs:
        if "canary" in line:
            yield f"log: words of a private incident: {line[:300]}"


def _words_of(record: Record) -> set[str]:
    return {word for e in record.entries for word in re.findall(r"canarytok\d+k", e.fact.model_dump_json())}


def _said_elsewhere(world: World, number: int) -> set[str]:
    """What whoever wrote it also said, themselves, in an incident that is open to all."""
    found: set[str] = set()
    for other, record in world.records.items():
        if other != number and not record.incident.private:
            for entry in record.entries:
                for word in re.findall(r"canarytok\d+k", entry.fact.model_dump_json()):
                    if world.town.words.get(word.removeprefix("canary")) == entry.by:
                        found.add(word)
    return found


def _insiders(town: Town, record: Record) -> set[str]:
    """Whoever is or was in its channel, or was put to work in it."""
    incident = record.incident
    channel = town.slack.ws.channels.get(incident.channel or "")
    room = set(channel.members) if channel else set()
    joined = {m.user for m in town.slack.ws.messages.get(incident.channel or "", ()) if m.is_system}
    asked = {person for ask in incident.asks for person in ask.people}
    hands = {incident.declared_by, incident.primary, incident.secondary, incident.responder, *incident.roles.values()}
    return {p for p in (*room, *joined, *asked, *hands, *incident.participants, *incident.added) if p}


def _may_read(town: Town, channel: str, record: Record, insiders: set[str], leaked: set[str]) -> bool:
    if channel == record.incident.channel or town.watch.rooms.get(channel) == record.incident.id:
        return True
    place = town.slack.ws.channels[channel]
    if place.kind != "im":
        return False
    readers = {member for member in place.members if member != town.slack.bot_user_id}
    wrote = {town.words.get(word.removeprefix("canary")) for word in leaked}
    return readers <= insiders | {w for w in wrote if w}
