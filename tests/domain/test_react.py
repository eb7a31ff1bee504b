"""What must be said outside because of a fact, and what must not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.decide import declared
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.message import KINDS, Message, gathered
from bot.domain.protocol import Protocol
from bot.domain.react import react
from bot.domain.scribe import Audiences
from tests.domain.life import (
    ANA,
    BEA,
    DEE,
    DIR,
    EVE,
    MONDAY,
    ROSTER,
    SME,
    TEC,
    Line,
    acked,
    cancelled,
    closed,
    confirmed,
    default,
    did,
    entry,
    graded,
    incident_of,
    leads,
    moved,
    reopened,
    resolved,
    snoozed,
    span,
    speaks,
    stated,
    told,
    updated,
    watch,
)
from tests.domain.test_fact import LINES
from tests.domain.test_incident import RESOLVED_FIRST, released

OUTSIDE = Audiences(team="C0TEAM", stakeholders="C0BIZ")
STAFF = (leads("0:00"), speaks("0:00"))
OPENED = did("0:00", f.ChannelOpened(channel="C0INC12", name="inc-12"), None, "courier")


def reactions(entries: Iterable[f.Entry]) -> list[tuple[f.Entry, list[Message]]]:
    """What each fact of a story led to."""
    heard, incident = [], None
    for each in entries:
        incident = evolve(incident, each)
        heard.append((each, react(each, incident, default(), OUTSIDE)))
    return heard


def opening(severity: str = "P1", *, private: bool = False) -> list[f.Entry]:
    """The first entries of an incident that Eve declared."""
    facts = declared(r.Declare("Stale", severity, private=private), default(), ROSTER, Caller(EVE, "form"), MONDAY)
    entries: list[f.Entry] = []
    incident: Incident | None = None
    for fact in facts:
        entries.append(entry(incident, fact, MONDAY, EVE))
        incident = evolve(incident, entries[-1])
    return entries


def after(*lines: Line, severity: str = "P1", private: bool = False) -> list[tuple[f.Entry, list[Message]]]:
    """What each fact of a story led to that begins with a declaration; the clock stands still."""
    entries = opening(severity, private=private)
    incident = fold(entries)
    for line in lines:
        each = entry(incident, line.say(incident, default()), MONDAY + span(line.after), line.by, line.via)
        entries.append(each)
        incident = evolve(incident, each)
    return reactions(entries)


def messages(*lines: Line, severity: str = "P1", private: bool = False) -> list[list[Message]]:
    return [said for _, said in after(*lines, severity=severity, private=private)]


def lived(*lines: Line, until: str = "30:00", severity: str = "P1", private: bool = False) -> list[list[Message]]:
    """What a story led to while the clock ran."""
    seen = watch(OPENED, *lines, until=until, severity=severity, private=private)
    return [said for _, said in reactions(seen.entries)]


def last(*lines: Line, severity: str = "P1", private: bool = False) -> list[Message]:
    """What the last fact of a story led to."""
    return messages(*lines, severity=severity, private=private)[-1]


def flat(groups: Iterable[Iterable[Message]]) -> list[Message]:
    return [message for group in groups for message in group]


def kinds(said: Iterable[Message]) -> list[str]:
    return [message.kind for message in said]


# ---------------------------------------------------------------------------------------- every fact


@pytest.mark.parametrize("fact", [released(line) for line in LINES], ids=lambda fact: fact.kind)
def test_every_kind_of_fact_has_a_branch(fact: f.Fact) -> None:
    before = (
        None if fact.kind == "declared" else incident_of(*([resolved("0:02")] if fact.kind in RESOLVED_FIRST else []))
    )
    each = entry(before, fact, MONDAY + span("0:05"), BEA)
    for message in react(each, evolve(before, each), default(), OUTSIDE):
        assert message.kind in KINDS
        assert message.seq == each.seq
        assert message.rank in (1, 2, 3, 4)


def test_a_fact_nobody_thought_of_is_noticed() -> None:
    class Invented(f.Fact):
        kind = "invented"

    incident = incident_of()
    with pytest.raises(TypeError, match="invented"):
        react(entry(incident, Invented(), MONDAY, None), incident, default(), OUTSIDE)


# ---------------------------------------------------------------------------------------- declaring


def once(said: Iterable[Message]) -> list[Message]:
    """As the outbox keeps them: one invitation per lane, one refresh per standing message."""
    kept: dict[object, Message] = {}
    for number, message in enumerate(gathered(said)):
        kept.setdefault((message.kind, message.lane, message.fills) if message.standing else number, message)
    return list(kept.values())


def depth(message: Message, said: list[Message]) -> int:
    """How many calls stand in a row before and with this message: what fills its slots, what is ahead in its lane."""
    ahead = [m for m in said[: said.index(message)] if m.lane == message.lane]
    makers = [m for m in said if m.fills in message.needs]
    return 1 + max((depth(m, said) for m in [*ahead[-1:], *makers]), default=0)


def test_the_declarer_is_in_a_channel_with_a_card_after_two_calls_in_a_row() -> None:
    said = once(flat(messages()))
    card = next(m for m in said if m.kind == "card")
    own = next(m for m in said if m.kind == "invite" and EVE in m.args["people"])
    assert (depth(card, said), depth(own, said)) == (2, 2)
    assert card.needs == own.needs == ("channel",)
    others = [m for m in said if m.kind in ("invite", "topic", "pin", "bookmark", "notice")]
    assert max(depth(m, said) for m in others) <= 3  # pin and bookmark need the card


def test_whoever_is_on_call_and_in_a_role_is_invited() -> None:
    invited = {p for m in flat(messages()) if m.kind == "invite" for p in m.args["people"]}
    assert {EVE, ANA, BEA, TEC, SME} <= invited


def test_low_ranks_are_not_announced_and_raising_announces_them() -> None:
    assert "notice" not in kinds(flat(messages(severity="P4")))
    raised = kinds(last(OPENED, graded("0:10", "P1"), severity="P4"))
    assert raised.count("notice") == 1
    assert "turning" not in raised  # the announcement itself is new


# ---------------------------------------------------------------------------------------- who reads what

EVERYTHING = (
    *STAFF, acked("0:01"), stated("0:02"), updated("0:03"), moved("0:04", "fixing"), graded("0:05", "P2"),
    graded("0:06", "P1"), snoozed("0:07", "0:20"), updated("0:50"), told("0:51"), moved("0:52", "monitoring"),
    resolved("3:00"), reopened("4:00"), updated("6:00"), resolved("7:00"), closed("8:00"),
)  # fmt: skip


def test_a_private_incident_appears_nowhere_outside() -> None:
    said = flat(lived(*EVERYTHING, private=True))
    assert said
    assert [m for m in said if m.lane.startswith(("team:", "stakeholders:"))] == []
    assert [m for m in said if m.kind in ("notice", "news", "turning", "stakeholders")] == []


def test_a_private_incident_is_told_to_no_channel_of_management() -> None:
    incident = incident_of(private=True)
    called = entry(incident, f.ManagementCalled(people=(DIR,), channels=("C0BOARD",), clause="c"), MONDAY, None)
    said = react(called, evolve(incident, called), default(), OUTSIDE)
    assert [m.args["to"] for m in said if m.kind == "management"] == [DIR]


def test_nothing_is_said_outside_where_there_is_no_outside() -> None:
    incident = incident_of(*STAFF, stated("0:02"))
    news = entry(incident, f.UpdatePosted(text="Found it."), MONDAY + span("0:10"), ANA)
    said = react(news, evolve(incident, news), default(), Audiences())
    assert {m.lane for m in said} <= {"inc-12:posts", "inc-12:topic"}


def test_stakeholders_read_nothing_before_somebody_said_what_it_means() -> None:
    before = flat(messages(OPENED, *STAFF, acked("0:01"), updated("0:02"), graded("0:03", "P2"), graded("0:04", "P1")))
    assert "stakeholders" not in kinds(before)
    assert "stakeholders" in kinds(last(OPENED, stated("0:05")))


def test_stakeholders_of_low_ranks_are_not_told() -> None:
    assert "stakeholders" not in kinds(flat(messages(OPENED, stated("0:05"), updated("0:06"), severity="P3")))


def test_no_free_text_leaves_with_what_stakeholders_and_management_read() -> None:
    for message in flat(lived(*EVERYTHING)):
        if message.kind in ("stakeholders", "management", "notice"):
            assert set(message.args) <= {"channel", "to"}


def test_no_change_reaches_no_stakeholder() -> None:
    same = did("0:06", f.UpdatePosted(no_change=True))
    said = last(OPENED, stated("0:05"), same)
    assert "stakeholders" not in kinds(said)
    assert "news" not in kinds(said)
    assert "card" in kinds(said)


UNSAFE = f.ImpactStated(sentence="Figures are wrong.", data="suspect")
SAFE = f.ImpactStated(sentence="Figures are right again.", data="repaired")


@pytest.mark.parametrize(
    ("lines", "turns"),
    [
        ((graded("0:10", "P1"),), True),  # raised to rank 1
        ((graded("0:10", "P3"),), False),
        ((did("0:10", UNSAFE),), True),
        ((did("0:10", UNSAFE), did("0:20", UNSAFE)), False),  # they have read that
        ((did("0:10", UNSAFE), did("0:20", SAFE)), True),
        ((stated("0:10"),), False),
        ((updated("0:10"),), False),
        ((acked("0:10"),), False),
        ((moved("0:10", "fixing"),), False),
        ((resolved("0:10"),), True),
        ((resolved("0:10"), reopened("0:20")), True),
        ((resolved("0:10"), closed("0:20")), False),
        ((cancelled("0:10"),), False),
    ],
)
def test_a_new_line_in_the_announcement_channel_is_for_turning_points_only(
    lines: tuple[Line, ...], turns: bool
) -> None:
    assert ("turning" in kinds(last(OPENED, *lines, severity="P2"))) == turns


def test_an_update_stands_in_the_channel_and_in_the_announcement_s_thread() -> None:
    said = last(OPENED, updated("0:10"))
    assert {"say", "card", "notice", "news"} <= set(kinds(said))


@pytest.mark.parametrize(
    "line", [confirmed("0:10"), acked("0:10"), updated("0:10"), stated("0:10"), moved("0:10", "fixing"),
             graded("0:10", "P3"), resolved("0:10"), cancelled("0:10"), snoozed("0:10", "0:20"), leads("0:10")],
    ids=lambda line: line.say(incident_of(), default()).kind,
)  # fmt: skip
def test_whatever_the_card_shows_redraws_it(line: Line) -> None:
    cards = [m for m in last(OPENED, line, severity="P2") if m.kind == "card"]
    assert [(m.standing, m.fills) for m in cards] == [(True, "card")]


# ---------------------------------------------------------------------------------------- asking


def asking(*lines: Line) -> dict[str, list[Message]]:
    """What the bot's own asks led to by `step key`, the first of each, while the clock ran for two hours."""
    said: dict[str, list[Message]] = {}
    for each, led_to in reactions(watch(OPENED, *lines, until="2:00").entries):
        if isinstance(each.fact, f.Asked):
            said.setdefault(f"{each.fact.step} {each.fact.covers[0].key}", led_to)
    return said


def test_a_page_is_a_reminder_in_the_channel_and_a_direct_message_and_comes_with_an_invitation() -> None:
    said = asking()["page acknowledge"]
    assert {"ask", "tell"} <= set(kinds(said))
    assert asking()["level 2 acknowledge"][0].kind == "invite"  # who must wake is invited first


def test_an_early_word_is_a_direct_message_and_nothing_else() -> None:
    assert kinds(asking(*STAFF, acked("0:01"), stated("0:02"), updated("0:03"))["early update"]) == ["tell"]


def test_due_is_one_message_in_the_channel_with_an_invitation_and_a_direct_message() -> None:
    said = asking(*STAFF, acked("0:01"), stated("0:02"), updated("0:03"))["due update"]
    assert kinds(said).count("ask") == 1
    assert [m.args["person"] for m in said if m.kind == "tell"] == [DEE]


def test_an_ask_climbs_in_the_thread_of_its_reminder() -> None:
    said = asking(*STAFF, acked("0:01"), stated("0:02"), updated("0:03"))
    (reminder,) = (m for m in said["due update"] if m.kind == "ask")
    (climb,) = (m for m in said["climb update"] if m.kind == "climb")
    assert reminder.fills in climb.needs
    assert "ask" not in kinds(said["climb update"])


def test_that_there_is_nobody_to_ask_is_said_once_per_promise() -> None:
    nobody = f.Asked(
        covers=(f.Covered(key="update", occurrence=1),), step="climb", how="climb", people=(), due=MONDAY, clause="c"
    )
    later = nobody.model_copy(update={"step": "ladder", "how": "ladder"})
    first, second = messages(OPENED, did("0:45", nobody, None, "clock"), did("1:00", later, None, "clock"))[-2:]
    assert "climb" in kinds(first)
    assert second == []


def test_an_answered_reminder_shrinks_and_the_others_stay() -> None:
    reminders = [
        did("0:15", ask(key), None, "clock")
        for key in ("triage", "update")
    ]  # fmt: skip
    said = last(OPENED, acked("0:01"), *reminders, confirmed("0:16"))
    numbers = [m.args["ask"] for m in said if m.kind == "ask"]
    told_of = incident_of(OPENED, acked("0:01"), *reminders)
    assert len(numbers) == 1
    assert len(told_of.asks) == 2


def ask(key: str) -> f.Asked:
    return f.Asked(
        covers=(f.Covered(key=key, occurrence=1),), step="due", how="due", people=(ANA,), due=MONDAY, clause="c"
    )


def test_a_shared_reminder_asks_for_what_is_left_and_shrinks_with_the_last_answer() -> None:
    both = ask("triage").model_copy(
        update={"covers": (f.Covered(key="triage", occurrence=1), f.Covered(key="impact", occurrence=1))}
    )
    lines = (OPENED, acked("0:01"), did("0:15", both, None, "clock"), confirmed("0:16"))
    (posted,) = (m for m in last(*lines[:3]) if m.kind == "ask")
    for said in (last(*lines), last(*lines, stated("0:17"))):
        (redrawn,) = (m for m in said if m.kind == "ask")
        assert (redrawn.standing, redrawn.fills, redrawn.args) == (True, posted.fills, posted.args)
    assert "ask" not in kinds(last(*lines, acked("0:17"), did("0:18", f.NoteAdded(text="Hm."))))


def test_who_was_only_written_to_is_invited_when_called() -> None:
    written = f.Asked(
        covers=(f.Covered(key="acknowledge", occurrence=1),), step="climb", how="direct", people=(TEC,), due=MONDAY,
        clause="c",
    )  # fmt: skip
    call = f.Escalated(level=2, people=(TEC, SME), by_clock=True, clause="c")
    said = last(OPENED, did("0:10", written, None, "clock"), did("0:30", call, None, "clock"), severity="P3")
    assert [m.args["people"] for m in said if m.kind == "invite"] == [[TEC, SME]]


# ---------------------------------------------------------------------------------------- the rest


def test_a_mark_is_confirmed_by_one_reaction_and_never_by_a_message() -> None:
    mark = f.MessageMarked(channel="C1", ts="1.1", author=DEE, text="Six", marker="pushpin")
    assert kinds(last(did("0:10", mark))) == ["confirm_mark"]
    assert kinds(last(did("0:10", mark), did("0:11", f.MarkRetracted(channel="C1", ts="1.1")))) == ["unconfirm_mark"]


def test_management_that_was_told_is_told_how_it_ended_and_nobody_else_is() -> None:
    call = did("0:00", f.ManagementCalled(people=(DIR,), channels=(), clause="c"), None, "clock")
    assert [m.args["to"] for m in last(OPENED, call, told("0:01"), resolved("0:10")) if m.kind == "management"] == [DIR]
    assert "management" not in kinds(last(OPENED, resolved("0:10"), severity="P2"))


def test_management_without_anybody_in_the_directory_is_said_in_the_channel() -> None:
    call = did("0:00", f.ManagementCalled(people=(), channels=(), clause="c"), None, "clock")
    assert kinds(last(OPENED, call)) == ["say"]


def test_what_slack_refused_is_told_to_the_declarer_once() -> None:
    for fact in (f.ChannelRefused(error="restricted_action"), f.DeliveryRefused(message="notice", error="is_archived")):
        told_of = [m.args["person"] for m in last(did("0:01", fact, None, "courier")) if m.kind == "tell"]
        assert told_of == [EVE]


def test_closing_posts_a_summary_the_scorecard_in_its_thread_and_the_timeline() -> None:
    said = last(OPENED, resolved("1:00"), closed("2:00"))
    (summary,) = (m for m in said if m.kind == "say")
    (scorecard,) = (m for m in said if m.kind == "scorecard")
    (timeline,) = (m for m in said if m.kind == "attach_timeline")
    assert summary.fills in scorecard.needs
    assert summary.fills in timeline.needs


LIVES = st.lists(
    st.sampled_from(
        [
            "acked", "stated", "updated", "fixing", "monitoring", "P1", "P2", "P3", "snoozed", "told", "leads", "wait",
        ]
    ),
    max_size=12,
)  # fmt: skip


def life(words: list[str]) -> list[Line]:
    lines = []
    for number, word in enumerate(words):
        after = f"{number // 4}:{number % 4 * 15:02}"
        severity = graded(after, word) if word.startswith("P") else None
        known = {
            "acked": acked(after), "stated": stated(after), "updated": updated(after), "told": told(after),
            "leads": leads(after), "fixing": moved(after, "fixing"), "monitoring": moved(after, "monitoring"),
            "snoozed": snoozed(after, f"{number // 4 + 1}:00"), "wait": did(after, f.NoteAdded(text="Hm.")),
        }  # fmt: skip
        lines.append(severity or known[word])
    return [*lines, resolved("9:00"), closed("10:00")]


@settings(max_examples=60)
@given(LIVES, st.sampled_from(["P1", "P2", "P3", "P4"]))
def test_every_slot_that_is_needed_is_filled_by_somebody(words: list[str], severity: str) -> None:
    """A message whose slot nobody fills would wait for ever: no one would ever read it."""
    filled: set[str] = set()
    for group in lived(*life(words), severity=severity):
        filled |= {m.fills for m in group if m.fills}
        for message in group:
            assert set(message.needs) <= filled, f"{message.kind} needs {set(message.needs) - filled}"
            assert message.kind in KINDS


@settings(max_examples=30)
@given(LIVES, st.sampled_from(["P1", "P4"]))
def test_a_private_life_leaves_no_trace_outside(words: list[str], severity: str) -> None:
    said = flat(lived(*life(words), severity=severity, private=True))
    assert {m.lane.split(":")[0] for m in said} <= {"inc-12", "to", "react"}


def test_raising_rank_goes_first_in_the_queue() -> None:
    protocol: Protocol = default()
    assert {m.rank for m in last(OPENED, graded("0:10", "P1"), severity="P3")} == {protocol.severity("P1").rank}
