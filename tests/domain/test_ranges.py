"""`15m to 30m`: the later one is the promise, the earlier one is when whoever leads is reminded. And protocols in which
one role responds and leads."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.calendar import Calendar
from bot.domain.promises.answering import communicator_of, lead_of
from bot.domain.proposals import approvers
from bot.store.files.protocols import ProtocolError, load
from tests.domain.life import (
    ANA,
    MONDAY,
    ZONE,
    acked,
    clock_of,
    confirmed,
    incident_of,
    moved,
    span,
    stated,
    updated,
    watch,
)

WALK = load("data-walkthrough", Calendar(timezone=ZONE)).model_copy(update={"troubleshooting": ()})
FORGE = load("dataforge", Calendar(timezone=ZONE))


def test_the_earlier_time_of_a_range_is_when_it_is_mentioned() -> None:
    lines = (
        acked("0:01"),
        confirmed("0:02"),
        moved("0:02", "investigating"),
        stated("0:03"),
        updated("0:04"),
        moved("0:40", "resolving"),
    )
    told = watch(*lines, until="0:41", severity="P0", protocol=WALK, phase="responding")
    assert told.about("phase") == ["0:17 early phase → Ana", "0:32 due phase, update → Ana"], "the early word alone"
    clock = clock_of(told.incident, WALK, "phase", 2)
    assert (clock.due, clock.standing(MONDAY + span("0:41"))) == (MONDAY + span("0:32"), "late")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("30m to 15m", "a range is written with the earlier time first"),
        ("15m to 15m", "a range is written with the earlier time first"),
        ("15m to none", "a range is written with the earlier time first"),
        ("soon to 15m", "soon"),
        ("15m to", "15m to"),
    ],
)
def test_a_range_that_is_none_is_refused(written: str, sentence: str, tmp_path: Path) -> None:
    text = f"name: ours\nextends: self-healing-pipeline\nphases:\n  fixing: {{within: {{P1: {written}}}}}\n"
    (tmp_path / "ours.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError, match=sentence) as refused:
        load("ours.yml", base=tmp_path)
    assert "ours.yml, line 4" in str(refused.value)


def test_a_range_may_be_inherited_and_replaced(tmp_path: Path) -> None:
    text = "name: ours\nextends: data-walkthrough\nphases:\n  investigating: {within: {P0: 10m § 2}}\n"
    (tmp_path / "ours.yml").write_text(text.replace("{P0: 10m § 2}", "10m § 2"), encoding="utf-8")
    looking = load("ours.yml", base=tmp_path).phase("investigating")
    assert (looking.within["P0"], looking.reminds) == (timedelta(minutes=10), {})


def test_whoever_answers_leads_where_one_role_does_both() -> None:
    before, after = (
        incident_of(severity="SEV1", protocol=FORGE),
        incident_of(acked("0:01"), severity="SEV1", protocol=FORGE),
    )
    assert (lead_of(before, FORGE), lead_of(after, FORGE), communicator_of(after, FORGE)) == (None, ANA, ANA)
    assert approvers(after, FORGE, besides=None) == (ANA,)
    assert approvers(after, FORGE, besides=ANA) == (), "nobody approves a plan of their own"
