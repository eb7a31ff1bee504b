"""Many messages of every kind, each struck by faults of its own, delivered by one courier at the same time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bot.domain.message import KINDS
from bot.domain.scribe import Audiences
from bot.outbound.pace import Pace
from bot.outbound.waits import Waits
from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from bot.store import incidents
from bot.store.session import Session
from bot.store.tables import outbox as rows
from tests.outbound.rigs import RIGS, Carriers, Cell, numbered
from tests.outbound.town import Town, founded, running

FAULTS: dict[str, str] = {
    "429": "429",
    "500": "500",
    "502": "502",
    "html": "502 with a web page",
    "503": "503",
    "garbage": "an answer that is none",
    "lost_request": "dropped before it happened",
    "lost_reply": "dropped after it happened",
    "500_after": "500 after it happened",
    "hang": "no answer at all",
    "error:fatal_error": "fatal_error",
    "error_after:fatal_error": "fatal_error after it happened",
    "error:internal_error": "internal_error",
    "error_after:internal_error": "internal_error after it happened",
    "delay": "slow",
}
"""Faults of the sandbox, and what the page calls them."""

ANY = ("missing_scope", "no_permission", "not_allowed_token_type", "invalid_arguments")
"""Refusals that any method may give."""

PLACE = ("channel_not_found", "not_in_channel", "is_archived")
THREAD = ("restricted_action_thread_locked", "cannot_reply_to_message", "thread_not_found")
NAME = ("invalid_name_specials", "invalid_name_maxlength", "invalid_name_punctuation", "restricted_action")
CODES: dict[str, tuple[str, ...]] = {
    "conversations.create": (*NAME, "no_channel", "cannot_create_channel", "user_is_restricted"),
    "conversations.rename": (*PLACE, *NAME, "not_authorized"),
    "conversations.invite": (
        *PLACE, "already_in_channel", "cant_invite_self", "cant_invite", "user_not_found", "no_user",
        "user_is_restricted", "ura_max_channels", "org_user_not_in_team", "invitee_cant_see_channel",
        "no_external_invite_permission", "method_not_supported_for_channel_type",
    ),
    "conversations.setTopic": (*PLACE, "too_long", "user_is_restricted"),
    "pins.add": (
        *PLACE, "already_pinned", "too_many_pins", "not_pinnable", "message_not_found", "restricted_action",
    ),
    "chat.getPermalink": ("channel_not_found", "message_not_found"),
    "bookmarks.add": (
        *PLACE, "too_many_bookmarks", "too_many_tabs", "invalid_link", "permission_denied", "access_denied",
    ),
    "chat.postMessage": (
        *PLACE, *THREAD, "no_text", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long",
        "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel", "metadata_too_large", "invalid_metadata_format",
        "invalid_metadata_schema", "metadata_must_be_sent_from_app", "message_limit_exceeded", "messages_tab_disabled",
        "team_not_found", "user_not_found", "user_disabled", "slack_connect_canvas_sharing_blocked",
    ),
    "chat.update": (
        *PLACE, "message_not_found", "cant_update_message", "edit_window_closed", "is_inactive", "msg_too_long",
        "block_mismatch", "no_text", "invalid_blocks", "external_channel_migrating", "streaming_state_conflict",
    ),
    "reactions.add": (
        *PLACE, "already_reacted", "too_many_emoji", "too_many_reactions", "invalid_name", "message_not_found",
        "thread_locked", "not_reactable", "bad_timestamp",
    ),
    "reactions.remove": (*PLACE, "no_reaction", "message_not_found", "bad_timestamp"),
    "dnd.info": ("user_not_found",),
    "usergroups.users.list": ("no_such_subteam",),
    "usergroups.users.update": (
        "no_such_subteam", "invalid_users", "no_users_provided", "failed_for_some_users", "permission_denied",
        "plan_upgrade_required", "paid_teams_only", "subteam_max_users_exceeded",
    ),
    "files.getUploadURLExternal": ("file_upload_size_restricted", "file_uploads_disabled", "storage_limit_reached"),
    "files.completeUploadExternal": (*PLACE, "posting_to_channel_denied", "channels_limit_exceeded"),
}  # fmt: skip
"""What each method may refuse. Source: its page, https://docs.slack.dev/reference/methods."""

WAITS = Waits(call=2.0, look_after=0.3, first_pause=0.05, longest_pause=0.3)
LAG = 0.1
"""Seconds until something shows in Slack's history here: the look must come later, as it does in life."""

REFUSED = "refused, told once"


@dataclass(frozen=True)
class Strike:
    """One fault for one cell. `method` None: whatever it asks next after the strike before. `after`: so many matching
    calls pass before."""

    method: str | None
    kind: str
    after: int = 0


@dataclass(frozen=True)
class Case:
    rig: str
    strikes: tuple[Strike, ...]

    @property
    def name(self) -> str:
        return f"{self.rig}: " + " then ".join(f"{s.method or 'next'}+{s.after} {s.kind}" for s in self.strikes)


def calls() -> list[Case]:
    """Every call of every kind, struck by nothing yet."""
    return [Case(rig.name, (Strike(method, ""),)) for rig in RIGS.values() for method in rig.calls]


def _with(case: Case, kind: str) -> Case:
    return replace(case, strikes=(replace(case.strikes[0], kind=kind),))


def singles() -> list[Case]:
    """Every call of every kind, struck by every fault at the first try."""
    return [_with(case, kind) for case in calls() for kind in FAULTS]


def once_each() -> list[Case]:
    """Every kind by every fault, in turn on each of its calls and ways of being sent."""
    ways = {
        kind: [Case(r.name, (Strike(m, ""),)) for r in RIGS.values() if r.kind == kind for m in r.calls]
        for kind in KINDS
    }
    turns = ((cases[n % len(cases)], fault) for cases in ways.values() for n, fault in enumerate(FAULTS))
    return [_with(case, fault) for case, fault in turns]


def refusals() -> list[Case]:
    """Every call of every kind, refused for good by every code that its method has."""
    return [_with(case, f"error:{code}") for case in calls() for code in _codes(case.strikes[0].method)]


def _codes(method: str | None) -> tuple[str, ...]:
    return (*CODES[method], *ANY) if method in CODES else ()


def pairs() -> list[Case]:
    """Every call of every kind, struck by every fault, and then by every other: at the next call about it, the one
    after, or the one after that, in turn (a second try looks first)."""
    quick = [
        fault for fault in FAULTS if fault != "hang"
    ]  # which costs its time, and tells no more than a lost request
    doubled = ((_with(case, first), second) for case in calls() for first in quick for second in quick)
    return [
        replace(case, strikes=(*case.strikes, Strike(None, second, n % 3))) for n, (case, second) in enumerate(doubled)
    ]


@dataclass(frozen=True)
class Outcome:
    """What came of a case: `count` effects, the row's state, and how many people were told that it was refused."""

    case: Case
    count: int
    state: str
    told: int

    @property
    def word(self) -> str:
        if self.state == "refused":
            return REFUSED if self.count == 0 and self.told == 1 else f"refused, there {self.count}, told {self.told}"
        words = {0: "not at all", 1: "once", 2: "twice"}
        return words.get(self.count, f"{self.count} times") + (f", told {self.told}" if self.told else "")


More = Callable[[Town, list[Cell]], Awaitable[None]]


async def played(url: str, cases: Sequence[Case], more: More | None = None, **sandbox: Any) -> list[Outcome]:
    """Deliver one message for each case, all at the same time. `more` may go on when all is quiet."""
    async with workspace(url, **sandbox) as town:
        cells = [numbered(RIGS[case.rig], n, town.slack) for n, case in enumerate(cases, start=1)]
        await town.db.run(lambda session: recorded(session, cells), door=False)
        _struck(town.slack, cells, cases)
        town.team.wake()
        await town.quiet(900.0)
        if more is not None:
            await more(town, cells)
        return await town.db.read(lambda session: _outcomes(session, town.slack, cells, cases))


@asynccontextmanager
async def workspace(
    url: str, pace: Pace | None = None, waits: Waits = WAITS, skew: float = 0.0, **sandbox: Any
) -> AsyncIterator[Town]:
    """A town that announces nothing, so that nothing goes out but what its cells hold, with its courier at work."""
    async with founded(url, waits, **sandbox) as town:
        town.team = replace(town.team, audiences=Audiences())
        town.pace = pace or town.pace
        town.courier = town.another()
        town.slack.unconfirmed.history_lag_seconds, town.slack.skew = LAG, skew
        async with running(town):
            yield town


def recorded(session: Session, cells: Sequence[Cell]) -> None:
    """Write the cells: their messages wait from now on."""
    for cell in cells:
        incidents.next_id(session)
        cell.record(session)
    ids = {row.lane: row.id for row in session.conn.execute(sa.select(rows.c.lane, rows.c.id))}
    for cell in cells:
        assert cell.message
        cell.row = ids[cell.message.lane]


NAMED = re.compile(r"inc-(\d+)-")
PLACES = ("usergroup", "channel", "channel_id", "name", "users", "user", "filename", "url")
NAMES = r"INC-(\d+)|<#C(\d+)[IO]>|\bS(\d+)G\b|\bReader (\d+)\b"
"""How somebody who is told of a refusal reads which it was."""


def _struck(slack: Sandbox, cells: Sequence[Cell], cases: Sequence[Case]) -> None:
    owners = {known: cell.number for cell in cells for known in cell.known}

    def owner(args: dict[str, Any]) -> int | None:
        """Whose call it is."""
        place = next((str(args[key]) for key in PLACES if key in args), "")
        if "file" in args:
            place = slack.ws.files[args["file"]].name
        named = NAMED.match(place)
        return owners.get(place) or (int(named[1]) if named else None)

    for cell, case in zip(cells, cases, strict=True):
        earlier: Fault | None = None
        for strike in case.strikes:
            match = _matching(cell.number, owner, earlier)
            seconds = 60.0 if strike.kind == "hang" else 0.05
            more: dict[str, Any] = {"match": match, "after": strike.after, "seconds": seconds}
            earlier = slack.faults.add(strike.method or "*", strike.kind, **more)


def _matching(
    number: int, owner: Callable[[dict[str, Any]], int | None], earlier: Fault | None
) -> Callable[[dict[str, Any]], bool]:
    return lambda args: (earlier is None or earlier.used > 0) and owner(args) == number


def carried(slack: Sandbox) -> Carriers:
    """The messages by the ids they carry."""
    carriers: Carriers = defaultdict(list)
    for message in (m for each in slack.ws.messages.values() for m in each if not m.deleted):
        carriers[str((message.metadata or {}).get("event_payload", {}).get("id"))].append(message)
    return carriers


def _outcomes(session: Session, slack: Sandbox, cells: Sequence[Cell], cases: Sequence[Case]) -> list[Outcome]:
    carriers = carried(slack)
    states = {row.id: row.state for row in session.conn.execute(sa.select(rows.c.id, rows.c.state))}
    sorry = [m.text for each in slack.ws.messages.values() for m in each if "Slack did not let me" in m.text]
    told = [int("".join(found)) for text in sorry for found in set(re.findall(NAMES, text))]
    return [
        Outcome(case, cell.rig.count(cell, carriers), states[cell.row], told.count(cell.number))
        for cell, case in zip(cells, cases, strict=True)
    ]
