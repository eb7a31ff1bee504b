import pytest
from hypothesis import given

from bot.views import refusals
from bot.views.ids import read_value
from bot.views.refusals import bug, cannot_say, refusal, take_it, unsure, unsure_inside, which
from bot.views.state import is_member
from tests.builders import BEA, DIR, asked, event, resolved, story
from tests.views.reading import carried, plainly, private, read
from tests.views.slack_rules import shown, user_text

LONG = "loader restarted, backlog shrinking, " * 60


def test_a_refusal_is_the_sentence_and_nothing_else() -> None:
    sentence = "INC-12 is closed, so it takes no updates. Reopen it with /incident reopen <why>."
    post = private(refusal(sentence))
    assert plainly(post["text"]) == sentence
    assert len(post["blocks"]) == 1


def test_a_long_text_that_was_refused_is_given_back_whole() -> None:
    text = "x" * 2_900 + " the end"
    assert shown(private(refusal("INC-12 is closed.", text))).endswith("the end")
    assert "ok" not in shown(private(refusal("INC-12 is closed.", "ok")))


def test_a_doubt_and_a_bug_are_admitted() -> None:
    assert read(cannot_say()).startswith("I cannot say yet whether this was saved.")
    assert "logged as 7f3a" in read(bug("7f3a"))


def test_an_outsiders_acknowledgement_becomes_an_offer() -> None:
    post = private(take_it(story()))
    assert post["text"].startswith("You are not on call, on the ladder or in a role for INC-12")
    action, value = carried(post)["I take it"]
    assert (action, read_value(value)[0]) == ("take_it", 12)


def test_of_several_that_can_be_meant_each_is_a_button_that_keeps_what_was_typed() -> None:
    picks = [("1 · drop it", "1"), ("2 · restart it", "2")]
    post = private(
        refusals.which_one("Which plan? 1 is “drop it”; 2 is “restart it”.", 12, "reject", picks, "too late")
    )
    assert {label: read_value(value) for label, (_, value) in carried(post).items()} == {
        "1 · drop it": (12, None, "reject", "1 too late"),
        "2 · restart it": (12, None, "reject", "2 too late"),
    }
    long = private(refusals.which_one("Which plan?", 12, "reject", picks, LONG))
    assert read_value(carried(long)["2 · restart it"][1]) == (12, None, "reject", "2")
    assert LONG.strip()[-30:] in shown(long)


# ------------------------------------------------------------------------------------------- where, and what


def test_a_verb_in_the_wrong_place_offers_the_open_incidents_with_its_text() -> None:
    post = private(which([story(), story(incident=13, title="Late feed")], "update", "backlog shrinking"))
    assert read(post).startswith("Which incident? This channel belongs to none.\nINC-12 · P1 · Orders mart is stale")
    picks = carried(post)
    assert list(picks) == ["INC-12 · P1 · Orders mart is stale", "INC-13 · P1 · Late feed"]
    action, value = picks["INC-13 · P1 · Late feed"]
    assert action.startswith("pick:")
    assert read_value(value) == (13, None, "update", "backlog shrinking")


def test_more_incidents_than_fit_are_counted() -> None:
    post = private(which([story(incident=n) for n in range(1, 41)], "update"))
    assert len(carried(post)) == refusals.OFFERED_MOST
    assert "30 more: `/incident list` shows them all" in read(post)


def test_with_nothing_open_it_says_how_to_declare() -> None:
    assert "Declare one with `/incident declare <what is wrong>`." in read(which([], "update"))


def test_a_text_too_long_for_a_button_is_shown_instead_of_lost() -> None:
    post = private(which([story()], "update", LONG))
    _, value = next(iter(carried(post).values()))
    assert read_value(value) == (12, None, "update", "")
    assert LONG.strip() in shown(post)


def test_which_names_a_private_incident_only_to_who_is_in_it() -> None:
    by_message_only = asked(34, "update", how="early", step="early", people=(DIR,))
    outside = private(which([story(by_message_only, private=True, reader=DIR)], "update", "restarted"))
    assert "Orders" not in str(outside)
    assert list(carried(outside)) == ["INC-12 · P1 · private"]
    assert list(carried(private(which([story(private=True, reader=BEA)], "update")))) == [
        "INC-12 · P1 · Orders mart is stale"
    ]


def test_nobody_is_in_an_incident_that_nobody_is_on_call_for() -> None:
    incident = story().incident.model_copy(update={"primary": None, "secondary": None})
    assert not is_member(None, incident)


def test_unknown_words_offer_declaring_or_the_nearest_verb() -> None:
    picks = carried(private(unsure("notes kafka lag", "note", rest="kafka lag", incident=12)))
    assert [read_value(value) for _, value in picks.values()] == [
        (None, None, "declare", "notes kafka lag"), (12, None, "note", "kafka lag"),
    ]  # fmt: skip
    assert list(picks) == ["Declare", "/incident note"]
    assert read(unsure("orders stale")) == "“orders stale” is no command of mine. Is it a new incident?"


@pytest.mark.parametrize(
    ("ended", "labels"), [(False, ["Update", "Note", "New incident"]), (True, ["Note", "New incident"])]
)
def test_unknown_words_inside_offer_what_is_there(ended: bool, labels: list[str]) -> None:
    scene = story(*([event(90, resolved())] if ended else []))
    picks = carried(private(unsure_inside(scene, "kafka lag")))
    assert list(picks) == labels
    assert {read_value(value)[3] for _, value in picks.values()} == {"kafka lag"}


@given(user_text)
def test_no_text_breaks_a_refusal_or_gets_out_of_it(text: str) -> None:
    scene = story(title=text)
    for post in (
        refusal(text, text), which([scene], "update", text), which([], "update", text),
        unsure(text, "note", rest=text), unsure(text), unsure_inside(scene, text), take_it(scene, text),
    ):  # fmt: skip
        private(post)
