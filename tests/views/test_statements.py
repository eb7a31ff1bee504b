import pytest
from hypothesis import given

from bot.domain import fact as f
from bot.views.scene import Post
from bot.views.statements import delivery_refused, escalated_direct, statement
from tests.builders import ANA, BEA, CHANNEL, TEC, Event, as_of, event, impact, minute, resolved, story, update
from tests.views.slack_rules import accepted, called, harmless, shown, user_text

ACKNOWLEDGED = event(8, f.Acknowledged())
CLAUSE = "self-healing-pipeline § escalation.technical.P1"


def _said(*events: Event, **declared: str | bool) -> Post:
    scene = story(*events, **declared)  # type: ignore[arg-type]
    return accepted(statement(as_of(scene, scene.entries[-1]), scene.entries[-1], head="3f9a"))


def _level_2(*people: str) -> Event:
    return event(30, f.Escalated(level=2, people=people, by_clock=True, clause=CLAUSE), None, via="clock")


def test_an_update_is_its_words_and_when_the_next_one_comes() -> None:
    drawn = _said(ACKNOWLEDGED, event(9, update("loader restarted, backlog shrinking")))
    assert shown(drawn) == "*Ana:* loader restarted, backlog shrinking\nP1 · Triaged · next update 08:22 CET"
    assert "P1 · Orders mart is stale (INC-12, Triaged)" in drawn["text"]


def test_a_long_update_is_shown_whole_and_its_text_still_names_the_incident() -> None:
    drawn = _said(event(9, update("&" * 3000)))
    assert shown(drawn).count("&amp;") == 3000
    assert "P1 · Orders mart is stale (INC-12, Triaged)" in drawn["text"]


def test_the_impact_comes_with_the_data_and_when_it_is_expected_to_be_right() -> None:
    eta = f.ImpactStated(sentence="Orders are missing.", data="suspect", eta=minute(120))
    assert shown(_said(event(20, eta))).split("\n") == [
        "*Impact, said by Ana:* Orders are missing.",
        "data suspect since 06:10 CET · expected right 09:43 CET",
    ]


def test_regrading_says_in_one_message_all_that_is_now_due() -> None:
    told = [ACKNOWLEDGED, event(9, update("x")), event(12, impact())]
    lowered = f.SeverityChanged(old="P1", new="P2", raised=False, why="only one report")
    lines = shown(_said(*told, event(20, lowered))).split("\n")
    assert lines[:2] == ["⬇️ *P2, was P1 · Orders mart is stale*", "Ana: only one report"]
    assert lines[2].startswith("*Now due* ")
    assert "impact 08:33 CET · escalation to level 2 09:43 CET · update 09:52 CET" in lines[2]


def test_level_2_reads_what_was_done_so_far_and_why_it_is_asked() -> None:
    drawn = _said(ACKNOWLEDGED, event(19, update("loader restarted")), _level_2(TEC))
    assert called(drawn) == {TEC}
    assert shown(drawn).split("\n") == [
        f"⬆️ Level 2: <@{TEC}> P1 declared 07:43 CET, not resolved by 08:13 CET.",
        "*So far* acknowledged 07:51 CET · loader restarted 08:02 CET",
        "*Needed* help to resolve it; nobody has said more yet",
        f"{CLAUSE} · by the clock",
    ]


def test_an_empty_level_is_said_so_with_the_name_to_fill_in() -> None:
    drawn = shown(_said(_level_2()))
    assert "Nobody is configured for that level (directory: level-2), so nobody was asked." in drawn


def test_level_2_by_direct_message_reads_no_title_of_a_private_incident() -> None:
    events = (event(20, impact()), _level_2(TEC))
    outside = story(*events, private=True, reader=TEC)
    drawn = str(accepted(escalated_direct(outside, outside.entries[-1])))
    assert "Orders" not in drawn
    assert "Revenue" not in drawn
    member = story(*events, private=True, reader=BEA)
    assert "Orders mart is stale" in str(escalated_direct(member, member.entries[-1]))


def test_management_that_is_nobody_is_said_so() -> None:
    called_nobody = f.ManagementCalled(
        people=(), channels=(), clause="self-healing-pipeline § escalation.management.P1"
    )
    drawn = shown(_said(event(1, called_nobody, None)))
    assert "the directory names nobody for director. Tell them yourselves; I cannot." in drawn
    assert "self-healing-pipeline § escalation.management.P1" in drawn


def test_management_that_only_reads_a_channel_is_not_told_of_a_private_incident() -> None:
    called = f.ManagementCalled(people=(), channels=("C0BOSS",), clause="self-healing-pipeline § escalation")
    drawn = shown(_said(event(1, called, None), private=True))
    assert "For director the directory names only a channel, and this incident is private, so nobody was told." in drawn
    assert "names nobody" not in drawn


def test_a_resolution_says_cause_fix_data_check_and_the_postmortem() -> None:
    done = resolved(verified="dbt tests green, revenue matches the ledger")
    assert shown(_said(ACKNOWLEDGED, event(137, done))).split("\n") == [
        "🟢 *Resolved · P1 · Orders mart is stale* after 2 h 17 min",
        "*Cause* a deploy flipped the sign in the loader",
        "*Fix* reverted, 06:10–08:20 backfilled",
        "*Data* right again, trusted from 10:00 CET",
        "*Checked* dbt tests green, revenue matches the ledger",
        "Postmortem by Sun 22 Nov 10:00 CET (Bea).",
        "*Now due* closing Mon 23 Nov 16:00 CET",
        "Ana resolved it 10:00 CET",
    ]


def test_an_unknown_cause_is_called_unknown_and_a_p3_owes_no_postmortem() -> None:
    drawn = shown(_said(event(137, resolved(cause="")), severity="P3"))
    assert "*Cause* still unknown" in drawn
    assert "Postmortem" not in drawn


def test_time_between_resolving_and_reopening_is_not_counted() -> None:
    again = [event(60, resolved()), event(600, f.Reopened(why="back")), event(610, resolved())]
    assert "after 1 h 10 min" in shown(_said(*again))


def test_reopening_says_why_and_what_is_due_again() -> None:
    drawn = shown(_said(event(60, resolved()), event(70, f.Reopened(why="stale again"))))
    assert drawn.split("\n")[:3] == [
        "🔴 *Open again · P1 · Orders mart is stale*",
        "Ana: stale again",
        "*Now due* update 09:23 CET · escalation to level 2 09:23 CET",
    ]


def test_cancelling_says_the_outcome_and_the_way_back() -> None:
    drawn = shown(_said(event(9, f.Cancelled(outcome="false alarm"))))
    assert drawn.split("\n")[:2] == ["⚪ *Cancelled · P1 · Orders mart is stale*: false alarm", "By Ana."]
    assert "/incident reopen &lt;why&gt;" in drawn


def test_what_is_not_said_in_the_channel_is_refused() -> None:
    scene = story(ACKNOWLEDGED)
    with pytest.raises(ValueError, match="nothing is said in the channel about acknowledged"):
        statement(scene, scene.entries[-1])


@pytest.mark.parametrize(
    ("message", "error", "said"),
    [
        ("notice", "not_in_channel", "did not let me announce it (not_in_channel)"),
        ("pin", "missing_scope", "install me again with the manifest"),
        ("say", "is_archived", "somebody has to unarchive it"),
        ("unheard_of", "too_odd", "did not let me post something (too_odd)"),
    ],
)
def test_a_refusal_of_slacks_says_what_to_do(message: str, error: str, said: str) -> None:
    scene = story(event(1, f.DeliveryRefused(message=message, error=error), None))
    assert said in shown(accepted(delivery_refused(scene, scene.entries[-1])))


@given(user_text)
def test_nothing_anybody_types_calls_the_channel(text: str) -> None:
    facts = [
        update(text),
        f.ImpactStated(sentence=text, data="late"),
        f.SeverityChanged(old="P1", new="P2", raised=False, why=text),
        f.Escalated(level=2, people=(TEC,), by_clock=False, clause=CLAUSE),
        f.Resolved(fix=text, data="repaired", cause=text, verified=text),
        f.Reopened(why=text),
        f.Cancelled(outcome="expected", why=text),
    ]
    scene = story(*(event(9 + n, fact, ANA) for n, fact in enumerate(facts)), title=text, affected=text)
    for entry in scene.entries[4:]:
        people = {TEC} if isinstance(entry.fact, f.Escalated) else set()
        harmless(statement(as_of(scene, entry), entry), people=people, places={CHANNEL})
