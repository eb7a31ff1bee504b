"""Help: every verb in a line, or one verb with all that can be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.views.blocks import Block, context, post, section
from bot.views.scene import Post
from bot.views.words import Safe, joined, say

PER_SECTION = 12
"""Verbs in one paragraph: as many as a phone shows at once."""


@dataclass(frozen=True)
class Verb:
    """What help needs to know of a verb. `usage` is what is typed after `/incident` (`update [text]`), `does` one
    sentence. The doors register each once, for dispatch and for this."""

    name: str
    aliases: tuple[str, ...]
    usage: str
    does: str


def overview(verbs: Sequence[Verb]) -> Post:
    """Every verb, in the order in which an incident needs them."""
    head, more = say("helps.head"), say("helps.more")
    lines = [say("helps.line", usage=verb.usage, does=verb.does) for verb in verbs]
    parts = (joined(lines[n : n + PER_SECTION], by="\n") for n in range(0, len(lines), PER_SECTION))
    drawn: list[Block] = [section(part) for part in parts]
    return post(joined([head, *lines, more], by="\n"), section(head), drawn, context(more))


def one(verb: Verb) -> Post:
    """One verb: how it is typed, what it does, what else it is called."""
    told = say("helps.one", usage=verb.usage, does=verb.does)
    other = joined((say("helps.alias", alias=alias) for alias in verb.aliases), by=", ")
    also = say("helps.also", aliases=other) if other else Safe("")
    return post(joined([told, also], by="\n"), section(told), context(also))
