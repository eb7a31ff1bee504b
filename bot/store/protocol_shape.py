"""What a protocol file may say, and how it becomes a Protocol: known keys, clauses taken out of values, names checked,
members as lists, silence filled by the house."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import get_args

from bot.domain.protocol import HOUSE
from bot.domain.protocol_parts import (
    Approvals,
    Category,
    Check,
    Criterion,
    Dimension,
    Environment,
    Level,
    Occasion,
    Phase,
    Role,
    Severity,
    Told,
    house_defaults,
)
from bot.store.yaml_marks import Node, nearest

Shaped = Callable[[int, str, Node], dict[str, Node]]

_SEVERITY_KEYS = tuple(key for key in Severity.model_fields if key not in ("name", "rank", "clauses", "house"))


def _keys(model: type, *given: str) -> tuple[str, ...]:
    """What may be written of a part: its fields without those it is `given`, and where it comes from."""
    fields: Mapping[str, object] = model.model_fields  # type: ignore[attr-defined]  # every part is a pydantic model
    return (*(key for key in fields if key not in ("clauses", *given)), "clause")


_PARTS = {
    "phases": _keys(Phase, "name"),
    "roles": _keys(Role, "name"),
    "ladder": _keys(Level, "name", "number"),
    "closure": _keys(Criterion, "id"),
    "categories": _keys(Category, "name"),
    "environments": _keys(Environment, "name"),
    "impact": _keys(Dimension, "name"),
    "validation": _keys(Check, "id"),
    "messages": _keys(Told, "occasion"),
}
_NEEDED = ("severities", "phases", "roles", "ladder", "closure")
FILE_KEYS = ("name", "extends", "title", "severities", *_PARTS, "management", "approvals")
_WORDS = ("title", "description", "examples")
_SOURCED = ("within", "severity", "team", "lowers_by", "hours", "announce", "stakeholders", "management", "levels")
"""Keys of parts whose values people see with a clause."""
_CLAUSE_SIGN = "§"


def checked(tree: Node) -> Node:
    """The file, once every key in it is one that means something."""
    tree.only(FILE_KEYS)
    if "name" not in tree.mapping:
        raise tree.error("name is missing; every protocol has one, it stands in its clauses")
    for severity in members(tree, "severities"):
        severity.only(_SEVERITY_KEYS)
    for section, keys in _PARTS.items():
        for part in members(tree, section):
            part.only(keys)
    if "messages" in tree.mapping:
        tree.mapping["messages"].only(get_args(Occasion))
    if "approvals" in tree.mapping:
        tree.mapping["approvals"].only(_keys(Approvals))
    return tree


def members(tree: Node, section: str) -> tuple[Node, ...]:
    return tuple(tree.mapping[section].mapping.values()) if section in tree.mapping else ()


# clauses


def with_clauses(tree: Node) -> Node:
    """The file with `30m § updates.P1` taken apart into value and clause; without a clause the key's place is it."""
    name = tree.mapping["name"].text
    extends = "extends" in tree.mapping
    sections = dict(tree.mapping)
    for section in {"severities", *_PARTS} & set(sections):
        read = _severity_with_clauses if section == "severities" else _part_with_clauses
        parts = {key: read(name, part, extends) for key, part in sections[section].mapping.items()}
        sections[section] = sections[section].holding(dict(parts))
    if "approvals" in sections:
        sections["approvals"] = _part_with_clauses(name, sections["approvals"], extends)
    return tree.holding(sections)


def _severity_with_clauses(name: str, severity: Node, _: bool) -> Node:
    values: dict[str, Node] = {}
    clauses: dict[str, Node] = {}
    for key, node in severity.mapping.items():
        values[key] = node
        if key in _WORDS:
            continue
        if node.value is None:
            raise node.error(f"{node.place} must not be left empty; write none, or take it out for what is inherited")
        values[key], clauses[key] = _taken_apart(name, node)
    return severity.holding({**values, "clauses": severity.holding(clauses)})


def _part_with_clauses(name: str, part: Node, extends: bool) -> Node:
    """A part of a file that extends another has a clause of its own only where it says so: the rest is inherited."""
    values = {key: node for key, node in part.mapping.items() if key != "clause"}
    own = part.mapping.get("clause")
    clauses = {"": own.holding(_clause(name, own.text, own))} if own else {}
    if not (own or extends):
        clauses[""] = part.holding(f"{name} {_CLAUSE_SIGN} {part.place}")
    for key in [key for key in values if key in _SOURCED]:
        if isinstance(values[key].value, dict):
            each = {sub: _taken_apart(name, node) for sub, node in values[key].mapping.items()}
            values[key] = values[key].holding({sub: value for sub, (value, _) in each.items()})
            clauses |= {f"{key}.{sub}": clause for sub, (_, clause) in each.items()}
        else:
            values[key], clauses[key] = _taken_apart(name, values[key])
    return part.holding({**values, "clauses": part.holding(dict(clauses))})


def _taken_apart(name: str, node: Node) -> tuple[Node, Node]:
    """A value and its clause."""
    value, _, place = node.text.partition(_CLAUSE_SIGN) if isinstance(node.value, str) else (None, "", "")
    return node.holding(value.strip()) if value is not None else node, node.holding(_clause(name, place, node))


def _clause(name: str, place: str, node: Node) -> str:
    place = place.strip() or node.place
    return HOUSE if place == HOUSE else f"{name} {_CLAUSE_SIGN} {place}"


def without_levels(below: Node, above: Node) -> Node:
    """The file below, without the answers that the one above writes anew: half of two scales is none."""
    if "impact" not in below.mapping or "impact" not in above.mapping:
        return below
    anew = {name for name, side in above.mapping["impact"].mapping.items() if "levels" in side.mapping}
    sides = below.mapping["impact"].mapping
    kept = {name: _unlevelled(side) if name in anew else side for name, side in sides.items()}
    return below.holding({**below.mapping, "impact": below.mapping["impact"].holding(dict(kept))})


def _unlevelled(side: Node) -> Node:
    clauses = {key: node for key, node in side.mapping["clauses"].mapping.items() if not key.startswith("levels.")}
    values = {key: node for key, node in side.mapping.items() if key != "levels"}
    return side.holding({**values, "clauses": side.holding(dict(clauses))})


# the shape of a Protocol


def effective(tree: Node) -> Node:
    """The merged file in the shape of a Protocol: members as lists with name and rank, silence filled by the house."""
    for section in _NEEDED:
        if section not in tree.mapping:
            raise tree.error(f"{section} is missing; write it, or extend a protocol that has it")
    _check_names(tree)
    shape: dict[str, Node] = {key: node for key, node in tree.mapping.items() if key != "extends"}
    shape.setdefault("title", shape["name"])
    shape["severities"] = _listed(tree.mapping["severities"], _severity)
    severities = list(tree.mapping["severities"].mapping)
    name = tree.mapping["name"].text
    for section in set(_PARTS) & set(tree.mapping):
        shape[section] = _listed(tree.mapping[section], _SHAPES[section])
        shape[section] = shape[section].holding([_placed(name, part) for part in _items(shape[section])])
    shape["phases"] = shape["phases"].holding([_timed(phase, severities) for phase in _items(shape["phases"])])
    if "approvals" in shape:
        shape["approvals"] = _placed(name, shape["approvals"])
    return tree.holding(shape)


def _items(section: Node) -> list[Node]:
    return section.value if isinstance(section.value, list) else []


def _listed(section: Node, shaped: Shaped) -> Node:
    """A section's members in their order, each in the shape its model has."""
    parts = enumerate(section.mapping.items(), 1)
    return section.holding([each.holding(shaped(number, key, each)) for number, (key, each) in parts])


def _placed(name: str, part: Node) -> Node:
    """A part with a clause for the whole of it: one that a file added to what it extends has none yet."""
    clauses = dict(part.mapping["clauses"].mapping)
    clauses.setdefault("", part.holding(f"{name} {_CLAUSE_SIGN} {part.place}"))
    return part.holding({**part.mapping, "clauses": part.holding(dict(clauses))})


def _severity(rank: int, key: str, severity: Node) -> dict[str, Node]:
    silent = {each: text for each, text in house_defaults(rank).items() if each not in severity.mapping}
    filled = {each: severity.holding(text) for each, text in silent.items()}
    house = severity.holding([severity.holding(each) for each in sorted(silent)])
    named = {"name": severity.holding(key), "rank": severity.holding(str(rank)), "house": house}
    return {**severity.mapping, **filled, **named}


def _titled(_: int, key: str, part: Node) -> dict[str, Node]:
    return {"title": part.holding(key), **part.mapping, "name": part.holding(key)}


def _level(number: int, key: str, level: Node) -> dict[str, Node]:
    names = level.holding([level.holding(key)])
    return {"names": names, **_titled(number, key, level), "number": level.holding(str(number))}


def _under(field: str) -> Shaped:
    return lambda _, key, part: {**part.mapping, field: part.holding(key)}


def _dimension(number: int, key: str, dimension: Node) -> dict[str, Node]:
    """The levels in their order, each with the severity it points to; `none` points to none."""
    levels = dimension.mapping.get("levels")
    if levels is None:
        raise dimension.error(f"{dimension.place}.levels is missing; write the worst first, like {{high: P1, low: P4}}")
    each = [level.holding({"name": level.holding(name), **_points(level)}) for name, level in levels.mapping.items()]
    return {**_titled(number, key, dimension), "levels": levels.holding(list(each))}


def _points(level: Node) -> dict[str, Node]:
    return {} if level.value in (None, "none") else {"severity": level}


_SHAPES: dict[str, Shaped] = {
    "phases": _titled,
    "roles": _titled,
    "ladder": _level,
    "closure": _under("id"),
    "categories": _titled,
    "environments": _titled,
    "impact": _dimension,
    "validation": _under("id"),
    "messages": _under("occasion"),
}


def _timed(phase: Node, severities: Collection[str]) -> Node:
    """A phase whose time is written once has it at every severity."""
    within = phase.mapping.get("within")
    if within is None or isinstance(within.value, dict):
        return phase
    clauses = {key: node for key, node in phase.mapping["clauses"].mapping.items() if not key.startswith("within.")}
    everywhere = within.holding(dict.fromkeys(severities, within))
    return phase.holding({**phase.mapping, "within": everywhere, "clauses": phase.holding(dict(clauses))})


# names that must be there


def _check_names(tree: Node) -> None:
    """Every name one part has for another. Raises FileError for the first that is not there, or stands twice."""
    severities, roles = tree.mapping["severities"].mapping, tree.mapping["roles"].mapping
    for role in members(tree, "roles"):
        _check_list(role, "required_for", "severity", severities)
    for phase in members(tree, "phases"):
        within = phase.mapping.get("within")
        if within is not None and isinstance(within.value, dict):
            within.only(severities)
    for category in members(tree, "categories"):
        _check_one(category.mapping.get("severity"), "severity", "severity", severities)
    for dimension in members(tree, "impact"):
        for level in _levels(dimension):
            _check_one(level if level.value != "none" else None, "levels", "severity", severities)
    if "approvals" in tree.mapping:
        _check_list(tree.mapping["approvals"], "by", "role", roles)
    for section in ("categories", "environments"):
        _check_alike(tree, section)


def _levels(dimension: Node) -> Iterator[Node]:
    if "levels" in dimension.mapping:
        yield from dimension.mapping["levels"].mapping.values()


def _check_one(node: Node | None, key: str, what: str, known: Collection[str]) -> None:
    if node is not None and isinstance(node.value, str) and node.text not in known:
        raise node.error(f'{key} names no {what}: "{node.text}"{nearest(node.text, known)}')


def _check_list(part: Node, key: str, what: str, known: Collection[str]) -> None:
    listed = part.mapping.get(key)
    names = listed.value if listed is not None and isinstance(listed.value, list) else []
    for number, node in enumerate(names):
        _check_one(node, key, what, known)
        if node.value in [other.value for other in names[:number]]:
            raise node.error(f'{key} names "{node.text}" twice')


def _check_alike(tree: Node, section: str) -> None:
    """Two names that differ in case and punctuation only would be one and the same for whoever types them."""
    seen: dict[str, str] = {}
    for key, part in tree.mapping[section].mapping.items() if section in tree.mapping else ():
        plain = "".join(filter(str.isalnum, key)).casefold()
        if plain in seen:
            raise part.error(f'"{key}" and "{seen[plain]}" in {section} are one name to whoever types it')
        seen[plain] = key
