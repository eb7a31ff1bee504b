"""Forms of changing one's mind: how it should read, and what is split off. Read back here too."""

from __future__ import annotations

from typing import Any

from bot.domain.changes import last_said
from bot.views.form_fields import Field, line, menu, moment, pick_one, several_people
from bot.views.forms import view
from bot.views.ids import Form
from bot.views.kind_fields import kind, place
from bot.views.read_forms import Values, moment_in, people_in, picked, ticked, typed
from bot.views.scene import Scene


def edit(scene: Scene, update: int | None = None, *, metadata: str = "") -> dict[str, Any]:
    """How it reads now, to be corrected. `update` is the update that *Edit* was pressed on."""
    incident = scene.incident
    news = last_said(incident, scene.reader, update)
    words = line(Field.TEXT, "Update", typed=news.text, multiline=True) if news else None
    fields = [
        *([words] if words else []),
        line(Field.TITLE, "Title", typed=incident.title),
        line(Field.AFFECTED, "What is affected", typed=incident.affected, hint="Separated by commas."),
        place(scene.protocol, incident.environment),
        *kind(scene.protocol),
        moment(Field.STARTED_AT, "Started at", chosen=incident.started_at),
        moment(Field.DETECTED_AT, "Detected at", chosen=incident.detected_at),
    ]
    return view(Form.EDIT, f"Edit {incident.number}", "Save", fields, metadata)


def read_edit(values: Values) -> dict[str, Any]:
    """Fields of `request.Correct`. What the form did not show stays as it is."""
    return {
        "title": typed(values, Field.TITLE),
        "text": typed(values, Field.TEXT) if Field.TEXT in values else None,
        "affected": typed(values, Field.AFFECTED),
        "environment": picked(values, Field.ENVIRONMENT),
        "categories": tuple(ticked(values, Field.CATEGORY)) or None,
        "started_at": moment_in(values, Field.STARTED_AT),
        "detected_at": moment_in(values, Field.DETECTED_AT),
    }


def split(scene: Scene, *, title: str = "", metadata: str = "") -> dict[str, Any]:
    """Declare a part of this incident as one of its own."""
    incident = scene.incident
    grades = [pick_one(s.label, s.name) for s in scene.protocol.severities]
    hint = f"What is named here is not {incident.number}'s any more."
    fields = [
        line(Field.TITLE, "Title", typed=title, needed=True, placeholder="Revenue dashboard is slow"),
        menu(Field.SEVERITY, "Severity", grades, chosen=incident.severity),
        line(Field.AFFECTED, "What is affected", hint=hint, placeholder=incident.affected),
        several_people(Field.PEOPLE, "People to bring"),
    ]
    return view(Form.SPLIT, f"Split {incident.number}", "Declare", fields, metadata)


def read_split(values: Values) -> dict[str, Any]:
    """Fields of `request.Split`."""
    return {
        "title": typed(values, Field.TITLE),
        "severity": picked(values, Field.SEVERITY),
        "affected": typed(values, Field.AFFECTED),
        "people": people_in(values, Field.PEOPLE),
    }
