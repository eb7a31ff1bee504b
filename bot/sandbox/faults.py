"""Faults on demand: what goes wrong, with which call, how often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Args = dict[str, Any]

KINDS = frozenset(
    {"429", "500", "502", "503", "500_after", "html", "garbage", "lost_request", "lost_reply", "delay", "hang", "hold"}
)


@dataclass
class Fault:
    """One planned fault; ``kind`` is one of KINDS, ``error:<code>`` or ``error_after:<code>``."""

    method: str
    kind: str
    times: int | None
    after: int
    match: Callable[[Args], bool] | dict[str, Any] | None
    retry_after: int
    seconds: float
    used: int = 0
    seen: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, method: str, args: Args) -> bool:
        if self.method not in (method, "*") or (self.times is not None and self.used >= self.times):
            return False
        if callable(self.match):
            return self.match(args)
        return all(args.get(key) == value for key, value in (self.match or {}).items())

    @property
    def after_effect(self) -> bool:
        """True when the call takes effect before it goes wrong."""
        return self.kind in ("lost_reply", "500_after") or self.kind.startswith("error_after:")


@dataclass
class Faults:
    """The plan. Faults of one method are tried in the order they were added; one fault strikes a call at most."""

    plan: list[Fault] = field(default_factory=list)
    uninvitable: dict[str, str] = field(default_factory=dict)
    """People whom Slack does not let the app invite, by id, and the error code (``user_is_restricted`` …)."""

    def add(
        self,
        method: str = "*",
        kind: str = "500",
        times: int | None = 1,
        after: int = 0,
        match: Callable[[Args], bool] | dict[str, Any] | None = None,
        retry_after: int = 1,
        seconds: float = 1.0,
    ) -> Fault:
        """Let ``kind`` strike the next ``times`` (None: all) matching calls after letting ``after`` of them pass.

        ``lost_request``: the connection drops before any effect. ``lost_reply``: the effect happens, then the
        connection drops. ``500_after`` and ``error_after:<code>``: the effect happens, then the error is answered.
        ``html``: a 502 page. ``garbage``: a 200 of type JSON that is none. ``delay``: ``seconds`` more, all is well.
        ``hold``: the effect happens, the answer waits for `release`. ``hang``: no answer for ``seconds``, no effect,
        then the connection drops. ``method`` may be ``*``, ``response_url`` or ``upload``. Raises ValueError for an
        unknown kind.
        """
        if kind not in KINDS and not kind.startswith(("error:", "error_after:")):
            raise ValueError(f"unknown fault {kind!r}; known: {', '.join(sorted(KINDS))}, error:…, error_after:…")
        fault = Fault(method, kind, times, after, match, retry_after, seconds)
        self.plan.append(fault)
        return fault

    def release(self) -> None:
        """Let go of everything that is held; nothing is held from now on."""
        for fault in self.plan:
            fault.released.set()
        self.plan = [fault for fault in self.plan if fault.kind != "hold"]

    def clear(self) -> None:
        self.release()
        self.plan.clear()
        self.uninvitable.clear()

    def strike(self, method: str, args: Args) -> Fault | None:
        """The fault that hits this call, counted as used."""
        for fault in self.plan:
            if not fault.wants(method, args):
                continue
            fault.seen += 1
            if fault.seen > fault.after:
                fault.used += 1
                return fault
        return None
