"""What people read when somebody changes their mind, and the forms and buttons for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.message import NOTICE, STAKEHOLDERS
from bot.inbound.twice import carried, declared_after_all
from bot.views import answers, changes, changes_forms
from bot.views.card import card
from bot.views.scene import Scene
from bot.views.statements import statement
from bot.views.withdrawn import direct, untrue, withdrawn
from tests.builders import ANA, BEA, TEC, as_of, event, impact, minute, story, update
from tests.views.reading import view_problems
from tests.views.slack_rules import accepted, buttons, called, harmless, shown, user_text
from tests.views.test_forms import inputs, submitted

UNDONE = event(9, f.Undone(seqs=(5,)), ANA)


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        ("say-5", "Withdrawn 07:52 CET by Ana: ~Ana posted an update: loader restarted~"),
        ("news-5", "Withdrawn 07:52 CET by Ana: ~Ana posted an update: loader restarted~"),
        ("tell-5:U0TEC", "Withdrawn 07:52 CET by Ana: what I wrote here about INC-12 does not hold any more."),
        (NOTICE, "~Orders mart is stale~ — INC-12 is not announced here any more."),
        (STAKEHOLDERS, "Withdrawn 07:52 CET:* what stood here does not hold."),
    ],
)
def test_what_was_said_is_struck_out_where_it_stood(slot: str, words: str) -> None:
    scene = story(event(5, update("loader restarted")), UNDONE)
    drawn = accepted(withdrawn(scene, scene.entries[-1], scene.entries[-2], slot))
    assert words in shown(drawn)
    assert called(drawn) == set()


@pytest.mark.parametrize("slot", ["tell-5:U0TEC", STAKEHOLDERS, "consumers:C0FIN", "management:U0DIR"])
def test_who_is_not_in_it_reads_no_word_of_what_it_was(slot: str) -> None:
    scene = story(event(5, impact("Salaries leaked.")), UNDONE, title="The takeover", private=True)
    said, undone = scene.entries[-2:]
    again = (direct(scene, undone, said, was) for was in ("turning", "management", "escalated"))
    for drawn in (withdrawn(scene, undone, said, slot), *again, untrue(scene, said)):
        assert "takeover" not in str(drawn)
        assert "Salaries" not in str(drawn)


def answered(*told: f.Fact, reader: str | None = ANA) -> Scene:
    return story(*(event(5, fact, ANA) for fact in told), reader=reader)


@pytest.mark.parametrize(
    ("told", "offered"),
    [
        ([update("loader restarted")], ["Edit", "Undo"]),
        ([f.UpdatePosted(no_change=True)], ["Undo"]),
        ([f.NoteAdded(text="Hm")], ["Undo"]),
        ([f.Acknowledged()], ["Undo"]),
        ([f.Acknowledged(implied=True), f.NoteAdded(text="Hm")], ["Undo"]),
        ([f.Acknowledged(implied=True)], []),
        ([f.Undone(seqs=(4,))], []),
        ([f.AskDeclined(covers=()), f.NoteAdded(text="Hm")], []),
        ([f.MessageMarked(channel="C1", ts="1.0", author=BEA, text="x", marker="pushpin")], []),
    ],
)
def test_every_answer_offers_undo_where_something_can_be_taken_back(told: list[f.Fact], offered: list[str]) -> None:
    scene = answered(*told)
    drawn = accepted(answers.answer(scene, scene.entries[4:]))
    assert [label for label in buttons(drawn) if label in ("Edit", "Undo")] == offered


def test_what_was_taken_back_is_named_with_what_is_due_again() -> None:
    scene = story(event(5, update("loader restarted")), UNDONE, now=45, reader=ANA)
    drawn = shown(accepted(answers.answer(scene, scene.entries[-1:])))
    assert drawn.startswith("Taken back: the update. Whoever read it sees it withdrawn; the record keeps both.")
    assert "Late: update was due 08:13 CET" in drawn


def test_links_stand_on_the_card_and_the_lines_lead_on() -> None:
    linked = f.Linked(other=9, how="duplicate of", channel="C0INC9")
    scene = story(event(5, f.Linked(other=8, how="related")), event(6, linked))
    assert "*Linked* INC-8 · duplicate of INC-9 <#C0INC9>" in shown(card(scene))
    merged = story(event(6, linked), event(6, f.Cancelled(outcome="duplicate", why="the same as INC-9")))
    pointer = shown(accepted(statement(merged, merged.entries[-1])))
    assert pointer == "⚪ *A duplicate of INC-9 · P1 · Orders mart is stale*: it goes on in <#C0INC9>"
    came = story(event(6, f.Linked(other=9, how="has duplicate", channel="C0INC9")))
    assert "turned out to be the same" in shown(accepted(statement(came, came.entries[-1])))


def test_the_edit_form_shows_how_it_reads_and_brings_back_what_was_changed() -> None:
    scene = story(event(5, update("lodaer down"), BEA), event(6, update("looking"), ANA), reader=BEA)
    view = changes_forms.edit(scene)
    assert view_problems(view) == []
    assert inputs(view)["Update"]["element"]["initial_value"] == "lodaer down", "Bea's own"
    assert inputs(changes_forms.edit(scene, 6))["Update"]["element"]["initial_value"] == "looking"
    assert "Update" not in inputs(changes_forms.edit(story()))
    read = r.Correct(**changes_forms.read_edit(submitted(view, text="loader down")))
    as_it_was = {"title": "Orders mart is stale", "affected": "orders_mart, revenue dashboard"}
    times = {"started_at": minute(-93), "detected_at": minute(0)}
    assert read == r.Correct(text="loader down", environment="production", **as_it_was, **times)  # type: ignore[arg-type]


def test_the_split_form_offers_the_same_severity_and_people_to_bring() -> None:
    view = changes_forms.split(story(), title="Revenue is doubled")
    assert view_problems(view) == []
    assert inputs(view)["Severity"]["element"]["initial_option"]["value"] == "P1"
    people = {"people": {"people": {"selected_users": [TEC]}}}
    read = r.Split(**changes_forms.read_split(submitted(view) | people))
    assert read == r.Split("Revenue is doubled", "P1", "", (TEC,))


@given(user_text)
def test_no_words_break_what_is_asked_before_something_begins_twice(text: str) -> None:
    scene = story(title=text or "x")
    kept = carried(r.Declare(text))
    for drawn in (changes.looks_alike(scene, kept), changes.similar(scene, 13)) if changes.fits(kept, text) else ():
        harmless(drawn, set(), {"C0INC12"})
    if changes.fits(kept, text):
        harmless(changes.part_or_another(scene, text, kept), set(), {"C0INC12"})


def test_what_was_typed_rides_along_whole() -> None:
    typed = r.Declare(
        title="x",
        severity="P1",
        affected="orders",
        environment="staging",
        detection="monitoring alert",
        detected_at=minute(1),
        started_at=minute(0),
        private=True,
        origin="C1",
        categories=("data",),
    )
    back = declared_after_all(carried(typed))
    assert back == replace(typed, origin=None, another=True, separate=True)
    assert not changes.fits("x" * 2000)
    with pytest.raises((ValueError, TypeError)):
        declared_after_all('{"colour": "blue"}')


def test_a_corrected_update_reads_on_its_post_as_it_was_with_other_words() -> None:
    scene = story(event(5, update("lodaer down")), event(6, f.UpdateEdited(update=5, text="loader down")))
    assert scene.incident.updates[0].text == "loader down"
    assert scene.incident.updates[0].at == minute(5)
    assert "lodaer" in shown(statement(as_of(scene, scene.entries[4]), scene.entries[4])), "the record keeps both"
