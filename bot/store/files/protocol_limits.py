"""How much a protocol file may hold: what is drawn on buttons, in menus and in button values has limits at Slack.
Protocols that are stored already are not measured: an incident that runs must be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from bot.domain.duration import parse
from bot.domain.protocol import PROMISE_KEYS
from bot.store.files.yaml_marks import FileError, Node

NAME_MOST = 40
"""Of what a part is called in the file: it stands in a button's value beside other things, and in block ids."""

TITLE_MOST = 75
"""Of a title: it is drawn on buttons and in menus. Source: Slack, button element and option object."""

GRADE_MOST = 50
"""Of a severity's title, which is drawn behind its name in one option."""

TEXT_MOST = 300
"""Of a closure criterion, a duty or a principle: a line of a form that people read to its end. A house choice."""

PERSON_MOST = 60
"""Of a name of the directory."""

_TITLED = {"title": TITLE_MOST}
_WORDS: Mapping[str, Mapping[str, int]] = {
    "severities": {"title": GRADE_MOST},
    "closure": {"text": TEXT_MOST},
    **dict.fromkeys(("phases", "categories", "environments", "impact"), _TITLED),
    "roles": {**_TITLED, "duties": TEXT_MOST, "staffed_by": PERSON_MOST},
    "ladder": {**_TITLED, "names": PERSON_MOST},
}
"""By section: the keys whose texts are measured, in each member."""

_NAMED = ("phases", "roles", "ladder", "closure", "validation")
"""Sections whose members' own names are measured here; those of the others are by their part."""

_MEMBERS = {
    **dict.fromkeys(("severities", "phases", "roles", "ladder", "checklists", "runbooks"), 30),
    **dict.fromkeys(("categories", "environments", "detection"), 100),
    **dict.fromkeys(("validation", "impact"), 10),
}
"""Members of a section. Source: Slack, static_select (100 options), checkboxes (10); the rest is a house choice."""

_SHORTEST = timedelta(minutes=1)
"""Of a promise: people see minutes, and nobody answers within seconds."""

_LONGEST = {"update_every": timedelta(days=31), "acknowledge_within": timedelta(days=31)}
"""Of a promise that means nothing when it is longer; others may take up to a year."""


def within_limits(tree: Node) -> Node:
    """The file itself, once nothing in it is longer than fits where it is drawn. Raises FileError for the first."""
    found = next(_too_long(tree), None)
    if found is not None:
        raise found
    return tree


def _too_long(tree: Node) -> Iterator[FileError]:
    for key, most in (("title", TITLE_MOST), ("management", PERSON_MOST), ("principles", TEXT_MOST)):
        if key in tree.mapping:
            yield from _measured(tree.mapping[key], most)
    for section in dict.fromkeys((*_WORDS, *_NAMED)):
        for name, part in tree.mapping[section].mapping.items() if section in tree.mapping else ():
            if section in _NAMED and len(name) > NAME_MOST:
                yield _error(part, f'the name "{name[:NAME_MOST]}…" in {section}', len(name), NAME_MOST)
            for key, most in _WORDS.get(section, {}).items():
                if key in part.mapping:
                    yield from _measured(part.mapping[key], most)

    yield from _too_many(tree)
    yield from _absurd(tree)
    for why in tree.mapping["accept"].mapping.values() if "accept" in tree.mapping else ():
        if not why.text.strip():
            yield why.error(f"{why.place} must say why it is meant so")


def _too_many(tree: Node) -> Iterator[FileError]:
    for section, most in _MEMBERS.items():
        count = len(tree.mapping[section].mapping) if section in tree.mapping else 0
        if count > most:
            yield tree.mapping[section].error(f"{section} holds {count}; at most {most} fit where they are chosen")


def _absurd(tree: Node) -> Iterator[FileError]:
    """Promises of a severity that are lengths of time and cannot be meant."""
    for severity in tree.mapping["severities"].mapping.values() if "severities" in tree.mapping else ():
        for key in set(PROMISE_KEYS) & set(severity.mapping):
            node = severity.mapping[key]
            length = _length(node)
            if length is not None and timedelta(0) < length < _SHORTEST:
                yield node.error(f"{node.place}: {_written(node)} is less than a minute, which nobody can keep")
            if length is not None and length > _LONGEST.get(key, length):
                yield node.error(
                    f"{node.place}: {_written(node)} is longer than a month; write none to promise nothing"
                )


def _length(node: Node) -> timedelta | None:
    """None for what is none; that it is no length at all is said where it is typed."""
    try:
        return parse(_written(node)) if isinstance(node.value, str) else None
    except ValueError:
        return None


def _written(node: Node) -> str:
    """A value as it is written, without its clause."""
    return node.text.partition("§")[0].strip()


def _measured(node: Node, most: int) -> Iterator[FileError]:
    for each in node.value if isinstance(node.value, list) else [node]:
        if isinstance(each.value, str) and len(each.value) > most:
            yield _error(each, each.place, len(each.value), most)


def _error(node: Node, what: str, length: int, most: int) -> FileError:
    return node.error(f"{what} is {length} characters long; at most {most} fit where it is drawn")
