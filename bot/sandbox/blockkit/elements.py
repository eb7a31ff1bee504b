"""Block elements as tables (reference/block-kit/block-elements); limits from the SDK's models and the pages."""

from __future__ import annotations

from typing import Any

from bot.sandbox.blockkit.objects import (
    CONFIRM,
    FILTER,
    ID,
    PLACEHOLDER,
    groups,
    initial_among_options,
    option,
    plain,
    rich,
    unique_values,
)
from bot.sandbox.blockkit.shapes import (
    Check,
    Problems,
    all_of,
    anything,
    boolean,
    choice,
    exactly_one,
    integer,
    listing,
    shape,
    string,
)

USER = string(30, pattern=r"[UW][A-Z0-9]+")
CONVERSATION = string(30, pattern=r"[CDG][A-Z0-9]+")
DATE = string(10, pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
CLOCK = string(5, pattern=r"([01]\d|2[0-3]):[0-5]\d")
ACTION: dict[str, Check] = {"action_id": ID, "confirm": CONFIRM}
FIELD: dict[str, Check] = {"action_id": ID, "focus_on_load": boolean, "placeholder": PLACEHOLDER}
DISPATCH = shape({}, {"trigger_actions_on": listing(choice("on_enter_pressed", "on_character_entered"), 1, 2)})

BUTTON = shape(
    {"text": plain(75)},
    ACTION
    | {
        "value": string(2_000, at_least=0),
        "url": string(3_000),
        "style": choice("primary", "danger"),
        "accessibility_label": string(75),
    },
)

IMAGE = shape(
    {"alt_text": string(2_000)},
    {"image_url": string(3_000), "slack_file": anything},
    exactly_one("image_url", "slack_file"),
)


def _select(**more: Check) -> Check:
    return shape({}, ACTION | FIELD | more)


def _multi(initial: str, of: Check, **more: Check) -> Check:
    return shape({}, ACTION | FIELD | {initial: listing(of, 1, 100), "max_selected_items": integer(1, 100)} | more)


def _static(description_max: int, initial: dict[str, Check]) -> Check:
    choice_of = option(plain(75), description_max)
    return shape(
        {},
        ACTION | FIELD | {"options": listing(choice_of, 1, 100), "option_groups": groups(choice_of)} | initial,
        all_of(exactly_one("options", "option_groups"), unique_values, initial_among_options),
    )


def _ticks(description_max: int, initial: str) -> Check:
    choice_of = option(rich(75), description_max)
    of = choice_of if initial == "initial_option" else listing(choice_of, 1, 10)
    return shape(
        {"options": listing(choice_of, 1, 10)},
        ACTION | {"focus_on_load": boolean, initial: of},
        all_of(unique_values, initial_among_options),
    )


def _text_lengths(value: Any, pointer: str, problems: Problems) -> None:
    low, high = value.get("min_length", 0), value.get("max_length", 3_000)
    if low > high:
        problems.add(pointer, "min_length must not be more than max_length")
    if len(value.get("initial_value", "")) > high:
        problems.add(f"{pointer}/initial_value", f"must be less than {high + 1} characters")


def _line(**more: Check) -> Check:
    return shape({}, FIELD | {"dispatch_action_config": DISPATCH, "initial_value": string(3_000, at_least=0)} | more)


def _pressed() -> dict[str, Check]:
    return {
        "button": BUTTON,
        "workflow_button": shape(
            {"text": plain(75), "workflow": anything},
            {"action_id": ID, "style": choice("primary", "danger"), "accessibility_label": string(75)},
        ),
        "image": IMAGE,
    }


def _chosen(description_max: int) -> dict[str, Check]:
    pick = option(plain(75), description_max)
    return {
        "static_select": _static(description_max, {"initial_option": pick}),
        "multi_static_select": _static(
            description_max, {"initial_options": listing(pick, 1, 100), "max_selected_items": integer(1, 100)}
        ),
        "external_select": _select(initial_option=pick, min_query_length=integer(0, 100)),
        "multi_external_select": _multi("initial_options", pick, min_query_length=integer(0, 100)),
        "users_select": _select(initial_user=USER),
        "multi_users_select": _multi("initial_users", USER),
        "conversations_select": _select(
            initial_conversation=CONVERSATION,
            default_to_current_conversation=boolean,
            response_url_enabled=boolean,
            filter=FILTER,
        ),
        "multi_conversations_select": _multi(
            "initial_conversations", CONVERSATION, default_to_current_conversation=boolean, filter=FILTER
        ),
        "channels_select": _select(initial_channel=CONVERSATION, response_url_enabled=boolean),
        "multi_channels_select": _multi("initial_channels", CONVERSATION),
        "overflow": shape(
            {"options": listing(option(plain(75), description_max, with_url=True), 1, 5)}, ACTION, unique_values
        ),
        "checkboxes": _ticks(description_max, "initial_options"),
        "radio_buttons": _ticks(description_max, "initial_option"),
        "datepicker": _select(initial_date=DATE),
        "timepicker": _select(initial_time=CLOCK, timezone=string(100)),
        "datetimepicker": shape(
            {}, ACTION | {"focus_on_load": boolean, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}
        ),
    }


def _written() -> dict[str, Check]:
    return {
        "plain_text_input": shape(
            {},
            FIELD
            | {
                "dispatch_action_config": DISPATCH,
                "initial_value": string(3_000, at_least=0),
                "multiline": boolean,
                "min_length": integer(0, 3_000),
                "max_length": integer(1, 3_000),
            },
            _text_lengths,
        ),
        "email_text_input": _line(),
        "url_text_input": _line(),
        "number_input": shape(
            {"is_decimal_allowed": boolean},
            FIELD
            | {"dispatch_action_config": DISPATCH}
            | dict.fromkeys(("initial_value", "min_value", "max_value"), string(100)),
        ),
        "rich_text_input": shape({}, FIELD | {"dispatch_action_config": DISPATCH, "initial_value": anything}),
        "file_input": shape(
            {}, {"action_id": ID, "filetypes": listing(string(20), 1, 100), "max_files": integer(1, 10)}
        ),
    }


def tables(description_max: int) -> dict[str, Check]:
    """Every element type with its check; ``description_max`` is the unconfirmed cap of an option's description."""
    return _pressed() | _chosen(description_max) | _written()


SELECTS = (
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
)
IN_ACTIONS = (
    *SELECTS,
    "button",
    "workflow_button",
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "overflow",
    "radio_buttons",
    "timepicker",
)
IN_SECTION = tuple(kind for kind in (*IN_ACTIONS, "image") if kind != "datetimepicker")
IN_INPUT = (
    *SELECTS,
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "email_text_input",
    "file_input",
    "number_input",
    "plain_text_input",
    "radio_buttons",
    "rich_text_input",
    "timepicker",
    "url_text_input",
)
INTERACTIVE = frozenset({*IN_ACTIONS, *IN_INPUT})
