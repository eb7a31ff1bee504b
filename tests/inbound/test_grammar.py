"""Every way of saying it: what is typed is understood, offered back or refused with a sentence, and never lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context
from bot.inbound.intents import Fill, Intent, Show, Unsure
from bot.inbound.understanding import Understood, understand
from bot.inbound.verbs import NAMED, VERBS
from bot.views.ids import Form
from tests.builders import default_protocol

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AMSTERDAM = "Europe/Amsterdam"


def context(*, inside: bool) -> Context:
    return Context(default_protocol(), NOW, AMSTERDAM, inside=inside)


def inside(text: str) -> Understood:
    return understand(text, context(inside=True))


def outside(text: str) -> Understood:
    return understand(text, context(inside=False))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Fill(Form.DECLARE)),
        ("declare", Fill(Form.DECLARE)),
        ("NEW p1", Fill(Form.DECLARE, severity="p1")),
        ("declare P1 orders mart is stale", r.Declare("orders mart is stale", "P1")),
        ("declare: orders mart is stale P1", r.Declare("orders mart is stale", "P1")),
        ("“declare” sev1 — orders stale", r.Declare("orders stale", "sev1")),
        ("declare:orders stale", r.Declare("orders stale", None)),
        ("P1 declare orders stale", r.Declare("orders stale", "P1")),
        ("p-2: orders stale", r.Declare("orders stale", "p-2")),
        ("declare P9 orders stale", r.Declare("orders stale", "P9")),
        ("declare high latency since INC-9", r.Declare("high latency since INC-9", None)),
        ("declare :fire: orders", r.Declare(":fire: orders", None)),
        ("open 数据延迟", r.Declare("数据延迟", None)),
        ("list", Show("list", "open")),
        ("list MINE", Show("list", "mine")),
        ("help update", Show("help", "update")),
        ("orders stale", Unsure()),
        ("decalre orders stale", Unsure("declare", "orders stale")),
        ("expected rows missing", Unsure()),
        ("due dates are wrong", Unsure()),
    ],
)
def test_outside_an_incident(typed: str, meant: Intent) -> None:
    assert outside(typed).intent == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Show("inside")),
        ("ack", r.Acknowledge()),
        ("Ack!", r.Acknowledge()),
        ("on it", r.Acknowledge(take=True)),
        ("I’m on it", r.Acknowledge(take=True)),
        ("mine.", r.Acknowledge(take=True)),
        ("confirm", r.Confirm()),
        ("confirm P2", r.ChangeSeverity("P2")),
        ("update", Fill(Form.UPDATE)),
        ("say P1 is contained", r.PostUpdate("P1 is contained")),
        ("update: loader restarted,\nbacklog shrinking", r.PostUpdate("loader restarted,\nbacklog shrinking")),
        ("update no change", r.PostUpdate("", no_change=True)),
        ("impact do not use today’s figures", r.StateImpact("do not use today’s figures")),
        ("severity P1 finance cannot close", r.ChangeSeverity("P1", "finance cannot close")),
        ("severity finance cannot close P1", r.ChangeSeverity("P1", "finance cannot close")),
        ("severity critical", r.ChangeSeverity("critical")),
        ("sev enormous", r.ChangeSeverity("enormous")),
        ("p1", r.ChangeSeverity("p1")),
        ("critical", r.ChangeSeverity("critical")),
        ("P1: more customers", Unsure("severity", "P1 more customers")),
        ("phase fixing", r.MovePhase("fixing")),
        ("move Fixing.", r.MovePhase("fixing")),
        ("monitoring", r.MovePhase("monitoring")),
        ("phase dancing", r.MovePhase("dancing")),
        ("note at 08:40 loader died", r.AddNote("loader died", datetime(2026, 11, 20, 7, 40, tzinfo=UTC))),
        ("note at 23:50 loader died", r.AddNote("loader died", datetime(2026, 11, 19, 22, 50, tzinfo=UTC))),
        ("note at 2pm, loader died", r.AddNote("loader died", datetime(2026, 11, 19, 13, 0, tzinfo=UTC))),
        ("note at 99:99 sharp", r.AddNote("at 99:99 sharp")),
        ("note at least 5 rows, same as INC-9", r.AddNote("at least 5 rows, same as INC-9")),
        ("snooze 30m lunch", r.SnoozeAsking(timedelta(minutes=30), "lunch")),
        ("snooze for 2 hours: vendor works", r.SnoozeAsking(timedelta(hours=2), "vendor works")),
        ("snooze lunch", Fill(Form.SNOOZE, text="lunch")),
        ("snooze", Fill(Form.SNOOZE)),
        ("resolved reverted the deploy", Fill(Form.RESOLVE, text="reverted the deploy")),
        ("done", Fill(Form.RESOLVE)),
        ("close", Fill(Form.CLOSE)),
        ("cancel false alarm: a test", r.Cancel("false alarm", "a test")),
        ("cancel it was a planned migration", r.Cancel("false alarm", "it was a planned migration")),
        ("cancel expected", r.Cancel("expected", "")),
        ("noise", r.Cancel("false alarm", "")),
        ("reopen it came back", r.Reopen("it came back")),
        ("reopen", Fill(Form.REOPEN)),
        ("timeline all", Show("timeline", "all")),
        ("eta", Show("brief")),
        ("catch me up", Show("brief")),
        ("why?", Show("promises")),
        ("noise on the line", Unsure()),
        ("status of orders looks bad", Unsure()),
    ],
)  # fmt: skip
def test_inside_an_incident(typed: str, meant: Intent) -> None:
    assert inside(typed).intent == meant


@pytest.mark.parametrize(
    "typed",
    ["INC-12 severity P1 why", "severity P1 INC-12 why", "P1 severity inc12: why", "severity #inc-12-orders P1 why"],
)
def test_severity_and_number_stand_in_any_order(typed: str) -> None:
    understood = outside(typed)
    assert (understood.intent, understood.incident) == (r.ChangeSeverity("P1", "why"), 12)


def test_a_number_at_the_end_counts_outside_only() -> None:
    assert outside("ack INC-3").incident == 3
    assert inside("note same as INC-3").incident is None


def test_a_bare_number_shows_what_can_be_done() -> None:
    assert (outside("inc-12").intent, outside("inc-12").incident) == (Show("inside"), 12)


@pytest.mark.parametrize("typed", ["severity", "phase", "cancel", "list nonsense", "ack @bea"])
def test_what_cannot_be_passed_on_is_refused_with_what_to_write(typed: str) -> None:
    with pytest.raises(BadInput, match=r"/incident"):
        inside(typed)


def test_words_a_verb_has_no_use_for_are_kept() -> None:
    assert inside("ack looking at the loader").left == "looking at the loader"
    assert inside("phase fixing with a backfill").left == "with a backfill"


PROSE = st.text(alphabet="zxqjwk", min_size=4, max_size=8)
"""Words that are no verb, severity, phase or number."""

WORDS = st.one_of(
    st.text(),
    PROSE,
    st.sampled_from([*NAMED, "P1", "INC-12", "at 02:40", "30m", "“", "—", ":", "\n", "\0", "false alarm", "fixing"]),
)


@given(st.lists(WORDS, max_size=6), st.booleans())
def test_nothing_anybody_types_is_lost(words: list[str], within: bool) -> None:
    """What was typed is in what will be done or in what is offered back; a refusal leaves all of it to be repeated."""
    try:
        understood = understand(" ".join(words), context(inside=within))
    except BadInput:
        return
    held = f"{vars(understood.intent)} {understood.left}"
    assert [word for word in words if re.fullmatch("[zxqjwk]{4,8}", word) and word not in held + understood.tail] == []
    if not isinstance(understood.intent, Unsure):
        assert [word for word in words if re.fullmatch("[zxqjwk]{4,8}", word) and word not in held] == []


def test_every_word_for_a_verb_is_only_one_verbs() -> None:
    words = [word for verb in VERBS for word in (verb.name, *verb.aliases)]
    assert len(words) == len(set(words))
