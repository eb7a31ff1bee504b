"""Questions back to whoever said something that can be meant in two ways, or that needs one more click."""

from __future__ import annotations

from bot.views.blocks import actions, post, section
from bot.views.refusals import pick
from bot.views.scene import Post, Scene
from bot.views.words import say


def fixed(scene: Scene, text: str) -> Post:
    """Over, or still to be watched? The text rides in both buttons."""
    number, watching = scene.incident.id, scene.protocol.phases_of("monitoring")[:1]
    told = say("choices.fixed", scene)
    watch = [pick(n, "Monitoring", number, "phase", f"{p.name} {text}".strip()) for n, p in enumerate(watching)]
    return post(told, section(told), actions(*watch, pick(9, "Resolved", number, "resolve", text)))


def form_needed(incident: int | None, verb: str, text: str) -> Post:
    """Slack opens a form only after a click, so the answer to a message is the button that opens it."""
    told = say("choices.form_needed")
    return post(told, section(told), actions(pick(0, "Open the form", incident, verb, text)))
