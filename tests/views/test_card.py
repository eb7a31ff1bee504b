from datetime import timedelta

import pytest
from hypothesis import given

from bot.domain import fact as f
from bot.views.card import card, topic
from bot.views.scene import Scene
from tests.builders import CAR, CHANNEL, Event, event, impact, minute, resolved, story, update
from tests.views.slack_rules import accepted, buttons, harmless, shown, user_text

ACKNOWLEDGED = event(8, f.Acknowledged())
MENU = ["Promises", "Timeline", "Roles"]


def test_five_seconds_tell_what_who_and_when() -> None:
    scene = story(ACKNOWLEDGED, event(9, update("loader restarted, backlog shrinking")), event(20, impact()), now=25)
    assert shown(accepted(card(scene))).split("\n") == [
        "*P1 · Orders mart is stale* — INC-12",
        "🔴 Triaged · data suspect since 06:10 CET · declared 07:43 CET",
        "*Lead* Bea · *Comms* nobody yet · *Responder* Ana",
        "*Affected* orders_mart, revenue dashboard",
        "*Impact* Revenue figures since 06:10 are not reliable.",
        "*Last update* 07:52 CET Ana: loader restarted, backlog shrinking",
        "*Next update* 08:22 CET",
        "[Post update] [Escalate] [Resolve] [Catch me up] [Promises] [Timeline] [Roles]",
        "escalation to level 2 due 08:13 CET · self-healing-pipeline P1",
        "Still to fill: technical coordinator, subject matter expert, stakeholder representative",
    ]


@pytest.mark.parametrize(
    ("events", "labels"),
    [
        ([], ["Acknowledge", "Confirm P1", "Post update", "Escalate", "Resolve", "Catch me up", *MENU]),
        ([ACKNOWLEDGED], ["Confirm P1", "Post update", "Escalate", "Resolve", "Catch me up", *MENU]),
        ([event(9, update("x"), CAR)], ["Acknowledge", "Post update", "Escalate", "Resolve", "Catch me up", *MENU]),
        ([event(9, resolved())], ["Close", "Reopen", "Postmortem", "Catch me up", *MENU]),
        (
            [event(9, resolved()), event(20, f.Closed(severity="P1", met=()))],
            ["Reopen", "Postmortem", "Catch me up", *MENU],
        ),
        ([event(9, resolved()), event(30, f.PostmortemDone())], ["Close", "Reopen", "Catch me up", *MENU]),
        ([event(9, f.Cancelled(outcome="expected"))], ["Reopen", "Catch me up", *MENU]),
        ([event(1, f.ChannelRefused(error="restricted_action"), None)], ["Retry", "Catch me up", *MENU]),
    ],
)
def test_buttons_are_those_that_do_something_now(events: list[Event], labels: list[str]) -> None:
    drawn = accepted(card(story(*events)))
    assert buttons(drawn) == labels
    assert [
        sum(e["type"] == "button" for e in b["elements"]) <= 4 for b in drawn["blocks"] if b["type"] == "actions"
    ] == [True]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "🔴 Detecting"),
        ([event(9, f.PhaseMoved(old="detecting", new="fixing", stage="active"))], "🔴 Fixing"),
        ([event(9, f.PhaseMoved(old="detecting", new="monitoring", stage="monitoring"))], "🟡 Monitoring"),
        ([event(9, resolved())], "🟢 Resolved 07:52 CET"),
        ([event(9, resolved()), event(20, f.Closed(severity="P1", met=()))], "✅ Closed 08:03 CET"),
        ([event(9, f.Cancelled(outcome="expected"))], "⚪ Cancelled (expected) 07:52 CET"),
        ([event(9, resolved()), event(20, f.Reopened(why="back"))], "🔴 Open again"),
    ],
)
def test_the_state_is_a_word_beside_its_emoji(events: list[Event], state: str) -> None:
    drawn = card(story(*events))
    assert shown(drawn).split("\n")[1].startswith(f"{state} · ")
    assert state.split(" ")[1] in drawn["text"]


def test_a_late_update_is_said_without_counting_minutes() -> None:
    drawn = shown(card(story(ACKNOWLEDGED, event(9, update("x")), now=60)))
    assert "*Next update* was due 08:22 CET" in drawn
    assert "min" not in drawn.replace("coordinator", "")


def test_who_snoozes_what_stands_on_the_card_until_it_ends() -> None:
    snoozed = event(10, f.Snoozed(until=minute(40), why="vendor call"))
    assert "Reminders snoozed by Ana until 08:23 CET: vendor call" in shown(card(story(snoozed, now=20)))
    assert "snoozed" not in shown(card(story(snoozed, now=41)))


def test_after_reopening_the_data_is_not_called_right() -> None:
    again = story(event(9, resolved()), event(20, f.Reopened(why="back")))
    assert "data being checked again" in shown(card(again))


def test_what_slack_refused_stands_where_the_channel_would() -> None:
    refused = story(event(1, f.ChannelRefused(error="restricted_action"), None))
    assert "No channel yet: Slack refused to open it (restricted_action). The incident is saved." in shown(
        card(refused)
    )


def test_a_private_incident_says_so() -> None:
    assert shown(card(story(private=True))).startswith("*P1 · Orders mart is stale* — INC-12 · private\n")


def test_many_affected_things_are_counted() -> None:
    assert "*Affected* a, b, c + 2" in shown(card(story(affected="a, b; c\nd,e")))


def test_a_reader_in_another_zone_gets_tokens_not_stamps() -> None:
    assert "<!date^" in card(story())["text"]
    assert "UTC" not in card(story())["text"]


def test_the_topic_is_short_plain_and_in_the_protocols_zone() -> None:
    assert topic(story()) == "🔴 P1 · Detecting · Orders mart is stale · since 07:43 CET · INC-12"
    assert len(topic(story(title="&" * 3000))) <= 250


def _told(text: str) -> Scene:
    said = [update(text), f.ImpactStated(sentence=text), f.Snoozed(until=minute(500), why=text)]
    events = [event(n, fact) for n, fact in enumerate(said, start=9)]
    return story(*events, now=30, title=text, affected=text, environment=text)


@given(user_text)
def test_nothing_anybody_types_breaks_the_card_or_calls_anybody(text: str) -> None:
    harmless(card(_told(text)), people=set(), places={CHANNEL})
    harmless(card(story(event(9, f.Resolved(fix=text, data="repaired")), title=text)), people=set(), places={CHANNEL})
    assert "<!" not in topic(story(title=text))


def test_the_card_after_a_night_says_the_day() -> None:
    scene = story(event(9, update("x")), now=timedelta(days=1) / timedelta(minutes=1))
    assert "declared Fri 20 Nov 07:43 CET" in shown(card(scene))
