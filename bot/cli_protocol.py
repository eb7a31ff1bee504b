"""`sitrep protocol …`: looking at protocols from the command line."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from bot import cli_bench
from bot.cli_loading import loaded
from bot.cli_protocol_lists import beginning, hours, lists, source, told
from bot.cli_simulate import simulate
from bot.domain.calendar import WEEKDAYS, Calendar
from bot.domain.duration import short
from bot.domain.protocol import PROMISE_KEYS, Phase, Protocol, Severity
from bot.store.files.protocols import builtin_names

_LABELS = {
    "acknowledge_within": "acknowledged within",
    "triage_within": "triaged within",
    "first_notice_within": "first announcement within",
    "impact_within": "impact known within",
    "update_every": "update every",
    "escalate_after": "escalated after",
    "management_after": "management told after",
    "resolve_within": "resolved within",
    "postmortem_within": "postmortem within",
    "hours": "hours",
    "announce": "announced in",
    "stakeholders": "stakeholders told",
    "snooze_up_to": "snoozed for at most",
}

app = typer.Typer(help="Look at protocols and check your own.", no_args_is_help=True)
app.command()(simulate)
cli_bench.register(app)


@app.command("list")
def list_protocols() -> None:
    """List the protocols that come with Sitrep."""
    for name in builtin_names():
        typer.echo(f"{name}  {loaded(name).title}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A built-in protocol's name or a file.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs: everything inherited is filled in.")] = False,
) -> None:
    """Show a protocol with everything inherited, and the clause of every value."""
    protocol = loaded(name)
    if as_json:
        typer.echo(json.dumps(_keyed(protocol), indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(protocol)))


def _keyed(protocol: Protocol) -> dict[str, Any]:
    """The protocol as JSON values, severities keyed by name: the contract of `protocol show --json`."""
    values: dict[str, Any] = protocol.model_dump(mode="json")
    del values["earlier"]  # what an incident ran on before is no matter of a file
    values["severities"] = {severity["name"]: severity for severity in values["severities"]}
    return values


def _lines(protocol: Protocol) -> Iterator[str]:
    yield f"{protocol.name}: {protocol.title}"
    for severity in protocol.severities:
        yield ""
        yield f"{severity.label}: {severity.description}" if severity.description else severity.label
        yield from (_line(protocol, severity, key) for key in _LABELS)
        yield from told(severity)
    yield ""
    yield from beginning(protocol)
    yield "Phases      " + " → ".join(_phase(phase) for phase in protocol.phases)
    yield "Roles       " + ", ".join(role.title + (" (leads)" if role.leads else "") for role in protocol.roles)
    yield from (f"Level {level.number}     {level.title} ({', '.join(level.names)})" for level in protocol.ladder)
    yield f"Management  {', '.join(protocol.management) or 'nobody'}"
    yield "Hours       " + _hours(protocol.calendar)
    yield from _kinds(protocol)
    yield f"Approval    by {' or '.join(role.title for role in protocol.approving_roles)}{source(protocol.approvals)}"
    yield from (f"Told        {one.occasion}: {', '.join(one.to)}{source(one)}" for one in protocol.messages)
    if protocol.validation:
        yield "To check after a repair"
        yield from (f"  - {check.text}{source(check)}" for check in protocol.validation)
    yield "To close"
    yield from (f"  - {criterion.text}{source(criterion)}" for criterion in protocol.closure)
    yield from lists(protocol)
    yield from hours(protocol)


def _phase(phase: Phase) -> str:
    times = [f"{name} {short(within)}" for name, within in phase.within.items() if within is not None]
    return f"{phase.title} ({', '.join(times)})" if times else phase.title


def _kinds(protocol: Protocol) -> Iterator[str]:
    """What kind of incident, where, and how bad: what each of them changes, with its clause."""
    for category in protocol.categories:
        lowest = f" to {category.down_to}" if category.down_to else ""
        usual = f", usually {category.severity}{lowest}{source(category, 'severity')}" if category.severity else ""
        team = f", calls {category.team} ({category.clause('team')})" if category.team else ""
        yield f"Category    {category.title}{usual}{team}"
    for place in protocol.environments:
        first = protocol.of_rank(1).name
        counted = protocol.counted_as(first, place.name)
        softer = f": {first} counts as {counted} ({place.clause('lowers_by')})" if counted != first else ""
        yield f"Environment {place.title}{softer}"
    for side in protocol.impact:
        levels = ", ".join(f"{level.name} → {level.severity or 'nothing'}" for level in side.levels)
        yield f"Impact      {side.title}: {levels}{source(side)}"


def _line(protocol: Protocol, severity: Severity, key: str) -> str:
    value = getattr(severity, key)
    if key in PROMISE_KEYS or key == "snooze_up_to":
        value = short(value)
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    source = "*house*" if key in severity.house else protocol.clause(severity.name, key)
    return f"  {_LABELS[key]:<27}{value:<10}{source}"


def _hours(calendar: Calendar) -> str:
    days = ", ".join(WEEKDAYS[day] for day in calendar.days)
    return f"{days} {calendar.opens:%H:%M} to {calendar.closes:%H:%M}, {calendar.timezone}"
