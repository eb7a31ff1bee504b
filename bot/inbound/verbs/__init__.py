"""The verbs of `/incident`, with the buttons and forms that mean the same: one registration per topic feeds what is
understood, what `help` tells, and what is drawn."""

from __future__ import annotations

from bot.inbound.verbs import (
    adoption,
    calendar,
    changes,
    checklists,
    course,
    data,
    grading,
    people,
    postmortem,
    proposals,
    runbooks,
    shifts,
    work,
)
from bot.inbound.verbs.verb import FormDoor, Meaning, Page, Verb
from bot.views.ids import Action, Form

_TOPICS = (
    course,
    people,
    grading,
    data,
    checklists,
    work,
    shifts,
    runbooks,
    postmortem,
    proposals,
    changes,
    adoption,
    calendar,
)

VERBS: tuple[Verb, ...] = tuple(verb for topic in _TOPICS for verb in topic.VERBS)
"""In the order in which `help` tells them."""

NAMED: dict[str, Verb] = {word: verb for verb in VERBS for word in (verb.name, *verb.aliases)}
"""Every word for a verb."""

BUTTONS: dict[Action, Meaning] = {action: meaning for topic in _TOPICS for action, meaning in topic.BUTTONS.items()}
"""What a click on each button means."""

FORMS: dict[Form, FormDoor] = {form: door for topic in _TOPICS for form, door in topic.FORMS.items()}
"""Every form."""

PAGES: dict[str, Page] = {name: page for topic in _TOPICS for name, page in topic.PAGES.items()}
"""Every private page about one incident."""
