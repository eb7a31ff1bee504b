"""The keys `protocol` and `protocols` of `sitrep.yml`: which protocols there are to declare with, and for whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.domain.calendar import Calendar
from bot.domain.choosing import Choice
from bot.store.files.protocols import ProtocolError, builtin_names, load, locate
from bot.store.files.yaml_marks import Node, nearest

_KEYS = ("protocol", "announce_channel")
_PLACE = re.compile(r"#[^\s#A-Z.,:;!?\"'()/\\]{1,80}|[CG](?=[A-Z]*\d)[A-Z0-9]{2,20}")
"""What names a channel, by its name or id; anything else names a team. Source: Slack, conversations.create (names)."""

TEAM_MOST = 60
"""Letters of a team's name: it stands in a menu, beside others."""


class ProtocolUse(BaseModel):
    """One line of `protocols`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: str
    """The name of a built-in protocol, or a file, relative to the configuration file."""
    announce_channel: str | None = None
    """Name or id of the channel that is told of its incidents, where that is another than everybody's, or `none`."""


def located(node: Node, folder: Path) -> Node:
    """A protocol that is there, as it can be loaded from anywhere. Raises FileError."""
    if locate(node.text, folder) is None:
        known = nearest(node.text, builtin_names())
        raise node.error(f'{node.place} names no built-in protocol and no file: "{node.text}"{known}')
    return node if node.text in builtin_names() else node.holding(str(folder / node.text))


def uses(node: Node, folder: Path) -> Node:
    """`protocols`, each line in its long form. Raises FileError."""
    shape: dict[str, Node] = {}
    for key, value in node.mapping.items():
        team = not _PLACE.fullmatch(key)
        if team and (not key.strip() or key.startswith("#") or len(key) > TEAM_MOST):
            raise value.error(
                f'protocols: "{key[:40]}" is neither a channel such as "#data", in small letters, nor a team\'s name '
                f"of at most {TEAM_MOST} letters"
            )
        given = value.only(_KEYS).mapping if isinstance(value.value, dict) else {"protocol": value}
        if "protocol" not in given:
            raise value.error(f"{value.place}.protocol is missing; write the protocol's name or file")
        shape[key] = value.holding({**given, "protocol": located(given["protocol"], folder)})
    return node.holding(dict(shape))


def choices(
    default: str, written: Mapping[str, ProtocolUse], calendar: Calendar, announces: str | None
) -> tuple[Choice, ...]:
    """Every protocol there is to declare with, loaded, that of `protocol` first. `announces` is the channel that is
    told where a line of `protocols` says nothing else. Raises ProtocolError."""
    files = dict.fromkeys((default, *(use.protocol for use in written.values())))
    found = tuple(_choice(file, written, calendar, announces) for file in files)
    for number, one in enumerate(found):
        if one.name in [other.name for other in found[:number]]:
            file = list(files)[number]
            raise ProtocolError(file, None, f'another protocol here is called "{one.name}" too; names must differ')
    return found


def _choice(file: str, written: Mapping[str, ProtocolUse], calendar: Calendar, announces: str | None) -> Choice:
    mine = {key: use for key, use in written.items() if use.protocol == file}
    own = dict.fromkeys(use.announce_channel for use in mine.values() if use.announce_channel)
    if len(own) > 1:
        raise ProtocolError(file, None, f"it is announced in {' and in '.join(own)}; a protocol has one such channel")
    places = [key for key in mine if _PLACE.fullmatch(key)]
    channel = next(iter(own), announces)
    return Choice(
        load(file, calendar),
        channels=tuple(key.removeprefix("#") for key in places),
        teams=tuple(key for key in mine if key not in places),
        announces=None if channel == "none" else channel,
    )
