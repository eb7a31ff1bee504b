"""What people read elsewhere because the protocol wants them told: by direct message, and where a team already is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.views import blocks, called, notice, phrases, state, statements, tellings
from bot.views.brief import told as brief
from bot.views.people_direct import where
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, listed, say

KNOWN = 4
"""Up to which line of the brief whoever is only told reads: what it means, since when, who is at it. What was tried and
what is due is for those at work."""


def direct(scene: Scene, entry: Entry, args: Mapping[str, Any]) -> Post:
    """The direct message: to somebody who is told, to whoever must know that nobody is behind a name, or that nobody
    answers."""
    match entry.fact:
        case f.TeamsTold(nobody=nobody) if args["what"] == "nobody_behind":
            names = listed(escaped(one) for one in nobody)
            return blocks.paragraph(say("tellings.direct_nobody", where=where(scene), names=names))
        case f.TeamsTold():
            said = {"who": tellings.plainly(scene, args.get("who", "")), "clause": args.get("clause", "")}
            head = say("tellings.direct", where=where(scene))
            told = lines(head, *([] if state.hidden(scene) else brief(scene)[1:KNOWN]))
            why = say("tellings.why_direct", scene, **said)
            return blocks.post(told, blocks.sections(told), blocks.context(why))
        case f.NobodyAnswered(people=people):
            head = say("tellings.unanswered_direct", where=where(scene))
            told = lines(head, *tellings.unanswered(scene, people)[1:])
            return blocks.post(told, blocks.sections(told), blocks.context(say("tellings.unanswered_small")))
        case _:
            raise TypeError(f"nobody is told of {entry.fact.kind} by direct message")


def summon(scene: Scene, entry: Entry, args: Mapping[str, Any]) -> Post:
    """In the channel where a team already is: what it is, what it means, and the way there; `everyone` is rung."""
    match entry.fact:
        case f.TeamsTold() as fact:
            told = _calls(scene, fact, everyone=bool(args.get("everyone")))
            who = next((word.who for word in fact.words if args["channel"] in word.channels), "")
            clause = args.get("clause", "")
            why = "tellings.why_team" if (who, clause) in _teams(scene) else "tellings.why_here"
            small = say(why, scene, who=tellings.plainly(scene, who), clause=clause)
        case f.NobodyAnswered(people=people):
            head, how = tellings.unanswered(scene, people)
            told = lines(phrases.placed(head, scene), how, say("tellings.unanswered_here"))
            small = say("tellings.unanswered_small")
        case _:
            raise TypeError(f"no team is called because of {entry.fact.kind}")
    return blocks.post(lines(told, small), blocks.sections(told), blocks.context(small))


def _calls(scene: Scene, fact: f.TeamsTold, *, everyone: bool) -> Safe:
    head = joined([called.EVERYONE if everyone else "", phrases.top(scene)], "")
    needed = say("people.needed", help=fact.help) if fact.help else Safe()
    return lines(head, *notice.how_it_stands(scene), statements.so_far(scene), needed)


def _teams(scene: Scene) -> set[tuple[str | None, str]]:
    return {(category.team, category.clause("team")) for category in scene.protocol.categories}
