import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.calendar import Calendar
from bot.domain.protocol import PROMISE_KEYS, Protocol, UnknownPhase, UnknownSeverity, house_defaults


def severity(name: str, rank: int, title: str = "", **values: object) -> dict[str, object]:
    return {"name": name, "rank": rank, "title": title, **house_defaults(rank), **values}


def protocol(*severities: dict[str, object], **changes: object) -> Protocol:
    roles = [
        {"name": "responder", "title": "Responder", "responds": True, "staffed_by": ["on-call"]},
        {"name": "boss", "title": "Boss", "leads": True, "required_for": ["P1"], "staffed_by": ["lead"]},
        {"name": "voice", "title": "Voice", "communicates": True},
    ]
    phases = [{"name": stage, "title": stage.title(), "stage": stage} for stage in ("triage", "active", "monitoring")]
    values: dict[str, Any] = {
        "name": "ours",
        "title": "Ours",
        "severities": severities or [severity("P1", 1, "Critical"), severity("P2", 2, "High")],
        "phases": phases,
        "roles": roles,
        "ladder": [{"number": 1, "name": "level-1", "title": "On call", "names": ["on-call"]}],
        "closure": [],
        "management": ["director"],
    }
    return Protocol.model_validate({**values, **changes})


@pytest.mark.parametrize(
    "text", ["P1", "p1", "p-1", "P1:", "sev1", "SEV-1", "sev_1", "S1", "prio1", "critical", "Ｐ１"]
)
def test_a_severity_is_understood_however_it_is_typed(text: str) -> None:
    found = protocol().parse_severity(text)
    assert found is not None
    assert found.name == "P1"


@pytest.mark.parametrize("text", ["", "1", "p", "p9", "pipeline1", "p1 orders", "🔥", "p" + "9" * 5000])
def test_what_is_no_severity_is_none(text: str) -> None:
    assert protocol().parse_severity(text) is None


def test_a_number_means_the_one_in_the_names_else_the_rank() -> None:
    from_zero = protocol(severity("P0", 1), severity("P1", 2))
    in_words = protocol(severity("major", 1), severity("minor", 2))
    assert [from_zero.parse_severity("sev1"), in_words.parse_severity("sev1")] == [
        from_zero.of_rank(2),
        in_words.of_rank(1),
    ]
    assert from_zero.parse_severity("sev2") is None


def test_the_house_fills_by_rank_and_the_fourth_holds_for_all_below() -> None:
    assert [house_defaults(rank)["acknowledge_within"] for rank in (1, 2, 3, 4, 7)] == [
        "15m",
        "30m",
        "4h",
        "24h",
        "24h",
    ]
    assert house_defaults(1)["management_after"] == "0s"
    assert set(PROMISE_KEYS) < set(house_defaults(1))


def test_a_clause_names_its_document_or_the_house() -> None:
    ours = protocol(severity("P1", 1, clauses={"update_every": "ours § updates.P1"}))
    assert ours.clause("P1", "update_every") == "ours § updates.P1"
    assert ours.clause("P1", "impact_within") == "house default for P1"
    assert ours.clause("P1", "close") == "house rule (close)"


def test_unknown_names_are_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownSeverity, match='"P7" is no severity of ours; it has P1, P2'):
        protocol().severity("P7")
    with pytest.raises(UnknownPhase, match="it has triage, active, monitoring"):
        protocol().phase("dancing")


def test_ranks_beyond_the_protocol_are_its_ends() -> None:
    assert [protocol().of_rank(rank).name for rank in (0, 1, 2, 9)] == ["P1", "P1", "P2", "P2"]


def test_roles_know_what_they_do() -> None:
    ours = protocol()
    assert [ours.lead_role.name, ours.communications_role.name, ours.responder_role.name] == [
        "boss",
        "voice",
        "responder",
    ]
    assert [role.name for role in ours.required_roles("P1")] == ["boss"]
    assert ours.directory_names() == ("on-call", "lead", "director")


def test_what_is_stored_is_what_was_promised() -> None:
    ours = protocol(calendar=Calendar(timezone="Europe/Amsterdam"))
    stored = Protocol.model_validate_json(ours.canonical_json())
    assert stored == ours
    assert stored.digest() == ours.digest()
    assert json.loads(ours.canonical_json())["severities"][0]["update_every"] == "30m"


def test_the_digest_changes_with_a_promise_and_with_the_calendar() -> None:
    digests = {
        protocol().digest(),
        protocol(severity("P1", 1, "Critical", update_every="20m"), severity("P2", 2, "High")).digest(),
        protocol(calendar=Calendar(timezone="Europe/Amsterdam")).digest(),
    }
    assert len(digests) == 3


def test_a_promise_is_looked_up_by_its_key_only() -> None:
    first = protocol().of_rank(1)
    assert first.within("management_after") == timedelta(0)
    with pytest.raises(KeyError):
        first.within("snooze_up_to")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"phases": [{"name": "a", "title": "A", "stage": "active"}]}, "at least one phase of the stage triage"),
        ({"roles": []}, "exactly one of the roles needs leads: true; here: none does"),
        ({"severities": []}, "at least 1 item"),
        ({"severities": [severity("P1", 2)]}, "order of their rank"),
        ({"severities": [severity("P1", 1, update_every="0s")]}, "0s would be missed the moment it starts"),
        ({"name": "a § b"}, "pattern"),
    ],
)
def test_refuses_what_no_team_could_follow(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        protocol(**changes)
