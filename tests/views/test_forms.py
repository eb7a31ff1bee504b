from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.caller import BOT, Caller
from bot.domain.decide import decide, declared
from bot.domain.duty.oncall import Roster
from bot.domain.ending import proven
from bot.domain.errors import BadInput
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.protocol import Criterion
from bot.views import forms, read_forms
from bot.views.scene import Scene
from tests.builders import ANA, BEA, asked, default_protocol, event, impact, minute, resolved, story, update
from tests.views.reading import view_problems
from tests.views.slack_rules import user_text

NOBODY = Roster()
PROTOCOL = default_protocol()


def label(block: Mapping[str, Any]) -> str:
    return str(block["label"]["text"])


def inputs(view: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Label → input block."""
    return {label(block): block for block in view["blocks"] if block["type"] == "input"}


def submitted(view: Mapping[str, Any], **answers: Any) -> dict[str, Any]:
    """The state Slack sends for a form in which these fields were filled in and the others left as they were drawn."""
    state = {}
    for block in inputs(view).values():
        element, name = block["element"], block["block_id"]
        state[name] = {
            element["action_id"]: _left(element) | ({} if name not in answers else _filled(element, answers[name]))
        }
    return state


def _left(element: Mapping[str, Any]) -> dict[str, Any]:
    """How an untouched input arrives: what was there already, else null."""
    kinds = {
        "plain_text_input": ("value", "initial_value"),
        "static_select": ("selected_option", "initial_option"),
        "radio_buttons": ("selected_option", "initial_option"),
        "checkboxes": ("selected_options", "initial_options"),
        "multi_static_select": ("selected_options", "initial_options"),
        "users_select": ("selected_user", "initial_user"),
        "multi_users_select": ("selected_users", "initial_users"),
        "datetimepicker": ("selected_date_time", "initial_date_time"),
    }
    sent, drawn = kinds[element["type"]]
    empty: list[Any] | None = [] if element["type"] == "checkboxes" else None
    return {"type": element["type"], sent: element.get(drawn, empty)}


def _filled(element: Mapping[str, Any], answer: Any) -> dict[str, Any]:
    by_value = {option["value"]: option for option in element.get("options", ())}
    match element["type"]:
        case "static_select" | "radio_buttons":
            return {"selected_option": by_value[answer]}
        case "checkboxes" | "multi_static_select":
            return {"selected_options": [by_value[one] for one in answer]}
        case "users_select":
            return {"selected_user": answer}
        case "datetimepicker":
            return {"selected_date_time": answer}
        case _:
            return {"value": answer}


def after(scene: Scene, request: r.Request) -> Incident:
    """The incident after a request, asked by Ana."""
    incident = scene.incident
    facts = decide(incident, request, scene.protocol, NOBODY, Caller(ANA, "form"), scene.now)
    for seq, fact in enumerate(facts, start=incident.seq + 1):
        at = scene.now
        incident = evolve(incident, f.Entry(incident=12, seq=seq, at=at, recorded_at=at, by=ANA, via="form", fact=fact))
    return incident


# ------------------------------------------------------------------------------------------- declaring


def test_declaring_asks_what_the_product_says_and_needs_only_the_title() -> None:
    fields = inputs(forms.declare(PROTOCOL))
    assert list(fields) == [
        "Title", "Severity", "What is affected", "Category", "Environment",
        "How it was detected", "Detected at", "Started at", "Private",
    ]  # fmt: skip
    assert [name for name, block in fields.items() if not block["optional"]] == ["Title"]


def test_each_severity_says_what_choosing_it_sets_off() -> None:
    options = inputs(forms.declare(PROTOCOL, on_call="Ana"))["Severity"]["element"]["options"]
    texts = [option["text"]["text"] for option in options]
    assert texts[0] == "P1: rings Ana, tells the director, the category's team, incident-manager"
    assert all(text.startswith(f"{name}: ") for text, name in zip(texts, PROTOCOL.severity_names, strict=True))
    assert len(set(texts)) == len(texts)


def test_an_untouched_declaration_has_the_defaults() -> None:
    view = forms.declare(PROTOCOL, title="Orders mart is stale")
    request = r.Declare(**read_forms.read_declare(submitted(view)))
    assert request == r.Declare(title="Orders mart is stale")


def test_everything_declared_arrives() -> None:
    at = datetime(2026, 11, 20, 6, 10, tzinfo=UTC)
    values = submitted(
        forms.declare(PROTOCOL, title="x", severity="P3"),
        title="Orders", severity="P1", affected="orders_mart", environment="staging", detection="monitoring alert",
        detected_at=int(at.timestamp()), started_at=int(at.timestamp()), private=["yes"],
        category=["infrastructure", "data-quality"],
    )  # fmt: skip
    request = r.Declare(**read_forms.read_declare(values))
    kinds = ("infrastructure", "data-quality")
    placed = ("Orders", "P1", "orders_mart", "staging", "monitoring alert", at, at)
    assert request == r.Declare(*placed, private=True, categories=kinds)


@pytest.mark.parametrize("request_", [r.Declare(" "), r.Declare("x", "P9"), r.Declare("x", detected_at=minute(9))])
def test_a_refused_declaration_is_shown_under_one_of_its_fields(request_: r.Declare) -> None:
    with pytest.raises(BadInput) as refused:
        declared(request_, PROTOCOL, NOBODY, BOT, minute(0))
    assert refused.value.field in {block["block_id"] for block in inputs(forms.declare(PROTOCOL)).values()}


# ------------------------------------------------------------------------------------------- updating


def test_an_update_asks_for_the_impact_only_while_that_is_promised() -> None:
    open_ones = inputs(forms.update(story(event(3, f.Acknowledged()))))
    assert "State of the data" in open_ones
    assert list(inputs(forms.update(story(event(3, f.Acknowledged()), event(9, impact()))))) == ["What changed"]


def test_one_answer_serves_the_update_and_the_impact() -> None:
    scene = story(event(3, f.Acknowledged()))
    values = submitted(forms.update(scene), text="loader restarted", impact="Revenue is wrong.", data="suspect")
    incident = after(scene, r.PostUpdate(**read_forms.read_update(values)))
    assert (incident.updates[-1].text, incident.impact, incident.data) == (
        "loader restarted",
        "Revenue is wrong.",
        "suspect",
    )


def test_a_state_of_the_data_without_its_sentence_is_not_lost_in_silence() -> None:
    values = submitted(forms.update(story()), text="loader restarted", data="suspect")
    with pytest.raises(BadInput) as refused:
        read_forms.read_update(values)
    assert refused.value.field == "impact"


def test_an_update_that_answers_a_reminder_says_which() -> None:
    scene = story(asked(30, "update", "impact", clause="self-healing-pipeline § updates.P1"))
    small = forms.update(scene, scene.incident.asks[-1])["blocks"][0]["elements"][0]["text"]
    assert small.startswith("Asked for: update, impact, due ")
    assert "self-healing-pipeline § updates.P1" in small


def test_the_text_typed_already_stands_in_the_form() -> None:
    values = submitted(forms.update(story(), text="backlog shrinking"))
    assert read_forms.read_update(values)["text"] == "backlog shrinking"


# ------------------------------------------------------------------------------------------- snoozing


@pytest.mark.parametrize("severity", PROTOCOL.severity_names)
def test_snoozing_offers_nothing_longer_than_the_severity_allows(severity: str) -> None:
    most = PROTOCOL.severity(severity).snooze_up_to
    view = forms.snooze(story(severity=severity))
    values = [option["value"] for option in inputs(view)["Snooze for"]["element"]["options"]]
    lengths = [read_forms.read_snooze(submitted(view, length=one, why="asleep"))["length"] for one in values]
    assert lengths == sorted(set(lengths))
    assert lengths[-1] == most


def test_a_snooze_arrives_with_its_reason() -> None:
    scene = story()
    values = submitted(forms.snooze(scene), length="15m", why="waiting for the backfill")
    incident = after(scene, r.SnoozeAsking(**read_forms.read_snooze(values)))
    assert incident.snooze is not None
    assert (incident.snooze.until - scene.now, incident.snooze.why) == (
        timedelta(minutes=15),
        "waiting for the backfill",
    )


# ------------------------------------------------------------------------------------------- resolving


def test_resolving_asks_what_the_product_says_and_needs_two_answers() -> None:
    fields = inputs(forms.resolve(story()))
    assert list(fields) == [
        "Fix applied", "State of the data", "Root cause", "What was checked", "How it was verified", "Postmortem owner",
    ]  # fmt: skip
    assert [name for name, block in fields.items() if not block["optional"]] == ["Fix applied", "State of the data"]


@pytest.mark.parametrize(("severity", "offered"), [("P1", False), ("P2", False), ("P3", True), ("P4", True)])
def test_only_lower_ranks_can_be_closed_at_once(severity: str, offered: bool) -> None:
    assert ("Close too" in inputs(forms.resolve(story(severity=severity)))) is offered


def test_the_lead_owns_the_postmortem_unless_somebody_is_named() -> None:
    assert read_forms.read_resolve(submitted(forms.resolve(story())))["postmortem_owner"] == BEA
    named = submitted(forms.resolve(story()), postmortem_owner=ANA)
    assert read_forms.read_resolve(named)["postmortem_owner"] == ANA


def test_data_that_is_not_right_is_never_offered_as_the_answer() -> None:
    chosen = inputs(forms.resolve(story(event(9, impact(data="suspect")))))["State of the data"]["element"]
    assert "initial_option" not in chosen
    repaired = inputs(forms.resolve(story(event(9, impact(data="repaired")))))["State of the data"]["element"]
    assert repaired["initial_option"]["value"] == "repaired"


@pytest.mark.parametrize("data", ["repaired", "unaffected", "lost", "not checked"])
@pytest.mark.parametrize("cause", ["", "a deploy"])
def test_close_too_closes_whatever_is_still_unknown(data: str, cause: str) -> None:
    scene = story(severity="P3")
    values = submitted(forms.resolve(scene), fix="reverted", data=data, cause=cause or None, close_too=["yes"])
    resolved_one = after(scene, r.Resolve(**read_forms.read_resolve(values)))
    close = read_forms.closes_too(values, PROTOCOL)
    assert close is not None
    closed = after(Scene(resolved_one, PROTOCOL, scene.now), r.Close(**close))
    assert closed.stage == "closed"
    assert bool(closed.criteria_unmet) == (not cause or data in ("lost", "not checked"))
    assert closed.closing_reason or not closed.criteria_unmet


def test_close_too_does_nothing_unless_ticked() -> None:
    assert read_forms.closes_too(submitted(forms.resolve(story(severity="P3"))), PROTOCOL) is None


# ------------------------------------------------------------------------------------------- closing


def test_what_the_record_proves_is_ticked_and_says_so() -> None:
    scene = story(event(90, resolved()))
    known = [c.id for c in PROTOCOL.closure if proven(scene.incident, c)]
    element = inputs(forms.close(scene, known))["What holds"]["element"]
    assert [option["value"] for option in element["initial_options"]] == known
    assert [o["value"] for o in element["options"] if "description" in o] == known
    assert len(known) < len(element["options"])


def test_closing_arrives_with_ticks_reason_and_verdict() -> None:
    scene = story(event(90, resolved()))
    values = submitted(
        forms.close(scene, ()),
        met=["resolved", "workarounds"],
        reason="the rest follows",
        severity="P2",
        automatable="no",
    )
    assert read_forms.read_close(values) == {
        "met": ("resolved", "workarounds"), "reason": "the rest follows", "severity": "P2", "automatable": False,
    }  # fmt: skip


def test_a_protocol_with_many_long_criteria_can_still_be_closed() -> None:
    many = tuple(Criterion(id=f"c{n}", text=f"{n} " + "x" * 100) for n in range(23))
    scene = story(event(90, resolved()))
    scene = Scene(scene.incident, scene.protocol.model_copy(update={"closure": many}), scene.now)
    view = forms.close(scene, ["c1", "c22"])
    assert view_problems(view) == []
    assert read_forms.read_close(submitted(view, met_2=["c12"]))["met"] == ("c1", "c12", "c22")
    assert sum("x" * 100 in str(block) for block in view["blocks"] if block["type"] == "context") == 23


def test_reopening_needs_a_reason() -> None:
    scene = story(event(90, resolved()))
    values = submitted(forms.reopen(scene), why="the mart is stale again")
    assert after(scene, r.Reopen(**read_forms.read_reopen(values))).stage == "active"
    assert not inputs(forms.reopen(scene))["Why is it open again"]["optional"]


# ------------------------------------------------------------------------------------------- all of them


def every_form(scene: Scene, text: str) -> list[dict[str, Any]]:
    ask = scene.incident.asks[-1] if scene.incident.asks else None
    return [
        forms.declare(scene.protocol, title=text, affected=text, severity="P1", on_call=text, metadata="{}"),
        forms.update(scene, ask, text=text, metadata="{}"),
        forms.snooze(scene, ask, why=text),
        forms.resolve(scene, text, "lost"),
        forms.close(scene, ["resolved"]),
        forms.reopen(scene, why=text),
    ]


@settings(max_examples=40)  # eighteen forms each
@given(user_text)
def test_slack_takes_every_form_whatever_was_typed(text: str) -> None:
    told = (
        event(3, update(text)),
        event(9, impact(text)),
        asked(30, "update", clause=text),
        event(40, resolved(fix=text, cause=text)),
    )
    for scene in (story(title=text), story(*told, title=text), story(*told, event(50, f.Reopened(why=text)))):
        assert [view_problems(view) for view in every_form(scene, text)] == [[]] * 6


def test_a_title_of_three_thousand_characters_fits_and_is_whole() -> None:
    title = "x" * 3_000
    view = forms.declare(PROTOCOL, title=title)
    assert view_problems(view) == []
    assert read_forms.read_declare(submitted(view))["title"] == title
