"""Composition objects: texts, options, confirmation dialogs (reference/block-kit/composition-objects)."""

from __future__ import annotations

from typing import Any

from bot.sandbox.blockkit.shapes import Check, Problems, boolean, by_type, choice, listing, shape, string


def plain(at_most: int) -> Check:
    return by_type({"plain_text": shape({"text": string(at_most)}, {"emoji": boolean})}, "text")


def rich(at_most: int) -> Check:
    """plain_text or mrkdwn."""
    return by_type(
        {
            "plain_text": shape({"text": string(at_most)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(at_most)}, {"verbatim": boolean}),
        },
        "text",
    )


ID = string(255)
PLACEHOLDER = plain(150)

CONFIRM = shape(
    {"title": plain(100), "text": rich(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)


def option(text: Check, description_max: int, with_url: bool = False) -> Check:
    optional: dict[str, Check] = {"description": plain(description_max)}
    if with_url:
        optional["url"] = string(3_000)
    return shape({"text": text, "value": string(150)}, optional)


def unique_values(value: Any, pointer: str, problems: Problems) -> None:
    options = list(value.get("options") or ())
    for group in value.get("option_groups") or ():
        options.extend(group["options"])
    seen: set[str] = set()
    for entry in options:
        if entry["value"] in seen:
            problems.add(pointer, f"option values must be unique: {entry['value']}")
        seen.add(entry["value"])


def initial_among_options(value: Any, pointer: str, problems: Problems) -> None:
    """Every initial option must be, text and all, one of the options."""
    options = list(value.get("options") or ())
    for group in value.get("option_groups") or ():
        options.extend(group["options"])
    known = [(entry["value"], entry["text"]["text"]) for entry in options]
    chosen = list(value.get("initial_options") or ())
    if "initial_option" in value:
        chosen.append(value["initial_option"])
    for entry in chosen:
        if (entry["value"], entry["text"]["text"]) not in known:
            problems.add(pointer, f"initial option is not among the options: {entry['value']}")


def groups(of: Check) -> Check:
    return listing(shape({"label": plain(75), "options": listing(of, 1, 100)}, {}), 1, 100)


FILTER = shape(
    {},
    {
        "include": listing(choice("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
