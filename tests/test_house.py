"""The house keeps its own rules: what a reader could forget, this file measures."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.domain.message import KINDS
from bot.domain.promises.clocks import TITLES, WITHIN
from bot.environment import Environment
from bot.inbound.verbs import VERBS
from bot.outbound.slack import SENDERS
from bot.settings import Settings
from bot.store.files.protocols import builtin_names, load

ROOT = Path(__file__).parent.parent
FILES = sorted(path.relative_to(ROOT) for path in (ROOT / "bot").rglob("*.py"))
SOURCES = {path: (ROOT / path).read_text() for path in FILES}

LONGEST_BODY = 50
LONGEST_FILE = 400
ONE_MATCH = {"decide", "_decided", "_reacted", "evolve"}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}
CLOCKLESS = {"domain", "usecases", "views"}
CLOCKS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns"),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Check = Callable[[Path, str], Iterator[str]]


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(source)))


@pytest.fixture(autouse=True, scope="module")
def forgotten() -> Iterator[None]:
    """A million small objects would slow down every collection of garbage after this file."""
    yield
    nodes.cache_clear()


def functions(source: str) -> Iterator[Function]:
    return (node for node in nodes(source) if isinstance(node, Function))


def statements(function: Function) -> list[ast.stmt]:
    """Return what a function does, without its docstring."""
    documented = ast.get_docstring(function, clean=False) is not None
    return function.body[1:] if documented else function.body


def short_bodies(path: Path, source: str) -> Iterator[str]:
    for function in functions(source):
        body = statements(function)
        one_match = function.name in ONE_MATCH and len(body) == 1 and isinstance(body[0], ast.Match)
        lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > LONGEST_BODY and not one_match:
            yield f"{path}:{function.lineno} {function.name} has a body of {lines} lines"


def short_files(path: Path, source: str) -> Iterator[str]:
    lines = len(source.splitlines())
    if lines > LONGEST_FILE:
        yield f"{path} has {lines} lines"


def imports_on_top(path: Path, source: str) -> Iterator[str]:
    lines = source.splitlines()
    inside = {node for function in functions(source) for node in ast.walk(function)}
    for node in inside:
        if isinstance(node, ast.Import | ast.ImportFrom):
            explained = re.search(r"#\s*(?!noqa|type:)\w+", "\n".join(lines[max(node.lineno - 2, 0) : node.lineno]))
            if not explained:
                yield f"{path}:{node.lineno} imports inside a function without a sentence why"


def telling_names(path: Path, source: str) -> Iterator[str]:
    for part in path.with_suffix("").parts:
        if part in NAMELESS:
            yield f"{path} is called {part}, which says nothing"


def no_clock_below_inbound(path: Path, source: str) -> Iterator[str]:
    if not CLOCKLESS.intersection(path.parts):
        return
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCKS:
            yield f"{path}:{node.lineno} reads the clock with {ast.unparse(node)}; time is passed down from inbound"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield f"{path}:{node.lineno} imports from time; time is passed down from inbound"


def no_swallowed_errors(path: Path, source: str) -> Iterator[str]:
    for node in nodes(source):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield f"{path}:{node.lineno} catches everything with a bare except"
            if all(isinstance(line, ast.Pass) or ast.unparse(line) == "..." for line in node.body):
                yield f"{path}:{node.lineno} swallows an error"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            broad = {"Exception", "BaseException"}.intersection(map(ast.unparse, node.args))
            if broad:
                yield f"{path}:{node.lineno} swallows any error with suppress"


BAD_EXAMPLES: dict[Check, tuple[str, str]] = {
    short_bodies: ("bot/domain/long.py", "def decide():\n" + "    x = 1\n" * (LONGEST_BODY + 1)),
    short_files: ("bot/domain/long.py", "x = 1\n" * (LONGEST_FILE + 1)),
    imports_on_top: ("bot/app.py", "def f():\n    import json  # noqa: PLC0415\n"),
    telling_names: ("bot/store/utils.py", ""),
    no_clock_below_inbound: ("bot/usecases/declare.py", "import datetime\nnow = datetime.datetime.now(datetime.UTC)\n"),
    no_swallowed_errors: ("bot/app.py", "try:\n    f()\nexcept ValueError:\n    pass\n"),
}


@pytest.mark.parametrize("check", BAD_EXAMPLES, ids=lambda check: check.__name__)
def test_the_house_is_in_order(check: Check) -> None:
    found = [finding for path in FILES for finding in check(path, SOURCES[path])]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("check", BAD_EXAMPLES, ids=lambda check: check.__name__)
def test_each_check_sees_what_it_is_for(check: Check) -> None:
    path, source = BAD_EXAMPLES[check]
    assert list(check(Path(path), source))


def test_only_one_match_may_be_long() -> None:
    cases = "        case 1:\n            return 1\n" * LONGEST_BODY
    assert not list(short_bodies(Path("bot/domain/decide.py"), f"def decide(x):\n    match x:\n{cases}"))
    assert list(short_bodies(Path("bot/domain/decide.py"), f"def other(x):\n    match x:\n{cases}"))


# ------------------------------------------------------------------------------------------------ what drifts
# Verbs, action ids, facts, messages, protocols and settings: each list stands in several places, and here they meet.
README = (ROOT / "README.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()


NEEDED = (
    *("declare", "ack", "confirm", "severity", "update", "impact", "data", "escalate", "handoff", "brief", "promises"),
    *("note", "resolve", "close", "undo"),
)
"""The verbs most people need, by which they find the others."""


def test_the_verbs_most_people_need_are_told_where_they_look_first() -> None:
    """The README and the hint that Slack shows while somebody types tell the dozen that an incident cannot do without:
    a list of fifty is read by nobody. docs/usage.md has them all, written from the registration, as `help` is."""
    hint = yaml.safe_load((ROOT / "manifest.yml").read_text())["features"]["slash_commands"][0]["usage_hint"]
    table = "\n".join(line for line in README.splitlines() if line.startswith("| `"))
    assert set(NEEDED) <= {verb.name for verb in VERBS}
    for name in NEEDED:
        assert re.search(rf"\b{name}\b", table), f"the README does not tell of {name}"
        assert re.search(rf"\b{name}\b", hint), f"the usage hint does not tell of {name}"
    assert hint.rstrip().endswith("help")


def test_every_kind_of_message_has_one_sender() -> None:
    assert set(SENDERS) == set(KINDS)


def test_every_kind_of_message_is_written_by_some_fact() -> None:
    rooms = [*(ROOT / "bot/domain").glob("*.py"), *(ROOT / "bot/usecases").glob("*.py")]
    rooms.remove(ROOT / "bot/domain/message.py")
    written = "".join(path.read_text() for path in rooms)
    assert [kind for kind in KINDS if f'"{kind}"' not in written] == []


def test_every_protocol_loads() -> None:
    assert [load(name).name for name in builtin_names()] == list(builtin_names())


LISTED = ("_reactions", "_kept")
OTHERWISE = {"environment", "calendar", "later", *(n for n in Settings.model_fields if n.endswith(LISTED))}
"""Settings whose keys in the file are called otherwise, or that are in no file."""


def test_every_setting_is_documented() -> None:
    names = [name.upper() for name in Environment.model_fields]
    names += [name for name in Settings.model_fields if name not in OTHERWISE]
    names += ["timezone", "business_hours", "reactions", "retention"]
    assert [name for name in names if f"| `{name}" not in CONFIGURATION] == []


def test_clocks_have_titles_and_what_stops_them() -> None:
    assert set(WITHIN) | {"close", "page", "action"} == set(TITLES)
