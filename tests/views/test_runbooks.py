"""Runbooks as they are read: every step is on some page, whatever Slack's limits; commands exactly as written; and a
protocol is text too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain import fact as f
from bot.domain.protocol.lists import Recipe, Runbook, Section, Technique, Trouble
from bot.domain.protocol.parts import Item
from bot.sandbox.blockkit import Rules, check_blocks
from bot.views import answers, brief, data_forms, matters, recipes, runbook_forms, runbook_pages, runbooks
from bot.views.scene import Post, Scene
from tests.builders import ANA, BEA, Event, as_of, event, minute, story
from tests.views.reading import private, read, view_problems

QUOTES = """aws sqs receive-message --queue-url 'https://x.example/q' "<!channel>" & :smile: -- ‘as it is’"""
LOUD = "<!channel> <@U0EVE> & <https://evil.example|x>"


def book(**changes: Any) -> Runbook:
    look = Section(
        name="look",
        title="Triage",
        phase="detecting",
        steps=(Item(id="queue", text="Look at the queue", command=QUOTES), Item(id="logs", text="Read the logs")),
    )
    override = Item(id="override", text="Override the schema", note="For a day", approval=True, clauses={"": "x § 3"})
    act = Section(name="act", title="Mitigate", steps=(override,))
    held: dict[str, Any] = {"name": "intake", "title": "Intake fails", "alarms": ("RateHigh",), "sections": (look, act)}
    return Runbook(**(held | changes))


def scene_of(*events: Event, of: Runbook | None = None, **changes: Any) -> Scene:
    scene = story(*events, title="Alarm: rate high", **changes)
    trouble = Trouble(name="again", title="Again", when=("recurrence",), advice=("Was it the cause?",))
    known = {"runbooks": (of or book(),), "troubleshooting": (trouble,)}
    return replace(scene, protocol=scene.protocol.model_copy(update=known))


STARTED = event(2, f.RunbookStarted(runbook="intake"))
STEP = "runbook/intake/act/override"


def ticked(minutes: float, item: str, section: str = "look") -> Event:
    return event(minutes, f.ItemTicked(sheet=f"runbook/intake/{section}", item=item), BEA)


def commands(post: Post) -> list[str]:
    found = [block["elements"][0]["elements"][0]["text"] for block in post["blocks"] if block["type"] == "rich_text"]
    return [str(one) for one in found]


def labels(post: Post) -> list[str]:
    rows = [block["elements"] for block in post["blocks"] if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row if one["type"] == "button"]


def standing(scene: Scene) -> str:
    drawn = matters.matter(scene, scene.incident.runbooks[0].seq)
    assert drawn is not None
    assert check_blocks(drawn["blocks"], "message", Rules()) == []
    return drawn["text"]


def test_a_command_is_copied_exactly_as_it_is_written() -> None:
    page = runbook_pages.page(scene_of(STARTED), "intake")
    assert commands(page) == [QUOTES]
    assert QUOTES in read(page), "who reads by ear hears it too"


def test_before_it_is_started_it_is_read_and_not_ticked() -> None:
    fresh = runbook_pages.page(scene_of(), "Intake fails")
    assert "3 steps, not started" in read(fresh)
    assert labels(fresh) == ["Ask for approval", "Start"]
    assert "checkboxes" not in str(fresh["blocks"])
    begun = runbook_pages.page(scene_of(STARTED), "intake")
    assert "0 of 3 steps ticked" in read(begun)
    assert str(begun["blocks"]).count("'checkboxes'") == 2, "but for the one that needs approval"
    assert labels(begun) == ["Ask for approval"]


def test_it_stands_in_the_channel_with_what_is_next_and_shrinks_when_it_is_done() -> None:
    assert "▸ *Triage* 0 of 2 · next: Look at the queue\n▫ Mitigate, 1 step" in standing(scene_of(STARTED))
    half = scene_of(STARTED, ticked(3, "queue"), ticked(4, "logs"))
    assert "✓ Triage, all 2\n▸ *Mitigate* 0 of 1 · next: Override the schema · waits for approval" in standing(half)
    done = scene_of(STARTED, ticked(3, "queue"), ticked(4, "logs"), ticked(5, "override", "act"))
    assert standing(done).startswith("✓ ")
    assert "Runbook Intake fails: all 3 steps ticked" in standing(done)
    over = scene_of(STARTED, ticked(3, "queue"), event(9, f.Cancelled(outcome="expected", why="x"), BEA))
    assert "1 of 3 steps ticked when INC-12 was cancelled" in standing(over)


def test_how_a_step_stands_that_needs_approval() -> None:
    planned = event(3, f.ChangeProposed(what="Override", rollback="back", people=(BEA,), step=STEP))
    seq = scene_of(STARTED, planned).incident.seq

    def page(*more: Event) -> tuple[str, list[str]]:
        post = runbook_pages.page(scene_of(STARTED, planned, *more), "intake")
        return read(post), labels(post)

    text, offered = page()
    assert "Ana asked for approval" in text
    assert offered == ["Go ahead without approval"]
    text, offered = page(event(4, f.ChangeRejected(proposal=seq, why="not on Friday"), BEA))
    assert "Bea rejected its plan: not on Friday" in text
    assert offered == ["Change plan", "Go ahead without approval"]
    text, offered = page(event(4, f.ChangeApproved(proposal=seq), BEA))
    assert "Bea approved it" in text
    assert offered == []
    text, _ = page(event(4, f.ChangeWentAhead(proposal=seq, why="nobody answers"), ANA))
    assert "Ana went ahead without approval" in text


def long() -> Runbook:
    def steps(section: int) -> tuple[Item, ...]:
        return tuple(
            Item(id=f"s{n}", text=f"Step {section}.{n}", command="x" * 2_500 if n % 7 == 0 else "ls", note="n" * 75)
            for n in range(40)
        )

    sections = (Section(name=f"part{n}", title=f"Part {n}", steps=steps(n)[: 40 - 35 * n]) for n in range(2))
    return book(sections=tuple(sections))


def test_of_the_longest_runbook_every_step_is_on_some_page_that_slack_takes() -> None:
    scene = scene_of(STARTED, of=long())
    seen, which = [], "intake"
    for _ in range(60):
        page = private(runbook_pages.page(scene, which))
        assert check_blocks(page["blocks"], "message", Rules()) == []
        told = [o["text"]["text"] for b in page["blocks"] if b["type"] == "actions" for e in b["elements"]
                for o in e.get("options", ())]  # fmt: skip
        seen += told
        following = [e for b in page["blocks"] if b["type"] == "actions" for e in b["elements"]
                     if e["type"] == "button" and e["text"]["text"] == "More"]  # fmt: skip
        if not following:
            break
        which = following[0]["value"].partition('"t":"')[2].rstrip('"}')
    assert seen == [step.text for section in long().sections for step in section.steps]
    last = runbook_pages.page(scene, "intake/part1/s4")
    assert "Step 1.4" in read(last), "a page is found by any step on it"


def test_in_the_list_of_what_is_next_those_worked_on_come_before_those_that_fit() -> None:
    [(line, button)] = runbooks.next_rows(scene_of())
    assert (str(line), button.text.text if button.text else "") == ("📖 *Intake fails* fits: RateHigh", "Start")
    [(line, button)] = runbooks.next_rows(scene_of(STARTED, ticked(3, "queue")))
    assert "1 of 3 steps ticked" in line
    assert button.text is not None
    assert button.text.text == "Open"
    assert "Intake fails* 1 of 3 steps ticked" in brief.brief(scene_of(STARTED, ticked(3, "queue")))["text"]
    assert runbooks.next_rows(scene_of(event(9, f.Cancelled(outcome="expected", why="x"), BEA))) == []


def test_advice_says_why_it_is_shown_and_names_the_earlier_one() -> None:
    shown = f.AdviceShown(advice="again", why="recurrence", like=7, channel="C0INC7", resolved_at=minute(-600))
    scene = scene_of(event(5, shown, None))
    post = runbooks.statement(scene, scene.entries[-1])
    assert "INC-7 (<#C0INC7>) was like this and was resolved" in post["text"]
    assert "Was it the cause?" in post["text"]
    private_one = shown.model_copy(update={"channel": None})
    scene = scene_of(event(5, private_one, None))
    assert "<#" not in runbooks.statement(scene, scene.entries[-1])["text"]


def test_a_theory_shows_how_it_was_come_by() -> None:
    explored = f.CauseExplored(technique="5-whys", answers="Why?\tTests failed\nAnd why?\tNulls")
    scene = scene_of(event(5, explored), event(5, f.CauseProposed(text="Nulls")))
    drawn = matters.matter(scene, scene.incident.seq)
    assert drawn is not None
    assert "Why? Tests failed → And why? Nulls" in drawn["text"]
    sides = f.CauseExplored(technique="ishikawa", answers="People\tNobody knew")
    scene = scene_of(event(5, sides), event(5, f.CauseProposed(text="Nobody knew", aside=True)))
    at = as_of(scene, scene.entries[-2])
    assert "*People* Nobody knew" in runbooks.statement(at, scene.entries[-2])["text"]


def drawn(text: str) -> Iterator[Post]:
    """Everything that shows words of a protocol."""
    item = Item(id="a", text=text[:75], note=text[:75], command=text, approval=True, clauses={"": text})
    section = Section(name="s", title=text[:75], steps=(item,), clauses={"": text})
    loud = book(title=text[:75], description=text, resolution=text, sections=(section,), clauses={"": text})
    trouble = Trouble(name="t", title=text[:75], advice=(text,), technique="w", clauses={"": text})
    recipe = Recipe(name="r", title=text[:75], description=text, command=text, check=text)
    technique = Technique(name="w", title=text[:75], prompts=(text,))
    shown = event(5, f.AdviceShown(advice="t", why="reopened"), None)
    scene = scene_of(STARTED, shown, of=loud)
    more = {"troubleshooting": (trouble,), "backfills": (recipe,), "techniques": (technique,)}
    scene = replace(scene, protocol=scene.protocol.model_copy(update=more))
    yield from (runbook_pages.page(scene, which) for which in ("intake", text, ""))
    yield from (runbook_pages.troubleshooting(scene), recipes.page(scene, "r"), recipes.page(scene, text))
    yield from (runbooks.statement(scene, scene.entries[-1]), runbook_pages.shelf(scene, text))
    for view in (runbook_forms.explore(scene, technique, text=text), data_forms.backfill(scene, recipe="r")):
        assert view_problems(view) == []


def test_words_of_a_protocol_ring_nobody() -> None:
    for post in drawn(LOUD):
        assert "<!channel>" not in post["text"]
        assert "<@U0EVE>" not in post["text"]
        assert check_blocks(post["blocks"], "message", Rules()) == []


def test_a_recipe_says_what_is_still_to_be_filled_in() -> None:
    recipe = Recipe(name="dbt", title="dbt", command="dbt run --select {table} --vars '{to}'", check="test {table}")
    late = event(3, f.DataStated(state="suspect", since=minute(0) - timedelta(hours=1)))
    scene = scene_of(late, affected="orders_mart")
    scene = replace(scene, protocol=scene.protocol.model_copy(update={"backfills": (recipe,)}))
    page = recipes.page(scene, "dbt")
    assert commands(page) == ["dbt run --select orders_mart --vars '{to}'", "test orders_mart"]
    assert "Still to be filled in: {to}" in read(page)
    view = data_forms.backfill(scene, recipe="dbt")
    assert "dbt run --select orders_mart" in str(view["blocks"])


def test_looking_for_a_cause_is_answered_once() -> None:
    explored = event(5, f.CauseExplored(technique="ishikawa", answers="People\tNobody knew\nTools\tNo tests"))
    theories = [event(5, f.CauseProposed(text=text, aside=True)) for text in ("Nobody knew", "No tests")]
    scene = scene_of(explored, *theories)
    assert read(answers.answer(scene, scene.entries[-3:])).startswith("Saved as theories 1 to 2 of INC-12.")
    whys = event(5, f.CauseExplored(technique="5-whys", answers="Why?\tNulls"))
    scene = scene_of(whys, event(5, f.CauseProposed(text="Nulls")))
    assert read(answers.answer(scene, scene.entries[-2:])).count("heory 1") == 1
    again = scene_of(event(4, f.CauseProposed(text="Nulls")), whys)
    assert "is a theory of INC-12 already" in read(answers.answer(again, again.entries[-1:]))
