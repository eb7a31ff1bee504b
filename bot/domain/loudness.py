"""How loud each kind of message is: where it is said, who is rung by it, and what is only an edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain import fact as f
from bot.domain.asking import PAGES
from bot.domain.incident import Ask, Incident
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.domain.scribe import overtaken, still_owed
from bot.domain.timetable import INCIDENT, Does, How, Line

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
        return self._line("edits", "edit", *(told.people if told.how == "direct" else ()), place=told.place)

    def _line(self, does: Does, how: How, *people: str, place: str = INCIDENT, clause: str = "") -> Line:
        at, kind, seq = self.entry.recorded_at, self.message.kind, self.entry.seq
        ask = self.ask
        about = tuple(covered.key for covered in ask.covers) if ask else ()
        by = clause or (ask.clause if ask else "") or self._clause
        return Line(at, does, how, kind, people, place, about, ask.step if ask else "", by, seq)

    @property
    def ask(self) -> Ask | None:
        seq = self.message.args.get("ask")
        return next((ask for ask in self.incident.asks if ask.seq == seq), None)

    @property
    def _clause(self) -> str:
        """By which clause it is said, as far as the entry knows."""
        fact = self.entry.fact
        if isinstance(fact, f.RoleAssigned) and (role := self.protocol.role(fact.role)):
            return role.clause()
        return str(getattr(fact, "clause", ""))

    def _severity_clause(self, key: str) -> str:
        return self.protocol.severity_in(self.incident.severity, self.incident.environment).clause(key)


def _asks(ask: Ask) -> Does:
    return "pages" if ask.step in CALLING else "asks"


def _posted(said: Said) -> Line:
    """Something in the incident's channel; some of it names people."""
    match said.entry.fact:
        case f.Escalated(people=people) if said.message.kind == "say":
            return said._line("calls", "mention" if people else "post", *people)
        case f.Paged(person=person) if said.message.kind == "say":
            return said._line("pages", "mention", person)
        case _:
            return said._line("posts", "post")


def _asked(said: Said) -> Line | None:
    """A reminder in the channel, or who comes next in its thread."""
    ask = said.ask
    if ask is None or (not said.stands and _stale(said, ask)):
        return None
    if not ask.people:
        return said._line(_asks(ask), "post" if said.message.kind == "ask" else "reply")
    return said._line(_asks(ask), "mention", *ask.people)


def _stale(said: Said, ask: Ask, person: str | None = None) -> bool:
    return not still_owed(ask, said.incident, said.protocol) or overtaken(ask, said.incident, person)


def _directly(said: Said) -> Line | None:
    person, ask = said.message.args["person"], said.ask
    if ask is not None:
        return None if not said.stands and _stale(said, ask, person) else said._line(_asks(ask), "direct", person, place="")
    return said._line("calls" if isinstance(said.entry.fact, f.Escalated) else "tells", "direct", person, place="")


def _brought(said: Said) -> Line:
    return said._line("invites", "invite", *said.message.args["people"])


def _announced(said: Said) -> Line:
    how: How = "reply" if said.message.kind in ("news", "answer") else "post"
    return said._line("tells", how, place=str(said.message.args["channel"]), clause=said._severity_clause("announce"))


def _to_stakeholders(said: Said) -> Line:
    place = str(said.message.args["channel"])
    return said._line("tells", "post", place=place, clause=said._severity_clause("stakeholders"))


def _to_management(said: Said) -> Line:
    to, clause = str(said.message.args["to"]), said._severity_clause("management_after")
    if to in said.channels:
        return said._line("tells", "post", place=to, clause=clause)
    return said._line("tells", "direct", to, place="", clause=clause)


_KINDS: dict[str, Callable[[Said], Line | None]] = {
    **dict.fromkeys(("card", "say", "matter", "next", "scorecard"), _posted),
    **dict.fromkeys(("ask", "climb"), _asked),
    **dict.fromkeys(("notice", "news", "turning", "answer"), _announced),
    "invite": _brought,
    "tell": _directly,
    "stakeholders": _to_stakeholders,
    "management": _to_management,
}

HEARD = frozenset(_KINDS)
"""Kinds of message that reach people."""
