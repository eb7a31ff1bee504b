"""What is different between two protocols: value by value, with whom it concerns and the clause. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from bot.domain.incident import Incident
from bot.domain.protocol import Protocol
from bot.domain.protocol.parts import Severity, Sourced

Value = str | bool | int | timedelta | time | tuple[str, ...] | None
Path = tuple[str, ...]

_ASIDE = frozenset(("clauses", "clause", "house", "name", "number", "rank", "id", "occasion", "earlier", "accept"))
"""What is not a value of its own: where it comes from, and what it is called."""

_CALLED = ("name", "id", "occasion", "who")
"""Fields by which a part is known among others of its kind, the first there is."""

_BY_SEVERITY = ("severities", "checklists", "phases")
"""Sections with times that each hold at one severity."""


@dataclass(frozen=True)
class Difference:
    """`path` is the section, the member's name and the keys below it. `what`: a value is another one, or a part is new
    or gone; then `before` and `after` are empty. `clause` is where it stands in the later one, or stood."""

    path: Path
    what: Literal["changed", "new", "gone"]
    before: Value = None
    after: Value = None
    clause: str = ""

    @property
    def section(self) -> str:
        return self.path[0]

    @property
    def key(self) -> str:
        """The key whose value it is; empty for a part as a whole."""
        return self.path[-1] if self.what == "changed" else ""


@dataclass(frozen=True)
class _Leaf:
    value: Value
    clause: str
    part: bool = False


def differences(before: Protocol, after: Protocol) -> tuple[Difference, ...]:
    """Everything that holds in one and not in the other, in the order of a protocol file. What it is called and where
    its values come from is no difference."""
    old, new = dict(_flat(before)), dict(_flat(after))
    order = {path: place for place, path in enumerate(dict.fromkeys((*new, *old)))}
    found = [*_changed(old, new), *_come(old, new, "gone"), *_come(new, old, "new"), *_moved(before, after)]
    return tuple(sorted(found, key=lambda one: (_rank(one, before, after), order.get(one.path, 0))))


def concerning(found: tuple[Difference, ...], incident: Incident, protocol: Protocol) -> tuple[Difference, ...]:
    """Those that one incident would feel: not what holds only at other severities, in other places and for other kinds
    of incident. `protocol` is the incident's."""
    counted = protocol.counted_as(incident.severity, incident.environment)
    mine = {incident.severity, counted}
    kinds = set(incident.categories)

    def felt(one: Difference) -> bool:
        match one.path:
            case ("severities", name, *_):
                return name in mine
            case ("environments", name, *_):
                return name == incident.environment
            case ("categories", name, *_):
                return name in kinds
            case ("phases" | "checklists", _, "within", name):
                return name in mine
            case ("title" | "definition" | "detection" | "standup" | "review" | "duty" | "principles", *_):
                return False
            case _:
                return True

    return tuple(filter(felt, found))


def _changed(old: Mapping[Path, _Leaf], new: Mapping[Path, _Leaf]) -> Iterator[Difference]:
    for path, leaf in new.items():
        was = old.get(path)
        if was is not None and not leaf.part and was.value != leaf.value:
            clause = leaf.clause if leaf.value not in (None, "", ()) else was.clause
            yield Difference(path, "changed", was.value, leaf.value, leaf.clause or clause)


def _come(
    here: Mapping[Path, _Leaf], there: Mapping[Path, _Leaf], what: Literal["new", "gone"]
) -> Iterator[Difference]:
    """Parts that only one has, each without what is in it; and values that only one has in a part both have."""
    alone = [path for path in here if path not in there]
    for path in alone:
        if any(path[:length] in alone for length in range(1, len(path))):
            continue
        leaf = here[path]
        if leaf.part:
            yield Difference(path, what, clause=leaf.clause)
        elif leaf.value not in (None, "", (), False):
            new = what == "new"
            yield Difference(path, "changed", None if new else leaf.value, leaf.value if new else None, leaf.clause)


def _moved(before: Protocol, after: Protocol) -> Iterator[Difference]:
    """Members that are the same, in another order, where the order means something."""
    for section in ("severities", "phases", "ladder"):
        was, now = (tuple(str(part.name) for part in getattr(one, section)) for one in (before, after))
        if [name for name in was if name in now] != [name for name in now if name in was]:
            yield Difference((section,), "changed", was, now)


def _rank(one: Difference, before: Protocol, after: Protocol) -> tuple[int, int]:
    """By whom it concerns: what is promised at each severity first, the highest before the lower ones."""
    if one.path[0] in _BY_SEVERITY:
        names = list(dict.fromkeys((*after.severity_names, *before.severity_names)))
        name = one.path[1] if one.path[0] == "severities" and len(one.path) > 1 else one.path[-1]
        if name in names:
            return 0, names.index(name)
    return 1, 0


# a protocol as a table


def _flat(protocol: Protocol) -> Iterator[tuple[Path, _Leaf]]:
    for key in type(protocol).model_fields:
        if key not in _ASIDE:
            yield from _value((key,), getattr(protocol, key), "")


def _value(path: Path, value: Any, clause: str) -> Iterator[tuple[Path, _Leaf]]:
    if isinstance(value, BaseModel):
        yield from _members(path, value, clause)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _value((*path, str(key)), each, clause)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for number, each in enumerate(value, 1):
            below = (*path, _name(each) or str(number))
            yield below, _Leaf(None, _clause(each, "", clause), part=True)
            yield from _value(below, each, clause)
    elif isinstance(value, tuple):
        yield path, _Leaf(tuple(str(each) for each in value), clause)
    else:
        yield path, _Leaf(value, clause)


def _members(path: Path, part: BaseModel, clause: str) -> Iterator[tuple[Path, _Leaf]]:
    for key in type(part).model_fields:
        if key in _ASIDE:
            continue
        value = getattr(part, key)
        if isinstance(value, dict):
            for below, each in value.items():
                yield from _value(
                    (*path, key, str(below)), each, _clause(part, f"{key}.{below}", _clause(part, key, clause))
                )
        else:
            yield from _value((*path, key), value, _clause(part, key, clause))


def _name(part: BaseModel) -> str:
    found = (getattr(part, field) for field in _CALLED if field in type(part).model_fields)
    return str(next(found, ""))


def _clause(part: BaseModel, key: str, above: str) -> str:
    """Where a value of a part comes from; of a part that does not know it, where the part above does."""
    match part:
        case Severity():
            return part.clause(key) if key else above
        case Sourced():
            return part.clause(key) or above
        case _:
            return getattr(part, "clause", "") or above
