"""How a form is filled in by chance: with what fits, with nothing, and with what nobody should type."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from bot.sandbox import fields, forms
from bot.sandbox.model import Json, View
from tests.chaos.town import Town
from tests.chaos.words import HOSTILE

SKIPPED = 0.35
"""How often a field that may stay empty does."""


def filled(view: View, chance: random.Random, token: str, town: Town) -> dict[str, Any]:
    """Values by block id."""
    values: dict[str, Any] = {}
    for block, element in forms.inputs(view):
        empty = fields.is_empty(view.state[block["block_id"]][element["action_id"]])
        if block["block_id"] == "private":  # declared on purpose only, so that what is private is known
            continue
        if (block.get("optional") or not empty) and chance.random() < SKIPPED:
            continue
        values[block["block_id"]] = _value(element, chance, token, town)
    return values


def _value(element: Json, chance: random.Random, token: str, town: Town) -> Any:
    kind = element["type"]
    options = fields.options_of(element)
    if kind in fields.TEXT:
        return chance.choice((token, token, f"{token} {chance.choice(HOSTILE)}", f"{token} at 14:30"))[:2900]
    if kind in ("static_select", "radio_buttons"):
        return chance.choice(options)["value"]
    if kind in ("checkboxes", "multi_static_select"):
        return [option["value"] for option in options if chance.random() < 0.6]
    if kind == "users_select":
        return chance.choice(list(town.people.values())).id
    if kind == "multi_users_select":
        return [person.id for person in chance.sample(list(town.people.values()), 2)]
    if kind == "datepicker":
        return (town.now + timedelta(days=chance.randrange(-3, 9))).date().isoformat()
    if kind == "timepicker":
        return chance.choice(("00:00", "14:30", "23:59"))
    if kind == "datetimepicker":
        return int((town.now + timedelta(minutes=chance.randrange(-600, 600))).timestamp())
    return None
