"""What a check-up makes of what was seen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import checkup
from bot.domain.checkup import Finding, refused
from bot.domain.duty.oncall import Roster, Rotation
from bot.store.files.protocols import load

NOW = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
"""A Friday evening."""


def states(findings: list[Finding], words: str) -> list[str]:
    return [one.state for one in findings if words in one.text]


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, "right"), (-5, "right"), (5.5, "doubtful"), (-60, "doubtful"), (61, "wrong")]
)
def test_how_far_clocks_may_differ(seconds: float, state: str) -> None:
    assert checkup.clock("Slack's", seconds).state == state


def test_a_clock_that_is_behind_is_not_called_ahead() -> None:
    assert "90 s behind" in checkup.clock("Slack's", 90).text


def test_scopes_that_are_only_wished_for_are_no_fault() -> None:
    wanted = frozenset({"chat:write", "dnd:read"})
    assert [one.state for one in checkup.scopes(wanted, wanted)] == ["right"]
    assert [one.state for one in checkup.scopes(frozenset({"chat:write"}), wanted)] == ["doubtful"]
    assert [one.state for one in checkup.scopes(frozenset({"dnd:read"}), wanted)] == ["wrong"]


@pytest.mark.parametrize(
    ("hours", "on_shift", "state"),
    [((-1, 8), True, "wrong"), ((1, 9), True, "doubtful"), ((1, 9), False, "right"), ((-9, -1), True, "right")],
)
def test_do_not_disturb_matters_during_the_shift(hours: tuple[int, int], on_shift: bool, state: str) -> None:
    begins, ends = (NOW + timedelta(hours=one) for one in hours)
    found = checkup.muted("Ana", "Europe/Amsterdam", (begins, ends), NOW, lambda _: on_shift)
    assert found.state == state
    assert state == "right" or ("Ana" in found.remedy and "cannot break Do Not Disturb" in found.remedy)
    if state == "wrong":
        assert "until Sat 06:00 (Europe/Amsterdam)" in found.text


def rotation(name: str, *members: str, starts: date = date(2020, 1, 6)) -> Rotation:
    return Rotation(name=name, members=members, starts=starts)


def test_who_is_called() -> None:
    both = {"primary": rotation("primary", "U0ANA"), "secondary": rotation("secondary", "U0ANA")}
    found = list(checkup.on_call(both, Roster(primary="U0ANA", secondary="U0ANA"), {"U0ANA": "Ana"}))
    assert states(found, "Ana is called now") == ["right"]
    assert states(found, "nobody is second in line") == ["doubtful"]
    assert states(list(checkup.on_call({}, Roster(), {})), "nobody is called") == ["wrong"]
    later = {"primary": rotation("primary", "U0ANA", starts=date(2199, 1, 7))}
    assert states(list(checkup.on_call(later, Roster(), {})), "nobody is called before 2199-01-07") == ["wrong"]
    standing_in = Roster(directory={"on-call": ("U0BEA",)})
    assert states(list(checkup.on_call(later, standing_in, {})), "U0BEA is called now") == ["right"]
    gone = list(checkup.on_call(both, Roster(primary="U0ANA"), {"U0ANA": "Ana"}, {"U0ANA"}))
    assert states(gone, "Ana is called now and cannot answer") == ["wrong"]


def test_who_stands_behind_the_protocol() -> None:
    protocol = load("self-healing-pipeline")
    nobody = list(checkup.cast(protocol, Roster()))
    assert states(nobody, "behind level 2") == ["wrong"]
    assert states(nobody, "behind management") == ["wrong"]
    assert states(nobody, "behind level 3") == states(nobody, "behind Communications Coordinator") == ["doubtful"]
    assert states(nobody, "behind level 1") == [], "that is whoever is on call"
    everybody: dict[str, tuple[str, ...]] = dict.fromkeys(protocol.directory_names(), ("U0ANA",))
    assert [one.state for one in checkup.cast(protocol, Roster(directory=everybody))] == ["right"]
    rooms: dict[str, tuple[str, ...]] = {"level-2": ("C0EXPERTS",), "director": ("C0BOARD",)}
    by_channel = list(checkup.cast(protocol, Roster(channels=rooms)))
    assert states(by_channel, "level 2 (Technical coordinator and experts) but a channel, which cannot answer") == [
        "wrong"
    ]
    assert states(by_channel, "behind management") == [], "a channel may read it"


@pytest.mark.parametrize(
    ("sentence", "text", "remedy"),
    [
        ("It is shut: no key. Fetch the key.", "It is shut: no key", "Fetch the key"),
        ('unknown variable SITREP_X; did you mean "Y"?', "unknown variable SITREP_X", 'did you mean "Y"?'),
        ("PORT must be a port", "PORT must be a port", "otherwise"),
    ],
)
def test_a_sentence_is_taken_apart(sentence: str, text: str, remedy: str) -> None:
    found = refused("x", sentence, "otherwise")
    assert (found.text, found.remedy) == (text, remedy)


def test_what_is_not_right_needs_a_remedy() -> None:
    with pytest.raises(ValueError, match="needs a remedy"):
        Finding("wrong", "x", "It is broken")
