"""``/_sandbox/…``: the people of a running workspace driven, and everything looked at, by JSON over HTTP.

A request that fails answers 400 with ``{"error": sentence}``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.errors import ClientRefused
from bot.sandbox.model import Json, Message, View
from bot.sandbox.people import Person
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.submission import Ack
from bot.sandbox.wire import channel_json, message_json, user_json, view_json

Action = Callable[[Person, Json], Awaitable[Any]]


class Control:
    """Thin over ``Sandbox`` and ``Person``; bodies name a person (``user``) and what the method takes."""

    def __init__(self, slack: Sandbox) -> None:
        self.slack = slack
        self.actions: dict[str, Action] = {
            "command": self._command,
            "submit": self._submit,
            "click": self._click,
            "say": self._say,
            "react": self._react,
            "unreact": self._unreact,
            "shortcut": self._shortcut,
            "home": self._home,
            "join": self._join,
            "leave": self._leave,
            "edit": self._edit,
            "delete": self._delete,
            "dismiss": self._dismiss,
            "invite": self._invite,
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_sandbox/people", self.add_person),
            web.post("/_sandbox/groups", self.add_group),
            web.post("/_sandbox/channels", self.add_channel),
            web.post("/_sandbox/faults", self.add_fault),
            web.post("/_sandbox/{action}", self.act),
            web.get("/_sandbox/people", self.people),
            web.get("/_sandbox/channels", self.channels),
            web.get("/_sandbox/messages", self.messages),
            web.get("/_sandbox/views", self.views),
            web.get("/_sandbox/calls", self.calls),
            web.get("/_sandbox/pings", self.pings),
        ]

    async def act(self, request: web.Request) -> web.Response:
        action = self.actions.get(request.match_info["action"])
        if action is None:
            return _error(f"no such action; there are {', '.join(self.actions)}")
        try:
            body = await request.json()
            result = await action(self.slack.person_named(body["user"]), body)
        except ClientRefused as refusal:
            return _error(str(refusal))
        except (KeyError, ValueError) as wrong:
            return _error(f"{type(wrong).__name__}: {wrong}")
        return web.json_response(self._shown(result))

    # what people do

    async def _command(self, person: Person, body: Json) -> Ack:
        return await person.command(body["command"], body.get("text", ""), body.get("channel"))

    async def _submit(self, person: Person, body: Json) -> Ack:
        return await person.submit(self.slack.ws.views[body["view"]], body.get("values"))

    async def _click(self, person: Person, body: Json) -> Ack:
        target = self.slack.ws.views[body["view"]] if "view" in body else self._message(person, body)
        return await person.click(target, body["what"], body.get("value"), beside=body.get("beside", ""))

    async def _say(self, person: Person, body: Json) -> Message:
        return await person.say(body["channel"], body["text"], body.get("thread_ts"))

    async def _react(self, person: Person, body: Json) -> None:
        await person.react(self._message(person, body), body["emoji"])

    async def _unreact(self, person: Person, body: Json) -> None:
        await person.unreact(self._message(person, body), body["emoji"])

    async def _shortcut(self, person: Person, body: Json) -> Ack:
        if "ts" in body:
            return await person.message_shortcut(body["callback_id"], self._message(person, body))
        return await person.global_shortcut(body["callback_id"])

    async def _home(self, person: Person, body: Json) -> None:
        await person.open_home(body.get("tab", "home"))

    async def _join(self, person: Person, body: Json) -> None:
        await person.join(body["channel"])

    async def _leave(self, person: Person, body: Json) -> None:
        await person.leave(body["channel"])

    async def _edit(self, person: Person, body: Json) -> None:
        await person.edit(self._message(person, body), body["text"])

    async def _delete(self, person: Person, body: Json) -> None:
        await person.delete(self._message(person, body))

    async def _dismiss(self, person: Person, body: Json) -> Ack | None:
        return await person.dismiss(self.slack.ws.views[body["view"]])

    async def _invite(self, person: Person, body: Json) -> None:
        await person.invite(body["channel"], *(self.slack.person_named(name) for name in body["people"]))

    def _message(self, person: Person, body: Json) -> Message:
        place = person.place(body["channel"])
        for message in person.sees(place):
            if message.ts == body["ts"]:
                return message
        raise KeyError(body["ts"])

    # furnishing

    async def add_person(self, request: web.Request) -> web.Response:
        body = await request.json()
        person = self.slack.person(body.pop("name"), **body)
        return web.json_response(user_json(self.slack.ws, person.user, with_email=True))

    async def add_channel(self, request: web.Request) -> web.Response:
        body = await request.json()
        members = [self.slack.person_named(name) for name in body.pop("members", [])]
        return web.json_response(channel_json(self.slack.ws, self.slack.channel(body.pop("name"), members, **body)))

    async def add_group(self, request: web.Request) -> web.Response:
        body = await request.json()
        members = [self.slack.person_named(name) for name in body.pop("members", [])]
        return web.json_response(dataclasses.asdict(self.slack.subteam(body.pop("handle"), members, **body)))

    async def add_fault(self, request: web.Request) -> web.Response:
        """``{"method": …, "kind": …}``, or ``{"uninvitable": name, "kind": error code}`` for one person."""
        body = await request.json()
        if "uninvitable" in body:
            code = body.get("kind", "cant_invite")
            self.slack.faults.uninvitable[self.slack.person_named(body["uninvitable"]).id] = code
            return web.json_response({"method": "conversations.invite", "kind": code})
        fault = self.slack.faults.add(**body)
        return web.json_response({"method": fault.method, "kind": fault.kind})

    # looking

    async def people(self, _request: web.Request) -> web.Response:
        found = [user_json(self.slack.ws, user, with_email=True) for user in self.slack.ws.users.values()]
        return web.json_response({"people": found})

    async def channels(self, _request: web.Request) -> web.Response:
        return web.json_response({"channels": [channel_json(self.slack.ws, c) for c in self.slack.channels]})

    async def messages(self, request: web.Request) -> web.Response:
        """Of a channel; with ``user`` as that person sees it (private answers too), with lines as drawn for them."""
        where = request.query["channel"]
        if "user" not in request.query:
            return web.json_response({"messages": [self._shown(m) for m in self.slack.messages(where)]})
        person = self.slack.person_named(request.query["user"])
        seen = person.dms() if where == "dm" else person.sees(where)
        drawn = [self._shown(message) | {"lines": person.screen.message(message)} for message in seen]
        return web.json_response({"messages": drawn})

    async def views(self, request: web.Request) -> web.Response:
        """Open views, of one ``user`` or all."""
        wanted = request.query.get("user")
        owner = self.slack.person_named(wanted).id if wanted else None
        found = [view for view in self.slack.views if view.open and owner in (None, view.user)]
        return web.json_response({"views": [self._shown(view) for view in found]})

    async def calls(self, request: web.Request) -> web.Response:
        start = int(request.query.get("since", "0"))
        return web.json_response({"calls": [dataclasses.asdict(call) for call in self.slack.calls[start:]]})

    async def pings(self, _request: web.Request) -> web.Response:
        rung = [{"at": p.at, "user": p.user, "why": p.why, "text": p.message.text} for p in self.slack.pings()]
        return web.json_response({"pings": rung})

    def _shown(self, result: Message | View | Ack | None) -> Json:
        ws = self.slack.ws
        if isinstance(result, Message):
            return message_json(ws, result, all_metadata=True) | {"channel": result.channel}
        if isinstance(result, View):
            return view_json(ws, result) | {"user": result.user, "errors": result.errors}
        if isinstance(result, Ack):
            shown = {"ok": result.ok, "seconds": result.seconds, "error": result.error, "errors": result.errors}
            view = self._shown(result.view) if result.view else None
            return shown | {"text": result.text, "payload": result.payload, "view": view}
        return {"ok": True}


def _error(sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=400)
