"""Assets: the tables, dashboards and the like that a team knows, who owns them and who reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field

_BETWEEN = re.compile(r"[,;\n]")


class Asset(BaseModel):
    """One entry of `assets:`. `pattern` may hold `*`; ids are those of Slack, looked up already. `tier` 1 matters
    most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str = Field(min_length=1)
    owners: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    """Channels and people who read it."""
    tier: int | None = Field(default=None, ge=1)

    def is_of(self, thing: str) -> bool:
        """Whether a thing's name fits the pattern, whatever the case."""
        return fnmatchcase(thing.casefold(), self.pattern.casefold())


def things(text: str) -> tuple[str, ...]:
    """The things a text lists, separated by commas, semicolons or lines, each once as it was first written."""
    named: dict[str, str] = {}
    for one in (" ".join(part.split()) for part in _BETWEEN.split(text)):
        if one:
            named.setdefault(one.casefold(), one)
    return tuple(named.values())


def known(named: Iterable[str], assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """The assets that fit any of these things, in their order, the first that fits each thing (more exact patterns
    stand first)."""
    listed = tuple(assets)
    first = (next((asset for asset in listed if asset.is_of(one)), None) for one in named)
    return tuple(dict.fromkeys(asset for asset in first if asset is not None))
