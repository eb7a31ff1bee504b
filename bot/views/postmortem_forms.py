"""The postmortem in a form: when people meet for it, where, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.views.form_fields import Field, line, moment, person
from bot.views.forms import small, view
from bot.views.ids import Form
from bot.views.postmortem import takes_part
from bot.views.read_forms import Values, moment_in, person_in, typed
from bot.views.scene import Scene


def schedule(
    scene: Scene, people: Sequence[str], owner: str | None, *, text: str = "", metadata: str = ""
) -> dict[str, Any]:
    """When people meet. `people` are those who take part by the protocol; `text` was typed already."""
    fields = [
        small(takes_part(scene, people)),
        moment(Field.AT, "When"),
        line(Field.WHERE, "Where", typed=text, placeholder="Room 4, or the address of a call"),
        person(Field.OWNER, "Postmortem owner", chosen=owner),
    ]
    return view(Form.POSTMORTEM, "Postmortem", "Announce", fields, metadata)


def read_schedule(values: Values) -> dict[str, Any]:
    """Fields of `request.SchedulePostmortem`."""
    return {
        "at": moment_in(values, Field.AT),
        "where": typed(values, Field.WHERE),
        "owner": person_in(values, Field.OWNER),
    }
