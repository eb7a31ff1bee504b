"""api.test, auth.test, apps.connections.open."""

from __future__ import annotations

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json
from bot.sandbox.web.call import Args, method
from bot.sandbox.workspace import Workspace


@method("api.test", tier=4, auth="none")
def api_test(_ws: Workspace, args: Args) -> Json:
    if "error" in args:
        raise SlackError(args.text("error"), args=args.values)
    return {"args": args.values}


@method("auth.test", tier=None)
def auth_test(ws: Workspace, _args: Args) -> Json:
    return {
        "url": f"https://{ws.team_domain}.slack.com/",
        "team": "Sandbox",
        "user": ws.users[ws.bot_user_id].name,
        "team_id": ws.team_id,
        "user_id": ws.bot_user_id,
        "bot_id": ws.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", tier=1, auth="app")
def connections_open(ws: Workspace, _args: Args) -> Json:
    return {"url": ws.open_socket()}
