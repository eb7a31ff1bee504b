"""What the commands about protocols have in common: the protocol that is named, and one sentence when there is none."""

import os
from pathlib import Path

import typer

from bot.domain.protocol import Protocol
from bot.environment import SettingsError
from bot.settings import Settings
from bot.settings import load as load_settings
from bot.store.files.protocols import NoSuchProtocol, ProtocolError, load

FAILED, WRONG_USE = 1, 2
"""Exit codes."""


def loaded(name: str) -> Protocol:
    """The protocol of this name or file, with the calendar that is configured here; ends the command with a sentence
    where there is none or it is broken."""
    try:
        return load(name, configured().calendar)
    except NoSuchProtocol as error:
        raise refused(error, WRONG_USE) from error
    except ProtocolError as error:
        raise refused(error, FAILED) from error


def configured() -> Settings:
    """What is configured here; ends the command with a sentence where that is broken."""
    try:
        return load_settings(os.environ, Path.cwd())
    except SettingsError as error:
        raise refused(error, WRONG_USE) from error


def refused(error: Exception | str, code: int) -> typer.Exit:
    """How a command ends that cannot do what is asked."""
    typer.echo(str(error), err=True)
    return typer.Exit(code)
