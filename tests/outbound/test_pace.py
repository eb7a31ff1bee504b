"""What Slack's limits leave room for."""

from __future__ import annotations

from bot.outbound.pace import Pace


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def paced(**more: float) -> tuple[Pace, Hands]:
    hands = Hands()
    return Pace(clock=hands, **more), hands  # type: ignore[arg-type]


def test_a_channel_takes_a_burst_and_then_one_a_second() -> None:
    pace, hands = paced()
    assert [pace.wait("chat.postMessage", "C1") for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert pace.wait("chat.postMessage", "C2") == 0
    hands.at += 1
    assert [pace.wait("chat.postMessage", "C1"), pace.wait("chat.postMessage", "C1")] == [0, 1]


def test_files_count_as_posts() -> None:
    pace, _ = paced()
    waits = [pace.wait(m, "C1") for m in ("chat.postMessage", "files.completeUploadExternal") * 3]
    assert waits[-1] > 0


def test_edits_have_one_budget_for_the_workspace() -> None:
    pace, hands = paced()
    assert [pace.wait("chat.update", f"C{n}") for n in range(20)] == [0] * 20
    assert pace.wait("chat.update", "C99") > 0
    hands.at += 60
    assert [pace.wait("chat.update", "C1") for _ in range(20)] == [0] * 20


def test_a_pause_holds_for_its_method_and_channel_only() -> None:
    pace, hands = paced()
    pace.pause("chat.postMessage", "C1", 30)
    assert pace.wait("chat.postMessage", "C1") == 30
    assert pace.wait("chat.postMessage", "C2") == 0
    assert pace.wait("chat.update", "C1") == 0
    hands.at += 30
    assert pace.wait("chat.postMessage", "C1") == 0


def test_a_second_channel_that_is_told_to_wait_pauses_the_method() -> None:
    pace, hands = paced()
    pace.pause("chat.postMessage", "C1", 10)
    pace.pause("chat.postMessage", "C2", 30)
    assert pace.wait("chat.postMessage", "C3") == 30
    hands.at += 31
    pace.pause("chat.postMessage", "C2", 30)
    assert pace.wait("chat.postMessage", "C3") == 0, "one that waits alone is no second one"


def test_without_limits_nothing_waits() -> None:
    pace, _ = paced(per_channel=0, per_update=0)
    assert {pace.wait(method, "C1") for method in ("chat.postMessage", "chat.update") for _ in range(100)} == {0}
