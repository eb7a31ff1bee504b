"""What people read and tick of a list: within Slack's limits, and each box for itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain import fact as f
from bot.domain import sheets
from bot.domain.protocol.lists import Checklist
from bot.domain.protocol.parts import Item
from bot.views import checklists, checklists_forms, forms, next_steps
from bot.views.scene import Post, Scene
from tests.builders import ANA, BEA, Event, event, resolved, story
from tests.listed import listed
from tests.views.reading import read, view_problems
from tests.views.slack_rules import accepted, buttons, harmless, shown, user_text


def scene(*events: Event, **declared: Any) -> Scene:
    return replace(story(*events, phase="triaging", **declared), protocol=listed())


def long_list(count: int, text: str = "x" * 75) -> Checklist:
    items = (Item(id=f"{n:02}{'i' * 38}", text=text, note="n" * 75, command="c" * 900) for n in range(count))
    return Checklist(name="l" * 40, title="t" * 75, items=tuple(items))


def boxes(post: Post) -> list[dict[str, Any]]:
    found = (one for block in post["blocks"] if block["type"] == "actions" for one in block["elements"])
    return [one for one in found if one["type"] == "checkboxes"]


def test_each_item_is_a_box_of_its_own_and_says_who_ticked_it() -> None:
    page = checklists.page(scene(event(5, f.ItemTicked(sheet="checklist/impact", item="money"), BEA)), "impact")
    assert read(page).split("\n") == [
        "*Impact assessment* · 1 of 2 ticked · by 08:13 CET (in 25 min)",
        "☐ Affected tables",
        "☑ Money it touches · Bea",
    ]
    assert [len(box["options"]) for box in boxes(page)] == [1, 1], "a click tells which one, whatever else is ticked"
    assert [bool(box.get("initial_options")) for box in boxes(page)] == [False, True]
    assert boxes(page)[1]["options"][0]["description"]["text"] == "✓ Bea"
    again = checklists.page(scene(event(5, f.NoteAdded(text="x")), event(6, f.NoteAdded(text="y"))), "impact")
    assert {block.get("block_id") for block in page["blocks"]} & {b.get("block_id") for b in again["blocks"]} == {None}


def test_a_long_list_is_turned_like_pages_and_keeps_within_what_slack_takes() -> None:
    known = scene()
    many = replace(known, protocol=listed().model_copy(update={"checklists": (long_list(40),)}))
    first = checklists.page(many, "l" * 40)
    assert (len(boxes(first)), turns(first)) == (10, ["More"])
    last = checklists.page(many, f"checklist/{'l' * 40}\n30")
    assert turns(last) == ["Back"]
    there = checklists.page(many, f"checklist/{'l' * 40}\n@{long_list(40).items[25].id}")
    assert boxes(there)[0]["action_id"].endswith(f'{long_list(40).items[20].id}"}}')
    for page in (first, last, there, next_steps.next_steps(many)):
        accepted(page)


def turns(post: Post) -> list[str]:
    return [label for label in buttons(post) if label in ("Back", "More")]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("impact assess", "*Impact assessment*"),
        ("INVESTIGATING", "*Investigating*"),
        ("", "*Impact assessment*"),
        ("closure", "*Before closing*"),
        ("i", "Several lists are called “i”"),
        ("!", "There is no list “!”."),
    ],
)
def test_a_list_is_found_by_whatever_people_call_it(typed: str, first: str) -> None:
    assert read(checklists.page(scene(), typed)).startswith(first)


def test_what_is_to_be_typed_can_be_copied_and_a_choice_says_so() -> None:
    moved = event(3, f.PhaseMoved(old="triaging", new="investigating", stage="active"))
    page = checklists.page(scene(moved), "containment")
    assert "What do you do? One is enough." in read(page)
    assert "git revert" in str([block for block in page["blocks"] if block["type"] == "rich_text"])
    chosen = scene(moved, event(4, f.ItemTicked(sheet="checklist/containment", item="revert")))
    said = checklists.statement(chosen, chosen.entries[-1])
    assert shown(accepted(said)).startswith("*Containment* Revert what was changed · Ana")
    assert "git revert" in str(said["blocks"])
    back = scene(moved, event(4, f.ItemUnticked(sheet="checklist/containment", item="revert")))
    over = checklists.statement(back, back.entries[-1])
    assert shown(over).startswith("*Containment* not any more: Revert what was changed · Ana")
    assert "git revert" not in str(over["blocks"])


def test_next_shows_the_steps_that_are_left_and_forgets_what_is_done() -> None:
    moved = event(3, f.PhaseMoved(old="triaging", new="investigating", stage="active"))
    first = next_steps.next_steps(scene(moved))
    assert "☐ Read the logs" in accepted(first)["text"]
    assert "0 of 3 steps ticked; what to type for them stands in the list" in shown(first)
    done = [event(4, f.ItemTicked(sheet="phase/investigating", item=one)) for one in ("taken", "logs", "changes")]
    assert "✓ Investigating: every step ticked" in shown(next_steps.next_steps(scene(moved, *done)))


def test_the_form_asks_what_is_open_and_keeps_what_is_known() -> None:
    known = scene(event(4, f.FirstAnswered(question="who", text="finance")), started_at=None)
    form = checklists_forms.find_out(known)
    assert view_problems(form) == []
    assert [block["label"]["text"] for block in form["blocks"]] == ["Since when?", "What does it mean for them?"]
    assert "Answer" in buttons(next_steps.next_steps(known))


def test_closing_names_what_is_not_finished_and_ticks_what_was_ticked() -> None:
    told = f.ItemTicked(sheet="closure", item="told")
    over = scene(event(5, told), event(9, resolved()), event(10, f.ItemTicked(sheet="checklist/best", item="told")))
    form = forms.close(over)
    assert view_problems(form) == []
    assert "Impact assessment: 0 of 2 ticked · Best practice: 1 of 2 ticked. It can be closed all the same" in str(form)
    [group] = [one["element"] for one in form["blocks"] if one.get("block_id") == "met"]
    assert [option["value"] for option in group["initial_options"]] == ["told"]


@settings(max_examples=25)
@given(user_text)
def test_nothing_a_protocol_or_a_name_says_gets_out(text: str) -> None:
    said = (text.strip() or "x")[:75]
    bad = listed().model_copy(update={"checklists": (long_list(3, said),), "questions": (Item(id="q", text=said),)})
    here = replace(scene(started_at=None), protocol=bad, names={ANA: text, BEA: text})
    ticked = sheets.of_checklist(bad.checklists[0])
    there = event(4, f.ItemTicked(sheet=ticked.key, item=ticked.items[0].id))
    seen = replace(here, incident=story(there, phase="triaging").incident)
    for page in (checklists.page(seen, "l" * 40), checklists.page(seen, text), next_steps.next_steps(seen)):
        harmless(page, people=set(), places=set())
