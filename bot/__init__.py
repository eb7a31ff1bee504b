"""Sitrep: a Slack bot that runs a team's written incident protocol against the clock."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("sitrep")
except PackageNotFoundError:  # `python -m bot` in a checkout that was never installed
    __version__ = "0+checkout"
