"""How bad it is and of what kind: the topic's verbs, buttons and forms."""

from __future__ import annotations

from bot.inbound.verbs.verb import FormDoor, Meaning, Page, Verb
from bot.views.ids import Action, Form

VERBS: tuple[Verb, ...] = ()

BUTTONS: dict[Action, Meaning] = {}

FORMS: dict[Form, FormDoor] = {}

PAGES: dict[str, Page] = {}
