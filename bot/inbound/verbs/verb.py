"""What a topic registers: its verbs, what its buttons mean, and its forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.incident import Ask
from bot.domain.protocol import Protocol
from bot.inbound.grammar import Context, Said
from bot.inbound.intents import Fill, Intent, Meant
from bot.views.helps import Verb as Help
from bot.views.ids import Form
from bot.views.read_forms import Values
from bot.views.scene import Post, Scene

Parser = Callable[[Said, Context], Intent | Meant]
"""From a verb's words to an intent. Pure, and none loses a word: what the protocol or the incident must judge is left
to `decide`; a parser refuses only what it cannot even pass on."""


@dataclass(frozen=True)
class Verb(Help):
    """`alone`: aliases that mean the verb only when nothing follows them (`mine`, `status`), because they begin
    sentences too. `graded`: a severity may stand among its words. `peopled`: people may, and are taken out of them
    (`Said.people`). `anywhere`: it needs no incident. `second`: an incident number among its words names another
    one."""

    parse: Parser = field(kw_only=True)
    alone: tuple[str, ...] = ()
    graded: bool = False
    peopled: bool = False
    anywhere: bool = False
    second: bool = False


@dataclass(frozen=True)
class Click:
    """What a button carried: the incident, the entry it is about (fact seq), a verb and the words kept for it."""

    incident: int | None
    ask: int | None
    verb: str
    text: str


Meaning = Callable[[Click], Intent]


@dataclass(frozen=True)
class Opening:
    """What a form is drawn from: the incident as its reader sees it, what was typed already, the reminder it answers,
    what it has to bring back (`metadata`), who is who now, and what the rules say of whoever opens it."""

    scene: Scene
    fill: Fill
    ask: Ask | None
    metadata: str
    roster: Roster
    caller: Caller | None = None


@dataclass(frozen=True)
class FormDoor:
    """How a form is read back (with the fact seq it is about), drawn, and tried before it is opened (`probe`: what it
    will ask for), so that nobody fills in what would be refused. `draw` None: it needs no incident. `like`: a request
    with the verb that the form is for, where trying would be another one or cannot be."""

    read: Callable[[Values, int | None], r.Request | r.OfCalendar]
    draw: Callable[[Opening], dict[str, Any]] | None = None
    probe: Callable[[Protocol], r.Request] | None = None
    like: r.Request | None = None


@dataclass(frozen=True)
class Reading:
    """What a private page about one incident is drawn from: the incident as its reader sees it (with its timeline),
    what narrows the page, who is who now, for `similar` the other incidents that may be named, and for `adopt` the
    protocol as it is now."""

    scene: Scene
    which: str
    roster: Roster
    others: Sequence[Scene] = ()
    newest: Protocol | None = None


Page = Callable[[Reading], Post]
"""A private page about one incident; its name is what `intents.Show` says."""


OLD = "This button is from another version of me and does nothing any more. Type /incident for what can be done now."


def opens(form: Form) -> Meaning:
    """A button that opens a form about what the button is about."""
    return lambda click: Fill(form, text=click.text, ask=click.ask)
