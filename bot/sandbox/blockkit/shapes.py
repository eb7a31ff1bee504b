"""Small checks from which the Block Kit tables are built. A check adds sentences to ``Problems``; it never raises."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any


class Problems:
    """Sentences in the form Slack answers in response_metadata.messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, pointer: str, sentence: str) -> None:
        self.messages.append(f"[ERROR] {sentence} [json-pointer:{pointer or '/'}]")

    def __bool__(self) -> bool:
        return bool(self.messages)


Check = Callable[[Any, str, Problems], None]
"""(value, json pointer, problems)."""


def string(at_most: int, at_least: int = 1, pattern: str | None = None) -> Check:
    matcher = re.compile(pattern) if pattern else None

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add(pointer, "must be a string")
        elif len(value) < at_least:
            problems.add(pointer, f"must be more than {at_least - 1} characters")
        elif len(value) > at_most:
            problems.add(pointer, f"must be less than {at_most + 1} characters")
        elif matcher and not matcher.fullmatch(value):
            problems.add(pointer, "value has an invalid format")

    return check


def boolean(value: Any, pointer: str, problems: Problems) -> None:
    if not isinstance(value, bool):
        problems.add(pointer, "must be a boolean")


def integer(at_least: int, at_most: int) -> Check:
    def check(value: Any, pointer: str, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            problems.add(pointer, "must be an integer")
        elif not at_least <= value <= at_most:
            problems.add(pointer, f"must be between {at_least} and {at_most}")

    return check


def choice(*allowed: str) -> Check:
    def check(value: Any, pointer: str, problems: Problems) -> None:
        if value not in allowed:
            problems.add(pointer, f"must be a valid enum value: {', '.join(allowed)}")

    return check


def anything(value: Any, pointer: str, problems: Problems) -> None:
    """Accepts every value: the workspace does not look inside."""


def listing(of: Check, at_least: int, at_most: int) -> Check:
    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add(pointer, "must be an array")
        elif len(value) < at_least:
            problems.add(pointer, f"must have at least {at_least} items")
        elif len(value) > at_most:
            problems.add(pointer, f"no more than {at_most} items allowed")
        else:
            for index, item in enumerate(value):
                of(item, f"{pointer}/{index}", problems)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check], also: Check | None = None) -> Check:
    """An object with exactly these keys (``type`` is always welcome); ``also`` runs when they are all fine."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(pointer, "must be an object")
            return
        before = len(problems.messages)
        for key in required:
            if key not in value:
                problems.add(pointer, f"missing required field: {key}")
        for key, item in value.items():
            of = required.get(key) or optional.get(key)
            if of is not None:
                of(item, f"{pointer}/{key}", problems)
            elif key != "type":
                problems.add(pointer, f"invalid additional property: {key}")
        if also and len(problems.messages) == before:
            also(value, pointer, problems)

    return check


def by_type(kinds: Mapping[str, Check], what: str) -> Check:
    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(pointer, "must be an object")
        elif "type" not in value:
            problems.add(pointer, "missing required field: type")
        elif value["type"] not in kinds:
            problems.add(f"{pointer}/type", f"unsupported {what} type: {value['type']}")
        else:
            kinds[value["type"]](value, pointer, problems)

    return check


def exactly_one(*keys: str) -> Check:
    def check(value: Any, pointer: str, problems: Problems) -> None:
        if sum(key in value for key in keys) != 1:
            problems.add(pointer, f"must define exactly one of: {', '.join(keys)}")

    return check


def at_least_one(*keys: str) -> Check:
    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not any(key in value for key in keys):
            problems.add(pointer, f"must define at least one of: {', '.join(keys)}")

    return check


def all_of(*checks: Check) -> Check:
    def check(value: Any, pointer: str, problems: Problems) -> None:
        for one in checks:
            one(value, pointer, problems)

    return check
