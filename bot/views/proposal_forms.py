"""The forms of a high-impact change: the plan, the reason against it, the reason to go ahead without approval."""

from __future__ import annotations

from typing import Any

from bot.domain.incident import Proposal
from bot.domain.proposals import number_of, parts
from bot.views import forms
from bot.views.form_fields import Field, line
from bot.views.ids import Form
from bot.views.kind_fields import place
from bot.views.read_forms import Values, picked, typed
from bot.views.scene import Scene
from bot.views.words import escaped, joined, say

COUNTS_MOST = 5
"""How many of the protocol's reasons for approval the form repeats."""


def propose(scene: Scene, *, text: str = "", before: Proposal | None = None, metadata: str = "") -> dict[str, Any]:
    """Plan a change; `text` is what was typed already, `before` the plan that is changed."""
    held = {**(_of(before) if before else {}), **(parts(text) if text else {})}
    counts = joined(map(escaped, scene.protocol.approvals.counts[:COUNTS_MOST]), by="; ")
    where = held.get("environment") or scene.incident.environment
    fields = [
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


def _of(plan: Proposal) -> dict[str, str]:
    return plan.model_dump(include={"what", "why", "risk", "rollback", "environment"})


def read_propose(values: Values) -> dict[str, Any]:
    """Fields of `request.Propose`; which plan it replaces is the door's to add."""
    texts = {name: typed(values, name) for name in (Field.WHAT, Field.WHY, Field.RISK, Field.ROLLBACK)}
    return {
        **{name.value: text for name, text in texts.items()},
        "environment": picked(values, Field.ENVIRONMENT) or "",
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
