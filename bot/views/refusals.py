"""Refusals: what is not possible, why and what to do, only to the caller. What they typed is never thrown away."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.views.blocks import Block, actions, button, context, paragraph, post, section, sections, trim
from bot.views.ids import Action, value
from bot.views.scene import Post, Scene
from bot.views.state import hidden
from bot.views.words import Safe, escaped, joined, line, quoted, say

VALUE_MOST = 2_000
"""Characters a button's value holds. Source: Slack, button element."""

OFFERED_MOST = 10
"""Open incidents offered as buttons; the rest are a command away."""

REPEATED_MOST = 10_000
"""Characters of a repeated text: every text that a form or a command takes, within what one message carries."""

KEPT_FROM = 40
"""A shorter text is quickly typed again and is not repeated to its author."""


def refusal(sentence: str, kept: str = "") -> Post:
    """A domain error's own sentence, and the text the caller would otherwise have to type again."""
    told = escaped(sentence)
    return post(told, section(told), _repeated(kept if len(kept) >= KEPT_FROM else ""))


def _repeated(kept: str) -> list[Block]:
    if not kept.strip():
        return []
    return sections(trim(joined([say("refusals.kept"), quoted(kept)], by="\n"), REPEATED_MOST))


def cannot_say() -> Post:
    """Nobody knows yet whether it was saved; the late result follows."""
    return paragraph(say("refusals.cannot_say"))


def bug(error_id: str) -> Post:
    """A bug's apology, with the id under which it is logged."""
    return paragraph(say("refusals.bug", error_id=error_id))


def take_it(scene: Scene, sentence: str = "") -> Post:
    """Somebody who is not asked acknowledged: the people on call are still asked, unless the caller takes it."""
    told = escaped(sentence) if sentence else say("refusals.not_yours", scene)
    take = button("I take it", Action.TAKE, value(scene.incident.id), style="primary")
    return post(told, section(told), actions(take))


def which(
    scenes: Sequence[Scene],
    verb: str,
    text: str = "",
    *,
    count: int | None = None,
    heard: str = "",
    direct: bool = False,
) -> Post:
    """A verb that needs an incident, typed where none is: the open ones as buttons, with the text kept. `count` is how
    many there are, where more than those given; `heard` the text as a button carries it, where people are mentioned in
    it; `direct`: it was said to the bot alone."""
    if not scenes:
        told = say("refusals.nothing_open", verb=verb, direct=direct)
        return post(told, section(told), _repeated(text))
    told, carried = say("refusals.which", direct=direct), heard or text
    picks = [pick(n, _label(scene), scene.incident.id, verb, carried) for n, scene in enumerate(scenes[:OFFERED_MOST])]
    more = (len(scenes) if count is None else count) - len(picks)
    rest = say("refusals.more", count=more, verb=verb) if more > 0 else Safe("")
    names = joined((escaped(_label(scene)) for scene in scenes[:OFFERED_MOST]), by="\n")
    lost = "" if _fits(value(scenes[0].incident.id, verb=verb, text=carried)) else text
    return post(joined([told, names, rest], by="\n"), section(told), actions(*picks), context(rest), _repeated(lost))


def which_one(sentence: str, incident: int, verb: str, picks: Sequence[tuple[str, str]], rest: str = "") -> Post:
    """Several can be meant: each as a button that says it (label, words), with the `rest` of what was typed."""
    told = escaped(sentence)
    carried = [(label, f"{words} {rest}".strip()) for label, words in picks[:OFFERED_MOST]]
    lost = not all(_fits(value(incident, verb=verb, text=text)) for _, text in carried)
    meant = picks if lost else carried
    buttons = [pick(n, label, incident, verb, text) for n, (label, text) in enumerate(meant[:OFFERED_MOST])]
    return post(told, section(told), actions(*buttons), _repeated(rest if lost else ""))


def _label(scene: Scene) -> str:
    """Who is not in a private incident reads no title, even when asked about it by direct message."""
    incident = scene.incident
    return f"{incident.number} · {incident.severity} · {'private' if hidden(scene) else line(incident.title, 60)}"


def unsure(text: str, nearest: str | None = None, *, rest: str = "", incident: int | None = None) -> Post:
    """Words that are no verb: *Declare* with the text kept, or the verb that comes nearest with the `rest` of it."""
    told = say("refusals.unsure", text=text, nearest=nearest)
    near = [pick(0, f"/incident {nearest}", incident, nearest, rest)] if nearest else []
    return post(told, section(told), actions(_declare("Declare", text, style="primary"), *near), _unless_kept(text))


def unused(text: str) -> Post:
    """Words for which a page about no incident has no use."""
    return paragraph(say("refusals.unused", text=text))


def unsure_inside(scene: Scene, text: str, nearest: str | None = None, *, rest: str = "") -> Post:
    """Words that are no verb, inside an incident: *Update · Note · New incident* with the text kept, and before them
    the verb that comes nearest with the `rest` of it."""
    number = scene.incident.id
    told = say("refusals.unsure_inside", scene, text=text, several=nearest in ("severity", "phase"))
    ended = not scene.incident.running
    update = [] if ended else [pick(0, "Update", number, "update", text)]
    near = [pick(2, f"/incident {nearest}", number, nearest, rest)] if nearest else []
    buttons = [*near, *update, pick(1, "Note", number, "note", text), _declare("New incident", text)]
    return post(told, section(told), actions(*buttons), _unless_kept(text))


def pick(number: int, label: str, incident: int | None, verb: str, text: str) -> ButtonElement:
    """A button that says a verb with its text. Ids are numbered because Slack wants each only once in a message; the
    door knows them by their beginning."""
    return button(label, f"{Action.PICK}:{number}", _carried(incident, verb, text))


def _declare(label: str, text: str, *, style: str | None = None) -> ButtonElement:
    return button(label, Action.DECLARE, _carried(None, "declare", text), style=style)


def _carried(incident: int | None, verb: str, text: str) -> str:
    """The value with its text; a text too long for a button opens the form, and is repeated for copying."""
    whole = value(incident, verb=verb, text=text)
    return whole if _fits(whole) else value(incident, verb=verb)


def _fits(carried: str) -> bool:
    return len(carried) <= VALUE_MOST


def _unless_kept(text: str) -> list[Block]:
    return [] if _fits(value(None, verb="declare", text=text)) else _repeated(text)
