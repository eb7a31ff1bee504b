"""The topic of who is told because the protocol says so: as soon as an incident has a severity, how loudly, and each
person once. What follows outside is in `tellings_told`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain import assets
from bot.domain import fact as f
from bot.domain.duty.oncall import Roster
from bot.domain.incident import Incident, Told
from bot.domain.message import Message
from bot.domain.promises.answering import answers_for
from bot.domain.protocol import Protocol, Severity
from bot.domain.protocol.around import ASSET_OWNERS, ASSET_READERS, CATEGORY_TEAM, STAND_INS
from bot.domain.protocol.parts import Telling
from bot.domain.rules import is_person
from bot.domain.scribe import Scribe
from bot.domain.tellings_told import reacted as _reacted


@dataclass(frozen=True)
class Behind:
    """Who stands behind one name of the protocol."""

    people: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass
class _Round:
    """Everybody who is told on one occasion; `rung` grows with each who is."""

    severity: Severity
    protocol: Protocol
    roster: Roster
    affected: str
    rung: set[str] = field(default_factory=set)
    posts: bool = True
    """Whether an announcement is posted anew on this occasion, in which people can be mentioned."""
    rooms: frozenset[str] = frozenset()
    """Names whose channel has read of it lately."""

    def words(self) -> Iterator[f.Word]:
        """What is loudest for all first: a person who hears of it one way is not rung another way."""
        named = [(one, self.behind(one.who)) for one in self.severity.tell if one.who != CATEGORY_TEAM]
        for one, found in named:
            alone = not found.channels and self.rung.issuperset(found.people)
            if "channel" in one.ways and not alone and one.who not in self.rooms:
                self.rung |= {*found.people}
                yield f.Word(
                    who=one.who, how="channel", people=found.people, channels=found.channels, clause=one.clause
                )
        for one, found in named:
            if "channel" not in one.ways and not self._owners_hear(one):
                yield from self._rings(one, found)
        for one, found in named:
            if "invite" in one.ways and found.people:
                yield f.Word(who=one.who, how="invite", people=found.people, clause=one.clause)

    def _owners_hear(self, one: Telling) -> bool:
        """Readers of an asset read the stakeholders' words by direct message, as soon as there are any."""
        return one.who == ASSET_READERS and "mention" not in one.ways

    def _rings(self, one: Telling, found: Behind) -> Iterator[f.Word]:
        mentioned = "mention" in one.ways
        loud = "direct" in one.ways or (mentioned and not self.posts)
        if not (loud or mentioned):
            return
        people = tuple(person for person in found.people if person not in self.rung)
        aside = tuple(person for person in found.people if person in self.rung)
        self.rung |= {*people}
        if loud and people:
            yield f.Word(who=one.who, how="direct", people=people, clause=one.clause)
        if mentioned and self.posts:
            new, named = ((), (*people, *aside)) if loud else (people, aside)
            if new or named:
                yield f.Word(who=one.who, how="mention", people=new, aside=named, clause=one.clause)
        if found.channels and not found.people and one.who not in {*STAND_INS, *self.rooms}:
            yield f.Word(who=one.who, how="post", channels=found.channels, clause=one.clause)

    def behind(self, who: str) -> Behind:
        touched = assets.known(assets.things(self.affected), self.roster.assets)
        if who == ASSET_OWNERS:
            return _split(owner for asset in touched for owner in asset.owners)
        if who == ASSET_READERS:
            return _split(reader for asset in touched for reader in asset.consumers)
        people, role = self.roster.people(who), self.protocol.role(who)
        if role is not None and not people:
            people = self.roster.everyone(role.staffed_by)[:1]  # whoever gets the role where nobody is called so
        return Behind(people, self.roster.channels.get(who, ()))

    def nobody(self) -> tuple[str, ...]:
        """Names of the protocol behind which there is neither a person nor a channel."""
        names = (one.who for one in self.severity.tell if one.who not in STAND_INS)
        return tuple(dict.fromkeys(name for name in names if self.behind(name) == Behind()))


def _split(ones: Iterable[str]) -> Behind:
    found = tuple(dict.fromkeys(ones))
    return Behind(tuple(one for one in found if is_person(one)), tuple(one for one in found if not is_person(one)))


def at_declare(said: Sequence[f.Fact], protocol: Protocol, roster: Roster, declarer: str | None) -> list[f.Fact]:
    """Who is told of what these facts begin. Nobody outside hears of a private incident or a drill."""
    first = next(fact for fact in said if isinstance(fact, f.Declared))
    if first.private or first.drill:
        return []
    severity = protocol.severity_in(first.severity, first.environment)
    rung = {declarer, *_first_asked(said, protocol, roster, declarer), *_management_now(severity, protocol, roster)}
    rung |= {person for fact in said if isinstance(fact, f.OwnersCalled) for person in fact.people}
    affected = _touched(first.affected, first.environment)
    about = _Round(severity, protocol, roster, affected, {person for person in rung if person})
    kinds = next((fact.categories for fact in said if isinstance(fact, f.CategoriesSet)), ())
    return [*_teams(severity, about, kinds, (), ()), *_told(about, ())]


def _first_asked(said: Sequence[f.Fact], protocol: Protocol, roster: Roster, declarer: str | None) -> tuple[str, ...]:
    """Whoever is asked at once whether they have it, as `answers_for` would say."""
    if any(isinstance(fact, f.Acknowledged) for fact in said):
        return ()
    roles = {fact.role: fact.person for fact in said if isinstance(fact, f.RoleAssigned)}
    lead = roles.get(protocol.lead_role.name)
    second = protocol.level(2)
    above = roster.everyone(second.names)[:1] if second else ()
    line = (roster.primary, roster.secondary, lead, *above, declarer)
    return tuple(person for person in line if person)[:1]


def _management_now(severity: Severity, protocol: Protocol, roster: Roster) -> tuple[str, ...]:
    after = severity.management_after
    return roster.everyone(protocol.management) if after is not None and not after else ()


REPEATED = timedelta(hours=1)
"""House rule: whoever was told this lately is not rung again because it was raised; the announcement names them."""


@dataclass(frozen=True)
class Occasion:
    """Who raises it, and when."""

    caller: str | None
    now: datetime


def at_raise(incident: Incident, to: str, protocol: Protocol, roster: Roster, by: Occasion) -> list[f.Fact]:
    """Who is told that it is of a higher severity now: everybody whom that one names, but for those at work on it."""
    severity = protocol.severity_in(to, incident.environment)
    return _anew(incident, severity, incident.environment, protocol, roster, by, posts=True)


def at_move(incident: Incident, where: str, protocol: Protocol, roster: Roster, by: Occasion) -> list[f.Fact]:
    """Who is told that it is in an environment where it weighs more."""
    severity = protocol.severity_in(incident.severity, where)
    return _anew(incident, severity, where, protocol, roster, by, posts=False)


def _anew(
    incident: Incident,
    severity: Severity,
    where: str,
    protocol: Protocol,
    roster: Roster,
    by: Occasion,
    *,
    posts: bool,
) -> list[f.Fact]:
    if incident.private or incident.drill:
        return []
    rooms = frozenset(word.who for word in _lately(incident, by.now) if word.how in ("channel", "post"))
    people = _rung(incident, severity, protocol, roster, by)
    about = _Round(severity, protocol, roster, _touched(incident.affected, where), people, posts, rooms)
    nobody = incident.nobody_behind
    return [*_teams(severity, about, incident.categories, _called(incident), nobody), *_told(about, nobody)]


def _rung(incident: Incident, severity: Severity, protocol: Protocol, roster: Roster, by: Occasion) -> set[str]:
    """Everybody who knows of it, or is told by another way now."""
    asked = () if incident.acknowledged_at else tuple(answers_for("acknowledge", incident, protocol, roster))[:1]
    known = {person for word in _lately(incident, by.now) for person in (*word.people, *word.aside)}
    at_work = {by.caller, incident.responder, *incident.participants}
    rung = {*at_work, *asked, *known, *incident.management_to, *_management_now(severity, protocol, roster)}
    return {one for one in rung if one}


def _lately(incident: Incident, now: datetime) -> list[f.Word]:
    return [told.word for told in incident.tellings if now - told.at < REPEATED and told.word.how != "invite"]


def _touched(affected: str, where: str) -> str:
    """House rule: what happens outside production is no matter of an asset's owners and readers."""
    return affected if where == "production" else ""


def of_categories(
    incident: Incident, kinds: Sequence[str], protocol: Protocol, roster: Roster, by: Occasion
) -> list[f.Fact]:
    """The teams of these categories, where the severity calls them at once; each team once."""
    if incident.private or incident.drill or not incident.running:
        return []
    severity = protocol.severity_in(incident.severity, incident.environment)
    rung = _rung(incident, severity, protocol, roster, by)
    about = _Round(severity, protocol, roster, _touched(incident.affected, incident.environment), rung)
    return _teams(severity, about, kinds, _called(incident), incident.nobody_behind)


def _called(incident: Incident) -> tuple[str, ...]:
    """The teams that were called already."""
    return tuple(one.team for one in incident.escalations if one.team) + tuple(t.word.who for t in incident.tellings)


def _told(about: _Round, known: Sequence[str]) -> list[f.Fact]:
    words, nobody = tuple(about.words()), tuple(one for one in about.nobody() if one not in known)
    if not (words or nobody):
        return []
    return [f.TeamsTold(severity=about.severity.name, words=words, nobody=nobody)]


def of_a_part(said: Sequence[f.Fact], whole: Incident) -> list[f.Fact]:
    """What begins a part that is split off: whoever was told of the whole is not told of its part."""
    known, teams = {told.word.who for told in whole.tellings}, {one.team for one in whole.escalations if one.team}
    kept: list[f.Fact] = []
    for fact in said:
        if isinstance(fact, f.TeamsTold):
            words = tuple(word for word in fact.words if word.who not in {*known, *teams})
            nobody = tuple(name for name in fact.nobody if name not in whole.nobody_behind)
            kept += [fact.model_copy(update={"words": words, "nobody": nobody})] if words or nobody else []
        elif not (isinstance(fact, f.Escalated) and fact.team in {*known, *teams}):
            kept.append(fact)
    return kept


# the teams of categories: functional escalation


def _teams(
    severity: Severity, about: _Round, kinds: Sequence[str], called: Sequence[str], nobody: Sequence[str]
) -> list[f.Fact]:
    """Each team of these categories that was not called yet, where the severity calls them at once."""
    telling = next((one for one in severity.tell if one.who == CATEGORY_TEAM), None)
    teams = dict.fromkeys(team for kind in kinds if (team := about.protocol.team_for(kind)))
    facts: list[f.Fact] = []
    for team in teams if telling is not None else ():
        if team not in (*called, *nobody) and telling is not None:
            facts += team_called(team, telling.clause, kinds, about.affected, about.roster, severity.name, about.rung)
    return facts


def team_called(
    team: str,
    clause: str,
    kinds: Sequence[str],
    affected: str,
    roster: Roster,
    severity: str,
    rung: set[str],
    needed: str = "",
) -> list[f.Fact]:
    """A team is called: those on duty for it where there are some, else all of it, else its channel reads of it. Who
    was `rung` for the same already is not rung again; the others are added to them. Nothing where nobody is there."""
    people = tuple(person for person in on_duty(team, kinds, affected, roster) if person not in rung)
    if people:
        rung |= {*people}
        return [f.Escalated(level=0, people=people, by_clock=False, clause=clause, help=needed, team=team)]
    places = roster.channels.get(team, ())
    if places and not roster.people(team):
        word = f.Word(who=team, how="post", channels=places, clause=clause)
        return [f.TeamsTold(severity=severity, words=(word,), help=needed)]
    return [] if roster.people(team) else [f.TeamsTold(severity=severity, nobody=(team,))]


def on_duty(team: str, kinds: Sequence[str], affected: str, roster: Roster) -> tuple[str, ...]:
    """Those of a team who are on duty for such an incident; where nobody is, everybody behind its name."""
    everybody = roster.people(team)
    know = tuple(one.person for one in roster.specialists if one.knows(kinds, assets.things(affected)))
    there = tuple(person for person in know if not everybody or person in everybody)
    return there or everybody


# the incident after it


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.TeamsTold(severity=severity, words=words, nobody=nobody):
            new = tuple(Told(seq=entry.seq, at=entry.at, severity=severity, word=word) for word in words)
            brought = tuple(p for word in words if word.how == "invite" for p in word.people)
            return incident.model_copy(
                update={
                    "tellings": (*incident.tellings, *new),
                    "nobody_behind": (*incident.nobody_behind, *nobody),
                    "added": tuple(dict.fromkeys((*incident.added, *brought))),
                }
            )
        case f.NobodyAnswered(people=people):
            return incident.model_copy(update={"unanswered_at": entry.at, "unanswered_by": people})
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def reacted(s: Scribe, fact: f.OfTelling) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    return _reacted(s, fact)
