"""Slack by a socket of ours (Socket Mode), for whoever has no address that Slack can reach.

Slack's own client is not used: it closes a socket before the next one is there, tries a ticket again that is good once
(python-slack-sdk#1379), answers on whichever socket is the latest, and writes a traceback for every try. Here the next
socket opens first, what came by a socket is answered on it, and the log has a line when it is lost and one when it is
back.
Source of what is exchanged: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import structlog
from aiohttp import ClientSession, ClientTimeout, ClientWebSocketResponse, WSMsgType
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.inbound.edge import shape
from bot.inbound.tasks import Tasks
from bot.store.engines import StartError

log = structlog.get_logger()

CONNECT_SECONDS = 20.0
"""How long the first connection may take before the start has failed."""

OPEN_SECONDS = 10.0
"""How long one try to get a socket may take."""

PING_SECONDS = 10.0
"""How often a quiet socket is tried; without an answer within half of that it is given up. Bolt's own default."""

STEADY_SECONDS = 30.0
"""A socket that lived as long was a good one: after it the next is asked for at once."""

PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0)
"""Seconds before the next try, the longer the more of them failed: Slack counts how often it is asked for a socket."""

CLOSE_SECONDS = 1.0
"""How long a close may take, and whoever is being answered then."""

LEAVING_SECONDS = 15.0
"""How long a socket that Slack has called off stays open for what is on its way; Slack closes it after about ten."""

REMIND_SECONDS = 60.0
"""How often the log repeats that there is no socket."""

TOO_MANY = "too_many_websockets"
"""Slack takes ten per app: the one it refused is closed before another is asked for."""

LOST_TOKEN = frozenset(
    {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "forbidden_team"}
)
"""Answers that only a person can change: a new token, or Socket Mode turned on again."""

Json = dict[str, Any]
Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
Unheard = Callable[[Json, Json], None]


@dataclass(eq=False)
class Line:
    """One open socket. `told_to_go`: why Slack called it off; it still carries what is on its way."""

    ws: ClientWebSocketResponse
    opened: float
    told_to_go: str | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def fresh(self) -> bool:
        return not self.ws.closed and self.told_to_go is None

    @property
    def age(self) -> float:
        """Seconds since it opened."""
        return time.monotonic() - self.opened


class SlackSocket:
    """Keeps a socket while it is entered. Raises StartError where none opens in time, or only a person can change that.

    `dispatch` is what a Bolt app does with a request; `unheard(body, answer)` gets what a person should have read and
    no socket takes any more. `client` may be shared.
    """

    def __init__(self, client: AsyncWebClient, app_token: str, dispatch: Dispatch, unheard: Unheard) -> None:
        self._client = client
        self._token = app_token
        self._dispatch = dispatch
        self._unheard = unheard
        self._lines: list[Line] = []
        self._look = asyncio.Event()
        self._first = asyncio.Event()
        self._tries = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers = Tasks()
        self.trouble: str | None = None
        """Why there is no socket; None when there is one, or nothing was tried yet."""

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us."""
        return any(not line.ws.closed for line in self._lines)

    async def __aenter__(self) -> Self:
        self._session = ClientSession(timeout=ClientTimeout(total=None, sock_connect=OPEN_SECONDS))
        self._keeper = asyncio.create_task(self._kept(), name="slack socket")
        try:
            await self._begun()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _begun(self) -> None:
        """Until the first socket is open. Raises StartError."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._first.wait()
        if not self._first.is_set() or self.trouble in LOST_TOKEN:
            raise StartError(_not_started(self.trouble))

    async def __aexit__(self, *exc: object) -> None:
        self._keeper.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):  # who is answered now has been served
                await self._answers.settle()
        await asyncio.gather(*(_closed(line) for line in self._lines))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(self._keeper, *self._tasks, return_exceptions=True)
        await self._session.close()

    # there is a socket

    async def _kept(self) -> None:
        """Get a socket whenever there is none that stays."""
        lost, told = time.monotonic(), 0.0
        while True:
            self._look.clear()
            if any(line.fresh for line in self._lines):
                await self._look.wait()
                lost = time.monotonic()
                continue
            await asyncio.sleep(PAUSES[min(self._tries, len(PAUSES) - 1)])
            before = self.trouble
            if await self._opened():
                log.info("socket_open", after=round(time.monotonic() - lost, 1))
                told = 0.0
            elif before != self.trouble or time.monotonic() - told >= REMIND_SECONDS:
                told = time.monotonic()
                self._said(round(told - lost))

    def _said(self, seconds: int) -> None:
        """Once in a while and not at every try: whoever reads it knows by then."""
        if self.trouble in LOST_TOKEN:
            hint = "put a new SLACK_APP_TOKEN in and restart, or turn Socket Mode on again"
            log.error("slack_refuses_the_socket", error=self.trouble, seconds=seconds, hint=hint)
        else:
            hint = "commands do not reach Sitrep until it is back; nothing that was saved is lost"
            log.warning("no_socket", error=self.trouble, seconds=seconds, open=self.connected, hint=hint)

    async def _opened(self) -> bool:
        """One try, with a ticket of its own."""
        self._tries += 1
        await asyncio.gather(*(_closed(line) for line in self._lines if line.told_to_go == TOO_MANY))
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                answer = await self._client.apps_connections_open(app_token=self._token)
                ws = await self._session.ws_connect(
                    str(answer["url"]), heartbeat=PING_SECONDS, proxy=self._client.proxy, ssl=self._client.ssl or True
                )
        except SlackApiError as error:
            self.trouble = await _refused(error)
            if self.trouble in LOST_TOKEN:
                self._first.set()  # who starts need not wait for what only a person can change
            return False
        except Exception as error:  # noqa: BLE001 - whatever it was, the next try may succeed; it is told as trouble
            self.trouble = type(error).__name__
            return False
        self.trouble = None
        self._started(Line(ws, time.monotonic()))
        return True

    def _started(self, line: Line) -> None:
        for old in self._lines:
            self._beside(self._left(old))
        self._lines.append(line)
        self._beside(self._heard(line))
        self._first.set()

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _left(self, line: Line) -> None:
        """A socket that another has taken the place of: Slack closes it; what came by it is answered on it first."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVING_SECONDS):
                await line.over.wait()
        await _closed(line)

    # what comes by it

    async def _heard(self, line: Line) -> None:
        try:
            async for frame in line.ws:
                if frame.type is WSMsgType.TEXT:
                    self._arrived(line, frame.data)
                elif frame.type is WSMsgType.ERROR:
                    break
        finally:
            self._lines.remove(line)
            line.over.set()
            if line.told_to_go is None:
                self.trouble = None if self.connected else "the socket was closed"
                log.info("socket_lost", lived=round(line.age, 1), code=line.ws.close_code)
            self._doubt(line)
            await _closed(line)

    def _doubt(self, line: Line) -> None:
        """One is gone, or will be: get another, at once where this one was good."""
        if line.age >= STEADY_SECONDS:
            self._tries = 0
        self._look.set()

    def _arrived(self, line: Line, text: str) -> None:
        message = _object(text)
        match message.get("type"):
            case "hello":
                log.debug("hello", sockets=message.get("num_connections"))
            case "disconnect":
                line.told_to_go = str(message.get("reason"))
                log.info("socket_called_off", reason=line.told_to_go, lived=round(line.age, 1))
                self._doubt(line)
            case _ if isinstance(message.get("payload"), dict) and message.get("envelope_id"):
                self._answers.start(self._answered(line, message))
            case _:
                log.warning("frame_of_another_shape")

    async def _answered(self, line: Line, envelope: Json) -> None:
        """Do what a payload asks for and acknowledge it; what is not done is not, and Slack delivers an event again."""
        body: Json = envelope["payload"]
        if lacks := shape.missing(body):
            log.warning("request_of_another_shape", hint=f"it lacks what Sitrep reads: {lacks}")
            return
        request = AsyncBoltRequest(mode="socket_mode", body=body, headers=_headers(envelope))
        response = await self._dispatch(request)
        if response.status == 200:
            answer = _object(response.body or "")
            if not await self._acknowledged(line, str(envelope["envelope_id"]), answer):
                log.warning("answer_unheard", kind=envelope.get("type"), hint="the socket was gone by then")
                self._unheard(body, answer)

    async def _acknowledged(self, line: Line, envelope_id: str, answer: Json) -> bool:
        """Send it by the socket that brought the payload, or by another where that one is gone. Slack does not say
        whether it takes the latter."""
        ack = {"envelope_id": envelope_id, **({"payload": answer} if answer else {})}
        for road in (line, *(other for other in reversed(self._lines) if other is not line)):
            with contextlib.suppress(ConnectionError):
                if not road.ws.closed:
                    await road.ws.send_json(ack)
                    return True
        return False


def _not_started(trouble: str | None) -> str:
    if trouble == "forbidden_team":
        return "Socket Mode is off; turn it on at Socket Mode on the app's page, or set SLACK_SIGNING_SECRET for HTTP."
    if trouble in LOST_TOKEN:
        return f"Slack does not accept SLACK_APP_TOKEN ({trouble}); copy it again from the app's page and start anew."
    why = f" ({trouble})" if trouble else ""
    return f"Slack's socket did not open in time{why}; see whether this machine reaches Slack."


async def _closed(line: Line) -> None:
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await line.ws.close()


def _object(text: str) -> Json:
    """What a text holds, where it is an object."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _headers(envelope: Json) -> dict[str, str | Sequence[str]]:
    """How a repeated event is told over HTTP."""
    names = {"retry_attempt": "x-slack-retry-num", "retry_reason": "x-slack-retry-reason"}
    return {header: str(envelope[key]) for key, header in names.items() if envelope.get(key) is not None}


async def _refused(error: SlackApiError) -> str:
    """Slack's code for it; it is waited here as long as Slack wants where it is asked too often."""
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    status = getattr(error.response, "status_code", None) or getattr(error.response, "status", 0)
    if status == 429 or code == "ratelimited":
        log.info("socket_asked_for_too_often")
        await asyncio.sleep(_wait(getattr(error.response, "headers", None) or {}))
        return "ratelimited"
    return str(code or f"HTTP {status}")


def _wait(headers: Any) -> float:
    try:
        return min(60.0, max(1.0, float(headers.get("Retry-After", 30))))
    except ValueError:
        return 30.0
