"""What a request must bring and what an incident must allow, whichever request it is."""

from __future__ import annotations

import unicodedata

from bot.domain.duty.covers import in_force
from bot.domain.duty.oncall import ON_CALL, Roster
from bot.domain.errors import BadInput, NotNow
from bot.domain.incident import Incident, Link
from bot.domain.promises.answering import level
from bot.domain.protocol import Protocol, Severity


def severity_for(text: str | None, protocol: Protocol) -> Severity:
    """The severity somebody named; the second highest for None, to be confirmed. Raises BadInput for none of them."""
    if text is None:
        return protocol.of_rank(2)
    found = protocol.parse_severity(text)
    if found is None:
        names = ", ".join(protocol.severity_names)
        raise BadInput(f'"{text}" is no severity of {protocol.name}. It has {names}.', "severity")
    return found


_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_EMPTY = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters that are drawn as nothing. Source: Unicode, Default_Ignorable_Code_Point, and U+2800 (braille blank)."""


def blank(text: str) -> bool:
    """Whether there is nothing to read in it: empty, only space, or only characters that nobody sees."""
    return all(unicodedata.category(c) in _UNSEEN or c in _EMPTY for c in text)


def said(text: str, otherwise: str, field: str | None = None) -> str:
    """The text without space around it. Raises BadInput with the sentence `otherwise` when nothing was said."""
    if blank(text):
        raise BadInput(otherwise, field)
    return text.strip()


def running(incident: Incident, so: str) -> None:
    """Raises NotNow, saying what does not go, when the incident has ended; of a duplicate, where it goes on."""
    first = merged_into(incident)
    if first is not None:
        raise NotNow(
            f"{incident.number} is a duplicate of INC-{first.other}, so {so}. It goes on there: write in its channel, "
            f"or begin with its number, like /incident INC-{first.other} update <text>."
        )
    if not incident.running:
        raise NotNow(
            f"{incident.number} is {incident.stage}, so {so}. Reopen it with /incident reopen <why>, "
            "or keep what you know with /incident note <text>."
        )


def merged_into(incident: Incident) -> Link | None:
    """The incident in which a duplicate goes on; None while it is none, or is open again."""
    ended = incident.stage == "cancelled" and incident.outcome == "duplicate"
    return next((link for link in incident.links if ended and link.how == "duplicate of"), None)


def responsible(incident: Incident, protocol: Protocol, roster: Roster) -> frozenset[str]:
    """Everybody on call, on the ladder or in a role, and whoever stands in for somebody: they are asked too."""
    ladder = (p for rung in protocol.ladder for p in level(rung.number, incident, protocol, roster))
    named = (incident.primary, incident.secondary, incident.responder, roster.primary, roster.secondary)
    covering = (cover.stand_in for cover in in_force(incident, incident.recorded_at))
    return frozenset(p for p in (*named, *incident.roles.values(), *roster.people(ON_CALL), *ladder, *covering) if p)
