"""The card: pinned in the incident's channel, always current. And the channel's topic, which is a card in one line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from slack_sdk.models.blocks import ButtonElement, OverflowMenuElement

from bot.domain.promises import answering
from bot.domain.promises.clocks import open_clocks
from bot.views import blocks, changes, grading, people, phrases, proposals, runbooks, state, tellings
from bot.views.ids import Action, value
from bot.views.scene import Post, Scene
from bot.views.words import Safe, joined, lines, say

NEAR = timedelta(hours=1)
"""Promises due this soon stand on the card."""

TOPIC = 250
"""Characters of a channel's topic (reference/methods/conversations.setTopic)."""

ELSEWHERE = ("update", "management", "page", "action")
"""The update and pages have a line of their own on the card; telling management is the bot's own task."""

IN_THE_MENU = {Action.RESOLVE: "resolve", Action.CATCH_UP: "brief"}
"""The verbs of what finds no room among the buttons. Nobody is rung from a menu."""

SHOWN = 3
"""Promises in the small print, the most urgent first; `Promises` in the menu shows all."""


def card(scene: Scene) -> Post:
    """The card as it stands now: what is wrong, who leads, when the next news comes, and what can be done."""
    body = lines(*_head(scene), *_course(scene))
    waits = (grading.kinds(scene), proposals.waiting(scene), people.on_the_card(scene), tellings.on_the_card(scene))
    last = (_roles(scene), _links(scene), _channel(scene), phrases.forgotten(scene))
    small = (_promises(scene), _snoozed(scene), *waits, *last)
    told = lines(body, joined([*small[:2], *waits[1:]]))
    return blocks.post(told, blocks.sections(body), blocks.actions(*_buttons(scene)), blocks.context(*small))


def topic(scene: Scene) -> str:
    """The channel's topic: at most 250 characters, times in the protocol's zone because tokens do not render there."""
    return blocks.trim(say("card.topic", scene), TOPIC)


def _head(scene: Scene) -> list[Safe]:
    ended = state.ended_at(scene.incident)
    now = say("card.state", scene, ended=ended, data=phrases.data(scene))
    return [phrases.headline(scene), now, joined(_people(scene))]


def _people(scene: Scene) -> Iterator[Safe]:
    incident, protocol = scene.incident, scene.protocol
    yield say("card.lead", scene)
    comms = answering.communicator_of(incident, protocol)
    speaks = protocol.communications_role
    if not speaks.leads and (comms or speaks in protocol.required_roles(incident.severity)):
        yield say("card.comms", scene, person=comms)
    if incident.responder is None or not protocol.lead_role.responds:
        yield say("card.responder" if incident.responder else "card.on_call", scene)


def _course(scene: Scene) -> list[Safe]:
    incident = scene.incident
    due, affected = phrases.due_update(scene), phrases.affected(scene)
    return [
        say("card.affected", scene, affected=affected) if affected else Safe(),
        say("card.impact", scene) if incident.impact else Safe(),
        _last_update(scene),
        say("card.next_update", scene, due=due) if due else Safe(),
        say("card.expected", scene) if incident.eta and incident.running else Safe(),
        say("card.outcome", scene) if incident.fix and not incident.running else Safe(),
    ]


def _last_update(scene: Scene) -> Safe:
    """The last that was said, and that nothing has changed since where somebody said so."""
    latest = scene.incident.last_update
    if latest is None:
        return Safe()
    return say("card.last_update", scene, said=phrases.last_said(scene), latest=latest)


def _promises(scene: Scene) -> Safe:
    """What is late or due within the hour, and the protocol it comes from; after resolving, when it is to be closed."""
    soon = scene.now + NEAR
    clocks = [c for c in open_clocks(scene.incident, scene.protocol) if c.key not in ELSEWHERE]
    near = [c for c in clocks if c.key == "close" or (c.due and c.due <= soon)]
    return joined([*(phrases.promise(c, scene) for c in near[:SHOWN]), say("state.by_protocol", scene)])


def _snoozed(scene: Scene) -> Safe:
    snooze = scene.incident.snooze
    return say("card.snoozed", scene) if snooze and snooze.until > scene.now else Safe()


def _roles(scene: Scene) -> Safe:
    """The other roles: who holds them, and which this severity requires and nobody holds yet."""
    incident, protocol = scene.incident, scene.protocol
    others = [r for r in protocol.roles if not (r.leads or r.communicates or r.responds)]
    filled = phrases.by_person((r.title, incident.roles[r.name]) for r in others if r.name in incident.roles)
    held = [say("card.role", scene, role=title, person=person) for title, person in filled]
    required = protocol.required_roles(incident.severity) if incident.running else ()
    empty = [r.title.lower() for r in others if r in required and r.name not in incident.roles]
    return joined([*held, say("card.roles_to_fill", roles=", ".join(empty)) if empty else ""])


def _links(scene: Scene) -> Safe:
    call = say("work.card_call", scene) if scene.incident.call else Safe()
    return joined([runbooks.ticket(scene), changes.links(scene), call])


def _channel(scene: Scene) -> Safe:
    if scene.incident.channel:
        return Safe()
    return say("card.no_channel" if scene.incident.channel_error else "card.opening", scene)


def _buttons(scene: Scene) -> list[ButtonElement | OverflowMenuElement]:
    """At most four by state, and the menu; none that would do nothing."""
    incident = scene.incident
    held = value(incident.id)
    acts = [*_next_acts(scene), ("Catch me up", Action.CATCH_UP)]
    wanted, left = acts[:4], acts[4:]
    styles = ["primary", None, None, None]
    row = [
        blocks.button(label, action, held, style=style) for (label, action), style in zip(wanted, styles, strict=False)
    ]
    pages = [("Promises", "promises"), ("Timeline", "timeline"), ("Roles", "roles")]
    menu = [*((label, IN_THE_MENU[action]) for label, action in left), *pages]
    return [*row, blocks.overflow(Action.MORE, [(label, value(incident.id, verb=verb)) for label, verb in menu])]


def _next_acts(scene: Scene) -> list[tuple[str, Action]]:
    incident = scene.incident
    if incident.channel_error and not incident.channel:
        return [("Retry", Action.RETRY)]
    if incident.stage == "resolved":
        return [("Close", Action.CLOSE), ("Reopen", Action.REOPEN), *_postmortem(scene)]
    if not incident.running:
        return [("Reopen", Action.REOPEN), *_postmortem(scene)]
    first = [] if incident.acknowledged_at else [("Acknowledge", Action.ACKNOWLEDGE)]
    second = [] if incident.triaged_at else [(f"Confirm {incident.severity}", Action.CONFIRM)]
    higher = [("Escalate", Action.ESCALATE)] if _ladder_goes_on(scene) else []
    return [*first, *second, ("Post update", Action.POST_UPDATE), *higher, ("Resolve", Action.RESOLVE)]


def _postmortem(scene: Scene) -> list[tuple[str, Action]]:
    """*Postmortem*, while one is owed."""
    owed = any(clock.key == "postmortem" for clock in open_clocks(scene.incident, scene.protocol))
    return [("Postmortem", Action.POSTMORTEM)] if owed else []


def _ladder_goes_on(scene: Scene) -> bool:
    """Whether a level of the ladder is left that nobody has called."""
    called = {one.level for one in scene.incident.escalations}
    return any(rung.number > max({1, *called}) for rung in scene.protocol.ladder)
