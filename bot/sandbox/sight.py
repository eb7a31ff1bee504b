"""What a person of a story has before their eyes, for the sentence that says what a line of it looked for in vain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.sandbox import forms
from bot.sandbox.blockkit import elements_of
from bot.sandbox.errors import ClientRefused
from bot.sandbox.model import Channel, Message
from bot.sandbox.people import Person

NEWEST = 5
"""Messages of a channel that are named."""

WIDTH = 60
"""Characters of each."""


class NotThere(ClientRefused):
    """Something a line names is not on the screen; ``seen`` says, line by line, what is."""

    def __init__(self, what: str, seen: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.seen = list(seen)


def in_channels(person: Person, places: Iterable[Channel]) -> Iterator[str]:
    """The newest messages of the places, and what can be pressed in them."""
    for place in places:
        seen = person.sees(place)[-NEWEST:]
        name = f"#{place.name}" if place.name else "the direct messages"
        yield f"In {name}:" if seen else f"In {name}: nothing."
        yield from (f"  {_short(person, message)}" for message in seen)


def _short(person: Person, message: Message) -> str:
    first = next(iter(person.screen.message(message)), "")[:WIDTH]
    elements = [element for block in message.blocks for element in elements_of(block)]
    return " ".join([f"“{first}”", *(f"[{label}]" for element in elements for label in forms.labels(element))])
