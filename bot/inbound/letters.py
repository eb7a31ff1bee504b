"""Private answers: what only the caller reads, sent after the acknowledgement by the best road that is left.

A form has no address to answer to, so the address of the command or button that opened it rides in the form's
`private_metadata`, with the time it was made.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import ClientError, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.usecases.declare import ReplyTo
from bot.views.scene import Post

log = structlog.get_logger()

HTTP_OK = 200


@dataclass(frozen=True)
class Return:
    """Where an answer can go: a response URL of `at` (Unix seconds, transport time), the channel and the thread in it,
    and what the form is about: the incident, the reminder it answers, and whether an admin opened it who does
    it although it is left to others."""

    url: str | None = None
    at: float = 0.0
    channel: str | None = None
    incident: int | None = None
    ask: int | None = None
    thread: str | None = None
    admin: bool = False

    @property
    def reply(self) -> ReplyTo:
        return ReplyTo(self.url, self.at)


def sealed(to: Return) -> str:
    """As a form's `private_metadata`."""
    held = {"u": to.url, "t": to.at, "c": to.channel, "i": to.incident, "a": to.ask, "h": to.thread, "o": to.admin}
    return json.dumps({k: v for k, v in held.items() if v}, separators=(",", ":"))


def opened(metadata: str) -> Return:
    """What `sealed` wrote; nothing for a form that carries nothing, or what we never wrote."""
    try:
        return _returned(json.loads(metadata or "{}"))
    except (ValueError, TypeError, RecursionError):
        log.warning("form_carries_what_we_never_wrote")
        return Return()


def _returned(held: dict[str, Any]) -> Return:
    """Raises TypeError where something is of another kind than we write."""

    def each(key: str, *kinds: type) -> Any:
        if (value := dict.get(held, key)) is not None and type(value) not in kinds:
            raise TypeError(key)
        return value

    place = (each("u", str), each("t", float, int) or 0.0, each("c", str))
    return Return(*place, each("i", int), each("a", int), each("h", str), bool(each("o", bool)))


def numbered(post: Post, number: int) -> Post:
    """The same answer with its buttons' ids numbered: Slack wants each id only once in a message, and the doors know
    them by their beginning."""

    def own(block: dict[str, Any]) -> dict[str, Any]:
        if block["type"] != "actions":
            return block
        row = [{**element, "action_id": f"{element['action_id']}:{number}"} for element in block["elements"]]
        return {**block, "elements": row}

    return {"text": post["text"], "blocks": [own(block) for block in post["blocks"]]}


def joined(first: Post, second: Post) -> Post:
    """Two answers in one message."""
    return {"text": f"{first['text']}\n{second['text']}", "blocks": [*first["blocks"], *second["blocks"]]}


class Letters:
    """Delivers private answers: to the response URL while it lives, else where the caller was, else directly.

    At most once, and lost when Slack refuses all three: what must not be lost is an outbox message instead.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def send(self, person: str, to: Return, post: Post, *, replace: bool = False) -> None:
        """Let the person read it. `replace`: in place of the private message whose button they pressed."""
        try:
            if await self._answered(to, post, replace=replace) or await self._whispered(person, to, post):
                return
            await self._client.chat_postMessage(channel=person, unfurl_links=False, unfurl_media=False, **post)
        except (SlackApiError, ClientError, TimeoutError) as error:
            log.warning("private_answer_lost", person=person, characters=len(post["text"]), error=str(error))

    async def _answered(self, to: Return, post: Post, *, replace: bool) -> bool:
        http = self._client.session
        if http is None or to.url is None or not to.reply.usable(time.time(), self._client.base_url):
            return False
        body = {"response_type": "ephemeral", "replace_original": replace, **post}
        limit = ClientTimeout(total=self._client.timeout)
        sending = http.post(to.url, json=body, timeout=limit, proxy=self._client.proxy, allow_redirects=False)
        try:
            async with sending as answer:
                return answer.status == HTTP_OK
        except (ClientError, TimeoutError) as error:
            log.info("response_url_failed", error=type(error).__name__)
            return False

    async def _whispered(self, person: str, to: Return, post: Post) -> bool:
        if to.channel is None or to.channel.startswith("D"):
            return False
        try:
            await self._client.chat_postEphemeral(channel=to.channel, user=person, thread_ts=to.thread, **post)
        except SlackApiError as error:
            data = getattr(error.response, "data", None)  # a proxy's page has no code, and may be no answer at all
            log.info("ephemeral_refused", error=data.get("error") if isinstance(data, dict) else "no reason")
            return False
        return True
