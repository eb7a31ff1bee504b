"""Understanding: what somebody meant by the words after `/incident`."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.domain.ending import OUTCOMES
from bot.inbound.grammar import Context, Reader, Said, first
from bot.inbound.intents import Fill, Intent, Meant, Show, Unsure
from bot.inbound.text import named
from bot.inbound.verbs import NAMED
from bot.inbound.verbs.course import phase, phase_in
from bot.inbound.verbs.verb import Verb
from bot.views.ids import Form

_EXPLAINS = (":", "—", "–", ";")
"""After `expected` or `noise` these say that the reason follows; without one the word may begin any sentence."""

NEAR = 75
"""How alike (of 100) a word and a verb must be for the verb to be offered. A house choice."""


SHORT, NEAR_SHORT = 3, 80
"""A word of so few letters must be more like a verb: `yes` is not meant for `types`. House choices."""

BEGINS_TITLES = ("new", "open")
"""Words for *declare* that belong to the title where a severity, which declares already, stands before them."""


@dataclass(frozen=True)
class Understood:
    """What was asked for. `verb` is None for words that name none, `word` is how it was said; `incident` is the number
    that was typed, if one was; `tail` is what was typed after the verb, `heard` the same as a button carries it, with
    people still known; `left` what the verb had no use for: it is offered back."""

    intent: Intent
    verb: Verb | None = None
    incident: int | None = None
    tail: str = ""
    left: str = ""
    heard: str = ""
    word: str = ""


def understand(text: str, context: Context) -> Understood:
    """What somebody meant who typed this. Raises BadInput for a verb whose words cannot be used as they stand."""
    reader = Reader(text.strip(), context)
    reader.marks(graded=True)
    without = reader.said()
    people = reader.addressed()
    before = reader.rest
    word = reader.phrase(NAMED)
    explained = word in OUTCOMES and before[: len(before) - len(reader.rest)].rstrip()[-1:] in _EXPLAINS
    reader.rest = people + reader.rest
    verb = NAMED[word] if word else None
    if verb is None or word is None or (without.severity and (not verb.graded or word in BEGINS_TITLES)):
        return _without(without, context)
    meant = _with(verb, word, reader)
    return _without(without, context) if word in verb.alone and reader.rest and not explained else meant


def said_with(word: str, text: str, context: Context) -> Understood:
    """A verb that a button named, with the text it kept. Raises KeyError for a verb this version does not have."""
    return _with(NAMED[word], word, Reader(text.strip(), context))


def _with(verb: Verb, word: str, reader: Reader) -> Understood:
    heard = reader.rest
    shown = named(heard, reader.context.names)
    if verb.peopled:
        reader.mentions()
    numbered = not (verb.anywhere or verb.second)
    reader.marks(graded=verb.graded, numbered=numbered)
    reader.last(graded=verb.graded, numbered=numbered and not reader.context.inside)
    said = reader.said(word)
    meant = verb.parse(said, reader.context)
    if isinstance(meant, Meant):
        number = said.incident or meant.incident
        return Understood(meant.intent, verb, number, shown, meant.left.strip(), heard, word)
    return Understood(meant, verb, said.incident, shown, heard=heard, word=word)


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
    found, left = phase_in(said.words, context)
    if inside and found and not left.strip():
        return Understood(_intent(phase(said, context)), NAMED["phase"], said.incident, said.words)
    if inside and found:
        return Understood(Unsure("phase", said.heard), None, said.incident, said.words, heard=said.heard)
    return Understood(nearest(said.heard), None, said.incident, said.words, heard=said.heard)


def _intent(meant: Intent | Meant) -> Intent:
    return meant.intent if isinstance(meant, Meant) else meant


def nearest(words: str) -> Unsure:
    """The verb that the first word may have been meant for."""
    word, rest = first(words)
    if word in NAMED:
        return Unsure()  # a word that means a verb only when it stands alone
    cutoff = NEAR if len(word) > SHORT else NEAR_SHORT
    found = process.extractOne(word, list(NAMED), scorer=fuzz.ratio, score_cutoff=cutoff)
    return Unsure(found[0], rest) if found else Unsure()
