"""People and user groups that the configuration names: whether they are there and can do what is asked of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.domain import checkup
from bot.domain.checkup import Finding, doubtful, listed, right, wrong
from bot.domain.duty.oncall import Rotation
from bot.outbound.api import Api
from bot.outbound.checkup.asked import asked, unanswered
from bot.outbound.errors import Refusal
from bot.outbound.people import GROUP, PERSON, PLACE, Failed, described
from bot.store.people import Person

FIX = "correct it in sitrep.yml"


@dataclass
class Cast:
    """Who the configuration means. `directory` and `places` hold ids behind each name, as far as Slack knows them."""

    findings: list[Finding] = field(default_factory=list)
    persons: dict[str, Person] = field(default_factory=dict)
    directory: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rotations: dict[str, Rotation] = field(default_factory=dict)
    unfit: set[str] = field(default_factory=set)
    """Ids and addresses, as written or found, of those who cannot do what is asked of them."""

    @property
    def names(self) -> dict[str, str]:
        return {one: person.name for one, person in self.persons.items()}


async def cast(
    api: Api,
    directory: Mapping[str, Iterable[str]],
    rotations: Mapping[str, Rotation],
    others: Mapping[str, Iterable[str]],
    team: str,
) -> Cast:
    """Look up everybody once; `others` by the key they stand under. `team` is our workspace's id: whoever is of another
    is a guest here."""
    found = Cast()
    entries = _entries(directory, rotations, others)
    groups = await _groups(api, {one: keys for one, keys in entries.items() if GROUP.fullmatch(one)}, found)
    meant: dict[str, tuple[str, ...]] = dict(groups)
    for one, keys in entries.items():
        if PERSON.fullmatch(one) or "@" in one:
            meant[one] = await _person(api, one, listed(keys), team, found)
    for name, ones in directory.items():
        everybody = dict.fromkeys(person for one in ones for person in meant.get(one, ()))
        found.directory[name] = tuple(person for person in everybody if person not in found.unfit)
        if channels := tuple(one for one in ones if PLACE.fullmatch(one)):
            found.places[name] = channels
    for name, rotation in rotations.items():
        people = {one: next(iter(meant.get(one, ())), one) for one in rotation.everyone}
        left = (one for one, person in found.persons.items() if person.deactivated)
        gone = frozenset((*left, *(one for one in rotation.everyone if one in found.unfit and not meant.get(one))))
        found.rotations[name] = rotation.meaning(people).model_copy(update={"gone": gone})
    if entries and all(finding.about != "people" for finding in found.findings):
        found.findings.append(right("people", "everybody whom sitrep.yml names is a member of this workspace"))
    return found


def _entries(
    directory: Mapping[str, Iterable[str]], rotations: Mapping[str, Rotation], others: Mapping[str, Iterable[str]]
) -> dict[str, list[str]]:
    """Each id and address that is written somewhere, with the keys it stands under."""
    written: dict[str, Iterable[str]] = {f"directory.{name}": ones for name, ones in directory.items()}
    written |= {f"oncall.{name}": rotation.everyone for name, rotation in rotations.items()}
    found: dict[str, list[str]] = {}
    for key, ones in (written | dict(others)).items():
        for one in dict.fromkeys(ones):
            found.setdefault(one, []).append(key)
    return {one: keys for one, keys in found.items() if not PLACE.fullmatch(one)}


# groups


async def _groups(api: Api, wanted: Mapping[str, list[str]], found: Cast) -> dict[str, tuple[str, ...]]:
    """The members of each group, empty for one that is switched off: Slack does not name them to anybody then."""
    if not wanted:
        return {}
    try:
        answer = await asked(api, "usergroups.list", include_disabled=True, include_users=True)
    except Failed as error:
        found.findings.append(_no_groups(error))
        return {}
    there = {str(group["id"]): group for group in answer["usergroups"]}
    members: dict[str, tuple[str, ...]] = {}
    for one, keys in wanted.items():
        group = there.get(one)
        found.findings.append(_group(one, listed(keys), group))
        alive = group is not None and not group.get("date_delete")
        members[one] = tuple(group.get("users") or ()) if group is not None and alive else ()
    return members


def _no_groups(error: Exception) -> Finding:
    if isinstance(error, Refusal) and error.error in ("plan_upgrade_required", "paid_teams_only"):
        text = "this workspace's plan has no user groups, so nobody stands behind those that sitrep.yml names"
        return wrong("user groups", text, "name people instead")
    return unanswered("user groups", "user groups", error)


def _group(group_id: str, keys: str, group: Mapping[str, Any] | None) -> Finding:
    if group is None:
        return wrong("user groups", f"{keys}: Slack knows no user group {group_id}", FIX)
    handle = f"@{group.get('handle')}"
    if group.get("date_delete"):
        return wrong(
            "user groups", f"{keys}: {handle} is switched off", "switch it on in Slack, or name people instead"
        )
    if not group.get("users"):
        return wrong("user groups", f"{keys}: nobody is in {handle}", "add its members in Slack")
    count = len(group["users"])
    return right("user groups", f"{keys}: {handle} has {count} member{'s' if count > 1 else ''}")


# people


async def _person(api: Api, one: str, keys: str, team: str, found: Cast) -> tuple[str, ...]:
    """The id that is meant; nothing where nobody is. What is wrong with them is among the findings."""
    method, argument = ("users.lookupByEmail", "email") if "@" in one else ("users.info", "user")
    try:
        person = described((await asked(api, method, **{argument: one}))["user"])
    except Refusal as refusal:
        if refusal.error in ("users_not_found", "user_not_found", "user_not_visible"):
            found.findings.append(_nobody(one, keys))
            found.unfit.add(one)
        else:
            found.findings.append(unanswered("people", f"{one} ({keys})", refusal))
        return ()
    except Failed as error:
        found.findings.append(unanswered("people", f"{one} ({keys})", error))
        return ()
    found.persons[person.id] = person
    if unfit := list(_unfit(person, keys, team)):
        found.findings += unfit
        found.unfit.add(person.id)
    return (person.id,)


def _nobody(one: str, keys: str) -> Finding:
    text = f"{keys}: no member has the address {one}" if "@" in one else f"{keys}: Slack knows nobody with the id {one}"
    return wrong("people", text, FIX)


def _unfit(person: Person, keys: str, team: str) -> Iterator[Finding]:
    """Why somebody cannot do what is asked of them here."""
    name = f"{keys}: {person.name}"
    if person.deactivated:
        passed = ", so their turns go to whoever is next" if "oncall." in keys else ""
        yield wrong("people", f"{name}'s account is deactivated{passed}", "name whoever took over in sitrep.yml")
    elif person.bot:
        yield wrong("people", f"{name} is a bot, which answers nobody", "name a person in sitrep.yml")
    elif person.guest or (person.team or team) != team:
        text = f"{name} is a guest here, whose commands and buttons Sitrep refuses"
        yield wrong("people", text, "let an admin make them a full member, or name somebody else in sitrep.yml")


# Do Not Disturb


async def disturbance(api: Api, called: Iterable[str], found: Cast, now: datetime) -> AsyncIterator[Finding]:
    """Whether Slack lets each of those on call be disturbed, now and when their Do Not Disturb begins next."""
    for one in dict.fromkeys(called):
        person = found.persons.get(one)
        if person is None or one in found.unfit:
            continue
        try:
            told = await asked(api, "dnd.info", user=one)
        except Failed as error:
            yield _not_told(error)
            return
        window = (_at(told.get("next_dnd_start_ts")), _at(told.get("next_dnd_end_ts")))

        def on_shift(at: datetime, one: str = one) -> bool:
            return any(rotation.at(at) == one for rotation in found.rotations.values())

        yield checkup.muted(person.name, person.tz, window, now, on_shift)


def _not_told(error: Exception) -> Finding:
    if isinstance(error, Refusal) and error.error == "missing_scope":
        text = "whether people on call can be disturbed is not known without dnd:read"
        remedy = f"add dnd:read under OAuth & Permissions, Bot Token Scopes, and reinstall. {checkup.MUTE}"
        return doubtful("Do Not Disturb", text, remedy)
    return unanswered("Do Not Disturb", "Do Not Disturb", error)


def _at(seconds: object) -> datetime:
    """An instant as dnd.info tells it; 1 where there is none (https://docs.slack.dev/reference/methods/dnd.info)."""
    return datetime.fromtimestamp(float(str(seconds or 1)), UTC)
