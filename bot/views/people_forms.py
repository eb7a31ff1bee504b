"""Who does what, in forms: a role is given, somebody is called by name or by level, a question is answered.

A form that rings people names them and their local time as it opens: what stands in a channel would be wrong by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.errors import BadInput
from bot.views.form_fields import Field, line, menu, person, pick_one
from bot.views.forms import small, view
from bot.views.ids import Form
from bot.views.people import question_of, rung
from bot.views.read_forms import Values, person_in, picked, typed
from bot.views.scene import Scene
from bot.views.words import say


def assign(scene: Scene, role: str, *, metadata: str = "") -> dict[str, Any]:
    """A role and who holds it from now on."""
    roles = [pick_one(one.title, one.name) for one in scene.protocol.roles]
    fields = [
        menu(Field.ROLE, "Role", roles, chosen=role, needed=True),
        person(Field.PERSON, "Who", needed=True, hint="They read the duties and how it stands by direct message."),
    ]
    return view(Form.ASSIGN, "Assign a role", "Assign", fields, metadata)


def read_assign(values: Values) -> dict[str, Any]:
    """Fields of `request.AssignRole`."""
    return {"person": _chosen(values), "role": picked(values, Field.ROLE)}


def escalate(scene: Scene, people: Sequence[str], level: int, *, text: str = "", metadata: str = "") -> dict[str, Any]:
    """The next level of the ladder: who would be rung, and what is needed of them."""
    fields = [
        small(say("people.rings", people=rung(scene, people))),
        line(Field.TEXT, "Needed", typed=text, placeholder="someone who can change the Kafka retention"),
    ]
    return view(Form.ESCALATE, f"Escalate to level {level}", "Escalate", fields, metadata)


def read_escalate(values: Values) -> dict[str, Any]:
    """Fields of `request.Escalate`."""
    return {"help": typed(values, Field.TEXT)}


def call_team(
    scene: Scene, teams: Mapping[str, Sequence[str]], team: str, *, text: str = "", metadata: str = ""
) -> dict[str, Any]:
    """A team that is called for a kind of incident: whom each would ring, and what is needed of them."""
    told = [say("tellings.team_rings", team=one, people=rung(scene, people)) for one, people in teams.items()]
    options = [pick_one(one, one) for one in teams]
    fields = [
        *(small(one) for one in told),
        menu(Field.TEAM, "Team", options, chosen=team if team in teams else None, needed=True),
        line(Field.TEXT, "Needed", typed=text, placeholder="someone who knows how orders are loaded"),
    ]
    return view(Form.CALL_TEAM, "Call a team", "Call", fields, metadata)


def read_call_team(values: Values) -> dict[str, Any]:
    """Fields of `request.Escalate`."""
    return {"team": picked(values, Field.TEAM), "help": typed(values, Field.TEXT)}


def page(scene: Scene, next_up: str | None, *, why: str = "", metadata: str = "") -> dict[str, Any]:
    """Somebody is called by name; the next on the ladder is chosen already."""
    note = (
        [small(say("people.rings", people=rung(scene, [next_up])))] if next_up else [small(say("people.nobody_else"))]
    )
    fields = [
        *note,
        person(Field.PERSON, "Who", chosen=next_up, needed=True),
        line(Field.WHY, "What you need them for", typed=why),
    ]
    return view(Form.PAGE, "Page somebody", "Page", fields, metadata)


def read_page(values: Values, instead_of: int | None) -> dict[str, Any]:
    """Fields of `request.Page`."""
    return {"person": _chosen(values), "why": typed(values, Field.WHY), "instead_of": instead_of}


def answer(scene: Scene, seq: int, *, text: str = "", metadata: str = "") -> dict[str, Any]:
    """The answer to a question; everybody who reads the announcement reads it."""
    asked = question_of(scene, seq)
    fields = [
        small(say("people.question", scene, question=asked)),
        line(Field.TEXT, "Answer", typed=text, needed=True, multiline=True),
    ]
    return view(Form.ANSWER, "Answer", "Post", fields, metadata)


def read_answer(values: Values, question: int | None) -> dict[str, Any]:
    """Fields of `request.AnswerQuestion`."""
    return {"question": question or 0, "text": typed(values, Field.TEXT)}


def _chosen(values: Values) -> str:
    chosen = person_in(values, Field.PERSON)
    if chosen is None:
        raise BadInput("Choose who.", Field.PERSON)
    return chosen
