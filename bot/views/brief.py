"""The brief: eight private lines for whoever arrives late."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.duration import spoken
from bot.domain.promises.asking import still_asked
from bot.domain.promises.clocks import Clock, open_clocks
from bot.views import changes, checklists, phrases, runbooks, state, work
from bot.views.answers import away
from bot.views.blocks import actions, button, post, sections
from bot.views.ids import Action, value
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, line, listed, name, say

SOON = timedelta(minutes=30)
"""How far ahead the last line looks."""

TRIED_MOST = 4
"""Updates shown under what was tried: the latest."""


def brief(scene: Scene) -> Post:
    """How it stands in eight lines, with *Follow*."""
    text = joined(told(scene), by="\n")
    follow = "Unfollow" if scene.reader in scene.incident.followers else "Follow"
    row = [button(follow, Action.FOLLOW, value(scene.incident.id))] if scene.incident.running else []
    return post(text, sections(text), actions(*row))


def told(scene: Scene) -> list[Safe]:
    """Which, impact, since when, who, tried so far, cause, waiting on whom, due in the next 30 minutes."""
    incident = scene.incident
    word = state.word(incident, scene.protocol)
    return [
        joined([say("brief.head", scene, word=word, emoji=state.emoji(incident)), changes.links(scene)]),
        say("brief.impact", scene),
        say("brief.since", scene, open_for=state.open_for(incident, state.ended_at(incident) or scene.now)),
        say("brief.who", scene, people=_people(scene)),
        say("brief.tried", scene, updates=_tried(scene)),
        say("brief.cause", scene, known=work.cause(scene)),
        say("brief.waiting", scene, people=_waiting(scene)),
        say("brief.due", scene, due=_due_soon(scene)),
        *filter(None, [phrases.forgotten(scene)]),
    ]


def _people(scene: Scene) -> Safe:
    """Roles with who holds them; the one who answers the pager first of all, if no role says so."""
    incident, protocol = scene.incident, scene.protocol
    held = [(role.title, incident.roles[role.name]) for role in protocol.roles if role.name in incident.roles]
    answering = incident.responder or incident.primary
    word = "responder" if incident.responder else "on call"
    if answering and protocol.responder_role.name not in incident.roles:
        held.append((word, answering))
    return listed(say("brief.holder", scene, person=person, role=title) for title, person in phrases.by_person(held))


def _tried(scene: Scene) -> Safe:
    told = [n for n in scene.incident.updates if not n.no_change][-TRIED_MOST:]
    updates = (say("brief.update", scene, at=n.at, text=line(n.text, 200)) for n in told)
    return joined([*updates, *checklists.choices(scene), *runbooks.going(scene)], by=" · ")


def _waiting(scene: Scene) -> Safe:
    """People with an open ask; once it has ended nobody is waited for, whatever they left unanswered."""
    asked = still_asked(scene.incident, scene.protocol) if scene.incident.running else ()
    return listed(name(person, scene) for person in sorted(asked, key=scene.name))


def _due_soon(scene: Scene) -> Safe:
    clocks = [c for c in open_clocks(scene.incident, scene.protocol) if c.due and c.due <= scene.now + SOON]
    return joined((_due(scene, clock) for clock in clocks), by=" · ")


def _due(scene: Scene, clock: Clock) -> Safe:
    due = clock.due or scene.now
    how = f"late by {spoken(clock.late_by(scene.now))}" if due < scene.now else away(due, scene.now)
    return escaped(f"{phrases.promised(clock, scene)} {how}")
