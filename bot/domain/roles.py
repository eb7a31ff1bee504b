"""Roles: which one somebody means, and which ones a severity requires and nobody holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.domain import fact as f
from bot.domain.errors import BadInput
from bot.domain.incident import Incident
from bot.domain.protocol import Protocol, Role

_LEADS = frozenset({"lead", "leads", "leader", "commander", "ic"})
_SPEAKS = frozenset({"comms", "comm", "communications", "communicator", "spokesperson"})
_RESPONDS = frozenset({"responder", "oncall"})

SHORTEST = 3
"""Letters with which a word of a title may be cut short: `tech`, `stakeh`."""


def role_named(text: str, protocol: Protocol) -> Role:
    """The role somebody means: by its name, title, initials, or close words like `comms`. Raises BadInput, which names
    those there are, for none of them and for several."""
    words = _words(text)
    exact = [role for role in protocol.roles if words in (_words(role.name), _words(role.title))]
    found = exact or [role for role in protocol.roles if _like(words, role)]
    if len(found) == 1:
        return found[0]
    named = ", ".join(role.title for role in found or protocol.roles)
    if found:
        raise BadInput(f'"{text}" may be {named}. Write more of its name.', "role")
    raise BadInput(f'"{text}" is no role of {protocol.name}. It has {named}.', "role")


def _words(text: str) -> tuple[str, ...]:
    plain = "".join(c if c.isalnum() else " " for c in text.casefold())
    return tuple(word for word in plain.split() if word not in ("the", "role", "as"))


def _like(words: tuple[str, ...], role: Role) -> bool:
    title = _words(role.title)
    known = {
        *(_LEADS if role.leads else ()),
        *(_SPEAKS if role.communicates else ()),
        *(_RESPONDS if role.responds else ()),
        "".join(word[0] for word in title),
    }
    if "".join(words) in known:
        return True
    return bool(words) and all(any(_begins(part, word) for part in title) for word in words)


def _begins(part: str, word: str) -> bool:
    bare = word.removesuffix("s")
    return part == word or (len(bare) >= SHORTEST and part.startswith(bare))


def vacant(severity: str, filled: Collection[str], protocol: Protocol) -> list[Role]:
    """The roles this severity requires and nobody holds. Whoever acknowledges takes the responding one, so it is not
    among them."""
    return [role for role in protocol.required_roles(severity) if not role.responds and role.name not in filled]


def asked_for(
    severity: str, filled: Mapping[str, str], before: Collection[str], protocol: Protocol
) -> list[f.RolesAsked]:
    """The question who takes the empty roles, each asked for once."""
    empty = tuple(role.name for role in vacant(severity, filled, protocol) if role.name not in before)
    return [f.RolesAsked(roles=empty)] if empty else []


def held_by(person: str | None, incident: Incident, protocol: Protocol) -> list[Role]:
    """The roles somebody holds, in the protocol's order; being responder is the responding role."""
    responds = incident.responder == person and protocol.responder_role.name not in incident.roles
    return [
        role
        for role in protocol.roles
        if person is not None and (incident.roles.get(role.name) == person or (role.responds and responds))
    ]
