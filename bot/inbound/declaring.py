"""The form that declares, where there are several protocols: drawn for one of them."""

from __future__ import annotations

from typing import Any

from bot.domain import choosing
from bot.domain.choosing import Choice
from bot.domain.errors import BadInput
from bot.inbound import letters
from bot.inbound.call import Call
from bot.inbound.intents import Fill
from bot.store import people
from bot.store.session import Session
from bot.usecases.team import Team
from bot.views import forms


def opened(session: Session, team: Team, call: Call, fill: Fill) -> dict[str, Any]:
    """The form, for the protocol of the channel or of the severity that was typed."""
    here = team.choice_in(call.channel)
    try:
        here = choosing.for_severity(team.choices, here, fill.severity)
    except BadInput:
        fill = Fill(fill.form, text=fill.text, private=fill.private)  # which of several is meant is chosen in the form
    return drawn(session, team, call, here, fill, letters.sealed(call.back()))


def drawn(session: Session, team: Team, call: Call, choice: Choice, fill: Fill, metadata: str) -> dict[str, Any]:
    """The form for one of the protocols."""
    on_call = team.roster(call.now).primary
    known = people.many(session, [on_call] if on_call else [])
    severity = choice.protocol.parse_severity(fill.severity) if fill.severity else None
    return forms.declare(
        choice.protocol,
        title=fill.text,
        severity=severity.name if severity else None,
        private=fill.private,
        on_call=known[on_call].name if on_call in known else None,
        choices=[(one.name, one.title) for one in team.choices],
        metadata=metadata,
    )
