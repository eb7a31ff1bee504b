"""What an incident runs on: the verb that shows what a newer protocol would change, and the button that adopts it."""

from __future__ import annotations

from bot.domain import request as r
from bot.domain.errors import NotNow
from bot.inbound.grammar import Context, Said
from bot.inbound.intents import Intent, Show
from bot.inbound.verbs.verb import Click, FormDoor, Meaning, Page, Reading, Verb
from bot.views import adoption, refusals
from bot.views.ids import Action, Form
from bot.views.scene import Post


def adopt(said: Said, _: Context) -> Intent:
    """Nobody adopts what they have not seen: the words show it, the button does it."""
    return Show("adopt", said.words)


def _pressed(click: Click) -> Intent:
    """The channel's button shows; the one under what was shown adopts just that."""
    return r.Adopt(named=click.text, shown=click.verb) if click.verb else Show("adopt", click.text)


def _page(reading: Reading) -> Post:
    try:
        return adoption.page(reading.scene, reading.newest)
    except NotNow as refusal:  # nothing was to be done, so nothing is refused: this is what there is to read
        return refusals.refusal(str(refusal))


VERBS: tuple[Verb, ...] = (
    Verb("adopt", (), "adopt [protocol]", "shows what a newer protocol would change here, and adopts it", parse=adopt),
)

BUTTONS: dict[Action, Meaning] = {Action.ADOPT: _pressed}

FORMS: dict[Form, FormDoor] = {}

PAGES: dict[str, Page] = {"adopt": _page}
