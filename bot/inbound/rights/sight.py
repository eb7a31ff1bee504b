"""What a caller may see of all the incidents there are. However many that is, only what a page needs is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.domain.incident import Incident
from bot.inbound.call import Call
from bot.inbound.rights import guard
from bot.store import incidents
from bot.store.incidents import Wanted
from bot.store.session import Session


@dataclass(frozen=True)
class Seen:
    """The newest of them, and how many there are."""

    newest: list[Incident]
    count: int


def newest(session: Session, call: Call, wanted: Wanted, most: int) -> Seen:
    """The newest of the incidents wanted that the caller may see. A private one names everybody who may."""
    public = replace(wanted, private=False)
    hidden = _private(session, call, wanted)
    found = sorted([*incidents.newest(session, public, most), *hidden], key=lambda one: one.id, reverse=True)
    return Seen(found[:most], incidents.count(session, public) + len(hidden))


def naming(session: Session, call: Call, wanted: Wanted) -> list[Incident]:
    """The incidents wanted, the newest first, in which the caller can have a part: all that name them."""
    return _seen(call, incidents.listing(session, replace(wanted, naming=_ids(call))))


def _private(session: Session, call: Call, wanted: Wanted) -> list[Incident]:
    if not call.known:
        return []
    return _seen(call, incidents.listing(session, replace(wanted, private=True, naming=_ids(call))))


def _ids(call: Call) -> tuple[str, ...]:
    return (call.person, call.channel) if call.channel else (call.person,)


def _seen(call: Call, found: Iterable[Incident]) -> list[Incident]:
    return [one for one in found if guard.may_see(one, call.person, call.channel) and (call.known or not one.private)]
