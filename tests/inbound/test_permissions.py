"""What doors need to keep rules before anything is done, and to let an admin go round one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import request as r
from bot.domain.errors import BadInput, Hidden, NotAllowed
from bot.domain.permissions import DOES, READING, SAYS
from bot.inbound.intents import Fill, Intent, Show, Unsure
from bot.inbound.rights import overriding
from bot.inbound.understanding import Understood
from bot.inbound.verbs import FORMS, VERBS
from bot.inbound.verbs.verb import Click
from bot.store.people import Person
from bot.views.ids import Form, read_value
from tests.domain.life import default

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADMIN = Person(id="U0ADM", name="Adm", admin=True, fetched_at=NOON)

EXAMPLES: tuple[Intent, ...] = (
    r.Close(met=("fixed", "told"), reason="“late” <&>", severity="P2", automatable=False),
    r.SnoozeAsking(timedelta(minutes=30), "lunch"),
    r.AddAction("fix it", owner="U0BEA", due=date(2026, 12, 1)),
    r.Assess({"revenue": "some"}, sentence="x", eta=NOON),
    r.Page("U0TEC", "kafka", instead_of=4),
    r.Link(9, "split from"),
    r.JudgeCause("confirmed", nth=2, part="primary"),
    Fill(Form.CLOSE, text="done", length=timedelta(minutes=3), ask=4),
    Show("brief", "all"),
)


@pytest.mark.parametrize("intent", EXAMPLES, ids=lambda intent: type(intent).__name__)
def test_a_button_carries_all_of_what_was_wanted(intent: Intent) -> None:
    held = overriding.carried(intent, 12)
    assert held is not None
    assert overriding.read(Click(*read_value(held))) == Understood(intent, incident=12)


def test_what_no_button_can_carry_is_not_offered() -> None:
    assert overriding.carried(r.PostUpdate("x" * 2_000), 12) is None
    assert overriding.carried(Unsure(), 12) is None


def test_only_an_admin_is_offered_to_go_round_it() -> None:
    wanted = Understood(r.Cancel("expected"), incident=3)
    for person in (None, ADMIN.model_copy(update={"admin": False}), ADMIN.model_copy(update={"admin": None})):
        assert overriding.offered(NotAllowed("no"), wanted, person).offer is None
    assert overriding.offered(NotAllowed("no"), wanted, ADMIN).offer
    hidden = overriding.offered(Hidden(7), Understood(Show("brief"), incident=7), ADMIN)
    assert Click(*read_value(hidden.offer or "")).incident == 7
    other = overriding.offered(Hidden(7), Understood(r.Link(7), incident=3), ADMIN)
    assert Click(*read_value(other.offer or "")).incident == 3, "the private one is the other of two"


@pytest.mark.parametrize("held", [("PostUpdate", "{}"), ("Nothing", "{}"), ("PostUpdate", "no json"), ("", "")])
def test_a_button_of_another_version_is_a_sentence(held: tuple[str, str]) -> None:
    with pytest.raises(BadInput, match="another version of me"):
        overriding.read(Click(1, None, *held))


def test_every_form_is_known_to_be_allowed_before_it_is_opened() -> None:
    """What it will ask for has a verb: tried whole, or told by one like it."""
    about = {form: door for form, door in FORMS.items() if form not in (Form.DECLARE, Form.TELL_HOW)}
    unknown = [form for form, door in about.items() if door.probe is None and door.like is None]
    assert unknown == []
    asked = {form: door.like or (door.probe(default()) if door.probe else None) for form, door in about.items()}
    said = {form: SAYS[type(request)] for form, request in asked.items() if request is not None}
    named = {Form.RULE_OUT: "cause", Form.ACTION: "action", Form.ASSIGN_ACTION: "action", Form.DROP_ACTION: "action"}
    named |= {Form.MONITOR: "phase", Form.ASSESS: "impact", Form.GO_AHEAD: "propose", Form.ANSWER: "update"}
    named |= {Form.ASSIGN: "role", Form.CALL_TEAM: "escalate", Form.FIND_OUT: "checklist", Form.EXPLORE: "5whys"}
    for form, verbs in said.items():
        assert verbs == () or verbs[0] == named.get(form, form.value.partition("_")[0]), form


def test_pages_that_a_rule_can_keep_for_some_are_those_of_the_reading_verbs() -> None:
    assert {verb.name for verb in VERBS} >= READING
    assert set(DOES) == {verb.name for verb in VERBS}
