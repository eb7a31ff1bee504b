"""Who does what, by direct message: duties, a handover, a page, and what came of it; each with a brief where it begins
something for its reader."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain.duty.oncall import Roster
from bot.domain.fact import Entry
from bot.domain.incident import Call
from bot.domain.promises.answering import answers_for
from bot.domain.promises.clocks import open_clocks
from bot.domain.roles import held_by
from bot.views import blocks, phrases, state
from bot.views.answers import BOT_DOES
from bot.views.brief import told as brief
from bot.views.ids import Action, value
from bot.views.people import moved
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, listed, name, say

REASONS = {
    "user_not_found": "Slack knows nobody of that id",
    "cant_invite": "Slack lets nobody invite this account",
    "user_is_restricted": "this account may not be in it",
    "ura_max_channels": "a guest of one channel",
    "user_disabled": "a deactivated account",
    "org_user_not_in_team": "not a member of this workspace",
    "no_external_invite_permission": "somebody of another workspace",
    "user_is_bot": "an app",
}
"""Slack's refusals of an invitation in words. Source: https://docs.slack.dev/reference/methods/conversations.invite."""


def direct(scene: Scene, entry: Entry, what: str) -> Post:
    """The direct message of this topic about an entry; `what` tells two of one entry apart."""
    match entry.fact:
        case f.RoleAssigned() as fact:
            return _relieved(scene, fact) if what == "relieved" else _assigned(scene, entry, fact)
        case f.HandedOff() as fact:
            head = say("people.direct_handed", scene, by=entry.by, where=where(scene), what=moved(scene, fact))
            return _with_brief(scene, head)
        case f.CoverSet(person=person, until=until):
            named = {"person": person, "until": until, "by": entry.by}
            return blocks.paragraph(say("people.direct_cover", scene, where=where(scene), **named))
        case f.PeopleAdded(why=why):
            return _with_brief(scene, say("people.direct_added", scene, by=entry.by, where=where(scene), why=why))
        case f.Paged(why=why):
            head = say("people.direct_paged", scene, by=entry.by, where=where(scene), why=why)
            return _with_brief(scene, head, say("people.why_page"))
        case f.InviteRefused() as fact:
            return _uninvited(scene, fact)
        case _:
            return _unheard(scene, entry)


def where(scene: Scene) -> Safe:
    """Which incident, with the way to it. Who is not in a private one reads no title."""
    return say("people.where_unnamed" if state.hidden(scene) else "people.where_named", scene)


def _with_brief(scene: Scene, head: Safe, *small: Safe) -> Post:
    """The brief without its first line, which the head says; and what is due from the reader. Who is not in a private
    incident reads only the head."""
    text = lines(head, *([] if state.hidden(scene) else brief(scene)[1:]), due_from(scene))
    return blocks.post(text, blocks.sections(text), blocks.context(*small))


def due_from(scene: Scene) -> Safe:
    """The promises the reader would be the first to be asked about."""
    open_now = (c for c in open_clocks(scene.incident, scene.protocol) if c.key not in (*BOT_DOES, "action"))
    mine = [
        c for c in open_now if scene.reader == next(answers_for(c.key, scene.incident, scene.protocol, Roster()), None)
    ]
    named = joined(phrases.promise(clock, scene, "promise_short") for clock in mine)
    return say("people.due_from_you", promises=named) if mine else Safe()


def _assigned(scene: Scene, entry: Entry, fact: f.RoleAssigned) -> Post:
    role = scene.protocol.role(fact.role)
    title = role.title if role else fact.role
    by = entry.by if fact.chosen else None
    head = say("people.direct_assigned", scene, role=title, where=where(scene), by=by)
    duties = [say("people.duty", duty=duty) for duty in role.duties] if role else []
    if fact.chosen:
        return _with_brief(scene, lines(head, *duties))
    return blocks.paragraph(lines(head, *duties, due_from(scene)))  # it has only begun: there is nothing else to tell


def _relieved(scene: Scene, fact: f.RoleAssigned) -> Post:
    role = scene.protocol.role(fact.role)
    title = role.title if role else fact.role
    left = listed(escaped(one.title) for one in held_by(scene.reader, scene.incident, scene.protocol))
    told = {"person": fact.person, "role": title, "where": where(scene), "kept": left}
    return blocks.paragraph(say("people.direct_relieved", scene, **told))


def _uninvited(scene: Scene, fact: f.InviteRefused) -> Post:
    people = listed(name(person, scene) for person in fact.people)
    head = say("people.direct_uninvited", scene, people=people, where=where(scene))
    pairs = zip(fact.people, fact.errors, strict=True)
    reasons = [
        say("people.uninvited_one", scene, person=person, reason=REASONS.get(error, f"Slack said {error}"))
        for person, error in pairs
    ]
    return blocks.paragraph(lines(head, *reasons))


def _unheard(scene: Scene, entry: Entry) -> Post:
    """To whoever paged somebody: no answer, or none is to be expected; with *Page* for the next on the ladder."""
    match entry.fact:
        case f.FoundMuted(person=person, until=until):
            waiting = [p for p in scene.incident.pages if p.person == person and p.answered_at is None]
            head = say("people.direct_muted", scene, person=person, until=until, where=where(scene))
        case f.Asked(covers=covers):
            waiting = [scene.incident.pages[covers[0].occurrence - 1]]
            page = waiting[0]
            head = say("people.direct_unanswered", scene, person=page.person, at=page.at, where=where(scene))
        case _:
            raise TypeError(f"nobody is told of {entry.fact.kind} by direct message")
    held = value(scene.incident.id, ask=waiting[-1].seq) if waiting else value(scene.incident.id)
    row = blocks.actions(blocks.button("Page the next", Action.PAGE_NEXT, held, style="primary"))
    return blocks.post(head, blocks.sections(head), row)


def called_again(scene: Scene, page: Call) -> Post:
    """The page once more, to whoever was paged."""
    told = say("people.direct_called", scene, by=page.by, where=where(scene), why=page.why)
    return blocks.post(told, blocks.sections(told), blocks.context(say("people.why_page")))


def unnamed(scene: Scene) -> Post:
    """To somebody who is not in a private incident any more: what they had asked for there is decided."""
    return blocks.paragraph(say("people.direct_unnamed", scene, where=where(scene)))


def follower(scene: Scene, turned: Post) -> Post:
    """A turning point, as the announcement channel reads it, for somebody who follows."""
    small = blocks.context(say("people.why_following", scene))
    return {"text": turned["text"], "blocks": [*turned["blocks"], *small]}
