"""The data axis: what can be said of the data, since when, and how it is made right."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from bot.domain.fact.base import Fact, Prose


class OfData(Fact):
    """A fact of the topic `domain/data.py`."""


class AffectedChanged(OfData):
    """Tables, dashboards and the like that turned out to be affected, or not; separated by commas."""

    kind = "affected_changed"
    added: Prose = ""
    removed: Prose = ""


class DataStated(OfData):
    """What can be said of the data. `since` and `until` bound what is wrong (for late data, `since` is up to when it is
    right); `trusted_from` is from when on figures are right again; `accepted_by` took the loss; `eta` is when it is
    expected to be right. `aside`: said in the same breath as what came before it, whose message tells it."""

    kind = "data_stated"
    state: str
    since: datetime | None = None
    until: datetime | None = None
    partitions: Prose = ""
    trusted_from: datetime | None = None
    accepted_by: str | None = None
    eta: datetime | None = None
    why: Prose = ""
    aside: bool = False


class BackfillPlanned(OfData):
    """One line of the backfill ledger; the entry's seq is its number. `recipe`: the protocol's by which it is done."""

    kind = "backfill_planned"
    v: int = 2
    what: Prose
    since: datetime | None = None
    until: datetime | None = None
    owner: str | None = None
    recipe: str = ""


class BackfillEnded(OfData):
    """Done, or dropped."""

    kind = "backfill_ended"
    backfill: int
    done: bool = True
    why: Prose = ""


class OwnersCalled(OfData):
    """Owners of affected assets are told now, once; `consumers` read from now on what stakeholders read. `assets` are
    the configuration's patterns; `owned` are those of each of the people."""

    kind = "owners_called"
    assets: tuple[str, ...]
    people: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    owned: dict[str, tuple[str, ...]] = Field(default_factory=dict)
