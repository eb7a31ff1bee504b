"""What people typed into forms, as the fields of the requests in `bot.domain.request`.

`values` is `view["state"]["values"]` of a submission, already cleaned. A reader raises BadInput, naming the field, for
what no request can carry; everything else is judged by `decide`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from bot.domain import duration
from bot.domain.errors import BadInput
from bot.domain.incident import DataState
from bot.domain.protocol import Criterion, Protocol
from bot.views.form_fields import YES, Field

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]


def plain(values: Values) -> Values:
    """The values by their fields' names: one whose options are a protocol's is named after it (`severity@ours`)."""
    return {name.partition("@")[0]: held for name, held in values.items()}


def read_declare(values: Values) -> dict[str, Any]:
    """Fields of `request.Declare`; `origin` is the door's to add."""
    return {
        "title": typed(values, Field.TITLE),
        "severity": picked(values, Field.SEVERITY),
        "affected": typed(values, Field.AFFECTED),
        "environment": picked(values, Field.ENVIRONMENT) or "production",
        "categories": tuple(ticked(values, Field.CATEGORY)),
        "detection": picked(values, Field.DETECTION) or "user report",
        "detected_at": moment_in(values, Field.DETECTED_AT),
        "started_at": moment_in(values, Field.STARTED_AT),
        "private": YES in ticked(values, Field.PRIVATE),
        "protocol": picked(values, Field.PROTOCOL),
    }


def read_update(values: Values) -> dict[str, Any]:
    """Fields of `request.PostUpdate`. An impact without its sentence would be lost, so it is refused."""
    impact, data, eta = typed(values, Field.IMPACT), picked(values, Field.DATA), moment_in(values, Field.ETA)
    if (data or eta) and not impact.strip():
        raise BadInput("Say in a sentence what that means for those who use the data.", Field.IMPACT)
    return {"text": typed(values, Field.TEXT), "impact": impact, "data": data, "eta": eta}


def read_snooze(values: Values) -> dict[str, Any]:
    """Fields of `request.SnoozeAsking`."""
    try:
        length = duration.parse(picked(values, Field.LENGTH) or "")
    except ValueError as error:
        raise BadInput("Choose for how long.", Field.LENGTH) from error
    if length is None:
        raise BadInput("Choose for how long.", Field.LENGTH)
    return {"length": length, "why": typed(values, Field.WHY)}


def read_resolve(values: Values) -> dict[str, Any]:
    """Fields of `request.Resolve`; whether *Close too* was ticked is `closes_too`."""
    return {
        "fix": typed(values, Field.FIX),
        "data": picked(values, Field.DATA) or "",
        "cause": typed(values, Field.CAUSE),
        "verified": _verified(values),
        "postmortem_owner": person_in(values, Field.POSTMORTEM_OWNER),
    }


def _verified(values: Values) -> str:
    """What was ticked as checked, and what was typed about it, in one text."""
    checked = "; ".join(ticked(values, Field.CHECKED))
    return ". ".join(part for part in (checked, typed(values, Field.VERIFIED).strip()) if part)


def closes_too(values: Values, protocol: Protocol) -> dict[str, Any] | None:
    """Fields of `request.Close` when *Close too* was ticked: it says that whatever only a person can know is done."""
    if YES not in ticked(values, Field.CLOSE_TOO):
        return None
    return {"met": tuple(c.id for c in vouched(protocol)), "reason": _unproven(values)}


def vouched(protocol: Protocol) -> list[Criterion]:
    """What *Close too* says is done: what only a person can know, and that everybody heard, which the record cannot
    show yet in the moment of resolving."""
    return [criterion for criterion in protocol.closure if criterion.proof in (None, "notified")]


def _unproven(values: Values) -> str:
    """What this very form leaves open is said as the reason, because there is no second form to ask for one."""
    data = picked(values, Field.DATA) or DataState.NOT_CHECKED
    settled = data in (DataState.UNAFFECTED, DataState.REPAIRED)
    unknown = [] if typed(values, Field.CAUSE).strip() else ["The root cause is still unknown."]
    return " ".join([*unknown, *([] if settled else [f"The data is {data}."])])


def read_close(values: Values) -> dict[str, Any]:
    """Fields of `request.Close`."""
    groups = [name for name in values if name == Field.MET or name.startswith(f"{Field.MET}_")]
    automatable = picked(values, Field.AUTOMATABLE)
    return {
        "met": tuple(one for name in groups for one in ticked(values, name)),
        "reason": typed(values, Field.REASON),
        "severity": picked(values, Field.SEVERITY),
        "automatable": None if automatable is None else automatable == YES,
    }


def read_reopen(values: Values) -> dict[str, Any]:
    """Fields of `request.Reopen`."""
    return {"why": typed(values, Field.WHY)}


def _of(values: Values, name: str) -> Mapping[str, Any]:
    return values.get(name, {}).get(name, {})


def typed(values: Values, field: str) -> str:
    """What was typed into a field; empty for nothing."""
    return _of(values, field).get("value") or ""


def picked(values: Values, field: str) -> str | None:
    """The value chosen in a menu or among radio buttons."""
    chosen = _of(values, field).get("selected_option")
    return chosen["value"] if chosen else None


def ticked(values: Values, name: str) -> list[str]:
    """The values ticked in a group of checkboxes, or chosen from a list, in the order in which they were chosen."""
    return [option["value"] for option in _of(values, name).get("selected_options") or ()]


def moment_in(values: Values, field: str) -> datetime | None:
    """The time chosen in a field."""
    stamp = _of(values, field).get("selected_date_time")
    return datetime.fromtimestamp(stamp, UTC) if stamp else None


def day_in(values: Values, field: Field) -> date | None:
    """A date; None when none is chosen."""
    chosen = _of(values, field).get("selected_date")
    return date.fromisoformat(chosen) if chosen else None


def people_in(values: Values, field: Field) -> tuple[str, ...]:
    """The people chosen in a field."""
    return tuple(_of(values, field).get("selected_users") or ())


def everybody_in(values: Values) -> list[str]:
    """The people chosen anywhere in a form."""
    held = [one for field in values.values() for one in field.values()]
    several = (person for one in held for person in one.get("selected_users") or ())
    chosen = [*(one.get("selected_user") for one in held), *several]
    return list(dict.fromkeys(str(person) for person in chosen if person))


def person_in(values: Values, field: Field) -> str | None:
    """The person chosen in a field."""
    chosen: str | None = _of(values, field).get("selected_user")
    return chosen
