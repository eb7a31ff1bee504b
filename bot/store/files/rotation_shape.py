"""`oncall:` as people write it, brought into the shape of `domain/duty/rotation`: every fault with its line."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.duty.oncall import ON_CALL, PRIMARY, SECONDARY
from bot.domain.duty.rotation import parse_local
from bot.store.files.yaml_marks import Node

KEYS = ("members", "calendar", "starts", "handoff", "every", "timezone", "for", "overrides", "group")
OVERRIDE_KEYS = ("person", "from", "until")

_PERSON = re.compile(r"[UW][A-Z0-9]+|[^@\s]+@[^@\s]+\.[^@\s]+")
_GROUP = re.compile(r"S[A-Z0-9]+")


def rotations(oncall: Node, timezone: Node | None, folder: Path) -> Node:
    """Every rotation, typed as its model takes it. Raises FileError."""
    return oncall.holding({name: _rotation(name, one, timezone, folder) for name, one in oncall.mapping.items()})


def _rotation(name: str, written: Node, timezone: Node | None, folder: Path) -> Node:
    first = name in (PRIMARY, SECONDARY)
    if not first and (name == ON_CALL or "for" not in written.mapping):
        raise written.error(
            f'unknown key "{name}" in oncall; there is {PRIMARY} and {SECONDARY}, and a rotation of specialists says '
            "what they know, like for: [ingestion]"
        )
    given = dict(written.only(KEYS).mapping)
    if first and "for" in given:
        raise given["for"].error(f"{given['for'].place}: {name} is asked about everything, so for is not written there")
    shape: dict[str, Node] = {"name": written.holding(name)}
    if timezone is not None:
        shape["timezone"] = timezone
    zone = given.get("timezone", timezone)
    where = zone.text if zone is not None else "UTC"
    if "for" in given:
        shape["covers"] = _covers(given.pop("for"))
    if "overrides" in given:
        shape["overrides"] = _overrides(given.pop("overrides"), where)
    if "calendar" in given:
        file = given.pop("calendar")
        shape["file"] = file.holding(str(folder / file.text))
        shape["turns"] = _read(file, written, where, folder)
    elif "members" not in given:
        raise written.error(f"{written.place}: a rotation needs at least one member")
    elif "starts" not in given:
        raise written.error(f"{written.place}.starts is missing")
    for member in _listed(given.get("members")):
        _person(member)
    if "group" in given and not _GROUP.fullmatch(given["group"].text):
        raise given["group"].error(f'{given["group"].place}: "{given["group"].text}" is not the id of a user group')
    return written.holding({**shape, **given})


def _listed(node: Node | None) -> list[Node]:
    return list(node.value) if node is not None and isinstance(node.value, list) else []


def _person(node: Node) -> Node:
    if not _PERSON.fullmatch(node.text):
        raise node.error(f'{node.place}: "{node.text}" is neither the id of a person nor an e-mail address')
    return node


def _covers(node: Node) -> Node:
    names = _listed(node) or ([node] if isinstance(node.value, str) else [])
    if not names or not all(one.text.strip() for one in names):
        raise node.error(f"{node.place} names nothing; write categories of the protocol or patterns such as orders_*")
    return node.holding(list(names))


def _overrides(node: Node, timezone: str) -> Node:
    return node.holding([_override(one, timezone) for one in _listed(node)])


def _override(node: Node, timezone: str) -> Node:
    given = node.only(OVERRIDE_KEYS).mapping
    for key in OVERRIDE_KEYS:
        if key not in given:
            raise node.error(f"{node.place}.{key} is missing")
    try:
        start, end = (parse_local(given[key].text, timezone) for key in ("from", "until"))
    except ValueError as error:
        raise node.error(f"{node.place}: {error}") from error
    if end <= start:
        raise node.error(f"{node.place} must end after it begins")
    times = {"start": given["from"].holding(start.isoformat()), "end": given["until"].holding(end.isoformat())}
    return node.holding({"person": _person(given["person"]), **times})


def _read(calendar: Node, written: Node, timezone: str, folder: Path) -> Node:
    """The turns of a calendar file. Raises FileError naming the file and the event."""
    from bot.store.files import ics  # most of a second, and most rotations are written with members

    beside = next((key for key in ("members", "starts", "handoff", "every") if key in written.mapping), None)
    if beside is not None:
        raise calendar.error(f"{calendar.place}: the calendar says who has it when, so take {beside} out")
    try:
        turns = ics.read(folder / calendar.text, timezone, datetime.now(UTC))
    except ics.CalendarError as error:
        raise calendar.error(f"{calendar.place}: {calendar.text} cannot be used: {error}") from error
    return calendar.holding(
        [
            calendar.holding(
                {
                    "person": calendar.holding(turn.person),
                    "start": calendar.holding(turn.start.isoformat()),
                    "end": calendar.holding(turn.end.isoformat()),
                }
            )
            for turn in turns
        ]
    )
