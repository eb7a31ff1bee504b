"""What a protocol file may say, and how it becomes a Protocol: known keys, clauses taken out of values, members as
lists, silence filled by the house."""

from collections.abc import Callable, Collection, Mapping
from typing import get_args

from bot.domain.protocol import HOUSE
from bot.domain.protocol.around import Contact, Definition, Duty, Meeting, Review, Source, Standup, Ticket
from bot.domain.protocol.lists import Checklist, Recipe, Runbook, Section, Technique, Trouble
from bot.domain.protocol.parts import (
    Approvals,
    Category,
    Check,
    Criterion,
    Dimension,
    Environment,
    Item,
    Level,
    Occasion,
    Phase,
    Role,
    Severity,
    Told,
    house_defaults,
)
from bot.store.files.protocol_names import check_names
from bot.store.files.yaml_marks import Node

Shaped = Callable[[int, str, Node], dict[str, Node]]

SEVERITY_KEYS = tuple(key for key in Severity.model_fields if key not in ("name", "rank", "clauses", "house"))


def _keys(model: type, *given: str) -> tuple[str, ...]:
    """What may be written of a part: its fields without those it is `given`, and where it comes from."""
    fields: Mapping[str, object] = model.model_fields  # type: ignore[attr-defined]  # every part is a pydantic model
    return (*(key for key in fields if key not in ("clauses", *given)), "clause")


PARTS = {
    "phases": _keys(Phase, "name", "reminds"),
    "roles": _keys(Role, "name"),
    "ladder": _keys(Level, "name", "number"),
    "closure": _keys(Criterion, "id"),
    "categories": _keys(Category, "name", "down_to"),
    "environments": _keys(Environment, "name"),
    "impact": _keys(Dimension, "name"),
    "validation": _keys(Check, "id"),
    "messages": _keys(Told, "occasion"),
    "questions": _keys(Item, "id"),
    "checklists": _keys(Checklist, "name", "reminds"),
    "runbooks": _keys(Runbook, "name"),
    "backfills": _keys(Recipe, "name"),
    "techniques": _keys(Technique, "name"),
    "troubleshooting": _keys(Trouble, "name"),
    "detection": _keys(Source, "name"),
    "contacts": _keys(Contact, "name"),
}
INNER = {
    "phases": {"steps": _keys(Item, "id")},
    "checklists": {"items": _keys(Item, "id")},
    "runbooks": {"sections": _keys(Section, "name")},
    "sections": {"steps": _keys(Item, "id")},
}
"""Parts within parts: of which key of which section, and what may be written of each."""
SINGLE = {
    "approvals": _keys(Approvals),
    "definition": _keys(Definition),
    "postmortem": _keys(Meeting),
    "standup": _keys(Standup),
    "review": _keys(Review),
    "duty": _keys(Duty),
    "ticket": _keys(Ticket),
}
"""Sections that are one part."""
_NESTED = ("steps", "items", "sections")
_ITEMS = ("steps", "items", "questions")
"""Members that may be written as one line: `text § clause`."""
NEEDED = ("severities", "phases", "roles", "ladder", "closure")
FILE_KEYS = ("name", "extends", "title", "severities", *PARTS, *SINGLE, "management", "principles", "accept")
_WORDS = ("title", "description", "examples")
_SOURCED = (
    *("within", "severity", "team", "lowers_by", "hours", "announce", "stakeholders", "management", "levels"),
    *("at", "every", "handover", "review", "published", "pattern", "approval"),
)
"""Keys of parts whose values people see with a clause."""
_CLAUSE_SIGN = "§"


def checked(tree: Node) -> Node:
    """The file with what is short written out, once every key in it is one that means something."""
    tree.only(FILE_KEYS)
    if "name" not in tree.mapping:
        raise tree.error("name is missing; every protocol has one, it stands in its clauses")
    for severity in members(tree, "severities"):
        severity.only(SEVERITY_KEYS)
    if "messages" in tree.mapping:
        tree.mapping["messages"].only(get_args(Occasion))
    written = {
        section: _checked(section, keys, tree.mapping[section])
        for section, keys in PARTS.items()
        if section in tree.mapping
    }
    for section in set(SINGLE) & set(tree.mapping):
        tree.mapping[section].only(SINGLE[section])
    return tree.holding({**tree.mapping, **written})


def _checked(section: str, keys: Collection[str], parts: Node) -> Node:
    """The parts of a section, and those within them."""
    found = {name: _written_out(section, part).only(keys) for name, part in parts.mapping.items()}
    for key, inner in INNER.get(section, {}).items():
        for name, part in found.items():
            if key in part.mapping:
                found[name] = part.holding({**part.mapping, key: _checked(key, inner, part.mapping[key])})
    return parts.holding(dict(found))


def _written_out(section: str, part: Node) -> Node:
    if section not in _ITEMS or not isinstance(part.value, str):
        return part
    text, sign, place = part.text.partition(_CLAUSE_SIGN)
    clause = {"clause": part.holding(place.strip())} if sign else {}
    return part.holding({"text": part.holding(text.strip()), **clause})


def members(tree: Node, section: str) -> tuple[Node, ...]:
    return tuple(tree.mapping[section].mapping.values()) if section in tree.mapping else ()


# clauses


def with_clauses(tree: Node) -> Node:
    """The file with `30m § updates.P1` taken apart into value and clause; without a clause the key's place is it."""
    name = tree.mapping["name"].text
    extends = "extends" in tree.mapping
    sections = dict(tree.mapping)
    for section in {"severities", *PARTS} & set(sections):
        read = _severity_with_clauses if section == "severities" else _part_with_clauses
        parts = {key: read(name, part, extends) for key, part in sections[section].mapping.items()}
        sections[section] = sections[section].holding(dict(parts))
    for section in set(SINGLE) & set(sections):
        sections[section] = _part_with_clauses(name, sections[section], extends)
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
        if isinstance(node.value, dict):
            each = {sub: _taken_apart(name, one) for sub, one in node.mapping.items()}
            values[key] = node.holding({sub: value for sub, (value, _) in each.items()})
            clauses |= {f"{key}.{sub}": clause for sub, (_, clause) in each.items()}
        else:
            values[key], clauses[key] = _taken_apart(name, node)
    return severity.holding({**values, "clauses": severity.holding(clauses)})


def _part_with_clauses(name: str, part: Node, extends: bool) -> Node:
    """A part of a file that extends another has a clause of its own only where it says so: the rest is inherited."""
    values = {key: node for key, node in part.mapping.items() if key != "clause"}
    own = part.mapping.get("clause")
    clauses = {"": own.holding(_clause(name, own.text, own))} if own else {}
    if not (own or extends):
        clauses[""] = part.holding(f"{name} {_CLAUSE_SIGN} {part.place}")
    for key in [key for key in values if key in _NESTED and isinstance(values[key].value, dict)]:
        each_part = {sub: _part_with_clauses(name, one, extends) for sub, one in values[key].mapping.items()}
        values[key] = values[key].holding(dict(each_part))
    for key in [key for key in values if key in _SOURCED]:
        if isinstance(values[key].value, dict):
            each = {sub: _taken_apart(name, node) for sub, node in values[key].mapping.items()}
            values[key] = values[key].holding({sub: value for sub, (value, _) in each.items()})
            clauses |= {f"{key}.{sub}": clause for sub, (_, clause) in each.items()}
        else:
            values[key], clauses[key] = _taken_apart(name, values[key])
    return part.holding({**values, "clauses": part.holding(dict(clauses))})


def _taken_apart(name: str, node: Node) -> tuple[Node, Node]:
    """A value and its clause. Raises FileError where a § is followed by nothing."""
    value, sign, place = node.text.partition(_CLAUSE_SIGN) if isinstance(node.value, str) else (None, "", "")
    if sign and not place.strip():
        raise node.error(f"{node.place}: nothing follows the §; name a place in your document, like § 4.2")
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
    for section in NEEDED:
        if section not in tree.mapping:
            raise tree.error(f"{section} is missing; write it, or extend a protocol that has it")
    if "categories" in tree.mapping:
        tree = tree.holding({**tree.mapping, "categories": _ranged(tree.mapping["categories"])})
    check_names(tree)
    shape: dict[str, Node] = {key: node for key, node in tree.mapping.items() if key != "extends"}
    shape.setdefault("title", shape["name"])
    shape["severities"] = _listed(tree.mapping["severities"], _severity)
    severities = list(tree.mapping["severities"].mapping)
    name = tree.mapping["name"].text
    for section in set(PARTS) & set(tree.mapping):
        shape[section] = _section(name, section, tree.mapping[section])
    for section in {"phases", "checklists"} & set(shape):
        shape[section] = shape[section].holding([_timed(part, severities) for part in _items(shape[section])])
    for section in set(SINGLE) & set(shape):
        shape[section] = _placed(name, shape[section])
    return tree.holding(shape)


def _section(name: str, section: str, parts: Node) -> Node:
    """The parts of a section as a list, those within them too, each knowing where it comes from."""
    listed = _listed(parts, _SHAPES[section])
    found = []
    for part in _items(listed):
        inner = {key: _section(name, key, part.mapping[key]) for key in INNER.get(section, {}) if key in part.mapping}
        found.append(_placed(name, part.holding({**part.mapping, **inner})))
    return listed.holding(list(found))


def _ranged(categories: Node) -> Node:
    """`P1 to P2` is the higher one and how far down it may go."""
    return categories.holding({key: _from_to(each) for key, each in categories.mapping.items()})


def _from_to(category: Node) -> Node:
    usual = category.mapping.get("severity")
    if usual is None or not isinstance(usual.value, str) or " to " not in usual.text:
        return category
    high, _, low = usual.text.partition(" to ")
    both = {"severity": usual.holding(high.strip()), "down_to": usual.holding(low.strip())}
    return category.holding({**category.mapping, **both})


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
    told = {"tell": _tellings(severity)} if "tell" in severity.mapping else {}
    return {**severity.mapping, **filled, **named, **told}


def _tellings(severity: Node) -> Node:
    """`data-engineering: channel, invite § 4.3` as who, the ways and the clause; `none` is nobody."""
    tell, clauses, found = severity.mapping["tell"], severity.mapping["clauses"].mapping, []
    for who, node in tell.mapping.items():
        if node.text != "none":
            ways = node.holding([node.holding(way.strip()) for way in node.text.split(",")])
            each = {"who": node.holding(who), "ways": ways, "clause": clauses[f"tell.{who}"]}
            found.append(node.holding(dict(each)))
    return tell.holding(list(found))


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
    **dict.fromkeys(("questions", "steps", "items"), _under("id")),
    **dict.fromkeys(("checklists", "runbooks", "sections", "backfills", "techniques", "troubleshooting"), _titled),
    **dict.fromkeys(("detection", "contacts"), _titled),
}


def _timed(phase: Node, severities: Collection[str]) -> Node:
    """A phase whose time is written once has it at every severity; a checklist at those at which it opens."""
    within = phase.mapping.get("within")
    if within is None:
        return phase
    if isinstance(within.value, dict):
        return phase.holding({**phase.mapping, **_spans(within)})
    clauses = {key: node for key, node in phase.mapping["clauses"].mapping.items() if not key.startswith("within.")}
    opens = phase.mapping.get("severities")
    chosen = opens.plain() if opens is not None and isinstance(opens.value, list) else None
    everywhere = within.holding(dict.fromkeys([one for one in severities if not chosen or one in chosen], within))
    return phase.holding({**phase.mapping, **_spans(everywhere), "clauses": phase.holding(dict(clauses))})


def _spans(within: Node) -> dict[str, Node]:
    """`15m to 30m`: the later one is the promise, at the earlier one whoever leads is reminded of it."""
    spans = {key: node.text.partition(" to ") for key, node in within.mapping.items() if isinstance(node.value, str)}
    latest = {key: within.mapping[key].holding((late or early).strip()) for key, (early, _, late) in spans.items()}
    earlier = {key: within.mapping[key].holding(early.strip()) for key, (early, _, late) in spans.items() if late}
    found = {"within": within.holding({**within.mapping, **latest})}
    return {**found, "reminds": within.holding(dict(earlier))} if earlier else found
