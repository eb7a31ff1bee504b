"""Facts: what happened, once and for ever.

A fact's kind is never renamed and never given a second meaning; a changed shape gets a higher `v` and an upcaster in
`UPCASTERS`. `tests/domain/golden/facts.jsonl` holds one of every released kind and is replayed by the tests.
Fields of type `Prose` are people's own words (an empty string where they said nothing): the store keeps them apart
from the fact, so that they can be deleted while the chain of digests stays verifiable.

A topic that has rules of its own (people, grading, proposals, work, data, changes) marks its kinds with a class
`Of…`, by which `decide`, `evolve` and `react` hand them to that topic's module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.domain.fact.access import *
from bot.domain.fact.adoption import *
from bot.domain.fact.asking import *
from bot.domain.fact.base import *
from bot.domain.fact.changes import *
from bot.domain.fact.checklists import *
from bot.domain.fact.course import *
from bot.domain.fact.data import *
from bot.domain.fact.forgetting import *
from bot.domain.fact.grading import *
from bot.domain.fact.handover import *
from bot.domain.fact.marks import *
from bot.domain.fact.people import *
from bot.domain.fact.postmortem import *
from bot.domain.fact.proposals import *
from bot.domain.fact.runbooks import *
from bot.domain.fact.tellings import *
from bot.domain.fact.work import *


def _kinds(of: type[Fact]) -> Iterator[type[Fact]]:
    for each in of.__subclasses__():
        if "kind" in vars(each):
            yield each
        yield from _kinds(each)


KINDS: dict[str, type[Fact]] = {each.kind: each for each in _kinds(Fact)}
"""Every kind of fact by its name."""

UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("change_proposed", 1): lambda data: {**data, "v": 2, "step": ""},
    ("backfill_planned", 1): lambda data: {**data, "v": 2, "recipe": ""},
    ("cause_proposed", 1): lambda data: {**data, "v": 2, "aside": False},
}


class FromNewer(LookupError):
    """A newer version wrote this fact, and this one would have to guess what it means."""


def revive(kind: str, data: dict[str, Any]) -> Fact:
    """The fact stored as `data`, lifted to the newest shape of its kind. Raises FromNewer for a kind, a shape or a
    field that this version does not know: kinds are read one release before they are written."""
    if kind not in KINDS or data["v"] > KINDS[kind].model_fields["v"].default:
        raise FromNewer(f"{kind} v{data['v']}")
    while (kind, data["v"]) in UPCASTERS:
        data = UPCASTERS[kind, data["v"]](data)
    try:
        return KINDS[kind].model_validate(data)
    except ValidationError as error:
        if any(each["type"] == "extra_forbidden" for each in error.errors(include_url=False)):
            raise FromNewer(f"{kind} v{data['v']}") from error
        raise


class Entry(BaseModel):
    """A fact on an incident's timeline: when it happened, when it was recorded, who did it, through which door.

    `by` is a Slack user id, or None for the bot itself. `seq` starts at 1 and is the order; times never are.
    """

    model_config = ConfigDict(frozen=True)
    incident: int
    seq: int
    at: datetime
    recorded_at: datetime
    by: str | None
    via: Door
    fact: Fact
