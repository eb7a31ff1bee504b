"""YAML files that people write: read with the line of every key, so that an error can say where it is.

Everything is read as text, mapping or list, and typed by the model it is for: YAML's own guesses turn `09:00` into
540 and `no` into false.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar
from unicodedata import category

import yaml
from pydantic import BaseModel, ValidationError
from rapidfuzz import fuzz, process

_Model = TypeVar("_Model", bound=BaseModel)
_Value: TypeAlias = "str | dict[str, Node] | list[Node] | None"
_NEAR = 60
"""The least likeness, of 100, at which a name is offered as what was meant."""
_DEEPEST = 20
"""Keys and positions below each other."""
_TOO_DEEP = "this is nested too deeply"
_NO_TEXT = ("Cc", "Cs")
"""Unicode's control characters and surrogates: YAML can write them as `\\0` and `\\ud800`, no database takes both."""

_EXPECTED = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "date_from_datetime_parsing": "must be a day such as 2026-11-16",
    "date_parsing": "must be a day such as 2026-11-16",
    "date_type": "must be a day such as 2026-11-16",
    "dict_type": "must be a group of `key: value` lines",
    "model_type": "must be a group of `key: value` lines",
    "greater_than_equal": "must not be less than {ge}",
    "int_parsing": "must be a whole number",
    "less_than_equal": "is too large",
    "missing": "is missing",
    "string_pattern_mismatch": "must be one line without §",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "too_long": "holds too many",
    "too_short": "must hold at least one",
    "tuple_type": "must be a list such as [one, two]",
}


class FileError(Exception):
    """Something in a file is wrong; `str(error)` is one sentence that names file and line."""

    def __init__(self, file: str, line: int | None, sentence: str) -> None:
        self.file, self.line, self.sentence = file, line, sentence
        super().__init__(f"{file}, line {line}: {sentence}" if line else f"{file}: {sentence}")


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "update_every"?` for the known name most like the word; without one, what there is."""
    names = list(known)
    found = process.extractOne(word, names, scorer=fuzz.ratio, processor=str.lower, score_cutoff=_NEAR)
    return f'; did you mean "{found[0]}"?' if found else f"; there is {', '.join(names) or 'none'}"


@dataclass(frozen=True)
class Node:
    """A value in a file: text, None where nothing is written, a mapping or a list; where it stands, and in what."""

    value: _Value
    file: str
    line: int
    place: str = ""

    @property
    def mapping(self) -> dict[str, Self]:
        """The value as a mapping. Raises FileError when it is something else."""
        if not isinstance(self.value, dict):
            raise self.error(f"{self.place or 'the file'} must be a group of `key: value` lines")
        return self.value  # type: ignore[return-value]  # Self of the members, which the dataclass cannot say

    @property
    def text(self) -> str:
        """The value as text. Raises FileError when it is something else."""
        if not isinstance(self.value, str):
            raise self.error(f"{self.place} must be text")
        return self.value

    def error(self, sentence: str) -> FileError:
        """The error of this place."""
        return FileError(self.file, self.line, sentence)

    def only(self, known: Iterable[str]) -> Self:
        """The mapping itself, once every key is a known one. Raises FileError naming the nearest known key."""
        names = list(known)
        for key, node in self.mapping.items():
            if key not in names:
                where = f" in {self.place}" if self.place else ""
                raise node.error(f'unknown key "{key}"{where}{nearest(key, names)}')
        return self

    def plain(self) -> Any:
        """The value without its marks, as a model takes it."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value

    def at(self, path: Iterable[str | int]) -> Self:
        """The node under keys and positions, or as far along them as the file goes."""
        node = self
        for step in path:
            below: Any = node.value
            members = dict(enumerate(below)) if isinstance(below, list) else below
            if not isinstance(members, dict) or step not in members:
                break
            node = members[step]
        return node

    def holding(self, value: _Value) -> Self:
        """Another value in the same place."""
        return replace(self, value=value)


class _Loader(yaml.SafeLoader):
    """Reads no deeper than is ever meant: each level is one of Python's own, of which there are not many."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """What comes next. Raises MarkedYAMLError where it stands too deep."""
        if self._depth > _DEEPEST:
            ahead = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
            raise _TooDeep(problem_mark=ahead.start_mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


class _TooDeep(yaml.MarkedYAMLError):
    """It is YAML, and nested deeper than anything here is."""


def merged(below: Node, above: Node) -> Node:
    """Two files as one: mappings are merged key by key, anything else above replaces what is below."""
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    both: dict[str, Node] = dict(below.value)
    for key, node in above.value.items():
        both[key] = merged(both[key], node) if key in both else node
    return above.holding(both)


def read(file: Path, name: str | None = None) -> Node:
    """Read a YAML file as a tree of marked nodes; `name` is what errors call the file.

    Raises FileError when it cannot be read, is not YAML, is nested too deeply, holds no mapping or what is no text, or
    says a key twice.
    """
    shown = name or str(file)
    try:
        root = yaml.compose(file.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise FileError(shown, None, "this is not a text file in UTF-8") from error
    except OSError as error:
        raise FileError(shown, None, f"the file cannot be read ({error.strerror})") from error
    except _TooDeep as error:
        raise FileError(shown, _line_of(error), _TOO_DEEP) from error
    except yaml.MarkedYAMLError as error:
        raise FileError(shown, _line_of(error), f"this is not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise FileError(shown, None, "this is not YAML: it holds a character that no text has") from error
    if not isinstance(root, yaml.MappingNode):
        fault = "the file is empty" if root is None else "the file must hold `key: value` lines"
        raise FileError(shown, 1, fault)
    return _marked(root, shown, 1, ())


def _line_of(error: yaml.MarkedYAMLError) -> int | None:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else None


def _marked(node: yaml.Node, file: str, line: int, path: tuple[str, ...]) -> Node:
    here = Node(None, file, line, ".".join(path))
    if len(path) > _DEEPEST:
        raise here.error(_TOO_DEEP)
    if isinstance(node, yaml.MappingNode):
        return here.holding(dict(_entries(node, here, path)))
    if isinstance(node, yaml.SequenceNode):
        items = enumerate(node.value, 1)
        return here.holding([_marked(each, file, each.start_mark.line + 1, (*path, str(i))) for i, each in items])
    empty = node.tag == "tag:yaml.org,2002:null"
    return here.holding(None if empty else _text(node, file))


def _text(node: yaml.Node, file: str) -> str:
    """What is written. Raises FileError for a character that is never meant and that no text has."""
    text = str(node.value)
    bad = next((sign for sign in text if category(sign) in _NO_TEXT and sign not in "\t\n"), None)
    if bad is not None:
        raise FileError(file, node.start_mark.line + 1, f"this holds a character that no text has: U+{ord(bad):04X}")
    return text


def _entries(node: yaml.MappingNode, here: Node, path: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    seen: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise FileError(here.file, line, "a key must be one word or text")
        key = _text(key_node, here.file)
        if key in seen:
            where = f" in {here.place}" if here.place else ""
            raise FileError(here.file, line, f'"{key}" is written twice{where}, first in line {seen[key]}')
        seen[key] = line
        yield key, _marked(value_node, here.file, line, (*path, key))


def validated(model: type[_Model], tree: Node, extra: Mapping[str, Any] | None = None) -> _Model:
    """The model with the tree's values and `extra` ones from no file. Raises FileError for the first fault."""
    try:
        return model.model_validate({**tree.plain(), **(extra or {})})
    except ValidationError as error:
        faults = [(tree.at(fault["loc"]), fault) for fault in error.errors()]
        node, fault = min(faults, key=lambda pair: (pair[0].file != tree.file, pair[0].line))
        raise node.error(_sentence(node, fault)) from error


def _sentence(node: Node, fault: Any) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "value_error":
        return f"{node.place}: {context['error']}" if node.place else str(context["error"])
    if kind == "missing":
        return f"{_joined(node.place, str(fault['loc'][-1]))} is missing"
    if kind == "literal_error":
        choices = [str(choice).strip("' ") for choice in context["expected"].replace(" or ", ",").split(",")]
        return f'{node.place} cannot be "{fault["input"]}"{nearest(str(fault["input"]), choices)}'
    expected = _EXPECTED[kind].format(**context) if kind in _EXPECTED else f"is wrong: {fault['msg']}"
    return f"{node.place or 'the file'} {expected}"


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
