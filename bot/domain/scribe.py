"""The scribe: writes messages about one fact, each to its audience and in its lane."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import fact as f
from bot.domain.incident import Ask, Graded, Incident
from bot.domain.message import CARD, CHANNEL, NOTICE, STAKEHOLDERS, Message
from bot.domain.promises.clocks import clocks, open_clocks
from bot.domain.protocol import Protocol
from bot.domain.rules import is_person


def posts(ask: Ask | f.Asked) -> bool:
    """Whether an ask posts a reminder of its own, with buttons; what follows it goes to that reminder's thread."""
    return ask.how == "due" or ask.step == "page"


def still_owed(ask: Ask, incident: Incident, protocol: Protocol) -> bool:
    """Whether anything that was asked for is still owed. A reminder of a kept promise is not sent."""
    owed = {clock.name for clock in open_clocks(incident, protocol)}
    return any((covered.key, covered.occurrence) in owed for covered in ask.covers)


def overtaken(ask: Ask, incident: Incident, person: str | None = None) -> bool:
    """Whether the same was asked again before this could be said, of the same people (`person`, where it is for one) or
    with a question of its own: after an outage only the latest is."""
    about = {(c.key, c.occurrence) for c in ask.covers}
    later = [a for a in incident.asks if a.seq > ask.seq and about <= {(c.key, c.occurrence) for c in a.covers}]
    if person is not None:
        return any(person in a.people for a in later)
    same = not posts(ask) and bool(ask.people)
    return any(posts(a) or (same and set(ask.people) <= set(a.people)) for a in later)


@dataclass(frozen=True)
class Audiences:
    """The channels outside the incident's own, by name or id; None where there is none."""

    team: str | None = None
    stakeholders: str | None = None


@dataclass(frozen=True)
class Scribe:
    """Writes messages about one fact: the incident as it is after it, its protocol and who may read."""

    entry: f.Entry
    incident: Incident
    protocol: Protocol
    audiences: Audiences

    def message(self, kind: str, lane: str, **more: object) -> Message:
        rank = self.protocol.severity_in(self.incident.severity, self.incident.environment).rank
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
        """What is said once in the incident's channel about this fact; its place is kept, so that it can be edited
        when it is taken back."""
        return self.inside("say", fills=f"say-{self.entry.seq}")

    def bring(self, *people: str | None) -> list[Message]:
        wanted = [p for p in dict.fromkeys(people) if p]
        return [self.inside("invite", "invite", args={"people": wanted, "by": self.entry.by})] if wanted else []

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
        return [self.asked_of(person, ask) for person in ask.people]

    def asked_of(self, person: str, ask: Ask) -> Message:
        slot = f"direct-{ask.seq}:{person}"
        args = {"person": person, "what": "asked", "ask": ask.seq}
        return self.message("tell", self._to(person), fills=slot, standing=True, args=args)

    def tell(self, *people: str, what: str, needs: tuple[str, ...] = ()) -> list[Message]:
        """A direct message about this fact; its place is kept, as a statement's is."""
        return [
            self.message(
                "tell",
                self._to(p, *needs),
                needs=needs,
                fills=f"tell-{self.entry.seq}:{p}",
                args={"person": p, "what": what},
            )
            for p in dict.fromkeys(people)
        ]

    def _to(self, one: str, *needs: str) -> str:
        """The lane of what one person reads of one incident: a page never waits for another incident's messages, nor
        for those that wait for a channel."""
        return ":".join([f"inc-{self.incident.id}:to", one, *needs])

    @property
    def _announced(self) -> bool:
        ever = any(self.announces(grade) for grade in self.incident.severities)
        return bool(self.audiences.team) and not self.incident.private and ever

    def announced_as(self, severity: str) -> bool:
        """Whether the team reads an announcement of it once it is of this severity."""
        now = Graded(at=self.entry.at, severity=severity, environment=self.incident.environment)
        return self._announced or bool(self.audiences.team and not self.incident.private and self.announces(now))

    def announces(self, graded: Graded) -> bool:
        return self.protocol.severity_in(graded.severity, graded.environment).announce == "channel"

    def team(self, *kinds: str) -> list[Message]:
        """To the announcement channel: `notice` stands there, `news` goes to its thread, `turning` is a new line."""
        if not self._announced:
            return []
        args = {"channel": self.audiences.team}
        shape: dict[str, dict[str, object]] = {
            "notice": {"fills": NOTICE, "standing": True, "needs": self.link},
            "news": {"needs": (NOTICE,), "fills": f"news-{self.entry.seq}"},
            "turning": {"fills": f"turning-{self.entry.seq}"},
        }
        said = [kind for kind in kinds if kind == "notice" or self._tells("team")]
        return [self.message(kind, f"inc-{self.incident.id}:team", args=args, **shape[kind]) for kind in said]

    def _tells(self, audience: str) -> bool:
        """Whether the protocol tells an audience on this occasion; what is no occasion of its own is told."""
        match self.entry.fact:
            case f.ImpactStated() if len(self.incident.impacts) == 1:
                occasion = "initial"
            case f.ImpactStated() | f.UpdatePosted():
                occasion = "update"
            case f.Resolved():
                occasion = "resolution"
            case _:
                return True
        return self.protocol.tells(occasion, audience)

    @property
    def link(self) -> tuple[str, ...]:
        """What is said outside leads to the channel, so it waits for it, unless Slack refused it."""
        return (CHANNEL,) if self.incident.channel is None and self.incident.channel_error is None else ()

    def management(self, *, anew: bool = False) -> list[Message]:
        """What management reads stands in one place; that it is over, or begins again, is said `anew`."""
        told = self.incident.management_to if self._tells("management") and not self.incident.drill else ()
        slots = [(one, f"management:{one}") for one in told]
        return [
            self.message("management", self._to(one), args={"to": one}, fills=slot, standing=not anew)
            for one, slot in slots
        ]

    def stakeholders(self, *, anew: bool = False) -> list[Message]:
        """Built only from the impact somebody stated; nothing is said before there is one. What is unchanged for them
        is edited, what is new to them is said `anew`."""
        grades = (self.protocol.severity_in(g.severity, g.environment) for g in self.incident.severities)
        meant = self._tells("stakeholders") and any(grade.stakeholders for grade in grades)
        told = self.audiences.stakeholders if meant else None
        readers = [self._reader(told, STAKEHOLDERS, "stakeholders", anew=anew)] if told and self._outspoken else []
        over = isinstance(self.entry.fact, f.Resolved | f.Reopened | f.Cancelled)
        return [*readers, *self.consumers(anew=anew and over)]

    def consumers(self, *, anew: bool) -> list[Message]:
        """Those who read an affected asset are told once, in the stakeholders' words, and again when it is over. That
        its figures are not safe to use, or are again, is a new post where there is a channel: an edit is silent."""
        if not self._outspoken:
            return []
        turned = self.incident.data_turned == self.entry.seq
        return [
            self._reader(one, f"consumers:{one}", f"consumers:{one}", anew=anew or (turned and not is_person(one)))
            for one in self.incident.consumers
        ]

    @property
    def _outspoken(self) -> bool:
        return bool(self.incident.impact) and not self.incident.private and not self.incident.drill

    def _reader(self, channel: str, slot: str, lane: str, *, anew: bool) -> Message:
        own = f"inc-{self.incident.id}:{lane}"
        return self.message("stakeholders", own, args={"channel": channel}, fills=slot, standing=not anew)

    def reminders(self) -> list[Message]:
        """Reminders that this fact answered: each asks what is left, or shrinks to a line, wherever it stands."""
        found = {c.name: c for c in clocks(self.incident, self.protocol)} if self.incident.asks else {}
        answered: list[Message] = []
        for ask in self.incident.asks:
            mine = [found[c.key, c.occurrence] for c in ask.covers if (c.key, c.occurrence) in found]
            if any(self.entry.at in (c.kept_at, c.stopped_at) for c in mine):
                answered += [self.reminder(ask)] if posts(ask) else []
                answered += self.ask_directly(ask)
        return answered

    def matter(self, about: int) -> Message:
        """What waits for an answer (the entry of this seq): it stands with its buttons, and shrinks when answered."""
        return self.inside("matter", fills=f"matter-{about}", standing=True, args={"about": about})

    def reminder(self, ask: Ask) -> Message:
        return self.inside("ask", fills=slot_of(ask.seq), standing=True, args={"ask": ask.seq})


def slot_of(ask: int) -> str:
    """The slot of the reminder that the ask of this seq posted."""
    return f"ask-{ask}"
