"""Begun twice: what somebody declares may be part of the incident they are in, or one that others work on already.
They are asked first, and what they typed rides along in the buttons."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.domain import request as r
from bot.domain.alike import RECENT, Likeness, alike
from bot.domain.incident import Incident

_PLACED = ("origin", "another", "separate")
"""Not what was typed: the door knows the channel, and the button says the rest."""


def carried(request: r.Declare) -> str:
    """What was typed, for a button that declares it after all."""
    held = {one.name: getattr(request, one.name) for one in fields(r.Declare) if one.name not in _PLACED}
    typed = {name: value for name, value in held.items() if value not in (None, "", (), False)}
    return json.dumps(typed, ensure_ascii=False, separators=(",", ":"), default=_stamp)


def _stamp(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"a button cannot carry {type(value).__name__}")
    return value.isoformat()


def declared_after_all(text: str) -> r.Declare:
    """The request that `carried` wrote. Raises ValueError or TypeError for one of another make."""
    held: dict[str, Any] = dict(json.loads(text))
    for name in ("detected_at", "started_at"):
        held |= {name: datetime.fromisoformat(held[name])} if held.get(name) else {}
    held |= {"categories": tuple(held.get("categories", ()))}
    return r.Declare(**held, another=True, separate=True)


def likest(request: r.Declare, open_ones: Iterable[Incident], now: datetime) -> tuple[Incident, Likeness] | None:
    """The open incident of the last hour that is most like what is declared; of private ones nobody is told."""
    recent = [one for one in open_ones if not one.private and now - one.declared_at <= RECENT]
    found = [(one, likeness) for one in recent if (likeness := alike(request.title, request.affected, one))]
    return min(found, key=lambda pair: pair[1] != "same", default=None)
