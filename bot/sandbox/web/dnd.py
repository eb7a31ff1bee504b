"""dnd.*: who lets nobody disturb them (reference/methods/dnd.info, reference/methods/dnd.teamInfo)."""

from __future__ import annotations

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json
from bot.sandbox.web.call import Args, method
from bot.sandbox.wire import dnd_json
from bot.sandbox.workspace import Workspace

MOST = 50
"""People one call asks about (reference/methods/dnd.teamInfo, argument ``users``)."""


@method("dnd.info", "dnd:read", tier=3, takes_json=False)
def info(ws: Workspace, args: Args) -> Json:
    return dnd_json(ws.user(args.maybe("user", ws.bot_user_id)))


@method("dnd.teamInfo", "dnd:read", tier=2, takes_json=False)
def team_info(ws: Workspace, args: Args) -> Json:
    """Whoever is not known is left out of the answer."""
    args.text("users", "no_users_provided")
    users = args.listed("users")
    if len(users) > MOST:
        raise SlackError("invalid_arguments", [f"[ERROR] no more than {MOST} users"])
    return {"users": {user: dnd_json(ws.users[user]) for user in users if user in ws.users}}
