"""What a protocol says around an incident: what counts as one, how it is noticed, what is reviewed when, and who else
is to be known. As with all parts, whatever is added here needs a default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.calendar import WallTime, parse_days, parse_wall
from bot.domain.duration import OptionalDuration, parse
from bot.domain.protocol.parts import Sourced

ASSET_OWNERS = "asset-owners"
"""The name by which a protocol means whoever owns what is affected."""

ASSET_READERS = "asset-consumers"
"""The name by which a protocol means the channels and people who read what is affected."""

CATEGORY_TEAM = "category-team"
"""The name by which a protocol means the team that is called for the incident's categories."""

STAND_INS = (ASSET_OWNERS, ASSET_READERS, CATEGORY_TEAM)
"""Names that mean somebody else in each incident, and so stand in no directory."""


class Definition(Sourced):
    """What counts as an incident."""

    text: str = ""
    counts: tuple[str, ...] = ()


class Source(Sourced):
    """A way in which incidents are noticed; offered when one is declared."""

    name: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=75)
    description: str = ""


class Meeting(Sourced):
    """The postmortem: who takes part, what is talked about, what the document holds."""

    attendees: tuple[str, ...] = ()
    """Roles, names of the directory, `asset-owners` or `asset-consumers`."""
    agenda: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


class Standup(Sourced):
    """The daily meeting: what is announced by `digest` is told then."""

    at: WallTime = parse_wall("09:30")
    days: Annotated[tuple[int, ...], BeforeValidator(parse_days)] = (0, 1, 2, 3, 4)


class Review(Sourced):
    """How often the protocol itself is looked at again, and by whom."""

    every: Literal["month", "quarter", "year", "none"] = "none"
    by: tuple[str, ...] = ()
    """Roles or names of the directory."""


class Duty(Sourced):
    """What the protocol asks of being on call."""

    handover: OptionalDuration = parse("30m")
    """How long before the handoff the next one is told what is open; `none` is not at all."""
    review: bool = False
    """Whether whoever goes is asked how it was."""
    published: Literal["month", "none"] = "none"
    """How often the schedule is posted for everybody."""


class Ticket(Sourced):
    """The tracker in which an incident has a ticket, and what its keys look like: `#` is a digit."""

    pattern: str = Field(min_length=3, max_length=40)
    where: str = ""


class Contact(Sourced):
    """Somebody to reach in an emergency, by a name of the directory."""

    name: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=75)
    who: str = ""


class Around(BaseModel):
    """What a protocol has of these."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    definition: Definition = Definition()
    detection: tuple[Source, ...] = ()
    postmortem: Meeting = Meeting()
    standup: Standup = Standup()
    review: Review = Review()
    duty: Duty = Duty()
    ticket: Ticket | None = None
    contacts: tuple[Contact, ...] = ()
    principles: tuple[str, ...] = ()
    """What the team wants to be true of its response; shown in the help and the postmortem."""
    accept: dict[str, str] = {}
    """Findings of `sitrep protocol check` that are meant so: finding → why."""
