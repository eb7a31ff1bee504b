"""What people do with an incident while the bot is killed: how it is prepared, done, and counted on the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.domain import fact as f
from bot.sandbox import View
from bot.store import incidents
from tests.scenarios.kills import PATIENCE, Act, Ground, declares, strike, strike_first_start, strike_start
from tests.scenarios.world import COMMAND


async def _nothing(_: Ground) -> None:
    return None


def _command(name: str, text: str, kind: str, severity: str = "P2") -> Act:
    """Something typed in the channel of a fresh incident."""

    async def do(ground: Ground, _: Any) -> None:
        await ground.person(name).command(COMMAND, text, ground.room())

    return Act(lambda ground: ground.incident(severity), do, lambda ground: ground.count(kind))


async def _declare_form(ground: Ground) -> View:
    await ground.says("zoe", "declare")
    ground.number = 0
    return await ground.person("zoe").opened_view(PATIENCE)


async def _sends_declaration(ground: Ground, view: View) -> None:
    await ground.person("zoe").submit(view, {"title": f"{ground.word} {ground.word[::-1]}", "severity": "P2"})


async def _resolve_form(ground: Ground) -> View:
    await ground.incident()
    await ground.says("bea", "ack", ground.room())
    await ground.quiet()
    return await ground.form("bea", "resolve")


async def _close_form(ground: Ground) -> View:
    await ground.person("bea").submit(await _resolve_form(ground), RESOLVED)
    await ground.quiet()
    return await ground.form("bea", "close")


RESOLVED = {"Fix applied": "reverted", "State of the data": "repaired"}


async def _updated(ground: Ground) -> None:
    await ground.incident()
    await ground.says("bea", "update loader restarted", ground.room())
    await ground.quiet()


async def _two(ground: Ground) -> None:
    await ground.incident()
    ground.other, ground.tries = ground.number, ground.tries + 1
    await ground.incident()


def _merged(ground: Ground) -> int:
    """In both or in neither."""
    here, there = ground.count("linked"), ground.count("linked", ground.other)
    assert here == there == ground.count("cancelled")
    return here


async def _splits(ground: Ground, _: Any) -> None:
    text = f"split {ground.word[::-1]}part payments do not load"
    await ground.person("bea").command(COMMAND, text, ground.room())


def _split(ground: Ground) -> int:
    found = ground.read(lambda session: incidents.listing(session, open_only=False))
    parts = [one.id for one in found if one.title.startswith(f"{ground.word[::-1]}part")]
    assert len(parts) == ground.count("linked")
    assert all(ground.count("linked", part) == 1 for part in parts)
    ground.other = parts[0] if parts else 0
    return len(parts)


async def _time_goes_on(ground: Ground, _: Any) -> None:
    ground.now = ground.now + timedelta(minutes=6)
    await ground.child.clock.go(ground.now, PATIENCE)


def _asked_once(ground: Ground) -> int:
    steps = Counter((c.key, c.occurrence, a.step) for a in ground.facts() if isinstance(a, f.Asked) for c in a.covers)
    assert all(times == 1 for times in steps.values()), "asked twice"
    return min(1, len(steps))


async def _submits(name: str, values: dict[str, str], ground: Ground, view: View) -> None:
    await ground.person(name).submit(view, values)


ACTS: dict[str, Act] = {
    "declare, typed": Act(_nothing, declares, lambda ground: len(ground.titled())),
    "declare, form": Act(_declare_form, _sends_declaration, lambda ground: len(ground.titled())),
    "ack": _command("ana", "ack", "acknowledged"),
    "update": _command("bea", "update loader restarted", "update_posted"),
    "severity raised": _command("zoe", "severity P1 it is worse", "severity_changed", "P3"),
    "resolve": Act(
        _resolve_form,
        lambda ground, view: _submits("bea", RESOLVED, ground, view),
        lambda ground: ground.count("resolved"),
    ),
    "close": Act(
        _close_form,
        lambda ground, view: _submits("bea", {"reason": "all is well"}, ground, view),
        lambda ground: ground.count("closed"),
    ),
    "undo": replace(_command("bea", "undo", "undone"), ready=_updated),
    "duplicate": Act(
        _two,
        lambda ground, _: ground.person("bea").command(COMMAND, f"duplicate INC-{ground.other}", ground.room()),
        _merged,
    ),
    "split": Act(lambda ground: ground.incident(), _splits, _split),
    "a clock fires": Act(lambda ground: ground.incident("P1"), _time_goes_on, _asked_once),
}


STRIKES: dict[str, Callable[[Ground, int], Awaitable[str]]] = {
    **{name: partial(strike, act=act) for name, act in ACTS.items()},
    "start with messages left": strike_start,
    "first start": strike_first_start,
}
"""Everything it is killed in: the ground and the instruction; where it died."""
