"""Bytes that are no honest request: half heads, smuggled requests, connections held for their own sake."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.inbound.edge import http as edge
from bot.inbound.edge.http import Server
from bot.inbound.edge.slack_http import PATH, SlackRequests
from tests.inbound.test_http import COMMAND, SECRET, conversation, signed

LONG = b"a" * 100_000
PLAIN = f"Content-Length: {len(COMMAND)}"
INSIDE = b"0\r\n\r\nPOST /slack/events HTTP/1.1\r\nHost: x\r\n\r\n"


def sent(*lines: str, body: bytes = COMMAND) -> bytes:
    """A request whose signature fits the body, with these further lines in its head."""
    headers = [f"{name}: {value}" for name, value in signed(body).items()]
    return "\r\n".join([f"POST {PATH} HTTP/1.1", "Host: x", *headers, *lines, "", ""]).encode() + body


REFUSED: dict[str, bytes] = {
    "two ways to say how long": sent(PLAIN, "Transfer-Encoding: chunked", body=INSIDE),
    "the other way round": sent("Transfer-Encoding: chunked", PLAIN, body=INSIDE),
    "two lengths": sent(PLAIN, "Content-Length: 0"),
    "a list of lengths": sent(f"{PLAIN}, {len(COMMAND)}"),
    "less than nothing": sent("Content-Length: -1"),
    "a length with a sign": sent(f"Content-Length: +{len(COMMAND)}"),
    "a length in hexadecimal": sent("Content-Length: 0x10"),
    "a length without end": sent("Content-Length: " + "9" * 40),
    "a coding nobody knows": sent("Transfer-Encoding: xchunked"),
    "chunked, but not last": sent("Transfer-Encoding: chunked, identity", body=INSIDE),
    "chunked twice": sent("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=INSIDE),
    "chunked behind a control character": sent("Transfer-Encoding: \x0bchunked", body=INSIDE),
    "a space before the colon": sent(f"Content-Length : {len(COMMAND)}"),
    "a folded line": sent("X-A: b", "  folded: c", PLAIN),
    "lines without CR": sent(PLAIN).replace(b"\r\n", b"\n"),
    "a CR in a line": sent("X-A: a\rb", PLAIN),
    "NUL in a line": sent("X-A: a\0b", PLAIN),
    "a chunk without end": sent("Transfer-Encoding: chunked", body=b"f" * 20 + b"\r\n"),
    "a chunk of nothing known": sent("Transfer-Encoding: chunked", body=b"zz\r\n"),
    "a chunk of less than nothing": sent("Transfer-Encoding: chunked", body=b"-1\r\n"),
    "something behind the request": sent(PLAIN) + b"\x00\xff xoxb-secret\r\n\r\n",
    "a method of its own": b"G@T / HTTP/1.1\r\n\r\n",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a long path": b"GET /" + LONG + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + LONG + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 2000 + b"\r\n",
}
END = "Connection: close\r\n\r\n"
ODD: dict[bytes, bytes] = {
    f"GET http://evil.example/healthz HTTP/1.1\r\nHost: x\r\n{END}".encode(): b"404",
    f"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n{END}".encode(): b"404",
    f"GET /%00%ff HTTP/1.1\r\nHost: x\r\n{END}".encode(): b"404",
    f"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n{END}".encode(): b"404",
    f"OPTIONS * HTTP/1.1\r\nHost: x\r\n{END}".encode(): b"404",
    f"TRACE {PATH} HTTP/1.1\r\nHost: x\r\n{END}".encode(): b"405",
    f"POST {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n{END}".encode(): b"401",
    sent("X-Slack-Signature: v0=00", PLAIN, "Connection: close"): b"401",
    sent("X-Slack-Request-Timestamp: 1", PLAIN, "Connection: close"): b"401",
    sent("Expect: nonsense", PLAIN, "Connection: close"): b"417",
}
"""Whole requests that nothing is there for, and how they are answered."""


@pytest.fixture
async def door(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A request URL behind which nobody takes anything."""
    monkeypatch.setattr(edge, "LINGER_SECONDS", 0.05)

    async def take(request: AsyncBoltRequest) -> BoltResponse:
        raise AssertionError(f"let in: {request.body}")

    async with Server(SlackRequests(SECRET, take).routes(), "127.0.0.1", 0, patience=0.1) as server:
        yield server


@contextlib.asynccontextmanager
async def connection(door: Server) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    place = urlsplit(door.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What came until the other side hung up."""
    with contextlib.suppress(ConnectionError):
        return await reader.read()
    return b""


async def test_what_is_no_honest_request_is_refused_whole(door: Server, caplog: pytest.LogCaptureFixture) -> None:
    """One short answer that quotes nothing and names nothing, then the connection ends; not a word in the log."""
    answers = await asyncio.gather(*(conversation(door.url, each) for each in REFUSED.values()))
    for name, answer in zip(REFUSED, answers, strict=True):
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 "), f"{name}: {answer!r}"
        assert body == b'{"error": "bad request"}', name
        assert b"server:" not in head.lower(), name
    assert caplog.text == ""


async def test_whole_requests_for_nothing_are_answered_in_short(door: Server) -> None:
    answers = await asyncio.gather(*(conversation(door.url, each) for each in ODD))
    for answer, status in zip(answers, ODD.values(), strict=True):
        assert answer.startswith(b"HTTP/1.1 " + status), answer
        assert b"server:" not in answer.lower()
        assert len(answer) < 300


async def test_a_head_that_comes_byte_by_byte_is_given_up(door: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "HEAD_SECONDS", 0.2)
    async with connection(door) as (reader, writer):

        async def drip() -> None:
            for byte in sent(PLAIN):
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        assert await ended(reader) == b""
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)


async def test_the_time_for_a_head_ends_with_the_head(door: Server) -> None:
    async with connection(door) as (reader, writer):
        writer.write(b"GET / HT")
        while not (guests := [*door._guests]) or guests[0]._unfinished is None:  # noqa: ASYNC110 - nothing tells it
            await asyncio.sleep(0)
        writer.write(b"TP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 404 ")
        assert guests[0]._unfinished is None


async def test_whoever_holds_connections_keeps_nobody_out(door: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "CONNECTIONS_MAX", 3)
    async with contextlib.AsyncExitStack() as stack:
        held = [await stack.enter_async_context(connection(door)) for _ in range(3)]
        held[1][1].write(b"POST / HTTP")
        for _ in range(5):
            assert (await conversation(door.url, f"GET / HTTP/1.1\r\nHost: x\r\n{END}".encode())).startswith(
                b"HTTP/1.1 404 "
            )
        async with asyncio.timeout(10):
            assert await ended(held[0][0]) == b"", "the one that was there longest made room"
