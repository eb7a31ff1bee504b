"""Every limit from both sides: what just fits, and what is one too many."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.blockkit import Rules, check_blocks, check_view
from tests.sandbox.probe import actions, button, modal, mrkdwn, option, plain, section, text_input

RULES = Rules()


def select(count: int = 2, **more: Any) -> dict[str, Any]:
    options = [option(f"o{index}", str(index)) for index in range(count)]
    return {"type": "static_select", "action_id": "s", "options": options, **more}


def field(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def ticks(count: int, **more: Any) -> dict[str, Any]:
    return select(count, type="checkboxes", **more)


CONFIRM = {"title": plain("t" * 100), "text": mrkdwn("t" * 300), "confirm": plain("c" * 30), "deny": plain("d" * 30)}
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": "x"}]}]}
ROW = [{"type": "raw_text", "text": "x"}]

FITS: list[list[dict[str, Any]]] = [
    [],
    [section("x" * 3_000)],
    [{"type": "section", "fields": [mrkdwn("x" * 2_000)] * 10}],
    [{"type": "header", "text": plain("x" * 150)}],
    [{"type": "divider"}] * 50,
    [{"type": "context", "elements": [mrkdwn("x"), {"type": "image", "image_url": "https://x", "alt_text": "x"}]}],
    [actions(*[button("x" * 75, f"a{index}", value="v" * 2_000) for index in range(25)])],
    [actions(button("x", "a", confirm=CONFIRM, style="danger"))],
    [actions(select(100))],
    [section("x", accessory=select(5, type="overflow"))],
    [section("x", accessory=select(2, initial_option=option("o1", "1")))],
    [field(ticks(10), hint=plain("x"), optional=True)],
    [RICH],
    [{"type": "table", "rows": [ROW] * 100}],
    [{"type": "markdown", "text": "x" * 12_000}],
    [{"type": "image", "image_url": "https://example.com/x.png", "alt_text": "x"}],
    [actions({"type": "datetimepicker", "action_id": "d", "initial_date_time": 1_700_000_000})],
]

REFUSED: list[tuple[list[Any] | Any, str]] = [
    ("x", "/blocks"),
    ([{"type": "divider"}] * 51, "no more than 50 items"),
    ([{"type": "sektion", "text": mrkdwn("x")}], "unsupported block type"),
    ([{"text": mrkdwn("x")}], "missing required field: type"),
    ([section("")], "more than 0 characters"),
    ([section("x" * 3_001)], "less than 3001"),
    ([{"type": "section"}], "at least one of: text, fields"),
    ([{"type": "section", "fields": []}], "at least 1 items"),
    ([{"type": "section", "fields": [mrkdwn("x")] * 11}], "no more than 10 items"),
    ([{"type": "section", "fields": [mrkdwn("x" * 2_001)]}], "less than 2001"),
    ([{"type": "section", "text": "x"}], "must be an object"),
    ([section("x", colour="red")], "invalid additional property: colour"),
    ([section("x", block_id="b" * 256)], "less than 256"),
    ([section("x", block_id="b"), section("y", block_id="b")], "block_id must be unique"),
    ([{"type": "header", "text": mrkdwn("x")}], "unsupported text type"),
    ([{"type": "header", "text": plain("x" * 151)}], "less than 151"),
    ([{"type": "context", "elements": [mrkdwn("x")] * 11}], "no more than 10 items"),
    ([{"type": "context", "elements": [button("x", "a")]}], "unsupported text type"),
    ([actions()], "at least 1 items"),
    ([actions(*[button("x", f"a{index}") for index in range(26)])], "no more than 25 items"),
    ([actions(button("x" * 76, "a"))], "less than 76"),
    ([actions(button("", "a"))], "more than 0 characters"),
    ([actions(button("x", "a", value="v" * 2_001))], "less than 2001"),
    ([actions(button("x", "a", url="https://" + "x" * 3_000))], "less than 3001"),
    ([actions(button("x", "a", style="warning"))], "valid enum value"),
    ([actions(button("x", "a", value=1))], "must be a string"),
    ([actions(button("x", "a" * 256))], "less than 256"),
    ([actions(button("x", "a")), actions(button("y", "a"))], "action_id must be unique"),
    ([actions(button("x", "a", confirm=CONFIRM | {"deny": plain("d" * 31)}))], "less than 31"),
    ([actions(button("x", "a", confirm={"title": plain("x")}))], "missing required field: text"),
    ([actions(select(0))], "at least 1 items"),
    ([actions(select(101))], "no more than 100 items"),
    ([actions(select(2, option_groups=[]))], "at least 1 items"),
    ([actions({"type": "static_select", "action_id": "s"})], "exactly one of: options, option_groups"),
    ([actions(select(2, placeholder=plain("x" * 151)))], "less than 151"),
    ([actions(select(2, initial_option=option("other", "9")))], "not among the options"),
    ([actions(select(1, options=[option("x", "1"), option("y", "1")]))], "option values must be unique"),
    ([actions(select(1, options=[option("x" * 76, "1")]))], "less than 76"),
    ([actions(select(1, options=[option("x", "v" * 151)]))], "less than 151"),
    ([actions(select(1, options=[option("x", "1") | {"description": plain("d" * 76)}]))], "less than 76"),
    ([section("x", accessory=select(6, type="overflow"))], "no more than 5 items"),
    ([section("x", accessory={"type": "plain_text_input", "action_id": "p"})], "unsupported element type"),
    ([actions({"type": "plain_text_input", "action_id": "p"})], "unsupported element type"),
    ([field(button("x", "a"))], "unsupported element type"),
    ([field(ticks(11))], "no more than 10 items"),
    ([field(select(), label=mrkdwn("x"))], "unsupported text type"),
    ([field({"type": "file_input", "action_id": "f"})], "file_input is not allowed"),
    ([{"type": "table", "rows": [ROW] * 101}], "no more than 100 items"),
    ([{"type": "table", "rows": [ROW]}] * 2, "only_one_table_allowed"),
    ([{"type": "markdown", "text": "x" * 7_000}] * 2, "together"),
    ([{"type": "image", "image_url": "https://x"}], "missing required field: alt_text"),
    ([{"type": "image", "alt_text": "x"}], "exactly one of: image_url, slack_file"),
    ([actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-13-01"})], "invalid format"),
    ([actions({"type": "datetimepicker", "action_id": "d", "initial_date_time": "1700000000"})], "must be an integer"),
    ([actions({"type": "users_select", "action_id": "u", "initial_user": "ana"})], "invalid format"),
]


@pytest.mark.parametrize("blocks", FITS, ids=range(len(FITS)))
def test_blocks_that_just_fit(blocks: list[dict[str, Any]]) -> None:
    assert check_blocks(blocks, "message", RULES) == []


@pytest.mark.parametrize(("blocks", "sentence"), REFUSED, ids=range(len(REFUSED)))
def test_blocks_slack_refuses(blocks: Any, sentence: str) -> None:
    problems = check_blocks(blocks, "message", RULES)
    assert problems
    assert sentence in problems[0]


GOOD = modal(text_input("a", "A"))

BAD_VIEWS: list[tuple[dict[str, Any], str]] = [
    (GOOD | {"title": plain("")}, "more than 0 characters"),
    (GOOD | {"title": plain("x" * 25)}, "less than 25"),
    (GOOD | {"submit": plain("x" * 25)}, "less than 25"),
    (GOOD | {"close": mrkdwn("x")}, "unsupported text type"),
    (GOOD | {"private_metadata": "x" * 3_001}, "less than 3001"),
    (GOOD | {"callback_id": "x" * 256}, "less than 256"),
    (GOOD | {"external_id": "x" * 256}, "less than 256"),
    (GOOD | {"colour": "red"}, "invalid additional property: colour"),
    (GOOD | {"type": "dialog"}, "unsupported view type"),
    ({key: value for key, value in GOOD.items() if key != "title"}, "missing required field: title"),
    ({key: value for key, value in GOOD.items() if key != "submit"}, "missing required field: submit"),
    (modal(*[{"type": "divider"}] * 101), "no more than 100 items"),
    (modal({"type": "markdown", "text": "x"}), "unsupported block type"),
    (modal(text_input("a", "A", max_length=3_001)), "between 1 and 3000"),
    (modal(text_input("a", "A", min_length=5, max_length=4)), "min_length must not be more"),
    (modal(text_input("a", "A", max_length=3, initial_value="four")), "less than 4"),
    (modal(text_input("a", "x" * 2_001)), "less than 2001"),
    (modal(text_input("a", "A", focus_on_load=True), text_input("b", "B", focus_on_load=True)), "only one element"),
]


def test_a_modal_that_fits() -> None:
    full = GOOD | {"title": plain("x" * 24), "private_metadata": "x" * 3_000, "notify_on_close": True}
    assert check_view(full, "modal", RULES) == []
    assert check_view(modal(*[{"type": "divider"}] * 100), "modal", RULES) == []


@pytest.mark.parametrize(("view", "sentence"), BAD_VIEWS, ids=range(len(BAD_VIEWS)))
def test_views_slack_refuses(view: dict[str, Any], sentence: str) -> None:
    problems = check_view(view, "modal", RULES)
    assert problems
    assert sentence in problems[0]


def test_home_has_no_submit() -> None:
    assert check_view({"type": "home", "blocks": []}, "home", RULES) == []
    assert check_view({"type": "home", "blocks": [], "submit": plain("x")}, "home", RULES)
