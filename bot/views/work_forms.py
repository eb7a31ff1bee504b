"""Causes and things to do in forms: ruling a theory out, adding something to do, giving it to somebody, dropping it."""

from __future__ import annotations

from typing import Any

from bot.domain.incident import Todo
from bot.views.form_fields import NO, YES, Field, day, line, menu, person, pick_one
from bot.views.forms import view
from bot.views.ids import Form
from bot.views.read_forms import Values, day_in, person_in, picked, typed
from bot.views.scene import Scene


def rule_out(scene: Scene, *, metadata: str = "") -> dict[str, Any]:
    """Why a theory is ruled out."""
    hint = "It stands in the brief, so that nobody tries it again."
    fields = [line(Field.WHY, "What ruled it out", needed=True, hint=hint, multiline=True)]
    return view(Form.RULE_OUT, f"Rule out · {scene.incident.number}", "Rule out", fields, metadata)


def todo(scene: Scene, *, text: str = "", metadata: str = "") -> dict[str, Any]:
    """Something to do: now, or afterwards."""
    when = [pick_one("Afterwards: an action item", NO), pick_one("Now: a task", YES)]
    fields = [
        line(Field.WHAT, "What is to be done", typed=text, needed=True, multiline=True),
        person(Field.OWNER, "Who does it"),
        menu(Field.TASK, "When", when, chosen=NO),
        day(Field.DUE, "Due"),
    ]
    return view(Form.ACTION, f"To do · {scene.incident.number}", "Add", fields, metadata)


def assign(scene: Scene, given: Todo | None, *, metadata: str = "") -> dict[str, Any]:
    """Who does it, and by when."""
    fields = [
        person(Field.OWNER, "Who does it", chosen=given.owner if given else None),
        day(Field.DUE, "Due", chosen=given.due if given else None),
    ]
    return view(Form.ASSIGN_ACTION, f"Assign · {scene.incident.number}", "Assign", fields, metadata)


def drop(scene: Scene, *, metadata: str = "") -> dict[str, Any]:
    """Why something is not done after all."""
    fields = [line(Field.WHY, "Why it is not needed", needed=True)]
    return view(Form.DROP_ACTION, f"Drop · {scene.incident.number}", "Drop", fields, metadata)


def read_why(values: Values) -> str:
    return typed(values, Field.WHY)


def read_todo(values: Values) -> dict[str, Any]:
    """Fields of `request.AddAction`."""
    task = picked(values, Field.TASK) == YES
    return {"text": typed(values, Field.WHAT), "task": task, **read_assign(values)}


def read_assign(values: Values) -> dict[str, Any]:
    """Fields of `request.ChangeAction`, but for which."""
    return {"owner": person_in(values, Field.OWNER), "due": day_in(values, Field.DUE)}
