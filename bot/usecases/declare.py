"""`declare`: the one use case that begins an incident. Saved first; the channel follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import declared
from bot.domain.message import CHANNEL, Message
from bot.store import facts, incidents, pinned
from bot.store.session import Session
from bot.usecases.record import Case, Done, record, remember, repeated, settle
from bot.usecases.team import Team

RESPONSE_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
"""Where Slack's response URLs point. A stored address is trusted no further than these and the API's own host."""

RESPONSE_SECONDS = 30 * 60 - 30
"""A response URL is good for 30 minutes; half a minute is left for the way.
Source: https://docs.slack.dev/interactivity/handling-user-interaction."""


@dataclass(frozen=True)
class ReplyTo:
    """Where somebody waits for an answer: the response URL of what they did, if there is one, got at `at` (transport
    time in Unix seconds)."""

    url: str | None = None
    at: float = 0.0

    def usable(self, now: float, api_host: str | None) -> bool:
        """Whether an answer may be sent there: young enough, and Slack's by its host and over https."""
        if self.url is None or now - self.at > RESPONSE_SECONDS:
            return False
        parts = urlsplit(self.url)
        ours = parts.hostname is not None and parts.hostname == api_host
        return ours or (parts.scheme == "https" and parts.hostname in RESPONSE_HOSTS)


def declare(
    session: Session,
    team: Team,
    request: r.Declare,
    caller: Caller,
    now: datetime,
    *,
    reply_to: ReplyTo | None = None,
    key: str | None = None,
) -> Done:
    """Begin an incident under the team's protocol. Raises BadInput when it cannot be declared as it stands."""
    before = repeated(session, key)
    if before is not None:
        return _as_before(session, *before)
    protocol = team.protocol
    pinned.pin(session, protocol)
    facts_of_it = declared(request, protocol, team.roster(now), caller, now)
    number = incidents.next_id(session)
    more = place_told(number, caller, reply_to or ReplyTo())
    done = record(session, team, Case(number, protocol, None), facts_of_it, caller, now, more=more)
    return remember(session, key, settle(session, team, done, now))


def place_told(number: int, caller: Caller, reply_to: ReplyTo) -> list[Message]:
    """The declarer heard "saved"; when the channel is there, they hear where it is."""
    if caller.person is None:
        return []
    args = {"person": caller.person, "url": reply_to.url, "at": reply_to.at}
    return [Message(kind="tell_declarer", lane=f"inc-{number}:told", seq=1, needs=(CHANNEL,), args=args, rank=1)]


def _as_before(session: Session, number: int, seqs: tuple[int, ...]) -> Done:
    incident = incidents.load(session, number)
    if incident is None:
        raise LookupError(f"INC-{number} was declared by this delivery but has no row")
    entries = tuple(e for e in facts.entries(session, number) if e.seq in seqs)
    return Done(incident, pinned.get(session, incident.protocol_digest), entries, repeated=True)
