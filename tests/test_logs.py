"""The log: whoever reads it learns what went wrong, and nothing that anybody wrote, and no secret."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
import structlog
from pydantic import BaseModel
from yarl import URL

from bot.domain import fact as f
from bot.environment import read_environment
from bot.store.engines import address, postgresql_engine, sqlite_engine
from bot.store.engines import shown as shown_address
from tests.our_log import as_the_bot_logs

WRITTEN = 'kanary: the CEO\'s "salary" is\nout'
"""As people write: with quotes, an apostrophe and a second line."""

ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-1-abcdef",
    "SLACK_APP_TOKEN": "xapp-1-A1-abcdef",
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "DATABASE_URL": "postgresql://sitrep:p%40ss+word@db.example/sitrep?password=another-one",
}
SECRETS = ("abcdef", "8f742231", "p%40ss+word", "p@ss+word", "another-one")


class Log:
    """Lines as they reach stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    @contextlib.contextmanager
    def begun(self) -> Iterator[None]:
        with as_the_bot_logs("DEBUG", read_environment(ENVIRON).secrets()):
            yield

    def lines(self) -> list[dict[str, Any]]:
        """What was logged since the last look, each line read as JSON. Raises ValueError for one that is none."""
        return [json.loads(line) for line in self._capsys.readouterr().err.splitlines()]


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    return Log(capsys)


class Shape(BaseModel):
    count: int


def _of_shape() -> None:
    Shape.model_validate({"count": WRITTEN})


def _of_a_fact() -> None:
    f.revive("note_added", {"v": 1, "text": {"typed": WRITTEN}})


def _of_a_number() -> None:
    int(WRITTEN)


def _of_a_key() -> None:
    known: dict[str, str] = {}
    known[WRITTEN]


def _of_a_database() -> None:
    engine = sqlite_engine(address("sqlite:////nowhere/kept.db"), begin="BEGIN", wait_seconds=1)
    engine.dispose()
    memory = sa.create_engine("sqlite://", hide_parameters=engine.hide_parameters)
    with memory.connect() as connection:
        connection.execute(sa.text("select :typed from nowhere"), {"typed": WRITTEN})


def _of_a_row() -> None:
    lines = f'null value in column "seq" violates not-null constraint\nDETAIL:  Failing row contains (1, {WRITTEN}).'
    raise sa.exc.IntegrityError("INSERT INTO texts", {"body": WRITTEN}, sqlite3.IntegrityError(lines), True)


def _of_the_sdk() -> None:
    name = URL("https://slack.com/api/conversations.create").with_query(name="inc-2-kanary", is_private=1)
    raise aiohttp.InvalidURL(name, "cannot be reached")


def _within() -> None:
    try:
        _of_a_number()
    except ValueError as error:
        raise RuntimeError("the second of two") from error


FAILED = (
    _of_shape, _of_a_fact, _of_a_number, _of_a_key, _of_a_database, _of_a_row, _of_the_sdk, _within,
)  # fmt: skip


@pytest.mark.parametrize("fails", FAILED, ids=lambda one: str(one.__name__))
def test_an_error_says_where_and_what_and_nothing_that_was_written(fails: Callable[[], None], log: Log) -> None:
    with log.begun():
        local = WRITTEN  # a traceback with local variables would show it
        try:
            fails()
        except Exception as error:
            structlog.get_logger("bot.inbound.desk").error("bug", id="7f3a", exc_info=error)
            logging.getLogger("slack_bolt.AsyncApp").exception("Failed to run it (error: %r)", error)  # noqa: TRY401 - as Bolt does
            logging.getLogger("asyncio").warning("Task exception was never retrieved: %r", error)
        told = log.lines()
        assert told[0]["event"] == "bug"
        assert len(told) == 3
        assert fails.__name__ in told[0]["exception"], "where it came from"
        assert "kanary" not in json.dumps(told), local


def test_libraries_are_heard_from_warnings_on_and_quote_nobody(log: Log) -> None:
    with log.begun():
        for name in (
            "slack_sdk.web.async_client",
            "slack_bolt.AsyncApp",
            "aiohttp.client",
            "asyncio",
            "sqlalchemy.engine",
        ):
            logging.getLogger(name).debug("Sending a request - body: {'text': %r}", WRITTEN)
            logging.getLogger(name).info("Sending a request - body: {'text': %r}", WRITTEN)
            logging.getLogger(name).warning("Unhandled request (%r)", {"type": "block_suggestion", "value": WRITTEN})
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(f"The text was {WRITTEN!r}", UserWarning, stacklevel=1)
        told = log.lines()
        assert {one["level"] for one in told} == {"warning"}
        assert len(told) == 6
        assert "kanary" not in json.dumps(told)


def test_secrets_are_struck_out_however_deep(log: Log) -> None:
    with log.begun():
        inside = [f"token {ENVIRON['SLACK_BOT_TOKEN']}", {"secret": ENVIRON["SLACK_SIGNING_SECRET"]}, ("p@ss+word",)]
        structlog.get_logger("bot").info(
            "started",
            url=ENVIRON["DATABASE_URL"], other="postgresql://me:whoever@db/x", inside=inside,
            error=ValueError("xoxb-1-abcdef"),
            ticket="wss://wss-primary.slack.com/link/?ticket=abcdef&app_id=1",
            hook="https://hooks.slack.com/commands/T1/2/abcdef", proxied="https://proxy.example/actions/T1/2/abcdef",
            called="https://slack.com/api/conversations.setTopic?channel=C1&topic=abcdef",
        )  # fmt: skip
        logging.getLogger("slack_sdk.socket_mode").error("Failed to connect (url: wss://x.example/?ticket=abcdef)")
        told = json.dumps(log.lines())
        assert [secret for secret in (*SECRETS, "whoever") if secret in told] == []
        assert told.count("[secret]") >= 9
        assert "db.example" in told


def test_a_line_break_in_what_is_logged_begins_no_line(log: Log) -> None:
    with log.begun():
        structlog.get_logger("bot").warning("refused", error='x\n{"event": "ended", "level": "info"}\u2028\x1b[31m')
        [told] = log.lines()
        assert told["event"] == "refused"


def test_what_nobody_caught_is_said_like_everything_else(log: Log) -> None:
    with log.begun():
        try:
            _of_a_key()
        except KeyError as error:
            sys.excepthook(KeyError, error, error.__traceback__)
        [told] = log.lines()
        assert told["event"] == "ended_by_a_bug"
        assert "kanary" not in json.dumps(told)
        assert "KeyError" in told["exception"]


async def test_a_task_that_nobody_waited_for_quotes_nobody(log: Log) -> None:
    with log.begun():

        async def fails() -> None:
            raise ValueError(repr(WRITTEN))

        task = asyncio.get_running_loop().create_task(fails())
        await asyncio.wait({task})
        del task
        assert "kanary" not in json.dumps(log.lines())


def test_the_names_in_the_program_are_kept_for_whoever_looks_for_the_mistake(log: Log) -> None:
    with log.begun():
        try:
            getattr(None, "headline")  # noqa: B009 - the error is the point
        except AttributeError as error:
            structlog.get_logger("bot").error("bug", exc_info=error)
        [told] = log.lines()
        assert "'NoneType' object has no attribute 'headline'" in told["exception"]


@pytest.mark.parametrize(
    "url", ["postgresql://me:hunter2@db/x", "postgresql://me@db/x?password=hunter2&sslpassword=hunter2"]
)
def test_no_sentence_about_the_database_holds_its_password(url: str) -> None:
    assert "hunter2" not in shown_address(address(url))
    assert postgresql_engine(address(url).set(drivername="postgresql+psycopg"), size=1).hide_parameters
    with pytest.raises(Exception, match="not in mysql") as caught:
        address(url.replace("postgresql", "mysql"))
    assert "hunter2" not in str(caught.value)


def test_the_log_of_the_whole_process_is_set_up_before_anything_can_be_said() -> None:
    main = (Path(__file__).parent.parent / "bot" / "__main__.py").read_text()
    assert main.index("logs.configure(") < main.index("asyncio.run(Bot(")
