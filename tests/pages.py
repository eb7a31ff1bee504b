"""`python -m tests.pages` writes anew what the pages for people take from elsewhere: the verbs from their registration,
the shortcuts from the manifest, the house defaults, and excerpts from the transcripts that are kept.

An excerpt is a fenced block below a comment that names its story: `<!-- first-night -->`. Entries are separated by an
empty line; a line of `…` stands for lines left out.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import yaml
from typer.testing import CliRunner

from bot import cli_protocol
from bot.domain.bench.simulate import Plot, made_up_roster, simulated
from bot.domain.protocol.parts import house_defaults
from bot.domain.scribe import Audiences
from bot.inbound.verbs import (
    adoption,
    changes,
    checklists,
    course,
    data,
    grading,
    people,
    postmortem,
    proposals,
    runbooks,
    shifts,
    work,
)
from bot.inbound.verbs.verb import Verb
from bot.settings import Settings
from bot.store.files.protocols import builtin_names, load
from bot.views import simulation

NIGHT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""When what is simulated for the page is declared, a Friday."""

ROOT = Path(__file__).parent.parent
STORIES = ROOT / "tests" / "scenarios" / "stories"
PAGES = tuple(ROOT / name for name in ("README.md", "docs/usage.md", "docs/protocol-files.md", "docs/simulations.md"))

SIXTH = ROOT / "docs" / "examples" / "ours.yml"
LOOKS = (
    ("check", "ours.yml"),
    ("diff", "self-healing-pipeline", "ours.yml"),
    ("simulate", "ours.yml", "P1", "--at", "2026-11-20T03:00", "--ack-after", "10m", "--resolve-after", "2h"),
)
LOOK_MOST = 24
"""Lines of each answer on the page: how they look, not all they say."""

TOPICS = {
    "The course of an incident": course,
    "The data": data,
    "People": people,
    "Lists to tick": checklists,
    "Runbooks, and ways to find a cause": runbooks,
    "Cause, tasks and a look around": work,
    "Who is on call": shifts,
    "Severity and kind": grading,
    "Changes that need approval": proposals,
    "Changing your mind": changes,
    "The protocol it runs on": adoption,
    "The postmortem": postmortem,
}
"""Headings of the table, in the order in which an incident needs them."""

LIKE, ELSEWHERE = 0.4, 0.75
"""How alike an entry must be to one told now at the same time and place, or anywhere. Less, and a person looks."""

CUT = "         …"
_EXCERPT = re.compile(r"(<!-- (?P<story>[\w-]+) -->\n```\n)(?P<told>.*?)(\n```)", re.DOTALL)
_WRITTEN = re.compile(r"(<!-- (?P<what>\w+), by make docs -->\n).*?(<!-- end -->)", re.DOTALL)


def written(page: str, stories: Path = STORIES) -> str:
    """The page as it should be. Raises LookupError naming an excerpt that nothing told now is like."""

    def excerpt(found: re.Match[str]) -> str:
        told = _entries((stories / f"{found['story']}.txt").read_text("utf-8"))
        entries = (_quoted(entry, told, found["story"]) for entry in _entries(found["told"]))
        return found[1] + "\n\n".join(entries) + found[4]

    def part(found: re.Match[str]) -> str:
        return "\n".join([found[1], *_PARTS[found["what"]](), "", found[3]])

    return _WRITTEN.sub(part, _EXCERPT.sub(excerpt, page))


def _entries(text: str) -> list[tuple[str, list[str]]]:
    """(head, lines) of each entry: the head is what stands left of the text."""
    found = []
    for entry in text.strip("\n").split("\n\n"):
        lines = entry.split("\n")
        body = next((n for n, line in enumerate(lines) if line.startswith(" " * 9)), len(lines))
        found.append(("\n".join(lines[:body]), lines[body:]))
    return found


def _quoted(entry: tuple[str, list[str]], told: list[tuple[str, list[str]]], story: str) -> str:
    """The entry as it is told now, shortened as it was."""
    head, lines = entry
    old = "\n".join((head, *lines))
    same = [other for other in told if other[0] == head]
    alike = {_likeness(old, now): now for at, body in same or told for now in ["\n".join((at, *_cut(body, lines)))]}
    if max(alike) < (LIKE if same else ELSEWHERE):
        raise LookupError(f"{story} tells nothing like this any more; choose another excerpt:\n{old}")
    return alike[max(alike)]


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _cut(body: list[str], like: list[str]) -> list[str]:
    if CUT not in like:
        return body
    first = like.index(CUT)
    last = len(like) - first - 1
    return body if len(body) <= first + last else [*body[:first], CUT, *body[len(body) - last :]]


def _verbs() -> Iterator[str]:
    yield "| `/incident …` | or | what it does |"
    yield "|---|---|---|"
    for title, topic in TOPICS.items():
        yield f"| **{title}** | | |"
        yield from (_row(verb) for verb in topic.VERBS)


def _row(verb: Verb) -> str:
    also = ", ".join(f"`{alias}`" for alias in verb.aliases)
    return f"| `{_escaped(verb.usage)}` | {_escaped(also)} | {_escaped(verb.does)} |"


def _escaped(cell: str) -> str:
    return cell.replace("|", r"\|")


def _shortcuts() -> Iterator[str]:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    yield "| shortcut | of | what it does |"
    yield "|---|---|---|"
    for one in manifest["features"]["shortcuts"]:
        where = {"global": "anywhere", "message": "a message"}[one["type"]]
        yield f"| *{one['name']}* | {where} | {one['description']} |"


def _house() -> Iterator[str]:
    by_rank = [house_defaults(rank) for rank in (1, 2, 3, 4)]
    yield "| key | 1 | 2 | 3 | 4 and below |"
    yield "|---|---|---|---|---|"
    for key in by_rank[0]:
        yield f"| `{key}` | {' | '.join(defaults[key] for defaults in by_rank)} |"


def _simulations() -> Iterator[str]:
    """The highest severity of every protocol at night, and nobody answers."""
    for name in builtin_names():
        protocol = load(name)
        plot = Plot(protocol.of_rank(1).name, NIGHT)
        audiences = Audiences(Settings().announce_channel, Settings().stakeholder_channel)
        timetable = simulated(plot, protocol, made_up_roster(protocol), audiences)
        yield f"## {protocol.title}"
        yield f"\n```\n$ sitrep protocol simulate {name} {plot.severity} --at {NIGHT:%Y-%m-%dT%H:%M}\n"
        yield simulation.page(timetable, plot, protocol, lambda person: person)
        yield "```\n"


def _sixth() -> Iterator[str]:
    """A team's own protocol, and what the command line says of it before it is merged."""
    yield f"```yml\n{SIXTH.read_text('utf-8').strip()}\n```\n"
    yield "```"
    for number, arguments in enumerate(LOOKS):
        yield ("\n" if number else "") + f"$ sitrep protocol {' '.join(arguments)}"
        with contextlib.chdir(SIXTH.parent):
            told = CliRunner().invoke(cli_protocol.app, arguments).stdout.rstrip().split("\n")
        yield from told[:LOOK_MOST]
        if len(told) > LOOK_MOST:
            yield f"… and {len(told) - LOOK_MOST} lines more"
    yield "```"


_PARTS = {"verbs": _verbs, "shortcuts": _shortcuts, "house": _house, "simulations": _simulations, "sixth": _sixth}

if __name__ == "__main__":
    for path in PAGES:
        path.write_text(written(path.read_text("utf-8")), encoding="utf-8")
