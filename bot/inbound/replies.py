"""Replies: what an answer to a reminder means. Mostly it is the update; a word that answers the question is not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context, normal
from bot.inbound.intents import Fill, Show, Unsure
from bot.inbound.understanding import Understood, said_with, understand
from bot.inbound.verbs.course import no_news

SHORT = (r.Acknowledge, r.Confirm, r.SnoozeAsking, r.Undo, Show)
"""What an answer to a reminder may be besides an update; anything else people write there is the update itself."""

YES = frozenset(
    ("yes", "y", "yep", "yeah", "yup", "ok", "okay", "k", "right", "correct", "sure", "it is", "that's right")
)
COMING = frozenset(("here", "i'm here", "coming", "i'm coming", "on my way", "will do", "i take it", "i'll take it"))
HERE = YES | COMING | {"on it", "i'm on it", "looking", "joining"}
"""How people answer a call up the ladder: they come, and nobody loses a role by it."""

NO = frozenset(("no", "n", "nope", "nah", "it isn't", "it is not"))
THANKS = frozenset(("thanks", "thank you", "thx", "ty", "cheers"))
HELLO = frozenset(("hello", "hi", "hey", "hello there", "hi there", "good morning", "morning", "test"))


def answering(text: str, number: int, context: Context, owed: Collection[str] = ()) -> Understood:
    """What somebody means who answers a reminder of incident `number`; `owed` are the promises it is about that are
    still open. Raises BadInput for a bare yes, no or thanks that answers nothing: it is no update."""
    word = normal(text)
    if no_news(text):
        return Understood(r.PostUpdate("", no_change=True), incident=number)
    in_a_word = _in_a_word(word, context, owed)
    if in_a_word is not None:
        return Understood(in_a_word, incident=number)
    try:
        known = understand(text, replace(context, inside=True))
    except BadInput:
        known = Understood(Unsure())
    if _only_triage(owed) and _graded(known):
        return replace(said_with("severity", text, context), incident=number)
    plainly = isinstance(known.intent, SHORT) or (known.verb is not None and known.verb.name == "update")
    if plainly and not isinstance(known.intent, Fill) and not known.left and known.incident in (None, number):
        return replace(known, incident=number)
    return Understood(r.PostUpdate(text), incident=number)


def _in_a_word(word: str, context: Context, owed: Collection[str]) -> r.Request | None:
    if "acknowledge" in owed and word in YES | COMING:
        return r.Acknowledge(take=True)
    if _only_triage(owed) and word in {*YES, "confirmed"}:
        return r.Confirm()
    if _only_triage(owed) and word in NO:
        names = ", ".join(context.protocol.severity_names)
        raise BadInput(f"Which severity is it, then? Answer with its name ({names}), and why.")
    if word in YES | NO | THANKS | HELLO:
        raise BadInput("That says nothing about the incident. Write what changed in a sentence, or answer: no change.")
    return None


def _only_triage(owed: Collection[str]) -> bool:
    return "triage" in owed and "update" not in owed


def _graded(known: Understood) -> bool:
    """Whether the words begin with a severity."""
    asked = isinstance(known.intent, Unsure) and known.intent.nearest == "severity"
    return asked or isinstance(known.intent, r.ChangeSeverity)
