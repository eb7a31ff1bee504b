import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import blocks, words
from bot.views.words import Safe
from tests.views.slack_rules import accepted, user_text

PIECES = (
    "<@U0ANA>",
    "<!date^1795156980^{date_short_pretty} {time}|Fri 20 Nov 07:43 CET>",
    "&amp;",
    "&lt;",
    "word",
    " ",
)
TOKENS = st.lists(st.sampled_from(PIECES))


@given(TOKENS.map("".join), st.integers(min_value=60, max_value=200))
def test_finished_text_is_never_cut_inside_a_token(mrkdwn: str, limit: int) -> None:
    trimmed = blocks.trim(Safe(mrkdwn), limit)
    assert len(trimmed) <= limit
    assert "<" not in re.sub(r"<[^<>]*>", "", trimmed)
    assert "&" not in re.sub(r"&(amp|lt);", "", trimmed)


@given(user_text)
def test_a_long_text_keeps_every_word_over_several_sections(text: str) -> None:
    escaped = words.escaped(text)
    post = accepted(blocks.paragraph(escaped))
    together = "".join(block["text"]["text"] for block in post["blocks"])
    assert "".join(together.split()) == "".join(escaped.split())


def test_a_button_that_cannot_carry_its_value_is_refused_instead_of_losing_it() -> None:
    with pytest.raises(ValueError, match="2,000"):
        blocks.button("Declare", "declare_now", "x" * 2001)


def test_labels_and_small_print_are_cut_to_what_slack_takes() -> None:
    row = blocks.actions(blocks.button("L" * 200, "one", "{}"), blocks.overflow("two", [("M" * 200, "{}")]))
    post = accepted(
        blocks.post(Safe("text"), blocks.section(Safe("s" * 4000)), row, blocks.context(Safe("c" * 3000), ""))
    )
    assert len(post["blocks"]) == 3


def test_nothing_to_show_draws_no_empty_block() -> None:
    assert (
        blocks.post(Safe("text"), blocks.context("", Safe(" ")), blocks.actions(), blocks.sections(Safe("  ")))[
            "blocks"
        ]
        == []
    )
