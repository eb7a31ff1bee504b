"""`react`: what must be said and done outside because of a fact. Everything the bot ever does to Slack starts here."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import fact as f
from bot.domain.clocks import clocks
from bot.domain.incident import Ask, Incident
from bot.domain.message import CARD, CHANNEL, NOTICE, STAKEHOLDERS, Message
from bot.domain.protocol import Protocol


def _posts(ask: Ask | f.Asked) -> bool:
    """Whether an ask posts a reminder of its own, with buttons; what follows it goes to that reminder's thread."""
    return ask.how == "due" or ask.step == "page"


@dataclass(frozen=True)
class Audiences:
    """The channels outside the incident's own, by name or id; None where there is none."""

    team: str | None = None
    stakeholders: str | None = None


@dataclass(frozen=True)
class _Scribe:
    """Writes messages about one fact: the incident as it is after it, its protocol and who may read."""

    entry: f.Entry
    incident: Incident
    protocol: Protocol
    audiences: Audiences

    def message(self, kind: str, lane: str, **more: object) -> Message:
        rank = self.protocol.severity(self.incident.severity).rank
        return Message.model_validate({"kind": kind, "lane": lane, "seq": self.entry.seq, "rank": rank, **more})

    def inside(self, kind: str, lane: str = "posts", **more: object) -> Message:
        """Something in the incident's channel, after the channel is there."""
        needs = (CHANNEL, *more.pop("needs", ()))  # type: ignore[misc]
        return self.message(kind, f"inc-{self.incident.id}:{lane}", needs=needs, **more)

    def card(self) -> Message:
        return self.inside("card", fills=CARD, standing=True)

    def topic(self) -> Message:
        return self.inside("topic", "topic", standing=True)

    def statement(self) -> Message:
        return self.inside("say")

    def bring(self, *people: str | None) -> list[Message]:
        wanted = [p for p in dict.fromkeys(people) if p]
        return [self.inside("invite", "invite", args={"people": wanted})] if wanted else []

    def invite(self, *people: str | None) -> list[Message]:
        """Brings in whoever was not brought in before."""
        now = self.incident
        asks = (a for a in now.asks if a.how not in ("early", "direct"))
        calls = [*((a.at, a.people) for a in asks), *((e.at, e.people) for e in now.escalations)]
        asked = {p for at, people in calls if at < self.entry.at for p in people}
        inside = {now.declared_by, now.primary, *now.roles.values(), *asked}
        return self.bring(*(p for p in people if p not in inside))

    def ask_directly(self, ask: Ask) -> list[Message]:
        """The same ask by direct message: it stands there, and shrinks to a line when it is answered."""
        return [
            self.message(
                "tell",
                f"to:{person}",
                fills=f"direct-{ask.seq}:{person}",
                standing=True,
                args={"person": person, "what": "asked", "ask": ask.seq},
            )
            for person in ask.people
        ]

    def tell(self, *people: str, what: str) -> list[Message]:
        return [self.message("tell", f"to:{p}", args={"person": p, "what": what}) for p in dict.fromkeys(people)]

    @property
    def _announced(self) -> bool:
        ever = any(self._announces(grade.severity) for grade in self.incident.severities)
        return bool(self.audiences.team) and not self.incident.private and ever

    def _announces(self, severity: str) -> bool:
        return self.protocol.severity(severity).announce == "channel"

    def team(self, *kinds: str) -> list[Message]:
        """To the announcement channel: `notice` stands there, `news` goes to its thread, `turning` is a new line."""
        if not self._announced:
            return []
        args = {"channel": self.audiences.team}
        shape: dict[str, dict[str, object]] = {
            "notice": {"fills": NOTICE, "standing": True, "needs": self._link},
            "news": {"needs": (NOTICE,)},
            "turning": {},
        }
        return [self.message(kind, f"inc-{self.incident.id}:team", args=args, **shape[kind]) for kind in kinds]

    @property
    def _link(self) -> tuple[str, ...]:
        """What is said outside leads to the channel, so it waits for it, unless Slack refused it."""
        return (CHANNEL,) if self.incident.channel is None and self.incident.channel_error is None else ()

    def management(self, *, anew: bool = False) -> list[Message]:
        """What management reads stands in one place; that it is over, or begins again, is said `anew`."""
        slots = [(one, f"management:{one}") for one in self.incident.management_to]
        return [
            self.message("management", f"to:{one}", args={"to": one}, fills=slot, standing=not anew)
            for one, slot in slots
        ]

    def stakeholders(self, *, anew: bool = False) -> list[Message]:
        """Built only from the impact somebody stated; nothing is said before there is one. What is unchanged for them
        is edited, what is new to them is said `anew`."""
        grades = (self.protocol.severity(g.severity) for g in self.incident.severities)
        told = bool(self.audiences.stakeholders) and not self.incident.private and any(g.stakeholders for g in grades)
        if not told or not self.incident.impact:
            return []
        args = {"channel": self.audiences.stakeholders}
        lane = f"inc-{self.incident.id}:stakeholders"
        return [self.message("stakeholders", lane, args=args, fills=STAKEHOLDERS, standing=not anew)]

    def reminders(self) -> list[Message]:
        """Reminders that this fact answered: each asks what is left, or shrinks to a line, wherever it stands."""
        found = {c.name: c for c in clocks(self.incident, self.protocol)}
        answered: list[Message] = []
        for ask in self.incident.asks:
            mine = [found[c.key, c.occurrence] for c in ask.covers if (c.key, c.occurrence) in found]
            if any(self.entry.at in (c.kept_at, c.stopped_at) for c in mine):
                answered += [self.reminder(ask)] if _posts(ask) else []
                answered += self.ask_directly(ask)
        return answered

    def reminder(self, ask: Ask) -> Message:
        return self.inside("ask", fills=slot_of(ask.seq), standing=True, args={"ask": ask.seq})

    def react(self) -> list[Message]:
        """What follows from what, on one screen."""
        match self.entry.fact:
            case f.Declared():
                return _opening(self)
            case f.OnCallNamed(primary=primary, secondary=secondary):
                rank = self.protocol.severity(self.incident.severity).rank
                return self.bring(primary, secondary if rank <= 2 else None)
            case f.RoleAssigned(role=_, person=person):
                return [*self.bring(person), self.card(), *self.team("notice")]
            case f.ChannelOpened():
                asked = [message for ask in self.incident.asks for message in self.ask_directly(ask)]
                return [*asked, *self.management(), *self.team("notice")]  # what did not wait for it now leads to it
            case f.ChannelRefused():
                return [*_to_declarer(self, "channel_refused"), *self.team("notice")]
            case f.ChannelRetried():
                return []  # the use case revives what was parked
            case f.Acknowledged():
                return [*self.invite(self.entry.by), self.card(), *self.team("notice"), *self.reminders()]
            case f.SeverityConfirmed():
                return [self.card(), *self.reminders()]
            case f.SeverityChanged(raised=raised):
                high = raised and self.protocol.severity(self.incident.severity).rank <= 2
                known = any(self._announces(grade.severity) for grade in self.incident.severities[:-1])
                said = [self.statement(), self.card(), self.topic(), *self.reminders()]
                outside = self.team("notice", *(["turning" if high else "news"] if known else []))
                return [*said, *outside, *self.stakeholders(), *self.management()]
            case f.ImpactStated(with_update=with_update):
                turned = ["turning"] if self.incident.data_turned == self.entry.seq else []
                outside = self.team("notice", *(turned or ([] if with_update else ["news"])))
                told = [*self.stakeholders(anew=True), *self.management()]
                return [self.statement(), self.card(), *outside, *told, *self.reminders()]
            case f.UpdatePosted(no_change=True):
                return [self.card(), *self.team("notice"), *self.reminders()]
            case f.UpdatePosted(with_impact=with_impact):
                said = [] if with_impact else [self.statement()]
                outside = [*self.team("notice", "news"), *self.stakeholders()]
                return [*said, self.card(), *outside, *self.reminders()]
            case f.PhaseMoved():
                return [self.card(), self.topic(), *self.team("notice"), *self.reminders()]
            case (
                f.NoteAdded() | f.Heard() | f.ManagementInformed() | f.MarkedMessageEdited() | f.MarkedMessageDeleted()
            ):
                return []
            case f.Snoozed():
                return [self.card()]
            case f.Asked() as asked:
                return _asking(self, asked)
            case f.AskDeclined():
                return []  # the ask that follows it speaks
            case f.Escalated(people=people):
                return [*self.invite(*people), self.statement(), self.card(), *self.tell(*people, what="escalated")]
            case f.ManagementCalled():
                return self.management() or [self.statement()]
            case f.Resolved() | f.Reopened() | f.Cancelled():
                return [*_turned(self), *self.management(anew=True)]
            case f.Closed():
                return _closing(self)
            case f.MessageMarked(channel=channel, ts=ts):
                return [self.message("confirm_mark", f"react:{channel}", args={"channel": channel, "ts": ts})]
            case f.MarkRetracted(channel=channel, ts=ts):
                return [self.message("unconfirm_mark", f"react:{channel}", args={"channel": channel, "ts": ts})]
            case f.DeliveryRefused():
                return _to_declarer(self, "delivery_refused")
            case _:
                raise TypeError(f"no reaction is written for a fact of kind {self.entry.fact.kind}")


def slot_of(ask: int) -> str:
    """The slot of the reminder that the ask of this seq posted."""
    return f"ask-{ask}"


def thread_of(covers: tuple[f.Covered, ...], incident: Incident, before: int) -> int | None:
    """The seq of the last posted reminder about the same promise, whose thread an ask climbs in."""
    mine = set(covers)
    posted = (a.seq for a in reversed(incident.asks) if a.seq < before and _posts(a) and mine & set(a.covers))
    return next(posted, None)


def react(entry: f.Entry, incident: Incident, protocol: Protocol, audiences: Audiences) -> list[Message]:
    """The messages that follow from a fact; `incident` is the incident after it."""
    return _Scribe(entry, incident, protocol, audiences).react()


def _opening(s: _Scribe) -> list[Message]:
    """Create, then invite ∥ card: the declarer has both after two calls in a row. The rest goes out beside them."""
    number = s.incident.id
    return [
        s.message("open_channel", f"inc-{number}:create", fills=CHANNEL),
        *([s.inside("invite", "declarer", args={"people": [s.entry.by]})] if s.entry.by else []),
        s.card(),
        s.inside("pin", "pin", needs=(CARD,)),
        s.inside("bookmark", "bookmark", needs=(CARD,)),
        s.topic(),
        *s.team("notice"),
    ]


def _to_declarer(s: _Scribe, what: str) -> list[Message]:
    return s.tell(s.incident.declared_by, what=what) if s.incident.declared_by else []


def _asking(s: _Scribe, asked: f.Asked) -> list[Message]:
    ask = next(a for a in s.incident.asks if a.seq == s.entry.seq)
    told = s.ask_directly(ask)
    if asked.how in ("early", "direct"):
        return told
    if _posts(asked):
        return [*s.invite(*asked.people), s.reminder(ask), s.card(), *told]
    if not asked.people and _said_nobody(s, asked):
        return []
    parent = thread_of(asked.covers, s.incident, s.entry.seq)
    needs = (slot_of(parent),) if parent else ()
    climb = s.inside("climb", needs=needs, args={"ask": s.entry.seq, "parent": parent})
    return [*s.invite(*asked.people), *told, climb]


def _said_nobody(s: _Scribe, asked: f.Asked) -> bool:
    """That nobody else can be asked about a promise is said once; then the bot is silent (product §5)."""
    earlier = (a for a in s.incident.asks if a.seq < s.entry.seq and not a.people and a.how not in ("early", "direct"))
    return any(set(a.covers) & set(asked.covers) for a in earlier)


def _turned(s: _Scribe) -> list[Message]:
    """Resolved, reopened, cancelled: everybody who was told hears it."""
    kinds = ("notice", "news") if isinstance(s.entry.fact, f.Cancelled) else ("notice", "turning")
    return [s.statement(), s.card(), s.topic(), *s.team(*kinds), *s.stakeholders(anew=True), *s.reminders()]


def _closing(s: _Scribe) -> list[Message]:
    slot = f"summary-{s.entry.seq}"
    return [
        s.inside("say", fills=slot),
        s.inside("scorecard", needs=(slot,), args={"thread": slot}),
        s.inside("attach_timeline", "files", needs=(slot,), args={"thread": slot}),
        s.card(),
        s.topic(),
        *s.team("notice", "news"),
        *s.reminders(),
    ]
