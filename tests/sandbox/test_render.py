from __future__ import annotations

import datetime as dt

import pytest

from bot.sandbox import Person, Sandbox
from bot.sandbox.model import Message, View
from bot.sandbox.render import Screen
from tests.sandbox.probe import actions, button, manifest, modal, mrkdwn, option, plain, section, text_input

NOW = dt.datetime(2026, 11, 21, 8, 35, tzinfo=dt.UTC).timestamp()


@pytest.fixture
def slack() -> Sandbox:
    return Sandbox(manifest(), clock=lambda: NOW)


@pytest.fixture
def screen(slack: Sandbox, ana: Person) -> Screen:
    return ana.screen


def shown(slack: Sandbox, screen: Screen, text: str = "", **more: object) -> list[str]:
    return screen.message(Message("C1", "1.000001", slack.bot_user_id, text, 0.0, **more))  # type: ignore[arg-type]


def test_text_as_a_reader_sees_it(slack: Sandbox, screen: Screen, ana: Person) -> None:
    town = slack.channel("town", [ana])
    crew = slack.subteam("crew", [ana])
    assert shown(
        slack,
        screen,
        f"<@{ana.id}> in <#{town.id}> and <!subteam^{crew.id}> <!here>\n"
        "*Orders* _late_ ~not~ &lt;b&gt; snake_case_name :red_circle: :odd_one:\n"
        "<https://example.com|the board> <https://example.com>\n"
        "*Rebuild raw_orders by month* — a*b*c, 2 * 3 * 4",
    ) == [
        "@Ana in #town and @crew @here",
        "Orders late not <b> snake_case_name 🔴 :odd_one:",
        "the board https://example.com",
        "Rebuild raw_orders by month — a*b*c, 2 * 3 * 4",
    ]


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("{time}", "09:35"),
        ("{date_num} {time_secs}", "2026-11-21 09:35:00"),
        ("{date} {date_short} {date_long}", "November 21st, 2026 Nov 21, 2026 Saturday, November 21st, 2026"),
        ("{date_pretty}", "today"),
        ("{ago}", "just now"),
        ("{nonsense}", "fallback"),
    ],
)
def test_dates_are_in_the_readers_zone(slack: Sandbox, screen: Screen, tokens: str, expected: str) -> None:
    assert shown(slack, screen, f"<!date^{int(NOW)}^{tokens}|fallback>") == [expected]


def test_days_and_distances(slack: Sandbox) -> None:
    screen = Screen(slack.ws, "Asia/Tokyo")
    assert screen.text(f"<!date^{int(NOW) - 86_400}^{{date_pretty}} {{ago}}|x>") == "yesterday 1 day ago"
    assert screen.text(f"<!date^{int(NOW) + 7_200}^{{date_short_pretty}} {{ago}}|x>") == "today in 2 hours"
    assert screen.text(f"<!date^{int(NOW)}^{{time}}|x>") == "17:35"


def test_a_private_channel_has_no_name_for_outsiders(slack: Sandbox, screen: Screen, ana: Person) -> None:
    bea = slack.person("Bea")
    secret = slack.channel("secret", [ana], private=True)
    assert screen.text(f"<#{secret.id}>") == "#secret"
    assert bea.screen.text(f"<#{secret.id}>") == "#private-channel"


def test_a_card(slack: Sandbox, screen: Screen) -> None:
    blocks = [
        {"type": "header", "text": plain("P1 · Orders")},
        section(
            "*Lead* Bea\n_since_ 07:43",
            accessory={"type": "overflow", "action_id": "o", "options": [option("Close", "c"), option("Brief", "b")]},
        ),
        {"type": "section", "fields": [mrkdwn("*A* 1"), mrkdwn("*B* 2")]},
        {"type": "divider"},
        actions(
            button("Post update", "u"),
            {"type": "static_select", "action_id": "s", "placeholder": plain("Rank"), "options": [option("High", "1")]},
        ),
        {"type": "context", "elements": [mrkdwn("_small print_")]},
    ]
    message = Message("C1", "1.000001", "U0BOT", "fallback", 0.0, blocks=blocks)
    message.reactions = {"eyes": ["U1", "U2"]}
    message.edited = {"user": "U0BOT", "ts": "2"}
    assert screen.message(message) == [
        "P1 · Orders",
        "Lead Bea   [⋯ Close · Brief]",
        "since 07:43",
        "A 1",
        "B 2",
        "───",
        "[Post update] [Rank]",
        "· small print (edited)",
        "👀 2",
    ]


def test_rich_text_and_tables(slack: Sandbox, screen: Screen, ana: Person) -> None:
    item = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": ana.id}]}
    blocks = [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_list", "style": "bullet", "elements": [item]},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "a\nb"}]},
            ],
        },
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}, {"type": "raw_text", "text": "y"}]]},
    ]
    assert shown(slack, screen, blocks=blocks) == ["• @Ana", "> a", "> b", "x | y"]


def test_a_form(slack: Sandbox, screen: Screen) -> None:
    ticks = {
        "type": "checkboxes",
        "action_id": "f",
        "options": [option("Private", "p"), option("Drill", "d")],
        "initial_options": [option("Drill", "d")],
    }
    definition = modal(
        text_input("title", "Title", {"hint": plain("One sentence.")}),
        text_input("why", "Why", {"optional": True}, placeholder=plain("because")),
        {"type": "input", "block_id": "f", "label": plain("Flags"), "element": ticks},
        close=plain("Cancel"),
    )
    view = View("V1", "U1", "modal", definition, "h", 0, errors={"title": "Too long."})
    view.state = {"title": {"title": {"type": "plain_text_input", "value": "Orders stale"}}}
    assert screen.view(view) == [
        "┌ Form",
        "│ Title: Orders stale",
        "│ · One sentence.",
        "│   ! Too long.",
        "│ Why (optional): [because]",
        "│ Flags: ☐ Private ☑ Drill",
        "└ [Cancel] [Send]",
    ]
