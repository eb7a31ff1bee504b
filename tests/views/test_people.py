"""What people read of who does what: the first questions, the roles, the card, and direct messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.protocol import Phase
from bot.views import next_steps, people, people_forms
from bot.views.answers import answer
from bot.views.card import card
from bot.views.people_direct import direct
from bot.views.reminder import climb
from bot.views.reminder import direct as reminded
from bot.views.scene import Scene
from tests.builders import (
    ANA,
    BEA,
    CAR,
    CHANNEL,
    DIR,
    TEC,
    Event,
    as_of,
    default_protocol,
    event,
    impact,
    minute,
    resolved,
    story,
)
from tests.views.slack_rules import accepted, buttons, called, shown

ACKNOWLEDGED = event(3, f.Acknowledged())
PAGED = event(5, f.Paged(person=TEC, why="Kafka & friends"))
TAKEN = [event(4, f.RoleAssigned(role=role, person=CAR)) for role in (
    "technical-coordinator", "communications-coordinator", "subject-matter-expert", "stakeholder-representative",
)]  # fmt: skip


def told(*events: Event, reader: str | None = None, what: str = "") -> str:
    scene = story(*events, reader=reader)
    return shown(accepted(direct(scene, scene.entries[-1], what)))


def test_the_first_questions_stand_until_they_are_answered() -> None:
    fresh = story(started_at=None)
    first = shown(accepted(next_steps.next_steps(fresh)))
    mine = {one.id: one.text for one in default_protocol().questions}
    assert [line for line in first.split("\n") if line.startswith("•")] == [
        "• *Who has it?* `/incident ack`",
        "• *Is it P1?* `/incident confirm`, or `/incident severity` and the right one",
        *(f"• *{mine[name]}*" for name in ("when", "who", "impact")),
    ], "what is affected was said when it was declared"
    assert "*Technical Coordinator* nobody yet · lead the technical work; work out the solution" in first
    roles = [label for label in buttons(next_steps.next_steps(fresh)) if label in ("Take it", "Assign")]
    assert roles == ["Take it", "Assign"] * 4
    over = story(event(9, resolved()))
    assert "•" not in shown(next_steps.next_steps(over))
    plain = default_protocol().model_copy(update={"questions": (), "checklists": (), "phases": bare()})
    asked = shown(next_steps.next_steps(replace(fresh, protocol=plain)))
    assert "• *What does it mean for those who use the data?* `/incident impact &lt;sentence&gt;`" in asked
    assert "• *Since when is the data wrong?* `/incident data suspect since 06:10`" in asked
    known = story(ACKNOWLEDGED, event(3, f.SeverityConfirmed(severity="P1")), event(4, impact()), *TAKEN)
    nothing = replace(known, protocol=plain)
    assert shown(next_steps.next_steps(nothing)) == "✓ Who, what, since when and every role: all known"
    assert not next_steps.anything_next(nothing)
    told = shown(next_steps.next_steps(replace(over, protocol=plain)))
    assert told == "✓ INC-12 is resolved, so nothing is left to find out here"


def bare() -> tuple[Phase, ...]:
    return tuple(phase.model_copy(update={"steps": ()}) for phase in default_protocol().phases)


def test_nobody_is_rung_by_the_first_questions() -> None:
    assert "<@" not in str(next_steps.next_steps(story()))


def test_the_roles_say_who_holds_them_and_what_can_be_done() -> None:
    drawn = accepted(people.roles(story(ACKNOWLEDGED)))
    lines = shown(drawn).split("\n")
    assert "*Incident Manager* Bea · P1 requires it" in lines
    assert "*On-Call Responder* Ana · P1 requires it" in lines
    assert buttons(drawn) == ["Take it", "Assign"] * 4, "for those nobody holds"
    assert buttons(people.roles(story(event(9, resolved()), event(20, f.Closed(severity="P1", met=()))))) == []


def test_the_card_tells_who_covers_who_cannot_hear_it_and_what_is_held_back() -> None:
    scene = story(
        ACKNOWLEDGED,
        event(4, f.CoverSet(person=ANA, stand_in=BEA, until=minute(60))),
        event(4, f.FoundMuted(person=CAR, until=minute(50))),
        event(5, f.EscalationHeld(until=minute(40), why="rolling out")),
        PAGED,
        now=6,
    )
    now = shown(accepted(card(scene)))
    assert "Bea covers for Ana until 08:43 CET" in now
    assert "Car has notifications paused until 08:33 CET" in now
    assert "Escalation held by Ana until 08:23 CET: rolling out" in now
    assert "Paged 07:48 CET, no answer yet: Tec" in now
    later = shown(card(replace(scene, now=minute(61))))
    assert "covers" not in later
    assert "paused" not in later


def test_a_role_comes_with_its_duties_and_how_it_stands() -> None:
    comms = f.RoleAssigned(role="communications-coordinator", person=CAR, chosen=True)
    text = told(event(4, impact()), event(5, comms), reader=CAR)
    assert text.startswith(
        f"You are *Communications Coordinator* of *P1 · Orders mart is stale* in <#{CHANNEL}>: Ana asks"
    )
    assert "• Keep stakeholders up to date" in text
    assert "*Impact* Revenue figures since 06:10 are not reliable." in text
    assert "*Due from you*" in text
    assert "the protocol names you" in told(event(5, comms.model_copy(update={"chosen": False})), reader=CAR)
    assert "It was yours" not in text
    assert "off your hands" in told(event(5, comms.model_copy(update={"before": BEA})), reader=BEA, what="relieved")


def test_of_a_private_incident_only_its_members_read_the_title() -> None:
    cover = event(5, f.CoverSet(person=ANA, stand_in=TEC, until=minute(60)))
    scene = story(cover, reader=TEC, private=True)
    assert "Orders" not in shown(direct(scene, scene.entries[-1], "cover"))


@pytest.mark.parametrize(
    ("fact", "by", "words"),
    [
        (
            f.HandedOff(to=BEA, roles=("incident-manager",), responds=True),
            ANA,
            "Incident Manager and On-Call Responder",
        ),
        (f.PeopleAdded(people=(CAR,), why="knows <the> ledger"), ANA, "brings you into"),
        (f.Paged(person=TEC, why="Kafka"), ANA, "needs you in"),
        (
            f.InviteRefused(people=(CAR,), errors=("cant_invite",), asker=ANA),
            None,
            "Nobody else was kept out.\n• Car: ",
        ),
        (f.InviteRefused(people=(CAR,), errors=("odd_error",), asker=ANA), None, "• Car: Slack said odd_error"),
    ],
)
def test_direct_messages_say_what_it_is_about(fact: f.Fact, by: str | None, words: str) -> None:
    assert words in told(event(5, fact, by), reader=CAR)


def test_whoever_paged_in_vain_is_offered_the_next() -> None:
    unanswered = f.Asked(
        covers=(f.Covered(key="page", occurrence=1),), step="call unanswered", how="direct", people=(ANA,),
        due=minute(15), clause="house rule",
    )  # fmt: skip
    scene = story(PAGED, event(15, unanswered, None, via="clock"))
    drawn = accepted(direct(scene, scene.entries[-1], "unanswered"))
    assert shown(drawn).startswith("Tec has not answered")
    assert buttons(drawn) == ["Page the next"]
    muted = story(PAGED, event(6, f.FoundMuted(person=TEC, until=minute(60)), None))
    assert "notifications paused until 08:43 CET" in shown(direct(muted, muted.entries[-1], "muted"))


def test_a_page_is_repeated_by_name_and_shrinks_when_it_is_answered() -> None:
    again = f.Asked(
        covers=(f.Covered(key="page", occurrence=1),), step="called again", how="climb", people=(TEC,),
        due=minute(15), clause="house rule",
    )  # fmt: skip
    scene = story(PAGED, event(8, again, None, via="clock"))
    ask = scene.incident.asks[-1]
    assert "<@U0TEC> Ana still needs you: Kafka &amp; friends" in accepted(climb(scene, ask))["text"]
    assert "still needs you" in shown(reminded(replace(scene, reader=TEC), ask))
    here = story(PAGED, event(8, again, None, via="clock"), event(9, f.Heard(), TEC, via="message"), reader=TEC)
    assert shown(reminded(here, here.incident.asks[-1])).startswith("✓ 07:52 CET")


def test_who_was_asked_reads_that_it_went_to_somebody_else() -> None:
    asked = f.Asked(
        covers=(f.Covered(key="update", occurrence=1),),
        step="due",
        how="due",
        people=(ANA,),
        due=minute(30),
        clause="c",
    )
    scene = story(ACKNOWLEDGED, event(30, asked, None, via="clock"))
    moved = f.HandedOff(to=BEA, responds=True, asks=(scene.entries[-1].seq,))
    scene = story(ACKNOWLEDGED, event(30, asked, None, via="clock"), event(31, moved), reader=ANA)
    assert "handed over to Bea" in shown(reminded(scene, scene.incident.asks[-1]))
    assert "due" in shown(reminded(replace(scene, reader=BEA), scene.incident.asks[-1]))


def test_forms_name_whom_they_ring_and_what_time_it_is_there() -> None:
    scene: Scene = replace(story(ACKNOWLEDGED), zones={TEC: "America/New_York", CAR: "Europe/Amsterdam"})
    form = people_forms.escalate(scene, (TEC, CAR), 2)
    assert "This asks Tec (01:46 there) and Car (07:46 there)." in str(form)
    assert "This asks Tec (01:46 there)." in str(people_forms.page(scene, TEC))
    assert "Nobody else stands on the ladder" in str(people_forms.page(scene, None))
    assert "Communications Coordinator" in str(people_forms.assign(scene, "communications-coordinator"))


def test_a_question_is_one_line_until_it_is_answered() -> None:
    heard = f.QuestionHeard(channel="C0TEAM", ts="1.1", thread="1.0", author=CAR, text="Is yesterday\nright?")
    open_one = story(event(5, heard, CAR))
    seq = open_one.entries[-1].seq
    drawn = accepted(people.question(open_one, seq))
    assert shown(drawn).startswith("❓ Car asks under the announcement: Is yesterday right?")
    assert buttons(drawn) == ["Answer"]
    done = story(event(5, heard, CAR), event(7, f.QuestionAnswered(question=seq, text="Yes."), BEA))
    assert shown(people.question(done, seq)).startswith("✓ 07:50 CET Bea answered Car")
    assert buttons(people.question(done, seq)) == []
    posted = shown(accepted(people.answer(done, done.entries[-1])))
    assert posted == "Car asked: Is yesterday right?\n*Bea, INC-12:* Yes."


@pytest.mark.parametrize(
    ("fact", "by", "words"),
    [
        (f.RoleAssigned(role="incident-manager", person=ANA, chosen=True), ANA, "You are Incident Manager of INC-12."),
        (f.RoleAssigned(role="incident-manager", person=BEA, chosen=True), ANA, "Bea is Incident Manager of INC-12"),
        (f.HandedOff(to=BEA, asks=(3,)), ANA, "Bea has what was asked of you in INC-12 now"),
        (f.CoverSet(person=ANA, stand_in=BEA, until=minute(125)), ANA, "Bea is asked in INC-12 whenever you would be"),
        (f.PeopleAdded(people=(CAR, TEC)), ANA, "Car and Tec are invited to INC-12"),
        (f.Paged(person=TEC, why=""), ANA, "Tec is asked now, and again after 3 and 6 min"),
        (f.Escalated(level=2, people=(TEC,), by_clock=False, clause="c"), ANA, "Level 2 is asked now: Tec."),
        (f.EscalationHeld(until=minute(40), why="x"), ANA, "Level 2 is not asked before 08:23 CET"),
        (f.Followed(), CAR, "You follow INC-12"),
        (f.Followed(follows=False), CAR, "You no longer follow INC-12."),
    ],
)  # fmt: skip
def test_the_caller_reads_what_was_done(fact: f.Fact, by: str, words: str) -> None:
    scene = story(event(5, fact, by), reader=by)
    assert words in shown(accepted(answer(scene, scene.entries[-1:])))


def test_whoever_may_grade_only_since_they_took_a_role_is_told() -> None:
    taken = f.RoleAssigned(role="stakeholder-representative", person=CAR, chosen=True)
    for more, person, new in (([], DIR, True), (TAKEN[:1], CAR, False), ([], BEA, False)):
        scene = story(*more, event(5, taken.model_copy(update={"person": person}), person), reader=person)
        drawn = shown(answer(scene, scene.entries[-1:]))
        assert ("You may change the severity now, too." in drawn) is new, (more, person)


def test_what_changed_nothing_says_so() -> None:
    scene = story(reader=ANA)
    assert shown(answer(scene, (), r.AssignRole(BEA))) == "That role is theirs already, so nothing changed."
    assert shown(answer(scene, (), r.AssignRole())) == "That role is yours already, so nothing changed."
    assert shown(answer(scene, (), r.AddPeople((), ("S1",)))) == "Everybody you named is in INC-12 already."


def test_a_page_mentions_whom_it_calls_and_a_handoff_names_who_is_told_directly() -> None:
    handed: tuple[f.Fact, set[str]] = (f.HandedOff(to=BEA, roles=("incident-manager",)), set())
    for fact, mentioned in (handed, (PAGED.fact, {TEC})):
        scene = story(event(5, fact))
        assert called(accepted(people.statement(as_of(scene, scene.entries[-1]), scene.entries[-1]))) == mentioned
