"""Channels outside an incident: whether they are there, and whether Sitrep may write in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.checkup import Finding, doubtful, right, wrong
from bot.outbound.api import MOST_PAGES, PAGE, Api
from bot.outbound.checkup.asked import asked, unanswered
from bot.outbound.errors import Refusal
from bot.outbound.people import PLACE, Failed

ABOUT = "channels"


@dataclass(frozen=True)
class Place:
    """A channel that the configuration names: under which key, and by which name or id."""

    key: str
    where: str


async def channels(api: Api, places: Iterable[Place], known: Mapping[str, str]) -> AsyncIterator[Finding]:
    """A finding for each place; `known` has the ids that names were found to mean before."""
    by_name: dict[str, dict[str, Any]] | None = None
    for place in places:
        try:
            channel = await _info(api, place.where if PLACE.fullmatch(place.where) else known.get(place.where))
            if channel is None and not PLACE.fullmatch(place.where):
                by_name = await _named(api) if by_name is None else by_name
                channel = by_name.get(place.where)
            yield _judged(place, channel, by_name)
        except Failed as error:
            yield unanswered(ABOUT, f"{place.key} {place.where}", error)


async def _info(api: Api, channel_id: str | None) -> dict[str, Any] | None:
    if channel_id is None:
        return None
    try:
        channel: dict[str, Any] = (await asked(api, "conversations.info", channel=channel_id))["channel"]
    except Refusal as refusal:
        if refusal.error != "channel_not_found":
            raise
        return None
    return channel


async def _named(api: Api) -> dict[str, dict[str, Any]]:
    """Channels by name: those we are in, then the first public ones. The bot itself never lists a workspace; whoever
    runs a check-up does it once, and only where a name is not known."""
    found: dict[str, dict[str, Any]] = {}
    both = "public_channel,private_channel"
    for method, kinds in (("users.conversations", both), ("conversations.list", "public_channel")):
        async for channel in api.pages(method, "channels", types=kinds, exclude_archived=False):
            name = str(channel.get("name"))
            if name not in found or found[name].get("is_archived"):
                found[name] = channel
    return found


def _judged(place: Place, channel: dict[str, Any] | None, listed: Mapping[str, Any] | None) -> Finding:
    if channel is None:
        return _absent(place, listed)
    name = f"#{channel.get('name', place.where)}"
    if channel.get("is_archived"):
        remedy = f"unarchive it, or name another channel as {place.key}"
        return wrong(ABOUT, f"{place.key}: {name} is archived", remedy)
    if channel.get("is_ext_shared") and place.key.endswith("_channel"):
        text = f"{place.key}: {name} is shared with another organisation, which reads what is said there"
        return doubtful(ABOUT, text, "name a channel of your own")
    if channel.get("is_member", True):  # a direct conversation does not say
        return right(ABOUT, f"{place.key}: Sitrep is in {name}")
    if PLACE.fullmatch(place.where) and not channel.get("is_private"):
        return right(ABOUT, f"{place.key}: {name} is there; Sitrep joins it before it writes")
    text = f"{place.key}: Sitrep is not in {name}; it may write there, but hears no answers"
    return doubtful(ABOUT, text, f"write /invite @Sitrep in {name}")


def _absent(place: Place, listed: Mapping[str, Any] | None) -> Finding:
    if PLACE.fullmatch(place.where):
        text = f"{place.key}: Slack knows no channel {place.where}, or it is private and Sitrep is not in it"
        return wrong(ABOUT, text, "write /invite @Sitrep there, or correct the id")
    text = f"{place.key}: there is no #{place.where} yet; Sitrep makes it when it starts, where apps may do that"
    if listed is not None and len(listed) >= PAGE * MOST_PAGES:
        text = f"{place.key}: #{place.where} is not among the first {PAGE * MOST_PAGES} channels"
    return doubtful(ABOUT, text, f"start Sitrep, or make #{place.where} and write /invite @Sitrep in it")
