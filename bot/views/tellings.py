"""How it reads who is told because the protocol says so, and that nobody answers: on the timeline, in private answers,
in the incident's channel and on the card. Its messages elsewhere are in `tellings_direct`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.protocol.around import ASSET_OWNERS, ASSET_READERS
from bot.views import blocks, phrases
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, listed, name, say

HOW = {
    "direct": "by direct message",
    "mention": "in the announcement",
    "channel": "all at once, where they are",
    "post": "where they are",
    "invite": "into the channel",
}
"""Ways of being told, in words."""

NAMED_MOST = 8
"""People of one name who are named; the others are counted."""


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.TeamsTold(words=words, nobody=nobody):
            named = listed(pen.said(one) for one in nobody)
            if not words:
                return say("tellings.told_nobody_only", nobody=named)
            return say("tellings.told", words=joined((_word(scene, w, pen) for w in words), by="; "), nobody=named)
        case f.NobodyAnswered(people=people):
            return say("tellings.told_unanswered", people=listed(pen.said(scene.name(one)) for one in people))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def _word(scene: Scene, word: f.Word, pen: Pen) -> Safe:
    known = [pen.said(scene.name(person)) for person in (*word.people, *word.aside)]
    more = [say("tellings.more", count=len(known) - NAMED_MOST)] if len(known) > NAMED_MOST else []
    people = listed([*known[:NAMED_MOST], *more])
    said = {"who": pen.said(word.who), "people": people, "how": HOW[word.how], "clause": pen.said(word.clause)}
    return say("tellings.told_word", None, **said)


# to whoever did it


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately: who is rung by it, and behind which names there is nobody."""
    match entry.fact:
        case f.TeamsTold(nobody=nobody) as fact:
            whom = listed(dict.fromkeys(_rung(scene, fact)))
            names = listed(escaped(one) for one in nobody)
            return joined(
                [
                    say("tellings.answered", whom=whom) if whom else "",
                    say("tellings.nobody_behind", names=names) if names else "",
                ],
                by=" ",
            )
        case _:
            return None


def _rung(scene: Scene, fact: f.TeamsTold) -> Iterator[Safe]:
    for word in fact.words:
        match word.how:
            case "channel":
                place = "everybody_in" if word.channels else "everybody_announced"
                yield say(f"tellings.{place}", who=word.who)
            case "post":
                yield say("tellings.channel_of", who=word.who)
            case "direct" | "mention":
                known = [name(person, scene) for person in word.people if person in scene.names]
                yield from known
                yield from [] if len(known) == len(word.people) else [plainly(scene, word.who)]
            case _:
                continue  # who is only brought in is not rung


def plainly(scene: Scene, who: str) -> Safe:
    """A name of the directory as people say it: the title of the role that is called so, else its words."""
    role = scene.protocol.role(who)
    known = {ASSET_OWNERS: "owners of what is affected", ASSET_READERS: "readers of what is affected"}
    return escaped(role.title if role else known.get(who) or who.replace("-", " "))


def offers(scene: Scene, entries: Sequence[Entry]) -> list[ButtonElement]:
    """*Call data-engineering* in the private answer, for each team of the categories that nobody has called yet. Its
    form says whom it rings."""
    if not scene.incident.running or not any(isinstance(entry.fact, f.CategoriesSet) for entry in entries):
        return []
    held = scene.incident.id
    return [
        blocks.button(f"Call {team}", f"{Action.CALL_TEAM}:{n}", value(held, text=team))
        for n, team in enumerate(uncalled(scene))
    ]


def uncalled(scene: Scene) -> list[str]:
    """The teams of the incident's categories that nobody has called; none where the severity escalates to nobody."""
    if scene.severity.escalate_after is None:
        return []
    incident = scene.incident
    called = {*(one.team for one in incident.escalations), *(told.word.who for told in incident.tellings)}
    called |= {*incident.nobody_behind}
    teams = (scene.protocol.team_for(one) for one in incident.categories)
    return [team for team in dict.fromkeys(teams) if team and team not in called]


# in the incident's channel, and on the card


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.NobodyAnswered(people=people):
            said = lines(*unanswered(scene, people), say("tellings.unanswered_take"))
            small = say("tellings.unanswered_small")
        case f.TeamsTold(nobody=nobody):
            said, small = say("tellings.nobody_behind", names=listed(escaped(one) for one in nobody)), Safe()
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), blocks.context(small))


def unanswered(scene: Scene, people: Sequence[str]) -> list[Safe]:
    """That nobody answers, who was called when, and what can be done."""
    called = joined((say("tellings.called_at", scene, person=p, at=at) for p, at in _first(scene, people)), by=", ")
    how = say("tellings.unanswered_called", called=called) if called else say("tellings.unanswered_none")
    return [say("tellings.unanswered", scene, called=bool(called)), how]


def _first(scene: Scene, people: Sequence[str]) -> Iterator[tuple[str, object]]:
    """Each with the time at which they were first called without an answer: asked, called for help, or paged."""
    acts, incident = scene.incident.last_acts, scene.incident
    asked = [(ask.at, ask.people) for ask in incident.asks if ask.how != "early"]
    helping = [(one.at, one.people) for one in incident.escalations]
    calls = [*asked, *helping, *((page.at, (page.person,)) for page in incident.pages)]
    for person in people:
        times = (at for at, called in calls if person in called and (person not in acts or acts[person] < at))
        at = min(times, default=None)
        if at is not None:
            yield person, at


def on_the_card(scene: Scene) -> Safe:
    """That nobody has answered, until anybody does anything."""
    incident = scene.incident
    at = incident.unanswered_at
    if at is None or not incident.running or any(acted >= at for acted in incident.last_acts.values()):
        return Safe()
    return say("tellings.card_unanswered", people=listed(name(person, scene) for person in incident.unanswered_by))
