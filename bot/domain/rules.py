"""What a configuration says of who may do what: per verb, anybody or these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict

ANY = "any"
"""What is written for every full member."""

RESPONDER, LEAD = "responder", "lead"
"""Words for two roles that every protocol has, whatever it calls them."""

DUTY = ("on-call", "primary", "secondary")
"""Words for who is on call."""


class Named(BaseModel):
    """One of those who may, as the configuration calls them (a role, a name of the directory, an id or an address), and
    whom that names wherever the incident stands: people. `unheard`: Slack has not said yet who all of them are."""

    model_config = ConfigDict(frozen=True)

    called: str
    people: tuple[str, ...] = ()
    unheard: bool = False


class Rule(BaseModel):
    """Who may say one verb: anybody, or these."""

    model_config = ConfigDict(frozen=True)

    named: tuple[Named, ...] = ()

    @property
    def anybody(self) -> bool:
        return any(one.called == ANY for one in self.named)

    @classmethod
    def made(
        cls, names: Sequence[str], directory: Mapping[str, Sequence[str]], behind: Mapping[str, Sequence[str]]
    ) -> Self:
        """The rule of these names at one moment; `directory` is as configured, `behind` are the people behind each id
        and address as far as Slack has said."""
        return cls(named=tuple(_named(name, directory, behind) for name in names))


def _named(name: str, directory: Mapping[str, Sequence[str]], behind: Mapping[str, Sequence[str]]) -> Named:
    ids = tuple(directory.get(name, (name,)))
    known = [person for one in ids for person in ((one,) if is_person(one) else behind.get(one, ()))]
    return Named(
        called=name,
        people=tuple(dict.fromkeys(known)),
        unheard=any(asked_of_slack(one) and one not in behind for one in ids),
    )


def asked_of_slack(one: str) -> bool:
    """Whether only Slack can say who that is: a user group, or somebody's e-mail address."""
    return "@" in one or (one[:1] == "S" and one[1:].isalnum() and one.isupper())


def names_people(one: str) -> bool:
    """Whether an entry is an id or an address, and no name that stands for others."""
    return is_person(one) or asked_of_slack(one)


def is_person(one: str) -> bool:
    """Whether this is the id of a person."""
    return one[:1] in ("U", "W") and one[1:].isalnum() and one.isupper()
