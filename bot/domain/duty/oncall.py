"""Who is on call, and who stands behind the names a protocol uses for someone."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from bot.domain.assets import Asset
from bot.domain.duty.rotation import Handoff, Override, Rotation, Shift, Turn, parse_handoff, shifts
from bot.domain.rules import Rule

__all__ = [
    "ON_CALL",
    "PRIMARY",
    "SECONDARY",
    "Handoff",
    "Override",
    "Roster",
    "Rotation",
    "Shift",
    "Specialist",
    "Turn",
    "groups_at",
    "parse_handoff",
    "roster_at",
    "shifts",
]

ON_CALL = "on-call"
"""The name by which a protocol means whoever is primary on call."""

PRIMARY, SECONDARY = "primary", "secondary"
"""The rotations of whoever is asked first, and next. All others are of specialists."""


class Specialist(BaseModel):
    """Who is on call for something that only some know: of these categories, or assets that fit these patterns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rotation: str
    person: str
    covers: tuple[str, ...] = ()

    def knows(self, categories: Iterable[str], affected: Iterable[str]) -> bool:
        """Whether an incident of these categories, or that affects these things, is theirs."""
        named = {one.casefold() for one in self.covers}
        if any(category.casefold() in named for category in categories):
            return True
        patterns = [Asset(pattern=one) for one in self.covers]
        return any(pattern.is_of(one) for one in affected for pattern in patterns)


class Roster(BaseModel):
    """Who is who at one instant: user ids behind names, channel ids apart because a channel cannot answer an ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    primary: str | None = None
    secondary: str | None = None
    directory: dict[str, tuple[str, ...]] = {}
    channels: dict[str, tuple[str, ...]] = {}
    assets: tuple[Asset, ...] = ()
    specialists: tuple[Specialist, ...] = ()
    rules: dict[str, Rule] = {}
    """Who may say which verb, where the configuration leaves it to some."""

    def people(self, name: str) -> tuple[str, ...]:
        """The user ids behind a name; empty when nobody stands behind it. A rotation goes before the directory."""
        rotating = {
            **{one.rotation: one.person for one in self.specialists},
            ON_CALL: self.primary,
            PRIMARY: self.primary,
            SECONDARY: self.secondary,
        }.get(name)
        return (rotating,) if rotating else self.directory.get(name, ())

    def everyone(self, names: Iterable[str]) -> tuple[str, ...]:
        """The user ids behind several names, in their order, each once."""
        return tuple(dict.fromkeys(person for name in names for person in self.people(name)))

    def known(self) -> frozenset[str]:
        """Everybody on call or behind a name."""
        on_call = (p for p in (self.primary, self.secondary, *(one.person for one in self.specialists)) if p)
        return frozenset((*on_call, *(p for people in self.directory.values() for p in people)))

    def is_on_call(self, person: str) -> bool:
        """Whether this person is primary or secondary on call, or the directory's `on-call`."""
        return person in (self.primary, self.secondary) or person in self.people(ON_CALL)


def roster_at(
    at: datetime,
    rotations: Mapping[str, Rotation],
    directory: Mapping[str, tuple[str, ...]],
    channels: Mapping[str, tuple[str, ...]] | None = None,
    assets: tuple[Asset, ...] = (),
) -> Roster:
    """The roster of an instant. The caller has resolved groups and e-mail addresses in `directory` to user ids. Where
    everybody of the primary rotation left, the secondary is asked first."""
    on_call = {name: rotation.at(at) for name, rotation in rotations.items()}
    primary, secondary = on_call.pop(PRIMARY, None), on_call.pop(SECONDARY, None)
    if primary is None and PRIMARY in rotations and rotations[PRIMARY].gone:
        primary = secondary
    return Roster(
        primary=primary,
        secondary=secondary,
        directory=dict(directory),
        channels=dict(channels or {}),
        assets=assets,
        specialists=tuple(
            Specialist(rotation=name, person=person, covers=rotations[name].covers)
            for name, person in on_call.items()
            if person
        ),
    )


def groups_at(at: datetime, rotations: Mapping[str, Rotation]) -> dict[str, tuple[str, ...]]:
    """Who must be in each user group that rotations name. One for which nobody has it is left out: Slack takes no empty
    group, and whoever was in it last stays."""
    found: dict[str, dict[str, None]] = {}
    for rotation in rotations.values():
        person = rotation.at(at) if rotation.group else None
        if rotation.group and person:
            found.setdefault(rotation.group, {})[person] = None
    return {group: tuple(people) for group, people in found.items()}
