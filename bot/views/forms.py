"""Forms: the modals people fill in. What they typed is read back by `read_forms`.

Every form takes `metadata`, what the door needs to answer later (at most 3,000 characters), and is a view as
`views.open` takes it. A field's name is its block id and its action id (`form_fields.Field`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

from slack_sdk.models.blocks import Block, ContextBlock, InputBlock, MarkdownTextObject, Option
from slack_sdk.models.views import View

from bot.domain import sheets
from bot.domain.duration import short, spoken
from bot.domain.incident import UNSETTLED_DATA, Ask, DataState
from bot.domain.promises.answering import lead_of
from bot.domain.promises.clocks import TITLES, open_clocks
from bot.domain.protocol import Criterion, Protocol
from bot.views import checklists, proposals
from bot.views.blocks import CONTEXT_TEXT, trim
from bot.views.consequence import consequence
from bot.views.form_fields import (
    NO,
    OPTION_MOST,
    TICKS_MOST,
    YES,
    Field,
    choice,
    line,
    menu,
    moment,
    person,
    pick_one,
    ticks,
)
from bot.views.ids import Form
from bot.views.kind_fields import choosable, kind, noticed, place
from bot.views.read_forms import vouched
from bot.views.scene import Scene
from bot.views.words import Said, say

SNOOZES = tuple(timedelta(minutes=m) for m in (10, 15, 30, 60, 120, 240, 480, 1440))
"""Lengths a reminder may be snoozed for, as far as the severity allows."""

TITLE_MOST = 24
"""Characters of a form's title. Source: Slack, "Modals" (view object)."""

MEANINGS = {
    DataState.UNAFFECTED: "was right all along",
    DataState.REPAIRED: "right again",
    DataState.LOST: "cannot be brought back",
    DataState.NOT_CHECKED: "nobody knows yet",
    DataState.LATE: "right, but not there yet",
    DataState.SUSPECT: "may be wrong",
    DataState.QUARANTINED: "kept from its readers",
    DataState.BACKFILLING: "being written again",
}
"""What each state of the data says, the settled ones first: those an incident can be resolved with."""


def declare(
    protocol: Protocol,
    *,
    title: str = "",
    severity: str | None = None,
    affected: str = "",
    private: bool = False,
    on_call: str | None = None,
    choices: Sequence[tuple[str, str]] = (),
    metadata: str = "",
) -> dict[str, Any]:
    """Declare an incident. Only Title is needed. `on_call` is the name of whoever is primary on call now, `choices` are
    the names and titles of the protocols there are to declare with."""
    second, secret, what = protocol.of_rank(2).name, (YES,) if private else (), protocol.definition.text
    severities = protocol.severities
    grades = [pick_one(consequence(s, protocol, on_call), s.name, s.description or s.title) for s in severities]
    fields = [
        line(Field.TITLE, "Title", typed=title, needed=True, hint=what, placeholder="Orders mart is stale"),
        menu(Field.SEVERITY, "Severity", grades, chosen=severity, placeholder=f"{second}, until somebody confirms it"),
        line(Field.AFFECTED, "What is affected", typed=affected, placeholder="orders_mart, revenue dashboard"),
        *kind(protocol),
        place(protocol),
        noticed(protocol),
        moment(Field.DETECTED_AT, "Detected at", hint="Left empty, it is now."),
        moment(Field.STARTED_AT, "Started at", hint="Left empty, it is not known yet."),
        ticks(Field.PRIVATE, "Private", [pick_one("Only the people in its channel see it", YES)], ticked=secret),
    ]
    if len(choices) > 1:
        fields = choosable(fields, protocol, choices)
    return view(Form.DECLARE, "Declare an incident", "Declare", fields, metadata)


def update(scene: Scene, ask: Ask | None = None, *, text: str = "", metadata: str = "") -> dict[str, Any]:
    """Post an update. Asks for the impact too while that promise is open, so that one answer serves all. `ask` is the
    reminder it answers, if it answers one; `text` is what the caller typed already."""
    last = next((n.text for n in reversed(scene.incident.updates) if n.text), "")
    before = last and f"Last: {last}"
    said = line(Field.TEXT, "What changed", typed=text, needed=True, multiline=True, placeholder=before)
    fields = [*_asked(scene, ask), said, *_impact_fields(scene)]
    return view(Form.UPDATE, f"Update {scene.incident.number}", "Post update", fields, metadata)


def _impact_fields(scene: Scene) -> Iterator[InputBlock]:
    incident = scene.incident
    unsaid = {c.key for c in open_clocks(incident, scene.protocol)} & {"impact", "first_notice"}
    if not unsaid:
        return
    hint = "One sentence for the people who use the data; only this reaches stakeholders."
    label = "What it means for those who use the data"
    yield line(Field.IMPACT, label, typed=incident.impact, hint=hint, multiline=True)
    yield menu(Field.DATA, "State of the data", data_states(), placeholder=f"Now: {incident.data.value}")
    yield moment(Field.ETA, "Expected to be right at")


def _asked(scene: Scene, ask: Ask | None) -> list[Block]:
    """Why the reminder came and what else this answer serves, in small print."""
    if ask is None:
        return []
    promises = ", ".join(dict.fromkeys(TITLES.get(c.key, c.key) for c in ask.covers))
    return [small(say("forms.asked", scene, promises=promises, due=ask.due, clause=ask.clause))]


def small(mrkdwn: Said) -> ContextBlock:
    """Small print in a form."""
    return ContextBlock(elements=[MarkdownTextObject(text=trim(mrkdwn, CONTEXT_TEXT), verbatim=True)])


def data_states() -> list[Option]:
    """Every state of the data, with what it says."""
    return [pick_one(state.value, state.value, meaning) for state, meaning in MEANINGS.items()]


def snooze(
    scene: Scene, ask: Ask | None = None, *, why: str = "", length: timedelta | None = None, metadata: str = ""
) -> dict[str, Any]:
    """Snooze the reminders, for no longer than the protocol allows at this severity; `length` was typed already."""
    most = scene.severity.snooze_up_to
    typed = [min(length, most)] if length and length > timedelta(0) else []
    lengths = sorted({*(one for one in SNOOZES if one < most), most, *typed})
    options = [pick_one(spoken(length), short(length)) for length in lengths]
    fields = [
        *_asked(scene, ask),
        menu(Field.LENGTH, "Snooze for", options, chosen=short(*(typed or lengths[:1])), needed=True),
        line(Field.WHY, "Why", typed=why, needed=True, hint="It stands on the record and on the card."),
        small(say("forms.snooze", scene)),
    ]
    return view(Form.SNOOZE, f"Snooze {scene.incident.number}", "Snooze", fields, metadata)


def resolve(scene: Scene, text: str = "", data: str | None = None, *, metadata: str = "") -> dict[str, Any]:
    """Resolve. `text` is what was typed already, `data` a state named already. From rank 3 on it can be closed too."""
    incident = scene.incident
    settled = None if incident.data in (*UNSETTLED_DATA, DataState.NOT_CHECKED) else incident.data.value
    lead = lead_of(incident, scene.protocol)
    rank = scene.severity.rank
    cause_hint = "Left empty, it is still unknown."
    fields = [
        line(Field.FIX, "Fix applied", typed=text or incident.fix, needed=True, multiline=True),
        menu(Field.DATA, "State of the data", data_states(), chosen=data or settled, needed=True),
        line(Field.CAUSE, "Root cause", typed=incident.cause, hint=cause_hint, multiline=True),
        *_checks(scene),
        line(Field.VERIFIED, "How it was verified", placeholder="dbt tests green"),
        person(Field.POSTMORTEM_OWNER, "Postmortem owner", chosen=incident.postmortem_owner or lead),
        *([_close_too(scene)] if rank >= 3 else []),
        *_changes(scene),
    ]
    return view(Form.RESOLVE, f"Resolve {incident.number}", "Resolve", fields, metadata)


def _checks(scene: Scene) -> Iterator[Block]:
    """What the protocol wants looked at before a repair is believed; what is ticked is part of how it was verified, and
    what was ticked before is ticked here."""
    checks = scene.protocol.validation[:TICKS_MOST]
    if checks:
        done = _ticked(scene, sheets.VALIDATION)
        ticked = [one.text for one in checks if one.id in done]
        yield ticks(Field.CHECKED, "What was checked", [pick_one(one.text, one.text) for one in checks], ticked=ticked)


def _ticked(scene: Scene, key: str) -> Collection[str]:
    """Ids of what was ticked on a list before its form is opened."""
    found = sheets.sheet(key, scene.protocol)
    return sheets.ticks(scene.incident, found) if found else ()


def _changes(scene: Scene) -> list[Block]:
    """Every plan that needed approval, and what became of it."""
    told = proposals.changes(scene)
    return [small(say("forms.changes", changes=told))] if told else []


def _close_too(scene: Scene) -> InputBlock:
    left = [c.text.rstrip(".") for c in vouched(scene.protocol)]
    hint = f"Ticked, it also says: {'; '.join(left)}." if left else ""
    return ticks(Field.CLOSE_TOO, "Close too", [pick_one("Everything the protocol asks for is done", YES)], hint=hint)


def close(scene: Scene, proven: Collection[str] = (), *, reason: str = "", metadata: str = "") -> dict[str, Any]:
    """Close. `proven` are ids of closure criteria that the record proves (`ending.proven`): they are ticked already."""
    incident, protocol = scene.incident, scene.protocol
    grades = [pick_one(s.label, s.name) for s in protocol.severities]
    answers = [pick_one("Yes", YES), pick_one("No", NO)]
    fields = [
        menu(Field.SEVERITY, "Severity", grades, chosen=incident.severity, needed=True),
        *_criteria(protocol, proven, _ticked(scene, sheets.CLOSURE)),
        *_unfinished(scene),
        line(
            Field.REASON,
            "Why it is closed without the rest",
            typed=reason,
            hint="Needed only where something is not ticked.",
        ),
        choice(Field.AUTOMATABLE, "Could automation have handled this?", answers),
    ]
    return view(Form.CLOSE, f"Close {incident.number}", "Close", fields, metadata)


def _criteria(protocol: Protocol, proven: Collection[str], before: Collection[str]) -> Iterator[Block]:
    """Ten to a group, because Slack allows no more; a text too long for a tick is shown whole above."""
    for text in (c.text for c in protocol.closure if len(c.text) > OPTION_MOST):
        yield small(say("forms.criterion", text=text))
    for start in range(0, len(protocol.closure), TICKS_MOST):
        part = protocol.closure[start : start + TICKS_MOST]
        number = start // TICKS_MOST + 1
        options = [_criterion(c, c.id in proven) for c in part]
        name = f"{Field.MET}_{number}" if start else Field.MET.value
        yield ticks(name, f"What holds ({number})" if start else "What holds", options, ticked={*proven, *before})


def _unfinished(scene: Scene) -> list[Block]:
    """Checklists that are not finished: they do not keep it open, but the summary says so."""
    left = checklists.left_unticked(scene)
    return [small(say("checklists.form_left", left=left))] if left else []


def _criterion(criterion: Criterion, known: bool) -> Option:
    return pick_one(criterion.text, criterion.id, "on the record" if known else "")


def reopen(scene: Scene, *, why: str = "", metadata: str = "") -> dict[str, Any]:
    """Reopen, with the reason why."""
    field = line(Field.WHY, "Why is it open again", typed=why, needed=True, multiline=True)
    return view(Form.REOPEN, f"Reopen {scene.incident.number}", "Reopen", [field], metadata)


def view(form: Form, title: str, submit: str, blocks: list[Any], metadata: str) -> dict[str, Any]:
    """A form as `views.open` takes it; a title too long is cut to its first word."""
    drawn: dict[str, Any] = View(
        type="modal",
        callback_id=form,
        title=title if len(title) <= TITLE_MOST else title.split(" ", 1)[0],
        submit=submit,
        close="Cancel",
        private_metadata=metadata or None,
        blocks=blocks,
    ).to_dict()
    return drawn
