from datetime import UTC, datetime
from typing import get_args

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

LINES: list[tuple[Event, str]] = [
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
