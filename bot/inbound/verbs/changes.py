"""Changing one's mind: the topic's verbs, buttons and forms."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.domain.runbooks import looks_like_ticket, ticket_in
from bot.inbound.grammar import Context, Said, incident_in, normal
from bot.inbound.intents import Fill, Intent, Meant
from bot.inbound.twice import declared_after_all
from bot.inbound.verbs.verb import OLD, Click, FormDoor, Meaning, Opening, Page, Verb, opens
from bot.views import changes_forms as forms
from bot.views.ids import Action, Form

_QUOTED = re.compile(r"""["“„]([^"“”„]+)["“”]""")
_THAT = ("that", "it", "this", "last", "the last", "please")
_JOINING = ("to", "of", "with", "into", "from", "and")


def undo(said: Said, _: Context) -> Meant:
    return Meant(r.Undo(), "" if normal(said.words) in _THAT else said.words)


def edit(said: Said, _: Context) -> Intent:
    return r.EditUpdate(said.words) if said.words else Fill(Form.EDIT)


def rename(said: Said, _: Context) -> Intent:
    quoted = _QUOTED.fullmatch(title := re.sub(r"^to\s+", "", said.words))
    return r.Rename(quoted[1] if quoted else title)


def split(said: Said, _: Context) -> Intent:
    return r.Split(said.words, said.severity) if said.words else Fill(Form.SPLIT, severity=said.severity)


def _two(request: Callable[[int], r.OfTwo]) -> Callable[[Said, Context], Meant]:
    def parse(said: Said, _: Context) -> Meant:
        other, left = _other(said.words)
        if other is None:
            raise BadInput(f"Which one? Name its number: /incident {said.verb} INC-9.")
        return Meant(request(other), left)

    return parse


def link(said: Said, context: Context) -> Meant:
    """Another incident, or the ticket in the protocol's tracker."""
    other, _ = _other(said.words)
    if other is None and (ticket_in(said.words, context.protocol) or looks_like_ticket(said.words, context.protocol)):
        return Meant(r.LinkTicket(said.words))
    if other is None and context.protocol.ticket is not None:
        raise BadInput(f"Link which one? An incident (INC-9), or a ticket like {context.protocol.ticket.pattern}.")
    return _two(r.Link)(said, context)


def _other(words: str) -> tuple[int | None, str]:
    """The incident named first among the words (`INC-9`, `#inc-9-orders`, `of 9`), and the words without it."""
    typed = words.split()
    while typed and typed[0].casefold() in _JOINING:
        typed.pop(0)
    if not typed:
        return None, words
    bare = typed[0].strip("#.,:;")
    number = incident_in(typed[0]) or (int(bare) if re.fullmatch(r"[1-9]\d{0,8}", bare) else None)
    return number, " ".join(typed[1:]) if number else words


VERBS: tuple[Verb, ...] = (
    Verb(
        "undo",
        ("take back",),
        "undo",
        "takes back the last thing you did, within 10 minutes",
        parse=undo,
    ),
    Verb("edit", ("correct",), "edit [text]", "corrects your last update; without a text, the form", parse=edit),
    Verb("rename", (), "rename <title>", "changes the title, and the channel's name with it", parse=rename),
    Verb(
        "duplicate",
        ("dup", "merge"),
        "duplicate INC-9",
        "ends this one as a duplicate; its people go over",
        parse=_two(r.Duplicate),
        second=True,
    ),
    Verb(
        "split",
        (),
        "split [P2] <title>",
        "declares a part of this as an incident of its own",
        parse=split,
        graded=True,
    ),
    Verb(
        "link",
        (),
        "link INC-9",
        "ties two incidents together; a ticket of the protocol's tracker too",
        parse=link,
        second=True,
    ),
    Verb("unlink", (), "unlink INC-9", "ends that", parse=_two(r.Unlink), second=True),
)


def _taken_back(click: Click) -> Intent:
    if not re.fullmatch(r"\d+(,\d+)*", click.text):
        raise BadInput(OLD)
    return r.Undo(tuple(int(seq) for seq in click.text.split(",")))


def _after_all(click: Click) -> Intent:
    try:
        return declared_after_all(click.text)
    except (ValueError, TypeError) as error:
        raise BadInput(OLD) from error


BUTTONS: dict[Action, Meaning] = {
    Action.UNDO: _taken_back,
    Action.EDIT: opens(Form.EDIT),
    Action.SEPARATE: _after_all,
    Action.JOIN: lambda _: r.JoinIn(),
}


def _edit_form(o: Opening) -> dict[str, object]:
    return forms.edit(o.scene, o.fill.ask, metadata=o.metadata)


FORMS: dict[Form, FormDoor] = {
    Form.EDIT: FormDoor(
        lambda values, update: r.Correct(update=update, **forms.read_edit(values)),
        _edit_form,
        lambda _: r.Rename("?"),
        r.Correct(),
    ),
    Form.SPLIT: FormDoor(
        lambda values, _: r.Split(**forms.read_split(values)),
        lambda o: forms.split(o.scene, title=o.fill.text, metadata=o.metadata),
        like=r.Split("?"),
    ),
}

PAGES: dict[str, Page] = {}
