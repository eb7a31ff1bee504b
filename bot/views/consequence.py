"""What choosing a severity sets off, in the one line that an option of a menu has."""

from __future__ import annotations

from bot.domain.duration import spoken
from bot.domain.duty.oncall import ON_CALL
from bot.domain.protocol import Protocol, Severity
from bot.domain.protocol.around import ASSET_OWNERS, ASSET_READERS, CATEGORY_TEAM
from bot.views.form_fields import OPTION_MOST

STANDS_FOR = {ASSET_OWNERS: "owners", ASSET_READERS: "readers", CATEGORY_TEAM: "the category's team"}
"""Names of the protocol that mean somebody else in each incident, in words."""


def consequence(severity: Severity, protocol: Protocol, on_call: str | None) -> str:
    """What choosing this severity sets off: `P1: rings Ana, @channel data-engineering, tells the director`. What
    finds no room is counted."""
    whom = on_call or "whoever is on call"
    called = f"rings {whom}" if severity.rank <= 2 else f"writes to {whom}"
    rooms = [_named(one.who) for one in severity.tell if "channel" in one.ways]
    loud = [f"@channel {', '.join(rooms)}"] if rooms else []
    told = _told(severity, protocol)
    tells = [_tells(told, shown) for shown in range(len(told), -1, -1)]
    lines = [f"{severity.name}: {', '.join([called, *loud, *one])}" for one in tells]
    return next((line for line in lines if len(line) <= OPTION_MOST), lines[-1])


def _tells(told: list[str], shown: int) -> list[str]:
    """The first of these, and how many more."""
    left = len(told) - shown
    return [f"tells {', '.join([*told[:shown], *([f'+ {left} more'] if left else [])])}"] if told else []


def _told(severity: Severity, protocol: Protocol) -> list[str]:
    """Management, and who is told directly or mentioned; whoever is on call is rung anyway."""
    after = severity.management_after
    later = f" after {spoken(after)}" if after else ""
    board = [f"the {' and '.join(protocol.management)}{later}"] if protocol.management and after is not None else []
    names = [one.who for one in severity.tell if {"direct", "mention"} & {*one.ways} or one.who == CATEGORY_TEAM]
    return [*board, *(_named(name) for name in names if name != ON_CALL)]


def _named(who: str) -> str:
    return STANDS_FOR.get(who, who)
