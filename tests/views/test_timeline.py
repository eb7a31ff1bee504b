from datetime import UTC, date, datetime

import pytest
from hypothesis import given

from bot.domain import fact as f
from bot.views.timeline import SHOWN, document, line
from bot.views.timeline import private as timeline
from tests.builders import (
    ANA,
    BEA,
    CHANNEL,
    DIR,
    TEC,
    Event,
    asked,
    declaration,
    event,
    impact,
    minute,
    resolved,
    story,
    update,
)  # fmt: skip
from tests.views.reading import plainly, private, read
from tests.views.slack_rules import called, links, user_text

MARKED = f.MessageMarked(channel=CHANNEL, ts="1.0", author=BEA, text="I see it", marker="pushpin")
COVERED = (f.Covered(key="update", occurrence=1),)

QUESTION = f.QuestionHeard(channel="C0TEAM", ts="1.1", thread="1.0", author=TEC, text="Is yesterday right?")

LINES: list[tuple[Event, str]] = [
    (event(5, f.ItemTicked(sheet="checklist/gone", item="tables")), "07:48 CET Ana ticked: tables (checklist/gone)"),
    (
        event(5, f.ItemUnticked(sheet="checklist/gone", item="tables")),
        "07:48 CET Ana took the tick away from: tables (checklist/gone)",
    ),
    (event(5, f.FirstAnswered(question="gone", text="finance")), "07:48 CET Ana answered “gone”: finance"),
    (
        event(5, f.HandedOff(to=BEA, roles=("incident-manager",), responds=True)),
        "07:48 CET Ana handed over to Bea: Incident Manager and On-Call Responder",
    ),
    (event(5, f.HandedOff(to=BEA, asks=(3,))), "07:48 CET Ana handed over to Bea: what was asked"),
    (
        event(5, f.ShiftChanged(rotation="primary", goes=ANA, comes=BEA, unclaimed=True), None),
        "07:48 CET Sitrep wrote down that Bea is on call now, after Ana, and has not said so yet",
    ),
    (
        event(5, f.ShiftChanged(rotation="secondary", comes=BEA), None),
        "07:48 CET Sitrep wrote down that Bea is on call (secondary) now, after nobody",
    ),
    (
        event(5, f.TakenOver(rotation="primary", goes=ANA, comes=BEA, asks=(3,)), BEA),
        "07:48 CET Bea took over from Ana: what was asked",
    ),
    (
        event(5, f.TakenOver(rotation="primary", goes=ANA, comes=BEA, roles=("incident-manager",)), None),
        "07:48 CET Sitrep gave Bea what Ana had: Incident Manager",
    ),
    (
        event(
            5,
            f.TeamsTold(
                severity="P1",
                words=(
                    f.Word(who="team-lead", how="direct", people=(BEA,), clause="etl § 4.3.P1"),
                    f.Word(who="data-engineering", how="channel", channels=("C0TEAM",), clause="etl § 4.3.P1"),
                ),
                nobody=("product-owner",),
            ),
        ),
        (
            "07:48 CET Ana told team-lead: Bea by direct message (etl § 4.3.P1); data-engineering all at once, where "
            "they are (etl § 4.3.P1); found nobody behind product-owner"
        ),
    ),
    (
        event(5, f.TeamsTold(severity="P1", nobody=("product-owner",)), None),
        "07:48 CET Sitrep found nobody behind product-owner, so nobody was told there",
    ),
    (
        event(5, f.NobodyAnswered(people=(ANA, BEA)), None),
        "07:48 CET Sitrep found that nobody answers; called were Ana and Bea",
    ),
    (event(5, f.PostmortemOwned(person=BEA, before=ANA)), "07:48 CET Ana gave the postmortem to Bea"),
    (
        event(5, f.PostmortemScheduled(at=minute(60), where="Room 4", attendees=(ANA, BEA))),
        "07:48 CET Ana announced the meeting for the postmortem: 08:43 CET, Room 4; with Ana and Bea",
    ),
    (event(5, f.PostmortemDone()), "07:48 CET Ana said that the postmortem is done"),
    (
        event(5, f.CoverSet(person=ANA, stand_in=BEA, until=minute(60))),
        "07:48 CET Ana asked Bea to cover for them until 08:43 CET",
    ),
    (
        event(5, f.CoverSet(person=TEC, stand_in=BEA, until=minute(60))),
        "07:48 CET Ana asked Bea to cover for Tec until 08:43 CET",
    ),
    (event(5, f.PeopleAdded(people=(BEA, TEC), why="ledger")), "07:48 CET Ana brought in Bea and Tec: ledger"),
    (
        event(5, f.InviteRefused(people=(TEC,), errors=("cant_invite",), asker=ANA), None),
        "07:48 CET Sitrep was not let by Slack to bring in Tec",
    ),
    (
        event(9, f.TextsForgotten(texts=12, days=400), None),
        "07:52 CET Sitrep deleted what people had written (12 texts), 400 days after it was over",
    ),
    (
        event(5, f.TextsForgotten(entries=(3,), texts=1), None),
        "07:48 CET Sitrep deleted what people had written in entry 3 (1 text)",
    ),
    (
        event(5, f.TextsForgotten(entries=(3, 17), texts=2), None),
        "07:48 CET Sitrep deleted what people had written in entries 3, 17 (2 texts)",
    ),
    (event(5, f.Paged(person=TEC, why="Kafka")), "07:48 CET Ana paged Tec: Kafka"),
    (
        event(5, f.AdminOverrode(verb="close", rule=("incident-manager", "S0123ABCD"))),
        "07:48 CET Ana used an admin's right to close incidents, which is for incident-manager, S0123ABCD here",
    ),
    (
        event(5, f.ProtocolOffered(protocol="ours", digest="0f"), None),
        "07:48 CET Sitrep said that the protocol ours was changed and can be adopted",
    ),
    (
        event(5, f.ProtocolAdopted(old="0e", protocol="ours", offered="0f", digest="1f", changes=2)),
        "07:48 CET Ana adopted the protocol ours as it is now (2 differences)",
    ),
    (event(5, f.AdminLookedIn()), "07:48 CET Ana looked in with an admin's right"),
    (event(5, f.Left(person=TEC), None), "07:48 CET Tec left the channel"),
    (
        event(5, f.EscalationHeld(until=minute(40), why="rolling out")),
        "07:48 CET Ana held the escalation back until 08:23 CET: rolling out",
    ),
    (
        event(5, f.RolesAsked(roles=("communications-coordinator", "forgotten"))),
        "07:48 CET Sitrep asked who takes Communications Coordinator and forgotten",
    ),
    (event(5, f.Joined(person=TEC), None), "07:48 CET Tec came into the channel"),
    (event(5, f.Followed(), TEC), "07:48 CET Tec follows the turning points"),
    (event(5, f.Followed(follows=False), TEC), "07:48 CET Tec no longer follows the turning points"),
    (event(5, QUESTION, TEC), "07:48 CET Tec asked under the announcement: Is yesterday right?"),
    (event(5, f.QuestionAnswered(question=4, text="Yes.")), "07:48 CET Ana answered a question: Yes."),
    (
        event(5, f.FoundMuted(person=TEC, until=minute(60)), None),
        "07:48 CET Sitrep found the notifications of Tec paused until 08:43 CET",
    ),
    (
        event(5, f.Escalated(level=2, people=(TEC,), by_clock=False, clause="c", help="Kafka")),
        "07:48 CET Ana escalated to level 2: Tec; needed: Kafka · c",
    ),
    (
        event(5, f.RoleAssigned(role="incident-manager", person=BEA, chosen=True)),
        "07:48 CET Ana made Bea Incident Manager",
    ),
    (
        event(0, declaration()),
        "07:43 CET Ana declared P1: Orders mart is stale · affected: orders_mart, revenue dashboard",
    ),
    (event(1, f.RoleAssigned(role="incident-manager", person=BEA)), "07:44 CET Sitrep made Bea Incident Manager"),
    (
        event(1, f.RoleAssigned(role="on-call-responder", person=ANA)),
        "07:44 CET Ana took the role of On-Call Responder",
    ),
    (event(1, f.RoleAssigned(role="forgotten", person=BEA)), "07:44 CET Sitrep made Bea forgotten"),
    (event(1, f.OnCallNamed(primary=ANA, secondary=BEA)), "07:44 CET Sitrep found on call: Ana, then Bea"),
    (event(1, f.OnCallNamed(primary=None, secondary=BEA)), "07:44 CET Sitrep found on call: nobody first, then Bea"),
    (event(1, f.OnCallNamed(primary=None, secondary=None)), "07:44 CET Sitrep found nobody on call"),
    (event(1, f.ChannelOpened(channel=CHANNEL, name="inc-12"), None), "07:44 CET Sitrep opened #inc-12"),
    (
        event(1, f.ChannelRefused(error="restricted_action"), None),
        "07:44 CET Sitrep was refused the channel by Slack (restricted_action)",
    ),
    (event(1, f.ChannelRetried()), "07:44 CET Ana asked for the channel again"),
    (event(3, f.Acknowledged()), "07:46 CET Ana acknowledged it"),
    (event(3, f.Acknowledged(implied=True)), "07:46 CET Ana acknowledged it by acting on it"),
    (event(4, f.SeverityConfirmed(severity="P1")), "07:47 CET Ana confirmed P1"),
    (
        event(4, f.SeverityChanged(old="P1", new="P2", raised=False, why="one report")),
        "07:47 CET Ana lowered the severity from P1 to P2: one report",
    ),
    (event(4, f.SeverityChanged(old="P2", new="P1", raised=True)), "07:47 CET Ana raised the severity from P2 to P1"),
    (
        event(4, f.ImpactStated(sentence="Revenue is wrong.", data="suspect", eta=minute(60))),
        "07:47 CET Ana stated the impact: Revenue is wrong. · data: suspect · expected to be right 08:43 CET",
    ),
    (event(5, update("loader\nrestarted")), "07:48 CET Ana posted an update: loader restarted"),
    (event(5, f.UpdatePosted(no_change=True)), "07:48 CET Ana reported no change"),
    (
        event(5, f.PhaseMoved(old="detecting", new="fixing", stage="active")),
        "07:48 CET Ana moved it from detecting to fixing",
    ),
    (event(5, f.NoteAdded(text="kafka lag"), at=minute(2)), "07:45 CET Ana noted: kafka lag (noted 07:48 CET)"),
    (
        event(5, f.Snoozed(until=minute(35), why="asleep")),
        "07:48 CET Ana snoozed the reminders until 08:18 CET: asleep",
    ),
    (
        asked(30, "update", "impact"),
        "08:13 CET Sitrep asked Bea about update and impact, due 08:13 CET · self-healing-pipeline § updates.P1",
    ),
    (
        event(
            30,
            f.Asked(
                covers=COVERED, step="climb", how="climb", people=(), due=minute(20), clause="c", again_at=minute(40)
            ),
        ),
        "08:13 CET Sitrep found nobody else to ask about update, due 08:03 CET; tries again 08:23 CET · c",
    ),
    (event(31, f.Heard(), BEA), "08:14 CET Bea answered in the channel"),
    (event(31, f.AskDeclined(covers=COVERED), BEA), "08:14 CET Bea passed on the reminder about update"),
    (
        event(30, f.Escalated(level=2, people=(TEC,), by_clock=True, clause="c"), None),
        "08:13 CET Sitrep escalated to level 2: Tec · by the clock, c",
    ),
    (
        event(30, f.Escalated(level=2, people=(), by_clock=True, clause="c"), None),
        "08:13 CET Sitrep found nobody on level 2 to escalate to · by the clock, c",
    ),
    (
        event(1, f.ManagementCalled(people=(DIR,), channels=("C0BOSS",), clause="c"), None),
        "07:44 CET Sitrep began to tell management: Dir and its channel · c",
    ),
    (
        event(1, f.ManagementCalled(people=(), channels=(), clause="c"), None),
        "07:44 CET Sitrep found nobody to tell in management · c",
    ),
    (event(2, f.ManagementInformed(recipient=DIR), None), "07:45 CET Sitrep told management: Dir"),
    (event(2, f.ManagementInformed(recipient="C0BOSS"), None), "07:45 CET Sitrep told management"),
    (
        event(90, resolved(verified="dbt tests green", postmortem_owner=BEA)),
        (
            "09:13 CET Ana resolved it · fix: reverted, 06:10–08:20 backfilled · data: repaired"
            " · cause: a deploy flipped the sign in the loader · checked: dbt tests green · postmortem: Bea"
        ),
    ),
    (
        event(90, f.Resolved(fix="restarted", data="unaffected")),
        "09:13 CET Ana resolved it · fix: restarted · data: unaffected · cause: still unknown",
    ),
    (
        event(99, f.Closed(severity="P1", met=("a", "b"), unmet=("c",), reason="the rest follows")),
        "09:22 CET Ana closed it as P1 · 2 of 3 criteria hold · the rest follows",
    ),
    (
        event(9, f.Cancelled(outcome="expected", why="planned load")),
        "07:52 CET Ana cancelled it: expected · planned load",
    ),
    (event(99, f.Reopened(why="stale again")), "09:22 CET Ana reopened it: stale again"),
    (event(6, f.MarkRetracted(channel=CHANNEL, ts="1.0")), "07:49 CET Ana took a message off the timeline"),
    (
        event(6, f.MarkedMessageEdited(channel=CHANNEL, ts="1.0", text="I saw it"), BEA),
        "07:49 CET Bea edited a message on the timeline; it now says “I saw it”",
    ),
    (
        event(6, f.MarkedMessageEdited(channel=CHANNEL, ts="1.0", text="I saw it"), None),
        "07:49 CET Sitrep saw a message on the timeline edited; it now says “I saw it”",
    ),
    (
        event(6, f.MarkedMessageDeleted(channel=CHANNEL, ts="1.0"), BEA),
        "07:49 CET Bea deleted a message in Slack that is on the timeline",
    ),
    (
        event(6, f.DeliveryRefused(message="pin", error="no_permission"), None),
        "07:49 CET Sitrep was refused by Slack (no_permission) at the step that pins the card",
    ),
    (
        event(5, f.AffectedChanged(added="fx_rates", removed="orders_mart")),
        "07:48 CET Ana changed what is affected: fx_rates; not any more: orders_mart",
    ),
    (
        event(
            5, f.DataStated(state="suspect", since=minute(-93), until=minute(2), partitions="2026-11-20", why="twice")
        ),
        "07:48 CET Ana said the data is suspect; from 06:10 CET to 07:45 CET, 2026-11-20: twice",
    ),
    (
        event(5, f.DataStated(state="lost", accepted_by=DIR, eta=minute(60))),
        "07:48 CET Ana said the data is lost; accepted by Dir, expected right 08:43 CET",
    ),
    (
        event(5, f.BackfillPlanned(what="orders", since=minute(-93), until=minute(2), owner=TEC)),
        "07:48 CET Ana planned a backfill: orders, from 06:10 CET to 07:45 CET (Tec)",
    ),
    (
        event(5, f.BackfillEnded(backfill=7, done=False, why="too big")),
        "07:48 CET Ana dropped the backfill of 7: too big",
    ),
    (
        event(5, f.OwnersCalled(assets=("orders_*",), people=(TEC,)), None),
        "07:48 CET Sitrep told the owners of orders_*: Tec",
    ),
    (
        event(5, f.CategoriesSet(categories=("data-quality", "infrastructure"))),
        "07:48 CET Ana set what kind it is: data quality and infrastructure",
    ),
    (
        event(5, f.EnvironmentSet(old="production", new="staging")),
        "07:48 CET Ana placed it in staging, not production",
    ),
    (
        event(5, f.ImpactAssessed(levels={"users": "limited", "business": "severe"}, proposed="P1", note="month end")),
        "07:48 CET Ana judged the impact: business impact severe and user impact limited · points to P1 · month end",
    ),
    (event(5, f.SeverityRequested(severity="P1", why="it spreads")), "07:48 CET Ana asked for P1: it spreads"),
    (
        event(5, f.SeverityRequestDeclined(request=4, why="not now")),
        "07:48 CET Ana declined a severity that was asked for: not now",
    ),
    (
        event(
            5, f.ChangeProposed(what="restart it", why="it hangs", risk="late", rollback="none", environment="staging")
        ),
        "07:48 CET Ana proposed a change: restart it · why: it hangs · risk: late · rollback: none · in staging",
    ),
    (
        event(5, f.ChangeProposed(what="restart both", rollback="none", replaces=4)),
        "07:48 CET Ana changed the plan: restart both · rollback: none",
    ),
    (
        event(5, f.Escalated(level=0, people=(TEC,), by_clock=False, clause="c", help="the schema", team="devops")),
        "07:48 CET Ana called devops: Tec; needed: the schema · c",
    ),
    (event(5, f.ChangeApproved(proposal=4)), "07:48 CET Ana approved the change: a plan that was taken back"),
    (
        event(5, f.ChangeRejected(proposal=4, why="wait")),
        "07:48 CET Ana rejected the change: a plan that was taken back · wait",
    ),
    (
        event(5, f.ChangeWentAhead(proposal=4, why="disk full")),
        "07:48 CET Ana went ahead without approval: a plan that was taken back · disk full",
    ),
    (event(5, f.CauseProposed(text="the loader")), "07:48 CET Ana proposed a theory: the loader"),
    (
        event(5, f.CauseJudged(cause=7, verdict="confirmed", part="primary", why="reverted, right again")),
        "07:48 CET Ana confirmed the primary cause: theory 7 — reverted, right again",
    ),
    (
        event(5, f.CauseJudged(cause=7, verdict="rejected", why="still wrong")),
        "07:48 CET Ana ruled out: theory 7 — still wrong",
    ),
    (
        event(5, f.ActionAdded(text="test the sign", owner=TEC, due=date(2026, 11, 27))),
        "07:48 CET Ana added an action item: test the sign (Tec), due Fri 27 Nov",
    ),
    (event(5, f.ActionAdded(text="restart it", task=True)), "07:48 CET Ana added a task: restart it"),
    (event(5, f.ActionChanged(action=7, owner=TEC)), "07:48 CET Ana changed item 7: now Tec's"),
    (event(5, f.ActionEnded(action=7, done=True)), "07:48 CET Ana completed item 7"),
    (event(5, f.ActionEnded(action=7, done=False, why="not needed")), "07:48 CET Ana dropped item 7: not needed"),
    (
        event(5, f.CallLinked(url="https://meet.example.com/a")),
        "07:48 CET Ana linked a call: https://meet.example.com/a",
    ),
    (event(5, f.RunbookStarted(runbook="ingestion")), "07:48 CET Ana started the runbook ingestion"),
    (
        event(5, f.CauseExplored(technique="5-whys", answers="Why?\tTests failed\nAnd why?\tThere were nulls")),
        "07:48 CET Ana looked for the cause with 5 whys: Why? Tests failed → And why? There were nulls",
    ),
    (
        event(5, f.AdviceShown(advice="again", why="recurrence", like=9)),
        "07:48 CET Sitrep showed advice, because INC-9 was like this: again",
    ),
    (
        event(5, f.AdviceShown(advice="stuck", why="fix-fails")),
        "07:48 CET Sitrep showed advice, because it went back to an earlier phase: stuck",
    ),
    (event(5, f.TicketLinked(ticket="DFG-INC-204")), "07:48 CET Ana linked the ticket DFG-INC-204"),
    (
        event(5, f.TypicalKept(severity="P2", categories=("data-quality",))),
        "07:48 CET Ana kept P2, although another severity is typical for it",
    ),
    (event(6, f.Undone(seqs=(3,))), "07:49 CET Ana took back the role"),
    (
        event(6, f.UpdateEdited(update=2, text="loader up")),
        "07:49 CET Ana corrected the update of 07:43 CET: loader up",
    ),
    (
        event(6, f.TimesCorrected(started_at=minute(-90), detected_at=minute(-5))),
        "07:49 CET Ana corrected the times: started 06:13 CET, detected 07:38 CET",
    ),
    (event(6, f.JoinAsked()), "07:49 CET Ana asked to join it"),
    (event(6, f.Renamed(title="Orders are late")), "07:49 CET Ana renamed it: Orders are late"),
    (event(6, f.ChannelRenamed(name="inc-12-late"), None), "07:49 CET Sitrep renamed the channel to #inc-12-late"),
    (event(6, f.Linked(other=9, how="related")), "07:49 CET Ana linked it to INC-9"),
    (event(6, f.Linked(other=9, how="duplicate of")), "07:49 CET Ana found it to be a duplicate of INC-9"),
    (event(6, f.Linked(other=9, how="has duplicate")), "07:49 CET Ana merged INC-9 into it"),
    (event(6, f.Linked(other=9, how="split from")), "07:49 CET Ana split it from INC-9"),
    (event(6, f.Linked(other=9, how="split into")), "07:49 CET Ana split INC-9 off it"),
    (event(6, f.Unlinked(other=9)), "07:49 CET Ana ended the link to INC-9"),
]


def entry(one: Event) -> f.Entry:
    at = one.at or minute(one.minutes)
    return f.Entry(incident=12, seq=9, at=at, recorded_at=minute(one.minutes), by=one.by, via=one.via, fact=one.fact)


@pytest.mark.parametrize(
    ("one", "expected"), LINES, ids=lambda value: value.fact.kind if isinstance(value, Event) else ""
)
def test_every_fact_has_its_sentence(one: Event, expected: str) -> None:
    assert plainly(line(story(), entry(one))) == expected


def test_no_kind_of_fact_is_without_words() -> None:
    told = {type(one.fact) for one, _ in LINES} | {f.MessageMarked}
    assert told == set(f.KINDS.values())


def test_a_marked_message_is_its_writers_and_says_who_added_it() -> None:
    scene = story(event(5, MARKED, at=minute(2)))
    assert plainly(line(scene, scene.entries[-1])) == (
        "07:45 CET Bea wrote “I see it” · added by Ana with pushpin (noted 07:48 CET)"
    )
    anonymous = story(event(5, MARKED.model_copy(update={"author": None})))
    assert "someone wrote “I see it”" in plainly(line(anonymous, anonymous.entries[-1]))


def test_a_message_taken_off_the_timeline_stays_struck_out() -> None:
    scene = story(event(5, MARKED, at=minute(2)), event(6, f.MarkRetracted(channel=CHANNEL, ts="1.0")))
    assert "~Bea wrote “I see it” · added by Ana with pushpin~" in read(timeline(scene))
    assert "~~Bea wrote “I see it” · added by Ana with pushpin~~" in document(scene)


# ------------------------------------------------------------------------------------------- in private


def test_it_is_told_in_the_order_in_which_it_happened() -> None:
    scene = story(event(10, update("second")), event(20, f.NoteAdded(text="first"), at=minute(5)))
    text = read(timeline(scene))
    assert text.index("noted: first") < text.index("posted an update: second")


def test_the_latest_twenty_are_shown_and_the_rest_is_counted() -> None:
    scene = story(*(event(n, update(f"update {n}")) for n in range(1, 31)))
    text = read(timeline(scene))
    assert text.startswith("*Timeline of INC-12* · 34 entries\n")
    assert text.endswith("14 earlier entries: `/incident timeline all`")
    assert "update 30" in text
    assert text.count("posted an update") == SHOWN
    everything = read(timeline(scene, whole=True))
    assert "update 1\n" in everything
    assert "earlier" not in everything


def test_more_than_a_message_carries_keeps_the_latest_and_says_so() -> None:
    scene = story(*(event(n, update(f"update {n} " + "&" * 290)) for n in range(1, 101)))
    post = private(timeline(scene, whole=True))
    small = post["blocks"][-1]["elements"][0]["text"]
    assert "not fit in one message" in small
    assert "update 100 " in str(post["blocks"][-2])


# ------------------------------------------------------------------------------------------- as a document


def test_the_document_has_every_entry_by_day_with_time_zone_and_door() -> None:
    scene = story(event(3, f.Acknowledged()), event(60 * 24, update("x" * 5_000)), event(60 * 25, resolved()))
    text = document(scene)
    assert text.startswith("# INC-12 · P1 · Orders mart is stale\n\n- State: Resolved\n- Data: repaired\n")
    assert "\n## Friday 20 November 2026\n\n- 07:43 CET Ana declared P1" in text
    assert "\n## Saturday 21 November 2026\n" in text
    assert "- 07:46 CET Ana acknowledged it (command)\n" in text
    assert "x" * 5_000 in text
    assert text.count("\n- ") == len(scene.entries) + 6
    assert f"{len(scene.entries)} entries on the record of INC-12." in text


def test_the_document_follows_the_clock_into_winter() -> None:
    summer = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    scene = story(event(1, f.NoteAdded(text="before"), at=summer))
    assert "## Sunday 25 October 2026\n\n- 00:30 CEST Ana noted: before (noted 07:44 CET)" in document(scene)


def test_typed_markdown_and_html_are_only_letters_in_the_document() -> None:
    text = document(story(event(3, update("[x](http://a) *b* <img src=y> `c` ![d](e)"))))
    assert r"\[x\](http://a) \*b\* &lt;img src=y&gt; \`c\` !\[d\](e)" in text


@given(user_text)
def test_no_text_breaks_the_timeline_or_gets_out_of_it(text: str) -> None:
    marked = MARKED.model_copy(update={"text": text, "marker": text})
    told = [event(3, update(text)), event(4, impact(text)), event(5, marked), event(6, f.NoteAdded(text=text))]
    scene = story(*told, event(90, resolved(fix=text, cause=text)), event(95, f.Reopened(why=text)), title=text)
    private(timeline(scene))
    private(timeline(scene, whole=True))
    lines = document(scene).split("\n")
    assert sum(one.startswith("- ") for one in lines) == len(scene.entries) + 6
    assert not any("<" in one for one in lines)


def test_reading_the_timeline_calls_nobody() -> None:
    post = timeline(story(*(one for one, _ in LINES if not isinstance(one.fact, f.Declared | f.Reopened))))
    assert called(post) == set()
    assert links(post) == []
