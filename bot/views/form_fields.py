"""The fields of forms: their names, and the inputs people fill them with.

A field's name is the block id and the action id of its input, and the `field` of a `BadInput`: so a refusal appears
under the input it is about, and what somebody typed survives when the form is drawn again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum

from slack_sdk.models.blocks import (
    CheckboxesElement,
    DatePickerElement,
    DateTimePickerElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticMultiSelectElement,
    StaticSelectElement,
    UserMultiSelectElement,
    UserSelectElement,
)

from bot.views.blocks import cut


class Field(StrEnum):
    """Every field of every form."""

    TITLE = "title"
    PROTOCOL = "protocol"
    SEVERITY = "severity"
    AFFECTED = "affected"
    ENVIRONMENT = "environment"
    DETECTION = "detection"
    DETECTED_AT = "detected_at"
    STARTED_AT = "started_at"
    PRIVATE = "private"
    TEXT = "text"
    IMPACT = "impact"
    DATA = "data"
    ETA = "eta"
    LENGTH = "length"
    WHY = "why"
    FIX = "fix"
    CAUSE = "cause"
    VERIFIED = "verified"
    POSTMORTEM_OWNER = "postmortem_owner"
    CLOSE_TOO = "close_too"
    MET = "met"  # criteria beyond the tenth stand in "met_2", "met_3", …
    REASON = "reason"
    AUTOMATABLE = "automatable"
    SINCE = "since"
    UNTIL = "until"
    PARTITIONS = "partitions"
    TRUSTED_FROM = "trusted_from"
    ACCEPTED_BY = "accepted_by"
    WHAT = "what"
    CATEGORY = "category"
    RISK = "risk"
    ROLLBACK = "rollback"
    CHECKED = "checked"
    OWNER = "owner"
    ROLE = "role"
    PERSON = "person"
    PEOPLE = "people"
    TASK = "task"
    DUE = "due"
    TEAM = "team"
    AT = "at"
    WHERE = "where"
    FIRST = "first"  # the protocol's first questions stand in "first_<id>"
    STEP = "step"
    RECIPE = "recipe"


YES = "yes"
NO = "no"

TYPED_MOST = 3_000
"""Characters in a text input. Source: Slack, plain_text_input (max_length)."""

OPTION_MOST = 75
"""Characters of an option and of its description. Source: Slack, option object."""

HINT_MOST = 150
"""Characters of a placeholder. Source: Slack, plain_text_input (placeholder)."""

TICKS_MOST = 10
"""Options of one group of checkboxes. Source: Slack, checkboxes element."""

LABEL_MOST = 200
"""Characters of a label or hint. Slack takes 2,000; no one reads those."""


def pick_one(text: str, value: str, description: str = "") -> Option:
    """One option of a menu or of a group of checkboxes; `value` is at most 150 characters."""
    told = cut(description, OPTION_MOST) if description else None
    return Option(text=cut(text, OPTION_MOST), value=value, description=told)


def _input(
    name: str, label: str, element: InputInteractiveElement, *, needed: bool = False, hint: str = ""
) -> InputBlock:
    return InputBlock(
        block_id=name,
        label=cut(label, LABEL_MOST),
        element=element,
        optional=not needed,
        hint=cut(hint, LABEL_MOST) if hint else None,
    )


def line(
    field: str,
    label: str,
    *,
    typed: str = "",
    needed: bool = False,
    hint: str = "",
    placeholder: str = "",
    multiline: bool = False,
) -> InputBlock:
    """A text to type; `typed` stands there already."""
    element = PlainTextInputElement(
        action_id=field,
        initial_value=cut(typed, TYPED_MOST) if typed else None,
        placeholder=cut(placeholder, HINT_MOST) if placeholder else None,
        multiline=multiline,
        max_length=TYPED_MOST,
    )
    return _input(field, label, element, needed=needed, hint=hint)


def menu(
    field: str,
    label: str,
    options: Sequence[Option],
    *,
    chosen: str | None = None,
    needed: bool = False,
    hint: str = "",
    placeholder: str = "",
    heard: bool = False,
) -> InputBlock:
    """One of several; `chosen` is the value that is chosen already, when it is among them. `heard`: we are told at once
    when another is chosen."""
    element = StaticSelectElement(
        action_id=field,
        options=options,
        initial_option=next((o for o in options if o.value == chosen), None),
        placeholder=cut(placeholder, HINT_MOST) if placeholder else None,
    )
    drawn = _input(field, label, element, needed=needed, hint=hint)
    drawn.dispatch_action = heard or None
    return drawn


def ticks(
    name: str, label: str, options: Sequence[Option], *, ticked: Collection[str] = (), hint: str = ""
) -> InputBlock:
    """Any of at most ten."""
    already = [o for o in options if o.value in ticked]
    element = CheckboxesElement(action_id=name, options=options, initial_options=already or None)
    return _input(name, label, element, hint=hint)


def several(field: Field, label: str, options: Sequence[Option], *, hint: str = "") -> InputBlock:
    """Any of a list, in the order in which they are chosen."""
    element = StaticMultiSelectElement(action_id=field, options=options)
    return _input(field, label, element, hint=hint)


def choice(field: Field, label: str, options: Sequence[Option], *, chosen: str | None = None) -> InputBlock:
    """One of at most ten, all in sight."""
    already = next((o for o in options if o.value == chosen), None)
    return _input(field, label, RadioButtonsElement(action_id=field, options=options, initial_option=already))


def moment(field: str, label: str, *, chosen: datetime | None = None, hint: str = "") -> InputBlock:
    """A date and a time, in the time zone of whoever fills it in."""
    stamp = int(chosen.timestamp()) if chosen else None
    return _input(field, label, DateTimePickerElement(action_id=field, initial_date_time=stamp), hint=hint)


def day(field: Field, label: str, *, chosen: date | None = None) -> InputBlock:
    """A date without a time."""
    return _input(field, label, DatePickerElement(action_id=field, initial_date=chosen.isoformat() if chosen else None))


def several_people(field: Field, label: str, *, hint: str = "") -> InputBlock:
    """Any number of people."""
    return _input(field, label, UserMultiSelectElement(action_id=field), hint=hint)


def person(field: Field, label: str, *, chosen: str | None = None, hint: str = "", needed: bool = False) -> InputBlock:
    element = UserSelectElement(action_id=field, initial_user=chosen)
    return _input(field, label, element, hint=hint, needed=needed)
