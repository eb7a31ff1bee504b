"""What the protocol says apart from any incident, read privately: what counts as an incident, how bad is how bad, what
kinds there are, whom to reach in an emergency, and what the team wants to be true of its response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.protocol import Category, Protocol
from bot.domain.protocol.parts import Severity
from bot.views.blocks import context, post, section
from bot.views.scene import Post
from bot.views.words import Safe, joined, lines, say


def told(protocol: Protocol, reached: Mapping[str, Sequence[str]]) -> Post:
    """The whole of it. `reached` says who stands behind each contact, by name."""
    head = say("protocol_page.head", protocol=protocol, title=protocol.title)
    contacts = [_contact(one.title, reached.get(one.name, ())) for one in protocol.contacts]
    parts = [
        _part("counts", [say("protocol_page.item", text=text) for text in protocol.definition.counts]),
        _part("severities", [_severity(one) for one in protocol.severities]),
        _part("categories", [_category(one) for one in protocol.categories]),
        _part("contacts", contacts),
        _part("principles", [say("protocol_page.item", text=text) for text in protocol.principles]),
    ]
    drawn = [part for part in parts if part]
    small = say("protocol_page.source", protocol=protocol)
    return post(joined([head, *drawn, small], by="\n"), section(head), map(section, drawn), context(small))


def _part(name: str, items: Sequence[Safe]) -> Safe:
    return lines(say(f"protocol_page.{name}"), *items) if items else Safe("")


def _severity(one: Severity) -> Safe:
    return say("protocol_page.severity", one=one, examples="; ".join(one.examples))


def _category(one: Category) -> Safe:
    usual = f"{one.severity} to {one.down_to}" if one.down_to else one.severity or ""
    return say("protocol_page.category", one=one, usual=usual)


def _contact(title: str, people: Sequence[str]) -> Safe:
    return say("protocol_page.contact", title=title, people=", ".join(people))
