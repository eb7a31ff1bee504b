from bot.views.helps import Verb, one, overview
from tests.views.reading import private, read

UPDATE = Verb("update", ("say",), "update [text]", "Posts an update; without a text it opens the form")
CANCEL = Verb("cancel", (), "cancel <why>", "Ends what was no incident")


def test_every_verb_has_its_line_in_the_order_given() -> None:
    assert read(overview([UPDATE, CANCEL])).split("\n") == [
        "*What you can say after* `/incident`",
        "`update [text]` posts an update; without a text it opens the form",
        "`cancel <why>` ends what was no incident",
        (
            "`/incident help <verb>` explains one, `/incident help protocol` what counts as an incident here. "
            "A severity and some words declare at once: `/incident p1 orders are stale`."
        ),
    ]


def test_one_verb_is_explained_with_its_other_names() -> None:
    assert read(one(UPDATE)) == (
        "`/incident update [text]`\nPosts an update; without a text it opens the form.\nThe same: `say`"
    )
    assert read(one(CANCEL)) == "`/incident cancel <why>`\nEnds what was no incident."


def test_slack_takes_help_on_many_verbs() -> None:
    private(overview([UPDATE] * 60))
