"""Messages are intents (architecture: outbox rows hold intents, never blocks)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.domain.message import KINDS, Message


def test_a_message_survives_being_stored() -> None:
    message = Message(
        kind="card", lane="inc-12:posts", seq=4, args={"people": ["U0ANA"], "ask": 3}, needs=("channel",), fills="card",
        standing=True, rank=1,
    )  # fmt: skip
    assert Message.model_validate_json(message.model_dump_json()) == message


def test_a_message_is_not_changed_on_its_way() -> None:
    with pytest.raises(ValidationError):
        Message(kind="card", lane="x", seq=1).rank = 1  # type: ignore[misc]


def test_every_kind_says_in_a_word_or_two_what_it_does() -> None:
    assert all(text and not text.endswith(".") for text in KINDS.values())
    assert len(set(KINDS.values())) == len(KINDS)


def test_the_shape_of_a_message_never_changes() -> None:
    """A replica of the version before must be able to read whatever it claims: what is new is a new kind."""
    assert set(Message.model_fields) == {"kind", "lane", "seq", "args", "needs", "fills", "standing", "rank"}
