"""Where Sitrep itself reaches out. Addresses that people type, that alerts carry or that Slack tells of a file or a
message are links to be shown, never places to go to: every call there is stands here, with where it goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

BOT = Path(__file__).parent.parent / "bot"

PLACES = {
    ("app.py", "ClientSession"): "the one session, for everything below",
    ("app.py", "AsyncWebClient"): "Slack's Web API, at SLACK_API_URL",
    ("cli_doctor.py", "ClientSession"): "`sitrep doctor`",
    ("cli_doctor.py", "AsyncWebClient"): "Slack's Web API, at SLACK_API_URL",
    ("inbound/doors.py", "AsyncWebClient"): "Bolt's copy of the same client",
    ("inbound/letters.py", ".post"): "a response URL that ReplyTo.usable let through; no redirect is followed",
    ("inbound/edge/slack_socket.py", "ClientSession"): "the socket",
    ("inbound/edge/slack_socket.py", ".ws_connect"): "the address that apps.connections.open has just answered",
    ("outbound/slack_direct.py", ".post"): "a response URL that ReplyTo.usable let through; no redirect is followed",
    ("outbound/slack_files.py", ".post"): "the address that files.getUploadURLExternal has just answered",
    ("staging.py", "ClientSession"): "the demo: the stepped clock's door on this machine",
    ("staging.py", ".post"): "the same",
}

MAKERS = {
    "ClientSession", "AsyncWebClient", "WebClient", "AsyncWebhookClient", "WebhookClient", "SocketModeClient",
    "AsyncSocketModeHandler", "urlopen", "urlretrieve", "open_connection", "create_connection", "HTTPConnection",
    "HTTPSConnection", "SMTP",
}  # fmt: skip
METHODS = {"post", "put", "patch", "request", "ws_connect", "sock_connect", "connect_ex"}
FOREIGN = {"requests", "httpx", "urllib3", "http.client", "urllib.request", "smtplib", "ftplib", "telnetlib", "socket"}


INSIDE = ("domain/", "store/", "usecases/", "views/")
"""Rooms that know nobody outside."""

CLIENTS = ("aiohttp", "slack_bolt", "slack_sdk.web", "slack_sdk.webhook", "slack_sdk.http", "slack_sdk.socket")


def calls(tree: ast.AST) -> Iterator[str]:
    read = {item.context_expr for node in ast.walk(tree) if isinstance(node, ast.AsyncWith) for item in node.items}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in MAKERS:
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in MAKERS:
                yield name
            case ast.Call(func=ast.Attribute(attr="get")) if node in read:
                yield ".get"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="web" | "people" | "places"))):
                pass  # a route; a row of the cache
            case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
                yield f".{name}"
            case _:
                pass


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module)):
                yield module
            case _:
                pass


def test_every_place_that_sitrep_itself_calls_is_known() -> None:
    found: set[tuple[str, str]] = set()
    for file in BOT.rglob("*.py"):
        name = file.relative_to(BOT).as_posix()
        if name.startswith("sandbox/"):  # a workspace in a box, which calls the bot
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if name.startswith(INSIDE):
            assert not [one for one in imports(tree) if one.startswith(CLIENTS)], name
        else:
            found |= {(name, call) for call in calls(tree)}
        others = FOREIGN - ({"socket"} if name == "staging.py" else set())  # which looks for a port that is free
        assert not others & set(imports(tree)), f"{name} has another way out"
    assert found == set(PLACES)
