"""When a promise is mentioned before it is due, so that nobody is surprised."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.promises.clocks import Clock
from bot.domain.protocol import Protocol

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def lead_time(clock: Clock, protocol: Protocol) -> datetime | None:
    """When a promise is mentioned early, by direct message: 5 min before (or a quarter) for intervals to 2 h, 30 min
    to 8 h and above, the working morning before for a day or more; None where that is over. A postmortem is
    mentioned at half time, an action item in the morning of its day, and a range in the protocol says it itself.
    """
    if clock.due is None or clock.interval is None or clock.interval <= timedelta(0):
        return None
    if clock.reminds is not None and clock.start + clock.reminds < clock.due:
        return clock.start + clock.reminds
    if clock.key == "action":
        morning = protocol.calendar.beginning_of(protocol.calendar.local(clock.due - HOUR).date())
        return morning if morning > clock.start else None
    if clock.key == "postmortem":
        return _half_time(clock, clock.due, protocol)
    if clock.interval >= DAY:
        morning = protocol.calendar.morning_before(clock.due)
        return morning if morning > clock.start else None
    if clock.interval <= timedelta(hours=2):
        return clock.due - min(timedelta(minutes=5), clock.interval / 4)
    return clock.due - timedelta(minutes=30)


def _half_time(clock: Clock, due: datetime, protocol: Protocol) -> datetime:
    """Half way to the due time; where nobody works from then on until it is due, an hour before work last ends."""
    half, last = clock.start + (due - clock.start) / 2, protocol.calendar.closing_before(due) - HOUR
    return half if protocol.calendar.next_opening(half) < due or last <= clock.start else last
