"""`sitrep protocol check | diff | schema`: looking at a protocol before it is merged."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import time as wall
from datetime import timedelta
from typing import Annotated, Any

import typer

from bot.cli_loading import FAILED, WRONG_USE, configured, loaded, refused
from bot.domain.bench import sense
from bot.domain.bench.difference import Difference, Value, differences
from bot.domain.bench.sense import NIGHT, Finding
from bot.domain.bench.simulate import Plot, made_up_roster, simulated
from bot.domain.bench.timetable import Noise, noise
from bot.domain.calendar import instant
from bot.domain.duration import short
from bot.domain.protocol import Protocol
from bot.domain.scribe import Audiences
from bot.store.files.protocol_schema import schema as written_schema
from bot.store.files.protocols import NoSuchProtocol, Placed, ProtocolError, placed
from bot.views.differences import louder, plain, sentence

_File = Annotated[str, typer.Argument(help="A built-in protocol's name or a file.")]
_Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (check, diff, schema):
        app.command()(command)


def check(file: Annotated[str, typer.Argument(help="The protocol file to check.")], as_json: _Json = False) -> None:
    """Check a protocol: what cannot be used (one sentence with file, line and key), and what cannot be meant.

    Exit code 1 for either. What is meant all the same is accepted in the file, with a reason: accept: {noise: why}.
    """
    found = _placed(file)
    open_ones, accepted = _sorted(found)
    idle = [key for key in sense.unmatched(found.protocol, [*open_ones, *accepted]) if key in found.accepted]
    if as_json:
        rows = [_row(one, found) for one in (*open_ones, *accepted)]
        typer.echo(json.dumps({"findings": rows, "accepted_for_nothing": idle}, indent=2, ensure_ascii=False))
    else:
        for line in (*_told(found, open_ones), *_idle(found, idle)):
            typer.echo(line, err=True)
    if open_ones or idle:
        raise typer.Exit(FAILED)
    if not as_json:
        names = ", ".join(found.protocol.severity_names)
        also = f" {len(accepted)} accepted with a reason." if accepted else ""
        typer.echo(f"{file} is right: {found.protocol.name} with {names}.{also}")


def _placed(file: str) -> Placed:
    try:
        return placed(file, configured().calendar)
    except NoSuchProtocol as error:
        raise refused(error, WRONG_USE) from error
    except ProtocolError as error:
        raise refused(error, FAILED) from error


def _sorted(found: Placed) -> tuple[list[Finding], list[Finding]]:
    """Findings that stand, and those that are meant so."""
    directory = configured().directory
    answering = {name for name, ids in directory.items() if ids}
    every = sense.findings(found.protocol, answering if directory else None)
    accepted = [one for one in every if one.accepted_by(found.protocol.accept)]
    return [one for one in every if one not in accepted], accepted


def _told(found: Placed, findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings:
        yield f"{found.node(one.path, one.beside).error(one.sentence)}; {one.suggestion} [{one.id}]"


def _idle(found: Placed, keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        sentence = f'accept: "{key}" means no finding; take it out, or correct its name'
        yield str(found.node(("accept", key)).error(sentence))


def _row(one: Finding, found: Placed) -> dict[str, Any]:
    node, accept = found.node(one.path, one.beside), found.protocol.accept
    return {**asdict(one), "file": node.file, "line": node.line, "accepted": accept.get(one.accepted_by(accept) or "")}


def diff(
    before: Annotated[str, typer.Argument(help="What holds now: a built-in protocol's name or a file.")],
    after: Annotated[str, typer.Argument(help="What would hold.")],
    as_json: _Json = False,
) -> None:
    """Say what is different between two protocols, and what that does to the noise of an incident at 03:00."""
    old, new = loaded(before), loaded(after)
    found = differences(old, new)
    noises = [(one.name, _noise(old, one.name), _noise(new, one.name)) for one in new.severities if found]
    if as_json:
        rows = [{**asdict(one), "before": _value(one.before), "after": _value(one.after)} for one in found]
        for row, one in zip(rows, found, strict=True):
            row["sentence"] = plain(sentence(one, old, new))
        sums = {name: {"before": was and _sum(was), "after": now and _sum(now)} for name, was, now in noises}
        typer.echo(json.dumps({"differences": rows, "noise": sums}, indent=2, ensure_ascii=False))
        return
    typer.echo("\n".join(_lines(found, old, new)))
    for name, was, now in noises:
        if was is not None and now is not None and _sum(was) != _sum(now):
            typer.echo(plain(louder(name, was, now)))


def _lines(found: Sequence[Difference], old: Protocol, new: Protocol) -> Iterator[str]:
    if not found:
        yield "Nothing is different."
    yield from (plain(sentence(one, old, new)) for one in found)


def _noise(protocol: Protocol, severity: str) -> Noise | None:
    """What nobody answering a severity at 03:00 costs; None where the protocol has no such severity."""
    if severity not in protocol.severity_names:
        return None
    night = instant(NIGHT, wall(3), protocol.calendar.timezone)
    audiences = Audiences("incidents", "stakeholders")
    return noise(simulated(Plot(severity, night), protocol, made_up_roster(protocol), audiences))


def _sum(one: Noise) -> dict[str, int]:
    return {"rings": one.rings, "messages": one.messages, "most_within_an_hour": one.hits}


def _value(value: Value) -> Any:
    match value:
        case timedelta():
            return short(value)
        case wall():
            return f"{value:%H:%M}"
        case _:
            return value


def schema() -> None:
    """Print the JSON Schema of a protocol file, for editors."""
    typer.echo(json.dumps(written_schema(), indent=2, ensure_ascii=False))
