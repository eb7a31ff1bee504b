"""The verbs of `/incident`: one registration feeds what is understood and what `help` tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from bot.inbound import parsers as p
from bot.inbound.grammar import Context, Reader, Said, first
from bot.inbound.intents import Fill, Intent, Meant, Show, Unsure
from bot.views.helps import Verb as Help
from bot.views.ids import Form

NEAR = 75
"""How alike (of 100) a word and a verb must be for the verb to be offered. A house choice."""


@dataclass(frozen=True)
class Verb(Help):
    """`alone`: aliases that mean the verb only when nothing follows them (`mine`, `status`), because they begin
    sentences too. `graded`: a severity may stand among its words. `anywhere`: it needs no incident."""

    parse: p.Parser = field(kw_only=True)
    alone: tuple[str, ...] = ()
    graded: bool = False
    anywhere: bool = False


VERBS: tuple[Verb, ...] = (
    Verb(
        "declare",
        ("new", "open"),
        "declare [P1] [title]",
        "declares an incident; without a title it opens the form",
        parse=p.declare,
        graded=True,
        anywhere=True,
    ),
    Verb(
        "ack",
        ("acknowledge", "acked", "on it", "i'm on it", "mine", "take", "take it", "lead me"),
        "ack",
        "says that you are on it, which stops the calling",
        parse=p.acknowledge,
        alone=("on it", "i'm on it", "mine", "take", "take it", "lead me"),
    ),
    Verb("confirm", (), "confirm", "confirms the severity", parse=p.confirm, graded=True),
    Verb("update", ("say",), "update [text]", "posts an update; without a text it opens the form", parse=p.update),
    Verb(
        "impact",
        (),
        "impact <sentence>",
        "says what it means for those who use the data; stakeholders read nothing else",
        parse=p.impact,
    ),
    Verb("severity", ("sev",), "severity P1 [why]", "raises or lowers the severity", parse=p.severity, graded=True),
    Verb("phase", ("move",), "phase fixing", "moves the incident to another phase", parse=p.phase),
    Verb("note", (), "note [at 02:40] <text>", "keeps something on the timeline", parse=p.note),
    Verb(
        "promises",
        ("clocks", "due", "why"),
        "promises",
        "shows what is promised by when, and why the last reminder came",
        parse=p.page("promises"),
        alone=("clocks", "due", "why"),
    ),
    Verb("timeline", (), "timeline [all]", "shows what happened so far", parse=p.timeline),
    Verb(
        "snooze",
        (),
        "snooze 30m <why>",
        "pauses the reminders; the promises stay",
        parse=p.snooze,
    ),
    Verb(
        "resolve",
        ("resolved", "done", "fixed"),
        "resolve [fix]",
        "opens the form that resolves the incident",
        parse=p.form(Form.RESOLVE),
    ),
    Verb("close", (), "close", "opens the form that closes a resolved incident", parse=p.form(Form.CLOSE)),
    Verb(
        "cancel",
        ("false alarm", "expected", "noise"),
        "cancel [false alarm|expected|duplicate] <why>",
        "ends what turned out to be no incident",
        parse=p.cancel,
        alone=("expected", "noise"),
    ),
    Verb("reopen", (), "reopen <why>", "opens an ended incident again", parse=p.reopen),
    Verb("list", (), "list [open|mine|all]", "lists incidents", parse=p.listing, anywhere=True),
    Verb(
        "brief",
        ("status", "catchup", "catch up", "catch me up", "tldr", "eta"),
        "brief",
        "tells in eight lines how it stands",
        parse=p.page("brief"),
        alone=("status", "catchup", "catch up", "catch me up", "tldr", "eta"),
    ),
    Verb("help", (), "help [verb]", "explains a verb, or lists them all", parse=p.help_page, anywhere=True),
)

NAMED = {word: verb for verb in VERBS for word in (verb.name, *verb.aliases)}
"""Every word for a verb."""


@dataclass(frozen=True)
class Understood:
    """What was asked for. `verb` is None for words that name none; `incident` is the number that was typed, if one was;
    `tail` is what was typed after the verb; `left` what the verb had no use for: it is offered back."""

    intent: Intent
    verb: Verb | None = None
    incident: int | None = None
    tail: str = ""
    left: str = ""


def understand(text: str, context: Context) -> Understood:
    """What somebody meant who typed this. Raises BadInput for a verb whose words cannot be used as they stand."""
    reader = Reader(text.strip(), context)
    reader.marks(graded=True)
    without = reader.said()
    word = reader.phrase(NAMED)
    verb = NAMED[word] if word else None
    if verb is None or word is None or (without.severity and not verb.graded):
        return _without(without, context)
    meant = _with(verb, word, reader)
    return _without(without, context) if word in verb.alone and reader.rest else meant


def said_with(word: str, text: str, context: Context) -> Understood:
    """A verb that a button named, with the text it kept. Raises KeyError for a verb this version does not have."""
    return _with(NAMED[word], word, Reader(text.strip(), context))


def _with(verb: Verb, word: str, reader: Reader) -> Understood:
    tail = reader.rest
    reader.marks(graded=verb.graded, numbered=not verb.anywhere)
    reader.last(graded=verb.graded, numbered=not (verb.anywhere or reader.context.inside))
    said = reader.said(word)
    meant = verb.parse(said, reader.context)
    if isinstance(meant, Meant):
        return Understood(meant.intent, verb, said.incident, tail, meant.left.strip())
    return Understood(meant, verb, said.incident, tail)


def _without(said: Said, context: Context) -> Understood:
    """No verb: a severity declares outside and re-grades inside, the name of a phase moves, all else is offered. A
    severity with words inside is offered too: they may be a reason or another incident."""
    inside = context.inside or said.incident is not None
    if inside and said.severity and said.words:
        whole = f"{said.severity} {said.words}"
        return Understood(Unsure("severity", whole), None, said.incident, whole)
    if said.severity or (inside and context.protocol.parse_severity(said.words)):
        verb = NAMED["severity" if inside else "declare"]
        return Understood(_intent(verb.parse(said, context)), verb, said.incident, said.words)
    if not said.words:
        return Understood(Show("inside") if inside else Fill(Form.DECLARE), None, said.incident)
    found, left = p.phase_in(said.words, context)
    if inside and found and not left.strip():
        return Understood(_intent(p.phase(said, context)), NAMED["phase"], said.incident, said.words)
    return Understood(_nearest(said.words), None, said.incident, said.words)


def _intent(meant: Intent | Meant) -> Intent:
    return meant.intent if isinstance(meant, Meant) else meant


def _nearest(words: str) -> Unsure:
    """The verb that the first word may have been meant for."""
    word, rest = first(words)
    sure = [name for name, verb in NAMED.items() if name not in verb.alone]
    found = process.extractOne(word, sure, scorer=fuzz.ratio, score_cutoff=NEAR)
    return Unsure(NAMED[found[0]].name, rest) if found else Unsure()
