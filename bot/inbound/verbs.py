"""The verbs of `/incident`: one registration feeds what is understood and what `help` tells (house test)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz import fuzz, process

from bot.inbound import parsers as p
from bot.inbound.grammar import Context, Reader, Said, is_severity, normal
from bot.inbound.intents import Fill, Intent, Meant, Show, Unsure
from bot.views.helps import Verb as Help
from bot.views.ids import Form

NEAR = 75
"""How alike (of 100) a word and a verb must be for the verb to be offered. A house choice."""


@dataclass(frozen=True)
class Verb(Help):
    """`phrases` mean the verb only when nothing follows them (`mine`, `status`); `graded`: a severity may stand among
    its words; `anywhere`: it needs no incident; `hidden`: only phrases lead there."""

    parse: p.Parser = field(default=p.unsure)
    phrases: tuple[str, ...] = ()
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
        ("acknowledge", "acked"),
        "ack",
        "tells everybody that you are on it and stops the calling",
        parse=p.acknowledge,
    ),
    Verb(
        "take",
        (),
        "take",
        "makes you the responder, on call or not",
        parse=p.take,
        phrases=("on it", "im on it", "i'm on it", "mine", "take it", "lead me", "i take it"),
    ),
    Verb("confirm", (), "confirm", "confirms the severity", parse=p.confirm, graded=True),
    Verb(
        "update",
        ("say",),
        "update [text]",
        "posts an update; without a text it opens the form",
        parse=p.update,
    ),
    Verb(
        "impact",
        (),
        "impact <sentence>",
        "says what it means for those who use the data; stakeholders read nothing else",
        parse=p.impact,
    ),
    Verb("severity", ("sev", "regrade"), "severity P1 [why]", "raises or lowers it", parse=p.severity, graded=True),
    Verb("phase", ("move",), "phase fixing", "moves it to another phase", parse=p.phase),
    Verb("note", (), "note [at 02:40] <text>", "puts something on the timeline", parse=p.note),
    Verb(
        "promises",
        ("clocks",),
        "promises",
        "shows what is promised by when, and why the last reminder came",
        parse=p.page("promises"),
        phrases=("due", "why"),
    ),
    Verb("timeline", (), "timeline [all]", "shows what happened so far", parse=p.timeline),
    Verb(
        "brief",
        (),
        "brief",
        "tells in eight lines how it stands",
        parse=p.page("brief"),
        phrases=("status", "eta", "tldr", "catchup", "catch up", "catch me up"),
    ),
    Verb("snooze", (), "snooze 30m <why>", "pauses the reminders, not the promises", parse=p.snooze),
    Verb(
        "resolve",
        ("resolved", "done", "fixed"),
        "resolve [fix]",
        "opens the form that resolves it",
        parse=p.form(Form.RESOLVE),
    ),
    Verb("close", (), "close", "opens the form that closes a resolved incident", parse=p.close),
    Verb(
        "cancel",
        (),
        "cancel [false alarm, expected or duplicate] <why>",
        "ends it because it was none",
        parse=p.cancel,
    ),
    Verb("reopen", (), "reopen <why>", "opens it again after it ended", parse=p.reopen),
    Verb(
        "list",
        ("incidents",),
        "list [open, mine, all]",
        "lists incidents",
        parse=p.listing,
        anywhere=True,
        phrases=("all", "ls"),
    ),
    Verb("help", (), "help [verb]", "explains a verb, or lists them all", parse=p.help_page, anywhere=True, phrases=("?",)),
)

OUTCOMES = {"expected": "expected", "false alarm": "false alarm", "noise": "false alarm"}
"""Words that cancel with an outcome when nothing else is said (product §2)."""

_NAMED = {word: verb for verb in VERBS for word in (verb.name, *verb.aliases)}
_ALONE = {normal(phrase): verb for verb in VERBS for phrase in verb.phrases}


@dataclass(frozen=True)
class Understood:
    """What was asked for. `incident` is the number that was typed, if one was; `verb` is None for words that name none;
    `tail` is everything after the verb, as typed; `left` what the verb had no use for: it is offered back."""

    intent: Intent
    whole: str
    verb: Verb | None = None
    incident: int | None = None
    tail: str = ""
    left: str = ""

    @property
    def anywhere(self) -> bool:
        """Whether it needs no incident."""
        return self.verb.anywhere if self.verb else isinstance(self.intent, Unsure)


def understand(text: str, context: Context) -> Understood:
    """What somebody meant who typed this. Raises BadInput for a verb whose words cannot be used as they stand."""
    whole = text.strip()
    reader = Reader(whole, context)
    reader.marks(graded=True)
    alone = _alone(normal(reader.rest), reader)
    if alone is not None:
        return alone
    before = reader.rest
    word = reader.phrase(_NAMED)
    if word is None:
        return _without(Said(whole, before, reader.severity, reader.incident), context)
    verb, severity = _NAMED[word], reader.severity
    if severity is not None and not verb.graded:
        return _without(Said(whole, before, severity, reader.incident), context)
    return _meant(verb, reader, whole)


def said_with(name: str, text: str, context: Context) -> Understood:
    """A verb that a button named, with the text it kept."""
    return _meant(_NAMED[name], Reader(text.strip(), context), text.strip())


def _meant(verb: Verb, reader: Reader, whole: str) -> Understood:
    tail = reader.rest
    reader.marks(graded=verb.graded)
    if verb.graded:
        reader.last()
    said = reader.said(whole)
    meant = verb.parse(said, reader.context)
    intent, left = (meant.intent, meant.left) if isinstance(meant, Meant) else (meant, "")
    return Understood(intent, whole, verb, said.incident, tail, left.strip())


def _alone(words: str, reader: Reader) -> Understood | None:
    """Words that mean something only when nothing else is said with them."""
    said = Said(reader.whole, "", reader.severity, reader.incident)
    if reader.severity is not None:
        return None
    if words in _ALONE:
        return _meant(_ALONE[words], Reader("", reader.context, incident=reader.incident), reader.whole)
    if words in OUTCOMES:
        return Understood(p.cancelled(OUTCOMES[words]), reader.whole, _NAMED["cancel"], said.incident)
    return None


def _without(said: Said, context: Context) -> Understood:
    """No verb: a severity declares outside and re-grades inside, a phase's name moves, all else is offered."""
    if said.severity is not None and not context.inside and said.incident is None:
        return Understood(p.declare(said, context), said.whole, _NAMED["declare"], tail=said.whole)
    if said.severity is not None:
        return Understood(p.severity(said, context), said.whole, _NAMED["severity"], said.incident, tail=said.whole)
    if not said.words:
        return _bare(said, context)
    if context.inside or said.incident is not None:
        found, left = p.phase_in(said.words, context)
        if found and not left.strip():
            return Understood(p.moved(found), said.whole, _NAMED["phase"], said.incident, tail=said.words)
        if is_severity(said.words, context.protocol) or context.protocol.parse_severity(said.words):
            return Understood(p.severity(said, context), said.whole, _NAMED["severity"], said.incident, said.words)
    nearest, rest = _nearest(said.words)
    return Understood(Unsure(nearest, rest), said.words, None, said.incident)


def _bare(said: Said, context: Context) -> Understood:
    inside = context.inside or said.incident is not None
    return Understood(Show("inside") if inside else Fill(Form.DECLARE), said.whole, None, said.incident)


def _nearest(words: str) -> tuple[str | None, str]:
    """The verb that the first word may have meant, and the words after it."""
    reader = Reader(words, Context.__new__(Context))
    return None, reader.rest


Page = Literal["inside"]
