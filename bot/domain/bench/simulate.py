"""The simulator: an incident that is made up, run through the same functions as a real one, in memory.

What the bot would record, ask and say follows from `declared`, `evolve`, `react`, `schedule` and `decide` as it does in
the running bot; here Slack always answers at once, and people do only what the plot says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.assets import Asset
from bot.domain.bench.loudness import Said
from bot.domain.bench.timetable import INCIDENT, Does, End, Line, Timetable
from bot.domain.caller import BOT, Caller
from bot.domain.decide import decide, declared
from bot.domain.duty.agenda import Handover, HowItWas, Item, Passing, Standup, agenda
from bot.domain.duty.oncall import ON_CALL, SECONDARY, Roster, Rotation
from bot.domain.evolve import evolve
from bot.domain.grounds import responsible
from bot.domain.incident import Incident
from bot.domain.message import Message, gathered
from bot.domain.promises.asking import schedule
from bot.domain.promises.clocks import Clock
from bot.domain.promises.scorecard import judged
from bot.domain.protocol import Protocol
from bot.domain.protocol.around import ASSET_OWNERS
from bot.domain.react import react
from bot.domain.scribe import Audiences

DAY = timedelta(hours=24)
DECLARER = "somebody"
"""Whoever declares what is made up, where it is nobody in particular: on no list."""

MOST_AT_ONCE = 25
"""Due steps recorded before what was recorded is said, as in the running bot."""

COURIER = Caller(None, "courier")

NAMED = (Handover, HowItWas, Passing, Standup)
"""What of the calendar people hear of during an incident."""

RosterAt = Callable[[datetime], Roster]


@dataclass(frozen=True)
class Plot:
    """What is made up. Somebody acknowledges and resolves it so long after it was declared, or nobody ever does;
    `until` is how long it is watched."""

    severity: str
    at: datetime
    acknowledged_after: timedelta | None = None
    resolved_after: timedelta | None = None
    until: timedelta = DAY
    environment: str = "production"
    category: str | None = None
    affected: str = "something"
    declarer: str = DECLARER


def simulated(
    plot: Plot,
    protocol: Protocol,
    roster: RosterAt,
    audiences: Audiences,
    rotations: Mapping[str, Rotation] | None = None,
) -> Timetable:
    """Play the plot until it is resolved, nothing more comes, or it was watched long enough; `rotations` are those
    whose handoffs may fall into it. Raises BadInput for a severity that the protocol does not have."""
    stage = _Stage(protocol, roster, audiences, plot)
    stage.declare()
    end = plot.at + plot.until
    hours = agenda((protocol,), rotations or {}, protocol.calendar, plot.at, end)
    todo: list[tuple[datetime, r.Request | Item]] = [(item.at, item) for item in hours if isinstance(item, NAMED)]
    todo += [(plot.at + after, act) for after, act in _acts(plot)]
    while (now := stage.next_at([at for at, _ in todo])) is not None and now <= end and stage.incident.running:
        stage.tick(now)
        for at, one in [(at, one) for at, one in todo if at <= now]:
            todo.remove((at, one))
            stage.happens(one)
            stage.tick(now)
    over: End = "resolved" if not stage.incident.running else "silent" if now is None else "cut"
    until = stage.now if over == "resolved" else end
    return Timetable(protocol.name, plot.severity, plot.at, tuple(stage.lines), over, until, stage.promises)


def _acts(plot: Plot) -> Iterator[tuple[timedelta, r.Request]]:
    if plot.acknowledged_after is not None:
        yield plot.acknowledged_after, r.Acknowledge()
    if plot.resolved_after is not None:
        yield plot.resolved_after, r.Resolve(fix="What was wrong is put right.", data="repaired")


def made_up_roster(protocol: Protocol) -> RosterAt:
    """Behind every name of the protocol one person of that name, and two rotations of one; everything has an owner
    where the protocol tells owners."""
    names = [name for name in protocol.directory_names() if name not in (ON_CALL, "primary", "secondary")]
    told = {one.who for severity in protocol.severities for one in severity.tell}
    owned = (Asset(pattern="*", owners=(ASSET_OWNERS,)),) if ASSET_OWNERS in told else ()
    behind: dict[str, tuple[str, ...]] = {name: (name,) for name in names}
    found = Roster(primary=ON_CALL, secondary="secondary", directory=behind, assets=owned)
    return lambda at: found


@dataclass
class _Stage:
    """The incident as it is by now, what has been said, and what is still to be said at this moment."""

    protocol: Protocol
    roster: RosterAt
    audiences: Audiences
    plot: Plot
    now: datetime = field(init=False)
    lines: list[Line] = field(default_factory=list)
    entries: list[f.Entry] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    filled: set[str | None] = field(default_factory=set)
    inside: set[str] = field(default_factory=set)
    _incident: Incident | None = None

    def __post_init__(self) -> None:
        self.now = self.plot.at

    @property
    def incident(self) -> Incident:
        if self._incident is None:
            raise ValueError("nothing was declared yet")
        return self._incident

    @property
    def promises(self) -> tuple[Clock, ...]:
        return judged(self.incident, self.protocol)

    def declare(self) -> None:
        plot = self.plot
        kinds = (plot.category,) if plot.category else ()
        where, what = plot.environment, plot.affected
        asked = r.Declare("Made up", plot.severity, what, where, categories=kinds, separate=True)
        caller = Caller(plot.declarer, "slash")
        facts = declared(asked, self.protocol, self.roster(self.now), caller, self.now)
        self.act("declares", asked, plot.declarer)
        self.record(facts, caller)
        self.tick(self.now)

    def next_at(self, acts: Sequence[datetime]) -> datetime | None:
        """When the next thing happens; None when nothing comes any more."""
        coming = [step.step.at for step in schedule(self.incident, self.protocol)]
        return max(min([*coming, *acts]), self.now) if coming or acts else None

    def tick(self, now: datetime) -> None:
        """Record what is due and say it, until nothing is."""
        self.now = now
        while True:
            settled = self.settle()
            self.deliver()
            if not settled:
                return

    def settle(self) -> bool:
        for done in range(MOST_AT_ONCE):
            due = decide(self.incident, r.Tick(), self.protocol, self.roster(self.now), BOT, self.now)
            if not due:
                return done > 0
            self.record(due, BOT)
        return True

    def happens(self, one: r.Request | Item) -> None:
        match one:
            case r.Acknowledge() | r.Resolve():
                self.person_does(one)
            case Standup():
                self.meet(one)
            case Passing():
                self.pass_on(one)
            case Handover(handoff=handoff):
                self.write(handoff.comes, one.clause, "handover")
                self.write(handoff.goes, one.clause, "handover")
            case HowItWas(handoff=handoff):
                self.write(handoff.goes, one.clause, "feedback")
            case _:
                raise TypeError(f"nothing happens by itself on {type(one).__name__}")

    def person_does(self, request: r.Request) -> None:
        """Whoever is at it does it: the responder, else whoever was asked last and may, else whoever declared it."""
        now = self.now
        roster = self.roster(now)
        asked = [person for ask in reversed(self.incident.asks) for person in ask.people]
        those = responsible(self.incident, self.protocol, roster)
        able = [p for p in (self.incident.responder, roster.primary, *asked) if p and p in those]
        person = (able or [self.plot.declarer])[0]
        if isinstance(request, r.Acknowledge) and not able:
            request = r.Acknowledge(take=True)
        caller = Caller(person, "slash")
        facts = decide(self.incident, request, self.protocol, roster, caller, now)
        self.act("acknowledges" if isinstance(request, r.Acknowledge) else "resolves", request, person)
        self.record(facts, caller)

    def act(self, does: Does, request: r.Request, person: str) -> None:
        self.lines.append(Line(self.now, does, "act", type(request).__name__, (person,)))

    def meet(self, standup: Standup) -> None:
        """The team reads at its stand-up of what is announced nowhere else."""
        severity = self.protocol.severity_in(self.incident.severity, self.incident.environment)
        if severity.announce == "digest" and self.audiences.team:
            place, clause = self.audiences.team, standup.clause
            line = Line(self.now, "tells", "post", "calendar", place=place, clause=clause, because="standup")
            self.lines.append(line)

    def pass_on(self, item: Passing) -> None:
        """Somebody else is on call from now on, and nobody has said yet that they have it."""
        handoff = item.handoff
        asked = not item.quiet and handoff.rotation != SECONDARY and self.protocol.duty.handover is not None
        claimed = False if asked else None
        changed = r.ChangeShift(handoff.rotation, handoff.goes, handoff.comes, claimed, item.clause)
        self.record(decide(self.incident, changed, self.protocol, self.roster(self.now), BOT, self.now), BOT)
        if asked:
            self.write(handoff.comes, item.clause, "handover")

    def write(self, person: str | None, clause: str, because: str) -> None:
        """What somebody reads directly that belongs to no incident."""
        if person:
            self.lines.append(Line(self.now, "tells", "direct", "calendar", (person,), clause=clause, because=because))

    # the record, and Slack

    def record(self, facts: Sequence[f.Fact], caller: Caller) -> None:
        said: list[Message] = []
        for fact in facts:
            seq = self._incident.seq + 1 if self._incident else 1
            entry = f.Entry(
                incident=1,
                seq=seq,
                at=self.now,
                recorded_at=self.now,
                by=caller.person,
                via=caller.via,
                fact=fact,
            )
            self._incident = evolve(self._incident, entry)
            self.entries.append(entry)
            said += react(entry, self._incident, self.protocol, self.audiences)
        self.waiting += gathered(said)

    def deliver(self) -> None:
        """Say everything; what is always current in one place is said once, as it is by then."""
        shown: set[str | None] = set()
        while self.waiting:
            message, *later = self.waiting
            slot = message.fills if message.standing else None
            newer = [m for m in later if slot and m.standing and m.fills == slot]
            self.waiting = [m for m in later if m not in newer]
            if slot not in shown:
                self.say(newer[-1] if newer else message)
            shown |= {slot} - {None}

    def say(self, message: Message) -> None:
        entry = next(e for e in self.entries if e.seq == message.seq)
        stands = message.fills in self.filled
        said = Said(message, entry, self.incident, self.protocol, stands, self.channels).line()
        new = [one for one in said.people if one not in self.inside] if said and said.how == "invite" else []
        if said is not None and (said.how != "invite" or new):
            line = replace(said, at=self.now, people=tuple(new) or said.people)
            self.lines.append(line)
            self.filled |= {message.fills} - {None}
        self.inside.update(new)
        self.hear(message)

    def hear(self, message: Message) -> None:
        """What the incident learns of Slack's answer."""
        heard: r.Request | None = None
        if message.kind == "open_channel":
            heard = r.ChannelIs(channel=INCIDENT, name=INCIDENT)
        if message.kind == "management":
            heard = r.Informed(recipient=message.args["to"])
        if heard is not None:
            facts = decide(self.incident, heard, self.protocol, self.roster(self.now), COURIER, self.now)
            self.record(facts, COURIER)

    @property
    def channels(self) -> frozenset[str]:
        return frozenset(one for those in self.roster(self.now).channels.values() for one in those)
