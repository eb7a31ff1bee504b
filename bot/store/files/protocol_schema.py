"""The JSON Schema of protocol files, for editors: made from the same tables and parts that reading them goes by, so
that the two cannot drift apart. What only the whole of a file can tell (names that are there, what is inherited) is
left to `sitrep protocol check`."""

from __future__ import annotations

import types
from collections.abc import Collection
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.domain.protocol import Protocol
from bot.domain.protocol.parts import Item, Occasion, Severity
from bot.store.files import protocol_shape as shape

Schema = dict[str, Any]

ADDRESS = "https://json-schema.org/draft-07/schema#"
_CLAUSE = r"\s*(§.*)?$"
_LENGTH = r"(?=[\dn])(\d+ ?[dD])? ?(\d+ ?[hH])? ?(\d+ ?[mM])? ?(\d+ ?[sS])?"
_ONE_LENGTH = rf"({_LENGTH}|[nN]one)"
_TRUTH = r"(true|false|yes|no|on|off|True|False)"
_TEXT = ["string", "number", "boolean"]
"""What YAML makes of words that are not quoted: `1.4` is a number to an editor."""

_ANY_TEXT: Schema = {"type": _TEXT}
_LENGTH_SCHEMA: Schema = {"type": "string", "pattern": rf"^\s*{_ONE_LENGTH}{_CLAUSE}"}
_SPAN: Schema = {"type": "string", "pattern": rf"^\s*{_ONE_LENGTH}(\s+to\s+{_ONE_LENGTH})?{_CLAUSE}"}
_SEVERITY: Schema = {"type": ["string", "number", "null"]}


def schema() -> Schema:
    """The schema of a protocol file."""
    fields = Protocol.model_fields
    severity = _part(Severity, shape.SEVERITY_KEYS, clause=False)
    severity["properties"]["tell"] = _each(_ANY_TEXT)
    properties: Schema = {
        "name": {"type": "string", "minLength": 1, "maxLength": 60, "pattern": r"^[^§\n]+$"},
        "extends": {"type": "string", "description": "A built-in protocol's name, or a file."},
        "title": _ANY_TEXT,
        "severities": _each(severity),
        **{key: _each(_member(key, _inner(fields[key].annotation), keys)) for key, keys in shape.PARTS.items()},
        **{key: _part(_inner(fields[key].annotation), keys) for key, keys in shape.SINGLE.items()},
        "management": _listed(_ANY_TEXT),
        "principles": _listed(_ANY_TEXT),
        "accept": {**_each({"type": "string", "minLength": 1}), "description": "Findings that are meant so → why."},
    }
    properties["messages"]["propertyNames"] = {"enum": list(get_args(Occasion))}
    return {
        "$schema": ADDRESS,
        "title": "A Sitrep protocol",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": ["name"],
        "anyOf": [{"required": ["extends"]}, {"required": list(shape.NEEDED)}],
    }


def _each(one: Schema) -> Schema:
    return {"type": "object", "additionalProperties": one}


def _listed(one: Schema) -> Schema:
    return {"type": "array", "items": one}


def _member(section: str, model: type[BaseModel], keys: Collection[str]) -> Schema:
    """A part of a section; an item may be one line of text."""
    drawn = _part(model, keys)
    for key, below in shape.INNER.get(section, {}).items():
        drawn["properties"][key] = _each(_member(key, _inner(model.model_fields[key].annotation), below))
    if section == "impact":
        drawn["properties"]["levels"] = _each(_SEVERITY)
    if section == "categories":
        drawn["properties"]["severity"] = _SEVERITY
    if section in ("phases", "checklists"):
        drawn["properties"]["within"] = {"anyOf": [_SPAN, _each(_SPAN)]}
    return {"anyOf": [drawn, {"type": "string", "minLength": 1}]} if issubclass(model, Item) else drawn


def _part(model: type[BaseModel], keys: Collection[str], *, clause: bool = True) -> Schema:
    fields = model.model_fields
    properties = {key: _value(fields[key]) for key in keys if key in fields}
    if clause:
        properties["clause"] = {**_ANY_TEXT, "description": "Where it stands in your document."}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(field: FieldInfo) -> Schema:
    drawn = _of_type(field.annotation, field.metadata)
    limits = {"max_length": "maxLength", "min_length": "minLength"}
    if drawn.get("type") == _TEXT:
        for one in field.metadata:
            found = {word: getattr(one, name) for name, word in limits.items() if getattr(one, name, None) is not None}
            drawn = {**drawn, **found}
    return drawn


def _of_type(kind: Any, metadata: Collection[Any] = ()) -> Schema:
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _of_type(inside[0], inside[1:])
    if origin is Literal:
        return {"type": "string", "pattern": rf"^\s*({'|'.join(map(str, inside))}){_CLAUSE}"}
    if origin in (Union, types.UnionType):
        known = [one for one in inside if one is not type(None)]
        return _of_type(known[0], metadata)
    if origin is tuple:
        days = kind == tuple[int, ...]
        return {"anyOf": [_ANY_TEXT, _listed(_ANY_TEXT)]} if days else _listed(_ANY_TEXT)
    if origin is dict:
        return _each(_of_type(inside[1]))
    return {
        timedelta: _LENGTH_SCHEMA,
        bool: {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": rf"^\s*{_TRUTH}{_CLAUSE}"}]},
        int: {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": rf"^\s*\d+{_CLAUSE}"}]},
        time: {"type": "string", "pattern": rf"^\s*\d{{1,2}}:\d\d{_CLAUSE}"},
    }.get(kind, _ANY_TEXT)


def _inner(kind: Any) -> type[BaseModel]:
    """The part that a section is made of."""
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    raise TypeError(f"{kind} is made of no part")
