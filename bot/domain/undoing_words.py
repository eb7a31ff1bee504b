"""Taking back in words: what each kind of fact is called, what helps once it is too late, and why some kinds stay."""

from __future__ import annotations

UPDATE_AGAIN = "Say what is right now with /incident update <text>."
NOTE_IT = "Keep what is right with /incident note <text>."
REOPEN = "Open it again with /incident reopen <why>."

NOUNS: dict[str, tuple[str, str]] = {
    "acknowledged": ("acknowledgement", "Whoever takes over says /incident take."),
    "role_assigned": ("role", "Give it to somebody else with /incident role <role> @name."),
    "roles_asked": ("question who takes the roles", NOTE_IT),
    "handed_off": ("handoff", "Hand it back with /incident handoff @name."),
    "cover_set": ("stand-in", "Name another with /incident cover @name 2h."),
    "people_added": ("invitation", NOTE_IT),
    "join_asked": ("wish to join", NOTE_IT),
    "paged": ("call", NOTE_IT),
    "escalated": ("escalation", "Say what has changed with /incident update <text>."),
    "escalation_held": ("hold", "Escalate with /incident escalate."),
    "followed": ("following", "Press Follow again."),
    "question_answered": ("answer", "Answer once more in the thread."),
    "severity_confirmed": ("confirmation", "Change it with /incident severity P2 <why>."),
    "severity_changed": ("severity", "Change it again with /incident severity P2 <why>."),
    "severity_requested": ("request", NOTE_IT),
    "severity_request_declined": ("refusal", "Change it with /incident severity P2 <why>."),
    "categories_set": ("category", "Choose it again with /incident edit."),
    "environment_set": ("environment", "Choose it again with /incident edit."),
    "impact_assessed": ("assessment", "Assess it again with /incident impact."),
    "impact_stated": ("impact", "Say it again with /incident impact <sentence>."),
    "update_posted": ("update", UPDATE_AGAIN),
    "update_edited": ("correction", "Correct it again with /incident edit <text>."),
    "phase_moved": ("phase", "Move it again with /incident phase <name>."),
    "note_added": ("note", NOTE_IT),
    "snoozed": ("snooze", "Post an update: it ends the quiet."),
    "data_stated": ("state of the data", "Say it again with /incident data <state>."),
    "affected_changed": ("list of what is affected", "Change it again with /incident affected."),
    "owners_called": ("word to the owners", NOTE_IT),
    "backfill_planned": ("backfill", "End it with /incident backfill."),
    "backfill_ended": ("end of the backfill", "Plan it again with /incident backfill."),
    "change_proposed": ("proposal", "Propose another with /incident propose <what>."),
    "change_approved": ("approval", "Propose another plan: a changed plan needs a new approval."),
    "change_rejected": ("rejection", "Propose it again with /incident propose <what>."),
    "cause_proposed": ("theory", "Reject it with /incident cause."),
    "cause_judged": ("verdict on the cause", "Judge it again with /incident cause."),
    "action_added": ("action", "Drop it with /incident actions."),
    "action_changed": ("change of the action", "Change it again with /incident actions."),
    "action_ended": ("end of the action", "Add it again with /incident action <text>."),
    "item_ticked": ("tick", "Take it away with /incident checklist."),
    "item_unticked": ("missing tick", "Tick it again with /incident checklist."),
    "first_answered": ("answer", "Say what is right with /incident note <text>."),
    "call_linked": ("call's address", "Give another with /incident call <url>."),
    "resolved": ("resolution", REOPEN),
    "closed": ("closing", REOPEN),
    "cancelled": ("cancelling", REOPEN),
    "reopened": ("reopening", "Resolve it with /incident resolve, or cancel it with /incident cancel <why>."),
    "runbook_started": ("runbook", NOTE_IT),
    "cause_explored": ("search for the cause", "Search again with /incident 5whys."),
    "advice_shown": ("advice", NOTE_IT),
    "ticket_linked": ("ticket", "Link the right one with /incident link <ticket>."),
    "typical_kept": ("decision to keep the severity", "Change it with /incident severity P2 <why>."),
    "times_corrected": ("correction of the times", "Correct them again with /incident edit."),
    "renamed": ("new name", "Rename it again with /incident rename <title>."),
    "linked": ("link", "Take it away with /incident unlink INC-n."),
    "unlinked": ("end of the link", "Link it again with /incident link INC-n."),
    "teams_told": ("word to the teams", NOTE_IT),
    "postmortem_owned": ("owner of the postmortem", "Name another with /incident postmortem @name."),
    "postmortem_scheduled": ("meeting", "Choose another time with /incident postmortem <when>."),
    "postmortem_done": ("end of the postmortem", NOTE_IT),
    "message_marked": ("message on the timeline", "Take the reaction away, and it is off the timeline."),
}  # fmt: skip
"""Kinds that can be taken back: what each is called ("the …"), and what helps once it is too late."""

NOTHING = "You have done nothing here that can be taken back. Say what is right with /incident note <text>."
BY_ITSELF = "What I do by myself follows from what people say, so it cannot be taken back. Change what it follows from."
FROM_SLACK = "That came from Slack, so it is changed there."
ADMINS = "That an admin used their right stays on the record."
REACTED = "Take the reaction away, and the message is off the timeline."

FIXED: dict[str, str] = {
    "declared": "What was declared cannot be taken back. Cancel it with /incident cancel <why>.",
    "change_went_ahead": "Going ahead without approval stays on the record. Explain it with /incident note <text>.",
    "ask_declined": "Somebody else has been asked already. If it is yours after all, say /incident take.",
    "texts_forgotten": "What was deleted is gone for good.",
    "undone": "Taking something back cannot be taken back. Do it again instead.",
    "taken_over": "It went with being on call. Hand it on with /incident handoff @name.",
    "channel_retried": "I am trying already. Cancel the incident with /incident cancel <why> if it is none.",
    "mark_retracted": "Add the reaction again, and the message is back on the timeline.",
    **dict.fromkeys(("on_call_named", "nobody_answered", "asked", "heard"), BY_ITSELF),
    **dict.fromkeys(("management_called", "management_informed"), BY_ITSELF),
    "shift_changed": BY_ITSELF,
    "protocol_offered": BY_ITSELF,
    "protocol_adopted": "Adopt another one with /incident adopt <protocol>.",
    **dict.fromkeys(("found_muted", "delivery_refused", "invite_refused"), BY_ITSELF),
    **dict.fromkeys(("admin_overrode", "admin_looked_in"), ADMINS),
    **dict.fromkeys(("channel_opened", "channel_refused", "channel_renamed", "joined", "question_heard"), FROM_SLACK),
    **dict.fromkeys(("left", "marked_message_edited", "marked_message_deleted"), FROM_SLACK),
}
"""Kinds that stay, and what to do instead."""
