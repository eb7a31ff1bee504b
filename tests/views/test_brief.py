from hypothesis import given

from bot.domain import fact as f
from bot.views.brief import brief
from tests.builders import TEC, asked, event, impact, resolved, story, update
from tests.views.reading import private, read
from tests.views.slack_rules import user_text

ACKED = event(3, f.Acknowledged())


def test_eight_lines_tell_a_late_comer_everything() -> None:
    scene = story(
        ACKED, event(9, impact()), event(12, update("loader restarted")), event(13, f.UpdatePosted(no_change=True)),
        asked(43, "update", occurrence=3, people=(TEC,)), now=45,
    )  # fmt: skip
    assert read(brief(scene)).split("\n") == [
        "*INC-12 · P1 · Orders mart is stale* · 🔴 Triaged",
        "*Impact* Revenue figures since 06:10 are not reliable. · data suspect",
        "*Since* started 06:10 CET, detected 07:43 CET · open 45 min",
        "*Who* Bea (Incident Manager) and Ana (responder)",
        "*So far* 07:55 CET loader restarted",
        "*Cause* not known yet",
        "*Waiting on* Tec",
        (
            "*Due in the next 30 min* word to management late by 45 min · escalation to level 2 late by 15 min"
            " · update late by 2 min"
        ),
    ]


def test_what_is_not_known_is_said_to_be_so() -> None:
    text = read(brief(story()))
    assert len(text.split("\n")) == 8
    assert "*Impact* not stated yet · data not checked" in text
    assert "*Who* Bea (Incident Manager) and Ana (on call)" in text
    assert "*So far* no update yet" in text
    assert "acknowledgement in 15 min" in text


def test_nobody_is_waited_for_once_it_is_over() -> None:
    text = read(brief(story(ACKED, asked(30, "update", people=(TEC,)), event(90, resolved()), now=600)))
    assert "🟢 Resolved" in text
    assert "was open 1 h 30 min" in text
    assert "*Cause* a deploy flipped the sign in the loader" in text
    assert text.endswith("*Waiting on* nobody\n*Due in the next 30 min* nothing")


@given(user_text)
def test_no_text_breaks_the_brief_or_gets_out_of_it(text: str) -> None:
    told = [event(9, impact(text)), *(event(10 + n, update(text)) for n in range(5))]
    private(brief(story(*told, title=text)))
    private(brief(story(*told, event(90, resolved(cause=text)), title=text)))
