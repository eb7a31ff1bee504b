"""A person filling in and sending a modal, as Slack's client does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox import fields
from bot.sandbox.blockkit import elements_of
from bot.sandbox.errors import ClientRefused, FormRefused
from bot.sandbox.model import Json, View


def inputs(view: View) -> Iterator[tuple[Json, Json]]:
    """(block, element) of every input block, in order."""
    for block in view.definition["blocks"]:
        if block["type"] == "input":
            yield block, block["element"]


def fill(view: View, values: Mapping[str, Any]) -> None:
    """Type ``values`` into the view; keys are action_id, block_id or label. Raises ClientRefused for unknown keys."""
    names = {key for block, element in inputs(view) for key in _names(block, element)}
    if unknown := [key for key in values if key not in names]:
        raise ClientRefused(f"no such field: {unknown}; the form has {sorted(names)}")
    for block, element in inputs(view):
        for key in _names(block, element):
            if key in values:
                view.state[block["block_id"]][element["action_id"]] = fields.entered(element, values[key])


def _names(block: Json, element: Json) -> tuple[str, str, str]:
    return element["action_id"], block["block_id"], block["label"]["text"]


def check(view: View, cap: int) -> None:
    """Raises FormRefused when a required field is empty or a text too short or too long."""
    problems: dict[str, str] = {}
    for block, element in inputs(view):
        entry = view.state[block["block_id"]][element["action_id"]]
        if sentence := fields.complaint(element, entry, bool(block.get("optional")), cap):
            problems[block["block_id"]] = sentence
    if problems:
        raise FormRefused(problems)


def input_blocks(view: View) -> set[str]:
    return {block["block_id"] for block, _ in inputs(view)}


def matching(blocks: list[Json], wanted: str, value: Any, beside: str = "") -> list[tuple[Json, Json, Any]]:
    """(block, element, choice) for an action_id, label or placeholder; ``value`` picks among several or is the choice
    itself; ``beside``: a piece of the text of the block, or of the one above a row of buttons.
    """
    return [
        (block, element, choice)
        for above, block in zip([None, *blocks], blocks, strict=False)
        if beside in _read(block) or (block["type"] == "actions" and above is not None and beside in _read(above))
        for element in elements_of(block)
        for choice in _fits(element, wanted, value)
    ]


def find_element(blocks: list[Json], wanted: str, value: Any, beside: str = "") -> tuple[Json, Json, Any]:
    """The one thing that ``matching`` finds. Raises ClientRefused when there is none or more."""
    found = matching(blocks, wanted, value, beside)
    if len(found) != 1:
        there = [label for block in blocks for element in elements_of(block) for label in labels(element)]
        more = f" beside {beside!r}" if beside else ""
        raise ClientRefused(f"{len(found)} things called {wanted!r} (value {value!r}){more}; to be seen: {there}")
    return found[0]


def _read(block: Json) -> str:
    """What stands in the block, as it was sent."""
    texts = [block.get("text"), block.get("label"), *block.get("fields", ()), *block.get("elements", ())]
    found = [text.get("text") if isinstance(text, dict) else text for text in texts]
    return "\n".join(text for text in found if isinstance(text, str))


def toggled(block: Json, element: Json, state: Json, label: str) -> list[Json]:
    """What is ticked after a press on the box with this label (or value)."""
    entry = state.get(block["block_id"], {}).get(element["action_id"]) or fields.initial(element)
    ticked, box = list(entry["selected_options"] or ()), fields.pick(element, label)
    left = [one for one in ticked if one["value"] != box["value"]]
    return left if len(left) < len(ticked) else [*ticked, box]


def _fits(element: Json, wanted: str, value: Any) -> Iterator[Any]:
    if element["type"] == "button":
        named = wanted in (element["action_id"], element["text"]["text"])
        if named and value in (None, element.get("value")):
            yield None
    elif wanted == element["action_id"] or (value is not None and wanted == _placeholder(element)):
        yield value
    elif value is None and any(option["text"]["text"] == wanted for option in fields.options_of(element)):
        yield wanted


def _placeholder(element: Json) -> str:
    return str((element.get("placeholder") or {}).get("text", ""))


def labels(element: Json) -> list[str]:
    if element["type"] == "button":
        return [str(element["text"]["text"])]
    named = _placeholder(element) or str(element["action_id"])
    return [str(option["text"]["text"]) for option in fields.options_of(element)] or [named]


def action_of(block: Json, element: Json, choice: Any) -> Json:
    """The entry of ``actions`` for a click on a button or a choice in another element."""
    kind = element["type"]
    head = {"type": kind, "action_id": element["action_id"], "block_id": block["block_id"]}
    if kind == "button":
        return head | {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    if kind == "overflow":
        return head | {"selected_option": fields.pick(element, choice)}
    return head | fields.entered(element, choice)
