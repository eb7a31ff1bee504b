import pytest
from hypothesis import given

from bot.domain import fact as f
from bot.views.lists import SHOWN, incidents
from tests.builders import event, resolved, story
from tests.views.reading import private, read
from tests.views.slack_rules import user_text


def test_a_list_says_for_each_what_it_is_how_it_stands_who_leads_and_where() -> None:
    second = story(event(90, resolved()), incident=13, title="Late feed", private=True, severity="P2", now=100)
    assert read(incidents([story(event(3, f.Acknowledged())), second], "all")).split("\n") == [
        "*2 incidents*",
        "*INC-12 · P1 · Orders mart is stale*",
        "🔴 Detecting · Bea leads · next update 08:13 CET, in 27 min · <#C0INC12>",
        "*INC-13 · P2 · Late feed* · private",
        "🟢 Resolved · Bea leads · <#C0INC12>",
    ]


@pytest.mark.parametrize(
    ("which", "head", "none"),
    [
        ("open", "*1 open incident*", "No incident is open."),
        ("mine", "*1 incident of yours*", "None of the incidents is yours."),
        ("all", "*1 incident*", "There has been no incident yet."),
    ],
)
def test_the_list_says_what_was_asked_for(which: str, head: str, none: str) -> None:
    assert read(incidents([story()], which)).startswith(head)
    assert read(incidents([], which)) == f"{none} Declare one with `/incident declare <what is wrong>`."


def test_a_long_list_is_cut_and_counted() -> None:
    text = read(incidents([story(incident=n) for n in range(1, 61)]))
    assert text.count("leads") <= SHOWN
    post = private(incidents([story(incident=n) for n in range(1, 61)]))
    assert post["blocks"][-1]["elements"][0]["text"] == "and 40 more"


@given(user_text)
def test_no_text_breaks_a_list_or_gets_out_of_it(text: str) -> None:
    private(incidents([story(title=text, incident=n) for n in range(1, 31)]))
