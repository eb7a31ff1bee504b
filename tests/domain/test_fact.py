"""Facts live for ever: what was once written can be read, and never means something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain import fact as f

GOLDEN = Path(__file__).parent / "golden" / "facts.jsonl"
"""One line for every version of every kind ever released. Lines are added when a shape changes, and never edited."""

LINES = GOLDEN.read_text(encoding="utf-8").splitlines()


FIRST = GOLDEN.with_name("facts-0.1.jsonl").read_text(encoding="utf-8").splitlines()
"""What 0.1 wrote, kept as it was: fields that came later have a default that means what was true then."""


def canonical(kind: str, data: dict[str, Any]) -> str:
    return json.dumps({"kind": kind, "data": data}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def newest() -> list[Any]:
    """The lines written in the present shape of their kind."""
    said = [json.loads(line) for line in LINES]
    present = [one for one in said if one["data"]["v"] == f.KINDS[one["kind"]].model_fields["v"].default]
    return [pytest.param(one["kind"], one["data"], id=one["kind"]) for one in present]


@pytest.mark.parametrize("line", LINES, ids=lambda line: str(json.loads(line)["kind"]))
def test_every_line_ever_written_can_still_be_read(line: str) -> None:
    said = json.loads(line)
    fact = f.revive(said["kind"], said["data"])
    assert fact.kind == said["kind"]
    assert fact.v == f.KINDS[fact.kind].model_fields["v"].default


@pytest.mark.parametrize("line", FIRST, ids=lambda line: str(json.loads(line)["kind"]))
def test_what_the_first_version_wrote_still_says_the_same(line: str) -> None:
    said = json.loads(line)
    now = json.loads(canonical(said["kind"], f.revive(said["kind"], said["data"]).model_dump(mode="json")))
    kept = {key: now["data"][key] for key in said["data"]}
    assert kept == said["data"]


@pytest.mark.parametrize(("kind", "data"), newest())
def test_the_present_shape_is_the_one_on_record(kind: str, data: dict[str, Any]) -> None:
    """A field that was added, dropped or renamed needs a higher `v`, an upcaster and a new line."""
    assert canonical(kind, f.revive(kind, data).model_dump(mode="json")) == canonical(kind, data)
    assert set(data) == set(f.KINDS[kind].model_fields)


@pytest.mark.parametrize(("kind", "data"), newest())
def test_the_record_uses_every_field(kind: str, data: dict[str, Any]) -> None:
    assert [name for name, value in data.items() if value in (None, "", [], False)] == []


def test_every_kind_is_on_record_once_per_version_and_as_it_is_stored() -> None:
    said = [json.loads(line) for line in LINES]
    versions = [(one["kind"], one["data"]["v"]) for one in said]
    assert len(versions) == len(set(versions))
    assert {kind for kind, _ in versions} == set(f.KINDS)
    assert [canonical(one["kind"], one["data"]) for one in said] == LINES


def test_no_two_kinds_have_one_name() -> None:
    assert all(kind.kind == name and "kind" in vars(kind) for name, kind in f.KINDS.items())
    classes = [each for each in vars(f).values() if isinstance(each, type) and issubclass(each, f.Fact)]
    assert {each for each in classes if "kind" in vars(each)} == set(f.KINDS.values())


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("invented_tomorrow", {"v": 1}),
        ("acknowledged", {"v": 1, "implied": False, "loudly": True}),
        ("acknowledged", {"v": 99, "implied": False}),
    ],
    ids=["an unknown kind", "an unknown field", "a later shape"],
)
def test_what_a_newer_version_wrote_is_not_guessed(kind: str, data: dict[str, Any]) -> None:
    with pytest.raises(f.FromNewer):
        f.revive(kind, data)


def test_a_fact_that_no_version_wrote_is_no_newer_one() -> None:
    with pytest.raises(ValidationError):
        f.revive("acknowledged", {"v": 1, "implied": "loudly"})


def test_an_older_shape_is_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def second(data: dict[str, Any]) -> dict[str, Any]:
        return {"v": 2, "person": data["who"], "role": data["as"]}

    def third(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "v": 3}

    monkeypatch.setitem(f.UPCASTERS, ("role_assigned", 1), second)
    monkeypatch.setitem(f.UPCASTERS, ("role_assigned", 2), third)
    old = {"v": 1, "who": "U0BEA", "as": "incident-manager"}
    assert f.revive("role_assigned", old) == f.RoleAssigned(v=3, role="incident-manager", person="U0BEA")


def test_what_people_said_is_marked_as_theirs() -> None:
    """Free text lies apart from the fact so that it can be forgotten: a new text field must be `Prose`."""
    spoken = {kind: one.prose_fields() for kind, one in f.KINDS.items() if one.prose_fields()}
    assert spoken == {
        "declared": ("title", "affected"),
        "channel_opened": ("name",),
        "channel_renamed": ("name",),
        "severity_changed": ("why",),
        "impact_stated": ("sentence",),
        "update_posted": ("text",),
        "note_added": ("text",),
        "snoozed": ("why",),
        "resolved": ("fix", "cause", "verified"),
        "closed": ("reason",),
        "cancelled": ("why",),
        "reopened": ("why",),
        "message_marked": ("text",),
        "marked_message_edited": ("text",),
        "update_edited": ("text",),
        "renamed": ("title",),
        "escalated": ("help",),
        "people_added": ("why",),
        "paged": ("why",),
        "escalation_held": ("why",),
        "question_heard": ("text",),
        "question_answered": ("text",),
        "affected_changed": ("added", "removed"),
        "data_stated": ("partitions", "why"),
        "backfill_planned": ("what",),
        "backfill_ended": ("why",),
        "impact_assessed": ("note",),
        "severity_requested": ("why",),
        "severity_request_declined": ("why",),
        "change_proposed": ("what", "why", "risk", "rollback"),
        "change_rejected": ("why",),
        "change_went_ahead": ("why",),
        "cause_proposed": ("text",),
        "first_answered": ("text",),
        "cause_judged": ("why",),
        "cause_explored": ("answers",),
        "action_added": ("text",),
        "action_ended": ("why",),
        "teams_told": ("help",),
        "postmortem_scheduled": ("where",),
    }
