"""`declare`: the one use case that begins an incident. Saved first; the channel follows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.domain import choosing
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.choosing import Choice
from bot.domain.decide import declared
from bot.domain.errors import BadInput
from bot.domain.message import CHANNEL, Message
from bot.store import incidents, pinned
from bot.store.session import Session
from bot.usecases import recurrence
from bot.usecases.permitted import permitted
from bot.usecases.record import Case, Done, as_before, record, remember, repeated, settle
from bot.usecases.team import Team

RESPONSE_URL = re.compile(r"https://hooks\.slack(-gov)?\.com/[!-~]{1,2000}")
"""What Slack's response URLs look like, whole: no other port, nobody's name before the host, no letters that only look
the same. Nothing behind the first slash can lead elsewhere."""

API_HOSTS = frozenset({"slack.com", "slack-gov.com"})
"""Where Slack's own API is. An API elsewhere is a workspace in a box, which is answered where it is."""

AHEAD_SECONDS = 300
"""How far the clock of the replica that got a response URL may be ahead of ours."""

RESPONSE_SECONDS = 30 * 60 - 30
"""A response URL is good for 30 minutes; half a minute is left for the way.
Source: https://docs.slack.dev/interactivity/handling-user-interaction."""


@dataclass(frozen=True)
class ReplyTo:
    """Where somebody waits for an answer: the response URL of what they did, if there is one, got at `at` (transport
    time in Unix seconds)."""

    url: str | None = None
    at: float = 0.0

    def usable(self, now: float, api_url: str) -> bool:
        """Whether an answer may be sent there: young enough, and Slack's. `api_url` is where we call Slack's API. It
        comes back to us from places that others write to, so nothing is taken for granted."""
        if not isinstance(self.url, str) or not -AHEAD_SECONDS <= now - self.at <= RESPONSE_SECONDS:
            return False
        api = urlsplit(api_url)
        boxed = api.hostname not in API_HOSTS and self.url.startswith(f"{api.scheme}://{api.netloc}/")
        return boxed or RESPONSE_URL.fullmatch(self.url) is not None


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
    """Begin an incident under the protocol that was chosen, else the channel's. Raises BadInput when it cannot be
    declared as it stands."""
    before = repeated(session, key)
    if before is not None:
        return as_before(session, *before)
    protocol = chosen(team, request).protocol
    pinned.pin(session, protocol)
    _, overrode = permitted(session, team, None, protocol, request, caller, team.roster(now))
    first, *rest = declared(request, protocol, team.roster(now), caller, now)
    facts_of_it = [first, *overrode, *rest]
    number = incidents.next_id(session)
    more = place_told(number, caller, reply_to or ReplyTo())
    done = record(session, team, Case(number, protocol, None), facts_of_it, caller, now, more=more)
    done = recurrence.noticed(session, team, settle(session, team, done, now), now)
    return remember(session, key, done)


def chosen(team: Team, request: r.Declare) -> Choice:
    """The protocol that a request is for. Raises BadInput for one there is not, and for a severity of several."""
    here = team.choice_in(request.origin)
    if request.protocol is None:
        return choosing.for_severity(team.choices, here, request.severity)
    found = choosing.of_name(team.choices, request.protocol)
    if found is None:
        raise BadInput(
            f"There is no protocol {request.protocol} any more. Choose one of those there are: /incident declare.",
            "protocol",
        )
    return found


def place_told(number: int, caller: Caller, reply_to: ReplyTo) -> list[Message]:
    """The declarer heard "saved"; when the channel is there, they hear where it is."""
    if caller.person is None:
        return []
    args = {"person": caller.person, "url": reply_to.url, "at": reply_to.at}
    return [Message(kind="tell_declarer", lane=f"inc-{number}:told", seq=1, needs=(CHANNEL,), args=args, rank=1)]
