"""What a check-up finds: a thing that is right, doubtful or wrong, and what to do. Others look, this judges."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.calendar import zone
from bot.domain.duty.oncall import ON_CALL, Roster, Rotation
from bot.domain.protocol import Level, Protocol, Role
from bot.domain.protocol.around import STAND_INS

State = Literal["right", "doubtful", "wrong"]

OPTIONAL_SCOPES = frozenset({"dnd:read"})
"""Scopes of the manifest without which everything promised still works."""

LATE, FAR_OFF = 5.0, 60.0
"""Seconds two clocks may differ: more than the first blurs who came first; more than the second breaks what is judged
by time (Slack's signatures, leases, and when an unclear post is looked for)."""

MUTE = "Slack alone cannot break Do Not Disturb"


@dataclass(frozen=True)
class Finding:
    """One line of a check-up. `about` is what was looked at; whatever is not right says in `remedy` what to do."""

    state: State
    about: str
    text: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.state != "right" and not self.remedy:
            raise ValueError(f"{self.about}: what is not right needs a remedy")


def right(about: str, text: str) -> Finding:
    return Finding("right", about, text)


def doubtful(about: str, text: str, remedy: str) -> Finding:
    return Finding("doubtful", about, text, remedy)


def wrong(about: str, text: str, remedy: str) -> Finding:
    return Finding("wrong", about, text, remedy)


def refused(about: str, sentence: str, otherwise: str, state: State = "wrong") -> Finding:
    """An error's sentence as a finding: what follows its last full stop, or its first semicolon, is what to do;
    `otherwise` where it says nothing about that."""
    told, stop, remedy = sentence.removesuffix(".").rpartition(". ")
    if not stop:
        told, _, remedy = sentence.removesuffix(".").partition("; ")
    return Finding(state, about, told, remedy or otherwise)


# ------------------------------------------------------------------------------------------------------- the connection


def missing_scopes(granted: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """The scopes that the manifest asks for and the token has not."""
    return tuple(sorted(set(wanted) - set(granted)))


def scopes(granted: frozenset[str], wanted: frozenset[str]) -> Iterator[Finding]:
    """Whether the token may do what the manifest asks for, and nothing else."""
    missing, extra = missing_scopes(granted, wanted), sorted(granted - wanted)
    again = "paste manifest.yml under App Manifest on the app's page, then Install App → Reinstall"
    if needed := [one for one in missing if one not in OPTIONAL_SCOPES]:
        yield wrong("scopes", f"the token lacks {listed(needed)}", again)
    if optional := [one for one in missing if one in OPTIONAL_SCOPES]:
        text = f"the token lacks {listed(optional)}, so nobody is told that somebody on call is in Do Not Disturb"
        yield doubtful("scopes", f"{text} ({MUTE})", again)
    if extra:
        text = f"the token has {listed(extra)}, which Sitrep never uses"
        yield doubtful("scopes", text, "take it away under OAuth & Permissions and reinstall; less is safer")
    if not missing and not extra:
        yield right("scopes", f"the token has the {len(wanted)} scopes of manifest.yml")


def clock(whose: str, seconds: float) -> Finding:
    """How far another clock is from ours; positive when it is ahead."""
    about, off = f"{whose} clock", abs(seconds)
    if off <= LATE:
        return right(about, f"within {LATE:.0f} s of this machine's")
    text = f"this machine's clock is {off:.0f} s {'behind' if seconds > 0 else 'ahead'}"
    remedy = "let this machine take its time from the network (NTP: timedatectl set-ntp true, or chrony)"
    if off <= FAR_OFF:
        return doubtful(about, text, remedy)
    return wrong(about, f"{text}: signatures, leases and promises are judged by it", remedy)


# --------------------------------------------------------------------------------------------------------------- people


def on_call(
    rotations: Mapping[str, Rotation], roster: Roster, names: Mapping[str, str], unfit: Container[str] = ()
) -> Iterator[Finding]:
    """Who is called when an incident is declared now; `unfit` are those who could not answer."""
    called = roster.people(ON_CALL)
    if useless := [names.get(one, one) for one in called if one in unfit]:
        text = f"{listed(useless)} is called now and cannot answer"
        yield wrong("on call", text, "put right what is said about them above, or name somebody else")
    elif called:
        yield right("on call", f"{listed(names.get(one, one) for one in called)} is called now")
    elif "primary" in rotations:
        text, remedy = _nobody(rotations["primary"], "called")
        yield wrong("on call", text, f"{remedy}, or fill on-call in the directory")
    else:
        text = "nobody is called when an incident is declared"
        yield wrong("on call", text, "name a rotation under oncall.primary, or fill on-call in the directory")
    if "secondary" not in rotations:
        return
    if roster.secondary is None:
        yield doubtful("on call", *_nobody(rotations["secondary"], "second in line"))
    elif roster.secondary in called:
        text = f"{names.get(roster.secondary, roster.secondary)} is primary and secondary, so nobody is second in line"
        yield doubtful("on call", text, "order the members of oncall.secondary so that they differ week by week")
    else:
        yield right("on call", f"{names.get(roster.secondary, roster.secondary)} is second in line")


def _nobody(rotation: Rotation, what: str) -> tuple[str, str]:
    """Why a rotation has nobody now, and what to do."""
    key = f"oncall.{rotation.name}"
    if rotation.turns is not None:
        return f"nobody is {what} now: no event of the calendar of {key} is on", "add one to the calendar file"
    if rotation.members and set(rotation.members) <= rotation.gone:
        return f"nobody is {what}: everybody in {key} has left", f"name whoever took over in {key}.members"
    text = f"nobody is {what} before {rotation.starts}, when the rotation begins"
    return text, f"let {key}.starts be a day that has come"


def muted(
    name: str, timezone: str, window: tuple[datetime, datetime], now: datetime, on_shift: Callable[[datetime], bool]
) -> Finding:
    """Whether somebody on call lets Slack disturb them, by their next (or present) Do Not Disturb."""
    begins, ends = window
    local = [f"{at.astimezone(zone(timezone)):%a %H:%M}" for at in window]
    remedy = f"{name}: let calls through, in Slack under Preferences → Notifications. {MUTE}"
    if begins <= now < ends:
        text = f"{name} is on call and in Do Not Disturb until {local[1]} ({timezone})"
        return wrong("Do Not Disturb", text, remedy)
    if now < begins and on_shift(begins):
        text = f"{name} is on call when their Do Not Disturb begins, {local[0]} to {local[1]} ({timezone})"
        return doubtful("Do Not Disturb", text, remedy)
    return right("Do Not Disturb", f"{name} can be called")


def cast(protocol: Protocol, roster: Roster) -> Iterator[Finding]:
    """Whether somebody stands behind the names by which the protocol means people."""
    found = [*_ladder(protocol, roster), *_management(protocol, roster), *_roles(protocol, roster)]
    found += [*_tellings(protocol, roster), *_teams(protocol, roster)]
    yield from found or [right("protocol's people", f"somebody stands behind every part of {protocol.name}")]


def _ladder(protocol: Protocol, roster: Roster) -> Iterator[Finding]:
    climbs = any(severity.escalate_after is not None for severity in protocol.severities)
    for level in protocol.ladder:
        if level.number == 1 or roster.everyone(level.names):
            continue
        text = f"nobody stands behind level {level.number} ({level.title}){_only_channels(level, roster)}"
        if level.number == 2 and climbs:
            yield wrong("protocol's people", f"{text}: escalating reaches nobody", _fill(level.names))
        else:
            yield doubtful("protocol's people", f"{text}: escalating ends below it", _fill(level.names))


def _only_channels(level: Level, roster: Roster) -> str:
    return " but a channel, which cannot answer" if any(map(roster.channels.get, level.names)) else ""


def _management(protocol: Protocol, roster: Roster) -> Iterator[Finding]:
    promised = [severity.name for severity in protocol.severities if severity.management_after is not None]
    reached = roster.everyone(protocol.management) or any(map(roster.channels.get, protocol.management))
    if promised and not reached:
        text = f"nobody stands behind management, who are to be told of {listed(promised)}"
        remedy = _fill(protocol.management) if protocol.management else "write management in the protocol"
        yield wrong("protocol's people", text, remedy)


def _roles(protocol: Protocol, roster: Roster) -> Iterator[Finding]:
    for role in protocol.roles:
        if role.responds or not role.required_for or roster.everyone(role.staffed_by):
            continue
        needed = listed(role.required_for)
        text = f"nobody stands behind {role.title} ({needed}), so it stays empty until somebody takes it"
        yield doubtful("protocol's people", text, _role_remedy(role))


def _tellings(protocol: Protocol, roster: Roster) -> Iterator[Finding]:
    """The names of `tell` behind which there is neither a person nor a channel."""
    wanted: dict[str, list[str]] = {}
    for severity in protocol.severities:
        for one in severity.tell:
            if one.who not in STAND_INS and not _anybody(one.who, roster):
                wanted.setdefault(one.who, []).append(severity.name)
    for who, severities in wanted.items():
        text = f"nobody stands behind {who}, who are to be told of {listed(severities)}"
        yield doubtful("protocol's people", text, _fill([who]))


def _teams(protocol: Protocol, roster: Roster) -> Iterator[Finding]:
    """The teams of categories behind which there is nobody."""
    teams = dict.fromkeys(one.team for one in protocol.categories if one.team and not _anybody(one.team, roster))
    if teams:
        text = f"nobody stands behind {listed(teams)}, who are called for the categories of {protocol.name}"
        remedy = f"fill {listed(teams)} in the directory of sitrep.yml"
        yield doubtful("protocol's people", text, remedy)


def _anybody(who: str, roster: Roster) -> bool:
    return bool(roster.people(who) or roster.channels.get(who))


def _role_remedy(role: Role) -> str:
    return _fill(role.staffed_by) if role.staffed_by else f"write staffed_by for {role.name} in the protocol"


def _fill(names: Iterable[str]) -> str:
    return f"fill {' or '.join(names)} in the directory of sitrep.yml"


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
