"""`sitrep demo`: the real bot as a process of its own, against the sandbox, as a stranger starts it."""

import re
from pathlib import Path

import pytest

from bot.sandbox.story import load
from bot.store.resources import resource
from tests import zygote

FIRST_NIGHT = resource("templates", "drills", "first-night.yml")
KEPT = Path(__file__).parent / "scenarios" / "stories" / "first-night.txt"


async def sitrep(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command line in an empty folder."""
    return await zygote.sitrep(folder, {"HOME": str(folder), "PYTHONPATH": str(zygote.ROOT)}, *arguments)


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.timeout(240)
async def test_the_first_night_is_told_whole_and_as_it_was_kept(tmp_path: Path) -> None:
    """Another process, another machine's load: the transcript that the story's test keeps is told to the letter."""
    code, told, said = await sitrep(tmp_path, "demo")
    assert code == 0, said
    assert told == KEPT.read_text("utf-8"), "`make stories` keeps what is told now"
    assert left_in(tmp_path) == []
    story = load(FIRST_NIGHT)
    in_order = [
        "Zoe sends the form",
        "direct message to Dirk",
        r"02:46 .*#inc-1",
        r"Ana presses \[Acknowledge\]",
        "data-stakeholders",
        "Level 2: @Tec",
        r"03:19  direct message to Noor",
        r"03:24  #inc-1\S+ · Sitrep   🔔 rings Noor",
        r"@Bea the P1 update is 15 min late",
        r"@Tec and @Sam the P1 update is 30 min late",
        r"✓ 03:58 Tec posted an update",
        r"P2, was P1",
        r"🟢 Resolved · P2",
        r"✅ Closed · P2",
        r"Timeline of INC-1",
        r"Counted in 7 h 2 min: \d+ messages",
    ]
    place = 0
    for milestone in in_order:
        found = re.compile(milestone).search(told, place)
        assert found, f"{milestone} is not told after {told[max(place - 80, 0) : place]!r}"
        place = found.start()
    assert all(part.name in told for part in story.people.values())
    assert max(map(len, told.splitlines())) <= 100


async def test_a_bot_that_cannot_start_is_told_with_what_it_said(tmp_path: Path) -> None:
    text = FIRST_NIGHT.read_text("utf-8").replace("announce_channel: incidents", "anounce_channel: incidents")
    (tmp_path / "story.yml").write_text(text, "utf-8")
    code, out, err = await sitrep(tmp_path, "demo", "story.yml")
    assert (code, out) == (1, "")
    assert "sitrep.yml" in err
    assert "announce_channel" in err


async def test_a_story_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    code, _, err = await sitrep(tmp_path, "demo", "nowhere.yml")
    assert code == 1
    assert "nowhere.yml cannot be read" in err
    assert "Traceback" not in err
