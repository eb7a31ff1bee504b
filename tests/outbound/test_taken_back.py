"""What was taken back is withdrawn where it was said, once, and is not said where it was not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain import request as r
from tests.outbound.town import Town

pytestmark = pytest.mark.usefixtures("impatient")

RESTARTED = r.PostUpdate("Restarted.")


def of_update(args: dict[str, Any]) -> bool:
    return "*Car:* Restarted." in str(args.get("text"))


async def acknowledged(town: Town) -> None:
    await town.declare()
    await town.act(r.Confirm(), by="car")
    await town.quiet()


async def test_what_was_not_said_yet_is_never_said(town: Town) -> None:
    await acknowledged(town)
    down = town.slack.faults.add("*", "429", times=None)  # which says for certain that nothing was said
    await town.act(RESTARTED, by="car")
    town.now += timedelta(minutes=1)
    await town.act(r.Escalate("Somebody who knows Kafka."), by="car")
    for _ in range(2):
        await town.act(r.Undo(), by="car")
    await town.slack.wait_for(lambda: down.used > 3)
    before = [m.ts for m in (*town.said("inc-1"), *town.told("tec"))]
    town.slack.faults.clear()
    await town.quiet(50)
    assert "Restarted." not in str([m.text for m in (*town.said("inc-1"), *town.said("incidents"))])
    assert [m.text for m in (*town.said("inc-1"), *town.told("tec")) if m.ts not in before] == []
    assert await town.waiting() == 0


async def test_who_never_read_that_figures_are_safe_reads_nothing_of_it(town: Town) -> None:
    await acknowledged(town)
    await town.act(r.StateImpact("Revenue is too low.", "suspect"), by="car")
    await town.quiet()
    [told] = town.said("data-stakeholders")
    down = town.slack.faults.add("*", "429", times=None)  # which says for certain that nothing was said
    await town.act(r.Resolve("Restarted.", "repaired"), by="car")
    await town.slack.wait_for(lambda: down.used > 3)
    await town.act(r.Undo(), by="car")
    town.slack.faults.clear()
    await town.quiet(50)
    [now] = town.said("data-stakeholders")
    assert (now.ts, now.text) == (told.ts, told.text)


async def test_what_may_have_been_said_is_found_and_withdrawn_once(town: Town) -> None:
    await acknowledged(town)
    lost = town.slack.faults.add("chat.postMessage", "lost_reply", match=of_update)
    await town.act(RESTARTED, by="car")
    await town.slack.wait_for(lambda: lost.used)
    await town.act(r.Undo(), by="car")
    await town.quiet(50)
    [said] = town.said("inc-1", "Restarted.")
    assert said.text.startswith("Withdrawn")


@pytest.mark.parametrize("kind", ["lost_reply", "lost_request", "500"])
async def test_a_withdrawal_whose_answer_was_lost_is_made_once(town: Town, kind: str) -> None:
    await acknowledged(town)
    await town.act(RESTARTED, by="car")
    await town.quiet()
    town.slack.faults.add("chat.update", kind, match=lambda args: "Withdrawn" in str(args.get("text")))
    await town.act(r.Undo(), by="car")
    await town.quiet(50)
    assert [m.text[:9] for m in town.said("inc-1", "Restarted.")] == ["Withdrawn"]
    assert [m.text[:9] for m in town.said("incidents", "Restarted.")] == ["Withdrawn"]


async def test_what_cannot_be_edited_any_more_is_withdrawn_beside_it(town: Town) -> None:
    await acknowledged(town)
    await town.act(RESTARTED, by="car")
    await town.quiet()
    [said] = town.said("inc-1", "*Car:* Restarted.")
    town.slack.faults.add("chat.update", "error:edit_window_closed", times=None, match={"ts": said.ts})
    await town.act(r.Undo(), by="car")
    await town.quiet()
    assert [m.text[:9] for m in town.said("inc-1", "Restarted.")] == ["*Car:* Re", "Withdrawn"]


async def test_a_channel_that_slack_does_not_let_us_rename_keeps_its_name_and_somebody_hears_it_once(
    town: Town,
) -> None:
    await acknowledged(town)
    town.slack.faults.add("conversations.rename", "error:not_authorized", times=None)
    for title in ("Orders are late", "Orders are very late"):
        await town.act(r.Rename(title), by="car")
        await town.quiet()
    assert len(town.told("ana", "rename its channel (not_authorized)")) == 1
    now = await town.incident()
    assert (now.title, now.channel_name) == ("Orders are very late", "inc-1-orders-mart-is-stale")
