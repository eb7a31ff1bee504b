"""What the log looks like: one JSON object a line on stderr.

Whoever reads a log is often not who may read an incident, so it names incidents by number, people and channels by id,
and says nothing that anybody wrote: not in an event, not in an error's message, at no level. Tokens and secrets are
struck out wherever they turn up.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote

import structlog
from jinja2 import UndefinedError
from pydantic import ValidationError

_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xoxe[.\w-]+|xapp-[\w-]+"
    r"|(?<=[?&]ticket=)[\w-]+"
    r"|https://hooks\.slack[^\s\"']+|(?<=/)(?:commands|actions|app-actions|services|workflows)/[^\s\"'<>]+"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
)
"""Slack's tokens and socket tickets, addresses that whoever has them may post to, and name and password in an address.
Source: https://docs.slack.dev/authentication/tokens and https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
"""

_QUERY = re.compile(r"(https?://[^\s\"'<>?]+\?)[^\s\"'<>)]+")
"""Slack's SDK sends most arguments in the address, the name of a private channel among them."""

_QUOTED = re.compile(r"""(?<!\w)(["'])(?:\\.|(?!\1).)*(?:\1|$)|“[^”]*(?:”|$)""", re.DOTALL)
"""How messages of errors hold a value: in quotes, as `repr` writes them."""

_ABOUT_CODE = (AttributeError, NameError, ImportError, TypeError, AssertionError, UndefinedError)
"""Errors whose quotes hold names out of the program, without which nobody finds the mistake."""

SHORTEST_SECRET = 4
"""Characters; what is shorter is no secret, and striking it out would make the log unreadable."""

LINE = 300
"""Characters of an error's message that are kept."""

OURS = "bot"


def configure(level: str = "INFO", secrets: Collection[str] = ()) -> None:
    """Send our log and the libraries' to stderr in one shape. `level` is ours: of libraries only warnings are heard,
    because below that they log what they send. `secrets` are struck out wherever they stand."""
    exact = _exactly(secrets)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.ExceptionRenderer(told),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )

    def struck_out(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: _struck_out(value, exact) for key, value in event.items()}

    handler = _Handler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_of_others, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                struck_out,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, logging.getLevelName(level)), force=True)
    logging.getLogger(OURS).setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught


class _Handler(logging.StreamHandler[TextIO]):
    """Python's own way of saying that a line could not be written prints the line, its arguments and its error raw."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        with contextlib.suppress(OSError, ValueError):  # where it cannot even be written, there is nowhere to say it
            self.stream.write(f'{{"event": "line_lost", "logger": "{record.name}", "level": "error"}}\n')


def _exactly(secrets: Collection[str]) -> re.Pattern[str] | None:
    """Finds each secret, also as an address holds it; the longest first, so that no end of one is left."""
    found = {form for one in secrets if len(one) >= SHORTEST_SECRET for form in (one, quote(one, safe=""))}
    return re.compile("|".join(map(re.escape, sorted(found, key=len, reverse=True)))) if found else None


def _struck_out(value: Any, exact: re.Pattern[str] | None) -> Any:
    match value:
        case str():
            known = exact.sub("[secret]", value) if exact else value
            return _QUERY.sub(r"\1[left out]", _SECRETS.sub("[secret]", known))
        case Mapping():
            return {_struck_out(key, exact): _struck_out(one, exact) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_struck_out(one, exact) for one in value]
        case None | bool() | int() | float():
            return value
        case BaseException():
            return _struck_out(said(value), exact)
        case _:
            return _struck_out(str(value), exact)


def _of_others(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's line: what it quotes may be what people wrote."""
    event["event"] = _without_values(str(event["event"]))
    return event


def _without_values(text: str) -> str:
    return _QUOTED.sub("'…'", text)


def told(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """An error for the log: where it came through, and what it says without the values it says it of."""
    return "\n".join(_chain(exc_info[1]))


def _chain(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _chain(cause)
        yield "and then"
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield said(error)
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _chain(one)


def said(error: BaseException) -> str:
    """An error's kind and the first line of its message. Of what did not fit a shape, which fields and how; databases
    repeat whole rows in the lines after the first."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, ValidationError):
        faults = (f"{'.'.join(map(str, one['loc']))} ({one['type']})" for one in error.errors(include_input=False))
        return f"{kind}: {error.title}: {', '.join(faults)}"
    first = str(error).strip().partition("\n")[0]
    kept = first if isinstance(error, _ABOUT_CODE) else _without_values(first)
    return f"{kind}: {kept[:LINE]}" if kept else kind


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody caught ends the program, and is said like everything else."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger().critical("ended_by_a_bug", exc_info=(kind, error, trace))
