"""The topic of runbooks: which fit, how far one is, what a step needs before it is ticked; causes looked for by a
technique; the ticket. What is decided, how the incident changes by it, and what follows outside."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow
from bot.domain.grounds import running
from bot.domain.incident import BookRun, Exploration, Incident, Proposal
from bot.domain.message import Message
from bot.domain.protocol import Protocol
from bot.domain.protocol.lists import Runbook, Section, Technique
from bot.domain.protocol.parts import Item
from bot.domain.scribe import Scribe

SHEET = "runbook"
"""How the sheets of runbooks begin: `runbook/<runbook>/<section>`."""

ALARM, CATEGORY, SYMPTOM = 4, 2, 1
"""What counts how much for a runbook: an alarm names one fault, a category a kind of them, a symptom many."""

ANSWER = "answer"
"""How the form's fields begin: `answer/<technique>/<number of the prompt>`."""

ALARM_LEAST = 8
"""Letters from which on a name is found inside other words; a shorter one must stand there as words."""


# which fit


def fitting(incident: Incident, protocol: Protocol) -> tuple[Runbook, ...]:
    """The runbooks for an incident like this, best first: by its alarms in what people said, its categories, and its
    symptoms."""
    ranked = [(fit_of(book, incident), book) for book in protocol.runbooks]
    return tuple(book for fit, book in sorted(ranked, key=lambda pair: -pair[0].score) if fit.score)


@dataclass(frozen=True)
class Fit:
    """Why a runbook is for an incident: its alarms and symptoms that people named, and the categories they share."""

    alarms: tuple[str, ...]
    categories: tuple[str, ...]
    symptoms: tuple[str, ...]
    main: bool = False
    """Whether the incident's main category is among them."""

    @property
    def score(self) -> int:
        return ALARM * len(self.alarms) + CATEGORY * (len(self.categories) + self.main) + SYMPTOM * len(self.symptoms)


def fit_of(book: Runbook, incident: Incident) -> Fit:
    """What speaks for a runbook. The words people used are read whatever their case and punctuation."""
    told = f"{incident.title}\n{incident.affected}\n{incident.detection}"
    words, run = set(_words(told)), _plain(told)
    alarms, symptoms = (tuple(n for n in names if _named(n, words, run)) for names in (book.alarms, book.symptoms))
    shared = tuple(one for one in incident.categories if one in book.categories)
    return Fit(alarms, shared, symptoms, main=incident.categories[:1] == shared[:1] and bool(shared))


def _named(name: str, words: set[str], run: str) -> bool:
    """Whether something is named in a text: all of its words in any order, or its letters in one run."""
    wanted = _words(name)
    inside = len(_plain(name)) >= ALARM_LEAST and _plain(name) in run
    return bool(wanted) and (inside or set(wanted) <= words)


def _words(text: str) -> list[str]:
    """The words of a text, of names like `IngestionErrorRate` too, without what only makes them plural."""
    apart = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", unicodedata.normalize("NFKC", text))
    return [_singular(word) for word in re.findall(r"[^\W_]+", apart.casefold())]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def runbooks_meant(text: str, protocol: Protocol) -> list[Runbook]:
    """The runbooks somebody may have meant by a name, a title or some of its words."""
    wanted = set(_words(text))
    same = [b for b in protocol.runbooks if _plain(text) in (_plain(b.name), _plain(b.title))]
    near = [b for b in protocol.runbooks if wanted and wanted <= {*_words(b.name), *_words(b.title)}]
    return same or near


def runbook_named(text: str, protocol: Protocol) -> Runbook:
    """The runbook somebody meant. Raises NotNow or BadInput where that is none, or not clear."""
    if not protocol.runbooks:
        raise NotNow(f"{protocol.name} has no runbooks.")
    wanted, found = text.strip(), runbooks_meant(text, protocol)
    if len(found) != 1:
        names = ", ".join(book.name for book in found or protocol.runbooks)
        which = "Which runbook?" if found or not wanted else f'"{text.strip()}" is no runbook of {protocol.name}.'
        raise BadInput(f"{which} There are {names}: /incident runbook {(found or protocol.runbooks)[0].name}.")
    return found[0]


# how far one is


@dataclass(frozen=True)
class Progress:
    """How many of a section's steps are ticked, and the next that is not."""

    section: Section
    ticked: int
    coming: Item | None

    @property
    def done(self) -> bool:
        return self.coming is None


def sheet_of(book: Runbook, section: Section) -> str:
    return f"{SHEET}/{book.name}/{section.name}"


def place(sheet: str, item: str) -> str:
    """How a plan names the step it is for."""
    return f"{sheet}/{item}"


def progress(book: Runbook, incident: Incident) -> tuple[Progress, ...]:
    """How far each of its sections is."""
    found = []
    for section in book.sections:
        ticked = {one.item for one in incident.ticks if one.sheet == sheet_of(book, section)}
        left = [step for step in section.steps if step.id not in ticked]
        found.append(Progress(section, len(section.steps) - len(left), next(iter(left), None)))
    return tuple(found)


def run_of(incident: Incident, book: str) -> BookRun | None:
    """The runbook of this name as it is worked on; None while nobody does."""
    return next((one for one in incident.runbooks if one.runbook == book), None)


# steps that need approval


def plan_of(incident: Incident, step: str) -> Proposal | None:
    """The plan for a step (its place), the latest that stands; one that a changed plan replaced does not."""
    plans = (one for one in reversed(incident.proposals) if one.step == step and one.state != "replaced")
    return next(plans, None)


def allowed(incident: Incident, item: Item, step: str) -> None:
    """Raises NotNow for a step (its place) that may not be ticked yet: a runbook's that nobody has started, one that
    needs approval and has none."""
    kind, _, rest = step.partition("/")
    book = rest.partition("/")[0]
    if kind == SHEET and run_of(incident, book) is None:
        raise NotNow(f"Nobody works by this runbook yet. Start it with /incident runbook start {book}.")
    plan = plan_of(incident, step) if item.approval else None
    if not item.approval or (plan is not None and plan.state in ("approved", "went ahead")):
        return
    clause = f" ({item.clause('approval')})" if item.clause("approval") else ""
    how = {
        None: "Ask for it with Ask for approval beside the step; when nobody answers, its plan can go ahead without",
        "rejected": "Its plan was rejected: change it in the channel, or go ahead without",
        "waiting": "Its plan waits in the channel for whoever may approve it, or goes ahead without",
    }[plan.state if plan else None]
    raise NotNow(f"This step needs approval before it is done{clause}. {how}, with a reason.")


# what is decided


def decided(
    incident: Incident, request: r.OfRunbook, protocol: Protocol, _roster: Roster, _caller: Caller, _: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    match request:
        case r.StartRunbook(runbook=text):
            running(incident, "no runbook is worked on for it")
            book = runbook_named(text, protocol)
            return [] if run_of(incident, book.name) else [f.RunbookStarted(runbook=book.name)]
        case r.Explore():
            return _explored(incident, request, protocol)
        case r.LinkTicket(ticket=text):
            key = ticket_in(text, protocol)
            if key is None:
                raise BadInput(_wrong_ticket(text, protocol))
            return [f.TicketLinked(ticket=key), *_proven(incident, protocol)] if key != incident.ticket else []
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


HOUSE_TECHNIQUES = (
    Technique(
        name="5-whys",
        title="5 whys",
        prompts=("Why did it happen?", *("And why was that?",) * 4),
    ),
    Technique(
        name="ishikawa",
        title="Ishikawa",
        prompts=("People", "Process", "Tools", "Data", "Environment", "Monitoring"),
        sides=True,
    ),
)
"""Where a protocol does not describe them: the two that are known everywhere."""

CALLED = (frozenset({"5whys", "5why", "fivewhys", "whys", "why"}), frozenset({"ishikawa", "fishbone"}))
"""Words for the same technique."""


def technique_of(name: str, protocol: Protocol) -> Technique | None:
    """The technique of this exact name, the protocol's or the house's; None where neither has it any more."""
    return next((one for one in (*protocol.techniques, *HOUSE_TECHNIQUES) if one.name == name), None)


def technique_named(text: str, protocol: Protocol) -> Technique:
    """The technique somebody meant: the protocol's, else the house's. Raises BadInput."""
    meant = {_plain(text)}.union(*(words for words in CALLED if _plain(text) in words))
    known = (*protocol.techniques, *HOUSE_TECHNIQUES)
    found = next((one for one in known if meant & {_plain(one.name), _plain(one.title)}), None)
    if found is None:
        names = ", ".join(dict.fromkeys(one.name for one in known))
        raise BadInput(f'"{text.strip()}" is no way to look for a cause. There are {names}.')
    return found


def _explored(incident: Incident, request: r.Explore, protocol: Protocol) -> list[f.Fact]:
    """What was answered, and the theories that come of it: of a chain of answers the last, else each."""
    if incident.stage == "cancelled":
        raise NotNow(
            f"{incident.number} is cancelled, so no cause is looked for. Reopen it with /incident reopen <why>."
        )
    technique = technique_named(request.technique, protocol)
    known = dict(enumerate(technique.prompts))
    answers = [(known[n], " ".join(text.split())) for n, text in request.answers if n in known and text.strip()]
    if not answers:
        raise BadInput("Answer at least the first question.", f"{ANSWER}/{technique.name}/0")
    lines = "\n".join(f"{prompt}\t{answer}" for prompt, answer in answers)
    new = [answer for _, answer in (answers if technique.sides else answers[-1:])]
    before = {one.text.casefold() for one in incident.theories if one.verdict != "rejected"}
    theories = [text for text in dict.fromkeys(new) if text.casefold() not in before]
    explored = f.CauseExplored(technique=technique.name, answers=lines)
    return [explored, *(f.CauseProposed(text=text, aside=technique.sides) for text in theories)]


# the ticket


def ticket_in(text: str, protocol: Protocol) -> str | None:
    """The ticket's key as the tracker writes it, whatever the case, from its key or a link to it; None where the
    protocol names no tracker, or it is no key of it."""
    if protocol.ticket is None:
        return None
    last = text.strip().strip("<>").partition("|")[0].partition("?")[0].rstrip("/").rpartition("/")[2]
    shape = _shape(protocol.ticket.pattern)
    return last.upper() if re.fullmatch(shape, last, re.IGNORECASE | re.ASCII) else None


def _shape(pattern: str) -> str:
    """`DFG-INC-###`: so many digits or more, because numbers grow."""
    runs = re.split(r"(#+)", pattern)
    return "".join(rf"\d{{{len(run)},12}}" if run.startswith("#") else re.escape(run) for run in runs)


def looks_like_ticket(text: str, protocol: Protocol) -> bool:
    """Whether somebody seems to mean a ticket: it begins as the tracker's keys do, or as the first part of one."""
    if protocol.ticket is None:
        return False
    first = _plain(protocol.ticket.pattern.partition("-")[0].partition("#")[0])
    return bool(first) and _plain(text.rpartition("/")[2]).startswith(first)


TICKET = "ticket"
"""The id of an item on a checklist that a linked ticket proves."""


def _proven(incident: Incident, protocol: Protocol) -> list[f.Fact]:
    """A checklist that asks for the ticket has it now."""
    asks = (f"checklist/{one.name}" for one in protocol.checklists if any(item.id == TICKET for item in one.items))
    there = {one.sheet for one in incident.ticks if one.item == TICKET}
    return [f.ItemTicked(sheet=sheet, item=TICKET) for sheet in asks if sheet not in there]


def _wrong_ticket(text: str, protocol: Protocol) -> str:
    if protocol.ticket is None:
        return f"{protocol.name} names no tracker, so there is no ticket to link."
    example = re.sub("#+", lambda run: "204".ljust(len(run[0]), "0")[: len(run[0])], protocol.ticket.pattern)
    return f'"{" ".join(text.split())[:60]}" is no ticket of {protocol.name}; they look like {example}.'


# the incident after it


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.RunbookStarted(runbook=runbook):
            run = BookRun(seq=entry.seq, at=entry.at, by=entry.by, runbook=runbook)
            return incident.model_copy(update={"runbooks": (*incident.runbooks, run)})
        case f.CauseExplored(technique=technique, answers=told):
            parts = (line.partition("\t") for line in told.split("\n") if line)
            pairs = tuple((prompt, answer) for prompt, _, answer in parts)
            one = Exploration(seq=entry.seq, at=entry.at, by=entry.by, technique=technique, answers=pairs)
            return incident.model_copy(update={"explored": (*incident.explored, one)})
        case f.AdviceShown(why=why):
            return incident.model_copy(update={"advised": (*incident.advised, why)})
        case f.TicketLinked(ticket=ticket):
            return incident.model_copy(update={"ticket": ticket})
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


# what follows outside


def reacted(s: Scribe, fact: f.OfRunbook) -> list[Message]:
    """What must be said and done outside because of a fact of this topic. A runbook stands in one place of the channel,
    and what is ticked edits it: never one post for each tick."""
    match fact:
        case f.RunbookStarted():
            return [s.matter(s.entry.seq)]
        case f.CauseExplored(technique=name):  # of a chain its end is told, as a theory
            technique = technique_of(name, s.protocol)
            return [s.statement()] if technique is not None and technique.sides else []
        case f.AdviceShown():
            return [s.statement()]
        case f.TicketLinked():
            return [s.card(), *s.team("notice")]
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")


def ticked(s: Scribe, fact: f.ItemTicked | f.ItemUnticked) -> list[Message]:
    """What shows a runbook is drawn anew after a tick on one of its sheets."""
    return _shown(s, fact.sheet)


def _shown(s: Scribe, sheet: str) -> list[Message]:
    kind, _, rest = sheet.partition("/")
    run = run_of(s.incident, rest.partition("/")[0]) if kind == SHEET else None
    return [s.matter(run.seq)] if run else []


def answered(s: Scribe, seq: int) -> list[Message]:
    """The same where the plan of this seq is a step's."""
    steps = (one.step for one in s.incident.proposals if one.seq == seq and one.step)
    return [message for step in steps for message in _shown(s, step)]


def left_open(s: Scribe) -> list[Message]:
    """Runbooks with steps left: once the incident has ended they say where they stood."""
    return [s.matter(run.seq) for run in s.incident.runbooks if not finished(run, s.incident, s.protocol)]


def finished(run: BookRun, incident: Incident, protocol: Protocol) -> bool:
    book = protocol.runbook(run.runbook)
    return book is None or all(one.done for one in progress(book, incident))
