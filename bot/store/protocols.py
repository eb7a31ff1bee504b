"""Protocol files: reading them, laying them over what they extend, and filling in the house defaults."""

from collections.abc import Iterator
from functools import cache, reduce
from pathlib import Path

from bot.domain.calendar import Calendar
from bot.domain.protocol import Protocol
from bot.store.protocol_shape import checked, effective, with_clauses, without_levels
from bot.store.resources import resource
from bot.store.yaml_marks import FileError, Node, merged, nearest, read, validated


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
    trees = [with_clauses(checked(tree)) for tree in _lineage(file, _shown(name_or_path, file))]
    return validated(Protocol, effective(reduce(_laid_over, reversed(trees))), {"calendar": calendar})


def _shown(written: str, file: Path) -> str:
    return file.name if written in builtin_names() else written


def _lineage(file: Path, shown: str) -> Iterator[Node]:
    """The file and what it extends, and so on; each checked to name something that exists and is not above itself."""
    seen: list[Path] = []
    while True:
        seen.append(file.resolve())
        tree = _shipped(file) if file.parent == resource("templates", "protocols") else read(file, shown)
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


@cache
def _shipped(file: Path) -> Node:
    """A file that Sitrep brings along, read once: nobody changes it while we run, and no Node is ever changed."""
    return read(file, file.name)


def _laid_over(below: Node, above: Node) -> Node:
    """A file over what it extends. It changes severities; a new name there is more likely a slip than a severity."""
    if "severities" in above.mapping and "severities" in below.mapping:
        above.mapping["severities"].only(below.mapping["severities"].mapping)
    return merged(without_levels(below, above), above)
