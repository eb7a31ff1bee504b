"""The fields about what kind of incident it is and where it happens."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import InputBlock, Option

from bot.domain.protocol import Protocol
from bot.views.form_fields import Field, menu, pick_one, several

ENVIRONMENTS = ("production", "staging", "development")
"""Where an incident may be, where the protocol does not say."""


def kind(protocol: Protocol) -> Iterator[InputBlock]:
    """*Category*, where the protocol has any; the first chosen is the main one."""
    if protocol.categories:
        options = [pick_one(one.title, one.name, one.description) for one in protocol.categories]
        yield several(Field.CATEGORY, "Category", options, hint="The first one chosen is the main one.")


def place(protocol: Protocol, chosen: str | None = None) -> InputBlock:
    """*Environment*; each option says what is softer there."""
    options = _places(protocol)
    return menu(Field.ENVIRONMENT, "Environment", options, chosen=chosen or options[0].value)


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
