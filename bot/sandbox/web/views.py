"""views.*: modals and App Home (reference/methods/views.open and neighbours)."""

from __future__ import annotations

from bot.sandbox import modals
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json, View
from bot.sandbox.web.call import Args, method, missing
from bot.sandbox.wire import view_json
from bot.sandbox.workspace import Workspace


def _definition(args: Args) -> Json:
    view = args.parsed("view", "invalid_arguments")
    if view is None:
        raise missing("view")
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", ["[ERROR] must be an object [json-pointer:/view]"])
    return view


def _trigger(args: Args) -> str:
    return args.text("trigger_id") if "trigger_id" in args else args.text("interactivity_pointer")


@method("views.open", tier=4)
def open_view(ws: Workspace, args: Args) -> Json:
    """A view that is refused leaves its trigger unused."""
    trigger_id = _trigger(args)
    definition = modals.checked(ws, _definition(args), "modal")
    trigger = ws.triggers.exchange(trigger_id)
    return {"view": view_json(ws, modals.open_root(ws, trigger.user, definition))}


@method("views.push", tier=4)
def push_view(ws: Workspace, args: Args) -> Json:
    trigger_id = _trigger(args)
    definition = modals.checked(ws, _definition(args), "modal")
    trigger = ws.triggers.exchange(trigger_id)
    if trigger.view_id is None:
        raise SlackError("not_found")
    return {"view": view_json(ws, modals.push(ws, trigger.user, definition))}


@method("views.update", tier=4)
def update_view(ws: Workspace, args: Args) -> Json:
    view = _open_view(ws, args)
    definition = modals.checked(ws, _definition(args), view.type, replaces=view)
    _race(view, args)
    return {"view": view_json(ws, modals.replace(ws, view, definition))}


def _open_view(ws: Workspace, args: Args) -> View:
    if "external_id" in args:
        wanted = args.text("external_id")
        found = next((v for v in ws.views.values() if v.open and v.definition.get("external_id") == wanted), None)
    else:
        found = ws.views.get(args.text("view_id"))
    if found is None or not found.open:
        raise SlackError("not_found")
    return found


def _race(view: View, args: Args) -> None:
    if "hash" in args and args.text("hash") != view.hash:
        raise SlackError("hash_conflict")


@method("views.publish", tier=4)
def publish_view(ws: Workspace, args: Args) -> Json:
    user = ws.user(args.text("user_id"))
    if not ws.manifest.home_tab:
        raise SlackError("not_enabled")
    home = ws.homes.get(user.id)
    definition = modals.checked(ws, _definition(args), "home", replaces=home)
    if home is not None:
        _race(home, args)
    return {"view": view_json(ws, modals.publish(ws, user.id, definition))}
