"""The HTTP face of the workspace: every Web API call passes here, is logged, and meets its faults."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from aiohttp import web

from bot.sandbox.errors import SlackError
from bot.sandbox.faults import Fault
from bot.sandbox.model import Call, Json
from bot.sandbox.responses import respond
from bot.sandbox.web import METHODS
from bot.sandbox.web.call import Args, Method
from bot.sandbox.web.chat import RateLimited
from bot.sandbox.web.files import receive
from bot.sandbox.workspace import Workspace

Effect = Callable[[], web.Response]


class Gate:
    def __init__(self, ws: Workspace) -> None:
        self.ws = ws

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/api/{method}", self.api),
            web.post("/{kind:commands|actions|app-actions}/{rest:.+}", self.response_url),
            web.post("/upload/v1/{file_id}/{secret}", self.upload),
        ]

    # entrances

    async def api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        call = self._log(name, {})
        try:
            args, token = await self._arguments(request, METHODS.get(name))
        except SlackError as refusal:
            return self._answer(call, _refused(refusal))
        call.args = args
        return await self._through(request, call, lambda: self._scoped(self._run(name, args, token), name, token))

    async def response_url(self, request: web.Request) -> web.StreamResponse:
        key = f"{request.match_info['kind']}/{request.match_info['rest']}"
        call = self._log("response_url", {})
        try:
            body = json.loads(await request.read())
        except ValueError:
            return self._answer(call, web.Response(status=400, text="invalid_payload"))
        call.args = {"url": key} | body
        return await self._through(request, call, lambda: respond(self.ws, key, body))

    async def upload(self, request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["file_id"]
        call = self._log("upload", {"file": file_id})
        content = await _uploaded(request)
        return await self._through(request, call, lambda: self._receive(file_id, content))

    def _receive(self, file_id: str, content: bytes) -> web.Response:
        complaint = receive(self.ws, file_id, content)
        return web.Response(status=400, text=complaint) if complaint else web.Response(text=f"OK - {len(content)}")

    # one call

    def _log(self, name: str, args: Json) -> Call:
        call = Call(name, args, time.monotonic())
        self.ws.calls.append(call)
        return call

    async def _through(self, request: web.Request, call: Call, effect: Effect) -> web.StreamResponse:
        """Latency (half before, half after the effect) and at most one fault around the effect."""
        fault = self.ws.faults.strike(call.method, call.args)
        if fault is not None:
            call.fault = fault.kind
        await asyncio.sleep(self.ws.latency / 2)
        if fault is not None and fault.kind not in ("delay", "hold") and not fault.after_effect:
            return await self._fail(request, call, fault)
        answer = effect()
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "hold":
            self.ws.changed()
            await fault.released.wait()
        await asyncio.sleep(self.ws.latency / 2)
        if fault is not None and fault.after_effect:
            return await self._fail(request, call, fault)
        return self._answer(call, answer)

    async def _fail(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        if fault.kind in ("hang", "lost_request", "lost_reply"):
            return self._drop(request, call)
        if fault.kind == "429":
            return self._answer(call, _rate_limited(fault.retry_after))
        if fault.kind.startswith("error"):
            return self._answer(call, _json({"ok": False, "error": fault.kind.partition(":")[2]}))
        if fault.kind == "html":
            page = web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
            return self._answer(call, page)
        if fault.kind == "garbage":
            return self._answer(call, web.Response(text="not json at all", content_type="application/json"))
        status = int(fault.kind.partition("_")[0])
        return self._answer(call, web.Response(status=status, text="upstream error", content_type="text/plain"))

    def _drop(self, request: web.Request, call: Call) -> web.StreamResponse:
        """Close the connection without a word; the response is never written."""
        call.ended, call.error = time.monotonic(), "dropped"
        if request.transport is not None:
            request.transport.abort()
        self.ws.changed()
        return web.Response(status=500)

    def _answer(self, call: Call, answer: web.Response) -> web.Response:
        call.ended, call.status = time.monotonic(), answer.status
        answer.headers["Date"] = formatdate(time.time() + self.ws.skew, usegmt=True)
        if answer.content_type == "application/json" and answer.text and answer.text.startswith("{"):
            call.result = json.loads(answer.text)
            call.error = call.result.get("error")
        elif answer.status != 200:
            call.error = f"http {answer.status}"
        self.ws.changed()
        return answer

    def _run(self, name: str, args: Json, token: str) -> web.Response:
        try:
            chosen = _known(name)
            self._authorise(chosen, token)
            if (seconds := self.ws.limits.check_call(name, self._tier(chosen))) is not None:
                return _rate_limited(seconds)
            self.ws.require(*chosen.scopes)
            return _json({"ok": True} | chosen.run(self.ws, Args(args)))
        except RateLimited as limited:
            return _rate_limited(limited.seconds, self.ws.unconfirmed.chat_rate_limit_code)
        except SlackError as refusal:
            return _refused(refusal)

    def _scoped(self, answer: web.Response, name: str, token: str) -> web.Response:
        """Every answer names the token's scopes, a refusal too (legacy/legacy-authentication/legacy-oauth-scopes)."""
        granted = {self.ws.bot_token: self.ws.manifest.scopes, self.ws.app_token: {"connections:write"}}
        if token in granted and not self.ws.revoked:
            answer.headers["X-OAuth-Scopes"] = ",".join(sorted(granted[token]))
            answer.headers["X-Accepted-OAuth-Scopes"] = ",".join(METHODS[name].scopes if name in METHODS else ())
        return answer

    def _tier(self, chosen: Method) -> int | None:
        disputed = {
            "apps.connections.open": self.ws.unconfirmed.connections_open_tier,
            "users.conversations": self.ws.unconfirmed.users_conversations_tier,
        }
        return disputed.get(chosen.name, chosen.tier)

    def _authorise(self, chosen: Method, token: str) -> None:
        ws = self.ws
        if chosen.auth == "none":
            return
        if not token:
            raise SlackError("not_authed")
        if token not in (ws.bot_token, ws.app_token):
            raise SlackError("invalid_auth")
        if ws.revoked:
            raise SlackError("token_revoked")
        if (token == ws.app_token) != (chosen.auth == "app"):
            raise SlackError("not_allowed_token_type")

    # arguments

    async def _arguments(self, request: web.Request, chosen: Method | None) -> tuple[Json, str]:
        """Query, form and JSON merged; the token from the header or the arguments."""
        values: Json = dict(request.query)
        if request.content_type == "application/json":
            body = _parsed(await request.read())
            values |= body if chosen is None or chosen.takes_json else {}
        elif request.method == "POST":
            values |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        _clean(values)
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = str(values.pop("token", ""))
        return values, bearer if scheme == "Bearer" else given


def _known(name: str) -> Method:
    if name not in METHODS:
        raise SlackError("unknown_method", req_method=name)
    return METHODS[name]


def _parsed(raw: bytes) -> Json:
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


def _clean(value: Any) -> None:
    """Refuse NUL and lone surrogates: no text Slack could keep."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise SlackError("invalid_charset")
    elif isinstance(value, dict):
        for item in value.values():
            _clean(item)
    elif isinstance(value, list):
        for item in value:
            _clean(item)


async def _uploaded(request: web.Request) -> bytes:
    """Raw octets, or the one file of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    parts = await request.post()
    part = next(iter(parts.values()))
    if isinstance(part, web.FileField):
        return part.file.read()
    return part.encode() if isinstance(part, str) else bytes(part)


def _json(body: Json) -> web.Response:
    return web.json_response(body)


def _refused(refusal: SlackError) -> web.Response:
    return _json({"ok": False, "error": refusal.code} | refusal.extra)


def _rate_limited(seconds: int, code: str = "ratelimited") -> web.Response:
    return web.json_response({"ok": False, "error": code}, status=429, headers={"Retry-After": str(seconds)})
