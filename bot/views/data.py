"""How the topic of the data axis reads: on the timeline, in private answers, in the incident's channel and beyond."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement

from bot.domain import assets
from bot.domain import fact as f
from bot.domain.assets import Asset
from bot.domain.fact import Entry
from bot.domain.incident import UNSAFE_DATA, UNSETTLED_DATA, Backfill, DataState
from bot.views import blocks, recipes, state
from bot.views.blocks import actions, button, context, post, section
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, Said, escaped, joined, line, lines, listed, name, say, time

_WORDS = {DataState.REPAIRED: "repaired, right again", DataState.UNAFFECTED: "unaffected, right all along"}
"""States whose word alone leaves a doubt."""


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.AffectedChanged(added=added, removed=removed):
            return say("data.told_affected", added=pen.said(added), removed=pen.said(removed))
        case f.DataStated(state=word, why=why) as fact:
            return say("data.told_data", state=word, details=_details(fact, scene, pen), why=pen.said(why))
        case f.BackfillPlanned(what=what, since=since, until=until, owner=owner):
            named = pen.said(scene.name(owner)) if owner else ""
            by = recipes.named(scene, entry.fact.recipe)
            return say("data.told_backfill", what=pen.said(what), window=_window(since, until, pen), owner=named, by=by)
        case f.BackfillEnded(backfill=number, done=done, why=why):
            what = pen.said(_what(scene, number))
            return say("data.told_backfill_ended", what=what, done=done, why=pen.said(why))
        case f.OwnersCalled(assets=patterns, people=people):
            named = listed(pen.said(scene.name(person)) for person in people)
            return say("data.told_owners", assets=listed(map(pen.said, patterns)), people=named)
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def _slack(scene: Scene) -> Pen:
    return Pen(lambda at: time(at, scene), _typed, "~")


def _typed(text: str) -> Safe:
    return escaped(line(text))


def _window(since: datetime | None, until: datetime | None, pen: Pen, *, late: bool = False) -> Safe:
    first, last = (pen.when(at) if at else "" for at in (since, until))
    return say("data.window", late=late, since=first, until=last)


def _details(fact: f.DataStated, scene: Scene, pen: Pen) -> Safe:
    parts: list[Said] = [
        _window(fact.since, fact.until, pen, late=fact.state == DataState.LATE),
        pen.said(fact.partitions),
        say("data.trusted", at=pen.when(fact.trusted_from)) if fact.trusted_from else "",
        say("data.accepted", person=pen.said(scene.name(fact.accepted_by))) if fact.accepted_by else "",
        say("data.expected", at=pen.when(fact.eta)) if fact.eta else "",
    ]
    return joined(parts, ", ")


def _what(scene: Scene, number: int) -> str:
    found = next((one for one in scene.incident.backfills if one.seq == number), None)
    return found.what if found else str(number)


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately."""
    match entry.fact:
        case f.AffectedChanged():
            return say("data.answered_affected", scene, affected=line(scene.incident.affected, 300))
        case f.DataStated(aside=True):
            return None
        case f.DataStated(state=word) as fact:
            unsafe = word in set(UNSAFE_DATA)
            details = _details(fact, scene, _slack(scene))
            return say("data.answered_data", scene, word=word, details=details, unsafe=unsafe)
        case f.BackfillPlanned():
            several = sum(one.ended_at is None for one in scene.incident.backfills) > 1
            return say("data.answered_backfill", scene, number=len(scene.incident.backfills) if several else 0)
        case f.BackfillEnded():
            left = sum(one.ended_at is None for one in scene.incident.backfills)
            unsettled = scene.incident.data in UNSETTLED_DATA
            return say("data.answered_backfill_ended", scene, entry=entry, left=left, unsettled=unsettled)
        case f.OwnersCalled(people=people):
            named = listed(name(person, scene) for person in people)
            return say("data.answered_owners", scene, people=named, one=len(people) == 1)
        case _:
            return None


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    pen = _slack(scene)
    match entry.fact:
        case f.DataStated(state=word) as fact:
            known = DataState(word)
            looks = {"safe": state.safe(scene.incident), "unsafe": state.unsafe(scene.incident)}
            details = _details(fact, scene, pen)
            drawn = say("data.statement", scene, word=_WORDS.get(known, word), details=details, **looks)
            return _drawn(scene, drawn, say("data.statement_by", scene, entry=entry))
        case f.BackfillPlanned(since=since, until=until, owner=owner):
            told = {"window": _window(since, until, pen), "by": recipes.named(scene, entry.fact.recipe)}
            return _drawn(scene, say("data.backfill_planned", scene, entry=entry, owner=owner, **told))
        case f.BackfillEnded(backfill=number):
            return _drawn(scene, say("data.backfill_ended", scene, entry=entry, what=_what(scene, number)))
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")


def _drawn(scene: Scene, what: Safe, *small: Safe) -> Post:
    text = lines(what, *small, say("state.aloud", scene))
    return post(text, blocks.sections(what), context(joined(small)))


def owner(scene: Scene, entry: Entry) -> Post:
    """The direct message to somebody who owns what is affected."""
    if not isinstance(entry.fact, f.OwnersCalled):
        raise TypeError(f"{entry.fact.kind} calls no owners")
    said = f"The data is {scene.incident.data}" if scene.incident.data != DataState.NOT_CHECKED else ""
    theirs = entry.fact.owned.get(scene.reader or "", entry.fact.assets)
    named = listed(_typed(pattern) for pattern in theirs)
    return blocks.paragraph(say("data.owner", scene, assets=named, data_words=said))


def affected(scene: Scene, known: tuple[Asset, ...]) -> Post:
    """What is affected, and who owns it."""
    named = assets.things(scene.incident.affected)
    head = say("data.page_affected", scene, things=_typed(", ".join(named)))
    rows = [_asset(scene, one, assets.known([one], known)) for one in named]
    told = lines(head, *rows[:20])
    return post(told, blocks.sections(told), actions(*_next(scene, Action.DATA, Action.PLAN_BACKFILL)))


def _asset(scene: Scene, thing: str, found: tuple[Asset, ...]) -> Safe:
    owners = listed(name(person, scene) for asset in found for person in asset.owners)
    tier = found[0].tier if found else None
    return say("data.page_asset", scene, thing=line(thing, 100), owners=owners, tier=tier)


def ledger(scene: Scene) -> Post:
    """Every backfill, and what can be done with the open ones."""
    rows = [*_rows(scene)]
    if not rows:
        none = say("data.page_no_backfill", scene)
        offered = [*_next(scene, Action.PLAN_BACKFILL), *recipes.openers(scene)]
        return post(none, section(none), actions(*offered))
    told = lines(say("data.page_ledger", scene), *rows)
    ledger = enumerate(scene.incident.backfills, start=1)
    waiting = [_done(scene, number, one) for number, one in ledger if one.ended_at is None][:5]
    after = [*_next(scene, Action.PLAN_BACKFILL, Action.DATA), *recipes.openers(scene)]
    return post(told, blocks.sections(told), actions(*waiting, *after))


def _rows(scene: Scene) -> Iterator[Safe]:
    pen = _slack(scene)
    for number, one in enumerate(scene.incident.backfills, start=1):
        window = _window(one.since, one.until, pen)
        by = recipes.named(scene, one.recipe)
        yield say("data.page_backfill", scene, number=number, backfill=one, window=window, by=by)


_LABELS = {Action.DATA: "State of the data", Action.PLAN_BACKFILL: "Plan a backfill"}


def _next(scene: Scene, *wanted: Action) -> list[ButtonElement]:
    """What can be done next about the data, as long as it can."""
    possible = wanted if scene.incident.running else ()
    return [button(_LABELS[action], action, value(scene.incident.id)) for action in possible]


def _done(scene: Scene, number: int, backfill: Backfill) -> ButtonElement:
    label = f"Done: {backfill.what}"
    return button(label, f"{Action.BACKFILL_DONE}:{number}", value(scene.incident.id, ask=backfill.seq))
