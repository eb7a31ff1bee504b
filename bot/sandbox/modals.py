"""Views: opening, updating, pushing, publishing and closing; one stack of at most three modals per person."""

from __future__ import annotations

import copy
from typing import Any, Literal

from bot.sandbox.blockkit import check_view, elements_of, view_bytes
from bot.sandbox.blockkit.blocks import VIEW_BYTES
from bot.sandbox.errors import SlackError
from bot.sandbox.fields import initial_state
from bot.sandbox.model import Json, View
from bot.sandbox.workspace import Workspace

STACK = 3
"""A root view and two pushed on it (reference/methods/views.push)."""


def named_blocks(ws: Workspace, blocks: list[Json]) -> list[Json]:
    """A copy in which every block and interactive element has an id, as Slack stores them."""
    copied = copy.deepcopy(blocks)
    for block in copied:
        block.setdefault("block_id", f"b{ws.next_id('k')}")
        for element in elements_of(block):
            element.setdefault("action_id", f"a{ws.next_id('k')}")
    return copied


def checked(ws: Workspace, view: Any, kind: Literal["modal", "home"], replaces: View | None = None) -> Json:
    """The definition as stored, or Slack's refusal: invalid_arguments, view_too_large, duplicate_external_id."""
    if view_bytes(view) > VIEW_BYTES:
        raise SlackError("view_too_large")
    if problems := check_view(view, kind, ws.rules):
        raise SlackError("invalid_arguments", problems)
    external = view.get("external_id")
    others = [v for v in ws.views.values() if v.open and v is not replaces]
    if external and any(v.definition.get("external_id") == external for v in others):
        raise SlackError("duplicate_external_id")
    return {**view, "blocks": named_blocks(ws, view["blocks"])}


def _new_hash(ws: Workspace) -> str:
    return f"{ws.now()}.{ws.next_id('h')}"


def _add(ws: Workspace, user: str, kind: Literal["modal", "home"], definition: Json) -> View:
    view = View(ws.next_id("V"), user, kind, definition, _new_hash(ws), ws.changes)
    view.state = initial_state(definition["blocks"])
    view.root_id = view.id
    ws.views[view.id] = view
    return view


def open_root(ws: Workspace, user: str, definition: Json) -> View:
    """A new stack for this person; a stack still open is dismissed."""
    close_all(ws, user)
    view = _add(ws, user, "modal", definition)
    ws.stacks[user] = [view]
    ws.changed()
    return view


def push(ws: Workspace, user: str, definition: Json) -> View:
    stack = ws.stacks.get(user) or []
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= STACK:
        raise SlackError("push_limit_reached")
    view = _add(ws, user, "modal", definition)
    view.root_id, view.previous_id = stack[0].id, stack[-1].id
    stack.append(view)
    ws.changed()
    return view


def replace(ws: Workspace, view: View, definition: Json) -> View:
    """New contents for an open view; what was typed survives where block_id and action_id stay."""
    view.definition = definition
    view.state = initial_state(definition["blocks"], view.state)
    view.hash = _new_hash(ws)
    view.errors = {}
    view.updates += 1
    ws.changed()
    return view


def publish(ws: Workspace, user: str, definition: Json) -> View:
    home = ws.homes.get(user)
    if home is None:
        home = ws.homes[user] = _add(ws, user, "home", definition)
        ws.changed()
        return home
    return replace(ws, home, definition)


def close_top(ws: Workspace, view: View) -> None:
    """The person is back at the view below, if there is one."""
    view.open = False
    stack = ws.stacks.get(view.user, [])
    if view in stack:
        stack.remove(view)
    ws.changed()


def close_all(ws: Workspace, user: str) -> None:
    for view in ws.stacks.pop(user, []):
        view.open = False
    ws.changed()
