"""Which of several protocols an incident is declared with: the channel's, unless somebody chooses another or names a
severity that only another has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.errors import BadInput
from bot.domain.protocol import Protocol


@dataclass(frozen=True)
class Choice:
    """A protocol to declare with. `channels` are ids and names in which it is the one that is meant, `teams` those who
    choose it by their name, `announces` the channel that is told of its incidents; None: none is."""

    protocol: Protocol
    channels: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    announces: str | None = None

    @property
    def name(self) -> str:
        return self.protocol.name

    @property
    def title(self) -> str:
        """What it is called where people choose: by the teams that use it, else by its own title."""
        return " and ".join(self.teams) or self.protocol.title


def of_name(choices: Sequence[Choice], name: str | None) -> Choice | None:
    """The choice whose protocol has this name."""
    return next((one for one in choices if one.name == name), None)


def in_channel(choices: Sequence[Choice], *channel: str | None) -> Choice:
    """The choice of a channel, given by its id and, where it is known, its name; the first one anywhere else."""
    known = {one for one in channel if one}
    return next((one for one in choices if known.intersection(one.channels)), choices[0])


def meant(choices: Sequence[Choice], text: str) -> Choice | None:
    """The choice that somebody means by its protocol's name or title, or by a team's name."""
    wanted = _plain(text)
    named = ((one, (one.name, one.protocol.title, *one.teams)) for one in choices)
    return next((one for one, names in named if wanted and wanted in map(_plain, names)), None)


def for_severity(choices: Sequence[Choice], here: Choice, word: str | None) -> Choice:
    """The choice for a typed severity: `here`, unless only another one has a severity of that very name. Raises
    BadInput where several others have it and `here` has not."""
    if word is None or _has(here.protocol, word):
        return here
    others = [one for one in choices if one is not here and _has(one.protocol, word)]
    if not others and here.protocol.parse_severity(word) is None:
        others = [one for one in choices if one is not here and one.protocol.parse_severity(word) is not None]
    if len(others) > 1:
        titles = " and ".join(one.title for one in others)
        raise BadInput(
            f"{word} is a severity of {titles}, so I cannot tell which is meant. Type /incident declare and choose.",
            "severity",
        )
    return others[0] if others else here


def _has(protocol: Protocol, word: str) -> bool:
    return _plain(word) in (_plain(severity.name) for severity in protocol.severities)


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
