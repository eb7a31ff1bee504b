"""How loud each kind of message is: where it is said, who is rung by it, and what is only an edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain import fact as f
from bot.domain.bench.timetable import INCIDENT, Does, How, Line
from bot.domain.incident import Ask, Incident
from bot.domain.message import Message
from bot.domain.promises.asking import PAGES
from bot.domain.protocol import Protocol
from bot.domain.scribe import overtaken, still_owed

UNHEARD = frozenset(
    {
        *("open_channel", "pin", "bookmark", "topic", "rename_channel"),
        *("confirm_mark", "unconfirm_mark", "withdraw", "correct", "shrink", "attach_timeline", "tell_declarer"),
    }
)
"""Kinds of message that are no news to anybody: they change what stands, or answer what somebody has just done."""

CALLING = frozenset(name for name, _ in PAGES)
"""The steps that call people to an incident nobody has acknowledged."""


@dataclass(frozen=True)
class Said:
    """One message at the moment it is sent: the entry it follows from, the incident as it is by then, whether its place
    has been filled before (`stands`), and which ids are channels."""

    message: Message
    entry: f.Entry
    incident: Incident
    protocol: Protocol
    stands: bool = False
    channels: frozenset[str] = frozenset()

    def line(self) -> Line | None:
        """What of it reaches people; None for what does not, or is not sent any more."""
        if self.message.kind in UNHEARD:
            return None
        told = _KINDS[self.message.kind](self)
        return self._edit(told) if told and self.stands and self.message.standing else told

    def _edit(self, told: Line) -> Line:
        return self.drawn("edits", "edit", *(told.people if told.how == "direct" else ()), place=told.place)

    def drawn(self, does: Does, how: How, *people: str, place: str = INCIDENT, clause: str = "") -> Line:
        ask = self.ask
        at, kind, seq = self.entry.recorded_at, self.message.kind, ask.seq if ask else self.entry.seq
        about = tuple(covered.key for covered in ask.covers) if ask else ()
        by = ask.clause if ask else clause
        return Line(at, does, how, kind, people, place, about, ask.step if ask else "", by, seq, self.entry.fact.kind)

    @property
    def ask(self) -> Ask | None:
        seq = self.message.args.get("ask")
        return next((ask for ask in self.incident.asks if ask.seq == seq), None)

    @property
    def own_clause(self) -> str:
        """By which clause it is said, where the entry knows."""
        return str(self.message.args.get("clause") or getattr(self.entry.fact, "clause", ""))

    def promised(self, key: str) -> str:
        return self.protocol.severity_in(self.incident.severity, self.incident.environment).clause(key)


def _asks(ask: Ask) -> Does:
    return "pages" if ask.step in CALLING else "asks"


def _posted(said: Said) -> Line:
    """Something in the incident's channel; some of it names people."""
    match said.entry.fact:
        case f.Escalated(people=people) if said.message.kind == "say":
            return said.drawn("calls", "mention" if people else "post", *people, clause=said.own_clause)
        case f.Paged(person=person) if said.message.kind == "say":
            return said.drawn("pages", "mention", person)
        case f.ShiftChanged(comes=str(comes), unclaimed=True) if said.message.kind == "say":
            return said.drawn("asks", "mention", comes, clause=said.own_clause)
        case _:
            return said.drawn("posts", "post")


def _asked(said: Said) -> Line | None:
    """A reminder in the channel, or who comes next in its thread."""
    ask = said.ask
    if ask is None or (not said.stands and _stale(said, ask)):
        return None
    if not ask.people:
        return said.drawn(_asks(ask), "post" if said.message.kind == "ask" else "reply")
    return said.drawn(_asks(ask), "mention", *ask.people)


def _stale(said: Said, ask: Ask, person: str | None = None) -> bool:
    return not still_owed(ask, said.incident, said.protocol) or overtaken(ask, said.incident, person)


def _directly(said: Said) -> Line | None:
    person, ask = said.message.args["person"], said.ask
    if ask is not None:
        stale = not said.stands and _stale(said, ask, person)
        return None if stale else said.drawn(_asks(ask), "direct", person, place="")
    does: Does = "calls" if isinstance(said.entry.fact, f.Escalated) else "tells"
    return said.drawn(does, "direct", person, place="", clause=said.own_clause)


def _brought(said: Said) -> Line:
    return said.drawn("invites", "invite", *said.message.args["people"], clause=said.own_clause)


def _announced(said: Said) -> Line:
    """In the announcement; as it is posted it calls those whom the protocol wants mentioned there."""
    place, clause = str(said.message.args["channel"]), said.promised("announce")
    if said.message.kind in ("news", "answer"):
        return said.drawn("tells", "reply", place=place, clause=clause)
    words = [told.word for told in said.incident.tellings if told.at == said.entry.at and not told.word.channels]
    if any(word.how == "channel" for word in words):
        return said.drawn("tells", "everyone", place=place, clause=next(w.clause for w in words if w.how == "channel"))
    people = dict.fromkeys(person for word in words if word.how == "mention" for person in word.people)
    return said.drawn("tells", "mention" if people else "post", *people, place=place, clause=clause)


def _summoned(said: Said) -> Line:
    """Where people already are."""
    args = said.message.args
    how: How = "everyone" if args.get("everyone") else "post"
    return said.drawn("tells", how, place=str(args["channel"]), clause=str(args.get("clause", "")))


def _to_stakeholders(said: Said) -> Line:
    place = str(said.message.args["channel"])
    return said.drawn("tells", "post", place=place, clause=said.promised("stakeholders"))


def _to_management(said: Said) -> Line:
    to, clause = str(said.message.args["to"]), said.promised("management_after")
    if to in said.channels:
        return said.drawn("tells", "post", place=to, clause=clause)
    return said.drawn("tells", "direct", to, place="", clause=clause)


_KINDS: dict[str, Callable[[Said], Line | None]] = {
    **dict.fromkeys(("card", "say", "matter", "next", "scorecard"), _posted),
    **dict.fromkeys(("ask", "climb"), _asked),
    **dict.fromkeys(("notice", "news", "turning", "answer"), _announced),
    "summon": _summoned,
    "invite": _brought,
    "tell": _directly,
    "stakeholders": _to_stakeholders,
    "management": _to_management,
}

HEARD = frozenset(_KINDS)
"""Kinds of message that reach people."""
