"""Protocol files: reading them, laying them over what they extend, and filling in the house defaults."""

from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path

from bot.domain.calendar import Calendar
from bot.domain.protocol import Criterion, Level, Phase, Protocol, Role, Severity, house_defaults
from bot.store.resources import resource
from bot.store.yaml_marks import FileError, Node, merged, nearest, read, validated

_FILE_KEYS = ("name", "extends", "title", "severities", "phases", "roles", "ladder", "closure", "management")
_SEVERITY_KEYS = tuple(key for key in Severity.model_fields if key not in ("name", "rank", "clauses", "house"))
_PART_KEYS = {
    "phases": tuple(key for key in Phase.model_fields if key != "name"),
    "roles": tuple(key for key in Role.model_fields if key != "name"),
    "ladder": tuple(key for key in Level.model_fields if key not in ("name", "number")),
    "closure": tuple(key for key in Criterion.model_fields if key != "id"),
}
_SECTIONS = ("severities", *_PART_KEYS)
_WORDS = ("title", "description", "examples")
_CLAUSE_SIGN = "§"


class ProtocolError(FileError):
    """A protocol file cannot be used; `str(error)` is one sentence that names file and line."""


class NoSuchProtocol(ProtocolError):
    """Neither a built-in protocol nor a file has this name."""


def builtin_names() -> tuple[str, ...]:
    """The names of the protocols that Sitrep brings along."""
    return tuple(sorted(file.stem for file in resource("templates", "protocols").glob("*.yml")))


def load(name_or_path: str, calendar: Calendar | None = None, base: Path | None = None) -> Protocol:
    """The effective protocol of a built-in name or a file (relative to `base`, else the working directory).

    Inherited values and house defaults are filled in, and every value knows its clause.
    Raises NoSuchProtocol, or ProtocolError naming file, line and key.
    """
    try:
        return _load(name_or_path, calendar or Calendar(), base or Path())
    except ProtocolError:
        raise
    except FileError as error:
        raise ProtocolError(error.file, error.line, error.sentence) from error


def locate(name_or_path: str, base: Path) -> Path | None:
    """The file of a built-in name or a path; None when there is none. A built-in goes before a file of its name."""
    if name_or_path in builtin_names():
        return resource("templates", "protocols", f"{name_or_path}.yml")
    file = base / name_or_path
    return file if file.is_file() else None


def _load(name_or_path: str, calendar: Calendar, base: Path) -> Protocol:
    file = locate(name_or_path, base)
    if file is None:
        known = nearest(name_or_path, builtin_names())
        raise NoSuchProtocol(name_or_path, None, f"there is no such file and no built-in protocol of this name{known}")
    trees = [_with_clauses(_checked(tree)) for tree in _lineage(file, _shown(name_or_path, file))]
    return validated(Protocol, _effective(reduce(_laid_over, reversed(trees))), {"calendar": calendar})


def _shown(written: str, file: Path) -> str:
    return file.name if written in builtin_names() else written


def _lineage(file: Path, shown: str) -> Iterator[Node]:
    """The file and what it extends, and so on; each checked to name something that exists and is not above itself."""
    seen: list[Path] = []
    while True:
        seen.append(file.resolve())
        tree = read(file, shown)
        yield tree
        if "extends" not in tree.mapping:
            return
        extends = tree.mapping["extends"]
        found = locate(extends.text, file.parent)
        if found is None:
            known = nearest(extends.text, builtin_names())
            raise extends.error(f'extends names no built-in protocol and no file: "{extends.text}"{known}')
        if found.resolve() in seen:
            raise extends.error(f'extends leads in a circle: "{extends.text}" extends this file in turn')
        shown = found.name if extends.text in builtin_names() else str(Path(shown).parent / extends.text)
        file = found


def _checked(tree: Node) -> Node:
    """The file, once every key in it is one that means something."""
    tree.only(_FILE_KEYS)
    if "name" not in tree.mapping:
        raise tree.error("name is missing; every protocol has one, it stands in its clauses")
    for severity in _members(tree, "severities"):
        severity.only(_SEVERITY_KEYS)
    for section, keys in _PART_KEYS.items():
        for part in _members(tree, section):
            part.only(keys)
    return tree


def _members(tree: Node, section: str) -> tuple[Node, ...]:
    return tuple(tree.mapping[section].mapping.values()) if section in tree.mapping else ()


def _with_clauses(tree: Node) -> Node:
    """The file with `30m § updates.P1` taken apart into value and clause; without a clause the key's place is it."""
    if "severities" not in tree.mapping:
        return tree
    name = tree.mapping["name"].text
    section = tree.mapping["severities"]
    severities = {key: _severity_with_clauses(name, node) for key, node in section.mapping.items()}
    return tree.holding({**tree.mapping, "severities": section.holding(dict(severities))})


def _severity_with_clauses(name: str, severity: Node) -> Node:
    values: dict[str, Node] = {}
    clauses: dict[str, Node] = {}
    for key, node in severity.mapping.items():
        values[key] = node
        if key in _WORDS:
            continue
        if node.value is None:
            raise node.error(f"{node.place} must not be left empty; write none, or take it out for what is inherited")
        value, _, place = node.text.partition(_CLAUSE_SIGN) if isinstance(node.value, str) else (None, "", "")
        values[key] = node.holding(value.strip()) if value is not None else node
        clauses[key] = node.holding(f"{name} {_CLAUSE_SIGN} {place.strip() or node.place}")
    return severity.holding({**values, "clauses": severity.holding(clauses)})


def _laid_over(below: Node, above: Node) -> Node:
    """A file over what it extends. It changes severities; a new name there is more likely a slip than a severity."""
    if "severities" in above.mapping and "severities" in below.mapping:
        above.mapping["severities"].only(below.mapping["severities"].mapping)
    return merged(below, above)


def _effective(tree: Node) -> Node:
    """The merged file in the shape of a Protocol: members as lists with name and rank, silence filled by the house."""
    for section in _SECTIONS:
        if section not in tree.mapping:
            raise tree.error(f"{section} is missing; write it, or extend a protocol that has it")
    _check_required_for(tree)
    shape: dict[str, Node] = {key: node for key, node in tree.mapping.items() if key != "extends"}
    shape.setdefault("title", shape["name"])
    shape["severities"] = _listed(tree.mapping["severities"], _severity)
    shape["phases"] = _listed(tree.mapping["phases"], _titled)
    shape["roles"] = _listed(tree.mapping["roles"], _titled)
    shape["ladder"] = _listed(tree.mapping["ladder"], _level)
    shape["closure"] = _listed(tree.mapping["closure"], lambda _, key, each: {**each.mapping, "id": each.holding(key)})
    return tree.holding(shape)


def _listed(section: Node, shaped: Callable[[int, str, Node], dict[str, Node]]) -> Node:
    """A section's members in their order, each in the shape its model has."""
    members = enumerate(section.mapping.items(), 1)
    return section.holding([each.holding(shaped(number, key, each)) for number, (key, each) in members])


def _titled(_: int, key: str, part: Node) -> dict[str, Node]:
    return {"title": part.holding(key), **part.mapping, "name": part.holding(key)}


def _level(number: int, key: str, level: Node) -> dict[str, Node]:
    names = level.holding([level.holding(key)])
    return {"names": names, **_titled(number, key, level), "number": level.holding(str(number))}


def _severity(rank: int, key: str, severity: Node) -> dict[str, Node]:
    silent = {each: text for each, text in house_defaults(rank).items() if each not in severity.mapping}
    filled = {each: severity.holding(text) for each, text in silent.items()}
    house = severity.holding([severity.holding(each) for each in sorted(silent)])
    named = {"name": severity.holding(key), "rank": severity.holding(str(rank)), "house": house}
    return {**severity.mapping, **filled, **named}


def _check_required_for(tree: Node) -> None:
    severities = tree.mapping["severities"].mapping
    for role in _members(tree, "roles"):
        required = role.mapping.get("required_for")
        for name in required.value if required and isinstance(required.value, list) else ():
            if name.text not in severities:
                raise name.error(f'required_for names no severity: "{name.text}"{nearest(name.text, severities)}')
