"""An incident's life as a state machine: random people do random things, time jumps, Slack answers or refuses.

After every step the record is whole, the incident's row is what its facts tell, the clock table is what they imply,
nobody was asked the same thing twice, and every message that must be said has its place in the outbox.
"""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.errors import DomainError
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.promises.asking import schedule
from bot.domain.protocol import Protocol
from bot.domain.react import react
from bot.domain.scribe import Scribe
from bot.domain.undoing import withdrawals
from bot.store import outbox, pinned
from bot.store.session import Database
from bot.usecases.forget import forget
from tests.domain.life import ANA, BEA, CAR, DEE, DIR, EVE, MONDAY, SME, TEC, default, graded_otherwise
from tests.usecases.desk import OWNER, Desk

CLI = Caller(None, "cli")
PEOPLE = st.sampled_from([ANA, BEA, CAR, DEE, TEC, SME, DIR, EVE])
WORDS = st.sampled_from(["Looking.", "🔥", "订单数据过期了", "<!channel> & *bold*", "x" * 3000, " "])
THINGS = st.sampled_from(["orders_mart", "ORDERS_MART", "fx, fx_rates", " "])
GRADES = st.sampled_from(["P1", "P2", "P3", "P4"])
MINUTES = st.sampled_from([0, 1, 3, 5, 10, 15, 30, 60, 240, 1440, 4320])
REQUESTS = st.one_of(
    st.builds(r.Acknowledge, st.booleans()),
    st.just(r.Confirm()),
    st.builds(r.PostUpdate, WORDS, st.booleans(), WORDS, st.sampled_from([None, "suspect", "repaired"])),
    st.builds(r.StateImpact, WORDS, st.sampled_from([None, "late", "unaffected"])),
    st.builds(r.ChangeSeverity, st.sampled_from(["P1", "P2", "P3", "P4", "P5"]), WORDS),
    st.builds(r.MovePhase, st.sampled_from(["triaging", "fixing", "monitoring", "dancing"])),
    st.builds(r.AddNote, WORDS),
    st.builds(r.SnoozeAsking, st.timedeltas(timedelta(0), timedelta(hours=2)), WORDS),
    st.builds(r.Resolve, WORDS, st.sampled_from(["repaired", "lost", "late"]), WORDS),
    st.builds(r.Close, st.sampled_from([(), tuple(c.id for c in default().closure)]), WORDS),
    st.builds(r.Cancel, st.sampled_from(["noise", "expected", "boring"]), WORDS),
    st.builds(r.Reopen, WORDS),
    st.builds(r.SetCategories, st.sampled_from([("security",), ("infra", "data-quality"), ("weather",)])),
    st.builds(r.SetEnvironment, st.sampled_from(["production", "staging", "development", "moon"])),
    st.builds(r.Assess, st.sampled_from([{}, {"users": "severe"}, {"recovery": "easy"}]), sentence=WORDS),
    st.builds(r.Propose, WORDS, rollback=WORDS),
    st.builds(r.Approve),
    st.builds(r.Reject, WORDS),
    st.builds(r.GoAhead, WORDS),
    st.builds(r.Escalate, WORDS, st.sampled_from([None, "security"])),
    st.builds(r.AssignRole, st.one_of(st.none(), PEOPLE), st.sampled_from([None, "comms", "sme", "responder", "boss"])),
    st.builds(r.HandOff, PEOPLE),
    st.builds(r.Cover, PEOPLE, st.timedeltas(timedelta(0), timedelta(days=8))),
    st.builds(r.AddPeople, st.tuples(PEOPLE), st.just(("S0DATA",)), WORDS, st.tuples(PEOPLE, PEOPLE)),
    st.builds(r.Page, PEOPLE, WORDS),
    st.builds(r.HoldEscalation, st.timedeltas(timedelta(0), timedelta(hours=3)), WORDS),
    st.just(r.Follow()),
    st.builds(r.HearQuestion, st.just("C0TEAM"), st.just("3.3"), st.just("3.0"), PEOPLE, WORDS),
    st.builds(r.ProposeCause, WORDS),
    st.builds(r.JudgeCause, st.sampled_from(["confirmed", "rejected"]), nth=st.sampled_from([None, 1, 2]), why=WORDS),
    st.builds(r.Explore, st.sampled_from(["5 whys", "ishikawa", "dice"]), st.tuples(st.tuples(st.just(0), WORDS))),
    st.builds(r.StartRunbook, WORDS),
    st.just(r.KeepSeverity()),
    st.builds(r.AddAction, WORDS, st.sampled_from([None, TEC]), channel=st.just("C1"), ts=st.just("1.0")),
    st.builds(r.AddAction, WORDS, task=st.booleans()),
    st.builds(r.EndAction, done=st.booleans(), why=WORDS, channel=st.just("C1"), ts=st.just("1.0")),
    st.builds(r.LinkCall, st.sampled_from(["https://meet.example.com/a", "nowhere"])),
    st.builds(r.TickItem, st.just("closure"), st.sampled_from([default().closure[0].id, "?"]), st.booleans()),
    st.builds(r.AnswerFirst, st.tuples(st.tuples(st.sampled_from(["what", "who", "impact"]), WORDS))),
    st.builds(r.MarkMessage, st.just("C1"), st.sampled_from(["1.1", "2.2"]), PEOPLE, WORDS, st.just("pushpin")),
    st.builds(r.RetractMark, st.just("C1"), st.sampled_from(["1.1", "2.2"])),
    st.builds(r.NoteEdit, st.just("C1"), st.sampled_from(["1.1", "2.2"]), st.one_of(st.none(), WORDS)),
    st.just(r.Speak()),
    st.just(r.RetryChannel()),
    st.just(r.Undo()),
    st.builds(r.EditUpdate, WORDS),
    st.builds(r.Rename, WORDS),
    st.builds(r.ChangeAffected, st.tuples(THINGS), st.one_of(st.just(()), st.tuples(THINGS))),
    st.builds(r.StateData, st.sampled_from(["suspect", "repaired", "lost", "wet"]), why=WORDS),
    st.builds(r.Monitor, WORDS, st.sampled_from(["late", "backfilling"])),
    st.builds(r.PlanBackfill, WORDS),
    st.builds(r.EndBackfill),
    st.builds(r.SchedulePostmortem, st.sampled_from([None, MONDAY, MONDAY + timedelta(days=400)]), WORDS),
    st.builds(r.OwnPostmortem, PEOPLE),
    st.just(r.EndPostmortem()),
)


class Life(RuleBasedStateMachine):
    """One incident, from declaring to whatever comes of it."""

    desk: Desk

    def __init__(self, template: Path, path: Path) -> None:
        super().__init__()
        shutil.copy(template, path)
        self.desk = Desk(Database(f"sqlite:///{path}"))
        self.number = 0
        self.keys = itertools.count(1)

    @initialize(who=PEOPLE, severity=st.sampled_from(["P1", "P2", "P3", "P4"]), private=st.booleans(), since=MINUTES)
    def declare(self, who: str, severity: str, private: bool, since: int) -> None:
        detected = self.desk.now - timedelta(minutes=since)
        done = self.desk.declare(by=who, severity=severity, private=private, detected_at=detected, key="declared")
        self.number = done.incident.id
        again = self.desk.declare(by=who, severity=severity, key="declared")
        assert (again.repeated, again.incident.id) == (True, self.number)

    @rule(who=PEOPLE, request=REQUESTS, via=st.sampled_from(["slash", "form", "button", "message", "reaction"]))
    def somebody_asks(self, who: str, request: r.Request, via: f.Door) -> None:
        key = f"delivery-{next(self.keys)}"
        before = self.desk.entries(self.number)
        try:
            done = self.desk.act(self.number, request, who, via, key=key)
        except DomainError:
            assert self.desk.entries(self.number) == before
            return
        assert self.desk.entries(self.number) == [*before, *done.entries]
        again = self.desk.act(self.number, request, who, via, key=key)
        assert (again.repeated, again.entries) == (True, done.entries)

    @rule(who=PEOPLE, back=st.integers(1, 3))
    def somebody_says_not_me(self, who: str, back: int) -> None:
        asks = self.desk.row(self.number).asks
        if asks:
            self.somebody_asks(who, r.DeclineAsk(asks[-min(back, len(asks))].seq), "button")

    @rule(who=PEOPLE, accepts=st.booleans())
    def somebody_answers_a_request(self, who: str, accepts: bool) -> None:
        asked = self.desk.row(self.number).severity_requests
        if asked:
            answer = r.AcceptSeverity if accepts else r.DeclineSeverity
            self.somebody_asks(who, answer(asked[-1].seq), "button")

    @rule(who=PEOPLE, what=WORDS)
    def a_plan_is_changed(self, who: str, what: str) -> None:
        plans = self.desk.row(self.number).proposals
        if plans:
            self.somebody_asks(who, r.Propose(what, rollback="Back.", replaces=plans[-1].seq), "form")

    @rule()
    def whoever_did_the_last_thing_takes_it_back(self) -> None:
        did = [each.by for each in self.desk.entries(self.number) if each.by]
        self.somebody_asks(did[-1], r.Undo(), "button")

    @rule(back=st.integers(0, 9))
    def somebody_has_a_right_to_be_forgotten(self, back: int) -> None:
        told = self.desk.entries(self.number)
        seq = told[max(0, len(told) - 1 - back)].seq
        work = partial(forget, team=self.desk.team, incident_id=self.number, entries=(seq,), caller=CLI)
        try:
            done = self.desk.db.run_sync(partial(work, now=self.desk.now))
        except DomainError:
            assert self.desk.entries(self.number) == told
            return
        assert [e.fact.kind for e in done.entries] == ["texts_forgotten"]

    @rule(who=PEOPLE, grade=GRADES, minutes=st.sampled_from([5, 45, 600, None]), told=st.booleans())
    def the_protocol_is_edited_and_adopted(self, who: str, grade: str, minutes: int | None, told: bool) -> None:
        within = timedelta(minutes=minutes) if minutes else None
        edited = graded_otherwise(grade, update_every=within, escalate_after=within, impact_within=within)
        self.desk.team.protocol = edited
        if told:
            self.desk.act(self.number, r.OfferProtocol(), by=None, via="clock")
        self.somebody_asks(who, r.Adopt(), "button")

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.desk.now += timedelta(minutes=minutes)

    @rule()
    def the_clock_ticks(self) -> None:
        self.desk.tick(self.number)
        rows = self.desk.clock_table(self.number)
        assert [due for due in rows if due.fire_at <= self.desk.now] == []

    @rule()
    def slack_takes_everything(self) -> None:
        self.desk.deliver()

    @rule(limit=st.integers(1, 5))
    def slack_takes_a_few(self, limit: int) -> None:
        for row in self.desk.claim(limit):
            assert self.desk.arrive(row)

    @rule(limit=st.integers(1, 3))
    def slack_refuses_a_few(self, limit: int) -> None:
        for row in self.desk.claim(limit):
            assert self.desk.bounce(row, "restricted_action")

    @rule(limit=st.integers(1, 5))
    def slack_does_not_answer(self, limit: int) -> None:
        for row in self.desk.claim(limit):
            failed = partial(outbox.again, row_id=row.id, owner=OWNER, after_seconds=0, error="timeout", ambiguous=True)
            assert self.desk.db.run_sync(failed)

    @precondition(lambda self: self.number)
    @invariant()
    def the_record_is_whole_and_the_row_is_a_copy_of_it(self) -> None:
        self.desk.assert_whole(self.number)

    @precondition(lambda self: self.number)
    @invariant()
    def the_clock_table_is_what_the_facts_imply(self) -> None:
        incident = self.desk.row(self.number)
        coming = schedule(incident, self._protocol(incident))
        implied = {(n.clock.key, n.clock.occurrence, n.step.name, n.step.at, n.clock.due) for n in coming}
        table = self.desk.clock_table(self.number)
        assert {(d.key, d.occurrence, d.step, d.fire_at, d.due) for d in table} == implied
        assert len(table) == len(implied)

    @precondition(lambda self: self.number)
    @invariant()
    def nobody_was_asked_the_same_twice(self) -> None:
        asks = self.desk.row(self.number).asks
        steps = Counter((c.key, c.occurrence, a.step) for a in asks if a.step != "passed on" for c in a.covers)
        assert [step for step, times in steps.items() if times > 1] == []

    @precondition(lambda self: self.number)
    @invariant()
    def no_message_is_lost_and_none_is_said_twice(self) -> None:
        rows = [(row.state, Message.model_validate_json(row.body)) for row in self.desk.outbox(self.number)]
        said = Counter(_place(message) for _, message in rows if not message.standing)
        newest: dict[tuple[object, ...], int] = {}
        for _, message in rows:
            newest[_slot(message)] = max(message.seq, newest.get(_slot(message), 0))
        invited = {person for _, message in rows if message.kind == "invite" for person in message.args["people"]}
        for message in self._must_be_said():
            if message.kind == "invite":
                assert set(message.args["people"]) <= invited
            elif message.standing:
                assert newest.get(_slot(message), 0) >= message.seq, message
            else:
                assert said[_place(message)] == 1, message

    def _must_be_said(self) -> Iterator[Message]:
        incident: Incident | None = None
        told, audiences = self.desk.entries(self.number), self.desk.team.audiences
        for number, each in enumerate(told):
            if isinstance(each.fact, f.Undone):
                incident = fold(told[: number + 1])
                yield from withdrawals(Scribe(each, incident, self._protocol(incident), audiences), told[:number])
            else:
                incident = evolve(incident, each)
                yield from react(each, incident, self._protocol(incident), audiences)

    def _protocol(self, incident: Incident) -> Protocol:
        return self.desk.db.run_sync(lambda session: pinned.get(session, incident.protocol_digest))

    def teardown(self) -> None:
        """In the end Slack takes everything; what is left over was refused, or needs what was refused."""
        if self.number:
            self.desk.deliver()
            left = Counter(row.state for row in self.desk.outbox(self.number))
            assert set(left) <= {"sent", "refused", "parked"}, left
            assert left["refused"] or not left["parked"]
        self.desk.db.dispose()


def _place(message: Message) -> tuple[object, ...]:
    return message.kind, message.lane, message.seq, message.fills, str(sorted(message.args.items(), key=str))


def _slot(message: Message) -> tuple[object, ...]:
    return message.kind, message.lane, message.fills


@pytest.mark.timeout(400)  # it takes seconds; a failure takes Hypothesis minutes to bring down to a few lines
def test_any_life_of_an_incident(sqlite_template: Path, tmp_path: Path) -> None:
    names = itertools.count(1)

    class Begun(Life):
        def __init__(self) -> None:
            super().__init__(sqlite_template, tmp_path / f"{next(names)}.db")

    run_state_machine_as_test(
        Begun,
        settings=settings(
            max_examples=16, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
