"""The forms of a high-impact change: the plan, the reason against it, the reason to go ahead without approval."""

from __future__ import annotations

from typing import Any

from bot.domain import sheets
from bot.domain.errors import BadInput
from bot.domain.incident import Proposal
from bot.domain.proposals import number_of, parts
from bot.views import forms
from bot.views.form_fields import Field, line, menu, pick_one
from bot.views.ids import Form
from bot.views.kind_fields import place
from bot.views.read_forms import Values, picked, typed
from bot.views.scene import Scene
from bot.views.words import escaped, joined, say

COUNTS_MOST = 5
"""How many of the protocol's reasons for approval the form repeats."""


def propose(
    scene: Scene, *, text: str = "", before: Proposal | None = None, step: str = "", metadata: str = ""
) -> dict[str, Any]:
    """Plan a change; `text` is what was typed already, `before` the plan that is changed, `step` the place of the step
    that it is the plan of."""
    of_step = _of_step(scene, step) if step else {}
    held = {**of_step, **(_of(before) if before else {}), **(parts(text) if text else {})}
    counts = joined(map(escaped, scene.protocol.approvals.counts[:COUNTS_MOST]), by="; ")
    where = held.get("environment") or scene.incident.environment
    fields = [
        *([menu(Field.STEP, "Step", [pick_one(of_step["what"], step)], chosen=step, needed=True)] if of_step else []),
        *(
            [forms.small(say("forms.counts", counts=counts, clause=scene.protocol.approvals.clause()))]
            if counts
            else []
        ),
        line(Field.WHAT, "What is to be changed", typed=held.get("what", ""), needed=True, multiline=True),
        line(Field.WHY, "Why", typed=held.get("why", ""), multiline=True),
        line(Field.RISK, "Risk and side effects", typed=held.get("risk", ""), multiline=True),
        line(
            Field.ROLLBACK,
            "How it is taken back",
            typed=held.get("rollback", ""),
            needed=True,
            hint="If it cannot be taken back, say that.",
            multiline=True,
        ),
        place(scene.protocol, where),
    ]
    title = f"Change plan {number_of(scene.incident, before.seq)}" if before else f"Change in {scene.incident.number}"
    return forms.view(Form.PROPOSE, title, "Ask for approval", fields, metadata)


def _of_step(scene: Scene, step: str) -> dict[str, str]:
    """What a step's plan begins with: what is done, and by which list. Raises BadInput for a step there is not."""
    key, _, name = step.rpartition("/")
    sheet = sheets.sheet(key, scene.protocol)
    item = sheet.item(name) if sheet else None
    if sheet is None or item is None:
        raise BadInput("That step is not in the protocol any more. /incident checklist shows what there is.")
    _, _, of = key.partition("/")
    book = scene.protocol.runbook(of.partition("/")[0])
    title = f"{book.title}, {sheet.title}" if book and key.startswith(sheets.RUNBOOK) else sheet.title
    clause = f" ({item.clause()})" if item.clause() else ""
    return {"what": item.text, "why": f"A step of {title}{clause}"}


def _of(plan: Proposal) -> dict[str, str]:
    return plan.model_dump(include={"what", "why", "risk", "rollback", "environment"})


def read_propose(values: Values) -> dict[str, Any]:
    """Fields of `request.Propose`; which plan it replaces is the door's to add."""
    texts = {name: typed(values, name) for name in (Field.WHAT, Field.WHY, Field.RISK, Field.ROLLBACK)}
    return {
        **{name.value: text for name, text in texts.items()},
        "environment": picked(values, Field.ENVIRONMENT) or "",
        "step": picked(values, Field.STEP) or "",
    }


def reject(scene: Scene, *, why: str = "", metadata: str = "") -> dict[str, Any]:
    """Reject a plan, with the reason."""
    field = line(Field.WHY, "What speaks against it", typed=why, needed=True, multiline=True)
    return forms.view(Form.REJECT, f"Reject {scene.incident.number}", "Reject", [field], metadata)


def go_ahead(scene: Scene, *, why: str = "", metadata: str = "") -> dict[str, Any]:
    """Go ahead without approval, with the reason."""
    fields = [
        line(Field.WHY, "Why it cannot wait", typed=why, needed=True, multiline=True),
        forms.small(say("forms.go_ahead", scene)),
    ]
    return forms.view(Form.GO_AHEAD, f"Go ahead {scene.incident.number}", "Go ahead", fields, metadata)


def read_why(values: Values) -> str:
    return typed(values, Field.WHY)
