"""The values an incident is made of. Times are aware UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.domain import fact as f


class Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Graded(Value):
    """A severity in an environment and since when it has been in force; `raised` (its promises became stricter) is
    False for the first."""

    at: datetime
    severity: str
    raised: bool = False
    environment: str = "production"


class Step(Value):
    """A phase and since when."""

    at: datetime
    phase: str
    stage: Literal["triage", "active", "monitoring"]


class News(Value):
    """One update: any door counts, `No change` too."""

    at: datetime
    by: str | None
    text: str
    seq: int
    no_change: bool = False
    told_at: int = 0  # seq of the entry whose post tells it: its own, or that of the impact said with it
    source: tuple[str, str] | None = None  # channel and ts of the message that was sent as this update


class Ask(Value):
    """One time the bot asked about promises: what, which step, whom. `seq` is the fact's."""

    seq: int
    at: datetime
    covers: tuple[f.Covered, ...]
    step: str
    how: str
    people: tuple[str, ...]
    due: datetime
    clause: str
    handed_at: datetime | None = None  # when it went to other people


class Snooze(Value):
    at: datetime
    until: datetime
    by: str | None
    why: str


class Pause(Value):
    """Time that counts on no clock: from resolved, closed or cancelled until reopened."""

    start: datetime
    end: datetime | None = None
    resolved: bool = False  # it began by resolving, which was the last news


class Escalation(Value):
    """`team`: the team that was called for the kind of incident it is, beside the ladder."""

    at: datetime
    level: int
    people: tuple[str, ...]
    team: str | None = None


class Told(Value):
    """Who was told behind one name of the protocol because it was of this severity, and how."""

    seq: int
    at: datetime
    severity: str
    word: f.Word


class Assembly(Value):
    """When and where people meet for the postmortem, and who."""

    at: datetime
    where: str = ""
    attendees: tuple[str, ...] = ()
    clause: str = ""


class Cover(Value):
    """Until then `stand_in` is asked whenever `person` would be."""

    at: datetime
    until: datetime
    person: str
    stand_in: str


class Call(Value):
    """Somebody was paged by a person (`by`); `answered_at` is when they first did anything here afterwards."""

    seq: int
    at: datetime
    by: str | None
    person: str
    why: str = ""
    instead_of: int | None = None
    answered_at: datetime | None = None
    answered: int = 0  # seq of that entry


class Hold(Value):
    at: datetime
    until: datetime
    by: str | None
    why: str


class Question(Value):
    """A question from the announcement's thread; `seq` is its number."""

    seq: int
    at: datetime
    author: str
    channel: str
    thread: str
    text: str
    answered_by: str | None = None
    answered_at: datetime | None = None


class Link(Value):
    """Another incident, what this one is to it, and its channel where it had one."""

    other: int
    how: f.Tie
    channel: str | None = None


class BookRun(Value):
    """A runbook somebody works by; `seq` is the fact's. What is ticked of it stands among the incident's ticks."""

    seq: int
    at: datetime
    by: str | None
    runbook: str


class Exploration(Value):
    """A cause looked for by a technique: (prompt, answer) of what was answered."""

    seq: int
    at: datetime
    by: str | None
    technique: str
    answers: tuple[tuple[str, str], ...]


class Theory(Value):
    """What may have caused it. `judged` is the seq of the entry that said so."""

    seq: int
    at: datetime
    by: str | None
    text: str
    verdict: Literal["proposed", "confirmed", "rejected"] = "proposed"
    part: Literal["primary", "contributing"] | None = None
    why: str = ""
    judged_by: str | None = None


class Todo(Value):
    """Something to do: a `task` while it lasts, or an action item for afterwards. `source`: the channel and ts of the
    message it was made from."""

    seq: int
    at: datetime
    by: str | None
    text: str
    owner: str | None = None
    due: date | None = None
    task: bool = False
    source: tuple[str, str] | None = None
    ended_at: datetime | None = None
    done: bool = False
    why: str = ""

    @property
    def open(self) -> bool:
        return self.ended_at is None


class Tick(Value):
    """One thing ticked off a list, by whom and when; `seq` is the fact's."""

    sheet: str
    item: str
    at: datetime
    by: str | None
    seq: int


class Mark(Value):
    channel: str
    ts: str
    seq: int
    by: str | None


class Backfill(Value):
    """One line of the backfill ledger; `seq` is the fact's. People name it by its place in the ledger, from 1."""

    seq: int
    what: str
    since: datetime | None = None
    until: datetime | None = None
    owner: str | None = None
    recipe: str = ""  # the protocol's, by which it is done
    ended_at: datetime | None = None
    done: bool = False


class SeverityRequest(Value):
    """Somebody who may not re-grade asked for a severity. `answered` is the seq of the entry that answered it."""

    seq: int
    at: datetime
    by: str | None
    severity: str
    why: str = ""
    state: Literal["waiting", "accepted", "declined"] = "waiting"
    answered: int = 0
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str = ""


class Offer(Value):
    """A newer protocol that the incident's people were told of; `digest` is that one's."""

    seq: int
    at: datetime
    protocol: str
    digest: str
    adopted_at: datetime | None = None
    adopted_by: str | None = None


class Proposal(Value):
    """A planned change that needs approval; `seq` is the fact's, people name it by its place among the plans, from 1.
    `people` were asked to approve it, `replaces` is the plan it changes, `answered` the seq of the entry that decided
    it."""

    seq: int
    at: datetime
    by: str | None
    what: str
    why: str = ""
    risk: str = ""
    rollback: str = ""
    environment: str = "production"
    people: tuple[str, ...] = ()
    replaces: int | None = None
    step: str = ""  # of which list it is the plan: sheet and item
    state: Literal["waiting", "approved", "rejected", "replaced", "went ahead"] = "waiting"
    answered: int = 0
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str = ""
