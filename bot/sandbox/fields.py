"""Input elements: the value they start with and the value a person gives, in the shape of ``state.values``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bot.sandbox.blockkit import elements_of
from bot.sandbox.errors import ClientRefused
from bot.sandbox.model import Json

TEXT = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})

SLOTS = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}
MANY = frozenset(kind for kind, (slot, _) in SLOTS.items() if slot.endswith("s"))


def slot_of(kind: str) -> str | None:
    """The key that holds the value of this element type; None for elements without state (buttons, overflow)."""
    if kind in TEXT:
        return "value"
    return SLOTS[kind][0] if kind in SLOTS else None


def initial(element: Json) -> Json:
    kind = element["type"]
    if kind in TEXT:
        return {"type": kind, "value": element.get("initial_value") or None}
    slot, key = SLOTS[kind]
    return {"type": kind, slot: element.get(key, [] if kind in MANY else None)}


def initial_state(blocks: list[Json], kept: Json | None = None) -> Json:
    """``state.values`` of blocks nobody has touched; entries of ``kept`` survive under the same block and action id."""
    values: Json = {}
    for block in blocks:
        for element in elements_of(block):
            if slot_of(element["type"]):
                block_id, action_id = block["block_id"], element["action_id"]
                old = (kept or {}).get(block_id, {}).get(action_id)
                same = old is not None and old["type"] == element["type"]
                values.setdefault(block_id, {})[action_id] = old if same else initial(element)
    return values


def options_of(element: Json) -> list[Json]:
    options = list(element.get("options") or ())
    for group in element.get("option_groups") or ():
        options.extend(group["options"])
    return options


def pick(element: Json, wanted: Any) -> Json:
    """The option with this value or label. Raises ClientRefused when there is none."""
    if isinstance(wanted, dict):
        return wanted
    options = options_of(element)
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return {"text": option["text"], "value": option["value"]}
    labels = [option["text"]["text"] for option in options]
    raise ClientRefused(f"no option {wanted!r} in {element.get('action_id')}; there are {labels}")


def entered(element: Json, value: Any) -> Json:
    """What the state holds after a person gave ``value``: text, option value or label, a person, a time …"""
    kind = element["type"]
    if kind in TEXT:
        return {"type": kind, "value": None if value in (None, "") else str(value)}
    slot = SLOTS[kind][0]
    if kind in MANY:
        return {"type": kind, slot: [_one(element, item) for item in value or ()]}
    return {"type": kind, slot: None if value is None else _one(element, value)}


def _one(element: Json, value: Any) -> Any:
    kind = element["type"]
    if SLOTS[kind][0].startswith("selected_option"):
        return pick(element, value)
    if kind == "datetimepicker":
        return int(value.timestamp()) if isinstance(value, dt.datetime) else int(value)
    if kind in ("datepicker", "timepicker") and not isinstance(value, str):
        return value.strftime("%Y-%m-%d" if kind == "datepicker" else "%H:%M")
    return getattr(value, "id", value)


def is_empty(entry: Json) -> bool:
    slot = slot_of(entry["type"]) or "value"
    return entry.get(slot) in (None, "", [])


def complaint(element: Json, entry: Json, optional: bool, cap: int) -> str | None:
    """What Slack's client shows under the field, or None when the value may be sent."""
    if is_empty(entry):
        return None if optional else "Please complete this required field."
    if element["type"] != "plain_text_input":
        return None
    length = len(entry["value"])
    low, high = element.get("min_length", 0), element.get("max_length", cap)
    if length < low:
        return f"Please enter at least {low} characters."
    if length > high:
        return f"Please enter at most {high} characters."
    return None
