"""Requests that are not Slack's, or that no reader should read: turned away early, shortly, and without a trace."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import http.client
import io
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
import structlog
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.inbound.edge import http as edge
from bot.inbound.edge.http import BODY_MAX, Server
from bot.inbound.edge.slack_http import PATH, SlackRequests
from bot.store.engines import StartError

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM = "application/x-www-form-urlencoded"
COMMAND = urlencode({"command": "/incident", "text": "declare", "user_id": "U1", "trigger_id": "1.2"}).encode()


@dataclass
class Gate:
    """The request URL in front of somebody who takes everything and remembers what was let in."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)

    async def take(self, request: AsyncBoltRequest) -> BoltResponse:
        self.got.append(request.body)
        return BoltResponse(status=200, body="")


@pytest.fixture
async def gate(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gate]:
    monkeypatch.setattr(edge, "LINGER_SECONDS", 0.05)
    gate = Gate()
    async with Server(SlackRequests(SECRET, gate.take).routes(), "127.0.0.1", 0, patience=0.1) as server:
        gate.url = server.url
        yield gate


def signed(body: bytes, stamp: str | None = None, secret: str = SECRET, **more: str) -> dict[str, str]:
    stamp = str(int(time.time())) if stamp is None else stamp
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"Content-Type": FORM, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", **more}


def ago(seconds: float) -> str:
    return str(int(time.time() - seconds))


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in signed(COMMAND).items() if key != name}


JSON = {"Content-Type": "application/json"}
DEEP = b'{"a":' + b"[" * 100_000
NONSENSE = (
    b'{"command":5}',
    b'{"event":"x"}',
    b'{"type":"event_callback","event":5}',
    b'{"type":"event_callback","event_id":"Ev1","event":{"type":5}}',
    b'{"type":"event_callback","event_id":"Ev1","event":{"type":"user_change","user":null}}',
    b'{"type":"event_callback","event_id":"Ev1","event":{"type":"reaction_added","user":"U1","reaction":"x","item":7}}',
    b'{"type":"block_actions","user":{"id":"U1"},"trigger_id":"1","actions":[]}',
    b'{"type":"block_actions","user":{"id":"U1"},"trigger_id":"1","actions":5}',
    b'{"type":"view_submission","user":{"id":"U1"},"view":5}',
    b'{"type":"message_action","user":{"id":"U1"},"trigger_id":"1","callback_id":"mark","message":{}}',
)


def hostile() -> dict[str, tuple[bytes, dict[str, str], int]]:
    """What is sent, with which headers, and how it is answered; made when it is wanted, for signatures grow old."""
    return {
        "no signature at all": (COMMAND, {"Content-Type": FORM}, 401),
        "no time stamp": (COMMAND, without("X-Slack-Request-Timestamp"), 401),
        "no signature": (COMMAND, without("X-Slack-Signature"), 401),
        "an empty time stamp": (COMMAND, signed(COMMAND, ""), 401),
        "an empty signature": (COMMAND, {**signed(COMMAND), "X-Slack-Signature": ""}, 401),
        "a time stamp that is no number": (COMMAND, signed(COMMAND, "now"), 401),
        "a time stamp in other digits": (COMMAND, signed(COMMAND, "١٧٠٠٠٠٠٠٠٠"), 401),
        "a time stamp below zero": (COMMAND, signed(COMMAND, "-1"), 401),
        "a time stamp with an exponent": (COMMAND, signed(COMMAND, "1e9"), 401),
        "a time stamp without end": (COMMAND, signed(COMMAND, "9" * 5000), 401),
        "signed six minutes ago": (COMMAND, signed(COMMAND, ago(360)), 401),
        "signed in six minutes": (COMMAND, signed(COMMAND, ago(-360)), 401),
        "another app's secret": (COMMAND, signed(COMMAND, secret="other"), 401),
        "another body's signature": (COMMAND, signed(b"text=no"), 401),
        "a signature of another version": (COMMAND, {**signed(COMMAND), "X-Slack-Signature": "v1=00"}, 401),
        "a signature that is no ASCII": (COMMAND, {**signed(COMMAND), "X-Slack-Signature": "v0=é"}, 401),
        "unsigned, and it only asks for the certificate": (b"ssl_check=1", {"Content-Type": FORM}, 401),
        "unsigned, and it wants a challenge": (b'{"type":"url_verification","challenge":"x"}', JSON, 401),
        "bytes that are no text": (b"text=\xff\xfe", signed(b"text=\xff\xfe"), 400),
        "JSON that is no text": (b'{"a":"\xff"}', signed(b'{"a":"\xff"}', **JSON), 400),
        "JSON that breaks off": (b'{"type":', signed(b'{"type":', **JSON), 400),
        "JSON that is no object": (b"[1]", signed(b"[1]", **JSON), 400),
        "JSON without a bottom": (DEEP, signed(DEEP, **JSON), 400),
        "JSON with a number without end": (
            b'{"a":' + b"9" * 9999 + b"}",
            signed(b'{"a":' + b"9" * 9999 + b"}", **JSON),
            400,
        ),
        "JSON with a number that is none": (b'{"a":NaN}', signed(b'{"a":NaN}', **JSON), 400),
        "a payload that is no JSON": (b"payload=x", signed(b"payload=x"), 400),
        "a payload that is no object": (b"payload=1", signed(b"payload=1"), 400),
        "more fields than any form has": (b"a=1&" * 500, signed(b"a=1&" * 500), 400),
        "ids where none can be": (
            b'{"team":5,"authorizations":true}',
            signed(b'{"team":5,"authorizations":true}', **JSON),
            400,
        ),
        **{f"what Slack never sends: {body!r}": (body, signed(body, **JSON), 400) for body in NONSENSE},
        "nothing": (b"", signed(b"", **JSON), 400),
        "another type": (COMMAND, signed(COMMAND, **{"Content-Type": "text/plain"}), 415),
        "an upload": (COMMAND, signed(COMMAND, **{"Content-Type": "multipart/form-data; boundary=x"}), 415),
        "a type that is none": (COMMAND, signed(COMMAND, **{"Content-Type": ";;="}), 415),
        "no type": (COMMAND, signed(COMMAND, **{"Content-Type": ""}), 415),
        "packed": (gzip.compress(COMMAND), signed(gzip.compress(COMMAND), **{"Content-Encoding": "gzip"}), 400),
        "too large": (b"a" * (BODY_MAX + 1), signed(b"a" * (BODY_MAX + 1)), 413),
    }


@pytest.mark.parametrize("name", hostile())
async def test_what_is_not_slacks_is_turned_away(gate: Gate, name: str) -> None:
    body, headers, status = hostile()[name]
    async with (
        aiohttp.ClientSession(skip_auto_headers=["Content-Type"]) as session,
        session.post(gate.url + PATH, data=io.BytesIO(body), headers=headers) as answer,
    ):
        told = await answer.json()
    assert answer.status == status
    assert list(told) == ["error"], "one short sentence, and nothing of what was sent"
    assert len(told["error"]) < 40
    assert "Server" not in answer.headers
    assert gate.got == []


async def test_what_is_slacks_is_let_in_and_read_once(gate: Gate) -> None:
    """The word "payload" in a command's text makes Bolt's own parser take it for a click and lose it."""
    words = 'note payload={"type":"x"} & payload=2'
    trap = {"command": "/incident", "text": words, "user_id": "U1", "trigger_id": "1.2", "empty": ""}
    pressed = [{"action_id": "ack", "value": "payload=1"}]
    click = {"type": "block_actions", "user": {"id": "U1"}, "trigger_id": "1.2", "actions": pressed}
    said = {"type": "message", "channel": "C1", "text": "\ud83d half an emoji, é"}
    event = {"type": "event_callback", "event_id": "Ev1", "event": said}
    sent = [
        (urlencode(trap).encode(), FORM),
        (urlencode({"payload": json.dumps(click)}).encode(), FORM + "; charset=utf-8"),
        (json.dumps(event).encode(), "application/json"),
        (b"x" * 0 + b'{"pad":"' + b"x" * (BODY_MAX - 10) + b'"}', "application/json"),
    ]
    async with aiohttp.ClientSession() as session:
        for body, kind in sent:
            headers = signed(body, ago(280), **{"Content-Type": kind})
            async with session.post(gate.url + PATH, data=body, headers=headers) as answer:
                assert answer.status == 200
    assert gate.got[:3] == [trap, click, event]
    assert len(gate.got) == 4


async def test_only_slacks_own_words_about_retries_reach_bolt() -> None:
    """Headers are not signed, and Bolt skips listeners when one of them tells it to."""
    seen: list[dict[str, Any]] = []

    async def take(request: AsyncBoltRequest) -> BoltResponse:
        seen.append(dict(request.headers))
        return BoltResponse(status=200, body="")

    odd = {"X-Slack-Retry-Num": "1", "X-Slack-Bolt-Lazy-Only": "1", "Cookie": "a=b"}
    server = Server(SlackRequests(SECRET, take).routes(), "127.0.0.1", 0, patience=0.1)
    async with server, aiohttp.ClientSession() as session:
        await session.post(server.url + PATH, data=COMMAND, headers=signed(COMMAND, **odd))
    assert seen == [{"content-type": ["application/json"], "x-slack-retry-num": ["1"]}]


@pytest.mark.parametrize(("path", "method", "status"), [(PATH, "GET", 405), ("/", "GET", 404), ("/slack", "POST", 404)])
async def test_other_addresses_answer_in_short(gate: Gate, path: str, method: str, status: int) -> None:
    async with aiohttp.ClientSession() as session, session.request(method, gate.url + path) as answer:
        assert (answer.status, list(await answer.json())) == (status, ["error"])
        assert answer.headers.get("Allow") == ("POST" if status == 405 else None)


async def conversation(url: str, sent: bytes) -> bytes:
    """What is answered to these bytes, until the connection is closed."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(sent)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


def head(headers: dict[str, str]) -> bytes:
    lines = [f"POST {PATH} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(gate: Gate) -> None:
    answer = await conversation(gate.url, head(signed(b"", **{"Content-Length": str(10**9)})))
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_turns_out_too_large_is_not_read_to_its_end(gate: Gate) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    begun = head(signed(b"", **{"Transfer-Encoding": "chunked"})) + chunk * (BODY_MAX // 0x10000 + 1)
    assert (await conversation(gate.url, begun)).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_never_comes_is_given_up(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "BODY_SECONDS", 0.05)
    answer = await conversation(gate.url, head(signed(COMMAND, **{"Content-Length": str(len(COMMAND))})) + COMMAND[:9])
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_wrong_secret_or_clock_is_named_once_a_minute_without_what_was_sent(gate: Gate) -> None:
    body = COMMAND + b"&token=verysecret"
    with structlog.testing.capture_logs() as lines:
        async with aiohttp.ClientSession() as session:
            for headers in (signed(body, secret="other"), signed(body, ago(400))) * 2:
                await session.post(gate.url + PATH, data=body, headers=headers)
    secret, clock = lines
    assert "SLACK_SIGNING_SECRET" in secret["hint"]
    assert "clock" in clock["hint"]
    assert "verysecret" not in str(lines)


async def test_what_lacks_something_is_named_without_what_was_sent(gate: Gate) -> None:
    body = b'{"type":"event_callback","event":"verysecret"}'
    with structlog.testing.capture_logs() as lines:
        async with aiohttp.ClientSession() as session:
            await session.post(gate.url + PATH, data=body, headers=signed(body, **JSON))
    assert [line["hint"] for line in lines] == ["Slack signed it, but it lacks what Sitrep reads: event: event_id"]


async def test_whatever_breaks_inside_is_an_id_outside() -> None:
    async def trip(_: AsyncBoltRequest) -> BoltResponse:
        raise LookupError("INC-7, the secret takeover")

    server = Server(SlackRequests(SECRET, trip).routes(), "127.0.0.1", 0, patience=0.1)
    with structlog.testing.capture_logs() as lines:
        async with server, aiohttp.ClientSession() as session:
            answer = await session.post(server.url + PATH, data=COMMAND, headers=signed(COMMAND))
            told = await answer.text()
    assert answer.status == 500
    assert lines[0]["id"] in told
    assert "takeover" not in told


async def test_a_port_that_is_taken_is_said_in_a_sentence(gate: Gate) -> None:
    port = urlsplit(gate.url).port or 0
    with pytest.raises(StartError, match=rf"cannot listen on 127\.0\.0\.1:{port} .*change HOST or PORT"):
        async with Server([], "127.0.0.1", port, patience=0.1):
            pass


LETTERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
NAMES = st.sampled_from(
    [
        "X-Slack-Signature",
        "X-Slack-Request-Timestamp",
        "Content-Type",
        "Content-Encoding",
        "X-Slack-Retry-Num",
        "Accept",
    ]
)


async def test_no_bytes_and_no_headers_break_it(gate: Gate) -> None:
    place = urlsplit(gate.url)
    assert place.hostname is not None

    @effort(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
    @given(body=st.binary(max_size=200), headers=st.dictionaries(NAMES, LETTERS), genuine=st.booleans())
    def attempt(body: bytes, headers: dict[str, str], genuine: bool) -> None:
        given = {**headers, **({k: v for k, v in signed(body).items() if k != "Content-Type"} if genuine else {})}
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=5)
        connection.request("POST", PATH, body, given)
        answer = connection.getresponse()
        assert answer.status < 500, answer.read()
        connection.close()

    await asyncio.to_thread(attempt)
