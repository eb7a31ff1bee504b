"""How the topic of changing one's mind reads: on the timeline, in private answers, in the incident's channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.incident import Link
from bot.domain.undoing import ENDINGS, can_be
from bot.domain.undoing_words import NOUNS
from bot.views import blocks, phrases
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.refusals import VALUE_MOST
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, listed, say


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.Undone(seqs=seqs):
            return say("changes.undone", what=_nouns(scene, seqs))
        case f.UpdateEdited(update=update, text=text):
            at = next((e.at for e in scene.entries if e.seq == update), None)
            return say("changes.update_edited", of=pen.when(at) if at else "", text=pen.said(text))
        case f.Renamed(title=title):
            return say("changes.renamed", title=pen.said(title))
        case f.TimesCorrected(started_at=started_at, detected_at=detected_at):
            times = {"started": started_at, "detected": detected_at}
            return say(
                "changes.times_corrected", None, **{name: pen.when(at) if at else "" for name, at in times.items()}
            )
        case f.ChannelRenamed(name=name):
            return say("changes.channel_renamed", channel=pen.said(name))
        case f.JoinAsked():
            return say("changes.join_asked")
        case f.Linked(other=other, how=how):
            return say("changes.linked", number=_number(other), how=how)
        case f.Unlinked(other=other):
            return say("changes.unlinked", number=_number(other))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately; None where the bot or Slack did it."""
    match entry.fact:
        case f.Undone(seqs=seqs):
            own = _own(scene, seqs)
            now = stands(scene, next((e for e in own if isinstance(e.fact, ENDINGS)), own[-1])) if own else Safe()
            return say("changes.taken_back", scene, what=_nouns(scene, seqs), stands=now)
        case f.UpdateEdited():
            return say("changes.edited", scene)
        case f.Renamed():
            return say("changes.renamed_to", scene)
        case f.TimesCorrected():
            return say("changes.times", scene)
        case f.JoinAsked():
            return say("changes.join", scene)
        case f.Linked(how="duplicate of", other=other, channel=channel):
            return say("changes.merged_into", scene, number=_number(other), channel=channel)
        case f.Linked(how="split from", other=other):
            return say("changes.split_off", scene, number=_number(other))
        case f.Linked(other=other):
            return say("changes.linked_to", scene, number=_number(other))
        case f.Unlinked(other=other):
            return say("changes.unlinked_from", scene, number=_number(other))
        case _:
            return None


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.Linked(how="has duplicate", other=other, channel=channel):
            drawn = say("changes.came_over", number=_number(other), channel=channel)
        case f.Linked(how="split into", other=other):
            drawn = say("changes.part_left", number=_number(other), channel=_channel(scene, other))
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")
    return blocks.post(phrases.aloud(drawn, scene), blocks.sections(drawn))


def links(scene: Scene) -> Safe:
    """The incidents this one is tied to, each with its channel; nothing where there are none."""
    found = joined(_link(scene, link) for link in scene.incident.links)
    return say("changes.links", links=found) if found else Safe()


def _link(scene: Scene, link: Link) -> Safe:
    channel = link.channel or _channel(scene, link.other)
    return say("changes.link", how=link.how, number=_number(link.other), channel=channel)


def _channel(scene: Scene, part: int) -> str | None:
    """The channel of what was split off, once it has one and everybody may know of it."""
    return next((one.channel for one in scene.parts if one.id == part), None)


def _number(incident: int) -> str:
    return f"INC-{incident}"


def _nouns(scene: Scene, seqs: Iterable[int]) -> Safe:
    """What was taken back, in words: `the impact and the update`; a severity by its name."""
    named = dict.fromkeys(
        e.fact.new if isinstance(e.fact, f.SeverityChanged) else f"the {NOUNS[e.fact.kind][0]}"
        for e in _own(scene, seqs)
    )
    return listed(map(escaped, named)) if named else Safe("what was done before")


def _own(scene: Scene, seqs: Iterable[int]) -> list[Entry]:
    """What somebody did themselves among these entries, without what followed from it."""
    wanted = set(seqs)
    told = [e for e in scene.entries if e.seq in wanted and e.fact.kind in NOUNS]
    own = [e for e in told if not _followed(e.fact)]
    ended = any(isinstance(e.fact, f.Cancelled) for e in own)
    main = [e for e in own if not isinstance(e.fact, f.PhaseMoved | f.Linked if ended else f.PhaseMoved)]
    return main or own or told


def _followed(fact: f.Fact) -> bool:
    match fact:
        case f.RolesAsked() | f.RoleAssigned(chosen=False) | f.Acknowledged(implied=True):
            return True
        case _:
            return False


def stands(scene: Scene, said: Entry, *, aloud: bool = False) -> Safe:
    """How it stands once this entry is taken back, where one short line says it; `aloud`: nothing else is read."""
    match said.fact:
        case f.SeverityChanged() | f.Renamed() | f.Reopened() | f.Resolved() | f.Closed() | f.Cancelled() as fact:
            return say("changes.stands", scene, was=fact.kind, fact=fact, aloud=aloud)
        case _:
            return Safe()


# ------------------------------------------------------------------------------------------------ buttons


def offers(scene: Scene, entries: Sequence[Entry]) -> list[ButtonElement]:
    """*Edit* for an update, and *Undo* for whatever its author can take back."""
    seqs = can_be(entries, scene.reader)
    number = scene.incident.id
    said = [e.seq for e in entries if isinstance(e.fact, f.UpdatePosted) and e.fact.text and e.by == scene.reader]
    edit = [blocks.button("Edit", Action.EDIT, value(number, ask=seq)) for seq in said[:1]]
    undo = blocks.button("Undo", Action.UNDO, value(number, text=",".join(map(str, seqs))))
    return [*edit, *([undo] if seqs else [])]


def fits(*carried: str) -> bool:
    """Whether buttons can carry these texts."""
    return all(len(value(999_999_999, verb="note", text=text)) <= VALUE_MOST for text in carried)


def part_or_another(scene: Scene, text: str, kept: str) -> Post:
    """Declared in an incident's channel: a part of it, or another one?"""
    told = say("changes.part_or_another", scene, text=text)
    part = blocks.button("Part of this", f"{Action.PICK}:0", value(scene.incident.id, verb="note", text=text))
    return blocks.post(told, blocks.section(told), blocks.actions(part, _separate("Another incident", kept)))


def looks_alike(scene: Scene, kept: str) -> Post:
    """Others work on the same already, as it seems: nothing is declared until it is said that it is not."""
    told = say("changes.looks_alike", scene)
    join = blocks.button(f"Join {scene.incident.number}", Action.JOIN, value(scene.incident.id), style="primary")
    return blocks.post(told, blocks.section(told), blocks.actions(join, _separate("Separate", kept)))


def _separate(label: str, kept: str) -> ButtonElement:
    return blocks.button(label, Action.SEPARATE, value(None, text=kept))


def similar(scene: Scene, new: int) -> Post:
    """Declared, and a look at what it may be the same as."""
    told = say("changes.similar", scene)
    merge = value(new, verb="duplicate", text=scene.incident.number)
    button = blocks.button(f"Merge into {scene.incident.number}", f"{Action.PICK}:0", merge)
    return blocks.post(told, blocks.section(told), blocks.actions(button))
