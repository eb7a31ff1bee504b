"""Runbooks: which fit, what a step needs before it is ticked; causes looked for; the ticket; advice, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import advice, recipes, runbooks
from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import decide
from bot.domain.errors import BadInput, NotNow
from bot.domain.evolve import fold
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.promises.asking import due_fact, schedule
from bot.domain.promises.clocks import clocks
from bot.domain.protocol import Protocol
from bot.domain.react import react
from bot.domain.scribe import Audiences
from bot.store.files import protocols
from tests.domain.life import ANA, BEA, EVE, LEAD, MONDAY, ROSTER, declaration

FILE = """\
name: ours
extends: self-healing-pipeline
categories:
  ingestion: {title: Ingestion, severity: P1 to P2 § c.1}
  serving: {title: Serving, severity: P2 § c.2}
ticket: {pattern: DFG-INC-### § t, where: Jira}
checklists: {first: {title: First, opens: declared, items: {ticket: The ticket is linked, other: Another thing}}}
techniques:
  5-whys: {title: 5 Whys, prompts: ["Why did the data fail?", "And why was that?", "And why?"]}
  ishikawa: {title: Ishikawa, sides: true, prompts: [People, Process, Tools]}
backfills:
  dbt: {title: dbt, command: "dbt run --select {table} --vars '{from: {from}}'", check: "dbt test --select {tables}"}
runbooks:
  intake:
    title: Intake fails
    categories: [ingestion]
    alarms: [IngestionErrorRateHigh, 5XXErrorRate]
    symptoms: [Kafka lag]
    sections:
      look: {title: Look, phase: triaging, steps: {dlq: {text: Look at the queue, command: "aws sqs 'x'"}, logs: Logs}}
      act:
        title: Act
        steps:
          override: {text: Override the schema, approval: true § 3, clause: "3.1"}
  dashboards:
    title: Dashboards are down
    categories: [serving]
    symptoms: [missing columns, stale timestamps]
    sections: {look: {title: Look, steps: {a: Look}}}
troubleshooting:
  unknown: {title: "No cause yet?", when: [cause-unknown], advice: [Ask why], technique: 5-whys, clause: t.1}
  again: {title: "Again?", when: [recurrence, reopened], advice: ["Was it the cause?"], clause: t.2}
  fails: {title: "The fix fails?", when: [fix-fails], advice: ["Is it deployed?"]}
"""


@cache
def ours() -> Protocol:
    with TemporaryDirectory() as folder:
        (file := Path(folder) / "ours.yml").write_text(FILE)
        return protocols.load(str(file))


class Book:
    """An incident's record under `ours`, told step by step."""

    def __init__(self, **changes: Any) -> None:
        self.told: list[f.Entry] = []
        lead = f.RoleAssigned(role=LEAD, person=BEA)
        self.add([declaration("P2", protocol=ours(), **changes), lead], ANA, MONDAY)

    def add(self, facts: Sequence[f.Fact], by: str | None, now: datetime) -> list[f.Entry]:
        first = len(self.told) + 1
        new = [
            f.Entry(incident=12, seq=seq, at=now, recorded_at=now, by=by, via="slash", fact=fact)
            for seq, fact in enumerate(facts, start=first)
        ]
        self.told += new
        return new

    @property
    def now(self) -> Incident:
        return fold(self.told)

    def does(self, request: r.Request, by: str = ANA, minutes: float = 1) -> list[f.Fact]:
        at = MONDAY + timedelta(minutes=minutes)
        facts = decide(self.now, request, ours(), ROSTER, Caller(by, "slash"), at)
        self.add(facts, by, at)
        return facts

    def follows(self) -> list[Message]:
        return react(self.told[-1], self.now, ours(), Audiences("C0TEAM", "C0READ"))


def test_runbooks_fit_by_alarm_then_category_then_symptom_however_it_is_written() -> None:
    def best(**changes: Any) -> list[str]:
        return [one.name for one in runbooks.fitting(Book(**changes).now, ours())]

    for title in ("INGESTION_ERROR_RATE_HIGH fired", "ingestion error rate: high!", "alarm ‘IngestionErrorRateHigh’"):
        assert best(title=title) == ["intake"], title
    assert best(title="Orders are late", affected="kafka: lags") == ["intake"]
    assert best(title="5xx-error-rate and a missing column") == ["intake", "dashboards"]
    assert best(title="Flagged by a kafkaesque lagoon") == []
    assert best(title="Column x is missing") == ["dashboards"]
    assert best(title="Orders are late") == []


def test_the_main_category_counts_more_than_another() -> None:
    book = Book()
    book.does(r.SetCategories(("serving", "ingestion")))
    assert [one.name for one in runbooks.fitting(book.now, ours())] == ["dashboards", "intake"]
    book.does(r.SetCategories(("ingestion", "serving")))
    assert [one.name for one in runbooks.fitting(book.now, ours())] == ["intake", "dashboards"]


PLAIN = Book().now


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_at_all_can_be_compared(title: str, affected: str) -> None:
    incident = PLAIN.model_copy(update={"title": title, "affected": affected})
    assert all(book in ours().runbooks for book in runbooks.fitting(incident, ours()))


@pytest.mark.parametrize("text", ["intake", "Intake fails", "INTAKE FAILS!", "the", "dashboard", "", "weather"])
def test_a_runbook_is_named_by_its_name_its_title_or_some_of_its_words(text: str) -> None:
    found = {"intake": "intake", "Intake fails": "intake", "INTAKE FAILS!": "intake", "dashboard": "dashboards"}
    if text in found:
        assert runbooks.runbook_named(text, ours()).name == found[text]
    else:
        with pytest.raises(BadInput, match="intake, dashboards"):
            runbooks.runbook_named(text, ours())


def test_started_once_it_stands_in_one_place_that_every_tick_edits() -> None:
    book = Book()
    step = ours().runbooks[0].sections[0].steps[0]
    with pytest.raises(NotNow, match="/incident runbook start intake"):
        runbooks.allowed(book.now, step, "runbook/intake/look/dlq")
    book.does(r.StartRunbook("intake"))
    posts = [m for m in book.follows() if m.kind == "matter"]
    assert [m.fills for m in posts] == [f"matter-{book.told[-1].seq}"]
    assert decide(book.now, r.StartRunbook("Intake"), ours(), ROSTER, Caller(BEA, "slash"), MONDAY) == []
    runbooks.allowed(book.now, step, "runbook/intake/look/dlq")
    book.does(r.TickItem("runbook/intake/look", "dlq"))
    assert posts[0].fills in [m.fills for m in book.follows()]
    assert not [m for m in book.follows() if m.kind == "say"]
    look, act = runbooks.progress(ours().runbooks[0], book.now)
    assert (look.ticked, look.coming and look.coming.id, act.ticked, act.done) == (1, "logs", 0, False)


def test_a_step_that_needs_approval_is_ticked_once_its_plan_is_approved() -> None:
    place = "runbook/intake/act/override"
    book = Book()
    book.does(r.StartRunbook("intake"))
    override = ours().runbooks[0].sections[1].steps[0]

    def refused(sentence: str) -> None:
        with pytest.raises(NotNow, match=sentence):
            book.does(r.TickItem("runbook/intake/act", "override"))

    refused("Ask for it with Ask for approval")
    plan = r.Propose("Override the schema", "A step", "none", "take it back", step=place)
    book.does(plan)
    refused("Its plan waits")
    standing = [m for m in book.follows() if m.kind == "matter"]
    assert len(standing) == 2  # the plan, and the runbook that shows how it stands
    book.does(r.Reject("not on a Friday"), by=BEA)
    refused("change it in the channel")
    changed = book.now.proposals[-1].seq
    book.does(replace(plan, risk="small", step="", replaces=changed))
    assert book.now.proposals[-1].step == place, "a changed plan is the same step's"
    refused("Its plan waits")
    book.does(r.Approve(), by=BEA)
    runbooks.allowed(book.now, override, place)
    book.does(r.TickItem("runbook/intake/act", "override"))
    assert all(one.done for one in runbooks.progress(ours().runbooks[0], book.now)[1:])


def test_without_approval_only_with_a_reason_which_stands_on_the_record() -> None:
    place = "runbook/intake/act/override"
    book = Book()
    book.does(r.StartRunbook("intake"))
    book.does(r.Propose("Override", rollback="back", step=place))
    with pytest.raises(BadInput, match="needs a reason"):
        book.does(r.GoAhead(""))
    book.does(r.GoAhead("nobody answers"))
    book.does(r.TickItem("runbook/intake/act", "override"))
    assert runbooks.plan_of(book.now, place) == book.now.proposals[0]
    assert book.now.proposals[0].state == "went ahead"


# causes looked for


def test_of_a_chain_of_whys_the_last_is_the_theory_and_of_sides_each_is() -> None:
    book = Book()
    facts = book.does(r.Explore("5 whys", ((0, "Tests failed"), (1, " Nulls\nappeared "), (2, ""))))
    kinds = [fact for fact in facts if isinstance(fact, f.CauseExplored | f.CauseProposed)]
    assert kinds == [
        f.CauseExplored(
            technique="5-whys", answers="Why did the data fail?\tTests failed\nAnd why was that?\tNulls appeared"
        ),
        f.CauseProposed(text="Nulls appeared"),
    ]
    assert [m.kind for m in book.follows()] == ["matter"]
    book.does(r.Explore("fishbone", ((0, "Nobody knew"), (2, "nulls appeared"), (1, "No review"))))
    assert [(one.text, one.verdict) for one in book.now.theories] == [
        ("Nulls appeared", "proposed"),
        ("Nobody knew", "proposed"),
        ("No review", "proposed"),
    ]
    assert book.now.explored[-1].answers[0] == ("People", "Nobody knew")
    book.does(r.JudgeCause("confirmed", nth=1))
    assert book.now.cause == "Nulls appeared"


def test_every_protocol_knows_the_two_techniques_that_are_known_everywhere() -> None:
    bare = ours().model_copy(update={"techniques": ()})
    names = [runbooks.technique_named(text, bare).name for text in ("5whys", "Five Whys", "WHYS", "fishbone")]
    assert names == ["5-whys", "5-whys", "5-whys", "ishikawa"]
    with pytest.raises(BadInput, match="There are 5-whys, ishikawa"):
        runbooks.technique_named("dice", bare)


def test_nothing_answered_is_refused_under_the_first_question() -> None:
    with pytest.raises(BadInput) as refused:
        Book().does(r.Explore("5 whys", ((0, " "), (7, "beyond"))))
    assert refused.value.field == "answer/5-whys/0"


# the ticket


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("DFG-INC-204", "DFG-INC-204"),
        ("dfg-inc-204", "DFG-INC-204"),
        ("<https://jira.example.com/browse/DFG-INC-1204?filter=1|ours>", "DFG-INC-1204"),
        ("DFG-INC-2O4", None),
        ("DFG-204", None),
        ("DFG-INC-20", None),
        ("DFG-INC-204 and more", None),
        ("٢٠٤", None),
    ],
)
def test_a_ticket_is_known_by_the_trackers_pattern_in_any_case(text: str, key: str | None) -> None:
    assert runbooks.ticket_in(text, ours()) == key
    assert runbooks.ticket_in(text, ours().model_copy(update={"ticket": None})) is None


def test_a_ticket_of_another_shape_is_refused_in_one_sentence_and_the_same_again_changes_nothing() -> None:
    book = Book()
    with pytest.raises(BadInput, match="no ticket of ours; they look like DFG-INC-204"):
        book.does(r.LinkTicket("DFG-204"))
    book.does(r.LinkTicket("dfg-inc-204"))
    assert book.now.ticket == "DFG-INC-204"
    assert [(one.sheet, one.item) for one in book.now.ticks] == [("checklist/first", "ticket")], "it is proven"
    assert book.does(r.LinkTicket("DFG-INC-204")) == []


# recipes


def test_a_recipe_is_filled_with_what_is_known_and_with_nothing_that_a_shell_would_run() -> None:
    recipe = ours().backfills[0]
    book = Book(affected="$(rm -rf /), orders_mart, marts.fct_orders")
    book.add([f.DataStated(state="suspect", since=MONDAY - timedelta(hours=11))], ANA, MONDAY)
    filled = recipes.filled(recipe.command, book.now, "Europe/Amsterdam")
    assert filled == "dbt run --select orders_mart --vars '{from: 2026-11-15}'"
    assert recipes.filled(recipe.check, book.now, "UTC") == "dbt test --select orders_mart marts.fct_orders"
    assert recipes.filled("{to_time} {from_time} {x}", book.now, "UTC") == "{to_time} 2026-11-15T22:00Z {x}"
    assert recipes.blanks("{to} {to} {table}") == ("{to}", "{table}")
    unknown = book.now.model_copy(update={"affected": "", "data_since": None, "started_at": None})
    assert recipes.filled(recipe.command, unknown, "UTC") == recipe.command


def test_a_backfill_keeps_the_recipe_it_is_done_by() -> None:
    book = Book()
    book.does(r.PlanBackfill("orders", recipe="dbt"))
    assert book.now.backfills[0].recipe == "dbt"
    with pytest.raises(BadInput, match="It has dbt"):
        book.does(r.PlanBackfill("orders", recipe="magic"))


# advice


def shown(facts: Sequence[f.Fact]) -> list[tuple[str, str]]:
    return [(fact.advice, fact.why) for fact in facts if isinstance(fact, f.AdviceShown)]


def test_advice_is_shown_when_it_is_reopened_and_when_somebody_goes_back_once_each() -> None:
    book = Book()
    book.does(r.MovePhase("fixing"))
    assert shown(book.does(r.MovePhase("investigating"))) == [("fails", "fix-fails")]
    assert book.follows()[-1].kind == "say"
    book.does(r.MovePhase("fixing"))
    assert shown(book.does(r.MovePhase("investigating"))) == []
    book.does(r.Cancel("noise"))
    assert shown(book.does(r.Reopen("It was real."))) == [("again", "reopened")]
    book.does(r.Cancel("noise"))
    assert shown(book.does(r.Reopen("It was real."))) == []


def test_half_way_to_the_escalation_without_a_cause_advice_comes_by_the_clock() -> None:
    book = Book()
    escalates = next(c.due for c in clocks(book.now, ours()) if c.key == "escalate")
    assert escalates is not None
    half = MONDAY + (escalates - MONDAY) / 2
    rows = [(step.clock.key, step.step.at) for step in schedule(book.now, ours())]
    assert ("advice", half) in rows
    assert "advice" not in [clock.key for clock in clocks(book.now, ours())], "no promise, nothing on the scorecard"
    assert advice.unknown_at(book.now.model_copy(update={"stage": "monitoring"}), ours()) is None
    known = book.now.model_copy(update={"cause": "the sign"})
    assert advice.unknown_at(known, ours()) is None

    def ticks(minutes: float) -> list[f.Fact]:
        now, found = half + timedelta(minutes=minutes), []
        while fact := due_fact(book.now, ours(), ROSTER, now):
            book.add([fact], None, now)
            found.append(fact)
        return found

    assert shown(ticks(-1)) == []
    assert shown(ticks(1)) == [("unknown", "cause-unknown")]
    assert shown(ticks(30)) == []


def other(number: int, days: float, **changes: Any) -> Incident:
    then = MONDAY - timedelta(days=days)
    held = {"resolved_at": then, "stage": "resolved", "affected": "orders_mart", "channel": f"C{number}", **changes}
    return Book().now.model_copy(update={"id": number, **held})


def test_a_recurrence_names_the_latest_like_it_and_never_a_private_one() -> None:
    now = Book(affected="Orders_Mart").now

    def like(*others: Incident) -> list[int | None]:
        return [fact.like for fact in advice.recurs(now, others, ours(), MONDAY) if isinstance(fact, f.AdviceShown)]

    assert like(other(3, 20), other(5, 2), other(7, 31)) == [5]
    assert like(other(7, 31)) == []
    assert like(other(3, 2, affected="customers")) == []
    assert like(other(3, 2, affected="customers", categories=("serving",))) == []
    assert like(other(3, 2, private=True), other(4, 2, drill=True), other(6, 2, stage="active")) == []
    filed = now.model_copy(update={"categories": ("serving",), "affected": ""})
    same = advice.recurs(filed, [other(3, 2, affected="", categories=("ingestion", "serving"))], ours(), MONDAY)
    assert shown(same) == [("again", "recurrence")]
    assert advice.recurs(now.model_copy(update={"advised": ("recurrence",)}), [other(5, 2)], ours(), MONDAY) == []


# typical severity


def test_what_is_typical_is_asked_once_and_kept_on_demand() -> None:
    book = Book()
    book.does(r.SetCategories(("serving",)), by=EVE)
    assert book.does(r.KeepSeverity()) == [], "P2 is typical for it"
    book.does(r.SetCategories(("serving", "ingestion")))
    kept = book.does(r.KeepSeverity())
    assert f.SeverityConfirmed(severity="P2") in kept
    assert kept[-1] == f.TypicalKept(severity="P2", categories=("serving", "ingestion"))
    assert book.does(r.KeepSeverity()) == []
    book.does(r.SetCategories(("ingestion",)))
    assert book.does(r.KeepSeverity()) != [], "another category asks anew"


def test_where_the_incident_is_shows_where_its_runbook_stands() -> None:
    book = Book()
    book.does(r.StartRunbook("intake"))
    stands = f"matter-{book.told[-1].seq}"
    book.does(r.MovePhase("fixing"))
    assert stands in [m.fills for m in book.follows()]
    book.does(r.Cancel("noise"))
    assert stands in [m.fills for m in book.follows()]
    for step in ("dlq", "logs"):
        book.does(r.Reopen("It was real.")) if not book.now.running else None
        book.does(r.TickItem("runbook/intake/look", step))
    book.does(r.Propose("Override", rollback="back", step="runbook/intake/act/override"))
    book.does(r.GoAhead("nobody answers"))
    book.does(r.TickItem("runbook/intake/act", "override"))
    book.does(r.MovePhase("monitoring"))
    assert stands not in [m.fills for m in book.follows()], "once finished it is left alone"


def test_once_it_is_kept_it_is_not_asked_any_more() -> None:
    book = Book()
    book.does(r.Confirm())
    book.does(r.SetCategories(("ingestion",)))
    book.does(r.KeepSeverity())
    assert "next" in [m.kind for m in book.follows()]
