"""What people typed into forms, as the fields of the requests in `bot.domain.request`.

`values` is `view["state"]["values"]` of a submission, already cleaned. A reader raises BadInput, naming the field, for
what no request can carry; everything else is judged by `decide`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain import duration
from bot.domain.errors import BadInput
from bot.domain.incident import DataState
from bot.domain.protocol import Protocol
from bot.views.form_fields import YES, Field

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]


def read_declare(values: Values) -> dict[str, Any]:
    """Fields of `request.Declare`; `origin` is the door's to add."""
    return {
        "title": _typed(values, Field.TITLE),
        "severity": _picked(values, Field.SEVERITY),
        "affected": _typed(values, Field.AFFECTED),
        "environment": _picked(values, Field.ENVIRONMENT) or "production",
        "detection": _picked(values, Field.DETECTION) or "user report",
        "detected_at": _moment(values, Field.DETECTED_AT),
        "started_at": _moment(values, Field.STARTED_AT),
        "private": YES in _ticked(values, Field.PRIVATE),
    }


def read_update(values: Values) -> dict[str, Any]:
    """Fields of `request.PostUpdate`. An impact without its sentence would be lost, so it is refused."""
    impact, data, eta = _typed(values, Field.IMPACT), _picked(values, Field.DATA), _moment(values, Field.ETA)
    if (data or eta) and not impact.strip():
        raise BadInput("Say in a sentence what that means for those who use the data.", Field.IMPACT)
    return {"text": _typed(values, Field.TEXT), "impact": impact, "data": data, "eta": eta}


def read_snooze(values: Values) -> dict[str, Any]:
    """Fields of `request.SnoozeAsking`."""
    try:
        length = duration.parse(_picked(values, Field.LENGTH) or "")
    except ValueError as error:
        raise BadInput("Choose for how long.", Field.LENGTH) from error
    if length is None:
        raise BadInput("Choose for how long.", Field.LENGTH)
    return {"length": length, "why": _typed(values, Field.WHY)}


def read_resolve(values: Values) -> dict[str, Any]:
    """Fields of `request.Resolve`; whether *Close too* was ticked is `closes_too`."""
    return {
        "fix": _typed(values, Field.FIX),
        "data": _picked(values, Field.DATA) or "",
        "cause": _typed(values, Field.CAUSE),
        "verified": _typed(values, Field.VERIFIED),
        "postmortem_owner": _of(values, Field.POSTMORTEM_OWNER).get("selected_user"),
    }


def closes_too(values: Values, protocol: Protocol) -> dict[str, Any] | None:
    """Fields of `request.Close` when *Close too* was ticked: it says that whatever only a person can know is done."""
    if YES not in _ticked(values, Field.CLOSE_TOO):
        return None
    return {"met": tuple(c.id for c in protocol.closure if c.proof is None), "reason": _unproven(values)}


def _unproven(values: Values) -> str:
    """What this very form leaves open is said as the reason, because there is no second form to ask for one."""
    data = _picked(values, Field.DATA) or DataState.NOT_CHECKED
    settled = data in (DataState.UNAFFECTED, DataState.REPAIRED)
    unknown = [] if _typed(values, Field.CAUSE).strip() else ["The root cause is still unknown."]
    return " ".join([*unknown, *([] if settled else [f"The data is {data}."])])


def read_close(values: Values) -> dict[str, Any]:
    """Fields of `request.Close`."""
    groups = [name for name in values if name == Field.MET or name.startswith(f"{Field.MET}_")]
    automatable = _picked(values, Field.AUTOMATABLE)
    return {
        "met": tuple(one for name in groups for one in _ticked(values, name)),
        "reason": _typed(values, Field.REASON),
        "severity": _picked(values, Field.SEVERITY),
        "automatable": None if automatable is None else automatable == YES,
    }


def read_reopen(values: Values) -> dict[str, Any]:
    """Fields of `request.Reopen`."""
    return {"why": _typed(values, Field.WHY)}


def _of(values: Values, name: str) -> Mapping[str, Any]:
    return values.get(name, {}).get(name, {})


def _typed(values: Values, field: Field) -> str:
    return _of(values, field).get("value") or ""


def _picked(values: Values, field: Field) -> str | None:
    chosen = _of(values, field).get("selected_option")
    return chosen["value"] if chosen else None


def _ticked(values: Values, name: str) -> list[str]:
    return [option["value"] for option in _of(values, name).get("selected_options") or ()]


def _moment(values: Values, field: Field) -> datetime | None:
    stamp = _of(values, field).get("selected_date_time")
    return datetime.fromtimestamp(stamp, UTC) if stamp else None
