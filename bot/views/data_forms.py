"""The data axis in forms: the state of the data, a backfill, and monitoring in place of resolving too early."""

from __future__ import annotations

from typing import Any

from bot.domain.incident import UNSETTLED_DATA, DataState
from bot.views import recipes
from bot.views.form_fields import Field, line, menu, moment, person, pick_one
from bot.views.forms import data_states, small, view
from bot.views.ids import Form
from bot.views.read_forms import Values, moment_in, person_in, picked, typed
from bot.views.scene import Scene
from bot.views.words import say


def data(scene: Scene, *, text: str = "", metadata: str = "") -> dict[str, Any]:
    """What can be said of the data; only the state is required."""
    chosen = None if scene.incident.data == DataState.NOT_CHECKED else scene.incident.data.value
    blocks = [
        menu(Field.DATA, "State of the data", data_states(), chosen=chosen, needed=True),
        moment(Field.SINCE, "Wrong since", hint="For late data: right until"),
        moment(Field.UNTIL, "Wrong until"),
        line(Field.PARTITIONS, "Partitions", typed=scene.incident.partitions, placeholder="2026-11-19, 2026-11-20"),
        moment(Field.ETA, "Expected right"),
        moment(Field.TRUSTED_FROM, "Trusted from", hint="From when on figures are right again"),
        person(Field.ACCEPTED_BY, "Accepted by", hint="Who accepts the loss, where data is lost"),
        line(Field.WHY, "What was found", typed=text, multiline=True),
    ]
    return view(Form.DATA, "State of the data", "Save", blocks, metadata)


def read_data(values: Values) -> dict[str, Any]:
    """Fields of `request.StateData`."""
    return {
        "state": picked(values, Field.DATA) or "",
        "since": moment_in(values, Field.SINCE),
        "until": moment_in(values, Field.UNTIL),
        "partitions": typed(values, Field.PARTITIONS),
        "trusted_from": moment_in(values, Field.TRUSTED_FROM),
        "accepted_by": person_in(values, Field.ACCEPTED_BY),
        "eta": moment_in(values, Field.ETA),
        "why": typed(values, Field.WHY),
    }


def backfill(scene: Scene, *, text: str = "", recipe: str = "", metadata: str = "") -> dict[str, Any]:
    """One line of the backfill ledger; `recipe` is the protocol's that was chosen already."""
    known = scene.protocol.backfills
    chosen = next((one for one in known if one.name == recipe), None)
    options = [pick_one(one.title, one.name) for one in known]
    blocks = [
        *([menu(Field.RECIPE, "Recipe", options, chosen=recipe)] if options else []),
        *(recipes.commands(scene, chosen) if chosen else []),
        line(Field.WHAT, "What is written again", typed=text, needed=True, placeholder="orders_mart, by the hour"),
        moment(Field.SINCE, "From"),
        moment(Field.UNTIL, "To"),
        person(Field.OWNER, "Who does it"),
    ]
    return view(Form.BACKFILL, "Backfill", "Plan", blocks, metadata)


def read_backfill(values: Values) -> dict[str, Any]:
    """Fields of `request.PlanBackfill`."""
    return {
        "what": typed(values, Field.WHAT),
        "since": moment_in(values, Field.SINCE),
        "until": moment_in(values, Field.UNTIL),
        "owner": person_in(values, Field.OWNER),
        "recipe": picked(values, Field.RECIPE) or "",
    }


def monitor(scene: Scene, fix: str, state: str, *, metadata: str = "") -> dict[str, Any]:
    """In place of resolving while the data is not right: what was typed stays, and it is watched until a time.

    The text has a block of its own: when a view takes another's place, Slack keeps what was typed into blocks of the
    same id and ignores their initial values (reference/views, "Updating a view").
    """
    options = [pick_one(one.value, one.value) for one in DataState if one in UNSETTLED_DATA]
    blocks = [
        small(say("data.monitor_why", scene, word=state)),
        line(Field.TEXT, "Fix applied", typed=fix, needed=True, multiline=True),
        menu(Field.DATA, "State of the data", options, chosen=state, needed=True),
        moment(Field.ETA, "Monitoring until", hint="When the data is expected to be right"),
    ]
    return view(Form.MONITOR, "Monitoring instead", "Monitor", blocks, metadata)


def read_monitor(values: Values) -> dict[str, Any]:
    """Fields of `request.Monitor`."""
    return {
        "fix": typed(values, Field.TEXT),
        "data": picked(values, Field.DATA) or "",
        "eta": moment_in(values, Field.ETA),
    }
