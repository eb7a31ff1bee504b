"""How incidents went, in numbers."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import fact as f
from bot.domain.measures import measured
from tests.builders import default_protocol, event, minute, resolved, story


def test_medians_and_promises_without_what_was_none() -> None:
    protocol = default_protocol()
    quick = story(event(4, f.Acknowledged()), event(30, resolved())).incident
    slow = story(event(20, f.Acknowledged()), event(90, resolved())).incident
    unheard = story().incident
    none = story(event(5, f.Cancelled(outcome="false alarm"))).incident
    found = measured([(one, protocol) for one in (quick, slow, unheard, none)], minute(100))
    assert (found.count, dict(found.severities)) == (3, {"P1": 3})
    after = [one.acknowledged_at - one.detected_at for one in (quick, slow) if one.acknowledged_at]
    assert found.acknowledged_after == sum(after, timedelta(0)) / 2
    assert 0 < found.kept < found.judged


def test_nothing_is_measured_of_nothing() -> None:
    found = measured([], minute(0))
    assert (found.count, found.acknowledged_after, found.resolved_after, found.judged) == (0, None, None, 0)
