"""Protocol files: reading them, laying them over what they extend, and filling in the house defaults."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from hashlib import sha256
from pathlib import Path

from bot.domain.calendar import Calendar
from bot.domain.protocol import Protocol
from bot.store.files.protocol_limits import within_limits
from bot.store.files.protocol_shape import checked, effective, with_clauses, without_levels
from bot.store.files.yaml_marks import FileError, Node, merged, nearest, read, validated
from bot.store.resources import resource


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


@dataclass(frozen=True)
class Placed:
    """A protocol with the places of what its files say. `accepted` are the keys under `accept` that its own file has:
    those it inherits are the base's matter."""

    protocol: Protocol
    tree: Node
    accepted: tuple[str, ...] = ()

    def node(self, *paths: Sequence[str]) -> Node:
        """The first of these places that the protocol's own file has, else the first; each as far as files go there."""
        nodes = [self.tree.at(path) for path in paths if path] or [self.tree]
        return next((one for one in nodes if one.file == self.tree.file and one.place), nodes[0])


def placed(name_or_path: str, calendar: Calendar | None = None, base: Path | None = None) -> Placed:
    """As `load`, with the place of everything. Raises NoSuchProtocol and ProtocolError."""
    protocol = load(name_or_path, calendar, base)
    file = locate(name_or_path, base or Path())
    if file is None:
        raise LookupError(name_or_path)
    trees = [checked(tree) for tree in _lineage(file, _shown(name_or_path, file))]
    own = trees[0].mapping["accept"].mapping if "accept" in trees[0].mapping else {}
    return Placed(protocol, reduce(_laid_over, [with_clauses(tree) for tree in reversed(trees)]), tuple(own))


def locate(name_or_path: str, base: Path) -> Path | None:
    """The file of a built-in name or a path; None when there is none. A built-in goes before a file of its name."""
    if name_or_path in builtin_names():
        return resource("templates", "protocols", f"{name_or_path}.yml")
    file = base / name_or_path
    return file if file.is_file() else None


def digests(name_or_path: str, base: Path | None = None) -> dict[str, str]:
    """What a protocol's own files hold just now: path → digest, of the file and of what it extends as far as it can be
    read; empty for one that is not there. What Sitrep brings along is left out, because it does not change."""
    found: dict[str, str] = {}
    file = locate(name_or_path, base or Path())
    while file is not None and file.parent != resource("templates", "protocols") and str(file.resolve()) not in found:
        try:
            found[str(file.resolve())] = sha256(file.read_bytes()).hexdigest()
            extends = read(file).mapping.get("extends")
            file = locate(extends.text, file.parent) if extends is not None else None
        except (FileError, OSError):
            break
    return found


def _load(name_or_path: str, calendar: Calendar, base: Path) -> Protocol:
    file = locate(name_or_path, base)
    if file is None:
        known = nearest(name_or_path, builtin_names())
        raise NoSuchProtocol(name_or_path, None, f"there is no such file and no built-in protocol of this name{known}")
    trees = [with_clauses(within_limits(checked(tree))) for tree in _lineage(file, _shown(name_or_path, file))]
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
    kept = without_levels(below, above)
    unnamed = {key: node for key, node in kept.mapping.items() if key != "title"}  # it is another protocol's
    return merged(kept.holding(unnamed), above)
