"""The names that one part of a protocol file has for another: each must be there, and none may stand twice."""

from collections.abc import Collection, Iterator

from bot.store.files.yaml_marks import Node, nearest

MOMENTS = ("declared", "resolved", "closed")
"""When a checklist may open besides at a phase."""

ALIKE = ("severities", "phases", "roles", "categories", "environments", "checklists", "runbooks")
"""Sections whose members people name by typing."""

JOINED = ("phases", "checklists", "runbooks", "techniques")
"""Sections whose members' names, and those of the parts within them, are joined by `/` on the record."""


def check_names(tree: Node) -> None:
    """Every name one part has for another. Raises FileError for the first that is not there, or stands twice."""
    severities, roles = tree.mapping["severities"].mapping, tree.mapping["roles"].mapping
    for role in _members(tree, "roles"):
        _check_list(role, "required_for", "severity", severities)
    for phase in _members(tree, "phases"):
        within = phase.mapping.get("within")
        if within is not None and isinstance(within.value, dict):
            within.only(severities)
    for category in _members(tree, "categories"):
        for key in ("severity", "down_to"):
            _check_one(category.mapping.get(key), "severity", "severity", severities)
    _check_lists(tree, severities)
    for dimension in _members(tree, "impact"):
        for level in _levels(dimension):
            _check_one(level if level.value != "none" else None, "levels", "severity", severities)
    if "approvals" in tree.mapping:
        _check_list(tree.mapping["approvals"], "by", "role", roles)
    for section in ALIKE:
        _check_alike(tree, section)
    for section in JOINED:
        for part in _members(tree, section):
            _check_joined(part)


def _members(tree: Node, section: str) -> tuple[Node, ...]:
    return tuple(tree.mapping[section].mapping.values()) if section in tree.mapping else ()


def _check_lists(tree: Node, severities: Collection[str]) -> None:
    """What checklists, runbooks and advice refer to."""
    phases = tree.mapping["phases"].mapping
    categories = tree.mapping["categories"].mapping if "categories" in tree.mapping else {}
    techniques = tree.mapping["techniques"].mapping if "techniques" in tree.mapping else {}
    for checklist in _members(tree, "checklists"):
        _check_one(checklist.mapping.get("opens"), "opens", "phase or moment", (*phases, *MOMENTS))
        _check_list(checklist, "severities", "severity", severities)
        within = checklist.mapping.get("within")
        if within is not None and isinstance(within.value, dict):
            within.only(severities)
    for runbook in _members(tree, "runbooks"):
        _check_list(runbook, "categories", "category", categories)
        for section in _members(runbook, "sections"):
            _check_one(section.mapping.get("phase"), "phase", "phase", phases)
    for trouble in _members(tree, "troubleshooting"):
        _check_one(trouble.mapping.get("technique"), "technique", "technique", techniques)


def _check_joined(part: Node) -> None:
    """A name that holds the sign would be another one's place on the record."""
    name = part.place.rsplit(".", 1)[-1]
    if "/" in part.place or "\n" in part.place:
        raise part.error(f'"{name}" holds a sign that names cannot have: / and line breaks')
    for key in ("steps", "items", "sections"):
        inner = part.mapping.get(key)
        for one in inner.mapping.values() if inner is not None and isinstance(inner.value, dict) else ():
            _check_joined(one)


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
