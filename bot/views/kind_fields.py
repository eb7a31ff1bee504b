"""The fields about what kind of incident it is and where it happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import InputBlock, Option

from bot.domain.protocol import Category, Protocol
from bot.views.form_fields import Field, menu, pick_one, several

ENVIRONMENTS = ("production", "staging", "development")
"""Where an incident may be, where the protocol does not say."""

DETECTIONS = ("user report", "monitoring alert", "data quality check", "noticed by an engineer")
"""How incidents are noticed, where the protocol does not say."""

USER = "user"
"""The way of being noticed that is chosen unless somebody says otherwise, where a protocol has it."""

OF_THE_PROTOCOL = (Field.SEVERITY, Field.CATEGORY, Field.ENVIRONMENT, Field.DETECTION)
"""Fields whose options differ from protocol to protocol."""

MENU_MOST = 100
"""Options of a menu. Source: Slack, static_select."""


def kind(protocol: Protocol) -> Iterator[InputBlock]:
    """*Category*, where the protocol has any; the first chosen is the main one."""
    if protocol.categories:
        options = [pick_one(one.title, one.name, _usually(one)) for one in protocol.categories]
        yield several(Field.CATEGORY, "Category", options, hint="The first one chosen is the main one.")


def _usually(category: Category) -> str:
    """The severity that is typical for it, of a range both ends, and what it is."""
    ends = " to ".join(filter(None, (category.severity, category.down_to)))
    return " · ".join(filter(None, (ends and f"typically {ends}", category.description)))


def choosable(fields: Sequence[InputBlock], protocol: Protocol, choices: Sequence[tuple[str, str]]) -> list[InputBlock]:
    """The same fields after *Protocol*. Those whose options are the protocol's are named after it, so that Slack does
    not keep an answer that another protocol has not (`read_forms.plain` reads them)."""
    first, *others = fields
    for one in others:
        if one.block_id in OF_THE_PROTOCOL:
            one.block_id = f"{one.block_id}@{protocol.name}"
    options = [pick_one(title, name) for name, title in choices[:MENU_MOST]]
    menu_of_them = menu(Field.PROTOCOL, "Protocol", options, chosen=protocol.name, needed=True, heard=True)
    return [first, menu_of_them, *others]


def place(protocol: Protocol, chosen: str | None = None) -> InputBlock:
    """*Environment*; each option says what is softer there."""
    options = _places(protocol)
    return menu(Field.ENVIRONMENT, "Environment", options, chosen=chosen or options[0].value)


def noticed(protocol: Protocol) -> InputBlock:
    """*How it was detected*: the ways the protocol names; a person who declares has most likely been told by a user."""
    ways = [pick_one(one.title, one.title, one.description) for one in protocol.detection]
    chosen = next((one.title for one in protocol.detection if one.name == USER), None)
    if not ways:
        ways, chosen = [pick_one(one, one) for one in DETECTIONS], DETECTIONS[0]
    return menu(Field.DETECTION, "How it was detected", ways[:MENU_MOST], chosen=chosen, placeholder=DETECTIONS[0])


def _places(protocol: Protocol) -> list[Option]:
    if not protocol.environments:
        return [pick_one(name, name) for name in ENVIRONMENTS]
    return [
        pick_one(one.name, one.name, one.description or _softer(one.name, protocol)) for one in protocol.environments
    ]


def _softer(name: str, protocol: Protocol) -> str:
    first = protocol.of_rank(1).name
    counted = protocol.counted_as(first, name)
    return f"{first} counts as {counted} there" if counted != first else ""
