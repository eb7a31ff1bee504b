"""People as Slack last described them: a cache, so that drawing and deciding never wait for Slack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from bot.store.session import Session
from bot.store.tables import people


class Person(BaseModel):
    """One Slack user. `name` is the display name, `tz` an IANA time zone, `team` the workspace they belong to,
    `admin` whether they run it (None: fetched before that was kept)."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    id: str
    name: str
    tz: str = "UTC"
    guest: bool = False
    bot: bool = False
    deactivated: bool = False
    team: str | None = None
    email: str | None = None
    admin: bool | None = None
    fetched_at: datetime


def shown(person: Person, workspace: str) -> str:
    """The name by which readers know somebody; of a guest, or of somebody who is not of this `workspace` (empty: it is
    not known), with that, because they read and decide less than others."""
    if workspace and person.team is not None and person.team != workspace and not person.bot:
        return f"{person.name} (another workspace)"
    return f"{person.name} (guest)" if person.guest else person.name


def get(session: Session, person_id: str) -> Person | None:
    """The person of this Slack id, or None when never fetched."""
    return many(session, (person_id,)).get(person_id)


def many(session: Session, ids: Iterable[str]) -> dict[str, Person]:
    """Those of these people who are known, by id."""
    query = sa.select(people).where(people.c.id.in_(set(ids)))
    return {person.id: person for person in map(Person.model_validate, session.conn.execute(query))}


def by_address(session: Session, addresses: Iterable[str]) -> dict[str, str]:
    """Ids of those of these e-mail addresses that Slack has told us of."""
    wanted = {one.casefold(): one for one in addresses}
    query = sa.select(people.c.id, people.c.email).where(sa.func.lower(people.c.email).in_(list(wanted)))
    return {wanted[row.email.casefold()]: row.id for row in session.conn.execute(query)} if wanted else {}


def deactivated(session: Session, ids: Iterable[str]) -> frozenset[str]:
    """Those of these people whose account is deactivated, as far as Slack has said."""
    wanted = list(ids)
    if not wanted:
        return frozenset()
    query = sa.select(people.c.id).where(people.c.id.in_(wanted), people.c.deactivated)
    return frozenset(session.conn.execute(query).scalars())


def put(session: Session, person: Person) -> None:
    """Remember a person as fetched now, in place of what was known."""
    values = person.model_dump()
    fresh = session.insert(people).values(values)
    session.conn.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=values))
