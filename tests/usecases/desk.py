"""A team with an empty database: what people, the clock and Slack do, one transaction each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Rotation
from bot.domain.evolve import fold
from bot.domain.incident import Incident
from bot.domain.message import KINDS
from bot.domain.scribe import Audiences
from bot.store import clocks, facts, incidents, outbox
from bot.store.session import Database
from bot.store.tables import clocks as clock_rows
from bot.store.tables import outbox as outbox_rows
from bot.usecases.act import act, fire_clocks
from bot.usecases.declare import declare
from bot.usecases.delivered import delivered, refused
from bot.usecases.record import Done
from bot.usecases.team import Team
from tests.domain.life import ANA, BEA, CAR, DIR, EVE, MONDAY, SME, TEC, ZONE, default

OWNER = "worker-1"


def team() -> Team:
    """Ana is primary and Car secondary on call, Bea leads, Tec and Sme are level 2, Dir is management."""
    week: dict[str, Any] = {"starts": MONDAY.date(), "timezone": ZONE}
    return Team(
        protocol=default(),
        rotations={
            "primary": Rotation(name="primary", members=(ANA,), **week),
            "secondary": Rotation(name="secondary", members=(CAR,), **week),
        },
        directory={"incident-manager": (BEA,), "level-2": (TEC, SME), "level-3": (EVE,), "director": (DIR,)},
        audiences=Audiences(team="C0TEAM", stakeholders="C0BIZ"),
    )


@dataclass
class Desk:
    """One process of the bot. `now` is business time and stands until somebody moves it."""

    db: Database
    team: Team = field(default_factory=team)
    now: datetime = MONDAY
    ts: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def declare(self, title: str = "Orders mart is stale", by: str = EVE, **more: Any) -> Done:
        key = more.pop("key", None)
        request, caller = r.Declare(title, **{"severity": "P1", **more}), Caller(by, "slash")
        return self.db.run_sync(lambda s: declare(s, self.team, request, caller, self.now, key=key))

    def act(self, number: int, request: r.Request, by: str | None = ANA, via: f.Door = "slash", **more: Any) -> Done:
        caller = Caller(by, via)
        return self.db.run_sync(lambda s: act(s, self.team, number, request, caller, self.now, **more))

    def tick(self, number: int) -> Done | None:
        return self.db.run_sync(lambda s: fire_clocks(s, self.team, number, self.now))

    def claim(self, limit: int = 100) -> list[outbox.Row]:
        return self.db.run_sync(lambda s: outbox.claim(s, OWNER, limit=limit, lease_seconds=60, kinds=list(KINDS)))

    def arrive(self, row: outbox.Row) -> bool:
        """Slack took it."""
        message = row.message
        number, slot = row.incident or 0, None
        news: r.ChannelIs | r.Informed | None = None
        if message.fills:
            slot = outbox.Slot(incident=number, name=message.fills, channel=f"C{number}", ts=f"{next(self.ts)}.0")
        if message.kind == "open_channel":
            news = r.ChannelIs(f"C{number}", f"inc-{number}")
        elif message.kind == "management":
            news = r.Informed(message.args["to"])
        return self.db.run_sync(lambda s: delivered(s, self.team, row, OWNER, self.now, slot=slot, news=news))

    def bounce(self, row: outbox.Row, error: str) -> bool:
        """Slack refused it for good."""
        return self.db.run_sync(lambda s: refused(s, self.team, row, OWNER, error, self.now))

    def deliver(self) -> list[outbox.Row]:
        """Everything arrives that can, in the order in which it may."""
        sent: list[outbox.Row] = []
        while rows := self.claim():
            for row in rows:
                assert self.arrive(row)
            sent += rows
        return sent

    # ------------------------------------------------------------------------------------------------ looking

    def row(self, number: int) -> Incident:
        found = self.db.run_sync(lambda s: incidents.load(s, number))
        assert found is not None
        return found

    def entries(self, number: int) -> list[f.Entry]:
        return self.db.run_sync(lambda s: facts.entries(s, number))

    def kinds(self, number: int) -> list[str]:
        return [each.fact.kind for each in self.entries(number)]

    def problems(self, number: int) -> list[str]:
        return self.db.run_sync(lambda s: facts.verify(s, number))

    def clock_table(self, number: int) -> list[clocks.Due]:
        query = sa.select(clock_rows).where(clock_rows.c.incident == number)
        return self.db.run_sync(lambda s: [clocks.Due.model_validate(row) for row in s.conn.execute(query)])

    def outbox(self, number: int) -> list[Any]:
        """The outbox rows of an incident in their order."""
        query = sa.select(outbox_rows).where(outbox_rows.c.incident == number).order_by(outbox_rows.c.position)
        return self.db.run_sync(lambda s: list(s.conn.execute(query)))

    def states(self, number: int, kind: str) -> list[str]:
        return [row.state for row in self.outbox(number) if row.kind == kind]

    def assert_whole(self, number: int) -> None:
        """The row is the fold of the facts, they are in order, and the chain verifies."""
        told = self.entries(number)
        assert [each.seq for each in told] == list(range(1, len(told) + 1))
        assert fold(told) == self.row(number)
        assert self.problems(number) == []
