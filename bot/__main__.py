"""The command line: `sitrep …`, also `python -m bot …`. Exit 0 success, 1 a failed check, 2 wrong use."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__, cli_demo, cli_doctor, cli_forget, cli_oncall, cli_protocol, cli_record, logs, settings
from bot.app import Bot
from bot.environment import SettingsError
from bot.store.engines import StartError
from bot.store.files import protocols
from bot.store.session import NotSaved

cli = typer.Typer(
    name="sitrep",
    help="Sitrep runs a data team's incident protocol in Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.add_typer(cli_protocol.app, name="protocol")
cli.add_typer(cli_oncall.app, name="oncall")
cli.command("doctor")(cli_doctor.doctor)
cli_record.register(cli)
cli_forget.register()


def _settings() -> settings.Settings:
    try:
        return settings.load(os.environ, Path.cwd())
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _warn(found: settings.Settings) -> None:
    """What is set and will have no effect, a sentence a line. Raises ProtocolError when the protocol is broken."""
    known = (one.protocol for one in found.choices())
    for sentence in (*found.later, *settings.unused_names(found, *known)):
        typer.echo(sentence, err=True)


@cli.command()
def run() -> None:
    """Connect to Slack and run until stopped (Ctrl-C or SIGTERM)."""
    found = _settings()
    logs.configure(secrets=found.environment.secrets())
    try:
        _warn(found)
        asyncio.run(Bot(found).run())
    except (StartError, NotSaved, protocols.ProtocolError, SettingsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, SettingsError) else 1) from error


@cli.command()
def demo(
    story: Annotated[Path | None, typer.Argument(help="A story of your own; without one, a night with a P1.")] = None,
) -> None:
    """Run the real bot through an incident in a sandbox workspace and print what each person saw."""
    raise typer.Exit(cli_demo.demo(story))


@cli.command()
def sandbox(
    port: Annotated[int, typer.Option(help="The local port of the workspace; 0 takes any free one.")] = 0,
) -> None:
    """Serve a Slack workspace in a box with the bot connected, to try things by hand."""
    raise typer.Exit(cli_demo.sandbox(port))


@cli.command()
def version() -> None:
    """Say which Sitrep this is."""
    typer.echo(__version__)


def main() -> None:
    """Run the command line."""
    cli(prog_name="sitrep")


if __name__ == "__main__":
    main()
