"""users.*, usergroups.*, team.info, bots.info."""

from __future__ import annotations

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json
from bot.sandbox.web.call import Args, method
from bot.sandbox.web.paging import page
from bot.sandbox.wire import user_json
from bot.sandbox.workspace import Workspace


def _with_email(ws: Workspace) -> bool:
    return "users:read.email" in ws.manifest.scopes


@method("users.info", "users:read", tier=4, takes_json=False)
def info(ws: Workspace, args: Args) -> Json:
    return {"user": user_json(ws, ws.user(args.text("user")), _with_email(ws))}


@method("users.list", "users:read", tier=2, takes_json=False)
def list_all(ws: Workspace, args: Args) -> Json:
    chosen, metadata = page(args, list(ws.users.values()), default=999)
    return {"members": [user_json(ws, user, _with_email(ws)) for user in chosen], "cache_ts": ws.now()} | metadata


@method("users.lookupByEmail", "users:read.email", tier=3, takes_json=False)
def lookup_by_email(ws: Workspace, args: Args) -> Json:
    wanted = args.text("email").lower()
    for user in ws.users.values():
        if user.email.lower() == wanted and not user.deleted:
            return {"user": user_json(ws, user, with_email=True)}
    raise SlackError("users_not_found")


@method("usergroups.list", "usergroups:read", tier=2, takes_json=False)
def groups(ws: Workspace, args: Args) -> Json:
    found = [
        {"id": group.id, "team_id": ws.team_id, "handle": group.handle, "name": group.name, "is_usergroup": True}
        | {"date_delete": ws.now() if group.disabled else 0}
        | ({"user_count": len(group.users)} if args.flag("include_count") else {})
        | ({"users": list(group.users)} if args.flag("include_users") else {})
        for group in ws.subteams.values()
        if args.flag("include_disabled") or not group.disabled
    ]
    return {"usergroups": found}


@method("usergroups.users.list", "usergroups:read", tier=2, takes_json=False)
def group_members(ws: Workspace, args: Args) -> Json:
    group = ws.subteams.get(args.text("usergroup"))
    if group is None or (group.disabled and not args.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


GROUP_MOST = 1_000
"""Members of one user group here; Slack's own limit depends on the plan."""


@method("usergroups.users.update", "usergroups:write", tier=2)
def put_group_members(ws: Workspace, args: Args) -> Json:
    """The whole list in place of what there is. It cannot be emptied, and guests and apps cannot be in it."""
    group = ws.subteams.get(args.text("usergroup"))
    if group is None or group.disabled:
        raise SlackError("no_such_subteam")
    wanted = args.listed("users")
    if not wanted:
        raise SlackError("no_users_provided")
    known = [ws.users[one] for one in wanted if one in ws.users]
    if len(known) < len(wanted) or any(
        one.is_bot or one.guest or one.single_channel_guest or one.deleted for one in known
    ):
        raise SlackError("invalid_users")
    if len(wanted) > GROUP_MOST:
        raise SlackError("subteam_max_users_exceeded")
    group.users[:] = dict.fromkeys(wanted)
    told = {"id": group.id, "team_id": ws.team_id, "handle": group.handle, "name": group.name, "is_usergroup": True}
    return {"usergroup": told | {"users": list(group.users), "user_count": len(group.users)}}


@method("team.info", "team:read", tier=3, takes_json=False)
def team(ws: Workspace, _args: Args) -> Json:
    return {"team": {"id": ws.team_id, "name": "Sandbox", "domain": ws.team_domain, "email_domain": "", "icon": {}}}


@method("bots.info", "users:read", tier=3, takes_json=False)
def bot(ws: Workspace, args: Args) -> Json:
    if args.maybe("bot", ws.bot_id) != ws.bot_id:
        raise SlackError("bot_not_found")
    body = {"id": ws.bot_id, "deleted": False, "name": ws.manifest.bot_name, "updated": 0, "app_id": ws.app_id}
    return {"bot": body | {"user_id": ws.bot_user_id, "icons": {}}}
