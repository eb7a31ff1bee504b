"""What people do by a protocol: steps and checklists, runbooks, recipes, ways to find a cause, advice when it goes
wrong. As with all parts, whatever is added here needs a default."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.duration import OptionalDuration
from bot.domain.protocol.parts import COMMAND_MOST, Item, Sourced, in_order, some_time

TITLE_MOST = 75
"""Characters of a list's title: it is drawn on buttons and in menus. Source: Slack, button and option objects."""

Trigger = Literal["reopened", "recurrence", "cause-unknown", "fix-fails"]
"""When advice is shown by itself: the incident is reopened; one of its kind was resolved lately; the cause is not known
after half the time until the escalation; somebody goes back from a later phase."""


class Checklist(Sourced):
    """Things to tick. It opens by itself, and may have a due time, which is a promise."""

    name: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=TITLE_MOST)
    opens: str = "declared"
    """The phase at which it opens, or `declared`, `resolved` or `closed`."""
    severities: tuple[str, ...] = ()
    """The severities at which it opens; none written: at all."""
    within: dict[str, OptionalDuration] = Field(default={})
    """Severity → how long until all of it is ticked; where there is none, as long as it takes."""
    reminds: dict[str, OptionalDuration] = Field(default={})
    """Severity → when people are reminded of it, where the document gives a range; else shortly before."""
    counts_from: Literal["opened", "detected"] = "opened"
    any_of: bool = False
    """Whether one tick is enough: the items are a choice."""
    items: tuple[Item, ...] = Field(min_length=1, max_length=40)

    @field_validator("within")
    @classmethod
    def _takes_some_time(cls, within: dict[str, timedelta | None]) -> dict[str, timedelta | None]:
        for promise in within.values():
            some_time(promise)
        return within

    @model_validator(mode="after")
    def _reminds_before_it_is_due(self) -> Self:
        in_order(self.reminds, self.within)
        return self


class Section(Sourced):
    """One part of a runbook, worked on in a phase."""

    name: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=TITLE_MOST)
    phase: str | None = None
    steps: tuple[Item, ...] = Field(min_length=1, max_length=40)


class Runbook(Sourced):
    """How one kind of fault is dealt with. Offered where one of its categories is the incident's, or one of its alarms
    or symptoms is in the words people used."""

    name: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=TITLE_MOST)
    description: str = ""
    categories: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    """Names of the alarms that call for it."""
    symptoms: tuple[str, ...] = ()
    sections: tuple[Section, ...] = Field(min_length=1, max_length=20)
    resolution: str = ""
    """What usually puts it right."""


class Recipe(Sourced):
    """A way to write data anew, to be copied and adapted."""

    name: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=TITLE_MOST)
    description: str = ""
    command: str = Field(min_length=1, max_length=COMMAND_MOST)
    check: str = Field(default="", max_length=COMMAND_MOST)
    """How to see that it worked."""


class Technique(Sourced):
    """A way to find a cause: questions or sides to think of, in order."""

    name: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=TITLE_MOST)
    prompts: tuple[str, ...] = Field(min_length=1, max_length=12)
    sides: bool = False
    """Whether each answer is a theory by itself; else the answers are a chain, and the last one is the theory."""


class Trouble(Sourced):
    """Advice for when it goes wrong."""

    name: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=TITLE_MOST)
    when: tuple[Trigger, ...] = ()
    """When it is shown by itself; it can always be asked for."""
    advice: tuple[str, ...] = Field(min_length=1, max_length=12)
    technique: str | None = None
    """The way to find a cause that it recommends."""


class Lists(BaseModel):
    """What a protocol has of these."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    questions: tuple[Item, ...] = ()
    """What is to be found out first."""
    checklists: tuple[Checklist, ...] = ()
    runbooks: tuple[Runbook, ...] = ()
    backfills: tuple[Recipe, ...] = ()
    techniques: tuple[Technique, ...] = ()
    troubleshooting: tuple[Trouble, ...] = ()

    def checklist(self, name: str) -> Checklist | None:
        """The checklist of this exact name, if there is one."""
        return next((one for one in self.checklists if one.name == name), None)

    def runbook(self, name: str) -> Runbook | None:
        """The runbook of this exact name, if there is one."""
        return next((one for one in self.runbooks if one.name == name), None)

    def technique(self, name: str) -> Technique | None:
        """The technique of this exact name, if there is one."""
        return next((one for one in self.techniques if one.name == name), None)
