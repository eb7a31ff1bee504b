"""The team as configured: its protocol, who stands behind each name, where it reads. Read once at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain import choosing
from bot.domain.assets import Asset
from bot.domain.choosing import Choice
from bot.domain.duty.oncall import Roster, Rotation, roster_at
from bot.domain.duty.swaps import Change, in_force
from bot.domain.protocol import Protocol
from bot.domain.rules import Rule
from bot.domain.scribe import Audiences


def _asleep() -> None:
    """Nobody waits for messages: the command line records without delivering."""


@dataclass
class Team:
    """`directory` and `places` hold Slack ids only: names, groups and e-mail addresses were looked up at start, and
    are looked up again when the app refreshes them. `permissions` says per verb who may, in the configuration's words;
    `written` is the directory as it was written, and `behind` who stands behind each user group and address, as far as
    Slack has said: it changes while the bot runs. `workspace` is the id of ours, once Slack has said it. `wake` is
    called after every commit that leaves work outside. `protocols` are those that can be declared with, where there are
    several: all of them, `protocol` first; `rooms` are channels' names by id, as far as `protocols` need them.
    `rotations` always are as they stand: `changes` and `gone` are what `learn` was told last, `heard` how much there
    was of it then."""

    protocol: Protocol
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    directory: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assets: tuple[Asset, ...] = ()
    audiences: Audiences = field(default_factory=Audiences)
    workspace: str = ""
    permissions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    behind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wake: Callable[[], None] = _asleep
    protocols: tuple[Choice, ...] = ()
    rooms: dict[str, str] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    gone: frozenset[str] = frozenset()
    heard: int = -1

    def __post_init__(self) -> None:
        self.configured = dict(self.rotations)
        """The rotations as the file has them."""

    def reconfigure(self, rotations: Mapping[str, Rotation]) -> None:
        """These rotations are configured otherwise now."""
        self.configured |= rotations
        self.rotations = in_force(self.configured, self.changes, self.gone)

    def learn(self, heard: int, changes: Sequence[Change], gone: frozenset[str]) -> None:
        """Shifts as people changed them, and who of the rotations left. What was `heard` earlier changes nothing."""
        if heard >= self.heard:
            self.heard, self.changes, self.gone = heard, changes, gone
            self.rotations = in_force(self.configured, changes, gone)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be declared with, the usual one first; never empty."""
        return self.protocols or (Choice(self.protocol, announces=self.audiences.team),)

    def choice_in(self, channel: str | None) -> Choice:
        """What is meant in a channel where nobody says which."""
        return choosing.in_channel(self.choices, channel, self.rooms.get(channel or ""))

    def heard_of(self, channel: str | None, name: str | None) -> None:
        """Slack told the name of a channel; it is kept where `protocols` names it."""
        if channel and name and any(name in one.channels for one in self.protocols):
            self.rooms[channel] = name

    def audiences_of(self, protocol: Protocol) -> Audiences:
        """Who reads of the incidents of a protocol, outside their own channels."""
        found = choosing.of_name(self.protocols, protocol.name)
        return replace(self.audiences, team=found.announces) if found else self.audiences

    def roster(self, now: datetime) -> Roster:
        """Who is who at this moment; written into facts when somebody is asked."""
        found = roster_at(now, self.rotations, self.directory, self.places, self.assets)
        rules = {verb: Rule.made(names, self.written, self.behind) for verb, names in self.permissions.items()}
        return found.model_copy(update={"rules": rules}) if rules else found
