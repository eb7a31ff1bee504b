"""Blocks and views as Slack checks them (reference/block-kit/blocks, surfaces/modals, surfaces/app-home)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.blockkit.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION, INTERACTIVE, tables
from bot.sandbox.blockkit.objects import plain, rich
from bot.sandbox.blockkit.richtext import RICH_TEXT, TABLE
from bot.sandbox.blockkit.shapes import (
    Check,
    Problems,
    anything,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    listing,
    shape,
    string,
)

Surface = Literal["message", "modal", "home"]
MAX_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
VIEW_BYTES = 250_000
MARKDOWN_CHARS = 12_000
BLOCK_ID = {"block_id": string(255)}


@dataclass(frozen=True)
class Rules:
    """The two unconfirmed limits this check takes from the workspace's switches."""

    option_description_max: int = 75
    action_ids_unique_in: Literal["surface", "block"] = "surface"


def _blocks(rules: Rules) -> dict[str, Check]:
    elements = tables(rules.option_description_max)
    in_actions = by_type({kind: elements[kind] for kind in IN_ACTIONS}, "element")
    in_section = by_type({kind: elements[kind] for kind in IN_SECTION}, "element")
    in_input = by_type({kind: elements[kind] for kind in IN_INPUT}, "element")
    return {
        "section": shape(
            {},
            BLOCK_ID
            | {
                "text": rich(3_000),
                "fields": listing(rich(2_000), 1, 10),
                "accessory": in_section,
                "expand": boolean,
            },
            at_least_one("text", "fields"),
        ),
        "header": shape({"text": plain(150)}, BLOCK_ID),
        "divider": shape({}, BLOCK_ID),
        "context": shape({"elements": listing(_context_element, 1, 10)}, BLOCK_ID),
        "actions": shape({"elements": listing(in_actions, 1, 25)}, BLOCK_ID),
        "input": shape(
            {"label": plain(2_000), "element": in_input},
            BLOCK_ID | {"hint": plain(2_000), "optional": boolean, "dispatch_action": boolean},
        ),
        "image": shape(
            {"alt_text": string(2_000)},
            BLOCK_ID | {"image_url": string(3_000), "slack_file": anything, "title": plain(2_000)},
            exactly_one("image_url", "slack_file"),
        ),
        "rich_text": RICH_TEXT,
        "markdown": shape({"text": string(MARKDOWN_CHARS)}, BLOCK_ID),
        "table": TABLE,
        "context_actions": shape({"elements": listing(anything, 1, 5)}, BLOCK_ID),
        "video": shape(
            {"alt_text": string(2_000), "title": plain(199)}
            | {"thumbnail_url": string(3_000), "video_url": string(3_000)},
            BLOCK_ID
            | {
                "author_name": string(49),
                "description": plain(200),
                "provider_icon_url": string(3_000),
                "provider_name": string(200),
                "title_url": string(3_000),
            },
        ),
    }


def _context_element(value: Any, pointer: str, problems: Problems) -> None:
    check = IMAGE if isinstance(value, dict) and value.get("type") == "image" else rich(2_000)
    check(value, pointer, problems)


ONLY_IN_MESSAGES = ("markdown", "table", "context_actions")


def check_blocks(blocks: Any, surface: Surface, rules: Rules, pointer: str = "/blocks") -> list[str]:
    """Every sentence Slack would answer about these blocks; an empty list means they are fine."""
    problems = Problems()
    kinds = _blocks(rules)
    if surface != "message":
        kinds = {kind: check for kind, check in kinds.items() if kind not in ONLY_IN_MESSAGES}
    listing(by_type(kinds, "block"), 0, MAX_BLOCKS[surface])(blocks, pointer, problems)
    if not problems:
        _check_together(blocks, surface, rules, pointer, problems)
    return problems.messages


def _check_together(blocks: list[Any], surface: Surface, rules: Rules, pointer: str, problems: Problems) -> None:
    _unique("block_id", [block["block_id"] for block in blocks if "block_id" in block], pointer, problems)
    per_block = [[e["action_id"] for e in elements_of(block) if "action_id" in e] for block in blocks]
    if rules.action_ids_unique_in == "surface":
        _unique("action_id", [one for ids in per_block for one in ids], pointer, problems)
    else:
        for ids in per_block:
            _unique("action_id", ids, pointer, problems)
    elements = [e for block in blocks for e in elements_of(block)]
    if sum(bool(e.get("focus_on_load")) for e in elements) > 1:
        problems.add(pointer, "only one element can have focus_on_load")
    if surface == "message" and any(e["type"] == "file_input" for e in elements):
        problems.add(pointer, "file_input is not allowed in messages")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_CHARS:
        problems.add(pointer, f"markdown blocks must be less than {MARKDOWN_CHARS + 1} characters together")
    if sum(block["type"] == "table" for block in blocks) > 1:
        problems.add(pointer, "only_one_table_allowed")


def _unique(what: str, ids: list[str], pointer: str, problems: Problems) -> None:
    for one, count in Counter(ids).items():
        if count > 1:
            problems.add(pointer, f"{what} must be unique: {one}")


def elements_of(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The interactive elements of one block, in reading order."""
    for element in (block.get("accessory"), block.get("element"), *(block.get("elements") or ())):
        if isinstance(element, dict) and element.get("type") in INTERACTIVE:
            yield element


_VIEW_COMMON: dict[str, Check] = {
    "private_metadata": string(3_000, at_least=0),
    "callback_id": string(255, at_least=0),
    "external_id": string(255, at_least=0),
}
_MODAL = shape(
    {"title": plain(24), "blocks": anything},
    _VIEW_COMMON
    | {
        "close": plain(24),
        "submit": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_HOME = shape({"blocks": anything}, _VIEW_COMMON)


def check_view(view: Any, kind: Literal["modal", "home"], rules: Rules) -> list[str]:
    """Every sentence Slack would answer about this view; an empty list means it is fine."""
    problems = Problems()
    by_type({"modal": _MODAL} if kind == "modal" else {"home": _HOME}, "view")(view, "/view", problems)
    if problems:
        return problems.messages
    messages = check_blocks(view["blocks"], kind, rules, "/view/blocks")
    if not messages and kind == "modal" and "submit" not in view and has_input(view["blocks"]):
        problems.add("/view", "missing required field: submit (the view has input blocks)")
    return messages + problems.messages


def has_input(blocks: list[dict[str, Any]]) -> bool:
    return any(block["type"] == "input" for block in blocks)


def view_bytes(view: Any) -> int:
    return len(json.dumps(view, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def text_length(blocks: list[dict[str, Any]]) -> int:
    """Characters in all text objects of the blocks."""
    total = 0
    stack: list[Any] = list(blocks)
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            total += len(item["text"]) if isinstance(item.get("text"), str) else 0
            stack.extend(item.values())
    return total
