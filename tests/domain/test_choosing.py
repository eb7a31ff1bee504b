"""Which of several protocols is meant."""

from __future__ import annotations

import pytest

from bot.domain.choosing import Choice, for_severity, in_channel, meant, of_name
from bot.domain.errors import BadInput
from bot.domain.protocol import Protocol
from tests.domain.life import default


def called(name: str, *severities: str) -> Protocol:
    """The default protocol under another name, with severities of these names."""
    grades = tuple(
        one.model_copy(update={"name": named, "rank": rank})
        for rank, (one, named) in enumerate(zip(default().severities, severities, strict=False), start=1)
    )
    return default().model_copy(update={"name": name, "title": f"The {name}", "severities": grades})


USUAL = Choice(called("usual", "P1", "P2", "P3", "P4"))
FORGE = Choice(called("forge", "SEV1", "SEV2"), channels=("forge-incident", "C0FORGE"))
WALK = Choice(called("walk", "P0", "P1", "P2"), teams=("Walkers", "Reporting"))
RED = Choice(called("red", "red", "amber"))
ALL = (USUAL, FORGE, WALK, RED)


@pytest.mark.parametrize(
    ("channel", "name", "found"),
    [
        ("C0FORGE", None, FORGE),
        ("C0123", "forge-incident", FORGE),
        ("C0123", "general", USUAL),
        (None, None, USUAL),
    ],
)
def test_a_channel_means_its_own_and_any_other_the_usual_one(
    channel: str | None, name: str | None, found: Choice
) -> None:
    assert in_channel(ALL, channel, name) is found


@pytest.mark.parametrize(
    ("here", "word", "found"),
    [
        (USUAL, None, USUAL),
        (USUAL, "p1", USUAL),
        (USUAL, "P0", WALK),
        (USUAL, "sev2", FORGE),
        (USUAL, "SEV-1:", FORGE),
        (USUAL, "amber", RED),
        (FORGE, "SEV1", FORGE),
        (FORGE, "P0", WALK),
        (USUAL, "sev4", USUAL),
        (USUAL, "P9", USUAL),
    ],
)
def test_a_severity_that_only_another_has_names_that_one(here: Choice, word: str | None, found: Choice) -> None:
    assert for_severity(ALL, here, word) is found


def test_a_severity_of_several_others_is_asked_about() -> None:
    with pytest.raises(BadInput, match="P1 is a severity of The usual and Walkers and Reporting"):
        for_severity(ALL, FORGE, "P1")


def test_it_is_named_by_its_name_its_title_or_a_team() -> None:
    assert [meant(ALL, text) for text in ("FORGE", "the walk", "reporting", "nobody", "")] == [
        *(FORGE, WALK, WALK),
        *(None, None),
    ]
    assert (of_name(ALL, "red"), of_name(ALL, "blue"), WALK.title) == (RED, None, "Walkers and Reporting")
