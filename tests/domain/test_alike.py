"""What is nearly the same, what is similar, and what is neither."""

from __future__ import annotations

import pytest

from bot.domain.alike import alike
from tests.domain.life import incident_of


@pytest.mark.parametrize(
    ("title", "likeness"),
    [
        ("orders mart is STALE!", "same"),
        ("stale: orders mart is", "same"),
        ("Orders marts is stale", "same"),
        ("orders mart stale", "similar"),
        ("The orders mart is stale again", "similar"),
        ("Orders mart is empty", None),
        ("Kafka is down", None),
        ("", None),
        ("🔥", None),
    ],
)
def test_titles_are_compared_by_their_words(title: str, likeness: str | None) -> None:
    assert alike(title, "", incident_of()) == likeness


def test_what_has_no_letters_is_compared_as_it_is() -> None:
    assert alike("🔥", "", incident_of(title="🔥")) == "same"
    assert alike("🔥🔥🔥🔥", "", incident_of(title="🧊")) is None
    assert alike("订单数据过期了", "", incident_of(title="订单数据过期了")) == "same"


def test_the_same_affected_thing_is_enough_whatever_it_is_called() -> None:
    incident = incident_of(affected="orders_mart, Revenue dashboard")
    assert alike("Something else", "fx; revenue DASHBOARD", incident) == "same"
    assert alike("Something else", "fx", incident) is None
