"""The course of an incident: declared, acknowledged, told of, ended. Its verbs, buttons and forms."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import ending
from bot.domain import request as r
from bot.domain.ending import proven
from bot.domain.errors import BadInput
from bot.domain.grounds import running
from bot.inbound.grammar import Context, Said, first, moment_in, normal, span_in, starts_with, time_in
from bot.inbound.intents import Fill, Intent, Meant, Show
from bot.inbound.verbs.verb import OLD, Click, FormDoor, Meaning, Opening, Page, Parser, Reading, Verb, opens
from bot.views import answers, brief, choices, forms, promises, read_forms
from bot.views import timeline as timelines
from bot.views.ids import Action, Form
from bot.views.scene import Post

ACKNOWLEDGES = ("ack", "acknowledge", "acked")
"""The words that acknowledge; every other word for it also makes the caller responder."""

NO_NEWS = ("no change", "no changes", "nothing new")
_LITTLE = frozenset(("still", "yet", "so", "far", "pls", "please", "sorry", "here", "from", "me", "right", "now"))
WHOLE = {"all": "all", "whole": "all", "full": "all"}
PRIVATE = "private"
LISTS = ("open", "mine", "all")


def declare(said: Said, _: Context) -> Intent:
    if not said.words:
        return Fill(Form.DECLARE, severity=said.severity)
    if first(said.words)[0] == PRIVATE:  # declared at once, everybody would read what was to be kept from them
        return Fill(Form.DECLARE, text=said.words, severity=said.severity, private=True)
    return r.Declare(title=said.words, severity=said.severity)


def acknowledge(said: Said, _: Context) -> Meant:
    if said.words.startswith("@"):
        raise BadInput("Everybody acknowledges for themselves: ask them to type /incident ack.")
    return Meant(r.Acknowledge(take=said.verb not in ACKNOWLEDGES), said.words)


def confirm(said: Said, _: Context) -> Intent | Meant:
    if said.severity is not None:
        return r.ChangeSeverity(said.severity, said.words)
    return Meant(r.Confirm(), said.words)


def no_news(text: str) -> bool:
    """Whether a text says no more than that nothing changed: `still no change, sorry` is no update."""
    return " ".join(word for word in normal(text).split() if word not in _LITTLE) in NO_NEWS


def update(said: Said, _: Context) -> Intent:
    if no_news(said.words) or said.verb in NO_NEWS:
        return r.PostUpdate("", no_change=True)
    return r.PostUpdate(said.words) if said.words else Fill(Form.UPDATE)


def impact(said: Said, context: Context) -> Intent:
    if not said.words:
        return Fill(Form.ASSESS)
    eta, sentence = moment_in(said.words, ("eta",), context)
    return r.StateImpact(sentence, eta=eta) if sentence else r.StateImpact(said.words)


def severity(said: Said, context: Context) -> Intent:
    if said.severity is not None:
        return r.ChangeSeverity(said.severity, said.words)
    if not said.words:
        names = context.protocol.severity_names
        raise BadInput(
            f"Which severity? {context.protocol.name} has {', '.join(names)}: /incident severity {names[0]} <why>."
        )
    word, _, why = said.words.partition(" ")
    return r.ChangeSeverity(word, why.strip())


def phase(said: Said, context: Context) -> Intent | Meant:
    if not said.words:
        names = [phase.name for phase in context.protocol.phases]
        raise BadInput(f"Which phase? {context.protocol.name} has {', '.join(names)}: /incident phase {names[-1]}.")
    found, left = phase_in(said.words, context)
    return Meant(r.MovePhase(found), left) if found else r.MovePhase(said.words)


def phase_in(words: str, context: Context) -> tuple[str | None, str]:
    """The phase whose name or title the words begin with, and what follows it."""
    phases = context.protocol.phases
    return starts_with(words, {text: phase.name for phase in phases for text in (phase.title, phase.name)})


def note(said: Said, context: Context) -> Intent:
    at, text = time_in(said.words, context)
    return r.AddNote(text, at) if text.strip() else r.AddNote(said.words)


def snooze(said: Said, context: Context) -> Intent:
    length, why = span_in(said.words, context)
    if length is None or not why.strip():
        return Fill(Form.SNOOZE, text=said.words if length is None else "", length=length)
    return r.SnoozeAsking(length, why)


def resolve(said: Said, _: Context) -> Intent:
    """`fixed` may mean that it is over, or that it has to be watched: two buttons ask."""
    return Show("fixed", said.words) if said.verb == "fixed" else Fill(Form.RESOLVE, text=said.words)


def cancel(said: Said, _: Context) -> Intent:
    if said.verb in ending.OUTCOMES:
        return r.Cancel(ending.OUTCOMES[said.verb], said.words)
    if not said.words:
        raise BadInput("Why was it none? /incident cancel false alarm <why>, expected <why> or duplicate <why>.")
    outcome, why = starts_with(said.words, dict(ending.OUTCOMES))
    return r.Cancel(outcome or "false alarm", why)


def reopen(said: Said, _: Context) -> Intent:
    return r.Reopen(said.words) if said.words else Fill(Form.REOPEN)


def listing(said: Said, _: Context) -> Intent:
    which = normal(said.words) or LISTS[0]
    if which not in LISTS:
        raise BadInput("There are three lists: /incident list open, /incident list mine and /incident list all.")
    return Show("list", which)


def timeline(said: Said, _: Context) -> Meant:
    whole, left = starts_with(said.words, WHOLE)
    return Meant(Show("timeline", whole or ""), left)


def help_page(said: Said, _: Context) -> Intent:
    return Show("help", normal(said.words))


def _fixed(reading: Reading) -> Post:
    running(reading.scene.incident, "there is nothing to resolve")
    return choices.fixed(reading.scene, reading.which)


def form(which: Form) -> Parser:
    return lambda said, _: Fill(which, text=said.words)


def page(which: str) -> Parser:
    return lambda said, _: Meant(Show(which), said.words)


VERBS: tuple[Verb, ...] = (
    Verb(
        "declare",
        ("new", "open"),
        "declare [P1] [title]",
        "declares an incident; without a title it opens the form",
        parse=declare,
        graded=True,
        anywhere=True,
    ),
    Verb(
        "ack",
        ("acknowledge", "acked", "on it", "i'm on it", "mine", "take it"),
        "ack",
        "says that you are on it, which stops the calling",
        parse=acknowledge,
        alone=("on it", "i'm on it", "mine", "take it"),
    ),
    Verb("confirm", (), "confirm", "confirms the severity", parse=confirm, graded=True),
    Verb(
        "update",
        ("say", *NO_NEWS),
        "update [text]",
        "posts an update; without a text it opens the form",
        parse=update,
        alone=NO_NEWS,
    ),
    Verb(
        "impact",
        (),
        "impact [sentence]",
        "says what it means for those who use the data; without a sentence it opens the form that judges it",
        parse=impact,
    ),
    Verb("severity", ("sev",), "severity P1 [why]", "raises or lowers the severity", parse=severity, graded=True),
    Verb("phase", ("move",), "phase fixing", "moves the incident to another phase", parse=phase),
    Verb("note", (), "note [at 02:40] <text>", "keeps something on the timeline", parse=note),
    Verb(
        "promises",
        ("clocks", "due", "why"),
        "promises",
        "shows what is promised by when, and why the last reminder came",
        parse=page("promises"),
        alone=("clocks", "due", "why"),
    ),
    Verb("timeline", (), "timeline [all]", "shows what happened so far", parse=timeline),
    Verb(
        "snooze",
        (),
        "snooze 30m <why>",
        "pauses the reminders; the promises stay",
        parse=snooze,
    ),
    Verb(
        "resolve",
        ("resolved", "done", "fixed"),
        "resolve [fix]",
        "opens the form that resolves the incident",
        parse=resolve,
    ),
    Verb("close", (), "close", "opens the form that closes a resolved incident", parse=form(Form.CLOSE)),
    Verb(
        "cancel",
        ("false alarm", "expected", "noise"),
        "cancel [false alarm|expected|duplicate] <why>",
        "ends what turned out to be no incident",
        parse=cancel,
        alone=("expected", "noise"),
    ),
    Verb("reopen", (), "reopen <why>", "opens an ended incident again", parse=reopen),
    Verb("list", (), "list [open|mine|all]", "lists incidents", parse=listing, anywhere=True),
    Verb(
        "brief",
        ("status", "catchup", "catch up", "catch me up", "tldr", "eta"),
        "brief",
        "tells in eight lines how it stands",
        parse=page("brief"),
        alone=("status", "catchup", "catch up", "catch me up", "tldr", "eta"),
    ),
    Verb(
        "help",
        (),
        "help [verb|protocol]",
        "explains a verb, or lists them all; protocol: what counts as an incident here",
        parse=help_page,
        anywhere=True,
    ),
)


def _not_me(click: Click) -> Intent:
    if click.ask is None:
        raise BadInput(OLD)
    return r.DeclineAsk(click.ask)


BUTTONS: dict[Action, Meaning] = {
    Action.ACKNOWLEDGE: lambda _: r.Acknowledge(),
    Action.TAKE: lambda _: r.Acknowledge(take=True),
    Action.CONFIRM: lambda _: r.Confirm(),
    Action.NO_CHANGE: lambda click: r.PostUpdate("", no_change=True, ask=click.ask),
    Action.NOT_ME: _not_me,
    Action.RETRY: lambda _: r.RetryChannel(),
    Action.POST_UPDATE: opens(Form.UPDATE),
    Action.SEND_THAT: opens(Form.UPDATE),
    Action.SNOOZE: opens(Form.SNOOZE),
    Action.RESOLVE: opens(Form.RESOLVE),
    Action.CLOSE: opens(Form.CLOSE),
    Action.REOPEN: opens(Form.REOPEN),
    Action.CATCH_UP: lambda _: Show("brief"),
}


def _snooze_form(o: Opening) -> dict[str, object]:
    return forms.snooze(o.scene, o.ask, why=o.fill.text, length=o.fill.length, metadata=o.metadata)


def _close_form(o: Opening) -> dict[str, object]:
    known = [c.id for c in o.scene.protocol.closure if proven(o.scene.incident, c)]
    return forms.close(o.scene, known, reason=o.fill.text, metadata=o.metadata)


FORMS: dict[Form, FormDoor] = {
    Form.DECLARE: FormDoor(lambda values, _: r.Declare(**read_forms.read_declare(values))),
    Form.UPDATE: FormDoor(
        lambda values, _: r.PostUpdate(**read_forms.read_update(values)),
        lambda o: forms.update(o.scene, o.ask, text=o.fill.text, metadata=o.metadata),
        lambda _: r.PostUpdate("?"),
    ),
    Form.SNOOZE: FormDoor(
        lambda values, _: r.SnoozeAsking(**read_forms.read_snooze(values)),
        _snooze_form,
        lambda _: r.PostUpdate("?"),
        r.SnoozeAsking(timedelta(minutes=1), "?"),
    ),
    Form.RESOLVE: FormDoor(
        lambda values, _: r.Resolve(**read_forms.read_resolve(values)),
        lambda o: forms.resolve(o.scene, o.fill.text, metadata=o.metadata),
        lambda _: r.Resolve("?", "repaired"),
    ),
    Form.CLOSE: FormDoor(
        lambda values, _: r.Close(**read_forms.read_close(values)),
        _close_form,
        lambda protocol: r.Close(tuple(c.id for c in protocol.closure)),
    ),
    Form.REOPEN: FormDoor(
        lambda values, _: r.Reopen(**read_forms.read_reopen(values)),
        lambda o: forms.reopen(o.scene, why=o.fill.text, metadata=o.metadata),
        lambda _: r.Reopen("?"),
    ),
}


PAGES: dict[str, Page] = {
    "fixed": _fixed,
    "inside": lambda reading: answers.inside(reading.scene),
    "brief": lambda reading: brief.brief(reading.scene),
    "promises": lambda reading: promises.promises(reading.scene),
    "timeline": lambda reading: timelines.private(reading.scene, whole=reading.which == "all"),
}
