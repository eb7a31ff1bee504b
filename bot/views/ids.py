"""Names that tie what is drawn to what handles it: action ids of buttons, callback ids of forms, and button values."""

from __future__ import annotations

import json
from enum import StrEnum


class Action(StrEnum):
    """Every button and menu the bot draws in a message. Each has one handler (kept by the house test)."""

    ACKNOWLEDGE = "acknowledge"
    TAKE = "take_it"
    CONFIRM = "confirm"
    POST_UPDATE = "post_update"
    NO_CHANGE = "no_change"
    SEND_THAT = "send_that"
    CAUSE_CONFIRMED = "cause_confirmed"
    CAUSE_REJECTED = "cause_rejected"
    ACTION_DONE = "action_done"
    ACTION_DROP = "action_drop"
    ACTION_ASSIGN = "action_assign"
    TICK = "tick"  # a box; its id carries the value, because an empty box has none
    CHECKLIST = "checklist"
    FIND_OUT = "find_out"
    SNOOZE = "snooze"
    NOT_ME = "not_me"
    RESOLVE = "resolve"
    CATCH_UP = "catch_up"
    CLOSE = "close"
    REOPEN = "reopen"
    RETRY = "retry_channel"
    DECLARE = "declare_now"
    MORE = "more"  # the card's overflow menu; its options' values are Value texts with `verb`
    ACCEPT = "accept_severity"
    DECLINE = "decline_severity"
    APPROVE = "approve_change"
    REJECT = "reject_change"
    CHANGE_PLAN = "change_plan"
    GO_AHEAD = "go_ahead"
    PICK = "pick"  # an incident among the open ones, for a verb typed where no incident is
    BACKFILL_DONE = "backfill_done"
    PLAN_BACKFILL = "plan_backfill"
    DATA = "state_data"
    TAKE_ROLE = "take_role"
    ASSIGN = "assign_role"
    ESCALATE = "escalate"
    CALL_TEAM = "call_team"
    POSTMORTEM = "postmortem"
    POSTMORTEM_DONE = "postmortem_done"
    PAGE_NEXT = "page_next"
    FOLLOW = "follow"
    ANSWER = "answer"
    UNDO = "undo"  # its text is the seqs of the entries, with commas
    EDIT = "edit"
    JOIN = "join"
    ADOPT = "adopt_protocol"
    HAVE_IT = "have_it"  # of a turn on call: its verb is the rotation, its text the hour of the handoff
    TELL_HOW = "tell_how"
    ALL_WELL = "all_well"
    REVIEWED = "reviewed"  # its verb is the protocol's name, its text when the period began
    OVERRIDE = "override"  # an admin does what a rule leaves to others; its text is the whole intent
    SWAP_ACCEPT = "swap_accept"  # of a shift: its `ask` is the number of the change, and there is no incident
    SWAP_DECLINE = "swap_decline"
    SHIFT_BACK = "shift_back"
    RUNBOOK = "runbook"  # opens its page; its text is the runbook's name
    RUNBOOK_START = "runbook_start"
    STEP_PLAN = "step_plan"  # asks for approval of a step; its text is the step's place
    TROUBLESHOOT = "troubleshoot"
    EXPLORE = "explore"  # looks for the cause; its text is the technique's name
    RECIPE = "recipe"
    KEEP_SEVERITY = "keep_severity"
    SEPARATE = "separate"  # declares what was kept, although something looks alike


class Form(StrEnum):
    """Every modal. Each has one handler."""

    RULE_OUT = "rule_out"
    FIND_OUT = "find_out"
    ACTION = "action"
    ASSIGN_ACTION = "assign_action"
    DROP_ACTION = "drop_action"

    DATA = "data"
    BACKFILL = "backfill"
    MONITOR = "monitor"

    EXPLORE = "explore"

    ASSESS = "assess"
    PROPOSE = "propose"
    REJECT = "reject"
    GO_AHEAD = "go_ahead"
    DECLARE = "declare"
    UPDATE = "update"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    EDIT = "edit"
    SPLIT = "split"
    ASSIGN = "assign_role"
    ESCALATE = "escalate"
    CALL_TEAM = "call_team"
    POSTMORTEM = "postmortem"
    PAGE = "page"
    ANSWER = "answer"
    TELL_HOW = "tell_how"


class Shortcut(StrEnum):
    """Callback ids of the shortcuts in the manifest."""

    DECLARE = "declare"
    MARK = "mark"
    UPDATE = "update"
    ACTION = "action"


def value(incident: int | None, *, ask: int | None = None, verb: str = "", text: str = "") -> str:
    """What a button carries: the incident, the ask it answers (fact seq), a verb with its kept text.

    Slack allows 2,000 characters in a button's value; a longer text is the caller's to keep out.
    """
    held = {"i": incident, "a": ask, "v": verb, "t": text}
    return json.dumps({k: v for k, v in held.items() if v not in (None, "")}, separators=(",", ":"), ensure_ascii=False)


def read_value(text: str) -> tuple[int | None, int | None, str, str]:
    """(incident, ask, verb, text) of a button's value. Raises ValueError or TypeError for one of another make."""
    held = json.loads(text)
    if not isinstance(held, dict):
        raise TypeError("a button's value is an object")
    return held.get("i"), held.get("a"), held.get("v", ""), held.get("t", "")
